// Adder: a sum that several workers make together, and a call that passes the work on.
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Adder, sum)

class Adder : public Actor<Adder> {
 public:
  Sync<std::int64_t> sum(std::int64_t first, std::int64_t last) {
    std::int64_t sum = 0;
    for (std::int64_t i = first; i <= last; ++i) sum += i;
    return sum;
  }
};

ACTOR_METHODS(Chief, sum)

class Chief : public Actor<Chief> {
 public:
  explicit Chief(std::vector<Ref<Adder>> adders) : adders_(std::move(adders)) {}

  // All adders work at the same time: the calls are on their way before the first is awaited.
  Sync<std::int64_t> sum(std::int64_t last) {
    const auto share = last / static_cast<std::int64_t>(adders_.size());
    std::vector<Future<std::int64_t>> parts;
    for (std::size_t i = 0; i < adders_.size(); ++i) {
      const auto first = static_cast<std::int64_t>(i) * share;
      parts.push_back(adders_[i].sum(first + 1, first + share).to_future());
    }
    std::int64_t sum = 0;
    for (const std::int64_t part : co_await all(std::move(parts)).within(10s)) sum += part;
    co_return sum;
  }

 private:
  std::vector<Ref<Adder>> adders_;
};

void play(System& system) {
  std::vector<Ref<Adder>> adders;
  for (int i = 0; i < 4; ++i) adders.push_back(system.spawn<Adder>(system.add_host()));
  Ref<Chief> chief = system.spawn<Chief>(system.add_host(), adders);
  std::printf("1 + 2 + ... + 1000000 = %lld\n",
              static_cast<long long>(*system.ask(chief.sum(1'000'000).within(10s))));
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "Workers add the parts of a sum.",
                                       troupe::examples::play);
}
