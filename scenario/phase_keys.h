// How a scenario writes its phases and what happens in them. A new action is one line in
// phase_keys(), with a table of its own keys.
#pragma once

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// `facts` must outlive the tables.
KeyTable<Phase> phase_keys(Facts& facts);
KeyTable<Spawn> spawn_keys(Facts& facts);
KeyTable<Calls> calls_keys(const Facts& facts);

// "all", 20%, 3, [0, 5]
Format<Hosts> hosts_format(const Facts& facts);

}  // namespace troupe::scenario
