// Plain actor: one that takes any message, and answers requests. Handlers are found by the type of
// the message.
#include <cstdio>
#include <string>

#include "examples/example.h"

namespace troupe::examples {

struct Shout {
  std::string words;
  FIELDS(words)
};

ACTOR_METHODS(Plain, heard)
MESSAGE_HANDLERS(Plain, on_shout, on_number, on_anything_else)

class Plain : public Actor<Plain> {
 public:
  Sync<int> heard() { return heard_; }

  Async on_shout(Shout) {
    ++heard_;
    return {};
  }
  Sync<int> on_number(int number) { return 2 * number; }
  Async on_anything_else(Term) {
    heard_ += 100;
    return {};
  }

 private:
  int heard_ = 0;
};

void play(System& system) {
  Ref<Plain> plain = system.spawn<Plain>(system.add_host());
  system.act([&] {
    plain.send(Shout{"hey"});
    plain.send("words");
  });
  std::printf("twice 21 is %d\n", *system.ask(plain.request(21))->as<int>());
  std::printf("heard %d\n", *system.ask(plain.heard()));
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "Messages without methods: handlers by type.",
                                       troupe::examples::play);
}
