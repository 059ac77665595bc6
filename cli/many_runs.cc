// One way for `sim --seeds` and for `sweep`.
#include "cli/many_runs.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "actor/random.h"
#include "actor/time.h"
#include "cli/evaluation.h"
#include "cli/inform.h"
#include "cli/page.h"
#include "cli/plot.h"
#include "cli/pool.h"
#include "cli/program.h"
#include "cli/results_log.h"
#include "cli/slurm.h"
#include "cli/summary.h"

namespace troupe::cli {
namespace {

namespace fs = std::filesystem;

// "2h5m", "3m20s", "12s"
std::string rounded(std::chrono::duration<double> time) {
  const std::int64_t seconds = std::llround(time.count());
  if (seconds >= 3600) return absl::StrFormat("%dh%02dm", seconds / 3600, seconds / 60 % 60);
  if (seconds >= 60) return absl::StrFormat("%dm%02ds", seconds / 60, seconds % 60);
  return absl::StrCat(seconds, "s");
}

std::string left_text(const Plan& plan, std::chrono::duration<double> left) {
  return absl::StrCat(plan.precision ? ", at most " : ", about ", rounded(left), " left");
}

// One line that is written over and over, where standard error is a terminal.
class RunsLine {
 public:
  explicit RunsLine(bool wanted) : on_(wanted && isatty(STDERR_FILENO) == 1) {}
  ~RunsLine() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  RunsLine(const RunsLine&) = delete;
  RunsLine& operator=(const RunsLine&) = delete;

  void show(const Plan& plan, const Schedule& schedule, const std::string& more) {
    if (!on_) return;
    shown_ = true;
    std::fprintf(stderr, "\r\033[K%zu of %s%llu runs, %zu did not pass%s", schedule.done(),
                 plan.precision ? "at most " : "",
                 static_cast<unsigned long long>(plan.most_runs()), schedule.not_passed(),
                 more.c_str());
    std::fflush(stderr);
  }

 private:
  bool on_;
  bool shown_ = false;
};

std::string path_in(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

absl::Status prepare(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("--out ", folder, ": the folder cannot be made: ", error.message()));
}

// Under another name first: what has its own name is whole, and the new one.
absl::Status write_whole(const std::string& path, const std::string& contents) {
  const std::string unfinished = path + ".new";
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file << contents;
  file.close();
  std::error_code error;
  if (file) fs::rename(unfinished, path, error);
  if (file && !error) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path, " could not be written: is the disk full?"));
}

// results.csv, points.csv and report.html; gives what was written.
absl::StatusOr<std::vector<std::string>> write_all(const Evaluation& evaluation,
                                                   const ManyRuns& how) {
  PageFacts facts = {.command = how.command,
                     .repeat_command = how.repeat_command,
                     .plots = plots_of(evaluation),
                     .drawings = {},
                     .no_plots = ""};
  absl::StatusOr<std::vector<std::string>> drawings = draw(evaluation, facts.plots);
  if (drawings.ok()) {
    facts.drawings = *std::move(drawings);
  } else {
    facts.no_plots = absl::StrCat("No plots: ", std::string(drawings.status().message()), ".");
    std::fprintf(stderr, "troupe: report.html has no plots: %s\n",
                 std::string(drawings.status().message()).c_str());
  }
  std::vector<std::string> written;
  const auto write = [&](const std::string& name, const std::string& contents) {
    written.push_back(path_in(how.folder, name));
    return write_whole(written.back(), contents);
  };
  absl::Status status = write("results.csv", results_csv(evaluation.plan(), evaluation.results()));
  status.Update(write("points.csv", points_csv(evaluation)));
  status.Update(write("report.html", page(evaluation, facts)));
  if (!status.ok()) return status;
  return written;
}

std::string head(const Evaluation& evaluation) {
  const Plan& plan = evaluation.plan();
  const std::size_t runs = evaluation.results().size();
  return absl::StrCat(
      plan.name, ": ", plan.keys.empty() ? "" : absl::StrCat(plan.points.size(), " points, "),
      "seeds ", plan.seeds.first, " to ", plan.seeds.last, ", ", runs - evaluation.not_passed(),
      " passed, ", evaluation.not_passed(), " failed\n");
}

