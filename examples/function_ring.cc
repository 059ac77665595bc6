// Function ring: actors that are functions. Each waits for the token, passes it on, and ends with
// the number of tokens that it has seen.
#include <cstdio>
#include <vector>

#include "actor/receive.h"
#include "examples/example.h"

namespace troupe::examples {

struct Follow {
  Ref<Process> next;
  FIELDS(next)
};
struct Token {
  int hops_left = 0;
  FIELDS(hops_left)
};

Task<int> member(Process& process, int number) {
  const Follow follow = co_await process.receive<Follow>();
  for (int seen = 1;; ++seen) {
    const Token token = co_await process.receive<Token>();
    if (token.hops_left == 0) {
      std::printf("Member %d has the token the %d. time.\n", number, seen);
      co_return seen;
    }
    follow.next.send(Token{token.hops_left - 1});
  }
}

void play(System& system) {
  constexpr int kMembers = 1000;
  const HostId host = system.add_host();
  std::vector<Ref<Process>> ring;
  for (int i = 0; i < kMembers; ++i) ring.push_back(system.spawn<Process>(host, member, i));
  Question<Exit> end = system.begin(join(ring[0]).within(1min));
  system.act([&] {
    for (int i = 0; i < kMembers; ++i) ring[i].send(Follow{ring[(i + 1) % kMembers]});
    ring[0].send(Token{3 * kMembers});
  });
  const absl::StatusOr<Exit> exit = end.answer();
  std::printf("It has ended with %d.\n", exit.ok() ? exit->value<int>().value_or(0) : 0);
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "A ring of actors that are functions.",
                                       troupe::examples::play);
}
