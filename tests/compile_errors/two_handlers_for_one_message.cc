// EXPECT: Two handlers of this class take messages of one type.
#include "actor/actor.h"

struct Order {
  int number = 0;
  FIELDS(number)
};

ACTOR_METHODS(Shop)
MESSAGE_HANDLERS(Shop, on_order, on_order_again)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async on_order(Order) { return {}; }
  troupe::Async on_order_again(Order) { return {}; }
};

Shop shop;
