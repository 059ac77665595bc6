// EXPECT: no member named 'sold' in 'troupe::Ref<shop::Office>'
#include "tests/docs/mistakes/shop.h"

namespace shop {
Parallel<Async> Visitor::visit() {
  const int count = co_await office_.sold();
  keep(Ticket{count});
}
}  // namespace shop
