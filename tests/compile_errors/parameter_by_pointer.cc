// EXPECT: An actor's method takes its parameters by value: the caller may be gone, or on another
// host, when it runs. Write T instead of const T& or T*.
#include "actor/actor.h"

ACTOR_METHODS(Shop, count)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async count(int* total) {
    ++*total;
    return {};
  }
};

void tell(troupe::Ref<Shop> shop, int* total) { shop.count(total); }
