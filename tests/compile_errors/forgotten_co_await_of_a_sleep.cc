// EXPECT: write co_await before sleep()
#include "actor/actor.h"

ACTOR_METHODS(Shop, open)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async open() {
    sleep(std::chrono::seconds(1));
    return {};
  }
};
