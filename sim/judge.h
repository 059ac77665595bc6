// Judge: whether a condition of a scenario holds just now.
//
//   Judge judge(simulator, deployment, scenario);
//   const Verdict verdict = judge.look_at(check, check.sample);
#pragma once

#include <cstdint>
#include <memory>
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
  // Why a condition can say nothing about the run. It does not hold then, and neither does its
  // contrary.
  enum class Trouble : std::uint8_t {
    kNone,
    kNothingMeasured,  // there is no value yet that it is about
    kNotFinite,        // values were infinite or not a number
  };
  absl::Status status;  // ok: it holds; else what does not
  Trouble trouble = Trouble::kNone;
  std::string found;           // of a comparison
  std::vector<ActorId> named;  // whom a check of the algorithm has named
};

class Judge {
 public:
  Judge(Simulator& simulator, Deployment& deployment, const scenario::Scenario& scenario)
      : simulator_(simulator), deployment_(deployment), scenario_(scenario) {}
  ~Judge() { stop_measuring(); }
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  // `sample`: so many actors are looked at, where a check is of each.
  Verdict look_at(const scenario::Condition& condition, std::optional<std::int64_t> sample = {});

  // Returns the value that a state has just now; nothing where it has none.
  std::optional<double> value_of(const scenario::StateMeasurement& state);

  // From here on, what is measured belongs to the next phase.
  void begin_phase();
  // What was measured in a phase, which may last still; phases count from 0.
  const Measurements& measured_in(std::size_t phase) const { return *phases_[phase]; }
  // From here on, what is measured belongs to the next interval.
  void begin_interval();
  const Measurements& interval() const { return interval_; }
  // Neither phases nor intervals get anything any more.
  void stop_measuring();

 private:
  // The value of an expression, of a condition 1 or 0; `known` is false where nothing was measured.
  struct Value {
    double number = 0;
    bool known = true;
  };

  absl::Status state(const scenario::StateCheck& check, std::optional<std::int64_t> sample);
  Verdict compared(const scenario::MeasurementCheck& check);
  Verdict evaluated(const scenario::Expression& expression);
  Value value(const scenario::Expression& expression, std::string* found);
  Value calculated(const scenario::Expression& expression, std::string* found);
  Value logical(const scenario::Expression& expression, std::string* found);
  Value measured(const std::string& name, const std::string& statistic,
                 std::optional<std::size_t> phase);
  Value number_now(const Algorithm::Named<Algorithm::Number>& number);
  Value unknown(std::string why);

  Simulator& simulator_;
  Deployment& deployment_;
  const scenario::Scenario& scenario_;
  std::vector<std::unique_ptr<Measurements>> phases_;  // parts of the simulator's measurements
  Measurements interval_;                              // another part
  // Of the condition that is being looked at:
  absl::Status first_failure_;  // of a check within an expression
  std::string unknown_;         // the first thing that is not known
  std::string not_finite_;      // the first measurement that has such values
};

}  // namespace troupe::sim
