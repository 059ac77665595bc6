// EXPECT: To await a named call, std::move it.
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return 1; }
};

troupe::Sync<int> ask(troupe::Ref<Shop> shop) {
  auto call = shop.price();
  const int price = co_await call;
  co_return price;
}
