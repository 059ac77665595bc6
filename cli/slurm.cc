// sbatch, squeue, scancel, and files in between.
#include "cli/slurm.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
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

// Slurm's own limit of an array is 1001 tasks. A cluster may have a lower one, and then refuses.
constexpr std::size_t kMostTasks = 1000;
// Slurm's own programs give up sooner.
constexpr auto kCommandDeadline = std::chrono::minutes(2);
constexpr auto kControllerPause = std::chrono::milliseconds(1000);
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

// A program of Slurm's, which is not disturbed when this one is interrupted.
absl::StatusOr<Finished> run_slurm(const std::vector<std::string>& words) {
  return run_program(words, "", kCommandDeadline, /*needed=*/true);
}

// Another process may look at the file at any time, and finds it whole or not at all.
absl::Status write_file(const std::string& path, const std::string& contents) {
  std::ofstream file(path + ".new", std::ios::binary | std::ios::trunc);
  file << contents;
  file.close();
  std::error_code error;
  if (file) fs::rename(path + ".new", path, error);
  return file && !error
             ? absl::OkStatus()
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
std::string list_of(const std::vector<Run>& runs, const Fingerprint& fingerprint,
                    std::size_t tasks) {
  std::string text = absl::StrCat("# troupe runs ", fingerprint.text(), " ", tasks, "\n");
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

// --- Jobs ---------------------------------------------------------------------------------------

// A job array that Slurm has taken.
struct Job {
  std::string number;
  std::string cluster;  // empty: the one of this machine

  // As sbatch says it.
  std::string text() const { return cluster.empty() ? number : absl::StrCat(number, ";", cluster); }
  std::vector<std::string> on_its_cluster(std::vector<std::string> words) const {
    if (!cluster.empty()) words.insert(words.begin() + 1, absl::StrCat("--clusters=", cluster));
    return words;
  }
};

// "17" or "17;cluster"; nothing where the line is about something else.
std::optional<Job> job_of(const std::string& line) {
  const std::vector<std::string> parts = absl::StrSplit(absl::StripAsciiWhitespace(line), ';');
  std::uint64_t number = 0;
  if (parts.size() > 2 || !absl::SimpleAtoi(parts[0], &number)) return std::nullopt;
  return Job{.number = parts[0], .cluster = parts.size() == 2 ? parts[1] : ""};
}

// Whether a program of Slurm's has failed since the controller did not answer it.
bool is_about_controller(const std::string& text) {
  for (const char* part : {"Unable to contact slurm controller", "Socket timed out",
                           "Connection refused", "Communication connection failure",
                           "Resource temporarily unavailable", "Transport endpoint"}) {
    if (absl::StrContains(text, part)) return true;
  }
  return false;
}

// --- Arrays -------------------------------------------------------------------------------------

class Array {
 public:
  Array(const Plan& plan, const SlurmOptions& options, ResultsLog& log, Schedule& schedule)
      : plan_(plan), options_(options), log_(log), schedule_(schedule) {}

  // An array of an earlier go that still works is stopped, and what it has found out is used.
  absl::Status take_up() {
    std::error_code ignored;
    if (!fs::exists(home(), ignored)) return absl::OkStatus();
    const std::vector<std::string> known = absl::StrSplit(contents_of(job_file()), '\n');
    // Where it was not written down which array it is, its mark finds it.
    std::optional<Job> job = known.size() > 1 ? job_of(known[1]) : std::nullopt;
    if (!job && !known.empty() && !known[0].empty()) {
      const absl::StatusOr<std::optional<Job>> found = find_marked(known[0]);
      if (!found.ok()) return found.status();
      job = *found;
    }
    if (job) {
      job_ = *job;
      if (absl::Status status = cancel(); !status.ok()) return status;
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

  // A folder with the list of runs and what a task is to do.
  absl::Status write_array(const std::vector<Run>& runs) {
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
    return written;
  }

  // Hands the array over. Fewer tasks, which each have more runs, where Slurm allows no array of
  // this size; until there is but one.
  absl::Status submit(const std::vector<Run>& runs) {
    absl::Status first;
    while (true) {
      if (absl::Status status = write_array(runs); !status.ok()) return status;
      const absl::Status status = hand_over();
      if (status.ok()) return status;
      first.Update(status);
      if (tasks_ == 1 || !is_about_size(std::string(status.message()))) return first;
      tasks_ /= 2;
    }
  }

  // Whether Slurm has refused an array that would be taken if it were smaller.
  static bool is_about_size(const std::string& text) {
    const std::string lower = absl::AsciiStrToLower(text);
    return absl::StrContains(lower, "array") || absl::StrContains(lower, "limit");
  }

  absl::Status hand_over() {
    const std::string mark = absl::StrCat(
        "troupe-", getpid(), "-", std::chrono::system_clock::now().time_since_epoch().count());
    if (absl::Status status = write_file(job_file(), mark + "\n"); !status.ok()) return status;
    std::string array = absl::StrCat("--array=0-", tasks_ - 1);
    if (options_.jobs > 0) absl::StrAppend(&array, "%", options_.jobs);
    // Slurm replaces "%a" and the like in the name of a file, wherever it stands in the path.
    const std::string folder = absl::StrReplaceAll(folder_, {{"%", "%%"}});
    const auto end = Clock::now() + kCommandDeadline;
    while (true) {
      const absl::StatusOr<Finished> finished =
          run_slurm({"sbatch", "--parsable", array, absl::StrCat("--job-name=", plan_.name),
                     absl::StrCat("--comment=", mark),
                     absl::StrCat("--output=", folder, "/task-%a.log"), folder_ + "/task.sh"});
      if (finished.ok() && finished->exit_code == 0) return take_job(finished->output, mark);
      const absl::Status refused =
          finished.ok() ? absl::UnavailableError(
                              absl::StrCat("Slurm does not take the job array: ", said(*finished)))
                        : finished.status();
      if (finished.ok() && !is_about_controller(finished->errors)) return refused;
      // Whether the array was taken is not known: only Slurm can tell.
      if (Clock::now() >= end || interrupted()) return refused;
      wait(kControllerPause);
      const absl::StatusOr<std::optional<Job>> found = find_marked(mark);
      if (!found.ok()) return found.status();
      if (*found) return take_job((*found)->text(), mark);
    }
  }

  // "17", "17;cluster", and whatever a wrapper of a cluster prints around it.
  absl::Status take_job(const std::string& output, const std::string& mark) {
    std::optional<Job> job;
    for (const auto line : absl::StrSplit(output, '\n', absl::SkipWhitespace())) {
      if (const std::optional<Job> here = job_of(std::string(line))) job = here;
    }
    if (!job) {
      const absl::StatusOr<std::optional<Job>> found = find_marked(mark);
      if (found.ok()) job = *found;
    }
    if (!job) {
      return absl::UnavailableError(
          absl::StrCat("sbatch does not say which job array it has made: ", output));
    }
    job_ = *job;
    return write_file(job_file(), absl::StrCat(mark, "\n", job_.text(), "\n"));
  }

  // The job that was submitted with this mark; nothing where there is none.
  static absl::StatusOr<std::optional<Job>> find_marked(const std::string& mark) {
    const auto end = Clock::now() + kCommandDeadline;
    while (true) {
      const absl::StatusOr<Finished> finished =
          run_slurm({"squeue", "--noheader", "--me", "--format=%F %k"});
      if (finished.ok() && finished->exit_code == 0) {
        for (const auto line : absl::StrSplit(finished->output, '\n', absl::SkipWhitespace())) {
          const std::vector<std::string> parts = absl::StrSplit(line, ' ', absl::SkipWhitespace());
          if (parts.size() == 2 && parts[1] == mark) return job_of(parts[0]);
        }
        return std::optional<Job>();
      }
      if (Clock::now() >= end || interrupted()) {
        return finished.ok() ? absl::UnavailableError(said(*finished)) : finished.status();
      }
      wait(kControllerPause);
    }
  }

  // How many tasks are in which state, "3 PENDING, 2 RUNNING"; empty when all have ended.
  absl::StatusOr<std::string> look() const {
    const absl::StatusOr<Finished> finished = run_slurm(job_.on_its_cluster(
        {"squeue", "--noheader", "--array", "--format=%T", "--jobs=" + job_.number}));
    if (!finished.ok()) return finished.status();
    if (finished->exit_code != 0) {
      // It has been forgotten some time after its end.
      if (finished->errors.find("Invalid job id") != std::string::npos) return std::string();
      return absl::UnavailableError(said(*finished));
    }
    std::map<std::string, int> states;
    for (const auto line : absl::StrSplit(finished->output, '\n', absl::SkipWhitespace())) {
      const std::string state(absl::StripAsciiWhitespace(line));
      // The rest is what a wrapper of a cluster prints.
      if (state.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos) {
        ++states[state];
      }
    }
    std::vector<std::string> parts;
    for (const auto& [state, count] : states) parts.push_back(absl::StrCat(count, " ", state));
    return absl::StrJoin(parts, ", ");
  }

  // Tries again while the controller does not answer, so that no array is left alone.
  absl::Status cancel() const {
    const auto end = Clock::now() + kCommandDeadline;
    while (true) {
      const absl::StatusOr<Finished> finished =
          run_slurm(job_.on_its_cluster({"scancel", job_.number}));
      if (finished.ok() &&
          (finished->exit_code == 0 || absl::StrContains(finished->errors, "Invalid job id"))) {
        return absl::OkStatus();
      }
      if (Clock::now() >= end || interrupts_so_far() > 1) {
        return absl::UnavailableError(
            absl::StrCat("job array ", job_.number, " could not be stopped: ",
                         finished.ok() ? said(*finished) : std::string(finished.status().message()),
                         "; 'scancel ", job_.number, "' stops it when Slurm answers again"));
      }
      wait(kControllerPause);
    }
  }

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
        if (absl::Status status = cancel(); !status.ok()) return status;
        cancelled = true;
      }
      if (Clock::now() >= end) {
        if (absl::Status status = cancel(); !status.ok()) return status;
        return absl::DeadlineExceededError(
            absl::StrCat("job array ", job_.number, " has not ended within ",
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
          "task ", task, " of job array ", job_.number, " has ended without its results; ", log,
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
  Job job_;
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
                      const Fingerprint& fingerprint) {
  std::ifstream list(folder + "/runs");
  std::string line;
  std::getline(list, line);
  const std::string known = absl::StrCat("# troupe runs ", fingerprint.text(), " ");
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
  std::string told;
  if (absl::Status status = log.open(plan, done, told); !status.ok()) return status;
  Share share(std::move(runs), std::move(done));
  return Pool(plan, 1, log).run(share);
}

}  // namespace troupe::cli
