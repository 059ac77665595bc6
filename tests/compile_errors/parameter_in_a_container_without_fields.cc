// EXPECT: A parameter cannot be sent: it is not a number, string, container, Ref or protobuf
// message, nor a struct with FIELDS. Give the struct one FIELDS(...) line that names its members.
#include <map>
#include <string>
#include <vector>

#include "actor/actor.h"

struct Item {
  std::string name;
};

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async sell(std::map<std::string, std::vector<Item>>) { return {}; }
};

void tell(troupe::Ref<Shop> shop) { shop.sell(std::map<std::string, std::vector<Item>>()); }
