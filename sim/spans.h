// Drawing lengths of time and arrivals, the same on every machine.
//
//   const Duration session = draw(scenario::Exponential{.mean = 1h}, random);
//   Arrivals arrivals(scenario::Rate{.from = 5, .to = 5});
//   const std::optional<Duration> first = arrivals.next(random);   // since the beginning
#pragma once

#include <optional>

#include "actor/random.h"
#include "actor/time.h"
#include "scenario/scenario.h"

namespace troupe::sim {

// At most a hundred years, whatever the tail.
Duration draw(const scenario::Span& span, Random& random);

// A Poisson process: arrivals that are independent of each other, at a rate that may change.
class Arrivals {
 public:
  explicit Arrivals(const scenario::Rate& rate) : rate_(rate) {}
  // The next one, from the beginning; nothing where there are no more.
  std::optional<Duration> next(Random& random);

 private:
  scenario::Rate rate_;
  double expected_ = 0;  // arrivals until the last one, on average
};

}  // namespace troupe::sim
