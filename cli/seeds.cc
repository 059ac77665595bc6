// Many seeds: a pool of processes, their results in order, and what they come to together.
#include "cli/seeds.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/inform.h"
#include "cli/summary.h"

namespace troupe::cli {
namespace {

constexpr std::uint64_t kMostSeeds = 1'000'000;
constexpr std::size_t kStatusColumn = 1;

// --- One seed -----------------------------------------------------------------------------------

std::string header(const scenario::Scenario& scenario) {
  std::string line = "seed,status,event_hash,events,messages,virtual_seconds,calls,failed_calls";
  for (const Algorithm::Measurement& measured : scenario.algorithm->measurements()) {
    if (measured.kind == Algorithm::Measurement::Kind::kCounter) {
      absl::StrAppend(&line, ",", measured.name);
    } else {
      for (const char* statistic : {"count", "mean", "p50", "p99", "max"}) {
        absl::StrAppend(&line, ",", measured.name, ".", statistic);
      }
    }
  }
  return line;
}

// Nothing that depends on the machine or its load.
std::string row(const scenario::Scenario& scenario, const sim::Outcome& outcome) {
  const char* status = outcome.status == sim::Outcome::Status::kPassed ? "passed" : "failed";
  std::string line =
      absl::StrFormat("%d,%s,%s,%d,%d,%.9f,%d,%d", scenario.seed, status,
                      hash_text(outcome.event_hash), outcome.events, outcome.messages,
                      to_seconds(outcome.virtual_time), outcome.calls, outcome.failed_calls);
  for (const Algorithm::Measurement& measured : scenario.algorithm->measurements()) {
    if (measured.kind == Algorithm::Measurement::Kind::kCounter) {
      absl::StrAppend(&line, ",", outcome.measurements.counter(measured.name));
    } else {
      const Series& series = outcome.measurements[measured.name];
      absl::StrAppend(&line,
                      absl::StrFormat(",%d,%.9g,%.9g,%.9g,%.9g", series.count(), series.mean(),
                                      series.percentile(50), series.percentile(99), series.max()));
    }
  }
  return line;
}

std::string first_failure(const sim::Outcome& outcome) {
  for (const sim::CheckResult& check : outcome.checks) {
    if (check.status == sim::CheckResult::Status::kFailed) {
      return absl::StrCat(check.name, " (", check.detail, ")");
    }
  }
  return "";
}

// Runs in the child: the row and, on a second line, what failed first.
std::string run_one(scenario::Scenario scenario, std::uint64_t seed, bool encode) {
  scenario.seed = seed;
  sim::ExperimentOptions how;
  how.encode_everything = encode;
  how.on_progress = [](const sim::Progress&) { return !interrupted(); };
  sim::Experiment experiment(scenario, how);
  const absl::StatusOr<sim::Outcome> outcome = experiment.run();
  if (!outcome.ok()) return absl::StrCat("!", std::string(outcome.status().message()));
  if (outcome->status == sim::Outcome::Status::kInterrupted) return "";
  return absl::StrCat(row(scenario, *outcome), "\n", first_failure(*outcome));
}

void write_all(int pipe, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = write(pipe, text.data() + written, text.size() - written);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) written += static_cast<std::size_t>(n);
  }
}

// --- The pool -----------------------------------------------------------------------------------

struct Worker {
  std::uint64_t seed = 0;
  pid_t process = 0;
  int pipe = -1;
  std::string output;
};

struct SeedResult {
  std::string row;
  std::string failure;  // empty: passed
};

// Results that were there before, and a file that gets each new one at once.
class ResultsFile {
 public:
  ResultsFile(const SeedsOptions& options, std::string header)
      : options_(options), header_(std::move(header)) {}

