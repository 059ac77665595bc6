// Span: a length of time that a scenario may leave to chance: how long a session lasts, how long it
// is until the next call.
#pragma once

#include <chrono>
#include <variant>

#include "actor/time.h"
#include "scenario/network.h"

namespace troupe::scenario {

struct Weibull {
  Duration scale{};
  double shape = 0;  // below 1: who has stayed long will stay longer
};

using Span = std::variant<Constant, Uniform, Exponential, Pareto, Weibull, Lognormal>;

}  // namespace troupe::scenario
