// EXPECT: a method of this actor runs when it is awaited: co_await it, or call it through self()
#include "actor/actor.h"

ACTOR_METHODS(Shop, open)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<> open() {
    clean();
    co_return;
  }

 private:
  troupe::Sync<> clean() { co_await sleep(std::chrono::seconds(1)); }
};
