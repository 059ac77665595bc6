// How a scenario writes which states it measures: `measure`.
#pragma once

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// `facts` must outlive what these return. The phases must have been read before.
KeyTable<StateMeasurement> measure_keys(const Facts& facts);
// The name alone, or a map of keys.
Format<StateMeasurement> state_measurement(const Facts& facts);

// Tells of states that are measured twice, and of conditions that ask for a statistic of a state
// that is not measured.
void check_measured_states(Reader& reader, const Node& map,
                           const std::vector<StateMeasurement>& measured, const Facts& facts);

}  // namespace troupe::scenario
