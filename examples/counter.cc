// Counter: attributes of an actor, read and written through a reference, beside its methods.
#include <cstdio>
#include <string>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Counter, count, owner, increase)

class Counter : public Actor<Counter> {
 public:
  Attribute<int> count = 0;
  Attribute<std::string> owner = "nobody";

  Async increase(int by) {
    count = count + by;
    return {};
  }
};

void play(System& system) {
  Ref<Counter> counter = system.spawn<Counter>(system.add_host());
  std::printf("count %d of %s\n", *system.ask(counter.count()),
              system.ask(counter.owner())->c_str());
  system.act([&] {
    counter.increase(5);
    counter.owner("Ada").tell();
  });
  std::printf("count %d of %s\n", *system.ask(counter.count()),
              system.ask(counter.owner())->c_str());
  std::printf("set to %d\n", *system.ask(counter.count(100)));
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "Reads and writes the attributes of an actor.",
                                       troupe::examples::play);
}
