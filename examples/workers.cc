// Workers: a pool hands each task to the next of its workers.
#include <cstdio>
#include <vector>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Factorizer, smallest_factor)

class Factorizer : public Actor<Factorizer> {
 public:
  Sync<int> smallest_factor(int number) {
    for (int i = 2; i * i <= number; ++i) {
      if (number % i == 0) return i;
    }
    return number;
  }
};

ACTOR_METHODS(Office, count_primes)

class Office : public Actor<Office> {
 public:
  Sync<int> count_primes(int below) {
    while (pool_.size() < 8) pool_.attach(spawn<Factorizer>());
    std::vector<Future<int>> factors;
    for (int number = 2; number < below; ++number) {
      factors.push_back(pool_.next().smallest_factor(number).to_future());
    }
    const std::vector<int> smallest = co_await all(factors).within(10s);
    int primes = 0;
    for (int number = 2; number < below; ++number) primes += smallest[number - 2] == number;
    co_return primes;
  }

 private:
  Pool<Factorizer> pool_{*this};
};

void play(System& system) {
  Ref<Office> office = system.spawn<Office>(system.add_host());
  std::printf("%d primes below 2000\n", *system.ask(office.count_primes(2000).within(10s)));
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "A pool of workers shares out tasks.",
                                       troupe::examples::play);
}
