// The scenario file as a JSON Schema, made from the same tables of keys that read it: editors
// complete and check with it.
//
//   std::cout << json_schema(algorithms);
#pragma once

#include <span>
#include <string>

#include "actor/algorithm.h"

namespace troupe::scenario {

// Draft 7, which editors understand. It knows keys, types and simple limits; what depends on other
// parts of a file, only the parser knows.
std::string json_schema(std::span<const Algorithm> algorithms);

}  // namespace troupe::scenario
