// Many runs from their start to their end: those that are there already, the rest in processes of
// this machine or of a cluster, and what came out: on the terminal and in files.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cli/results_log.h"
#include "cli/runs.h"

namespace troupe::cli {

struct ManyRuns {
  int jobs = 0;             // processes at once; 0: one for each core, or as many as Slurm allows
  std::string folder;       // for results.csv and the rest; empty: none
  Fingerprint fingerprint;  // of what is run: results of something else are not taken up
  bool retry = false;       // earlier runs that crashed, were killed or timed out are made again
  bool quiet = false;
  bool on_slurm = false;
  std::chrono::nanoseconds at_most{};  // on Slurm
  std::string command;                 // that was given, for the page
  std::vector<std::string> task;       // the command of a task of Slurm's, without --task
  // The command that repeats one run.
  std::function<std::string(const Run& run)> repeat_command;
};

// Runs them, prints what came out, and gives the exit code.
int run_many(const Plan& plan, const ManyRuns& how);

// Of the program, the files that make the scenario, and the words of the command that matter.
Fingerprint fingerprint_of(const std::vector<std::string>& files,
                           const std::vector<std::string>& words);

}  // namespace troupe::cli
