// `troupe host`: a host that other hosts and gRPC clients reach, until Ctrl-C.
#pragma once

#include <vector>

#include "actor/algorithm.h"
#include "cli/options.h"

namespace troupe::cli {

VerbSpec host_verb();
int run_host(const Options& options, const std::vector<Algorithm>& algorithms);

}  // namespace troupe::cli
