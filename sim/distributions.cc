// Draws by inversion where the distribution function has an inverse.
#include "sim/distributions.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/portable_math.h"

namespace troupe::sim {
namespace {

// As long as `nanoseconds`, but for the end of a tail. Requires nanoseconds >= 0.
Duration without_tail(double nanoseconds) {
  constexpr auto kLongest = static_cast<double>(kLongestDraw.count());
  return Duration(static_cast<std::int64_t>(std::min(nanoseconds, kLongest)));
}

double in_nanoseconds(Duration duration) { return static_cast<double>(duration.count()); }

// -log of a number in (0, 1]: exponential, with mean 1.
double standard_exponential(Random& random) { return -portable_log(1 - random.unit()); }

}  // namespace

Duration draw(const scenario::Constant& constant, Random&) { return constant.value; }

Duration draw(const scenario::Uniform& uniform, Random& random) {
  return random.uniform(uniform.low, uniform.high);
}

Duration draw(const scenario::Normal& normal, Random& random) {
  // At least half of all draws are good, since no mean is negative.
  for (;;) {
    const double drawn =
        in_nanoseconds(normal.mean) + in_nanoseconds(normal.deviation) * standard_normal(random);
    if (drawn >= 0) return without_tail(drawn);
  }
}

Duration draw(const scenario::Lognormal& lognormal, Random& random) {
  const double factor = portable_exp(lognormal.sigma * standard_normal(random));
  return without_tail(in_nanoseconds(lognormal.median) * factor);
}

Duration draw(const scenario::Exponential& exponential, Random& random) {
  return without_tail(in_nanoseconds(exponential.mean) * standard_exponential(random));
}

Duration draw(const scenario::Pareto& pareto, Random& random) {
  const double factor = portable_exp(standard_exponential(random) / pareto.shape);
  return without_tail(in_nanoseconds(pareto.least) * factor);
}

Duration draw(const scenario::Empirical& empirical, Random& random) {
  const std::vector<scenario::Empirical::Point>& points = *empirical.points;
  const double part = random.unit();
  const auto above =
      std::upper_bound(points.begin(), points.end(), part,
                       [](double value, const auto& point) { return value < point.part; });
  if (above == points.begin()) return points.front().latency;
  if (above == points.end()) return points.back().latency;
  const scenario::Empirical::Point& low = *(above - 1);
  const double along = (part - low.part) / (above->part - low.part);
  return low.latency + without_tail(in_nanoseconds(above->latency - low.latency) * along);
}

}  // namespace troupe::sim
