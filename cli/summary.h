// What a run says at its end: for people on the terminal, for programs in summary.json.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenario/scenario.h"
#include "sim/experiment.h"

namespace troupe::cli {

// What only the process knows.
struct RunFacts {
  double wall_seconds = 0;
  std::uint64_t peak_memory_bytes = 0;
  std::string repeat_command;        // runs the same again
  std::vector<std::string> written;  // files
};

// The text for people: what ran, what was measured, which checks hold, how to repeat it.
std::string human_summary(const scenario::Scenario& scenario, const sim::Outcome& outcome,
                          const RunFacts& facts);

// The contents of summary.json; its fields are documented in docs/reference/summary.md.
std::string json_summary(const scenario::Scenario& scenario, const sim::Outcome& outcome,
                         const RunFacts& facts);

// One line per measurement: name, count, sum, mean and so on. A statistic of no values is empty.
std::string metrics_csv(const sim::Outcome& outcome);

// The same for each phase.
std::string phases_csv(const sim::Outcome& outcome);

// What was measured between two samples, and each value of the states that the scenario measures.
std::string series_csv(const sim::Outcome& outcome);
// Whether the scenario asks for any of that.
bool has_series(const scenario::Scenario& scenario);

// "0x1c2c0f317530b878"
std::string hash_text(std::uint64_t hash);

}  // namespace troupe::cli
