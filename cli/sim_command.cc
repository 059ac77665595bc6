// The `sim` verb: read, run, say what came out, write it down.
#include "cli/sim_command.h"

#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/guard.h"
#include "cli/inform.h"
#include "cli/output_files.h"
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
    "the summary tells. Ctrl-C ends a run early, with a summary of what happened until then.\n"
    "The run has a process of its own, which may crash: then the exit code is 1.";

std::uint64_t peak_memory() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

// The command line of the same run, without what is about how to show it.
std::vector<std::string> words_of_run(const Options& options, std::uint64_t seed) {
  std::vector<std::string> words = {"sim", as_argument(options.arguments()[0]), "--seed",
                                    absl::StrCat(seed)};
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

// One run, from what was asked for to what is said and written about it.
class SingleRun {
 public:
  // All must outlive it.
  SingleRun(const std::string& program, const Options& options, const scenario::Scenario& scenario)
      : program_(program), options_(options), scenario_(scenario) {}

  // What would be in the way of the run's results is found out before the run.
  absl::Status prepare() {
    if (options_.has("--verify")) {
      hashes_.emplace();
      if (!hashes_->status().ok()) return hashes_->status();
    }
    const std::optional<std::string> folder = options_.value("--out");
    if (!folder) return absl::OkStatus();
    files_.emplace(*folder);
    std::vector<std::string> names = {"summary.json", "metrics.csv", "phases.csv"};
    if (has_series(scenario_)) names.emplace_back("series.csv");
    if (options_.has("--trace")) names.emplace_back(kTrace);
    return files_->prepare(names);
  }

  // Runs, in the process that calls it, and gives the exit code.
  int run() {
    ProgressLine progress(!options_.has("--quiet"));
    sim::ExperimentOptions how;
    how.encode_everything = options_.has("--encode");
    how.tell_last_events = true;
    how.on_progress = [&](const sim::Progress& at) {
      progress.show(at);
      tell_guard(at.virtual_time, at.events);
      if (interrupted()) tell_guard_that_it_ends();
      return !interrupted();
    };
    EventLogWriter event_log;
    if (absl::Status status = EventLogWriter::attach(event_log_of_this(), how, event_log);
        !status.ok()) {
      return wrong_input(std::string(status.message()));
    }
    const auto begin = std::chrono::steady_clock::now();
    sim::Experiment experiment(scenario_, how);
    event_log.watch(experiment.simulator());
    std::unique_ptr<trace::JsonlWriter> trace;
    if (options_.has("--trace")) {
      absl::StatusOr<std::unique_ptr<trace::JsonlWriter>> writer = open_trace(experiment);
      if (!writer.ok()) return wrong_input(std::string(writer.status().message()));
      trace = *std::move(writer);
      experiment.simulator().observe_with(trace.get());
    }
    absl::StatusOr<sim::Outcome> outcome;
    {
      const GuardedSimulator guarded(experiment.simulator());
      outcome = experiment.run();
    }
    tell_guard_that_it_ends();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    progress.clear();
    experiment.simulator().observe_with(nullptr);
    if (!outcome.ok()) return wrong_input(std::string(outcome.status().message()));

    absl::Status written = event_log.close(outcome->event_hash);
    if (trace != nullptr) written.Update(trace->close());
    return report(*outcome, wall.count(), written);
  }

  // Whether run() has come to its end in a process that was watched.
  bool has_ended() const { return has_ended_; }
  void set_ended() { has_ended_ = true; }

  // The same run once more, in another process.
  absl::Status verify() const {
    std::vector<std::string> words = words_of_run(options_, scenario_.seed);
    words.emplace_back("--quiet");
    return verify_against(hashes_->file("hashes0"), words, *hashes_);
  }

  // Where there is a trace of a run that did not come to its end, the path of it.
  std::optional<std::string> keep_unfinished_trace() {
    if (!files_ || !options_.has("--trace")) return std::nullopt;
    files_->keep_unfinished(kTrace);
    return files_->unfinished_path(kTrace);
  }

 private:
  static constexpr char kTrace[] = "trace.jsonl";

  EventLog event_log_of_this() const {
    EventLog log = event_log_of(options_);
    if (hashes_) log.hashes = hashes_->file("hashes0");
    return log;
  }

  absl::StatusOr<std::unique_ptr<trace::JsonlWriter>> open_trace(sim::Experiment& experiment) {
    return trace::JsonlWriter::open(files_->unfinished_path(kTrace), experiment.simulator(),
                                    {.scenario = scenario_.name,
                                     .seed = scenario_.seed,
                                     .on_failure = [](const absl::Status& status) {
                                       wrong_input(std::string(status.message()));
                                     }});
  }

  // Says and writes what came out. `written` is how it went with what was written during the run.
  int report(const sim::Outcome& outcome, double wall_seconds, absl::Status written) {
    RunFacts facts = {.wall_seconds = wall_seconds,
                      .peak_memory_bytes = peak_memory(),
                      .repeat_command = repeat_command(program_, scenario_.seed, options_),
                      .written = {}};
    int exit_code = exit_code_of(outcome);
    if (files_) {
      if (options_.has("--trace")) files_->add(kTrace);
      written.Update(files_->write("summary.json", json_summary(scenario_, outcome, facts)));
      written.Update(files_->write("metrics.csv", metrics_csv(outcome)));
      written.Update(files_->write("phases.csv", phases_csv(outcome)));
      if (has_series(scenario_)) {
        written.Update(files_->write("series.csv", series_csv(outcome)));
      }
      if (written.ok()) written = files_->publish();
      if (written.ok()) facts.written = files_->written();
    }
    if (!written.ok()) exit_code = wrong_input(std::string(written.message()));
    if (options_.has("--json")) {
      std::fputs(json_summary(scenario_, outcome, facts).c_str(), stdout);
    } else if (!options_.has("--quiet")) {
      std::fputs(human_summary(scenario_, outcome, facts).c_str(), stdout);
    }
    return finish_output(exit_code);
  }

  const std::string& program_;
  const Options& options_;
  const scenario::Scenario& scenario_;
  std::optional<OutputFiles> files_;
  std::optional<TemporaryFolder> hashes_;
  bool has_ended_ = false;
};

// Says how a run ended that did not come to its end, and gives the exit code.
int tell_ending(SingleRun& run, const Ending& ending, const RunState& state, Duration at_most) {
  if (ending.kind == Ending::Kind::kSignalled && ending.code == SIGPIPE) return 128 + SIGPIPE;
  std::string text = absl::StrCat(status_of(ending), ": ", describe(ending, state, at_most));
  const std::optional<std::string> trace =
      state.has_ended ? std::nullopt : run.keep_unfinished_trace();
  if (trace) {
    absl::StrAppend(&text, "; what it had done until shortly before is in ", *trace);
  }
  wrong_input(text);
  return interrupted() ? interrupted_exit_code() : kCheckFailed;
}

// Runs in a process of its own, where that is possible: a run may end its process.
int run_watched(SingleRun& run, Duration at_most) {
  const SharedState state;
  if (is_debugged() || !state.ok()) {
    const int exit_code = run.run();
    run.set_ended();
    return exit_code == kInterrupted ? interrupted_exit_code() : exit_code;
  }
  const absl::StatusOr<Ending> ending = run_guarded([&] { return run.run(); }, *state, at_most);
  if (!ending.ok()) return wrong_input(std::string(ending.status().message()));
  if (ending->kind != Ending::Kind::kReturned) return tell_ending(run, *ending, *state, at_most);
  run.set_ended();
  return ending->code == kInterrupted ? interrupted_exit_code() : ending->code;
}

}  // namespace

