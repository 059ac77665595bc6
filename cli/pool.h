// The processes of this machine that share the runs of a sweep.
//
// Every run has a process of its own: one that crashes takes no other along. They end with this
// process, however it ends.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/results_log.h"
#include "cli/runs.h"

namespace troupe::cli {

class Pool {
 public:
  Pool(const Plan& plan, int jobs, ResultsLog& log) : plan_(plan), jobs_(jobs), log_(log) {}

  // Runs what `source` gives until it gives nothing more, or until Ctrl-C. An error ends it all:
  // a scenario asks for what cannot be, or a result cannot be written down.
  absl::Status run(RunSource& source);

  // Called every now and then, with how long it may take still, as far as is known.
  std::function<void(std::optional<std::chrono::duration<double>> left)> on_progress;

 private:
  using Clock = std::chrono::steady_clock;
  struct Worker {
    Run run;
    pid_t process = 0;
    int pipe = -1;
    std::string output;
    Clock::time_point begin;
  };

  absl::Status start(const Run& run);
  absl::Status collect(RunSource& source);
  absl::Status end(const Worker& worker, RunSource& source);
  void stop_what_cannot_count(const RunSource& source);
  std::optional<std::chrono::duration<double>> time_left(const RunSource& source) const;

  const Plan& plan_;
  const int jobs_;
  ResultsLog& log_;
  std::vector<Worker> workers_;
  // What the runs of a point took so far: points can be far apart.
  struct Spent {
    std::chrono::duration<double> time{};
    std::uint64_t runs = 0;
  };
  std::map<std::size_t, Spent> spent_;
};

}  // namespace troupe::cli
