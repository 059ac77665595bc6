// EXPECT: A timer calls an Async or Parallel<Async> method: nobody waits for it.
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return 1; }
  void start() { every(std::chrono::seconds(1), &Shop::price); }
};
