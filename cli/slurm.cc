// sbatch, squeue, scancel, and files in between.
#include "cli/slurm.h"

#include <poll.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "actor/time.h"
#include "cli/inform.h"
#include "cli/pool.h"
#include "cli/program.h"

namespace troupe::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Slurm's own limit of an array is 1001 tasks unless somebody has raised it.
constexpr std::size_t kMostTasks = 1000;
// Slurm's own programs give up sooner.
constexpr auto kCommandDeadline = std::chrono::minutes(2);
constexpr auto kLateFiles = std::chrono::seconds(5);
constexpr auto kSlowestLook = std::chrono::milliseconds(5000);

std::string results_file(const std::string& folder, std::size_t task) {
  return absl::StrCat(folder, "/task-", task, ".results");
}
std::string log_file(const std::string& folder, std::size_t task) {
  return absl::StrCat(folder, "/task-", task, ".log");
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

absl::Status write_file(const std::string& path, const std::string& contents) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << contents;
  file.close();
  return file ? absl::OkStatus()
              : absl::DataLossError(absl::StrCat(path, " could not be written: is the disk full?"));
}

// What a program of Slurm's says, on one line.
std::string said(const Finished& finished) {
  const std::string text(
      absl::StripAsciiWhitespace(finished.errors.empty() ? finished.output : finished.errors));
  return absl::StrJoin(absl::StrSplit(text, '\n'), "; ");
}

// --- The list of runs ---------------------------------------------------------------------------

// "# troupe runs FINGERPRINT TASKS", then one run a line. Task t has those number t, t + TASKS, ...
std::string list_of(const std::vector<Run>& runs, const std::string& fingerprint,
                    std::size_t tasks) {
  std::string text = absl::StrCat("# troupe runs ", fingerprint, " ", tasks, "\n");
  for (const Run& run : runs) absl::StrAppend(&text, run.point, " ", run.seed, "\n");
  return text;
}

// The share of one task, as a source of runs.
class Share : public RunSource {
 public:
  Share(std::vector<Run> runs, Results done) : runs_(std::move(runs)), done_(std::move(done)) {}

  std::optional<Run> next() override {
    while (at_ < runs_.size()) {
      const Run run = runs_[at_++];
      if (!done_.contains(run)) return run;
    }
    return std::nullopt;
  }
  void add(const Run& run, RunResult result) override { done_.emplace(run, std::move(result)); }
  bool may_count(const Run&) const override { return true; }
  std::uint64_t left(std::size_t point) const override {
    return static_cast<std::uint64_t>(
        std::count_if(runs_.begin(), runs_.end(),
                      [&](const Run& run) { return run.point == point && !done_.contains(run); }));
  }

 private:
  std::vector<Run> runs_;
  Results done_;
  std::size_t at_ = 0;
};

// --- Arrays -------------------------------------------------------------------------------------

class Array {
 public:
  Array(const Plan& plan, const SlurmOptions& options, ResultsLog& log, Schedule& schedule)
      : plan_(plan), options_(options), log_(log), schedule_(schedule) {}

  // An array of an earlier go that still works is stopped, and what it has found out is used.
  absl::Status take_up() {
    std::error_code ignored;
    if (!fs::exists(home(), ignored)) return absl::OkStatus();
    const std::string job(absl::StripAsciiWhitespace(contents_of(job_file())));
    if (!job.empty()) {
      job_ = job;
      cancel();
      const auto end = Clock::now() + kCommandDeadline;
      while (Clock::now() < end && !interrupted()) {
        const absl::StatusOr<std::string> states = look();
        if (states.ok() && states->empty()) break;
        wait(std::chrono::milliseconds(200));
      }
    }
    for (const auto& entry : fs::directory_iterator(home(), ignored)) {
      if (!entry.is_directory()) continue;
      for (const auto& file : fs::directory_iterator(entry.path(), ignored)) {
        if (file.path().extension() == ".results") {
          if (absl::Status status = collect(file.path().string()); !status.ok()) return status;
        }
      }
    }
    fs::remove(job_file(), ignored);
    return absl::OkStatus();
  }

