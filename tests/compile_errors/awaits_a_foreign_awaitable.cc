// EXPECT: An actor's method can co_await a call, a method of its own, sleep(), until(), an
// absl::Status or an absl::StatusOr. To await a named call, std::move it.
#include "actor/actor.h"

ACTOR_METHODS(Shop, open)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<> open() { co_await std::suspend_always{}; }
};
