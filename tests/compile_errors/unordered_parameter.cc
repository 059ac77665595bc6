// EXPECT: A parameter is an unordered container: its order would differ from run to run. Write
#include <string>
#include <unordered_map>

#include "actor/actor.h"

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async sell(std::unordered_map<std::string, int>) { return {}; }
};

void tell(troupe::Ref<Shop> shop) { shop.sell(std::unordered_map<std::string, int>()); }
