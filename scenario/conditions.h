// Conditions: what `checks` and `until` hold.
//
//   ring_is_ideal                 a check of the algorithm, by its name
//   lookup_hops.mean <= 5.24      measurement[.statistic] comparison number
#pragma once

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// `facts` must outlive the format.
Format<Condition> condition(const Facts& facts);

// The statistics of a measurement.
const std::vector<std::string>& statistics();

}  // namespace troupe::scenario
