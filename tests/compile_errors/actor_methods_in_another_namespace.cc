// EXPECT: Before the class, in its namespace, write one line that lists the methods which others
// may call: ACTOR_METHODS(Class, method, ...)
#include "actor/actor.h"

ACTOR_METHODS(Shop, price)

namespace market {

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<int> price() { return 1; }
};

troupe::Sync<int> ask(troupe::Ref<Shop> shop) { co_return co_await shop.price(); }

}  // namespace market
