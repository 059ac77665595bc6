// The runs of a sweep as job arrays of a Slurm cluster.
//
// The folder of the sweep lies on a file system that all nodes share. An array's tasks write what
// they find out there, one file each, and whoever has submitted the array reads it. Tasks are this
// same program; see `sweep --task`.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/results_log.h"
#include "cli/runs.h"

namespace troupe::cli {

struct SlurmOptions {
  std::string folder;                // of the sweep
  Fingerprint fingerprint;           // of its results
  std::vector<std::string> command;  // the sweep, for a task: program, verb, file, options
  int jobs = 0;                      // tasks at once; 0: as many as Slurm allows
  std::chrono::nanoseconds at_most{};
  // Called every now and then, with what Slurm says of the tasks.
  std::function<void(const std::string& states)> on_progress;
};

// UNIMPLEMENTED, with a sentence, where Slurm is not installed.
absl::Status slurm_is_there();

// Runs what `schedule` gives, array after array, until it gives nothing more or until Ctrl-C. What
// was found out before an error is in the log.
absl::Status run_on_slurm(const Plan& plan, const SlurmOptions& options, ResultsLog& log,
                          Schedule& schedule);

// What a task of an array does: its share of the runs that `folder` lists.
absl::Status run_task(const Plan& plan, const std::string& folder, std::size_t task,
                      const Fingerprint& fingerprint);

}  // namespace troupe::cli
