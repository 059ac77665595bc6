// EXPECT: g++ 12 miscompiles coroutines
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return 1; }
};
