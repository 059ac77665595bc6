// COMPILES
//
// The control: what the other programs get wrong, done right.
#include "tests/docs/mistakes/shop.h"

namespace shop {
Parallel<Async> Visitor::visit() {
  const Ticket ticket = co_await office_.take();
  keep(ticket);
  co_await office_.close();
  every(1s, &Visitor::visit);
}
}  // namespace shop
