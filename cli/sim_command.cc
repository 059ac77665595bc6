// The `sim` verb: read, run, say what came out, write it down.
#include "cli/sim_command.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/inform.h"
#include "cli/program.h"
#include "cli/summary.h"
#include "cli/sweep_command.h"
#include "cli/verify.h"
#include "scenario/parse.h"
#include "sim/experiment.h"
#include "trace/jsonl.h"

namespace troupe::cli {
namespace {

constexpr char kDetails[] =
    "The same file and seed give the same run, event by event, on every machine; the event hash "
    "in\n"
    "the summary tells. Ctrl-C ends a run early, with a summary of what happened until then.";

std::uint64_t peak_memory() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

// The command line of the same run, without what is about how to show it.
std::vector<std::string> words_of_run(const Options& options, std::uint64_t seed) {
  std::vector<std::string> words = {"sim", options.arguments()[0], "--seed", absl::StrCat(seed)};
  for (const std::string& change : options.values("--set")) {
    words.insert(words.end(), {"--set", change});
  }
  if (options.has("--encode")) words.emplace_back("--encode");
  return words;
}

// What runs the same again, for a shell.
std::string repeat_command(const std::string& program, std::uint64_t seed, const Options& options) {
  std::string command = shell_quoted(program);
  for (const std::string& word : words_of_run(options, seed)) {
    absl::StrAppend(&command, " ", shell_quoted(word));
  }
  return command;
}

// A folder for results; everything in it that this run writes can be written.
class Results {
 public:
  explicit Results(std::string folder) : folder_(std::move(folder)) {}

