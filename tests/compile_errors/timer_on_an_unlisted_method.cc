// EXPECT: the_method_is_not_listed_in_ACTOR_METHODS
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return 1; }
  troupe::Async restock() { return {}; }
  void start() { every(std::chrono::seconds(1), &Shop::restock); }
};
