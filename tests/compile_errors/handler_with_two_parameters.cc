// EXPECT: A message handler has one parameter: the message.
#include "actor/actor.h"

ACTOR_METHODS(Shop)
MESSAGE_HANDLERS(Shop, on_order)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async on_order(int number, int amount) {
    static_cast<void>(number + amount);
    return {};
  }
};

Shop shop;
