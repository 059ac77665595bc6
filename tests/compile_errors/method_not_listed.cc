// EXPECT: error: no member named 'sell' in 'troupe::Ref<Shop>'
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return 1; }
  troupe::Async sell() { return {}; }
};

void tell(troupe::Ref<Shop> shop) { shop.sell(); }
