// Inversion of the distribution functions, with logarithms of our own.
#include "sim/spans.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <variant>

#include "sim/portable_math.h"

namespace troupe::sim {
namespace {

// Exponential with mean 1: the logarithm of a number in (0, 1].
double standard_exponential(Random& random) { return -portable_log(1 - random.unit()); }

Duration in_bounds(double nanoseconds) {
  constexpr auto kLongest = static_cast<double>((Duration(24h) * 36500).count());
  return Duration(static_cast<std::int64_t>(std::clamp(nanoseconds, 0.0, kLongest)));
}

double stretched(Duration unit, double logarithm) {
  constexpr double kMost = 600;  // e to this is far beyond any bound, and still a number.
  return static_cast<double>(unit.count()) * portable_exp(std::clamp(logarithm, -kMost, kMost));
}

}  // namespace

Duration draw(const scenario::Span& span, Random& random) {
  return std::visit(
      [&](const auto& it) {
        using T = std::decay_t<decltype(it)>;
        if constexpr (std::is_same_v<T, scenario::Constant>) {
          return it.value;
        } else if constexpr (std::is_same_v<T, scenario::Uniform>) {
          return random.uniform(it.low, it.high);
        } else if constexpr (std::is_same_v<T, scenario::Exponential>) {
          return in_bounds(static_cast<double>(it.mean.count()) * standard_exponential(random));
        } else if constexpr (std::is_same_v<T, scenario::Pareto>) {
          return in_bounds(stretched(it.least, standard_exponential(random) / it.shape));
        } else if constexpr (std::is_same_v<T, scenario::Weibull>) {
          // Never the logarithm of zero.
          const double e = std::max(standard_exponential(random), 1e-300);
          return in_bounds(stretched(it.scale, portable_log(e) / it.shape));
        } else {
          return in_bounds(stretched(it.median, it.sigma * standard_normal(random)));
        }
      },
      span);
}

std::optional<Duration> Arrivals::next(Random& random) {
  expected_ += standard_exponential(random);
  double seconds = 0;
  if (rate_.over == Duration::zero()) {
    seconds = expected_ / rate_.from;
  } else {
    // The rate is from + slope t, so from t + slope t^2 / 2 arrivals are expected until t.
    const double over = to_seconds(rate_.over);
    const double slope = (rate_.to - rate_.from) / over;
    const double square = rate_.from * rate_.from + 2 * slope * expected_;
    if (square < 0) return std::nullopt;
    seconds = 2 * expected_ / (rate_.from + portable_sqrt(square));
    if (seconds > over) return std::nullopt;
  }
  return in_bounds(seconds * 1e9);
}

}  // namespace troupe::sim
