// Conditions: what `checks` and `until` hold.
//
//   ring_is_ideal                           a check of the algorithm, by its name
//   lookup_hops.mean <= 5.24                measurement[.statistic] comparison number
//   lookup_wrong[churn] / lookup_correct < 0.01 and not ring_is_split
//   {always: ring_is_one, after: join}      a condition, and when it must hold
#pragma once

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// `facts` must outlive the format.
Format<Condition> condition(const Facts& facts);

// What an item of `checks` is: a condition alone, or a map with these keys.
Format<Check> check(const Facts& facts);
KeyTable<Check> check_keys(const Facts& facts);

}  // namespace troupe::scenario
