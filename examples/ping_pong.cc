// Ping-pong: two actors that hold references to each other.
#include <cstdio>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Pong, ping)

class Pong : public Actor<Pong> {
 public:
  Sync<int> ping(int number) { return number + 1; }
};

ACTOR_METHODS(Ping, play_rounds)

class Ping : public Actor<Ping> {
 public:
  explicit Ping(Ref<Pong> pong) : pong_(pong) {}

  Sync<int> play_rounds(int rounds) {
    int number = 0;
    for (int i = 0; i < rounds; ++i) number = co_await pong_.ping(number);
    co_return number;
  }

 private:
  Ref<Pong> pong_;
};

void play(System& system) {
  Ref<Pong> pong = system.spawn<Pong>(system.add_host());
  Ref<Ping> ping = system.spawn<Ping>(system.add_host(), pong);
  std::printf("%d rounds\n", *system.ask(ping.play_rounds(1000).within(1min)));
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "Two actors play a thousand rounds.",
                                       troupe::examples::play);
}
