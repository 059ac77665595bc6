// `troupe sweep`: what varies in a scenario, with many seeds, here or on a cluster.
#pragma once

#include <span>
#include <string>

#include "actor/algorithm.h"
#include "cli/options.h"
#include "scenario/parse.h"

namespace troupe::cli {

VerbSpec sweep_verb();
int run_sweep(const std::string& program, const Options& options,
              std::span<const Algorithm> algorithms);

// `troupe sim FILE --seeds A..B`: many runs of a scenario in which nothing varies.
int run_seeds(const std::string& program, const Options& options,
              const scenario::ParseResult& parsed);

}  // namespace troupe::cli
