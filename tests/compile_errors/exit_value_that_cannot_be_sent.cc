// EXPECT: An exit value is sent
#include "actor/actor.h"

ACTOR_METHODS(Shop, close)

struct Till {
  int coins = 0;
};

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async close() {
    set_exit_value(Till());
    return {};
  }
};
