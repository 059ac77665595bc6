// The verbs for many runs: from options to a plan.
#include "cli/sweep_command.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/inform.h"
#include "cli/many_runs.h"
#include "cli/program.h"
#include "cli/runs.h"
#include "cli/slurm.h"
#include "scenario/parse.h"

namespace troupe::cli {
namespace {

constexpr char kDetails[] =
    "The file's 'sweep' says what varies: every combination of values is a point, and every point "
    "runs\n"
    "with every seed. The results are the same to the byte for any number of processes, and after "
    "an\n"
    "interruption: the same command then goes on where it was.";

constexpr auto kAtMost = std::chrono::hours(24);
constexpr int kMostJobs = 1000;

std::vector<std::string> with_options(std::vector<std::string> words, const Options& options) {
  for (const std::string& change : options.values("--set")) {
    words.insert(words.end(), {"--set", change});
  }
  if (options.has("--encode")) words.emplace_back("--encode");
  return words;
}

// Empty where no results are kept: nobody asks then.
Fingerprint fingerprint_of_run(const std::string& verb, const scenario::ParseResult& parsed,
                               const Options& options) {
  if (!options.has("--out") && !options.has("--task")) return {};
  std::vector<std::string> files = {options.arguments()[0]};
  files.insert(files.end(), parsed.files.begin(), parsed.files.end());
  return fingerprint_of(files, with_options({verb}, options));
}

std::string shell_line(const std::vector<std::string>& words) {
  return absl::StrJoin(words, " ", [](std::string* out, const std::string& word) {
    absl::StrAppend(out, shell_quoted(word));
  });
}

absl::StatusOr<int> jobs_of(const Options& options) {
  const std::optional<std::string> text = options.value("--jobs");
  int jobs = 0;
  if (text && (!absl::SimpleAtoi(*text, &jobs) || jobs < 1 || jobs > kMostJobs)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--jobs ", *text, " is not a number from 1 to ", kMostJobs));
  }
  return jobs;
}

Plan plan_of(const scenario::Scenario& scenario, std::vector<scenario::Point> points, bool encode) {
  Plan plan;
  plan.name = scenario.name;
  plan.description = scenario.description;
  plan.algorithm = scenario.algorithm->name();
  plan.points = std::move(points);
  plan.seeds = {scenario.seed, scenario.seed};
  std::vector<std::string> measured;
  for (const scenario::StateMeasurement& state : scenario.measure) measured.push_back(state.name);
  plan.columns = scenario::result_columns(*scenario.algorithm, measured);
  plan.encode = encode;
  return plan;
}

// The options that say when a run, and when all runs, are ended early.
absl::Status read_limits(const Options& options, Plan& plan) {
  const absl::StatusOr<Duration> run_at_most = duration_of(options, "--run-at-most");
  if (!run_at_most.ok()) return run_at_most.status();
  plan.run_at_most = *run_at_most;
  plan.stop_at_failure = options.has("--stop-at-failure");
  if (options.has("--retry") && !options.has("--out")) {
    return absl::InvalidArgumentError(
        "--retry needs --out DIR: the results of earlier runs are there");
  }
  return absl::OkStatus();
}

// `sweep` where something given on the command line would have no effect; else nothing.
std::optional<std::string> vain_change(const Options& options, const scenario::Sweep& sweep) {
  for (const std::string& change : options.values("--set")) {
    const std::string key = change.substr(0, change.find('='));
    for (const scenario::Sweep::Axis& axis : sweep.vary) {
      if (key == axis.key || key.starts_with(axis.key + ".")) {
        return absl::StrCat("--set ", change, " has no effect: the sweep varies '", axis.key, "'");
      }
    }
  }
  return std::nullopt;
}

int run_task_of(const Plan& plan, const Options& options, const Fingerprint& fingerprint) {
  std::size_t task = 0;
  if (!absl::SimpleAtoi(options.value("--task-number").value_or(""), &task)) {
    return wrong_input("--task goes with --task-number");
  }
  watch_for_interrupt();
  const absl::Status status = run_task(plan, *options.value("--task"), task, fingerprint);
  if (!status.ok()) return wrong_input(std::string(status.message()));
  return interrupted() ? interrupted_exit_code() : kAllHolds;
}

}  // namespace

VerbSpec sweep_verb() {
  return {
      .name = "sweep",
      .arguments = "FILE",
      .help = "Runs a scenario many times: with what varies in it, and with many seeds.",
      .details = kDetails,
      .options = {{"--seeds", "A..B", "instead of the seeds in the file"},
                  {"--jobs", "N",
                   "processes at once; by default one for each core, or what Slurm allows"},
                  {"--set", "KEY=VALUE", "change a value that does not vary, as for 'sim'", true},
                  {"--out", "DIR", "write results.csv, points.csv and report.html there"},
                  {"--stop-at-failure", "",
                   "stop at the first run that does not pass; not with --on slurm"},
                  {"--retry", "", "with --out: run again what crashed, was killed or timed out"},
                  {"--run-at-most", "TIME", "end a run that takes longer, in real time: 10m"},
                  {"--on", "slurm", "run as job arrays of a Slurm cluster; needs --out"},
                  {"--at-most", "TIME", "with --on slurm: wait so long (24h)"},
                  {"--encode", "", "encode and decode every message: same results, slower"},
                  {"--quiet", "", "no progress, no summary; the exit code says it"},
                  {.name = "--task", .value = "DIR", .hidden = true},
                  {.name = "--task-number", .value = "N", .hidden = true}},
      .least_arguments = 1,
      .most_arguments = 1};
}

int run_sweep(const std::string& program, const Options& options,
              std::span<const Algorithm> algorithms) {
  const std::string& file = options.arguments()[0];
  scenario::ParseResult parsed = scenario::parse_file(
      file, algorithms,
      {.set = options.values("--set"), .seed = {}, .seeds = options.value("--seeds")});
  print(parsed.errors, "");
  if (!options.has("--quiet")) print(parsed.warnings, "warning: ");
  if (!parsed.scenario) return kWrongInput;
  if (!parsed.scenario->sweep) {
    return wrong_input(
        absl::StrCat(file, " has no 'sweep'; for many seeds of it: ",
                     shell_line({program, "sim", as_argument(file), "--seeds", "1..100"})));
  }
  const scenario::Sweep& sweep = *parsed.scenario->sweep;
  if (const std::optional<std::string> vain = vain_change(options, sweep)) {
    return wrong_input(*vain);
  }
  const absl::StatusOr<int> jobs = jobs_of(options);
  if (!jobs.ok()) return wrong_input(std::string(jobs.status().message()));
  const std::optional<std::string> on = options.value("--on");
  if (on && *on != "slurm") {
    return wrong_input(absl::StrCat("--on ", *on, " is unknown; there is slurm"));
  }
  if (on && !options.has("--out")) {
    return wrong_input("--on slurm: give --out DIR, a folder that all nodes of the cluster share");
  }
  if (!on && options.has("--at-most")) return wrong_input("--at-most goes with --on slurm");
  if (on && options.has("--stop-at-failure")) {
    return wrong_input("--stop-at-failure does not go with --on slurm");
  }
  const absl::StatusOr<Duration> at_most = duration_of(options, "--at-most");
  if (!at_most.ok()) return wrong_input(std::string(at_most.status().message()));
  if (on) {
    if (const absl::Status there = slurm_is_there(); !there.ok()) {
      return wrong_input(std::string(there.message()));
    }
  }

  Plan plan = plan_of(*parsed.scenario, std::move(parsed.points), options.has("--encode"));
  for (const scenario::Sweep::Axis& axis : sweep.vary) plan.keys.push_back(axis.key);
  if (sweep.seeds) plan.seeds = *sweep.seeds;
  plan.confidence = sweep.confidence;
  plan.precision = sweep.precision;
  plan.plots = sweep.plots;

  if (absl::Status status = read_limits(options, plan); !status.ok()) {
    return wrong_input(std::string(status.message()));
  }
  const Fingerprint fingerprint = fingerprint_of_run("sweep", parsed, options);
  if (options.has("--task")) return run_task_of(plan, options, fingerprint);

  std::vector<std::string> rest = with_options({"sweep", as_argument(file)}, options);
  for (const char* name : {"--seeds", "--run-at-most"}) {
    if (options.has(name)) rest.insert(rest.end(), {name, *options.value(name)});
  }
  std::vector<std::string> command = {program};
  command.insert(command.end(), rest.begin(), rest.end());
  std::error_code ignored;
  std::vector<std::string> task = {std::filesystem::canonical("/proc/self/exe", ignored).string()};
  task.insert(task.end(), rest.begin(), rest.end());
  return run_many(
      plan, {.jobs = *jobs,
             .folder = options.value("--out").value_or(""),
             .fingerprint = fingerprint,
             .retry = options.has("--retry"),
             .quiet = options.has("--quiet"),
             .on_slurm = on.has_value(),
             .at_most = *at_most > Duration::zero() ? *at_most : kAtMost,
             .command = shell_line(command),
             .task = std::move(task),
             .repeat_command = [&](const Run& run) {
               std::vector<std::string> words = with_options(
                   {program, "sim", as_argument(file), "--seed", absl::StrCat(run.seed)}, options);
               for (std::size_t i = 0; i < plan.keys.size(); ++i) {
                 words.insert(
                     words.end(),
                     {"--set", absl::StrCat(plan.keys[i], "=", plan.points[run.point].values[i])});
               }
               if (const auto limit = options.value("--run-at-most")) {
                 words.insert(words.end(), {"--run-at-most", *limit});
               }
               return shell_line(words);
             }});
}

int run_seeds(const std::string& program, const Options& options,
              const scenario::ParseResult& parsed) {
  const scenario::Scenario& scenario = *parsed.scenario;
  for (const char* single : {"--seed", "--trace", "--json", "--verify"}) {
    if (options.has(single)) {
      return wrong_input(absl::StrCat("--seeds does not go with ", single));
    }
  }
  const std::string text = *options.value("--seeds");
  const scenario::Parsed<scenario::SeedRange> seeds = scenario::parse_seed_range(text);
  if (!seeds.value) {
    return wrong_input(
        absl::StrCat("--seeds ", text, " is not a range of seeds such as 1..100; ", seeds.remedy));
  }
  const absl::StatusOr<int> jobs = jobs_of(options);
  if (!jobs.ok()) return wrong_input(std::string(jobs.status().message()));

  Plan plan = plan_of(scenario, {{.values = {}, .scenario = scenario}}, options.has("--encode"));
  plan.seeds = *seeds.value;
  if (absl::Status status = read_limits(options, plan); !status.ok()) {
    return wrong_input(std::string(status.message()));
  }
  const std::string& file = options.arguments()[0];
  return run_many(
      plan, {.jobs = *jobs,
             .folder = options.value("--out").value_or(""),
             .fingerprint = fingerprint_of_run("sim", parsed, options),
             .retry = options.has("--retry"),
             .quiet = options.has("--quiet"),
             .command = shell_line(
                 with_options({program, "sim", as_argument(file), "--seeds", text}, options)),
             .task = {},
             .repeat_command = [&](const Run& run) {
               std::vector<std::string> words = with_options(
                   {program, "sim", as_argument(file), "--seed", absl::StrCat(run.seed)}, options);
               if (const auto limit = options.value("--run-at-most")) {
                 words.insert(words.end(), {"--run-at-most", *limit});
               }
               return shell_line(words);
             }});
}

}  // namespace troupe::cli
