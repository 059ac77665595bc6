// The files that a scenario includes, put together with it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "scenario/diagnostic.h"
#include "scenario/yaml_document.h"

namespace troupe::scenario {

// Reads what the document's root includes, and what that includes; from then on the root is all of
// them together. `files` gets their paths. False where one of them cannot be read.
bool read_includes(Document& document, std::set<std::string>& files,
                   std::vector<Diagnostic>& errors);

}  // namespace troupe::scenario
