// Sweep: what of a scenario varies, and with which seeds each combination runs.
//
//   sweep:
//     vary: {hosts: [64, 128], network.loss: [0%, 1%]}
//     seeds: 1..20
//
// These are four points of twenty runs each. A point is what a scenario becomes when each varied
// key has one of its values, as if `--set` had changed it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actor/algorithm.h"
#include "scenario/place.h"

namespace troupe::scenario {

// Seeds from the first to the last, both included.
struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
  std::uint64_t count() const { return last - first + 1; }
};

// A point needs no more seeds when the confidence interval of a measurement's mean is so narrow.
struct Precision {
  Place place;
  std::string measurement;     // one of result_columns()
  double within = 0;           // half of the interval's width
  bool relative = false;       // ... as a part of the mean
  std::int64_t at_least = 10;  // seeds, before the interval is looked at
};

struct Plot {
  enum class Kind : std::uint8_t { kLine, kBox };
  Place place;
  Kind kind = Kind::kLine;
  std::string measurement;   // one of result_columns()
  std::string over;          // a varied key; empty: the first
  bool logarithmic = false;  // the axis of `over`
};

struct Sweep {
  // One key that varies, and its values as `--set` takes them.
  struct Axis {
    std::string key;
    std::vector<std::string> values;
  };
  Place place;
  std::vector<Axis> vary;          // every value with every other; the last varies fastest
  std::optional<SeedRange> seeds;  // nothing: the seed of the scenario
  double confidence = 0.95;        // of intervals
  std::optional<Precision> precision;
  std::vector<Plot> plots;
};

// Returns what a run is told by, in the order of results.csv: "reached_end", "events",
// "lookup_hops.mean", ... `measured` are the states that the scenario measures.
std::vector<std::string> result_columns(const Algorithm& algorithm,
                                        const std::vector<std::string>& measured);

// The column that says whether a run came to its end: 1 or 0.
inline constexpr std::string_view kReachedEnd = "reached_end";

// The statistics in result_columns(), in their order: those of an actor's measurement, and those
// of a state.
const std::vector<std::string>& result_statistics();
const std::vector<std::string>& state_statistics();

}  // namespace troupe::scenario
