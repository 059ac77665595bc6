// EXPECT: no member named 'tkae' in 'troupe::Ref<shop::Office>'
#include "tests/docs/mistakes/shop.h"

namespace shop {
Parallel<Async> Visitor::visit() {
  const Ticket ticket = co_await office_.tkae();
  keep(ticket);
}
}  // namespace shop
