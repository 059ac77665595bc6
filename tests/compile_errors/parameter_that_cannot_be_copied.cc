// EXPECT: A parameter cannot be sent: it is not a number, string, container, Ref or protobuf
// message, nor a struct with FIELDS. Give the struct one FIELDS(...) line that names its members.
#include <memory>

#include "actor/actor.h"

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async sell(std::unique_ptr<int> item) {
    static_cast<void>(item);
    return {};
  }
};

void act(troupe::Ref<Shop> shop) { shop.sell(nullptr); }
