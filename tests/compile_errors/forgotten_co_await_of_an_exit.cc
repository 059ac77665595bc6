// EXPECT: write co_await before exit()
#include "actor/actor.h"

ACTOR_METHODS(Shop, open)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async open() {
    exit(absl::InternalError(""));
    return {};
  }
};
