// EXPECT: A result cannot be sent: it is not a number, string, container, Ref or protobuf message,
// nor a struct with FIELDS. Give the struct one FIELDS(...) line that names its members.
#include <string>

#include "actor/actor.h"

struct Item {
  std::string name;
};

ACTOR_METHODS(Shop, best)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<Item> best() { return Item{"apple"}; }
};

troupe::Sync<> ask(troupe::Ref<Shop> shop) { const Item item = co_await shop.best(); }
