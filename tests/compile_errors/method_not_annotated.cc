// EXPECT: A method that others call says how: it returns Sync<T>, Async, Parallel<Sync<T>> or
// Parallel<Async>.
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  int price() { return 1; }
};

troupe::Sync<int> ask(troupe::Ref<Shop> shop) { co_return co_await shop.price(); }
