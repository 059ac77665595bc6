// EXPECT: a call is sent when it is awaited: write co_await before it, or .tell() after it
#include "actor/actor.h"

ACTOR_METHODS(Shop, open)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<> open() { return {}; }
};

troupe::Sync<> ask(troupe::Ref<Shop> shop) {
  shop.open();
  co_return;
}
