// EXPECT: A member that FIELDS or SAVED names cannot be sent: it is not a number, string,
// container, Ref or protobuf message, nor a struct with FIELDS of its own.
#include <string>

#include "actor/actor.h"

struct Colour {
  std::string name;
};

struct Item {
  std::string name;
  Colour colour;
  FIELDS(name, colour)
};

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async sell(Item) { return {}; }
};

void tell(troupe::Ref<Shop> shop) { shop.sell(Item()); }
