// Distributions: draws a latency from what a scenario says of it.
//
//   Random random = Random::stream(seed, "latency", host);
//   const Duration latency = draw(scenario::Pareto{.least = 20ms, .shape = 2}, random);
//
// Logarithms are our own (portable_math.h), so a draw is the same on every machine.
#pragma once

#include "actor/random.h"
#include "actor/time.h"
#include "scenario/network.h"

namespace troupe::sim {

// What a tail may not exceed.
inline constexpr Duration kLongestDraw = std::chrono::hours(1);

Duration draw(const scenario::Constant& constant, Random& random);
Duration draw(const scenario::Uniform& uniform, Random& random);
Duration draw(const scenario::Normal& normal, Random& random);
Duration draw(const scenario::Lognormal& lognormal, Random& random);
Duration draw(const scenario::Exponential& exponential, Random& random);
Duration draw(const scenario::Pareto& pareto, Random& random);
Duration draw(const scenario::Empirical& empirical, Random& random);

}  // namespace troupe::sim
