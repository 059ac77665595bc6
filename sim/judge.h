// Judge: whether a condition of a scenario holds just now.
//
//   Judge judge(simulator, deployment, scenario);
//   const Verdict verdict = judge.look_at(check, check.sample);
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "actor/measurements.h"
#include "scenario/scenario.h"
#include "sim/deployment.h"
#include "sim/simulator.h"

namespace troupe::sim {

struct Verdict {
  absl::Status status;         // ok: it holds; else what does not
  std::string found;           // of a comparison
  std::vector<ActorId> named;  // whom a check of the algorithm has named
};

class Judge {
 public:
  Judge(Simulator& simulator, Deployment& deployment, const scenario::Scenario& scenario)
      : simulator_(simulator), deployment_(deployment), scenario_(scenario) {}

  // `sample`: so many actors are looked at, where a check is of each.
  Verdict look_at(const scenario::Condition& condition, std::optional<std::int64_t> sample = {});

  // From here on, what is measured belongs to the next phase.
  void begin_phase();

  // What was measured in a phase, which may last still; phases count from 0.
  Measurements measured_in(std::size_t phase) const;
  // What was measured since a mark, and up to now.
  struct Mark {
    std::map<std::string, std::size_t> series;
    std::map<std::string, std::int64_t> counters;
  };
  Mark mark() const;
  Measurements measured_since(const Mark& mark) const;

 private:
  absl::Status state(const scenario::StateCheck& check, std::optional<std::int64_t> sample);
  double value(const scenario::Expression& expression, std::string* found);
  double measured(const std::string& name, const std::string& statistic,
                  std::optional<std::size_t> phase) const;
  Measurements between(const Mark& from, const Mark& to) const;

  Simulator& simulator_;
  Deployment& deployment_;
  const scenario::Scenario& scenario_;
  std::vector<Mark> phases_;    // at the beginning of each
  absl::Status first_failure_;  // of a check within an expression
};

}  // namespace troupe::sim
