// Warehouse: FIFO order per pair of actors is not causal order. A supplier brings goods to the
// warehouse and tells the shop that they are there; the shop's order may be there before the goods.
// Twenty seeds show the race, in the simulator, wherever the example runs. Then the supplier waits
// until the warehouse has the goods, and nothing is left to chance.
#include <cstdint>
#include <cstdio>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Warehouse, store, take)

class Warehouse : public Actor<Warehouse> {
 public:
  Sync<> store(int pieces) {
    pieces_ += pieces;
    return {};
  }
  Sync<bool> take(int pieces) {
    if (pieces > pieces_) return false;
    pieces_ -= pieces;
    return true;
  }

 private:
  int pieces_ = 0;
};

ACTOR_METHODS(Shop, goods_are_there, sold)

class Shop : public Actor<Shop> {
 public:
  explicit Shop(Ref<Warehouse> warehouse) : warehouse_(warehouse) {}

  Async goods_are_there() {
    sold_ = co_await warehouse_.take(3);
    tried_ = true;
  }
  Parallel<Sync<bool>> sold() {
    co_await until([this] { return tried_; });
    co_return sold_;
  }

 private:
  Ref<Warehouse> warehouse_;
  bool tried_ = false;
  bool sold_ = false;
};

ACTOR_METHODS(Supplier, deliver_and_hope, deliver)

class Supplier : public Actor<Supplier> {
 public:
  Supplier(Ref<Warehouse> warehouse, Ref<Shop> shop) : warehouse_(warehouse), shop_(shop) {}

  // Sends both messages at once: to two actors, so nobody says which arrives first.
  Async deliver_and_hope() {
    warehouse_.store(10).tell();
    shop_.goods_are_there();
    return {};
  }
  // Tells the shop only when the goods are in.
  Async deliver() {
    co_await warehouse_.store(10);
    shop_.goods_are_there();
  }

 private:
  Ref<Warehouse> warehouse_;
  Ref<Shop> shop_;
};

bool is_sold(System& system, bool careful) {
  Ref<Warehouse> warehouse = system.spawn<Warehouse>(system.add_host("warehouse"));
  Ref<Shop> shop = system.spawn<Shop>(system.add_host("shop"), warehouse);
  Ref<Supplier> supplier = system.spawn<Supplier>(system.add_host("supplier"), warehouse, shop);
  system.act([&] {
    if (careful) {
      supplier.deliver();
    } else {
      supplier.deliver_and_hope();
    }
  });
  return system.ask(shop.sold()).value_or(false);
}

void play(System& system) {
  for (const bool careful : {false, true}) {
    int sold = 0;
    std::uint64_t failing_seed = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const auto simulator = simulator_with(seed);
      if (is_sold(*simulator, careful)) {
        ++sold;
      } else if (failing_seed == 0) {
        failing_seed = seed;
      }
    }
    std::printf("%s: sold with %d of 20 seeds", careful ? "deliver" : "deliver_and_hope", sold);
    if (failing_seed != 0) std::printf("; not with seed %d", static_cast<int>(failing_seed));
    std::printf("\n");
  }
  std::printf("deliver, here: %s\n", is_sold(system, true) ? "sold" : "not sold");
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(
      argc, argv, "An order that overtakes the goods, found by seeds and then mended.",
      troupe::examples::play);
}
