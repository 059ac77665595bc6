// EXPECT: A result is an unordered container: its order would differ from run to run. Write
#include <unordered_set>

#include "actor/actor.h"

ACTOR_METHODS(Shop, all)

class Shop : public troupe::Actor<Shop> {
 public:
  troupe::Sync<std::unordered_set<int>> all() { return std::unordered_set<int>(); }
};

troupe::Sync<> ask(troupe::Ref<Shop> shop) { const auto all = co_await shop.all(); }
