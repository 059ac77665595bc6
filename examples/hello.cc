// Hello: an actor that is told something (Async) and asked something (Sync).
#include <cstdio>
#include <string>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Greeter, set_greeting, greet)

class Greeter : public Actor<Greeter> {
 public:
  Async set_greeting(std::string greeting) {
    greeting_ = greeting;
    return {};
  }
  Sync<std::string> greet(std::string name) { return greeting_ + ", " + name + "!"; }

 private:
  std::string greeting_ = "Hello";
};

void play(System& system) {
  Ref<Greeter> greeter = system.spawn<Greeter>(system.add_host());
  std::printf("%s\n", system.ask(greeter.greet("world"))->c_str());
  system.act([&] { greeter.set_greeting("Good evening"); });  // Nobody waits for this.
  std::printf("%s\n", system.ask(greeter.greet("audience"))->c_str());
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "One actor, told one thing and asked another.",
                                       troupe::examples::play);
}
