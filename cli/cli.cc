// The verbs of the command line, and help.
#include "cli/cli.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/describe_command.h"
#include "cli/host_command.h"
#include "cli/inform.h"
#include "cli/options.h"
#include "cli/sim_command.h"
#include "cli/sweep_command.h"
#include "cli/trace_command.h"
#include "remote/version.h"
#include "scenario/diagnostic.h"
#include "scenario/parse.h"
#include "scenario/schema.h"

namespace troupe {
namespace cli {
namespace {

struct Verb {
  VerbSpec spec;
  std::function<int(const Options& options)> run;
};

// --- check --------------------------------------------------------------------------------------

VerbSpec check_verb() {
  return {.name = "check",
          .arguments = "FILE...",
          .help = "Reads scenario files and tells all their mistakes, without running anything.",
          .details = {},
          .options = {{"--set", "KEY=VALUE", "change a value of the file, as for 'sim'", true},
                      {"--schema", "", "print the JSON Schema of scenario files, for editors"}},
          .least_arguments = 0,
          .most_arguments = 10'000};
}

int run_check(const Options& options, const std::vector<Algorithm>& algorithms) {
  int exit_code = kAllHolds;
  if (options.has("--schema")) {
    std::fputs(scenario::json_schema(algorithms).c_str(), stdout);
  } else if (options.arguments().empty()) {
    return wrong_input("'check' needs FILE..., or --schema");
  }
  for (const std::string& file : options.arguments()) {
    const scenario::ParseResult parsed =
        scenario::parse_file(file, algorithms, {.set = options.values("--set"), .seed = {}});
    print(parsed.errors, "");
    print(parsed.warnings, "warning: ");
    if (!parsed.errors.empty()) {
      exit_code = kWrongInput;
    } else {
      std::printf("%s: ok\n", file.c_str());
    }
  }
  return exit_code;
}

// --- list ---------------------------------------------------------------------------------------

VerbSpec list_verb() {
  return {.name = "list",
          .arguments = "[ALGORITHM]",
          .help =
              "Lists the algorithms, or what a scenario can use of one: parameters, actors and "
              "their methods, starts, checks, measurements.",
          .details = {},
          .options = {},
          .least_arguments = 0,
          .most_arguments = 1};
}

std::string text_of(const ParameterValue& value) {
  struct Visitor {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return absl::StrCat(number); }
    std::string operator()(double number) const { return absl::StrCat(number); }
    std::string operator()(Duration duration) const { return to_string(duration); }
    std::string operator()(const std::string& text) const { return absl::StrCat("'", text, "'"); }
  };
  return std::visit(Visitor(), value);
}

std::string signature_of(const MethodInfo& method) {
  std::vector<std::string> arguments;
  for (const TypeDescription& type : method.describe_arguments()) {
    arguments.push_back(to_string(type));
  }
  const std::vector<TypeDescription> result = method.describe_result();
  return absl::StrCat(std::string(method.name), "(", absl::StrJoin(arguments, ", "), ")",
                      method.one_way   ? ", nobody waits"
                      : result.empty() ? ""
                                       : absl::StrCat(" -> ", to_string(result[0])));
}

void print_entry(const std::string& name, const std::string& help) {
  std::printf("  %-26s %s\n", name.c_str(), help.c_str());
}

// What has a name and a help, under a heading; nothing where there is none.
template <class T>
void print_entries(const char* heading, const std::vector<T>& entries) {
  if (!entries.empty()) std::printf("\n%s\n", heading);
  for (const T& entry : entries) print_entry(entry.name, entry.help);
}

void print_algorithm(const Algorithm& algorithm) {
  std::printf("%s: %s\n", algorithm.name().c_str(), algorithm.help().c_str());
  if (!algorithm.parameters().empty()) std::printf("\nparameters\n");
  for (const Parameter& parameter : algorithm.parameters()) {
    std::string help = absl::StrCat(parameter.help, " (", text_of(parameter.value));
    if (!parameter.choices.empty()) {
      absl::StrAppend(&help, "; ", absl::StrJoin(parameter.choices, ", "));
    }
    print_entry(parameter.name, help + ")");
  }
  for (const Algorithm::ActorClass& actor : algorithm.actors()) {
    std::printf("\nactor %s: %s\n", std::string(actor.type->name).c_str(), actor.help.c_str());
    for (const MethodInfo* method : actor.type->methods) {
      std::printf("  %s\n", signature_of(*method).c_str());
    }
  }
  print_entries("starts", algorithm.starts());
  print_entries("checks", algorithm.checks());
  print_entries("roles", algorithm.roles());
  print_entries("numbers", algorithm.numbers());
  print_entries("measurements", algorithm.measurements());
}

int run_list(const Options& options, const std::vector<Algorithm>& algorithms) {
  if (options.arguments().empty()) {
    for (const Algorithm& algorithm : algorithms) print_entry(algorithm.name(), algorithm.help());
    return kAllHolds;
  }
  const auto found = std::ranges::find(algorithms, options.arguments()[0], &Algorithm::name);
  if (found == algorithms.end()) {
    std::vector<std::string> known;
    for (const Algorithm& algorithm : algorithms) known.push_back(algorithm.name());
    return wrong_input(absl::StrCat("unknown algorithm '", options.arguments()[0], "'; ",
                                    scenario::did_you_mean(options.arguments()[0], known)));
  }
  print_algorithm(*found);
  return kAllHolds;
}

// --- help ---------------------------------------------------------------------------------------

std::string overview(const std::string& program, const std::vector<Verb>& verbs) {
  std::string text =
      "Troupe runs distributed algorithms, written once as actor classes, from scenario files.\n\n";
  absl::StrAppend(&text, "Usage: ", program, " VERB ...\n\n");
  for (const Verb& verb : verbs) {
    absl::StrAppend(&text, absl::StrFormat("  %-8s %s\n", verb.spec.name, verb.spec.help));
  }
  absl::StrAppend(&text, "\n  ", program, " VERB --help tells more of one verb.\n  ", program,
                  " --version tells the version.\n\nExit codes: 0 all checks hold, 1 a check has "
                  "failed or a run has crashed, 2 the input is wrong, 130 interrupted.\n");
  return text;
}

}  // namespace
}  // namespace cli

namespace cli {
namespace {

int run_words(const std::string& program, const std::vector<std::string>& words,
              const std::vector<Algorithm>& algorithms) {
  const std::vector<Verb> verbs = {
      {sim_verb(), [&](const Options& options) { return run_sim(program, options, algorithms); }},
      {sweep_verb(),
       [&](const Options& options) { return run_sweep(program, options, algorithms); }},
      {check_verb(), [&](const Options& options) { return run_check(options, algorithms); }},
      {list_verb(), [&](const Options& options) { return run_list(options, algorithms); }},
      {trace_verb(), run_trace},
      {describe_verb(), [&](const Options& options) { return run_describe(options, algorithms); }},
      {host_verb(), [&](const Options& options) { return run_host(options, algorithms); }},
  };

  if (words.empty()) {
    std::fputs(overview(program, verbs).c_str(), stderr);
    return kWrongInput;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    std::fputs(overview(program, verbs).c_str(), stdout);
    return kAllHolds;
  }
  if (words[0] == "--version") {
    std::printf("troupe %s\n", kVersion);
    return kAllHolds;
  }
  const auto verb = std::ranges::find(verbs, words[0], [](const Verb& v) { return v.spec.name; });
  if (verb == verbs.end()) {
    if (words[0].ends_with(".yaml")) {
      return wrong_input(
          absl::StrCat("'", words[0], "' is no verb; to run it: ", program, " sim ", words[0]));
    }
    std::vector<std::string> known;
    for (const Verb& v : verbs) known.push_back(v.spec.name);
    return wrong_input(
        absl::StrCat("unknown verb '", words[0], "'; ", scenario::did_you_mean(words[0], known)));
  }
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (std::ranges::count(rest, "--help") + std::ranges::count(rest, "-h") > 0) {
    std::fputs(help_of(program, verb->spec).c_str(), stdout);
    return kAllHolds;
  }
  const absl::StatusOr<Options> options = Options::parse(verb->spec, rest);
  if (!options.ok()) {
    return wrong_input(absl::StrCat(std::string(options.status().message()), "; see '", program,
                                    " ", verb->spec.name, " --help'"));
  }
  return verb->run(*options);
}

}  // namespace
}  // namespace cli

int run_command_line(int argc, char** argv, std::vector<Algorithm> algorithms) {
  const std::string program = argc > 0 ? argv[0] : "troupe";
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  cli::open_standard_streams();
  return cli::finish_output(cli::run_words(program, words, algorithms));
}

}  // namespace troupe
