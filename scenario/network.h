// What a network is like: latencies, limits and faults, as data. Shared by the simulator, which
// makes them, and by whatever makes the same ones between real hosts.
//
//   Network network{.latency = Lognormal{50ms, 0.4}, .loss = 0.01};
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actor/time.h"

namespace troupe::scenario {

// --- Latencies, one way. None is negative -------------------------------------------------------

struct Constant {
  Duration value{};
};
struct Uniform {
  Duration low{};
  Duration high{};
};
// What would be negative is drawn again.
struct Normal {
  Duration mean{};
  Duration deviation{};
};
struct Lognormal {
  Duration median{};
  double sigma = 0;  // standard deviation of the logarithm
};
struct Exponential {
  Duration mean{};
};
struct Pareto {
  Duration least{};
  double shape = 1;
};
// As it was measured: the part of all messages that take no longer than a latency. It rises in
// straight lines from point to point, to 1; the first point's part takes just its latency.
struct Empirical {
  struct Point {
    Duration latency{};
    double part = 0;
  };
  std::shared_ptr<const std::vector<Point>> points = {};  // in their order; never empty
};

// The same latency each time, from one host to another: that of their rows. Host 0 has row 0.
struct Matrix {
  std::size_t size = 0;                                       // rows, and columns
  std::shared_ptr<const std::vector<Duration>> latency = {};  // [from * size + to]
  bool shuffled = false;  // each host has a row chosen at random
};

// That of the regions that they are in.
struct Regions {
  struct Table {
    std::vector<std::string> names = {};
    std::vector<Duration> latency = {};  // [from * names.size() + to]
  };
  std::shared_ptr<const Table> table = {};
  std::shared_ptr<const std::vector<std::uint16_t>> of_host = {};  // null: each in turn
};

// That of the distance between their places.
struct Coordinates {
  using Point = std::array<double, 3>;  // in a plane, the last is 0
  Point box{};                          // places are chosen at random in a box of this size
  std::shared_ptr<const std::vector<Point>> places = {};  // or are given, one for each host
  Duration base{};
  Duration scale{};  // for each unit of distance
};

using Latency = std::variant<Constant, Uniform, Normal, Lognormal, Exponential, Pareto, Empirical,
                             Matrix, Regions, Coordinates>;

// Whether it differs from message to message, where it is not the same pair's for ever.
inline bool is_random(const Latency& latency) {
  return !std::holds_alternative<Constant>(latency) && !std::holds_alternative<Matrix>(latency) &&
         !std::holds_alternative<Regions>(latency) && !std::holds_alternative<Coordinates>(latency);
}

// --- Limits -------------------------------------------------------------------------------------

// Which hosts something holds for.
struct EveryHost {};
struct ChosenHosts {
  std::int64_t count = 0;  // at random, once a run
};
struct NumberedHosts {
  std::vector<std::int64_t> numbers = {};
};
struct HostsInRegion {
  std::uint16_t region = 0;
};
using HostSet = std::variant<EveryHost, ChosenHosts, NumberedHosts, HostsInRegion>;

// What a host can send: its messages leave one after another.
struct Bandwidth {
  struct Exception {
    HostSet hosts = EveryHost{};
    std::int64_t up = 1;
  };
  std::int64_t up = 1;                       // bits a second
  std::optional<std::int64_t> payload = {};  // of every message, in bytes; none: as it is encoded
  std::int64_t overhead = 64;                // bytes, of every message
  std::optional<std::int64_t> queue = {};    // bytes that may wait; none: all may
  std::vector<Exception> exceptions = {};    // the last that fits a host holds
};

// --- Links --------------------------------------------------------------------------------------

// What differs for messages from some hosts to some others. What is not said stays as it is.
struct Link {
  HostSet from = EveryHost{};
  HostSet to = EveryHost{};
  bool both_ways = false;
  std::optional<Latency> latency = {};
  std::optional<Latency> jitter = {};
  std::optional<double> loss = {};
  std::optional<double> duplication = {};
  std::optional<double> corruption = {};
  std::optional<double> reordering = {};
};

// --- All of it: between two different hosts -----------------------------------------------------

struct Network {
  Latency latency = Constant{std::chrono::milliseconds(50)};
  // Probabilities, of each message.
  double loss = 0;
  std::optional<Latency> jitter = {};  // added to the latency
  double duplication = 0;              // it arrives twice
  double corruption = 0;               // it arrives damaged: the receiver notices, and drops it
  double reordering = 0;  // it does not keep its place among those of its pair of hosts
  std::optional<Bandwidth> bandwidth = {};
  std::vector<Link> links = {};  // where several fit, the last that says something holds
};

}  // namespace troupe::scenario
