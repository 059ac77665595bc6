// Contradictions: what a scenario says that cannot come about in the order in which it says it.
#pragma once

#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// Warns where something is to end that has not begun: the restart of a host that is up, a heal
// without a partition. What is left to chance is not judged.
void warn_of_contradictions(Reader& reader, const Scenario& scenario);

}  // namespace troupe::scenario
