// Portable logarithm, exponential and root against the C library's, and against fixed bits.
#include "sim/portable_math.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "actor/random.h"
#include "gtest/gtest.h"

namespace troupe::sim {
namespace {

constexpr double kGood = 2e-15;

double relative_error(double got, double right) {
  return right == 0 ? std::abs(got) : std::abs(got - right) / std::abs(right);
}

TEST(PortableMath, LogIsRightEverywhere) {
  Random random(1);
  double worst = 0;
  for (int i = 0; i < 200'000; ++i) {
    // Any normal number above zero.
    const double x = std::bit_cast<double>(((1 + random.below(2046)) << 52) | (random() >> 12));
    worst = std::max(worst, relative_error(portable_log(x), std::log(x)));
  }
  EXPECT_LT(worst, kGood);
}

TEST(PortableMath, LogIsRightNearOne) {
  EXPECT_EQ(portable_log(1), 0);
  Random random(2);
  double worst = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double x = 1 + (random.unit() - 0.5) * std::exp2(-static_cast<double>(random.below(50)));
    if (x != 1) worst = std::max(worst, relative_error(portable_log(x), std::log(x)));
  }
  EXPECT_LT(worst, kGood);
}

TEST(PortableMath, ExpIsRightEverywhere) {
  EXPECT_EQ(portable_exp(0), 1);
  Random random(3);
  double worst = 0;
  for (int i = 0; i < 200'000; ++i) {
    const double x = (random.unit() - 0.5) * std::exp2(1 + static_cast<double>(random.below(10)));
    if (std::abs(x) < 700) {
      worst = std::max(worst, relative_error(portable_exp(x), std::exp(x)));
    }
  }
  EXPECT_LT(worst, kGood);
}

TEST(PortableMath, SqrtIsRightEverywhere) {
  EXPECT_EQ(portable_sqrt(0), 0);
  EXPECT_EQ(portable_sqrt(4), 2);
  Random random(4);
  double worst = 0;
  for (int i = 0; i < 200'000; ++i) {
    const double x = std::bit_cast<double>(((1 + random.below(2046)) << 52) | (random() >> 12));
    worst = std::max(worst, relative_error(portable_sqrt(x), std::sqrt(x)));
  }
  EXPECT_LT(worst, kGood);
}

// The same bits on every machine and in every build. If this fails, a compiler has contracted or
// reordered: look at its flags, not at these numbers.
TEST(PortableMath, GivesTheSameBitsEverywhere) {
  const auto bits = [](double x) { return std::bit_cast<std::uint64_t>(x); };
  EXPECT_EQ(bits(portable_log(2)), 4604418534313441775u);
  EXPECT_EQ(bits(portable_log(10)), 4612367379483415829u);
  EXPECT_EQ(bits(portable_log(0.1)), 13835739416338191637u);
  EXPECT_EQ(bits(portable_exp(1)), 4613303445314885482u);
  EXPECT_EQ(bits(portable_exp(-1.5)), 4597207131539332125u);
  EXPECT_EQ(bits(portable_exp(100)), 5256625774849891317u);
  EXPECT_EQ(bits(portable_sqrt(2)), 4609047870845172684u);
  Random random(7);
  std::uint64_t rolling = 0;
  for (int i = 0; i < 1000; ++i) rolling = mix(rolling ^ bits(standard_normal(random)));
  EXPECT_EQ(rolling, 14030225589874345878u);
}

TEST(PortableMath, CanBeComputedWhileCompiling) {
  static_assert(portable_exp(0) == 1);
  static_assert(portable_log(1) == 0);
  static_assert(portable_sqrt(4) == 2);
}

TEST(PortableMath, NormalVariatesAreNormal) {
  Random random(5);
  std::vector<double> variates(20'000);
  for (double& variate : variates) variate = standard_normal(random);
  std::sort(variates.begin(), variates.end());
  double distance = 0;
  const auto count = static_cast<double>(variates.size());
  for (std::size_t i = 0; i < variates.size(); ++i) {
    const double right = 0.5 * std::erfc(-variates[i] / std::sqrt(2.0));
    distance = std::max(distance, std::abs(right - (static_cast<double>(i) + 0.5) / count));
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(count)) << "Kolmogorov and Smirnov's, at 0.1%";
}

}  // namespace
}  // namespace troupe::sim
