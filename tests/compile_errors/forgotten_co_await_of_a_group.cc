// EXPECT: calls are sent when they are awaited: write co_await
#include <vector>

#include "actor/actor.h"

ACTOR_METHODS(Shop, open)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<> open() { return {}; }
};

void ask(std::vector<troupe::Ref<Shop>> shops) { troupe::Multi<Shop>(shops).open(); }
