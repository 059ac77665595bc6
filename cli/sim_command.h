// `troupe sim`: runs a scenario in the simulator.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "actor/algorithm.h"
#include "cli/options.h"

namespace troupe::cli {

VerbSpec sim_verb();
int run_sim(const std::string& program, const Options& options,
            std::span<const Algorithm> algorithms);

}  // namespace troupe::cli
