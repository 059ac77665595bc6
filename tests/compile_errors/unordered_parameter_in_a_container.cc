// EXPECT: A parameter is an unordered container: its order would differ from run to run. Write
#include <map>
#include <string>
#include <unordered_set>

#include "actor/actor.h"

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async sell(std::map<int, std::unordered_set<int>>) { return {}; }
};

void tell(troupe::Ref<Shop> shop) { shop.sell(std::map<int, std::unordered_set<int>>()); }
