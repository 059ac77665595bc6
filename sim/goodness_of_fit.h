// How far a sample is from the distribution that it should have: for the tests of what is drawn.
//
//   EXPECT_LT(distance(values, [](double x) { return 1 - std::exp(-x / 20e6); }),
//             farthest(values.size()));
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

namespace troupe::sim {

// Kolmogorov and Smirnov's distance from a distribution function.
inline double distance(std::vector<double> values,
                       const std::function<double(double)>& distribution) {
  std::sort(values.begin(), values.end());
  double worst = 0;
  const auto count = static_cast<double>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double right = distribution(values[i]);
    worst = std::max({worst, right - static_cast<double>(i) / count,
                      static_cast<double>(i + 1) / count - right});
  }
  return worst;
}

// Exceeded by chance once in a thousand seeds; those of the tests are fixed.
inline double farthest(std::size_t count) { return 1.95 / std::sqrt(static_cast<double>(count)); }

// The part of a standard normal distribution below x.
inline double normal_part(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace troupe::sim
