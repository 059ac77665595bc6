// Random: the same numbers for ever, unbiased, and independent between streams.
#include "actor/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace troupe {
namespace {

TEST(Random, GivesTheNumbersOfSplitMix64) {
  // The reference values of the algorithm's authors, for seed 1234567.
  Random random(1234567);
  EXPECT_EQ(random(), 6457827717110365317u);
  EXPECT_EQ(random(), 3203168211198807973u);
  EXPECT_EQ(random(), 9817491932198370423u);
  EXPECT_EQ(random(), 4593380528125082431u);
  EXPECT_EQ(random(), 16408922859458223821u);
}

TEST(Random, GivesTheSameStreamForTheSameName) {
  Random a = Random::stream(7, "loss", 1, 2);
  Random b = Random::stream(7, "loss", 1, 2);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a(), b());
}

TEST(Random, GivesAnotherStreamForEverySeedLabelAndNumber) {
  std::set<std::uint64_t> first;
  int streams = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (const char* label : {"", "a", "b", "ab", "ba", "loss", "latency"}) {
      for (std::uint64_t a = 0; a < 10; ++a) {
        for (std::uint64_t b = 0; b < 10; ++b) {
          first.insert(Random::stream(seed, label, a, b)());
          ++streams;
        }
      }
    }
  }
  EXPECT_EQ(first.size(), static_cast<std::size_t>(streams));
}

// Two streams that differ in one bit of one number agree in half of the bits, and one is not the
// other with an offset.
TEST(Random, GivesIndependentStreams) {
  int agreeing = 0;
  constexpr int kNumbers = 10'000;
  Random a = Random::stream(1, "actor", 4);
  Random b = Random::stream(1, "actor", 5);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < kNumbers; ++i) {
    const std::uint64_t x = a();
    const std::uint64_t y = b();
    agreeing += std::popcount(~(x ^ y));
    EXPECT_TRUE(seen.insert(x).second);
    EXPECT_TRUE(seen.insert(y).second);
  }
  // 640,000 bits, five standard deviations.
  EXPECT_NEAR(agreeing, 32 * kNumbers, 5 * 400);
}

double chi_square(const std::vector<int>& counts, double expected) {
  double sum = 0;
  for (const int count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(Random, BelowIsUnbiased) {
  for (const std::uint64_t bound : {2u, 3u, 10u, 100u}) {
    Random random = Random::stream(5, "below", bound);
    std::vector<int> counts(bound);
    constexpr int kDraws = 100'000;
    for (int i = 0; i < kDraws; ++i) ++counts[random.below(bound)];
    const double degrees = static_cast<double>(bound - 1);
    EXPECT_LT(chi_square(counts, kDraws / static_cast<double>(bound)),
              degrees + 5 * std::sqrt(2 * degrees))
        << bound;
  }
}

TEST(Random, BelowIsUnbiasedWhereAModuloWouldNotBe) {
  // Of 3 * 2^62 numbers, a plain modulo or product would give one third twice as often.
  constexpr std::uint64_t kBound = std::uint64_t{3} << 62;
  Random random(9);
  std::vector<int> thirds(3);
  for (int i = 0; i < 30'000; ++i) {
    const std::uint64_t number = random.below(kBound);
    ASSERT_LT(number, kBound);
    ++thirds[number >> 62];
  }
  EXPECT_LT(chi_square(thirds, 10'000), 20);
}

TEST(Random, BelowOneIsZero) {
  Random random(1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, UnitIsUniformFromZeroToBelowOne) {
  Random random(2);
  std::vector<double> numbers(10'000);
  for (double& number : numbers) number = random.unit();
  std::sort(numbers.begin(), numbers.end());
  EXPECT_GE(numbers.front(), 0);
  EXPECT_LT(numbers.back(), 1);
  double distance = 0;  // Kolmogorov and Smirnov's
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    distance = std::max(distance, std::abs(numbers[i] - (static_cast<double>(i) + 0.5) / 10'000));
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(10'000));
}

TEST(Random, ChanceIsNeverAtZeroAndAlwaysAtOne) {
  Random random(3);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(random.chance(0));
    EXPECT_FALSE(random.chance(-1));
    EXPECT_TRUE(random.chance(1));
    EXPECT_TRUE(random.chance(2));
    if (random.chance(0.25)) ++hits;
  }
  EXPECT_NEAR(hits, 2500, 5 * 43);
}

TEST(Random, DurationsAreUniformAndGiveLowForAnEmptyRange) {
  Random random(4);
  EXPECT_EQ(random.uniform(3s, 3s), 3s);
  EXPECT_EQ(random.uniform(3s, 1s), 3s);
  EXPECT_EQ(random.uniform(3s, 3s + 1ns), 3s);
  std::vector<int> counts(10);
  for (int i = 0; i < 10'000; ++i) ++counts[random.uniform(-5ns, 5ns).count() + 5];
  EXPECT_LT(chi_square(counts, 1000), 9 + 5 * std::sqrt(18.0));
}

}  // namespace
}  // namespace troupe
