// Sweeps: what they become, and word for word what is said of wrong ones.
#include "scenario/sweep.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "scenario/parse_testing.h"

namespace troupe::scenario {
namespace {

constexpr char kBase[] =
    "algorithm: ring\n"
    "hosts: 10\n"
    "phases:\n"
    "  - spawn: {on: [0, 7]}\n"
    "    lasts: 1s\n"
    "sweep:\n";  // the sweep begins in line 7

ParseResult good_sweep(const std::string& sweep, const ParseOptions& options = {}) {
  ParseResult result = parse(kBase + sweep, options);
  EXPECT_EQ(lines_of(result.errors), Lines{}) << sweep;
  if (!result.scenario) result.scenario.emplace();
  if (!result.scenario->sweep) result.scenario->sweep.emplace();
  return result;
}

// The values of the only key.
Lines values_of(const std::string& values) {
  const ParseResult result = good_sweep("  vary: {hosts: " + values + "}\n");
  return result.scenario->sweep->vary.at(0).values;
}

// The values as a latency would have them.
Lines latencies_of(const std::string& values) {
  const ParseResult result = good_sweep("  vary: {network.latency: " + values + "}\n");
  return result.scenario->sweep->vary.at(0).values;
}

TEST(Sweep, EveryKeyReachesItsField) {
  const ParseResult result = good_sweep(
      "  vary: {hosts: [16, 64], network.loss: [0%, 1%, 2%]}\n"
      "  seeds: 3..12\n"
      "  confidence: 99%\n"
      "  precision: {measurement: lookup_hops.mean, within: 2%, at_least: 4}\n"
      "  plots:\n"
      "    - {line: lookup_hops.p99, over: network.loss, scale: logarithmic}\n"
      "    - {box: lookup_failures}\n");
  const Sweep& sweep = *result.scenario->sweep;
  ASSERT_EQ(sweep.vary.size(), 2u);
  EXPECT_EQ(sweep.vary[0].key, "hosts");
  EXPECT_EQ(sweep.vary[0].values, (Lines{"16", "64"}));
  EXPECT_EQ(sweep.vary[1].key, "network.loss");
  EXPECT_EQ(sweep.vary[1].values, (Lines{"0%", "1%", "2%"}));
  EXPECT_EQ(sweep.seeds->first, 3u);
  EXPECT_EQ(sweep.seeds->last, 12u);
  EXPECT_EQ(sweep.seeds->count(), 10u);
  EXPECT_EQ(sweep.confidence, 0.99);
  EXPECT_EQ(sweep.precision->measurement, "lookup_hops.mean");
  EXPECT_EQ(sweep.precision->within, 0.02);
  EXPECT_TRUE(sweep.precision->relative);
  EXPECT_EQ(sweep.precision->at_least, 4);
  ASSERT_EQ(sweep.plots.size(), 2u);
  EXPECT_EQ(sweep.plots[0].kind, Plot::Kind::kLine);
  EXPECT_EQ(sweep.plots[0].measurement, "lookup_hops.p99");
  EXPECT_EQ(sweep.plots[0].over, "network.loss");
  EXPECT_TRUE(sweep.plots[0].logarithmic);
  EXPECT_EQ(sweep.plots[1].kind, Plot::Kind::kBox);
  EXPECT_EQ(sweep.plots[1].measurement, "lookup_failures");
  EXPECT_EQ(sweep.plots[1].over, "");
}

TEST(Sweep, EveryCombinationIsAPointTheLastKeyFastest) {
  const ParseResult result = good_sweep("  vary: {hosts: [16, 64], network.loss: [0%, 1%]}\n");
  Lines points;
  for (const Point& point : result.points) {
    points.push_back(absl::StrCat(absl::StrJoin(point.values, " "), " -> ", point.scenario.hosts,
                                  " ", point.scenario.network.loss));
    EXPECT_FALSE(point.scenario.sweep);
    EXPECT_EQ(point.scenario.name, "f");
  }
  EXPECT_EQ(points,
            (Lines{"16 0% -> 16 0", "16 1% -> 16 0.01", "64 0% -> 64 0", "64 1% -> 64 0.01"}));
  EXPECT_EQ(result.scenario->hosts, 10);
}

TEST(Sweep, APointIsWhatSetMakesOfTheScenario) {
  const ParseResult sweep = good_sweep(
      "  vary:\n"
      "    network.latency: [{uniform: [1ms, 20ms]}, {lognormal: {median: 5ms, sigma: 0.5}}]\n"
      "    parameters.note: [a b, \"x, y: #1\", \"\", 'it''s']\n"
      "    phases.0.lasts: [1s, 1m30s]\n"
      "    phases.0.spawn.on: [all, [0, 1], 50%]\n");
  ASSERT_EQ(sweep.points.size(), 48u);
  for (const Point& point : sweep.points) {
    ParseOptions options;
    for (std::size_t i = 0; i < point.values.size(); ++i) {
      options.set.push_back(sweep.scenario->sweep->vary[i].key + "=" + point.values[i]);
    }
    const ParseResult alone = parse(absl::StrCat(kBase, "  seeds: 1..2\n"), options);
    ASSERT_EQ(lines_of(alone.errors), Lines{});
    EXPECT_EQ(alone.scenario->network.latency.index(), point.scenario.network.latency.index());
    EXPECT_EQ(alone.scenario->parameters.text("note"), point.scenario.parameters.text("note"));
    EXPECT_EQ(alone.scenario->phases.at(0).lasts, point.scenario.phases.at(0).lasts);
    EXPECT_EQ(std::get<Spawn>(alone.scenario->phases.at(0).actions.at(0)).on.index(),
              std::get<Spawn>(point.scenario.phases.at(0).actions.at(0)).on.index());
  }
}

TEST(Sweep, SeedsAloneAreOnePoint) {
  const ParseResult result = good_sweep("  seeds: 1..5\n");
  ASSERT_EQ(result.points.size(), 1u);
  EXPECT_TRUE(result.points[0].values.empty());
  EXPECT_EQ(result.points[0].scenario.hosts, 10);
}

TEST(Sweep, AScenarioWithoutASweepHasNoPoints) {
  const ParseResult result =
      parse_text("algorithm: ring\nphases: [{spawn: {}}]\n", "f.yaml", known_algorithms());
  EXPECT_TRUE(result.points.empty());
  EXPECT_FALSE(result.scenario->sweep);
}

TEST(Sweep, SeedsOnTheCommandLineReplaceThoseOfTheFile) {
  const ParseResult result =
      good_sweep("  seeds: 1..5\n", {.set = {}, .seed = {}, .seeds = std::string("7..9")});
  EXPECT_EQ(result.scenario->sweep->seeds->first, 7u);
}

TEST(Sweep, WhatSetChangesIsChangedInEveryPoint) {
  const ParseResult result =
      good_sweep("  vary: {network.loss: [0%, 1%]}\n", {.set = {"hosts=20"}});
  for (const Point& point : result.points) EXPECT_EQ(point.scenario.hosts, 20);
  const ParseResult other = good_sweep("  seeds: 1..2\n", {.set = {"sweep.vary={hosts: [8, 9]}"}});
  EXPECT_EQ(other.points.size(), 2u);
}

TEST(Ranges, GoByStepsOrByAFactor) {
  EXPECT_EQ(values_of("{from: 10, to: 40, step: 10}"), (Lines{"10", "20", "30", "40"}));
  EXPECT_EQ(values_of("{from: 10, to: 45, step: 10}"), (Lines{"10", "20", "30", "40"}));
  EXPECT_EQ(values_of("{from: 8, to: 8, step: 1}"), Lines{"8"});
  EXPECT_EQ(values_of("{from: 1_000, to: 4_000, factor: 2}"), (Lines{"1000", "2000", "4000"}));
  // Whole numbers are rounded.
  EXPECT_EQ(values_of("{from: 10, to: 1000, factor: 3.1622776601}"),
            (Lines{"10", "32", "100", "316", "1000"}));
  EXPECT_EQ(latencies_of("{from: 500us, to: 2ms, step: 0.5ms}"),
            (Lines{"500us", "1ms", "1.5ms", "2ms"}));
  EXPECT_EQ(latencies_of("{from: 10ms, to: 1s, factor: 10}"), (Lines{"10ms", "100ms", "1s"}));
}

TEST(Ranges, DecimalFractionsStayWhatTheyAre) {
  const ParseResult result = good_sweep(
      "  vary:\n"
      "    network.loss: {from: 0%, to: 0.5%, step: 0.1%}\n"
      "    parameters.share: {from: 0, to: 1, step: 0.1}\n");
  const Sweep& sweep = *result.scenario->sweep;
  EXPECT_EQ(sweep.vary[0].values, (Lines{"0%", "0.1%", "0.2%", "0.3%", "0.4%", "0.5%"}));
  EXPECT_EQ(sweep.vary[1].values,
            (Lines{"0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"}));
}

TEST(Columns, AreThoseOfARunAndOfTheAlgorithm) {
  const std::vector<std::string> columns =
      result_columns(known_algorithms()[0], {"wrong_successors"});
  EXPECT_EQ(
      absl::StrJoin(columns, " "),
      "reached_end events messages virtual_seconds calls failed_calls "
      "lookup_hops.count lookup_hops.sum lookup_hops.mean lookup_hops.deviation "
      "lookup_hops.min lookup_hops.p1 lookup_hops.p5 lookup_hops.p10 lookup_hops.p50 "
      "lookup_hops.p90 lookup_hops.p95 lookup_hops.p99 lookup_hops.p99.9 "
      "lookup_hops.max hops.count hops.sum hops.mean hops.deviation hops.min hops.p1 "
      "hops.p5 hops.p10 hops.p50 hops.p90 hops.p95 hops.p99 hops.p99.9 hops.max "
      "lookup_failures wrong_successors.count wrong_successors.sum wrong_successors.mean "
      "wrong_successors.deviation wrong_successors.min wrong_successors.p1 wrong_successors.p5 "
      "wrong_successors.p10 wrong_successors.p50 wrong_successors.p90 wrong_successors.p95 "
      "wrong_successors.p99 "
      "wrong_successors.p99.9 wrong_successors.max wrong_successors.last");
}

// --- Wrong sweeps -------------------------------------------------------------------------------

const std::vector<Wrong>& wrong_sweeps() {
  static const auto* const kSweeps = new std::vector<Wrong>{
      {"ASweepIsAMap", "  - hosts\n", {"f.yaml:7:3: 'sweep' must be a map of keys, not a list"}},
      {"AnUnknownKeyIsRefused",
       "  vray: {hosts: [1]}\n"
       "  seeds: 1..2\n",
       {("f.yaml:7:3: unknown key 'vray' in 'sweep'; did you mean 'vary'? allowed: vary, seeds, "
         "confidence, precision, plots")}},
      {"ASweepHasSomethingToDo",
       "  confidence: 90%\n",
       {"f.yaml:7:3: this sweep is a single run; it needs at least one of vary, seeds"}},
      {"WhatVariesIsAMap",
       "  vary: [hosts]\n",
       {("f.yaml:7:9: 'vary' must be a map of keys, each with a list of values, or a range, not a "
         "list; write for example {hosts: [16, 64]}")}},
      {"AValueHasTheTypeOfItsKey",
       "  vary: {hosts: [16, many, 0]}\n",
       {"f.yaml:7:22: 'hosts' must be a whole number from 1 to 10_000_000, not 'many'",
        "f.yaml:7:28: 'hosts' must be a whole number from 1 to 10_000_000, not '0'"}},
      {"WhatVariesIsAKeyOfTheScenario",
       "  vary: {hsts: [16]}\n",
       {("f.yaml:7:10: unknown key 'hsts' in the scenario; did you mean 'hosts'? "
         "allowed: name, description, includes, variables, algorithm, seed, parameters, hosts, "
         "groups, network, "
         "disk, call_timeout, phases, start, checks, measure, measure_every, stop_after, "
         "most_events_at_once, "
         "sweep")}},
      {"APathLeadsSomewhere",
       "  vary: {network.lss: [1%], phases.first.lasts: [1s], hosts.x: [1], .loss: [1]}\n",
       {("f.yaml:7:10: unknown key 'lss' in 'network'; did you mean 'loss'? allowed: latency, "
         "jitter, "
         "loss, duplication, corruption, reordering, bandwidth, links"),
        "f.yaml:7:29: 'phases' has no item with the name 'first'; nothing is allowed here",
        "f.yaml:7:55: 'hosts' is no map, so it has no 'x'",
        "f.yaml:7:69: '.loss' is no dotted path of keys; write for example network.loss"}},
      {"AListOfValuesIsNotEmpty", "  vary: {hosts: []}\n", {"f.yaml:7:17: 'hosts' has no values"}},
      {"AValueIsThere",
       "  vary: {hosts: [16, ~]}\n",
       {"f.yaml:7:22: a value of 'hosts' is missing"}},
      {"AValueIsGivenOnce",
       "  vary: {hosts: [16, 64, 16]}\n",
       {"f.yaml:7:26: 'hosts' has the value '16' twice"}},
      {"ValuesAreAList",
       "  vary: {hosts: 16}\n",
       {("f.yaml:7:17: 'hosts' must be a list of values, or a range, not '16'; write for example "
         "[16, 64], or {from: 10, to: 100, step: 10} or {from: 16, to: 1024, factor: 2}")}},
      {"SomeKeysCannotVary",
       "  vary: {seed: [1], sweep.seeds: [1..2], name: [a]}\n",
       {"f.yaml:7:10: 'seed' cannot vary; the seeds of a sweep are in 'seeds'",
        "f.yaml:7:21: 'sweep.seeds' cannot vary; a sweep cannot change itself",
        "f.yaml:7:42: 'name' cannot vary; it changes nothing in a run"}},
      {"APartDoesNotVaryTogetherWithItsWhole",
       "  vary: {network: [{loss: 1%}, {loss: 2%}], network.loss: [0%, 1%]}\n",
       {("f.yaml:7:45: 'network.loss' and 'network' cannot both vary: one is a part of the "
         "other")}},
      {"ARangeHasAnEnd",
       "  vary: {hosts: {from: 16, step: 2}}\n",
       {"f.yaml:7:17: 'to' is missing in 'hosts'; it is a number, a percentage or a duration"}},
      {"ARangeHasAStepOrAFactor",
       "  vary: {hosts: {from: 16, to: 64}, network.loss: {from: 1%, to: 2%, step: 1%, factor: "
       "2}}\n",
       {("f.yaml:7:17: a range has exactly one of step, factor; write {from: 10, to: 100, step: "
         "10} or {from: 16, to: 1024, factor: 2}"),
        ("f.yaml:7:51: a range has exactly one of step, factor; write {from: 10, to: 100, step: "
         "10} or {from: 16, to: 1024, factor: 2}")}},
      {"TheEndsOfARangeAreNumbers",
       "  vary: {hosts: {from: few, to: 64, step: 1}}\n",
       {"f.yaml:7:24: 'from' must be a number, a percentage or a duration, not 'few'"}},
      {"ARangeHasOneUnit",
       "  vary: {network.latency: {from: 1ms, to: 10, step: 1ms}}\n",
       {("f.yaml:7:27: the ends and the step of a range have different units; write for example "
         "{from: 10ms, to: 50ms, step: 10ms}")}},
      {"ARangeGoesUp",
       "  vary: {hosts: {from: 64, to: 16, step: 8}}\n",
       {"f.yaml:7:32: this range is empty: it ends before it begins"}},
      {"AStepLeadsOn",
       "  vary: {hosts: {from: 16, to: 64, step: 0}}\n",
       {"f.yaml:7:42: 'step' must be more than 0"}},
      {"AFactorLeadsOn",
       "  vary: {hosts: {from: 16, to: 64, factor: 1}}\n",
       {"f.yaml:7:17: a range with a factor begins above 0 and has a factor above 1"}},
      {"ARangeHasNotTooManyValues",
       "  vary: {hosts: {from: 1, to: 1001, step: 1}}\n",
       {"f.yaml:7:17: this range has more than 1000 values"}},
      {"CombinationsAreNotTooMany",
       "  vary:\n"
       "    hosts: {from: 1, to: 101, step: 1}\n"
       "    parameters.bits: {from: 1, to: 64, step: 1}\n"
       "    parameters.successors: {from: 1, to: 20, step: 1}\n",
       {"f.yaml:8:5: these are more than 10000 combinations"}},
      {"RunsAreNotTooMany",
       "  vary: {parameters.bits: {from: 1, to: 64, step: 1}}\n"
       "  seeds: 1..1_000_000\n",
       {"f.yaml:7:3: these are more than 1000000 runs"}},
      {"SeedsAreARange",
       "  seeds: 20\n",
       {"f.yaml:7:10: 'seeds' must be a range of seeds such as 1..100, not '20'; write 1..100"}},
      {"SeedsGoUp",
       "  seeds: 9..2\n",
       {("f.yaml:7:10: 'seeds' must be a range of seeds such as 1..100, not '9..2'; the first "
         "comes after the last")}},
      {"SeedsAreNotTooMany",
       "  seeds: 1..1_000_001\n",
       {("f.yaml:7:10: 'seeds' must be a range of seeds such as 1..100, not '1..1_000_001'; at "
         "most 1000000 in one go")}},
      {"AConfidenceIsAPercentage",
       "  seeds: 1..20\n"
       "  confidence: 100%\n",
       {"f.yaml:8:15: 'confidence' must be a percentage from 50% to 99.9%, not '100%'"}},
      {"APrecisionIsAboutAMeasurement",
       "  seeds: 1..20\n"
       "  precision: {measurement: lookup_hops, within: 1%}\n",
       {("f.yaml:8:28: 'lookup_hops' is no column of results.csv; add a statistic, as in "
         "lookup_hops.mean")}},
      {"AColumnHasANearestSpelling",
       "  seeds: 1..20\n"
       "  precision: {measurement: hops.meen, within: 1%}\n"
       "  plots: [{line: lookup_failure}]\n",
       {("f.yaml:8:28: 'hops.meen' is no column of results.csv; did you mean 'hops.mean'? "
         "allowed: reached_end, events, messages, virtual_seconds, calls, failed_calls, "
         "lookup_hops.count, lookup_hops.sum, lookup_hops.mean, lookup_hops.deviation, "
         "lookup_hops.min, lookup_hops.p1, lookup_hops.p5, lookup_hops.p10, lookup_hops.p50, "
         "lookup_hops.p90, lookup_hops.p95, lookup_hops.p99, lookup_hops.p99.9, "
         "lookup_hops.max, hops.count, hops.sum, hops.mean, hops.deviation, hops.min, hops.p1, "
         "hops.p5, hops.p10, hops.p50, hops.p90, hops.p95, hops.p99, hops.p99.9, hops.max, "
         "lookup_failures"),
        ("f.yaml:9:18: 'lookup_failure' is no column of results.csv; did you mean "
         "'lookup_failures'? allowed: reached_end, events, messages, virtual_seconds, calls, "
         "failed_calls, lookup_hops.count, lookup_hops.sum, lookup_hops.mean, "
         "lookup_hops.deviation, lookup_hops.min, lookup_hops.p1, lookup_hops.p5, "
         "lookup_hops.p10, lookup_hops.p50, lookup_hops.p90, lookup_hops.p95, lookup_hops.p99, "
         "lookup_hops.p99.9, lookup_hops.max, hops.count, hops.sum, hops.mean, hops.deviation, "
         "hops.min, hops.p1, hops.p5, hops.p10, hops.p50, hops.p90, hops.p95, hops.p99, "
         "hops.p99.9, hops.max, lookup_failures")}},
      {"APrecisionIsMoreThanNothing",
       "  seeds: 1..20\n"
       "  precision: {measurement: hops.mean, within: 0, at_least: 1}\n",
       {("f.yaml:8:47: 'within' must be a number, or a percentage of the mean such as 1%, more "
         "than 0, not '0'"),
        "f.yaml:8:60: 'at_least' must be a whole number from 2 to 1_000_000, not '1'"}},
      {"APrecisionHasEnoughSeeds",
       "  seeds: 1..5\n"
       "  precision: {measurement: hops.mean, within: 1%}\n",
       {"f.yaml:8:14: there are fewer seeds than 'at_least': 5, not 10; give more 'seeds'"}},
      {"APlotIsOfOneKind",
       "  seeds: 1..5\n"
       "  plots: [{over: hosts}, {line: hops.mean, box: hops.mean}]\n",
       {"f.yaml:8:11: a plot has exactly one of line, box",
        "f.yaml:8:18: 'over' must be a key of 'vary', not 'hosts'; nothing varies",
        "f.yaml:8:26: a plot has exactly one of line, box"}},
      {"APlotGoesOverWhatVaries",
       "  vary: {hosts: [16, 64]}\n"
       "  plots: [{line: hops.mean, over: host, scale: log}]\n",
       {"f.yaml:8:35: 'over' must be a key of 'vary', not 'host'; did you mean 'hosts'? allowed: "
        "hosts",
        "f.yaml:8:48: 'scale' must be a scale, not 'log'; allowed: linear, logarithmic"}},
      {"WhatAValueBringsAboutElsewhereIsToldWithIt",
       "  vary: {hosts: [5, 8, 6], network.loss: [1%]}\n",
       {("f.yaml:4:21: a host number must be a whole number from 0 to 4, not '7' (with hosts=5, "
         "network.loss=1%)"),
        ("f.yaml:4:21: a host number must be a whole number from 0 to 5, not '7' (with hosts=6, "
         "network.loss=1%)")}},
  };
  return *kSweeps;
}

class WrongSweeps : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSweeps, AreExplained) { expect_explained(GetParam(), kBase); }

INSTANTIATE_TEST_SUITE_P(Each, WrongSweeps, testing::ValuesIn(wrong_sweeps()), promise_of);

}  // namespace
}  // namespace troupe::scenario
