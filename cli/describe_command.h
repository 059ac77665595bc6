// `troupe describe`: the .proto of actors.
#pragma once

#include <vector>

#include "actor/algorithm.h"
#include "cli/options.h"

namespace troupe::cli {

VerbSpec describe_verb();
int run_describe(const Options& options, const std::vector<Algorithm>& algorithms);

}  // namespace troupe::cli
