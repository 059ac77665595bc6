// EXPECT: (aka 'Call<int>') to 'const int'
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return 1; }
};

troupe::Sync<int> ask(troupe::Ref<Shop> shop) {
  const int price = shop.price();
  co_return price;
}
