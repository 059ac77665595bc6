// EXPECT: A member that FIELDS or SAVED names is an unordered container: its order would differ
#include <unordered_map>

#include "actor/actor.h"

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async sell() { return {}; }

 private:
  std::unordered_map<int, int> stock_;
  SAVED(stock_)
};
