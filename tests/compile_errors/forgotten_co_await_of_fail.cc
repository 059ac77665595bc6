// EXPECT: error: ignoring return value
#include "actor/actor.h"

ACTOR_METHODS(Shop, open)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<> open() {
    troupe::fail(absl::InternalError("closed"));
    co_return;
  }
};
