// EXPECT: An actor's method can co_await a call, a method of its own, sleep(), until(), an
// absl::Status or an absl::StatusOr. To await a named call, std::move it.
#include <future>

#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() {
    std::promise<int> promise;
    const int price = co_await promise.get_future();
    co_return price;
  }
};
