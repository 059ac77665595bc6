// EXPECT: a call is sent when it is awaited: write co_await before it, or .tell() after it
#include "tests/docs/mistakes/shop.h"

namespace shop {
Parallel<Async> Visitor::visit() {
  office_.close();
  co_return;
}
}  // namespace shop
