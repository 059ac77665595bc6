// EXPECT: ACTOR_METHODS lists Shop::price, which must be one public method of the class, without
// overloads.
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return 1; }
  troupe::Sync<int> price(int count) { return count; }
};

troupe::Sync<int> ask(troupe::Ref<Shop> shop) { co_return co_await shop.price(); }
