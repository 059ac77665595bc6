// Scenarios that are made of parts: variables, and other files.
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "scenario/parse_testing.h"

namespace troupe::scenario {
namespace {

// --- Variables ----------------------------------------------------------------------------------

constexpr std::string_view kVaried = R"(
algorithm: ring
variables:
  nodes: 10
  load: 5/s
  session: {exponential: {mean: 5m}}
  slow: [0, 3]
  bound: 12
hosts: $nodes
phases:
  - name: churn of $nodes
    spawn: {}
    churn: {session: $session}
    calls: {method: poke, on: $slow, rate: $load}
    lasts: 1m
checks: [lookup_hops.mean < $bound]
)";

TEST(Variables, StandForValuesOfEveryKind) {
  const ParseResult result = parse(kVaried);
  ASSERT_EQ(lines_of(result.errors), Lines{});
  EXPECT_EQ(lines_of(result.warnings), Lines{});
  const Scenario& scenario = *result.scenario;
  EXPECT_EQ(scenario.hosts, 10);
  const Phase& phase = scenario.phases.at(0);
  EXPECT_EQ(phase.name, "churn of 10");
  const auto& churn = std::get<Churn>(phase.actions.at(1));
  EXPECT_EQ(std::get<Exponential>(churn.session.value()).mean, std::chrono::minutes(5));
  const auto& calls = std::get<Calls>(phase.actions.at(2));
  EXPECT_EQ(std::get<HostList>(std::get<Hosts>(calls.on)).numbers,
            (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(calls.rate.value().from, 5);
  EXPECT_EQ(scenario.checks.at(0).text, "lookup_hops.mean < 12");
  using Values = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(scenario.variables, (Values{{"nodes", "10"},
                                        {"load", "5/s"},
                                        {"session", "{exponential: {mean: 5m}}"},
                                        {"slow", "[0, 3]"},
                                        {"bound", "12"}}));
}

TEST(Variables, AreSetByTheirNames) {
  const Scenario scenario = good(kVaried, {.set = {"nodes=20", "session.exponential.mean=1h",
                                                   "load=1/s", "variables.load=2/s", "slow=[19]"}});
  EXPECT_EQ(scenario.hosts, 20);
  const auto& churn = std::get<Churn>(scenario.phases.at(0).actions.at(1));
  EXPECT_EQ(std::get<Exponential>(churn.session.value()).mean, std::chrono::hours(1));
  EXPECT_EQ(std::get<Calls>(scenario.phases.at(0).actions.at(2)).rate.value().from, 2);
  EXPECT_EQ(scenario.variables.at(0).second, "20");
}

TEST(Variables, MayUseThoseAboveThem) {
  const Scenario scenario = good(
      "algorithm: ring\n"
      "variables: {nodes: 7, half: 50%, some: '$half of all$$', deep: {list: [$nodes]}}\n"
      "hosts: $nodes\n"
      "description: $none\n",
      {.set = {"description='$some $$half $ $5$'", "parameters.note=$nodes"}});
  EXPECT_EQ(scenario.description, "50% of all$ $half $ $5$");
  EXPECT_EQ(scenario.parameters.text("note"), "7");
  EXPECT_EQ(scenario.variables.at(3).second, "{list: [7]}");
}

TEST(Variables, AreNoWordsInQuotes) {
  // As a value in quotes: a text, and not what the word means without.
  const Scenario scenario = good(
      "algorithm: ring\n"
      "variables: {text: \"random\", bare: random}\n"
      "phases:\n"
      "  - spawn: {}\n"
      "  - calls: {method: tune, arguments: [1, true, 1, 1, $text, 1s, $bare, 1]}\n");
  const auto& calls = std::get<Calls>(scenario.phases.at(1).actions.at(0));
  EXPECT_EQ(std::get<std::string>(std::get<Literal>(calls.arguments.at(4).value)), "random");
  EXPECT_TRUE(std::holds_alternative<RandomArgument>(calls.arguments.at(6).value));
}

TEST(Variables, VaryInASweep) {
  const ParseResult result = parse(
      "algorithm: ring\n"
      "variables: {nodes: 10, wait: 10ms, base: 8}\n"
      "hosts: $nodes\n"
      "network: {latency: {uniform: [$wait, 1s]}}\n"
      "phases: [{name: on $nodes, spawn: {}}]\n"
      "sweep:\n"
      "  vary:\n"
      "    nodes: [$base, 16]\n"
      "    wait: {from: 20ms, to: 40ms, factor: 2}\n");
  ASSERT_EQ(lines_of(result.errors), Lines{});
  EXPECT_EQ(lines_of(result.warnings), Lines{});
  EXPECT_EQ(result.scenario->hosts, 10);
  ASSERT_EQ(result.points.size(), 4u);
  std::vector<std::string> points;
  for (const Point& point : result.points) {
    const auto& latency = std::get<Uniform>(point.scenario.network.latency);
    points.push_back(absl::StrCat(point.values[0], " ", point.values[1], ": ", point.scenario.hosts,
                                  " ", point.scenario.phases.at(0).name, " ",
                                  troupe::to_string(latency.low), " ",
                                  point.scenario.variables[1].second));
  }
  EXPECT_EQ(points, (Lines{"8 20ms: 8 on 8 20ms 20ms", "8 40ms: 8 on 8 40ms 40ms",
                           "16 20ms: 16 on 16 20ms 20ms", "16 40ms: 16 on 16 40ms 40ms"}));
}

TEST(Variables, ThatAreNotUsedAreAWarning) {
  EXPECT_EQ(
      warnings_of("algorithm: ring\nphases: [{lasts: 1s}]\nvariables: {nodes: 3, b: $nodes}\n"),
      Lines{"f.yaml:3:23: nothing uses the variable 'b'; $b stands for it"});
}

const std::vector<Wrong>& wrong_variables() {
  static const auto* const kWrong = new std::vector<Wrong>{
      {"AnUnknownOneIsNamed",
       "variables: {nodes: 5, load: 1/s}\n"
       "hosts: $nods\n"
       "description: $nodes $load $other\n",
       {"f.yaml:3:8: no variable is called 'nods'; did you mean 'nodes'? allowed: nodes, load",
        "f.yaml:4:14: no variable is called 'other'; allowed: nodes, load"}},
      {"WithoutAnyTheReaderIsTold",
       "hosts: $nodes\n",
       {"f.yaml:2:8: no variable is called 'nodes'; 'variables' at the top of the scenario names "
        "some"}},
      {"TheyAreAMap",
       "variables: [a, b]\n",
       {"f.yaml:2:12: 'variables' must be a map from names to values, not a list"}},
      {"AMapHasSpaces",
       "variables:\n"
       "  nodes:5\n"
       "hosts: $nodes\n",
       {"f.yaml:3:3: 'variables' must be a map from names to values, not 'nodes:5'; a space "
        "belongs "
        "behind the ':'"}},
      {"ANameIsAWord",
       "variables: {a-b: 1, 1st: 2}\n",
       {"f.yaml:2:13: 'a-b' cannot name a variable; a name begins with a letter; letters, digits "
        "and _ follow",
        "f.yaml:2:21: '1st' cannot name a variable; a name begins with a letter; letters, digits "
        "and _ follow"}},
      {"ANameIsNoKey",
       "variables: {hosts: 5}\n",
       {"f.yaml:2:13: 'hosts' cannot name a variable: it is a key of a scenario"}},
      {"EachHasAValue",
       "variables:\n"
       "  nodes:\n"
       "hosts: $nodes\n",
       {"f.yaml:3:3: the variable 'nodes' has no value; give it one here, or with --set "
        "nodes=VALUE"}},
      {"AMistakeInItIsToldWhereItStands",
       "variables: {nodes: many}\n"
       "hosts: $nodes\n",
       {"f.yaml:2:20: 'hosts' must be a whole number from 1 to 10_000_000, not 'many'"}},
      {"AMistakeInATextMadeOfItIsToldWhereThatStands",
       "variables: {nodes: many}\n"
       "hosts: 1$nodes\n",
       {"f.yaml:3:8: 'hosts' must be a whole number from 1 to 10_000_000, not '1many'"}},
      {"NoneUsesThoseBelowIt",
       "variables: {a: $b, b: $b, c: $a}\n"
       "description: $c\n",
       {"f.yaml:2:16: $b has no value yet; a variable may use those above it",
        "f.yaml:2:23: $b has no value yet; a variable may use those above it"}},
      {"BracesAreNotUsed",
       "variables: {n: 5}\n"
       "hosts: ${n}\n",
       {"f.yaml:3:8: a variable is written without braces; write $name, and $$ for a '$' that is "
        "text"}},
      {"BracesInBracesAreExplained",
       "variables: {n: 5}\n"
       "network: {latency: ${n}}\n",
       {"f.yaml:3:21: not YAML: end of map flow not found; a variable is written without braces: "
        "$name"}},
      {"AMapIsNoPartOfAText",
       "variables: {n: {a: 1}, l: [1]}\n"
       "description: $n and $l\n"
       "name: the $l\n",
       {"f.yaml:3:14: $n is a map, which cannot be a part of a text",
        "f.yaml:4:7: $l is a list, which cannot be a part of a text"}},
      {"ATwiceGivenOneIsToldOnce",
       "variables: {n: 1, n: 2}\n"
       "hosts: $n\n",
       {"f.yaml:2:19: 'n' is given twice; the first is in line 2"}},
      {"OneThatVariesIsThere",
       "variables: {nodes: 5}\n"
       "hosts: $nodes\n"
       "sweep: {vary: {nods: [1, 2]}}\n",
       {("f.yaml:4:16: no variable and no key of a scenario is called 'nods'; did you mean "
         "'nodes'? allowed: nodes, name, description, includes, variables, algorithm, seed, "
         "parameters, hosts, groups, network, disk, call_timeout, phases, start, checks, measure, "
         "measure_every, "
         "stop_after, most_events_at_once, sweep")}},
      {"OneVariesByItsOwnName",
       "variables: {nodes: 5}\n"
       "hosts: $nodes\n"
       "sweep: {vary: {variables.nodes: [1, 2], includes: [a, b]}}\n",
       {"f.yaml:4:16: 'variables.nodes' cannot vary; a variable varies by its own name",
        "f.yaml:4:41: 'includes' cannot vary; every run is of the same files"}},
      {"AValueThatVariesIsToldAtItsPlace",
       "variables: {nodes: 5}\n"
       "hosts: $nodes\n"
       "sweep: {vary: {nodes: [1, two]}}\n",
       {"f.yaml:4:27: 'hosts' must be a whole number from 1 to 10_000_000, not 'two'"}},
  };
  return *kWrong;
}

class WrongVariables : public testing::TestWithParam<Wrong> {};

TEST_P(WrongVariables, AreExplained) { expect_explained(GetParam(), "algorithm: ring\n"); }

INSTANTIATE_TEST_SUITE_P(Each, WrongVariables, testing::ValuesIn(wrong_variables()), promise_of);

TEST(Variables, ThatSetDoesNotKnowAreExplained) {
  EXPECT_EQ(errors_of(kVaried, {.set = {"nods=3"}}),
            Lines{"--set nods=3: no variable and no key of a scenario is called 'nods'; did you "
                  "mean 'nodes'? allowed: nodes, load, session, slow, bound, name, description, "
                  "includes, variables, algorithm, seed, parameters, hosts, groups, network, "
                  "disk, call_timeout, phases, start, checks, measure, measure_every, stop_after, "
                  "most_events_at_once, sweep"});
  EXPECT_EQ(errors_of(kVaried, {.set = {"nodes=x"}}),
            Lines{"--set nodes=x: 'hosts' must be a whole number from 1 to 10_000_000, not 'x'"});
  EXPECT_EQ(errors_of(kVaried, {.set = {"nodes=$load"}}),
            Lines{"--set nodes=$load: $load has no value yet; a variable may use those above it"});
}

// Each value is what the one before is, twice: a short file that stands for a large one.
TEST(Variables, ThatStandForTooMuchAreRefused) {
  std::string values = "algorithm: ring\nvariables:\n  v0: [1, 2, 3]\n";
  std::string texts = "algorithm: ring\nvariables:\n  v0: 'some text'\n";
  std::string deep = "algorithm: ring\nvariables:\n  v0: 1\n";
  for (int i = 1; i < 70; ++i) {
    absl::StrAppend(&values, "  v", i, ": [$v", i - 1, ", $v", i - 1, "]\n");
    absl::StrAppend(&texts, "  v", i, ": $v", i - 1, " $v", i - 1, "\n");
    absl::StrAppend(&deep, "  v", i, ": [$v", i - 1, "]\n");
  }
  for (const std::string& text : {values, texts, deep}) {
    const Lines errors = errors_of(text + "description: $v69\n");
    ASSERT_FALSE(errors.empty());
    EXPECT_NE(errors[0].find(": the variables in this stand for too much"), std::string::npos)
        << errors[0];
  }
}

// --- Includes -----------------------------------------------------------------------------------

constexpr char kBase[] =
    "name: base\n"
    "description: what others begin with\n"
    "algorithm: ring\n"
    "seed: 7\n"
    "hosts: 20\n"
    "variables: {wait: 20ms, size: 8}\n"
    "parameters: {bits: $size, note: base}\n"
    "groups: {servers: [0], clients: 1..9}\n"
    "network: {latency: {uniform: [$wait, 1s]}, loss: 1%}\n"
    "phases: [{name: join, spawn: {}}]\n"
    "checks: [ring_is_one]\n"
    "sweep: {vary: {hosts: [10, 20]}, seeds: 1..3}\n";

TEST(Includes, AreWhatAScenarioAddsToAndChanges) {
  const Folder folder({{"base.yaml", kBase}});
  const ParseResult result = folder.parse(
      "includes: [base.yaml]\n"
      "hosts: 30\n"
      "variables: {wait: 40ms}\n"
      "parameters: {note: mine}\n"
      "groups: {clients: 5..6}\n"
      "network: {latency: {uniform: [$wait, 2s]}}\n"
      "phases: [{name: crash, crash: clients}]\n"
      "checks: [ring_is_ideal]\n"
      "sweep: {seeds: 1..9}\n",
      {.set = {"size=16"}});
  ASSERT_EQ(lines_of(result.errors), Lines{});
  EXPECT_EQ(lines_of(result.warnings), Lines{});
  const Scenario& scenario = *result.scenario;
  EXPECT_EQ(scenario.name, "f");
  EXPECT_EQ(scenario.description, "");
  EXPECT_EQ(scenario.seed, 7u);
  EXPECT_EQ(scenario.hosts, 30);
  EXPECT_EQ(scenario.parameters.integer("bits"), 16);
  EXPECT_EQ(scenario.parameters.text("note"), "mine");
  EXPECT_EQ(std::get<Uniform>(scenario.network.latency).low, 40ms);
  EXPECT_EQ(std::get<Uniform>(scenario.network.latency).high, 2s);
  EXPECT_EQ(scenario.network.loss, 0.01);
  ASSERT_EQ(scenario.phases.size(), 2u);
  EXPECT_EQ(scenario.phases[0].name, "join");
  const auto& crash = std::get<Crash>(scenario.phases[1].actions.at(0));
  EXPECT_EQ(std::get<HostList>(crash.hosts).numbers, (std::vector<std::int64_t>{5, 6}));
  ASSERT_EQ(scenario.checks.size(), 2u);
  EXPECT_EQ(scenario.checks[0].text, "ring_is_one");
  EXPECT_EQ(scenario.sweep->vary.at(0).key, "hosts");
  EXPECT_EQ(scenario.sweep->seeds->last, 9u);
  EXPECT_EQ(result.points.size(), 2u);
  ASSERT_EQ(result.files.size(), 1u);
  EXPECT_TRUE(result.files.begin()->ends_with("/base.yaml"));
}

TEST(Includes, GoByTheFolderOfTheFileThatIncludes) {
  const Folder folder(
      {{"parts/network.yaml", "includes: ../more/hosts.yaml\nnetwork: {latency: {cdf: cdf.txt}}\n"},
       {"parts/cdf.txt", "1 0.5\n2 1\n"},
       {"more/hosts.yaml", "algorithm: ring\nhosts: 3\n"}});
  const ParseResult result = folder.parse("includes: [parts/network.yaml]\nphases: [{lasts: 1s}]\n",
                                          {.set = {"network.jitter={cdf: parts/cdf.txt}"}});
  ASSERT_EQ(lines_of(result.errors), Lines{});
  EXPECT_EQ(result.scenario->hosts, 3);
  EXPECT_TRUE(std::holds_alternative<Empirical>(result.scenario->network.latency));
  EXPECT_EQ(result.files.size(), 3u);
}

TEST(Includes, OfSeveralTheLastHolds) {
  const Folder folder({{"a.yaml", "algorithm: ring\nhosts: 3\nseed: 1\n"},
                       {"b.yaml", "hosts: 4\nseed: 2\nchecks:\n"}});
  const auto hosts = [&](const std::string& text) {
    const ParseResult result = folder.parse(text);
    EXPECT_EQ(lines_of(result.errors), Lines{});
    return result.scenario.value_or(Scenario{}).hosts;
  };
  EXPECT_EQ(hosts("includes: [a.yaml, b.yaml]\n"), 4);
  EXPECT_EQ(hosts("includes: [b.yaml, a.yaml]\n"), 3);
  EXPECT_EQ(hosts("includes: [b.yaml, a.yaml]\nhosts: 9\n"), 9);
}

// Two files that stand on a third have its phases only once.
TEST(Includes, CountOnce) {
  const Folder folder({{"base.yaml", kBase},
                       {"a.yaml", "includes: [base.yaml]\nchecks: [ring_is_ideal]\n"},
                       {"b.yaml", "includes: [base.yaml]\nphases: [{name: b, lasts: 1s}]\n"}});
  const ParseResult result = folder.parse("includes: [a.yaml, b.yaml]\n");
  ASSERT_EQ(lines_of(result.errors), Lines{});
  EXPECT_EQ(result.scenario->phases.size(), 2u);
  EXPECT_EQ(result.scenario->checks.size(), 2u);
}

const std::vector<Wrong>& wrong_includes() {
  static const auto* const kWrong = new std::vector<Wrong>{
      {"MistakesAreToldWithTheirFiles",
       "includes: [a.yaml]\nseed: x\n",
       {{"a.yaml", "algorithm: ring\nhsts: 3\nhosts: 0\nnetwork: {loss: 2}\n"}},
       {"f.yaml:2:7: 'seed' must be a whole number from 0 to 18_446_744_073_709_551_615, not 'x'",
        ("a.yaml:2:1: unknown key 'hsts' in the scenario; did you mean 'hosts'? allowed: name, "
         "description, includes, variables, algorithm, seed, parameters, hosts, groups, network, "
         "disk, call_timeout, phases, start, checks, measure, measure_every, stop_after, "
         "most_events_at_once, "
         "sweep"),
        "a.yaml:3:8: 'hosts' must be a whole number from 1 to 10_000_000, not '0'",
        ("a.yaml:4:17: 'loss' must be a probability from 0 to 1, or from 0% to 100%, not '2'; for "
         "2 percent, write 2%")}},
      {"AFileThatIsNotThereIsNamed",
       "includes: [a.yaml, no/b.yaml]\nphases: [{calls: {method: poke}}]\n",
       {{"a.yaml", "hosts: 3\n"}},
       {"f.yaml:1:20: 'includes': no/b.yaml cannot be read: No such file or directory; paths are "
        "relative to the folder of the file that includes"}},
      {"ACircleIsShown",
       "algorithm: ring\nincludes: [a.yaml]\n",
       {{"a.yaml", "includes: b.yaml\n"}, {"b.yaml", "hosts: 3\nincludes: [./a.yaml]\n"}},
       {"b.yaml:2:12: this file includes itself: a.yaml -> b.yaml -> a.yaml"}},
      {"AFileDoesNotIncludeItself",
       "algorithm: ring\nincludes: [f.yaml]\n",
       {{"a.yaml", ""}},
       {"f.yaml:2:12: this file includes itself: f.yaml -> f.yaml"}},
      {"NoneIsNamedTwice",
       "algorithm: ring\nincludes: [a.yaml, ./a.yaml]\n",
       {{"a.yaml", "hosts: 3\n"}},
       {"f.yaml:2:20: './a.yaml' is included twice"}},
      {"TheyAreFiles",
       "algorithm: ring\nincludes: [[a.yaml], {a: b}, '']\n",
       {{"a.yaml", "hosts: 3\n"}},
       {"f.yaml:2:12: each of 'includes' must be a file; write for example [network.yaml]",
        "f.yaml:2:22: each of 'includes' must be a file; write for example [network.yaml]",
        "f.yaml:2:30: each of 'includes' must be a file; write for example [network.yaml]"}},
      {"AnIncludedFileIsYaml",
       "algorithm: ring\nincludes: [a.yaml, b.yaml, c.yaml]\n",
       {{"a.yaml", "hosts: [3\n"}, {"b.yaml", "- 3\n"}, {"c.yaml", "# nothing\n"}},
       {"a.yaml:1:8: not YAML: what begins here never ends; a ']' or '}' is missing",
        "b.yaml:1:1: the file must hold 'key: value' lines, not a list",
        "c.yaml: the file is empty; a scenario begins with 'algorithm: NAME'"}},
      {"AWrongListIsNotReplaced",
       "algorithm: ring\nincludes: [a.yaml]\nphases: nothing\n",
       {{"a.yaml", "phases: [{lasts: soon}]\n"}},
       {"f.yaml:3:9: 'phases' must be a list, not 'nothing'; begin each item with '- '"}},
      {"VariablesHaveValuesOfTheirOwnFile",
       "algorithm: ring\nincludes: [a.yaml]\nvariables: {b: 1}\nhosts: $b\n",
       {{"a.yaml", "variables: {a: $b}\nseed: $a\n"}},
       {"a.yaml:1:16: $b has no value yet; a variable may use those above it"}},
  };
  return *kWrong;
}

class WrongIncludes : public testing::TestWithParam<Wrong> {};

TEST_P(WrongIncludes, AreExplained) { expect_explained(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Each, WrongIncludes, testing::ValuesIn(wrong_includes()), promise_of);

TEST(Includes, AreNotSet) {
  EXPECT_EQ(errors_of("algorithm: ring\n", {.set = {"includes=[a.yaml]"}}),
            Lines{"--set includes=[a.yaml]: 'includes' cannot be set: the file itself says it"});
}

TEST(Includes, HaveALimit) {
  Files files;
  for (int i = 0; i <= 101; ++i) {
    files[absl::StrCat("f", i, ".yaml")] = absl::StrCat("includes: f", i + 1, ".yaml\nseed: 1\n");
  }
  const ParseResult result = Folder(files).parse("algorithm: ring\nincludes: f0.yaml\n");
  EXPECT_EQ(lines_of(result.errors), Lines{"f99.yaml:1:11: more than 100 files are included"});
}

}  // namespace
}  // namespace troupe::scenario