  absl::Status run(const std::vector<Run>& runs) {
    tasks_ = std::min(runs.size(), kMostTasks);
    if (absl::Status status = submit(runs); !status.ok()) return status;
    if (absl::Status status = wait_for_end(); !status.ok()) return status;
    // A network file system may show a file late.
    const auto end = Clock::now() + kLateFiles;
    while (true) {
      if (absl::Status status = collect(); !status.ok()) return status;
      if (interrupted() || missing(runs).ok() || Clock::now() >= end) break;
      wait(std::chrono::milliseconds(200));
    }
    std::error_code ignored;
    fs::remove(job_file(), ignored);
    return interrupted() ? absl::OkStatus() : missing(runs);
  }

 private:
  std::string home() const { return absl::StrCat(options_.folder, "/slurm"); }
  std::string job_file() const { return absl::StrCat(home(), "/job"); }

  absl::Status submit(const std::vector<Run>& runs) {
    std::error_code error;
    do {
      folder_ = absl::StrCat(home(), "/array-", ++number_);
    } while (fs::exists(folder_, error));
    fs::create_directories(folder_, error);
    if (error) return absl::PermissionDeniedError(absl::StrCat(folder_, ": ", error.message()));
    absl::Status written =
        write_file(folder_ + "/runs", list_of(runs, options_.fingerprint, tasks_));
    std::vector<std::string> words;
    for (const std::string& word : options_.command) words.push_back(shell_quoted(word));
    written.Update(write_file(
        folder_ + "/task.sh",
        absl::StrCat("#!/bin/sh\nexec ", absl::StrJoin(words, " "), " --task ",
                     shell_quoted(folder_), " --task-number \"$SLURM_ARRAY_TASK_ID\"\n")));
    if (!written.ok()) return written;

    std::string array = absl::StrCat("--array=0-", tasks_ - 1);
    if (options_.jobs > 0) absl::StrAppend(&array, "%", options_.jobs);
    const absl::StatusOr<Finished> finished =
        run_program({"sbatch", "--parsable", array, absl::StrCat("--job-name=", plan_.name),
                     absl::StrCat("--output=", folder_, "/task-%a.log"), folder_ + "/task.sh"},
                    "", kCommandDeadline);
    if (!finished.ok()) return finished.status();
    if (finished->exit_code != 0) {
      return absl::UnavailableError(
          absl::StrCat("Slurm does not take the job array: ", said(*finished)));
    }
    // "17" or "17;cluster"
    job_ = std::vector<std::string>(
        absl::StrSplit(absl::StripAsciiWhitespace(finished->output), ';'))[0];
    return write_file(job_file(), job_ + "\n");
  }

  // How many tasks are in which state, "3 PENDING, 2 RUNNING"; empty when all have ended.
  absl::StatusOr<std::string> look() const {
    const absl::StatusOr<Finished> finished = run_program(
        {"squeue", "--noheader", "--array", "--format=%T", "--jobs=" + job_}, "", kCommandDeadline);
    if (!finished.ok()) return finished.status();
    if (finished->exit_code != 0) {
      // It has been forgotten some time after its end.
      if (finished->errors.find("Invalid job id") != std::string::npos) return std::string();
      return absl::UnavailableError(said(*finished));
    }
    std::map<std::string, int> states;
    for (const auto state : absl::StrSplit(finished->output, '\n', absl::SkipWhitespace())) {
      ++states[std::string(absl::StripAsciiWhitespace(state))];
    }
    std::vector<std::string> parts;
    for (const auto& [state, count] : states) parts.push_back(absl::StrCat(count, " ", state));
    return absl::StrJoin(parts, ", ");
  }

  void cancel() const { static_cast<void>(run_program({"scancel", job_}, "", kCommandDeadline)); }

  static void wait(std::chrono::milliseconds time) {
    poll(nullptr, 0, static_cast<int>(time.count()));  // Ctrl-C ends it.
  }

