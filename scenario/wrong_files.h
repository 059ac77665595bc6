// Wrong scenario files, and word for word what their author is told: for the tests of the parser
// and of the schema.
#pragma once

#include <vector>

#include "scenario/parse_testing.h"

namespace troupe::scenario {

const std::vector<Wrong>& wrong_files();

}  // namespace troupe::scenario
