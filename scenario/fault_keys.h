// How a scenario writes what befalls its hosts. A new fault is one line in phase_keys(), with a
// table of its own keys here.
//
// Each is written in one of three ways: just the hosts (`crash: 20%`), a map of keys (`crash:
// {hosts: 20%, at: 30s}`), or a list of such maps.
#pragma once

#include <vector>

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// The keys of a phase that are faults, in the order in which they happen.
std::vector<Key<Phase>> fault_keys(const Facts& facts);

// The keys of each.
std::vector<MapDescription> describe_faults(const Facts& facts);

}  // namespace troupe::scenario
