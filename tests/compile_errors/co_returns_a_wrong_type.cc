// EXPECT: A method co_returns its result, an absl::Status, an absl::StatusOr of its result, or what
// delegate() gives.
#include <string>

#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() {
    co_await sleep(std::chrono::seconds(1));
    co_return std::string("one");
  }
};
