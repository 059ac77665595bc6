// `troupe trace`: shows a trace that a run has written.
#pragma once

#include "cli/options.h"

namespace troupe::cli {

VerbSpec trace_verb();
int run_trace(const Options& options);

}  // namespace troupe::cli
