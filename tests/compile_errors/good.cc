// COMPILES
//
// The control: what the other programs get wrong, each in one place.
#include <string>
#include <vector>

#include "actor/actor.h"

using namespace troupe;

struct Item {
  std::string name;
  FIELDS(name)
};

ACTOR_METHODS(Shop, price, sell, restock, order)

class Shop : public Actor<Shop> {
 public:
  Sync<int> price(Item item) { return static_cast<int>(item.name.size()); }
  Async sell(Item item) {
    sold_.push_back(item);
    return {};
  }
  Parallel<Async> restock() { co_await sleep(1s); }
  Async order(std::vector<Item> items, Item gift) {
    sold_ = items;
    sold_.push_back(gift);
    return {};
  }

 private:
  Async on_start() override {
    every(1s, &Shop::restock);
    after(1s, &Shop::sell, Item{"apple"});
    return {};
  }
  std::vector<Item> sold_;
};

ACTOR_METHODS(Customer, buy)

class Customer : public Actor<Customer> {
 public:
  explicit Customer(Ref<Shop> shop) : shop_(shop) {}
  Sync<int> buy(Item item) {
    const int price = co_await shop_.price(item);
    auto named = shop_.price(item);
    const int again = co_await std::move(named).within(1s);
    shop_.sell(item);
    shop_.sell({.name = "pear"});
    shop_.order({{"apple"}, {"pear"}}, {"plum"});
    co_return price + again;
  }

 private:
  Ref<Shop> shop_;
};
