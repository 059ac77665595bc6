// EXPECT: return or co_return what delegate() gives
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() {
    delegate(self().price());
    co_return 1;
  }
};
