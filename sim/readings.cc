// Taking the values of states.
#include "sim/readings.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace troupe::sim {

Readings::Readings(const scenario::Scenario& scenario, Judge& judge, Measurements& measurements)
    : judge_(judge), measurements_(measurements) {
  for (const scenario::StateMeasurement& state : scenario.measure) {
    readings_.push_back({.state = &state});
    measurements_.declare(state.name);
  }
}

void Readings::open(Reading& reading, Time now) {
  reading.begun = true;
  reading.next = saturated_sum(now, reading.state->every);
}

void Readings::find_next() {
  next_ = kNever;
  for (const Reading& reading : readings_) next_ = std::min(next_, reading.next);
}

void Readings::begin_phase(std::size_t phase, Time now) {
  for (Reading& reading : readings_) {
    if (reading.begun) continue;
    const scenario::StateMeasurement& state = *reading.state;
    const bool from_the_start = !state.after && !state.during && phase == 0;
    if (from_the_start || state.during == phase) open(reading, now);
  }
  find_next();
}

void Readings::end_phase(std::size_t phase, Time now) {
  for (Reading& reading : readings_) {
    if (reading.state->during == phase) reading.next = kNever;
    if (!reading.begun && reading.state->after == phase) open(reading, now);
  }
  find_next();
}

void Readings::take(Time now, std::vector<SeriesPoint>& series) {
  for (Reading& reading : readings_) {
    if (reading.next > now) continue;
    reading.next = saturated_sum(reading.next, reading.state->every);
    const std::optional<double> value = judge_.value_of(*reading.state);
    if (!value) continue;
    measurements_.add(reading.state->name, *value);
    if (!std::isfinite(*value)) continue;
    series.push_back({.time = now - Time{},
                      .name = reading.state->name,
                      .count = 1,
                      .mean = *value,
                      .p50 = *value,
                      .p99 = *value,
                      .max = *value});
  }
  find_next();
}

}  // namespace troupe::sim
