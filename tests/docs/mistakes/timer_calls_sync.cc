// EXPECT: A timer calls an Async or Parallel<Async> method: nobody waits for it.
#include "tests/docs/mistakes/shop.h"

namespace shop {
Parallel<Async> Visitor::visit() {
  every(1s, &Visitor::tickets);
  co_return;
}
}  // namespace shop
