// The command line, as a library: the main of any program that has algorithms.
//
//   #include "cli/cli.h"
//   #include "my/counter.h"
//
//   int main(int argc, char** argv) { return troupe::run_command_line(argc, argv, {counter()}); }
//
// It has all verbs: sim, sweep, check, list, trace, describe, host. Exit codes: 0 all is well, 1 a
// check has failed or a run has crashed, 2 the input is wrong, 130 interrupted by Ctrl-C.
#pragma once

#include <vector>

#include "actor/algorithm.h"

namespace troupe {

int run_command_line(int argc, char** argv, std::vector<Algorithm> algorithms);

}  // namespace troupe
