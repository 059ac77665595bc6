// EXPECT: The arguments after the method do not fit its parameters.
#include <string>

#include "actor/actor.h"

ACTOR_METHODS(Shop, sell)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Async sell(std::string) { return {}; }
  void start() { after(std::chrono::seconds(1), &Shop::sell, 5, 6); }
};
