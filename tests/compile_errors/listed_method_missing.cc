// EXPECT: ACTOR_METHODS lists Shop::prize, which must be one public method of the class, without
// overloads.
#include "actor/actor.h"

ACTOR_METHODS(Shop, prize)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return 1; }
};

troupe::Sync<int> ask(troupe::Ref<Shop> shop) { co_return co_await shop.prize(); }
