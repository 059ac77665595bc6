// EXPECT: No handler of this actor takes a message of this type: MESSAGE_HANDLERS lists none with
// such a parameter, and none with a Term.
#include "actor/actor.h"

struct Order {
  int number = 0;
  FIELDS(number)
};
struct Refund {
  int number = 0;
  FIELDS(number)
};

ACTOR_METHODS(Shop)
MESSAGE_HANDLERS(Shop, on_order)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async on_order(Order) { return {}; }
};

void act(troupe::Ref<Shop> shop) { shop.send(Refund{1}); }
