// How a scenario writes what varies: `sweep` and the maps below it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// What `vary` says, still as YAML, so that a mistake in a value is told at the value's own place.
struct Varied {
  struct Axis {
    const Node* key = nullptr;
    std::vector<const Node*> values;
  };
  std::vector<Axis> axes;
  std::deque<Node> made;  // the values of ranges
  bool too_many = false;  // combinations to read
};

// A number with its unit, as the ends of a range are written.
struct Quantity {
  enum class Kind : std::uint8_t { kWhole, kNumber, kPercent, kDuration };
  Kind kind = Kind::kNumber;
  double value = 0;  // of a duration, in nanoseconds
};

// {from: 10, to: 100, step: 10}
struct Range {
  std::optional<Quantity> from;
  std::optional<Quantity> to;
  std::optional<Quantity> step;
  std::optional<double> factor;
};

// `facts` and `varied` must outlive the table.
KeyTable<Sweep> sweep_keys(const Facts& facts, Varied& varied);
KeyTable<Range> range_keys();
KeyTable<Precision> precision_keys(const Facts& facts);
KeyTable<Plot> plot_keys(const Facts& facts, const Varied& varied);

}  // namespace troupe::scenario
