// Token ring: 10,000 actors in a circle; a token goes round twice. Actors are cheap, so there is no
// thread for each.
#include <cstdio>
#include <vector>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Member, follow, take_token, wait_for_token)

class Member : public Actor<Member> {
 public:
  Async follow(Ref<Member> next) {
    next_ = next;
    return {};
  }
  Async take_token(int hops_left) {
    if (hops_left == 0) {
      has_token_ = true;
    } else {
      next_.take_token(hops_left - 1);
    }
    return {};
  }
  Parallel<Sync<>> wait_for_token() {
    co_await until([this] { return has_token_; });
  }

 private:
  Ref<Member> next_;
  bool has_token_ = false;
};

void play(System& system) {
  constexpr int kMembers = 10'000;
  const HostId host = system.add_host();
  std::vector<Ref<Member>> ring;
  for (int i = 0; i < kMembers; ++i) ring.push_back(system.spawn<Member>(host));
  system.act([&] {
    for (int i = 0; i < kMembers; ++i) ring[i].follow(ring[(i + 1) % kMembers]);
    ring[0].take_token(2 * kMembers);
  });
  const bool back = system.ask(ring[0].wait_for_token().within(1min)).ok();
  std::printf("The token has gone round %d members twice and is %s.\n", kMembers,
              back ? "back" : "lost");
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "A token goes round a ring of 10,000 actors.",
                                       troupe::examples::play);
}
