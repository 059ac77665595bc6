// EXPECT: ACTOR_METHODS lists methods of the class, and Attributes: not other data members, not
// static functions, and each name only once, without overloads.
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  int price = 1;
};

int ask(troupe::Ref<Shop> shop) { return shop.price(); }
