// Readings: the states that a scenario measures again and again while it runs.
//
//   Readings readings(scenario, judge, simulator.measurements());
//   readings.begin_phase(0, now);
//   if (readings.next() <= now) readings.take(now);
#pragma once

#include <cstddef>
#include <vector>

#include "actor/measurements.h"
#include "scenario/scenario.h"
#include "sim/experiment.h"
#include "sim/judge.h"

namespace troupe::sim {

class Readings {
 public:
  // All of them must outlive it. Values are added to `measurements`.
  Readings(const scenario::Scenario& scenario, Judge& judge, Measurements& measurements);

  void begin_phase(std::size_t phase, Time now);
  void end_phase(std::size_t phase, Time now);

  // When a value is to be taken next, or kNever.
  Time next() const { return next_; }
  // Takes the values that are due, and appends them to `series`.
  void take(Time now, std::vector<SeriesPoint>& series);

 private:
  struct Reading {
    const scenario::StateMeasurement* state = nullptr;
    bool begun = false;
    Time next = kNever;
  };

  static void open(Reading& reading, Time now);
  void find_next();

  Judge& judge_;
  Measurements& measurements_;
  std::vector<Reading> readings_;
  Time next_ = kNever;
};

}  // namespace troupe::sim