  absl::Status prepare(const std::vector<std::string>& files) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) {
      return absl::PermissionDeniedError(
          absl::StrCat("--out ", folder_, ": the folder cannot be made: ", error.message()));
    }
    for (const std::string& file : files) {
      if (!std::ofstream(path(file), std::ios::binary)) {
        return absl::PermissionDeniedError(
            absl::StrCat("--out ", folder_, ": ", file, " cannot be written there"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status write(const std::string& file, const std::string& contents) {
    std::ofstream out(path(file), std::ios::binary);
    out << contents;
    out.close();
    if (!out) {
      return absl::DataLossError(
          absl::StrCat(path(file), " could not be written: is the disk full?"));
    }
    written_.push_back(path(file));
    return absl::OkStatus();
  }

  std::string path(const std::string& file) const {
    return (std::filesystem::path(folder_) / file).string();
  }
  void add(const std::string& file) { written_.push_back(path(file)); }
  const std::vector<std::string>& written() const { return written_; }

 private:
  std::string folder_;
  std::vector<std::string> written_;
};

std::uint64_t number_of(const Options& options, std::string_view name) {
  std::uint64_t number = 0;
  static_cast<void>(absl::SimpleAtoi(options.value(name).value_or("0"), &number));
  return number;
}

// What --verify gives to the runs that it starts; not for people.
EventLog event_log_of(const Options& options) {
  return {.hashes = options.value("--hash-log").value_or(""),
          .events = options.value("--event-log").value_or(""),
          .from = number_of(options, "--event-log-from"),
          .to = number_of(options, "--event-log-to")};
}

int exit_code_of(const sim::Outcome& outcome) {
  switch (outcome.status) {
    case sim::Outcome::Status::kPassed:
      return kAllHolds;
    case sim::Outcome::Status::kFailed:
      return kCheckFailed;
    case sim::Outcome::Status::kInterrupted:
      return kInterrupted;
  }
  return kCheckFailed;
}

}  // namespace

VerbSpec sim_verb() {
  return {
      .name = "sim",
      .arguments = "FILE",
      .help = "Runs a scenario in the simulator and says what came out.",
      .details = kDetails,
      .options = {{"--seed", "N", "instead of the seed in the file"},
                  {"--seeds", "A..B", "run once with each of these seeds: --seeds 1..100"},
                  {"--jobs", "N", "processes for --seeds; by default one for each core"},
                  {"--set", "KEY=VALUE", "change a value: --set hosts=100 --set network.loss=2%",
                   true},
                  {"--out", "DIR",
                   "write summary.json and metrics.csv there; with --seeds, as 'sweep' does"},
                  {"--trace", "", "also write trace.jsonl, every event of the run; needs --out"},
                  {"--json", "", "print summary.json instead of the text"},
                  {"--verify", "", "run again in another process, and compare event by event"},
                  {"--encode", "", "encode and decode every message: same results, slower"},
                  {"--quiet", "", "no progress, no summary; the exit code says it"},
                  {.name = "--hash-log", .value = "FILE", .hidden = true},
                  {.name = "--event-log", .value = "FILE", .hidden = true},
                  {.name = "--event-log-from", .value = "N", .hidden = true},
                  {.name = "--event-log-to", .value = "N", .hidden = true}},
      .least_arguments = 1,
      .most_arguments = 1};
}

int run_sim(const std::string& program, const Options& options,
            std::span<const Algorithm> algorithms) {
  scenario::ParseResult parsed =
      scenario::parse_file(options.arguments()[0], algorithms,
                           {.set = options.values("--set"), .seed = options.value("--seed")});
  print(parsed.errors, "");
  if (!options.has("--quiet")) print(parsed.warnings, "warning: ");
  if (!parsed.scenario) return kWrongInput;
  const scenario::Scenario& scenario = *parsed.scenario;

  if (options.has("--seeds")) return run_seeds(program, options, parsed);
  if (options.has("--jobs")) return wrong_input("--jobs goes with --seeds");
  if (options.has("--trace") && !options.has("--out")) {
    return wrong_input("--trace writes DIR/trace.jsonl: give --out DIR, too");
  }
  std::optional<Results> results;
  if (const std::optional<std::string> folder = options.value("--out")) {
    results.emplace(*folder);
    std::vector<std::string> files = {"summary.json", "metrics.csv", "phases.csv"};
    if (has_series(scenario)) files.emplace_back("series.csv");
    if (options.has("--trace")) files.emplace_back("trace.jsonl");
    if (absl::Status status = results->prepare(files); !status.ok()) {
      return wrong_input(std::string(status.message()));
    }
  }

  watch_for_interrupt();
  ProgressLine progress(!options.has("--quiet"));
  sim::ExperimentOptions how;
  how.encode_everything = options.has("--encode");
  how.tell_last_events = true;
  how.on_progress = [&](const sim::Progress& at) {
    progress.show(at);
    return !interrupted();
  };
  EventLogWriter event_log;
  if (absl::Status status = EventLogWriter::attach(event_log_of(options), how, event_log);
      !status.ok()) {
    return wrong_input(std::string(status.message()));
  }

  const auto begin = std::chrono::steady_clock::now();
  sim::Experiment experiment(scenario, how);
  event_log.watch(experiment.simulator());
  std::unique_ptr<trace::JsonlWriter> trace;
  if (options.has("--trace")) {
    absl::StatusOr<std::unique_ptr<trace::JsonlWriter>> writer =
        trace::JsonlWriter::open(results->path("trace.jsonl"), experiment.simulator(),
                                 {.scenario = scenario.name, .seed = scenario.seed});
    if (!writer.ok()) return wrong_input(std::string(writer.status().message()));
    trace = *std::move(writer);
    experiment.simulator().observe_with(trace.get());
  }
  const absl::StatusOr<sim::Outcome> outcome = experiment.run();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  progress.clear();
  if (!outcome.ok()) return wrong_input(std::string(outcome.status().message()));

  RunFacts facts = {.wall_seconds = wall.count(),
                    .peak_memory_bytes = peak_memory(),
                    .repeat_command = repeat_command(program, scenario.seed, options),
                    .written = {}};
  int exit_code = exit_code_of(*outcome);
  auto lost = [&exit_code](const absl::Status& status) {
    if (!status.ok()) exit_code = wrong_input(std::string(status.message()));
  };
  if (trace != nullptr) {
    experiment.simulator().observe_with(nullptr);
    lost(trace->close());
    results->add("trace.jsonl");
  }
  if (results) {
    lost(results->write("summary.json", json_summary(scenario, *outcome, facts)));
    lost(results->write("metrics.csv", metrics_csv(*outcome)));
    lost(results->write("phases.csv", phases_csv(*outcome)));
    if (has_series(scenario)) {
      lost(results->write("series.csv", series_csv(*outcome)));
    }
    facts.written = results->written();
  }
  if (options.has("--json")) {
    std::fputs(json_summary(scenario, *outcome, facts).c_str(), stdout);
  } else if (!options.has("--quiet")) {
    std::fputs(human_summary(scenario, *outcome, facts).c_str(), stdout);
  }
  if (options.has("--verify") && exit_code <= kCheckFailed) {
    std::vector<std::string> words = words_of_run(options, scenario.seed);
    words.emplace_back("--quiet");
    const absl::Status same = verify(words);
    if (!same.ok()) {
      std::fprintf(stderr, "troupe: --verify: %s\n", std::string(same.message()).c_str());
      return kCheckFailed;
    }
    if (!options.has("--quiet") && !options.has("--json")) {
      std::puts("verified: two more runs, in other processes, were the same in every event");
    }
  }
  return exit_code;
}

}  // namespace troupe::cli
