// EXPECT: error: no viable conversion from returned value of type
#include <string>

#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return std::string("one"); }
};
