// EXPECT: This call has the wrong number of arguments.
#include <string>

#include "actor/actor.h"

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async sell(std::string, int) { return {}; }
};

void tell(troupe::Ref<Shop> shop) { shop.sell("apple"); }