VerbSpec sim_verb() {
  return {
      .name = "sim",
      .arguments = "FILE",
      .help = "Runs a scenario in the simulator and says what came out.",
      .details = kDetails,
      .options = {{"--seed", "N", "instead of the seed in the file"},
                  {"--seeds", "A..B",
                   "run once with each of these seeds: --seeds 1..100; not with --seed, --trace, "
                   "--json or --verify"},
                  {"--jobs", "N", "processes for --seeds; by default one for each core"},
                  {"--stop-at-failure", "",
                   "with --seeds: stop at the first seed that does not pass"},
                  {"--retry", "",
                   "with --seeds and --out: run again what crashed, was killed or timed out"},
                  {"--run-at-most", "TIME", "end a run that takes longer, in real time: 10m"},
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
  if (options.has("--seeds")) return run_seeds(program, options, parsed);
  for (const char* of_many : {"--jobs", "--stop-at-failure", "--retry"}) {
    if (options.has(of_many)) return wrong_input(absl::StrCat(of_many, " goes with --seeds"));
  }
  if (options.has("--trace") && !options.has("--out")) {
    return wrong_input("--trace writes DIR/trace.jsonl: give --out DIR, too");
  }
  const absl::StatusOr<Duration> at_most = duration_of(options, "--run-at-most");
  if (!at_most.ok()) return wrong_input(std::string(at_most.status().message()));

  SingleRun run(program, options, *parsed.scenario);
  if (absl::Status status = run.prepare(); !status.ok()) {
    return wrong_input(std::string(status.message()));
  }
  watch_for_interrupt();
  const int exit_code = run_watched(run, *at_most);
  if (!options.has("--verify") || exit_code > kCheckFailed || !run.has_ended()) return exit_code;
  const absl::Status same = run.verify();
  if (interrupted()) return interrupted_exit_code();
  if (absl::IsDataLoss(same)) {
    std::fprintf(stderr, "troupe: --verify: %s\n", std::string(same.message()).c_str());
    return kCheckFailed;
  }
  if (!same.ok()) return wrong_input(absl::StrCat("--verify: ", std::string(same.message())));
  if (!options.has("--quiet") && !options.has("--json")) {
    std::puts("verified: another run, in another process, was the same in every event");
  }
  return exit_code;
}

}  // namespace troupe::cli