  // Until no task is left. Ctrl-C stops them.
  absl::Status wait_for_end() {
    const auto end = Clock::now() + options_.at_most;
    std::chrono::milliseconds pause(100);
    bool cancelled = false;
    std::string last;
    while (true) {
      const absl::StatusOr<std::string> states = look();
      if (states.ok() && states->empty()) return absl::OkStatus();
      // A controller that is down may come again; until the deadline.
      last = states.ok() ? *states : std::string(states.status().message());
      if (absl::Status status = collect(); !status.ok()) return status;
      if (options_.on_progress) options_.on_progress(last);
      if (interrupted() && !cancelled) {
        cancel();
        cancelled = true;
      }
      if (Clock::now() >= end) {
        cancel();
        return absl::DeadlineExceededError(
            absl::StrCat("job array ", job_, " has not ended within ",
                         to_string(std::chrono::duration_cast<Duration>(options_.at_most)),
                         ", and was stopped; Slurm says: ", last,
                         ". The same command goes on from here; --at-most waits longer"));
      }
      wait(std::min(pause,
                    std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()) +
                        std::chrono::milliseconds(1)));
      pause = std::min(pause * 3 / 2, std::chrono::milliseconds(kSlowestLook));
    }
  }

  absl::Status collect() {
    for (std::size_t task = 0; task < tasks_; ++task) {
      if (absl::Status status = collect(results_file(folder_, task)); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // Takes what is new in a file of results.
  absl::Status collect(const std::string& file) {
    Results found;
    ResultsLog::read(file, options_.fingerprint, plan_, found);
    for (auto& [run, result] : found) {
      if (!taken_.insert(run).second) continue;
      if (absl::Status status = log_.append(run, result); !status.ok()) return status;
      schedule_.add(run, std::move(result));
    }
    return absl::OkStatus();
  }

  // An error where a task has ended without all of its results, with its last words.
  absl::Status missing(const std::vector<Run>& runs) const {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (taken_.contains(runs[i])) continue;
      const std::size_t task = i % tasks_;
      const std::string log = log_file(folder_, task);
      const std::vector<std::string> lines =
          absl::StrSplit(contents_of(log), '\n', absl::SkipWhitespace());
      return absl::AbortedError(absl::StrCat(
          "task ", task, " of job array ", job_, " has ended without its results; ", log,
          lines.empty() ? " is empty" : " ends with: ", lines.empty() ? "" : lines.back(),
          ". The same command goes on from here"));
    }
    return absl::OkStatus();
  }

  const Plan& plan_;
  const SlurmOptions& options_;
  ResultsLog& log_;
  Schedule& schedule_;
  std::set<Run> taken_;
  std::string folder_;  // of the array that is at work
  std::string job_;
  std::size_t tasks_ = 0;
  int number_ = 0;
};

}  // namespace

absl::Status slurm_is_there() {
  for (const char* program : {"sbatch", "squeue", "scancel"}) {
    if (is_installed(program)) continue;
    return absl::UnimplementedError(absl::StrCat(
        "--on slurm: there is no ", program,
        " on this machine; on Debian, the package slurm-client has it, and the machine must belong "
        "to a cluster"));
  }
  return absl::OkStatus();
}

absl::Status run_on_slurm(const Plan& plan, const SlurmOptions& options, ResultsLog& log,
                          Schedule& schedule) {
  Array array(plan, options, log, schedule);
  if (absl::Status status = array.take_up(); !status.ok()) return status;
  while (!interrupted()) {
    const std::vector<Run> runs = schedule.batch();
    if (runs.empty()) return absl::OkStatus();
    if (absl::Status status = array.run(runs); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status run_task(const Plan& plan, const std::string& folder, std::size_t task,
                      const std::string& fingerprint) {
  std::ifstream list(folder + "/runs");
  std::string line;
  std::getline(list, line);
  const std::string known = absl::StrCat("# troupe runs ", fingerprint, " ");
  std::size_t tasks = 0;
  if (!line.starts_with(known) || !absl::SimpleAtoi(line.substr(known.size()), &tasks) ||
      tasks == 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        folder, "/runs was written by another program or for another scenario than they are now"));
  }
  std::vector<Run> runs;
  Run run;
  for (std::size_t i = 0; list >> run.point >> run.seed; ++i) {
    if (i % tasks == task) runs.push_back(run);
  }
  ResultsLog log(results_file(folder, task), fingerprint);
  Results done;
  if (absl::Status status = log.open(plan, done); !status.ok()) return status;
  Share share(std::move(runs), std::move(done));
  return Pool(plan, 1, log).run(share);
}

}  // namespace troupe::cli
