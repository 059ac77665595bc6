// Random: a stream of random numbers that depends on nothing but its seed.
//
// Every actor has one (`Actor::random()`), derived from the run's seed and the actor's place, so
// that one actor's draws never shift another's. It is SplitMix64: eight bytes of state, and the
// same numbers on every machine. It satisfies UniformRandomBitGenerator, but prefer its own
// methods: the distributions of <random> differ between standard libraries.
//
//   if (random().chance(0.1)) ...
//   Duration pause = random().uniform(1s, 2s);
#pragma once

#include <cstdint>
#include <limits>

#include "actor/time.h"

namespace troupe {

// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
// generators", 2014): a bijection in which every input bit moves every output bit.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class Random {
 public:
  using result_type = std::uint64_t;

  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  // A stream of its own for every (seed, label, a, b): adding one never shifts another.
  static constexpr Random stream(std::uint64_t seed, const char* label, std::uint64_t a = 0,
                                 std::uint64_t b = 0) {
    std::uint64_t state = mix(seed);
    for (const char* c = label; *c != '\0'; ++c) {
      state = mix(state ^ static_cast<unsigned char>(*c));
    }
    return Random(mix(mix(state ^ a) ^ b));
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  constexpr std::uint64_t operator()() {
    const std::uint64_t number = mix(state_);
    state_ += 0x9e3779b97f4a7c15;
    return number;
  }

  // Uniform in [0, bound). Requires bound > 0. Unbiased (Lemire 2019).
  constexpr std::uint64_t below(std::uint64_t bound) {
    unsigned __int128 product = static_cast<unsigned __int128>((*this)()) * bound;
    auto low = static_cast<std::uint64_t>(product);
    if (low < bound) {
      const std::uint64_t threshold = (0 - bound) % bound;
      while (low < threshold) {
        product = static_cast<unsigned __int128>((*this)()) * bound;
        low = static_cast<std::uint64_t>(product);
      }
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  // Uniform in [0, 1), with 53 random bits.
  constexpr double unit() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

  // Uniform in [low, high). Gives `low` where the range is empty.
  constexpr Duration uniform(Duration low, Duration high) {
    if (high <= low) return low;
    return low + Duration(below(static_cast<std::uint64_t>((high - low).count())));
  }

  // True with this probability; at or below 0 never, at or above 1 always.
  constexpr bool chance(double probability) { return unit() < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace troupe