  absl::Status open(std::map<std::uint64_t, SeedResult>& results) {
    if (options_.folder.empty()) return absl::OkStatus();
    std::error_code error;
    std::filesystem::create_directories(options_.folder, error);
    const std::string first = absl::StrCat("# ", options_.fingerprint);
    std::ifstream before(path("results.partial"));
    std::string line;
    if (std::getline(before, line) && line == first) {
      // Whole lines only: the last may have been cut off.
      while (std::getline(before, line) && !before.eof()) {
        const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits('\t', 1));
        std::uint64_t seed = 0;
        if (parts.size() != 2 || !absl::SimpleAtoi(parts[0].substr(0, parts[0].find(',')), &seed) ||
            seed < options_.seeds.first || seed > options_.seeds.last) {
          continue;
        }
        results[seed] = {parts[0], parts[1]};
      }
    }
    partial_.open(path("results.partial"), std::ios::trunc);
    partial_ << first << "\n";
    for (const auto& [seed, result] : results) append(result);
    std::ofstream out(path("results.csv"));
    if (!partial_ || !out) {
      return absl::PermissionDeniedError(
          absl::StrCat("--out ", options_.folder, ": results.csv cannot be written there"));
    }
    return absl::OkStatus();
  }

  void append(const SeedResult& result) {
    if (partial_.is_open()) partial_ << result.row << "\t" << result.failure << std::endl;
  }

  absl::Status finish(const std::map<std::uint64_t, SeedResult>& results, bool complete) {
    if (options_.folder.empty()) return absl::OkStatus();
    std::ofstream out(path("results.csv"), std::ios::trunc);
    out << header_ << "\n";
    for (const auto& [seed, result] : results) out << result.row << "\n";
    out.close();
    if (!out)
      return absl::DataLossError(absl::StrCat(path("results.csv"), " could not be written"));
    partial_.close();
    std::error_code ignored;
    if (complete) std::filesystem::remove(path("results.partial"), ignored);
    return absl::OkStatus();
  }

  std::string path(const std::string& name) const {
    return (std::filesystem::path(options_.folder) / name).string();
  }

 private:
  const SeedsOptions& options_;
  std::string header_;
  std::ofstream partial_;
};

class Pool {
 public:
  Pool(const scenario::Scenario& scenario, const SeedsOptions& options, ResultsFile& file)
      : scenario_(scenario), options_(options), file_(file) {}

  // Fills `results`. An error ends it all: the scenario asks for what cannot be.
  absl::Status run(std::map<std::uint64_t, SeedResult>& results) {
    std::uint64_t next = options_.seeds.first;
    bool more = true;
    absl::Status status;
    while (more || !workers_.empty()) {
      while (more && status.ok() && !interrupted() &&
             workers_.size() < static_cast<std::size_t>(options_.jobs)) {
        if (!results.contains(next)) {
          if (absl::Status started = start(next); !started.ok()) status = started;
        }
        more = next++ != options_.seeds.last;
      }
      if (interrupted() || !status.ok()) more = false;
      if (workers_.empty()) continue;
      if (absl::Status collected = collect(results); !collected.ok()) status = collected;
      show(results.size());
    }
    if (shown_) std::fputs("\r\033[K", stderr);
    return status;
  }

 private:
  absl::Status start(std::uint64_t seed) {
    int ends[2];
    if (pipe(ends) != 0) return absl::ResourceExhaustedError("no more pipes");
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) {
      close(ends[0]);
      close(ends[1]);
      return absl::ResourceExhaustedError("no more processes");
    }
    if (child == 0) {
      close(ends[0]);
      write_all(ends[1], run_one(scenario_, seed, options_.encode));
      _exit(0);
    }
    close(ends[1]);
    workers_.push_back({seed, child, ends[0], {}});
    return absl::OkStatus();
  }

  // Waits for output of some worker; takes the results of those that have ended.
  absl::Status collect(std::map<std::uint64_t, SeedResult>& results) {
    std::vector<pollfd> pipes;
    for (const Worker& worker : workers_) pipes.push_back({worker.pipe, POLLIN, 0});
    poll(pipes.data(), pipes.size(), 500);
    absl::Status status;
    for (std::size_t i = workers_.size(); i-- > 0;) {
      if (pipes[i].revents == 0) continue;
      Worker& worker = workers_[i];
      char buffer[4096];
      const ssize_t n = read(worker.pipe, buffer, sizeof(buffer));
      if (n > 0) {
        worker.output.append(buffer, static_cast<std::size_t>(n));
      } else if (n == 0 || errno != EINTR) {
        if (absl::Status ended = end(worker, results); !ended.ok()) status = ended;
        workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    return status;
  }

  absl::Status end(const Worker& worker, std::map<std::uint64_t, SeedResult>& results) {
    close(worker.pipe);
    int status = 0;
    while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
    }
    SeedResult result;
    if (WIFSIGNALED(status)) {
      result.row = absl::StrCat(worker.seed, ",crashed");
      result.failure = absl::StrCat("the process died: ", strsignal(WTERMSIG(status)));
    } else if (worker.output.empty()) {
      return absl::OkStatus();  // interrupted
    } else if (worker.output[0] == '!') {
      return absl::InvalidArgumentError(worker.output.substr(1));
    } else {
      const std::vector<std::string> lines =
          absl::StrSplit(worker.output, absl::MaxSplits('\n', 1));
      result = {lines[0], absl::StrJoin(absl::StrSplit(lines[1], absl::ByAnyChar("\n\t")), " ")};
    }
    file_.append(result);
    results[worker.seed] = std::move(result);
    return absl::OkStatus();
  }

  void show(std::size_t done) {
    if (options_.quiet || isatty(STDERR_FILENO) != 1) return;
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begin_;
    const double left = done == 0 ? 0
                                  : since.count() / static_cast<double>(done) *
                                        static_cast<double>(options_.seeds.count() - done);
    shown_ = true;
    std::fprintf(stderr, "\r\033[K%zu of %llu seeds, about %.0f s left", done,
                 static_cast<unsigned long long>(options_.seeds.count()), left);
    std::fflush(stderr);
  }

  const scenario::Scenario& scenario_;
  const SeedsOptions& options_;
  ResultsFile& file_;
  std::vector<Worker> workers_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// --- Together -----------------------------------------------------------------------------------

// Mean, 95 % confidence interval, least and most of every column of numbers.
std::string statistics_of(const std::string& header,
                          const std::map<std::uint64_t, SeedResult>& results) {
  const std::vector<std::string> names = absl::StrSplit(header, ',');
  std::vector<std::vector<double>> columns(names.size());
  for (const auto& [seed, result] : results) {
    const std::vector<std::string> cells = absl::StrSplit(result.row, ',');
    for (std::size_t i = 3; i < cells.size() && i < names.size(); ++i) {
      double value = 0;
      if (absl::SimpleAtod(cells[i], &value)) columns[i].push_back(value);
    }
  }
  std::string text =
      absl::StrFormat("\n  %-24s %14s %12s %14s %14s\n", "", "mean", "+- 95%", "least", "most");
  for (std::size_t i = 3; i < names.size(); ++i) {
    const std::vector<double>& values = columns[i];
    if (values.empty()) continue;
    const auto n = static_cast<double>(values.size());
    double mean = 0;
    for (const double value : values) mean += value / n;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double half = values.size() < 2 ? 0 : 1.96 * std::sqrt(squares / (n - 1) / n);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    absl::StrAppend(&text, absl::StrFormat("  %-24s %14.6g %12.3g %14.6g %14.6g\n", names[i], mean,
                                           half, *least, *most));
  }
  return text;
}

}  // namespace

