// Sums, and Student's distribution in closed form.
#include "cli/statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

namespace troupe::cli {
namespace {

// The probability that |t| is at most this, by the finite series for whole degrees of freedom
// (Abramowitz and Stegun 26.7.3 and 26.7.4).
double two_sided(double t, std::uint64_t degrees) {
  const auto n = static_cast<double>(degrees);
  const double cosine2 = n / (n + t * t);
  const double sine = t / std::sqrt(n + t * t);
  const bool odd = degrees % 2 == 1;
  double term = odd ? std::sqrt(cosine2) : 1;
  double sum = degrees == 1 ? 0 : term;
  for (std::uint64_t k = odd ? 3 : 2; k + 1 < degrees; k += 2) {
    term *= cosine2 * static_cast<double>(k - 1) / static_cast<double>(k);
    sum += term;
  }
  if (!odd) return sine * sum;
  return 2 / std::numbers::pi * (std::atan(t / std::sqrt(n)) + sine * sum);
}

// From here on, the quantile comes from the normal one, by the expansion of Cornish and Fisher: the
// first term left out is below 1e-12 of it.
constexpr std::uint64_t kManyDegrees = 1000;

// The root of an increasing function between two values.
template <class Function>
double root(Function function, double low, double high) {
  for (int i = 0; i < 200; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (function(middle) < 0 ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace

double student_quantile(double probability, std::uint64_t degrees) {
  assert(probability >= 0.5 && probability < 1 && degrees > 0);
  const double both = 2 * probability - 1;
  if (degrees <= kManyDegrees) {
    double high = 1;
    while (two_sided(high, degrees) < both) high *= 2;
    return root([&](double t) { return two_sided(t, degrees) - both; }, 0, high);
  }
  const double z = root([&](double x) { return std::erf(x / std::numbers::sqrt2) - both; }, 0, 10);
  const double z2 = z * z;
  const auto n = static_cast<double>(degrees);
  const double g1 = (z2 + 1) * z / 4;
  const double g2 = ((5 * z2 + 16) * z2 + 3) * z / 96;
  const double g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384;
  return z + g1 / n + g2 / (n * n) + g3 / (n * n * n);
}

Sample::Sample(std::vector<double> values) : sorted_(std::move(values)) {
  if (sorted_.empty()) return;
  double sum = 0;
  for (const double value : sorted_) sum += value;
  mean_ = sum / static_cast<double>(count());
  for (const double value : sorted_) squares_ += (value - mean_) * (value - mean_);
  std::sort(sorted_.begin(), sorted_.end());
}

std::optional<double> Sample::deviation() const {
  if (count() < 2) return std::nullopt;
  if (least() == most()) return 0;
  return std::sqrt(squares_ / static_cast<double>(count() - 1));
}

std::optional<double> Sample::half_width(double confidence) const {
  if (count() < 2 || least() == most()) return std::nullopt;
  return student_quantile(0.5 + confidence / 2, count() - 1) * *deviation() /
         std::sqrt(static_cast<double>(count()));
}

double Sample::percentile(double percent) const {
  assert(count() > 0);
  const double rank = std::ceil(percent / 100 * static_cast<double>(count()));
  return sorted_[std::min(static_cast<std::size_t>(std::max(rank, 1.0)), count()) - 1];
}

}  // namespace troupe::cli