std::string failures(const Evaluation& evaluation, const ManyRuns& how) {
  constexpr std::size_t kShown = 10;
  if (evaluation.not_passed() == 0) return "";
  std::string text = "\n  failed\n";
  std::size_t told = 0;
  for (const auto& [run, result] : evaluation.results()) {
    if (result.status == "passed") continue;
    if (told++ == kShown) break;
    absl::StrAppend(&text, "    ", result.failure, "\n      ", how.repeat_command(run), "\n");
  }
  if (evaluation.not_passed() > kShown) {
    absl::StrAppend(&text, "    and ", evaluation.not_passed() - kShown, " more\n");
  }
  return text;
}

absl::Status run_all(const Plan& plan, const ManyRuns& how, ResultsLog& log, Schedule& schedule) {
  RunsLine line(!how.quiet);
  if (how.on_slurm) {
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t before = schedule.done();
    SlurmOptions options = {.folder = fs::absolute(how.folder).string(),
                            .fingerprint = how.fingerprint,
                            .command = how.task,
                            .jobs = how.jobs,
                            .at_most = how.at_most,
                            .on_progress = {}};
    options.on_progress = [&](const std::string& states) {
      std::string more = absl::StrCat("; Slurm: ", states);
      if (const auto done = static_cast<double>(schedule.done() - before); done > 0) {
        const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begin;
        absl::StrAppend(&more,
                        left_text(plan, since / done * static_cast<double>(schedule.left())));
      }
      line.show(plan, schedule, more);
    };
    return run_on_slurm(plan, options, log, schedule);
  }
  const int cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  Pool pool(plan, how.jobs > 0 ? how.jobs : std::max(cores, 1), log);
  pool.on_progress = [&](std::optional<std::chrono::duration<double>> left) {
    line.show(plan, schedule, left ? left_text(plan, *left) : "");
  };
  return pool.run(schedule);
}

}  // namespace

int run_many(const Plan& plan, const ManyRuns& how) {
  Results before;
  const bool remembers = !how.folder.empty();
  ResultsLog log(path_in(how.folder, "results.partial"), how.fingerprint);
  if (remembers) {
    absl::Status status = prepare(how.folder);
    if (status.ok()) status = log.open(plan, before);
    if (!status.ok()) return wrong_input(std::string(status.message()));
  }
  watch_for_interrupt();
  Schedule schedule(plan, std::move(before));
  const absl::Status ran = run_all(plan, how, log, schedule);
  if (!ran.ok()) return wrong_input(std::string(ran.message()));

  const bool complete = schedule.complete();
  const Results results = schedule.take_counted();
  const Evaluation evaluation(plan, results);
  std::vector<std::string> written;
  if (remembers && complete) {
    absl::StatusOr<std::vector<std::string>> files = write_all(evaluation, how);
    if (!files.ok()) return wrong_input(std::string(files.status().message()));
    written = *std::move(files);
    log.remove();
    std::error_code ignored;
    if (how.on_slurm) fs::remove_all(path_in(how.folder, "slurm"), ignored);
  }
  if (!how.quiet) {
    std::string text =
        absl::StrCat(head(evaluation), evaluation_text(evaluation), failures(evaluation, how));
    if (!written.empty()) absl::StrAppend(&text, "\n");
    for (const std::string& file : written) absl::StrAppend(&text, "  written     ", file, "\n");
    if (!complete) {
      absl::StrAppend(&text, "\n  interrupted: the same command ",
                      remembers ? "goes on from here\n" : "with --out would go on from here\n");
    }
    std::fputs(text.c_str(), stdout);
  }
  if (!complete) return kInterrupted;
  return evaluation.not_passed() == 0 ? kAllHolds : kCheckFailed;
}

std::string fingerprint_of(const std::vector<std::string>& files,
                           const std::vector<std::string>& words) {
  std::uint64_t print = 0;
  const auto add = [&print](std::string_view text) {
    for (const char c : text) print = mix(print ^ static_cast<unsigned char>(c));
    print = mix(print ^ text.size());
  };
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream contents;
    contents << in.rdbuf();
    add(contents.str());
  }
  for (const std::string& word : words) add(word);
  std::error_code ignored;
  const fs::path self = fs::canonical("/proc/self/exe", ignored);
  print = mix(print ^ fs::file_size(self, ignored));
  const auto made = fs::last_write_time(self, ignored).time_since_epoch().count();
  return hash_text(mix(print ^ static_cast<std::uint64_t>(made)));
}

}  // namespace troupe::cli
