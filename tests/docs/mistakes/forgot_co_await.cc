// EXPECT: (aka 'Call<shop::Ticket>') to 'const Ticket'
#include "tests/docs/mistakes/shop.h"

namespace shop {
Parallel<Async> Visitor::visit() {
  const Ticket ticket = office_.take();
  keep(ticket);
  co_return;
}
}  // namespace shop
