// EXPECT: A function actor is a function of a Process& and of values, and gets just the values that
// stand after it: spawn<Process>(function, values...).
#include <memory>

#include "actor/receive.h"

troupe::Task<> count(troupe::Process& process, int from) {
  static_cast<void>(from);
  co_await process.receive();
}

auto make() { return troupe::new_actor<troupe::Process>(count, std::string("five")); }
