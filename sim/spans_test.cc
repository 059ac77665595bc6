// Spans of time and arrivals: they are distributed as asked for, and the same everywhere.
#include "sim/spans.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "actor/random.h"
#include "gtest/gtest.h"
#include "sim/goodness_of_fit.h"

namespace troupe::sim {
namespace {

constexpr std::size_t kDraws = 20'000;

// In seconds.
std::vector<double> drawn(const scenario::Span& span, std::uint64_t seed = 1) {
  Random random = Random::stream(seed, "test");
  std::vector<double> values(kDraws);
  for (double& value : values) value = to_seconds(draw(span, random));
  return values;
}

TEST(Spans, CanBeConstant) {
  for (const double value : drawn(scenario::Constant{20s})) EXPECT_EQ(value, 20);
}

TEST(Spans, CanBeUniform) {
  const std::vector<double> values = drawn(scenario::Uniform{10s, 50s});
  EXPECT_LT(distance(values, [](double x) { return std::clamp((x - 10) / 40, 0.0, 1.0); }),
            farthest(kDraws));
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 10);
  EXPECT_LT(*std::max_element(values.begin(), values.end()), 50);
}

TEST(Spans, CanBeExponential) {
  for (const Duration mean : {Duration(1ms), Duration(20s), Duration(1h)}) {
    const double each = to_seconds(mean);
    EXPECT_LT(distance(drawn(scenario::Exponential{mean}),
                       [&](double x) { return 1 - std::exp(-x / each); }),
              farthest(kDraws))
        << each;
  }
}

TEST(Spans, CanBeOfPareto) {
  for (const double shape : {0.8, 1.5, 2.5, 100.0}) {
    EXPECT_LT(distance(drawn(scenario::Pareto{5min, shape}),
                       [&](double x) { return x < 300 ? 0 : 1 - std::pow(300 / x, shape); }),
              farthest(kDraws))
        << shape;
  }
}

TEST(Spans, CanBeOfWeibull) {
  for (const double shape : {0.4, 1.0, 2.0, 20.0}) {
    EXPECT_LT(distance(drawn(scenario::Weibull{10min, shape}),
                       [&](double x) { return 1 - std::exp(-std::pow(x / 600, shape)); }),
              farthest(kDraws))
        << shape;
  }
}

TEST(Spans, CanBeLognormal) {
  for (const double sigma : {0.1, 0.5, 2.0}) {
    EXPECT_LT(distance(drawn(scenario::Lognormal{10min, sigma}),
                       [&](double x) { return normal_part(std::log(x / 600) / sigma); }),
              farthest(kDraws))
        << sigma;
  }
  for (const double value : drawn(scenario::Lognormal{10min, 0})) EXPECT_NEAR(value, 600, 1e-6);
}

// What has no mean still has an end, and no draw is out of range.
TEST(Spans, EndAfterAHundredYears) {
  for (const scenario::Span& span :
       {scenario::Span(scenario::Pareto{1h, 0.01}), scenario::Span(scenario::Lognormal{1h, 10}),
        scenario::Span(scenario::Weibull{1h, 0.01})}) {
    const std::vector<double> values = drawn(span);
    EXPECT_EQ(*std::max_element(values.begin(), values.end()), 36500 * 86400.0) << span.index();
    EXPECT_GE(*std::min_element(values.begin(), values.end()), 0) << span.index();
  }
}

// --- Arrivals
// -------------------------------------------------------------------------------------

std::vector<double> arrivals(const scenario::Rate& rate, std::size_t most, std::uint64_t seed = 1) {
  Random random = Random::stream(seed, "test");
  Arrivals process(rate);
  std::vector<double> times;
  while (times.size() < most) {
    const std::optional<Duration> next = process.next(random);
    if (!next) break;
    times.push_back(to_seconds(*next));
  }
  return times;
}

TEST(Arrivals, AreExponentialTimesApart) {
  const std::vector<double> times = arrivals({.from = 20, .to = 20}, kDraws);
  std::vector<double> gaps;
  for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  EXPECT_LT(distance(gaps, [](double x) { return 1 - std::exp(-20 * x); }), farthest(gaps.size()));
  // And one says nothing of the next: their correlation is that of chance.
  double sum = 0;
  for (std::size_t i = 1; i < gaps.size(); ++i) {
    sum += (20 * gaps[i - 1] - 1) * (20 * gaps[i] - 1);
  }
  EXPECT_LT(std::abs(sum), 3.3 * std::sqrt(static_cast<double>(kDraws)));
}

// Pearson's test of how many there are in each second, where a mean of three is expected.
TEST(Arrivals, InASecondAreAPoissonNumber) {
  constexpr std::size_t kSeconds = 6'000;
  std::vector<int> in_second(kSeconds);
  for (const double time : arrivals({.from = 3, .to = 3}, 4 * kSeconds)) {
    if (time < kSeconds) ++in_second[static_cast<std::size_t>(time)];
  }
  constexpr std::size_t kMost = 9;  // and more
  std::vector<double> seen(kMost + 1);
  for (const int count : in_second) ++seen[std::min(static_cast<std::size_t>(count), kMost)];
  double chi_squared = 0;
  double left = 1;
  double part = std::exp(-3.0);
  for (std::size_t k = 0; k <= kMost; ++k) {
    const double expected = kSeconds * (k == kMost ? left : part);
    chi_squared += (seen[k] - expected) * (seen[k] - expected) / expected;
    left -= part;
    part *= 3.0 / static_cast<double>(k + 1);
  }
  EXPECT_LT(chi_squared, 27.88);  // 9 degrees of freedom, once in a thousand
}

// Of those of a ramp, as many come until t as the area below the rate is.
TEST(Arrivals, InARampFollowTheRate) {
  for (const auto& [from, to] :
       {std::pair(0.0, 40.0), std::pair(40.0, 0.0), std::pair(5.0, 30.0)}) {
    const std::vector<double> times = arrivals({.from = from, .to = to, .over = 1000s}, 1'000'000);
    const double all = (from + to) / 2 * 1000;
    EXPECT_NEAR(static_cast<double>(times.size()), all, 4 * std::sqrt(all));
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
    const auto part = [from = from, to = to, all](double t) {
      return (from * t + (to - from) / 1000 * t * t / 2) / all;
    };
    EXPECT_LT(distance(times, part), farthest(times.size())) << from << " to " << to;
  }
}

// The same in every build and on every machine: see Network.DrawsTheSameBitsEverywhere.
TEST(Spans, AreTheSameBitsEverywhere) {
  std::uint64_t rolling = 0;
  const auto add = [&](const std::vector<double>& values) {
    for (const double value : values) {
      rolling = mix(rolling ^ static_cast<std::uint64_t>(value * 1e9));
    }
  };
  for (const scenario::Span& span :
       {scenario::Span(scenario::Uniform{1s, 5s}), scenario::Span(scenario::Exponential{20s}),
        scenario::Span(scenario::Pareto{1s, 1.3}), scenario::Span(scenario::Weibull{1s, 0.6}),
        scenario::Span(scenario::Lognormal{1s, 0.7})}) {
    add(drawn(span, 7));
  }
  add(arrivals({.from = 1, .to = 9, .over = 100s}, 1'000, 7));
  EXPECT_EQ(rolling, 11498200346191796362u);
}

}  // namespace
}  // namespace troupe::sim
