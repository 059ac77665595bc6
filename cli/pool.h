// The processes of this machine that share the runs of a sweep.
//
// Every run has a process of its own: one that crashes takes no other along. They end with this
// process, however it ends. However a run ends, it has a result; one that was killed from outside
// is tried once more before that is its result.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/guard.h"
#include "cli/results_log.h"
#include "cli/runs.h"

namespace troupe::cli {

class Pool {
 public:
  Pool(const Plan& plan, int jobs, ResultsLog& log) : plan_(plan), jobs_(jobs), log_(log) {}

  // Runs what `source` gives until it gives nothing more, or until Ctrl-C. An error ends it all: no
  // process can be started, or a result cannot be written down.
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
    std::unique_ptr<SharedState> state;
    bool output_ended = false;
    bool timed_out = false;  // it has been told to stop
    bool killed = false;     // it did not stop
  };

  absl::Status start(const Run& run);
  absl::Status collect(RunSource& source);
  absl::Status end(const Worker& worker, int status, RunSource& source);
  // The next run: one that is to be tried again, or what the source gives.
  std::optional<Run> next(RunSource& source);
  void stop_what_takes_too_long();
  std::chrono::milliseconds longest_pause() const;
  void stop_what_cannot_count(const RunSource& source);
  std::optional<std::chrono::duration<double>> time_left(const RunSource& source) const;

  const Plan& plan_;
  const int jobs_;
  ResultsLog& log_;
  std::vector<Worker> workers_;
  std::vector<Run> once_more_;
  std::set<Run> tried_again_;
  // What the runs of a point took so far: points can be far apart.
  struct Spent {
    std::chrono::duration<double> time{};
    std::uint64_t runs = 0;
  };
  std::map<std::size_t, Spent> spent_;
};

}  // namespace troupe::cli
