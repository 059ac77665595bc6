// EXPECT: An actor's method takes its parameters by value: the caller may be gone, or on another
// host, when it runs. Write T instead of const T& or T*.
#include <string>

#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price(const std::string& name) { return static_cast<int>(name.size()); }
};

troupe::Sync<int> ask(troupe::Ref<Shop> shop) {
  const std::string name = "apple";
  co_return co_await shop.price(name);
}
