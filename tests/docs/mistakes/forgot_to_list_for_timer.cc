// EXPECT: the_method_is_not_listed_in_ACTOR_METHODS
#include "tests/docs/mistakes/shop.h"

namespace shop {
Parallel<Async> Visitor::visit() {
  every(1s, &Visitor::rest);
  co_return;
}
}  // namespace shop