absl::StatusOr<SeedRange> SeedRange::parse(const std::string& text) {
  SeedRange range;
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits("..", 1));
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &range.first) ||
      !absl::SimpleAtoi(parts[1], &range.last)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--seeds ", text, " is not a range of seeds; write 1..100"));
  }
  if (range.last < range.first) {
    return absl::InvalidArgumentError(
        absl::StrCat("--seeds ", text, " is empty: the first comes after the last"));
  }
  if (range.last - range.first >= kMostSeeds) {
    return absl::InvalidArgumentError(
        absl::StrCat("--seeds ", text, " are too many: at most ", kMostSeeds, " in one go"));
  }
  return range;
}

int run_seeds(const scenario::Scenario& scenario, const SeedsOptions& options) {
  const std::string columns = header(scenario);
  std::map<std::uint64_t, SeedResult> results;
  ResultsFile file(options, columns);
  if (absl::Status status = file.open(results); !status.ok()) {
    return wrong_input(std::string(status.message()));
  }
  watch_for_interrupt();
  Pool pool(scenario, options, file);
  const absl::Status ran = pool.run(results);
  const bool complete = ran.ok() && results.size() == options.seeds.count();
  if (absl::Status status = file.finish(results, complete); !status.ok()) {
    return wrong_input(std::string(status.message()));
  }
  if (!ran.ok()) return wrong_input(std::string(ran.message()));

  std::vector<std::uint64_t> failed;
  for (const auto& [seed, result] : results) {
    const std::vector<std::string> cells = absl::StrSplit(result.row, ',');
    if (cells[kStatusColumn] != "passed") failed.push_back(seed);
  }
  if (!options.quiet) {
    std::string text =
        absl::StrCat(scenario.name, ": seeds ", options.seeds.first, " to ", options.seeds.last,
                     ", ", results.size() - failed.size(), " passed, ", failed.size(), " failed\n");
    absl::StrAppend(&text, statistics_of(columns, results));
    constexpr std::size_t kShown = 10;
    if (!failed.empty()) absl::StrAppend(&text, "\n  failed\n");
    for (std::size_t i = 0; i < std::min(kShown, failed.size()); ++i) {
      absl::StrAppend(&text, "    ", results[failed[i]].failure, "\n      ",
                      options.repeat_command(failed[i]), "\n");
    }
    if (failed.size() > kShown) {
      absl::StrAppend(&text, "    and ", failed.size() - kShown, " more\n");
    }
    if (!options.folder.empty()) {
      absl::StrAppend(&text, "\n  written     ", file.path("results.csv"), "\n");
    }
    if (!complete) {
      absl::StrAppend(
          &text, "\n  interrupted: the same command ",
          options.folder.empty() ? "with --out would go on from here\n" : "goes on from here\n");
    }
    std::fputs(text.c_str(), stdout);
  }
  if (!complete) return kInterrupted;
  return failed.empty() ? kAllHolds : kCheckFailed;
}

}  // namespace troupe::cli
