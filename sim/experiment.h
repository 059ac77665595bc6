// Experiment: runs a scenario in the simulator, phase by phase, and says what came out.
//
//   Experiment experiment(scenario, {});
//   absl::StatusOr<Outcome> outcome = experiment.run();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/measurements.h"
#include "scenario/scenario.h"
#include "sim/simulator.h"

namespace troupe::sim {

struct Progress {
  std::string phase;
  std::size_t phase_number = 0;  // from 1
  std::size_t phases = 0;
  Duration virtual_time{};
  std::uint64_t events = 0;
};

struct ExperimentOptions {
  bool encode_everything = false;
  Observer* observer = nullptr;
  // Called every few thousand events, and more often where events take long; false ends the run as
  // interrupted.
  std::function<bool(const Progress&)> on_progress;
  // Called with the running hash after every event.
  std::function<void(std::uint64_t events, std::uint64_t hash)> on_hash;
  // Ends the run, as interrupted, when so many events have happened.
  std::uint64_t stop_at_event = ~std::uint64_t{0};
  // Where a check fails that names actors, runs all again to tell what they did last.
  bool tell_last_events = false;
};

struct CheckResult {
  enum class Status : std::uint8_t { kPassed, kFailed, kNotReached };
  std::string name;
  Status status = Status::kNotReached;
  std::string detail = {};  // what was found
  // Where it failed:
  Duration at{};                              // when it was looked at
  std::uint64_t events = 0;                   // that had happened by then
  std::vector<ActorId> actors = {};           // that it has named
  std::vector<std::string> last_events = {};  // of these; only where asked for, and of the first
};

// What was measured in one phase.
struct PhaseOutcome {
  std::string name;
  Duration begin{};
  Duration end{};
  Measurements measurements;
};

// What was measured under one name since the sample before, or one value of a state. A counter has
// only `count`; statistics of no values are NaN.
struct SeriesPoint {
  Duration time{};
  std::string name;
  double count = 0;
  double mean = 0;
  double p50 = 0;
  double p99 = 0;
  double max = 0;
};

struct Outcome {
  enum class Status : std::uint8_t { kPassed, kFailed, kInterrupted };
  Status status = Status::kPassed;
  bool reached_end = false;  // it was not ended before its last phase was over
  std::uint64_t event_hash = 0;
  std::uint64_t events = 0;
  std::uint64_t messages = 0;
  Duration virtual_time{};
  std::uint64_t calls = 0;                                   // that the scenario made
  std::uint64_t delayed_calls = 0;                           // of these, that waited for others
  std::uint64_t failed_calls = 0;                            // of these
  std::string first_failed_call;                             // why
  std::uint64_t failures = 0;                                // of one-way methods
  std::string first_failure;                                 // of these
  std::vector<std::pair<std::string, std::uint64_t>> drops;  // by reason
  std::uint64_t duplicates = 0;                              // messages that came twice
  std::vector<CheckResult> checks;
  std::vector<std::string> who_waits;  // where nothing could happen any more
  std::vector<std::string> notes;      // what the scenario asks for and had no effect
  Measurements measurements;
  std::vector<PhaseOutcome> phases;  // that have begun
  std::vector<SeriesPoint> series;   // where the scenario asks for samples, or for states
};

class Experiment {
 public:
  // The scenario must outlive the experiment.
  Experiment(const scenario::Scenario& scenario, ExperimentOptions options);
  ~Experiment();

  // An error where the scenario asks for what cannot be; otherwise what came out, also of a run
  // that failed or was interrupted.
  absl::StatusOr<Outcome> run();

  Simulator& simulator();

 private:
  class Impl;
  void tell_last_events(Outcome& outcome);
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::sim
