// EXPECT: An argument of this call does not convert to the method's parameter.
#include <string>
#include <vector>

#include "actor/actor.h"

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async sell(std::string, int) { return {}; }
};

void tell(std::vector<troupe::Ref<Shop>> shops) {
  troupe::Multi<Shop>(shops).sell("apple", "three");
}
