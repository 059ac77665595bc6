// One way for `sim --seeds` and for `sweep`.
#include "cli/many_runs.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "actor/random.h"
#include "actor/time.h"
#include "cli/evaluation.h"
#include "cli/inform.h"
#include "cli/output_files.h"
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

// results.csv, points.csv and report.html; gives what was written. CANCELLED after Ctrl-C.
absl::StatusOr<std::vector<std::string>> write_all(const Evaluation& evaluation,
                                                   const ManyRuns& how) {
  PageFacts facts = {.command = how.command,
                     .repeat_command = how.repeat_command,
                     .plots = plots_of(evaluation),
                     .drawings = {},
                     .no_plots = ""};
  absl::StatusOr<std::vector<std::string>> drawings = draw(evaluation, facts.plots);
  if (interrupted()) return absl::CancelledError("interrupted");
  if (drawings.ok()) {
    facts.drawings = *std::move(drawings);
  } else {
    facts.no_plots = absl::StrCat("No plots: ", std::string(drawings.status().message()), ".");
    std::fprintf(stderr, "troupe: report.html has no plots: %s\n",
                 std::string(drawings.status().message()).c_str());
  }
  OutputFiles files(how.folder);
  absl::Status status =
      files.write("results.csv", results_csv(evaluation.plan(), evaluation.results()));
  status.Update(files.write("points.csv", points_csv(evaluation)));
  status.Update(files.write("report.html", page(evaluation, facts)));
  if (status.ok()) status = files.publish();
  if (!status.ok()) return status;
  return files.written();
}

// ": 2 crashed, 1 timed out", where some runs have not come to their end.
std::string without_end(const Results& results) {
  std::map<std::string, int> counts;
  for (const auto& [run, result] : results) {
    if (result.status != "passed" && result.status != "failed") ++counts[result.status];
  }
  std::vector<std::string> parts;
  for (const auto& [status, count] : counts) parts.push_back(absl::StrCat(count, " ", status));
  return parts.empty() ? "" : absl::StrCat(": ", absl::StrJoin(parts, ", "));
}

std::string head(const Evaluation& evaluation) {
  const Plan& plan = evaluation.plan();
  const std::size_t runs = evaluation.results().size();
  return absl::StrCat(
      plan.name, ": ", plan.keys.empty() ? "" : absl::StrCat(plan.points.size(), " points, "),
      "seeds ", plan.seeds.first, " to ", plan.seeds.last, ", ", runs - evaluation.not_passed(),
      " passed, ", evaluation.not_passed(), " failed", without_end(evaluation.results()), "\n");
}

std::string failures(const Evaluation& evaluation, const ManyRuns& how) {
  constexpr std::size_t kShown = 10;
  if (evaluation.not_passed() == 0) return "";
  std::string text = "\n  failed\n";
  std::size_t told = 0;
  for (const auto& [run, result] : evaluation.results()) {
    if (result.status == "passed") continue;
    if (told++ == kShown) break;
    absl::StrAppend(&text, "    ",
                    result.status == "failed" ? "" : absl::StrCat(result.status, ": "),
                    result.failure, "\n      ", how.repeat_command(run), "\n");
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

// What is not needed any more, now that the results are written.
void clean_up(const ManyRuns& how, ResultsLog& log, const Results& results) {
  const bool may_go_on = std::any_of(results.begin(), results.end(), [](const auto& entry) {
    return is_worth_another_try(entry.second);
  });
  if (!may_go_on) log.remove();
  std::error_code ignored;
  if (how.on_slurm) fs::remove_all(path_in(how.folder, "slurm"), ignored);
}

// How the user gets at the runs that were not made, or that may still come to something.
std::string how_to_go_on(const ManyRuns& how, const Results& results, bool complete,
                         bool stopped_early) {
  const bool remembers = !how.folder.empty();
  if (!complete) {
    return absl::StrCat("\n  interrupted: the same command ",
                        remembers ? "goes on from here\n" : "with --out would go on from here\n");
  }
  if (stopped_early) {
    return absl::StrCat("\n  stopped at the first run that did not pass",
                        remembers ? "; without --stop-at-failure, the same command goes on from "
                                    "here\n"
                                  : "\n");
  }
  const auto again = std::count_if(results.begin(), results.end(), [](const auto& entry) {
    return is_worth_another_try(entry.second);
  });
  if (again == 0 || !remembers) return "";
  return absl::StrCat("\n  the same command with --retry runs ", again,
                      again == 1 ? " run" : " runs", " again, which did not come to ",
                      again == 1 ? "its" : "their", " end\n");
}

std::string contents_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream contents;
  contents << in.rdbuf();
  return contents.str();
}

// A hash of texts one after the other.
class Hash {
 public:
  void add(std::string_view text) {
    value_ = mix(value_ ^ text.size());
    for (std::size_t at = 0; at < text.size(); at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + at, std::min(sizeof(word), text.size() - at));
      value_ = mix(value_ ^ word);
    }
  }
  std::string text() const { return hash_text(value_); }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace

int run_many(const Plan& plan, const ManyRuns& how) {
  Results before;
  const bool remembers = !how.folder.empty();
  ResultsLog log(path_in(how.folder, "results.partial"), how.fingerprint);
  watch_for_interrupt();
  if (remembers) {
    std::string told;
    absl::Status status = TemporaryFolder().status();  // The plots will need one.
    if (status.ok()) status = OutputFiles(how.folder).prepare({"results.csv", "report.html"});
    if (status.ok()) status = log.open(plan, before, told);
    if (!status.ok()) return wrong_input(std::string(status.message()));
    if (!told.empty()) std::fprintf(stderr, "troupe: %s\n", told.c_str());
  }
  if (how.retry) {
    std::erase_if(before, [](const auto& entry) { return is_worth_another_try(entry.second); });
  }
  Schedule schedule(plan, std::move(before));
  const absl::Status ran = run_all(plan, how, log, schedule);
  if (!ran.ok()) return wrong_input(std::string(ran.message()));

  bool complete = schedule.complete();
  const bool stopped_early = schedule.has_stopped_early();
  const Results results = schedule.take_counted();
  const Evaluation evaluation(plan, results);
  std::vector<std::string> written;
  if (remembers && complete && !stopped_early) {
    absl::StatusOr<std::vector<std::string>> files = write_all(evaluation, how);
    complete = !absl::IsCancelled(files.status());
    if (!files.ok() && complete) return wrong_input(std::string(files.status().message()));
    if (complete) {
      written = *std::move(files);
      clean_up(how, log, results);
    }
  }
  if (!how.quiet) {
    std::string text =
        absl::StrCat(head(evaluation), failures(evaluation, how), evaluation_text(evaluation));
    if (!written.empty()) absl::StrAppend(&text, "\n");
    for (const std::string& file : written) absl::StrAppend(&text, "  written     ", file, "\n");
    absl::StrAppend(&text, how_to_go_on(how, results, complete, stopped_early));
    std::fputs(text.c_str(), stdout);
  }
  if (!complete) return interrupted_exit_code();
  return evaluation.not_passed() == 0 ? kAllHolds : kCheckFailed;
}

Fingerprint fingerprint_of(const std::vector<std::string>& files,
                           const std::vector<std::string>& words) {
  Hash scenario;
  for (const std::string& file : files) scenario.add(contents_of(file));
  Hash changes;
  for (const std::string& word : words) changes.add(word);
  Hash program;
  program.add(contents_of("/proc/self/exe"));
  return {.program = program.text(), .scenario = scenario.text(), .changes = changes.text()};
}

}  // namespace troupe::cli
