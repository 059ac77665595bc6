// Variables: names that a scenario gives to values, and `$name`, which stands for them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenario/yaml_document.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// A root like this one in which each `$name` has become what `variables` says, and each `$$` a '$'.
// `keys` are those of a scenario.
const Node* with_variables(Document& document, const Node& root,
                           const std::vector<std::string>& keys, Reader& reader);

// What a path of `--set` or `vary` stands for: "variables.load" for "load", if there is such a
// variable; else itself. Nothing where neither a key nor a variable has this name and there are
// variables, which is told at the place of `at`.
std::optional<std::string> path_of_change(const Node& root, const std::string& path,
                                          const std::vector<std::string>& keys, const Place& at,
                                          std::vector<Diagnostic>& errors);

}  // namespace troupe::scenario
