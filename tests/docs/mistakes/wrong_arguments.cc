// EXPECT: This call has the wrong number of arguments.
#include "tests/docs/mistakes/shop.h"

namespace shop {
Parallel<Async> Visitor::visit() {
  const Ticket ticket = co_await office_.take(7);
  keep(ticket);
}
}  // namespace shop
