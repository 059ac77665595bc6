// What a network is like: latencies and faults, as data. Shared by the simulator, which makes them,
// and by whatever makes the same ones between real hosts.
#pragma once

#include <chrono>
#include <variant>

#include "actor/time.h"

namespace troupe::scenario {

// Distributions of latency, one way. None gives a negative one.
struct Constant {
  Duration value{};
};
struct Uniform {
  Duration low{};
  Duration high{};
};
struct Lognormal {
  Duration median{};
  double sigma = 0;  // standard deviation of the logarithm
};
using Latency = std::variant<Constant, Uniform, Lognormal>;

struct Network {
  Latency latency = Constant{std::chrono::milliseconds(50)};  // between two hosts
  double loss = 0;  // probability that a message between two hosts is lost
};

}  // namespace troupe::scenario
