// Good scenario files, what the command line changes of them, and files that mean harm. What is
// said of wrong files stands in wrong_files_test.cc.
#include "scenario/parse.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/parse_testing.h"

namespace troupe::scenario {
namespace {

template <class T>
const T& action(const Scenario& scenario, std::size_t phase, std::size_t index = 0) {
  return std::get<T>(scenario.phases.at(phase).actions.at(index));
}

constexpr std::string_view kRing = R"(
algorithm: ring
hosts: 10
phases:
  - name: join
    spawn: {}
  - name: rest
    lasts: 1s
)";

// --- Good files -------------------------------------------------------------------------------

TEST(Scenario, EveryKeyReachesItsField) {
  const ParseResult result = parse_file("scenario/testdata/everything.yaml", known_algorithms());
  ASSERT_EQ(lines_of(result.errors), Lines{});
  EXPECT_EQ(lines_of(result.warnings), Lines{});
  const Scenario& scenario = *result.scenario;
  EXPECT_EQ(scenario.file, "scenario/testdata/everything.yaml");
  EXPECT_EQ(scenario.name, "everything");
  EXPECT_EQ(scenario.description.substr(0, 6), "A ring");
  EXPECT_EQ(scenario.algorithm, known_algorithms().data());
  EXPECT_EQ(scenario.seed, 7u);
  EXPECT_EQ(scenario.parameters.integer("bits"), 16);
  EXPECT_EQ(scenario.parameters.duration("stabilize_every"), 500ms);
  EXPECT_EQ(scenario.parameters.number("share"), 0.25);
  EXPECT_FALSE(scenario.parameters.flag("careful"));
  EXPECT_EQ(scenario.parameters.text("protocol"), "naive");
  EXPECT_EQ(scenario.parameters.text("note"), "none");
  EXPECT_EQ(scenario.parameters.integer("successors"), 4);
  EXPECT_EQ(scenario.hosts, 1000);
  const auto& latency = std::get<Lognormal>(scenario.network.latency);
  EXPECT_EQ(latency.median, 50ms);
  EXPECT_EQ(latency.sigma, 0.4);
  EXPECT_EQ(scenario.network.loss, 0.01);
  EXPECT_EQ(std::get<Exponential>(*scenario.network.jitter).mean, 5ms);
  EXPECT_EQ(scenario.network.duplication, 0.001);
  EXPECT_EQ(scenario.network.corruption, 0.002);
  EXPECT_EQ(scenario.network.reordering, 0.02);
  EXPECT_EQ(scenario.network.bandwidth->queue, 1'000'000);
  EXPECT_EQ(std::get<ChosenHosts>(scenario.network.bandwidth->exceptions.at(0).hosts).count, 100);
  EXPECT_EQ(std::get<Pareto>(*scenario.network.links.at(0).latency).shape, 3);
  EXPECT_EQ(std::get<Uniform>(*scenario.disk.sync_takes).high, 9ms);
  EXPECT_EQ(scenario.call_timeout, 1500ms);
  EXPECT_EQ(scenario.start, "ideal");
  EXPECT_EQ(scenario.stop_after, std::chrono::hours(2));
  EXPECT_EQ(scenario.most_events_at_once, 1'000'000);

  ASSERT_EQ(scenario.phases.size(), 7u);
  const Phase& join = scenario.phases[0];
  EXPECT_EQ(join.name, "join");
  EXPECT_EQ(join.lasts, 60s);
  const auto& spawn = std::get<Spawn>(join.actions.at(0));
  EXPECT_EQ(spawn.actor->type->name, "Node");
  EXPECT_TRUE(std::holds_alternative<AllHosts>(spawn.on));
  EXPECT_EQ(to_string(spawn.place), "scenario/testdata/everything.yaml:30:12");

  const Phase& settle = scenario.phases[1];
  ASSERT_TRUE(settle.until.has_value());
  EXPECT_EQ(settle.until->text, "ring_is_ideal");
  EXPECT_EQ(std::get<StateCheck>(settle.until->what).check->name, "ring_is_ideal");
  EXPECT_EQ(settle.at_most, std::chrono::minutes(10));
  const auto& late_spawn = std::get<Spawn>(settle.actions.at(0));
  EXPECT_EQ(late_spawn.every, 200ms);
  EXPECT_EQ(late_spawn.at, 5s);
  EXPECT_EQ(settle.look_every, 2s);

  const auto& crash = action<Crash>(scenario, 2);
  EXPECT_EQ(std::get<HostFraction>(crash.hosts).fraction, 0.2);

  const auto& calls = action<Calls>(scenario, 3);
  EXPECT_EQ(calls.actor, spawn.actor);
  EXPECT_EQ(calls.method->full_name(), "Node.lookup");
  ASSERT_EQ(calls.arguments.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<RandomArgument>(calls.arguments[0].value));
  EXPECT_EQ(calls.times, 10'000);
  EXPECT_EQ(std::get<Constant>(calls.every).value, 10ms);
  EXPECT_EQ(calls.timeout, Duration(5s));

  ASSERT_EQ(scenario.checks.size(), 9u);
  const auto& hops = std::get<MeasurementCheck>(scenario.checks[1].what);
  EXPECT_EQ(scenario.checks[1].text, "lookup_hops.mean <= 5.24");
  EXPECT_EQ(hops.measurement, "lookup_hops");
  EXPECT_EQ(hops.statistic, "mean");
  EXPECT_EQ(hops.comparison, MeasurementCheck::Comparison::kAtMost);
  EXPECT_EQ(hops.bound, 5.24);
  const auto& failures = std::get<MeasurementCheck>(scenario.checks[2].what);
  EXPECT_EQ(failures.statistic, "sum");
  EXPECT_EQ(failures.comparison, MeasurementCheck::Comparison::kEqual);
}

TEST(Scenario, EveryKeyOfAFaultReachesItsField) {
  const ParseResult result = parse_file("scenario/testdata/everything.yaml", known_algorithms());
  ASSERT_TRUE(result.scenario.has_value());
  const Scenario& scenario = *result.scenario;
  EXPECT_EQ(scenario.measure_every, 10s);
  ASSERT_EQ(scenario.measure.size(), 3u);
  EXPECT_EQ(scenario.measure[0].name, "wrong_successors");
  EXPECT_EQ(scenario.measure[0].number->name, "wrong_successors");
  EXPECT_EQ(scenario.measure[0].check, nullptr);
  EXPECT_EQ(scenario.measure[0].every, 1s);
  EXPECT_EQ(scenario.measure[1].check->name, "ring_is_one");
  EXPECT_EQ(scenario.measure[1].number, nullptr);
  EXPECT_EQ(scenario.measure[1].every, 5s);
  EXPECT_EQ(scenario.measure[1].during, 4u);
  EXPECT_EQ(scenario.measure[2].after, 1u);
  EXPECT_EQ(std::get<MeasurementCheck>(scenario.checks[7].what).named_number->name,
            "wrong_successors");
  const auto& either = *std::get<std::shared_ptr<const Expression>>(scenario.checks[8].what);
  EXPECT_EQ(either.operands[0].operands[0].statistic, "p99.9");
  EXPECT_EQ(either.operands[0].operands[0].phase, 2u);
  EXPECT_EQ(either.operands[1].operands[0].statistic, "last");
  EXPECT_EQ(either.operands[1].operands[0].named_number, nullptr);
  const auto minutes = [](int count) { return std::chrono::minutes(count); };

  const auto& crash = action<Crash>(scenario, 4, 0);
  EXPECT_EQ(std::get<HostCount>(std::get<HostsAmong>(crash.hosts).how_many).count, 10);
  EXPECT_EQ(std::get<HostsAmong>(crash.hosts).numbers.size(), 497u);
  EXPECT_EQ(std::get<Exponential>(crash.lasts.value()).mean, minutes(1));
  EXPECT_EQ(crash.storage, Storage::kLost);
  EXPECT_EQ(std::get<Constant>(crash.timing.at).value, 1s);
  const auto& restart = action<Restart>(scenario, 4, 1);
  EXPECT_EQ(std::get<HostFraction>(restart.hosts).fraction, 0.5);
  EXPECT_EQ(restart.storage, Storage::kLost);
  const auto& leave = action<Leave>(scenario, 4, 2);
  EXPECT_EQ(std::get<HostList>(leave.hosts).numbers, (std::vector<std::int64_t>{5, 7, 8, 9}));
  EXPECT_EQ(std::get<Uniform>(leave.timing.at).high, 10s);
  const auto& join = action<Join>(scenario, 4, 3);
  EXPECT_EQ(join.actor->type->name, "Node");
  EXPECT_EQ(join.timing.times, 4);
  EXPECT_EQ(std::get<Constant>(join.timing.every).value, 5s);
  const auto& pause = action<Pause>(scenario, 4, 4);
  EXPECT_EQ(std::get<HostList>(pause.hosts).numbers, (std::vector<std::int64_t>{0, 1, 2, 100}));
  EXPECT_EQ(std::get<HostList>(action<Resume>(scenario, 4, 5).hosts).numbers.size(), 1u);
  const auto& slow = action<Slow>(scenario, 4, 6);
  const auto& first = std::get<HostsWhere>(slow.hosts);
  EXPECT_EQ(first.role, scenario.algorithm->roles().data());
  EXPECT_FALSE(first.negated);
  EXPECT_EQ(std::get<HostCount>(first.among->hosts).count, 1);
  EXPECT_EQ(slow.each_message, 20ms);
  EXPECT_EQ(std::get<Pareto>(slow.lasts.value()).shape, 1.5);
  const auto& clock = action<WrongClock>(scenario, 4, 7);
  EXPECT_EQ(clock.ahead, (std::pair<Duration, Duration>(-1s, 2s)));
  EXPECT_DOUBLE_EQ(clock.drift.first, -1e-4);
  EXPECT_DOUBLE_EQ(clock.drift.second, -1e-4);
  const auto& split = action<Partition>(scenario, 4, 8);
  EXPECT_EQ(split.name, "split");
  ASSERT_EQ(split.groups.size(), 1u);
  EXPECT_EQ(split.direction, Partition::Direction::kOut);
  EXPECT_EQ(std::get<Weibull>(split.lasts.value()).scale, minutes(1));
  const auto& groups = action<Partition>(scenario, 4, 9).groups;
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<AllHosts>(std::get<HostsWhere>(groups[2]).among->hosts));
  const auto& cut = action<Cut>(scenario, 4, 10);
  EXPECT_EQ(cut.name, "one_way");
  EXPECT_TRUE(std::get<HostsWhere>(cut.from).negated);
  EXPECT_EQ(std::get<HostFraction>(std::get<HostsWhere>(cut.from).among->hosts).fraction, 0.1);
  EXPECT_EQ(std::get<HostList>(cut.to).numbers.size(), 1u);
  EXPECT_TRUE(cut.both_ways);
  EXPECT_EQ(std::get<Constant>(cut.lasts.value()).value, 5s);
  EXPECT_EQ(action<Heal>(scenario, 4, 11).name, "split");
  const auto& link = action<LinkChange>(scenario, 4, 12);
  EXPECT_EQ(std::get<HostCount>(link.from).count, 1);
  EXPECT_EQ(std::get<HostList>(link.to).numbers.size(), 497u);
  EXPECT_EQ(std::get<Constant>(link.link.latency.value()).value, 1s);
  EXPECT_EQ(std::get<Constant>(link.link.jitter.value()).value, 10ms);
  EXPECT_EQ(link.link.loss, 0.05);
  EXPECT_FALSE(link.link.both_ways);
  EXPECT_EQ(std::get<Constant>(link.lasts.value()).value, minutes(1));
  const auto& others = action<LinkChange>(scenario, 4, 13).link;
  EXPECT_TRUE(others.both_ways);
  EXPECT_EQ(others.duplication, 0.01);
  EXPECT_EQ(others.corruption, 0.01);
  EXPECT_EQ(others.reordering, 0.01);
  EXPECT_FALSE(others.loss.has_value());
  const auto& churn = action<Churn>(scenario, 4, 14);
  EXPECT_EQ(std::get<Constant>(churn.session.value()).value, minutes(10));
  EXPECT_EQ(std::get<Constant>(churn.downtime.value()).value, minutes(1));
  EXPECT_EQ(churn.ends_by, Churn::End::kLeave);
  EXPECT_EQ(churn.storage, Storage::kLost);
  const auto& steady = action<Calls>(scenario, 4, 15);
  EXPECT_EQ(std::get<HostList>(std::get<Hosts>(steady.on)).numbers.size(), 3u);
  EXPECT_DOUBLE_EQ(steady.rate.value().from, 5.0 / 60);
  EXPECT_EQ(steady.times, Calls::kUnlimited);
  const auto& ramp = action<Calls>(scenario, 4, 16);
  EXPECT_EQ(std::get<Constant>(ramp.at).value, 3s);
  EXPECT_DOUBLE_EQ(ramp.rate.value().to, 500);
  EXPECT_EQ(ramp.rate.value().over, minutes(1));
  EXPECT_TRUE(action<Churn>(scenario, 5).arrivals.has_value());
  const std::vector<ChurnEvent>& trace = action<Churn>(scenario, 6).trace;
  ASSERT_EQ(trace.size(), 3u);
  EXPECT_EQ(trace[1].at, 1500ms);
  EXPECT_EQ(trace[2].host, 17);
  EXPECT_TRUE(trace[2].up);

  const Check& always = scenario.checks[3];
  EXPECT_EQ(always.when, Check::When::kAlways);
  EXPECT_EQ(always.every, 0s);
  EXPECT_EQ(always.during, 3u);
  EXPECT_EQ(always.sample, 10);
  const Check& never = scenario.checks[4];
  EXPECT_EQ(never.when, Check::When::kNever);
  EXPECT_EQ(never.after, 0u);
  EXPECT_EQ(never.every, 5s);
  EXPECT_EQ(never.text, "lookup_failures > 100");
  EXPECT_EQ(scenario.checks[5].within, minutes(5));
  EXPECT_EQ(scenario.checks[6].when, Check::When::kAtEnd);
  const auto& both = std::get<std::shared_ptr<const Expression>>(scenario.checks[6].what);
  EXPECT_EQ(both->kind, Expression::Kind::kAnd);
  EXPECT_EQ(both->operands.at(0).operands.at(0).operands.at(0).phase, 3u);
}

TEST(Scenario, TheDocumentedDefaultsAreTheDefaults) {
  const Scenario silent = good("algorithm: ring\nphases: [{spawn: {}, until: hops > 1}]\n");
  const Scenario explicit_ones = good(R"(
name: f
description: ""
algorithm: ring
seed: 1
parameters:
hosts: 1
network: {latency: 50ms, loss: 0}
call_timeout: 2s
phases:
  - {name: phase 1, spawn: {actor: Node, on: all, every: 0s}, until: hops > 1, at_most: 1h,
     look_every: 1s}
checks: []
stop_after: 24h
most_events_at_once: 10_000_000
)");
  EXPECT_EQ(silent.name, explicit_ones.name);
  EXPECT_EQ(silent.description, explicit_ones.description);
  EXPECT_EQ(silent.seed, explicit_ones.seed);
  EXPECT_EQ(silent.hosts, explicit_ones.hosts);
  EXPECT_EQ(std::get<Constant>(silent.network.latency).value,
            std::get<Constant>(explicit_ones.network.latency).value);
  EXPECT_EQ(silent.network.loss, explicit_ones.network.loss);
  EXPECT_EQ(silent.call_timeout, explicit_ones.call_timeout);
  EXPECT_EQ(silent.stop_after, explicit_ones.stop_after);
  EXPECT_EQ(silent.most_events_at_once, explicit_ones.most_events_at_once);
  EXPECT_EQ(silent.start, explicit_ones.start);
  const Phase& silent_phase = silent.phases.at(0);
  const Phase& explicit_phase = explicit_ones.phases.at(0);
  EXPECT_EQ(silent_phase.name, explicit_phase.name);
  EXPECT_EQ(silent_phase.lasts, explicit_phase.lasts);
  EXPECT_EQ(silent_phase.at_most, explicit_phase.at_most);
  EXPECT_EQ(silent_phase.look_every, explicit_phase.look_every);
  EXPECT_EQ(action<Spawn>(silent, 0).actor, action<Spawn>(explicit_ones, 0).actor);
  EXPECT_EQ(action<Spawn>(silent, 0).every, action<Spawn>(explicit_ones, 0).every);
}

TEST(Scenario, AnAliasStandsForItsAnchor) {
  const ParseResult result = parse_file("scenario/testdata/shared.yaml", known_algorithms());
  ASSERT_EQ(lines_of(result.errors), Lines{});
  const Scenario& scenario = *result.scenario;
  EXPECT_EQ(scenario.name, "shared");
  EXPECT_EQ(scenario.phases.at(0).name, "phase 1");
  EXPECT_EQ(std::get<HostList>(action<Spawn>(scenario, 0, 0).on).numbers,
            std::vector<std::int64_t>{0});
  EXPECT_EQ(std::get<HostFraction>(action<Spawn>(scenario, 0, 1).on).fraction, 0.5);
  // Crashes come before calls, whatever their order in the file.
  ASSERT_EQ(scenario.phases.at(2).actions.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<Crash>(scenario.phases[2].actions[0]));
  EXPECT_EQ(action<Calls>(scenario, 2, 1).method->full_name(), "Client.buy");
  EXPECT_EQ(action<Calls>(scenario, 2, 2).method->full_name(), "Client.ping");
}

TEST(Scenario, ArgumentsHaveTheTypesOfTheirParameters) {
  const Scenario scenario = good(R"(
algorithm: ring
phases:
  - spawn: {}
    calls:
      - method: tune
        arguments: [-32768, true, 1, 1.5, random text, 1m30s, 18446744073709551615, -5]
      - method: tune
        arguments: [random, random, 1e3, -2, "random", -1s, {uniform: [0, 9]}, {uniform: [-9, 9]}]
      - method: tune
        arguments: [1, true, random, random, random, {uniform: [1ms, 1s]}, 1, 1]
)");
  const auto& first = action<Calls>(scenario, 0, 1).arguments;
  ASSERT_EQ(first.size(), 8u);
  const auto literal = [](const Argument& argument) { return std::get<Literal>(argument.value); };
  EXPECT_EQ(literal(first[0]), Literal(std::int64_t{-32768}));
  EXPECT_EQ(literal(first[1]), Literal(true));
  EXPECT_EQ(literal(first[2]), Literal(1.0));
  EXPECT_EQ(literal(first[3]), Literal(1.5));
  EXPECT_EQ(literal(first[4]), Literal(std::string("random text")));
  EXPECT_EQ(literal(first[5]), Literal(Duration(90s)));
  EXPECT_EQ(literal(first[6]), Literal(~std::uint64_t{0}));
  EXPECT_EQ(literal(first[7]), Literal(std::int64_t{-5}));
  const auto& second = action<Calls>(scenario, 0, 2).arguments;
  ASSERT_EQ(second.size(), 8u);
  EXPECT_TRUE(std::holds_alternative<RandomArgument>(second[0].value));
  EXPECT_TRUE(std::holds_alternative<RandomArgument>(second[1].value));
  EXPECT_EQ(literal(second[2]), Literal(1000.0));
  EXPECT_EQ(literal(second[4]), Literal(std::string("random")));
  EXPECT_EQ(literal(second[5]), Literal(Duration(-1s)));
  EXPECT_EQ(std::get<UniformArgument>(second[6].value).high, 9);
  EXPECT_EQ(std::get<UniformArgument>(second[7].value).low, -9);
  const auto& third = action<Calls>(scenario, 0, 3).arguments;
  ASSERT_EQ(third.size(), 8u);
  for (const std::size_t i : {2, 3, 4}) {
    EXPECT_TRUE(std::holds_alternative<RandomArgument>(third[i].value)) << i;
  }
  EXPECT_EQ(std::get<UniformArgument>(third[5].value).low, 1'000'000);
}

TEST(Scenario, AllFormsOfALatencyAreRead) {
  const auto latency = [](std::string_view text) {
    return good(absl::StrCat("algorithm: ring\nnetwork:\n  latency: ", std::string(text), "\n"))
        .network.latency;
  };
  EXPECT_EQ(std::get<Constant>(latency("0s")).value, 0s);
  EXPECT_EQ(std::get<Constant>(latency("{constant: 2us}")).value, 2us);
  EXPECT_EQ(std::get<Uniform>(latency("{uniform: [10ms, 90ms]}")).high, 90ms);
  EXPECT_EQ(std::get<Lognormal>(latency("{lognormal: {median: 1s, sigma: 0}}")).median, 1s);
}

TEST(Scenario, AllFormsOfHostsAreRead) {
  const auto hosts = [](std::string_view text) {
    const Scenario scenario = good(absl::StrCat(
        "algorithm: ring\nhosts: 9\nphases:\n  - spawn: {}\n    crash: ", std::string(text), "\n"));
    return action<Crash>(scenario, 0, 1).hosts;
  };
  EXPECT_TRUE(std::holds_alternative<AllHosts>(hosts("all")));
  EXPECT_EQ(std::get<HostFraction>(hosts("12.5%")).fraction, 0.125);
  EXPECT_EQ(std::get<HostCount>(hosts("4")).count, 4);
  EXPECT_EQ(std::get<HostList>(hosts("[8, 0]")).numbers, (std::vector<std::int64_t>{8, 0}));
}

TEST(Scenario, MoreThanAllHostsMayBeSpawnedOn) {
  const ParseResult result = parse("algorithm: ring\nphases:\n  - spawn: {on: 50}\n");
  EXPECT_TRUE(result.scenario.has_value());
  EXPECT_EQ(lines_of(result.warnings), Lines{});
}

TEST(Scenario, EveryComparisonAndStatisticIsRead) {
  const std::string start = "algorithm: ring\nphases: [{spawn: {}}]\nchecks: ['";
  for (const std::string comparison : {"<", "<=", "==", "!=", ">=", ">"}) {
    good(absl::StrCat(start, "hops", comparison, "3']\n"));
  }
  for (const std::string statistic :
       {"count", "sum", "mean", "min", "max", "p1", "p50", "p90", "p99"}) {
    const Scenario scenario = good(absl::StrCat(start, "  hops.", statistic, "  >  -1e3 ']\n"));
    const auto& check = std::get<MeasurementCheck>(scenario.checks.at(0).what);
    EXPECT_EQ(check.statistic, statistic);
    EXPECT_EQ(check.bound, -1000);
    EXPECT_EQ(check.comparison, MeasurementCheck::Comparison::kMore);
  }
}

TEST(Scenario, JsonIsYaml) {
  EXPECT_EQ(good(R"({"algorithm": "ring", "hosts": 3, "network": {"latency": "5ms"}})").hosts, 3);
}

TEST(Scenario, LinesMayEndAsOnWindows) {
  EXPECT_EQ(good("\xEF\xBB\xBF"
                 "algorithm: ring\r\nhosts: 3\r\n")
                .hosts,
            3);
}

TEST(Scenario, TheNameIsThatOfTheFile) {
  const auto name = [](const std::string& file) {
    return parse_text("algorithm: ring\n", file, known_algorithms()).scenario->name;
  };
  EXPECT_EQ(name("a/b.c/ring.yaml"), "ring");
  EXPECT_EQ(name("ring"), "ring");
  EXPECT_EQ(name("../.ring"), ".ring");
}

// --- Warnings ---------------------------------------------------------------------------------

TEST(Scenario, WithoutPhasesThereIsAWarning) {
  EXPECT_EQ(warnings_of("algorithm: ring\n"),
            Lines{"f.yaml:1:1: without 'phases', nothing happens"});
}

TEST(Scenario, MoreCrashesThanHostsAreAWarning) {
  EXPECT_EQ(warnings_of("algorithm: ring\nhosts: 3\nphases:\n  - spawn: {}\n    crash: 4\n"),
            Lines{"f.yaml:5:12: only 3 hosts can crash, not 4"});
}

TEST(Scenario, APhaseThatCannotBeReachedIsAWarning) {
  EXPECT_EQ(warnings_of("algorithm: ring\nstop_after: 1m\nphases:\n  - {spawn: {}, lasts: 1m}\n"
                        "  - lasts: 1s\n  - lasts: 1s\n"),
            Lines{"f.yaml:5:5: the run stops before this phase, after 1m; see 'stop_after'"});
}

TEST(Scenario, MoreCallsAtOnceThanMayBeOpenAreAWarning) {
  const auto told = [](std::string_view calls) {
    return warnings_of(absl::StrCat(
        "algorithm: ring\nphases:\n  - spawn: {}\n    calls: ", std::string(calls), "\n"));
  };
  const std::string rest =
      "the others as these are answered; 'every' or 'rate' spreads them over time; 'in_flight' "
      "says how many may be open";
  EXPECT_EQ(
      told("{method: poke, times: 1_000_000_000}"),
      Lines{"f.yaml:4:12: these are 1_000_000_000 calls at once: only 100_000 are made, and " +
            rest});
  EXPECT_EQ(told("{method: poke, times: 7, in_flight: 2}"),
            Lines{"f.yaml:4:12: these are 7 calls at once: only 2 are made, and " + rest});
  EXPECT_EQ(told("{method: poke, times: 1_000_000_000, every: 1ms}"), Lines{});
  EXPECT_EQ(told("{method: poke, times: 100_000}"), Lines{});
}

TEST(Scenario, AtMostIsAnHourBehindLasts) {
  const auto at_most = [](std::string_view phase) {
    return good(absl::StrCat("algorithm: ring\nphases:\n  - {spawn: {}, until: ring_is_one",
                             std::string(phase), "}\n"))
        .phases.at(0)
        .at_most;
  };
  EXPECT_EQ(at_most(""), std::chrono::hours(1));
  EXPECT_EQ(at_most(", lasts: 2h"), std::chrono::hours(3));
  EXPECT_EQ(at_most(", lasts: 2h, at_most: 2h"), std::chrono::hours(2));
}

// What must hold after the last phase is looked at where the run goes on.
TEST(Scenario, AfterTheLastPhaseARunMayGoOn) {
  good(
      "algorithm: ring\nphases: [{name: join, spawn: {}}]\nchecks:\n"
      "  - {always: ring_is_one, after: join}\n"
      "  - {eventually: ring_is_ideal, within: 1m}\n");
}

// Contradictions, each with what follows the spawn.
TEST(Scenario, WhatEndsBeforeItBeginsIsAWarning) {
  const auto told = [](std::string_view phases) {
    return warnings_of(
        absl::StrCat("algorithm: ring\nhosts: 9\nphases:\n  - spawn: {}\n", std::string(phases)));
  };
  EXPECT_EQ(told("  - restart: all\n"),
            Lines{"f.yaml:5:14: nobody is down who could restart: nothing has crashed or left "
                  "before"});
  EXPECT_EQ(told("  - crash: [1, 2]\n  - restart: [2, 3]\n"),
            Lines{"f.yaml:6:14: host 3 is up, so it cannot restart"});
  EXPECT_EQ(told("  - crash: [1]\n  - crash: [1]\n"),
            Lines{"f.yaml:6:12: host 1 is down already, so it cannot crash"});
  EXPECT_EQ(told("  - leave: [1]\n  - pause: [1]\n"),
            Lines{"f.yaml:6:12: host 1 is down, so it cannot pause"});
  EXPECT_EQ(told("  - heal: all\n"), Lines{"f.yaml:5:11: there is no partition that could heal"});
  EXPECT_EQ(
      told("  - partition: {name: east, hosts: 3}\n  - heal: eats\n"),
      Lines{"f.yaml:6:11: no partition is called 'eats'; did you mean 'east'? allowed: east"});
  EXPECT_EQ(told("  - partition: {name: east, hosts: 3}\n  - partition: {name: east, hosts: 3}\n"),
            Lines{"f.yaml:6:16: a partition called 'east' has not healed yet"});
  EXPECT_EQ(told("  - resume: all\n"), Lines{"f.yaml:5:13: nobody is paused who could go on"});
  EXPECT_EQ(told("  - pause: [1]\n  - pause: [1]\n"),
            Lines{"f.yaml:6:12: host 1 is paused already"});
  EXPECT_EQ(told("  - pause: [1]\n  - resume: [2]\n"), Lines{"f.yaml:6:13: host 2 is not paused"});
  // In the order of time, not of the file.
  EXPECT_EQ(told("  - partition: {hosts: 3, at: 10s}\n    heal: {at: 5s}\n"),
            Lines{"f.yaml:6:11: there is no partition that could heal"});
}

TEST(Scenario, WhatHasNoEffectIsAWarning) {
  const auto told = [](std::string_view phases, int hosts = 9) {
    return warnings_of(absl::StrCat("algorithm: ring\nhosts: ", hosts, "\nphases:\n  - spawn: {}\n",
                                    std::string(phases)));
  };
  EXPECT_EQ(told("  - join: [3]\n"),
            Lines{"f.yaml:5:11: host 3 is up and has a Node already, so it cannot join"});
  EXPECT_EQ(told("  - join: 2\n"),
            Lines{"f.yaml:5:11: every host is up and has a Node already, so none can join"});
  EXPECT_EQ(told("  - crash: [3]\n  - spawn: {on: [2, 3]}\n"),
            Lines{"f.yaml:6:12: host 3 is down, so nothing is spawned on it"});
  EXPECT_EQ(told("  - partition: {hosts: all}\n"),
            Lines{"f.yaml:5:16: all hosts are on one side of this partition, so it separates "
                  "nobody"});
  EXPECT_EQ(told("  - partition: 0..8\n"),
            Lines{"f.yaml:5:16: all hosts are on one side of this partition, so it separates "
                  "nobody"});
  EXPECT_EQ(told("  - partition: {groups: [[0, 1], [2, 1]]}\n"),
            Lines{"f.yaml:5:16: host 1 is in two groups of this partition: it stays in the first"});
  EXPECT_EQ(told("  - churn: [{session: 1m}, {session: 2m, hosts: [4]}]\n    lasts: 1m\n"),
            Lines{"f.yaml:5:28: host 4 is in another churn of this phase, too: each takes it down "
                  "and brings it back without regard to the other"});
  for (const std::string_view action :
       {"crash: 20%", "restart: {hosts: 20%, at: 1s}", "leave: 20%", "join: 20%", "pause: 20%",
        "resume: {hosts: 20%, at: 1s}", "partition: 20%", "clock: {hosts: 20%, ahead: 1s}",
        "slow: {hosts: 20%, each_message: 1s}", "cut: {from: 20%}", "link: {to: 20%, loss: 1}",
        "crash: {hosts: 20%, where: is_first}", "spawn: {on: 20%}",
        "calls: {method: poke, on: 20%}"}) {
    const Lines lines = told(absl::StrCat("  - ", std::string(action), "\n"), 4);
    const bool is_told = std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find(
                 "20% of 4 hosts is no host: percentages are rounded down; say how many, "
                 "such as 1") != std::string::npos;
    });
    EXPECT_TRUE(is_told) << action;
  }
  EXPECT_EQ(told("  - crash: 29%\n", 4), Lines{});
}

TEST(Scenario, EventsOfAChurnTraceAfterThePhaseAreAWarning) {
  const std::string folder = testing::TempDir();
  std::ofstream(folder + "late.txt") << "1s 3 down\n60s 3 up\n61s 3 down\n";
  const auto told = [&](const std::string& rest) {
    return lines_of(
        parse_text(
            "algorithm: ring\nhosts: 9\nphases:\n  - spawn: {}\n    churn: {trace: late.txt}\n" +
                rest,
            folder + "f.yaml", known_algorithms())
            .warnings);
  };
  EXPECT_EQ(told("    lasts: 60s\n"),
            Lines{folder + "f.yaml:5:12: 1 of the 3 events of this trace come after the end of the "
                           "phase, 1m after its beginning, and do not happen; let the phase last "
                           "longer"});
  EXPECT_EQ(told("    lasts: 61s\n"), Lines{});
  EXPECT_EQ(told("    lasts: 60s\n    crash: {hosts: [1], at: 50s, lasts: 11s}\n"), Lines{});
  EXPECT_EQ(told("    until: ring_is_one\n"), Lines{}) << "nobody knows when it ends";
}

TEST(Scenario, AnEmptyChurnTraceIsAMistake) {
  const std::string folder = testing::TempDir();
  for (const std::string contents : {"", "\n\n", "# time, host, what\n"}) {
    std::ofstream(folder + "empty.txt") << contents;
    const ParseResult result =
        parse_text("algorithm: ring\nphases:\n  - {churn: {trace: empty.txt}, lasts: 1s}\n",
                   folder + "f.yaml", known_algorithms());
    EXPECT_EQ(lines_of(result.errors),
              Lines{folder + "f.yaml:3:21: the churn trace 'empty.txt' has no events; a line of it "
                             "is a time, a host, and up or down, such as 12.5s, 17, down"});
  }
}

TEST(Scenario, WhatAMistakeHasLeftOutIsNoContradiction) {
  const ParseResult result = parse(
      "algorithm: ring\nhosts: 3\nphases:\n  - spawn: {}\n  - partition: thirty\n  - heal: all\n");
  EXPECT_EQ(result.errors.size(), 1u);
  EXPECT_EQ(lines_of(result.warnings), Lines{});
}

TEST(Scenario, WhatMayComeAboutIsNoWarning) {
  for (const std::string_view phases : {
           "  - crash: 1\n  - restart: [3]\n",
           "  - crash: [1]\n  - restart: [1]\n  - crash: [1]\n",
           "  - crash: {hosts: [1], lasts: 5s}\n  - crash: [1]\n",
           "  - crash:\n      - {hosts: [1], lasts: 5s}\n      - {hosts: [1], at: 2s, lasts: 9s}\n"
           "    restart: {hosts: [1], at: 6s}\n",
           "  - pause:\n      - {hosts: [1], lasts: 5s}\n      - {hosts: [1], at: 2s, lasts: 9s}\n"
           "    resume: {hosts: [1], at: 6s}\n",
           "  - cut: {name: a, from: [0], to: [1]}\n  - heal: a\n",
           "  - crash: [1]\n  - join: [1]\n",
           "  - crash: 1\n  - join: 1\n",
           "  - partition: {hosts: 3, at: 5s}\n    heal: {at: 10s}\n",
           "  - partition: {hosts: 3, at: {uniform: [0s, 9s]}}\n    heal: {at: 5s}\n",
           "  - churn: {session: 1m, downtime: 1m}\n    lasts: 1m\n  - restart: all\n",
           "  - pause: {hosts: [1], lasts: 5s}\n    resume: {hosts: [1], at: 2s}\n",
           "  - leave: 2\n  - join: 2\n",
       }) {
    EXPECT_EQ(warnings_of(absl::StrCat("algorithm: ring\nhosts: 9\nphases:\n  - spawn: {}\n",
                                       std::string(phases))),
              Lines{})
        << phases;
  }
}

TEST(Scenario, AChurnTraceTellsItsMistakesByTheirLines) {
  const std::string folder = testing::TempDir();
  std::ofstream(folder + "wrong.txt") << "1s 3 down\n\nten 3 up\n2s 9 up\n3s, 3, gone\n"
                                      << "1ms, 3, up\nwhat is this all\n";
  const ParseResult result =
      parse_text("algorithm: ring\nhosts: 9\nphases:\n  - {churn: {trace: wrong.txt}, lasts: 1s}\n",
                 folder + "f.yaml", known_algorithms());
  const std::string file = folder + "wrong.txt";
  EXPECT_EQ(
      lines_of(result.errors),
      (Lines{file + ":3:1: the time must be a duration, not 'ten'",
             file + ":4:4: the host must be a whole number from 0 to 8, not '9'",
             file + ":5:8: a host goes up or down, not 'gone'; allowed: up, down",
             file + ":6:1: the times go back, from 1s to 1ms",
             file + ":7:1: a line of a churn trace is a time, a host, and up or down; for example "
                    "12.5s, 17, down"}));
}

TEST(Scenario, ExpressionsBindAsInArithmetic) {
  // Each is the same as the one behind it.
  for (const auto& [text, same] : std::vector<std::pair<std::string, std::string>>{
           {"hops.sum + 2 * hops.max < 3", "hops.sum + (2 * hops.max) < 3"},
           {"hops.sum - 1 - 2 < 3", "(hops.sum - 1) - 2 < 3"},
           {"hops.sum / 4 / 2 < 3", "(hops.sum / 4) / 2 < 3"},
           {"-hops.sum * 2 < 3", "(-hops.sum) * 2 < 3"},
           {"not ring_is_one and ring_is_ideal", "(not ring_is_one) and ring_is_ideal"},
           {"ring_is_one or ring_is_ideal and hops > 3",
            "ring_is_one or (ring_is_ideal and hops > 3)"},
           {"not hops.sum > 3 or ring_is_one", "(not (hops.sum > 3)) or ring_is_one"},
       }) {
    std::function<std::string(const Expression&)> shape = [&](const Expression& it) {
      std::string whole = absl::StrCat(static_cast<int>(it.kind), ":", it.measurement, it.number);
      for (const Expression& part : it.operands) whole += "(" + shape(part) + ")";
      return whole;
    };
    const auto tree = [&](const std::string& condition) {
      const Scenario scenario =
          good("algorithm: ring\nphases: [{spawn: {}}]\nchecks: ['" + condition + "']\n");
      return shape(*std::get<std::shared_ptr<const Expression>>(scenario.checks.at(0).what));
    };
    EXPECT_EQ(tree(text), tree(same)) << text;
  }
}

TEST(Scenario, TwoPhasesOfOneNameAreAWarning) {
  EXPECT_EQ(warnings_of("algorithm: ring\nphases:\n  - {name: a, lasts: 1s}\n"
                        "  - {name: a, lasts: 1s}\n"),
            Lines{"f.yaml:4:5: two phases have the name 'a'"});
}

// --- The command line -------------------------------------------------------------------------

TEST(Overrides, ReplaceAndAddValues) {
  const Scenario scenario = good(
      kRing,
      {.set = {"hosts=1_000", "parameters.bits=16", "network.latency.uniform=[1s, 2s]",
               "phases.rest.lasts=7s", "phases.0.spawn.every=1ms", "hosts=20", "checks=[hops > 3]"},
       .seed = "99"});
  EXPECT_EQ(scenario.hosts, 20);
  EXPECT_EQ(scenario.seed, 99u);
  EXPECT_EQ(scenario.parameters.integer("bits"), 16);
  EXPECT_EQ(std::get<Uniform>(scenario.network.latency).low, 1s);
  EXPECT_EQ(scenario.phases.at(1).lasts, 7s);
  EXPECT_EQ(action<Spawn>(scenario, 0).every, 1ms);
  EXPECT_EQ(scenario.checks.size(), 1u);
}

TEST(Overrides, ChangeOnlyOneUseOfAnAlias) {
  const Scenario scenario =
      good("algorithm: ring\nphases:\n  - &a {name: a, spawn: {every: 1s}, lasts: 1s}\n  - *a\n",
           {.set = {"phases.0.spawn.every=9s", "phases.0.name=b"}});
  EXPECT_EQ(action<Spawn>(scenario, 0).every, 9s);
  EXPECT_EQ(action<Spawn>(scenario, 1).every, 1s);
}

TEST(Overrides, MendAMistakeOfTheFile) {
  EXPECT_EQ(good("algorithm: ring\nhosts: abc\n", {.set = {"hosts=3"}}).hosts, 3);
}

TEST(Overrides, AreNamedInTheirMistakes) {
  const auto errors = [](const std::string& change) { return errors_of(kRing, {.set = {change}}); };
  EXPECT_EQ(errors("hosts=abc"),
            Lines{"--set hosts=abc: 'hosts' must be a whole number from 1 to 10_000_000, not "
                  "'abc'"});
  EXPECT_EQ(errors("network.latncy=1ms"),
            Lines{"--set network.latncy=1ms: unknown key 'latncy' in 'network'; did you mean "
                  "'latency'? allowed: latency, jitter, loss, duplication, corruption, reordering, "
                  "bandwidth, links"});
  EXPECT_EQ(errors("parameters.bitz=3"),
            Lines{"--set parameters.bitz=3: unknown key 'bitz' in 'parameters'; did you mean "
                  "'bits'? allowed: bits, stabilize_every, patience, successors, share, careful, "
                  "protocol, note"});
  EXPECT_EQ(errors("hosts"), Lines{"--set hosts: a value is missing; write --set key=value"});
  EXPECT_EQ(errors("hosts="),
            Lines{"--set hosts=: 'hosts' must be a whole number from 1 to 10_000_000, not "
                  "nothing"});
  EXPECT_EQ(errors("=3"), Lines{"--set =3: '' is no dotted path of keys; write for example "
                                "network.loss"});
  EXPECT_EQ(errors("hosts.x=3"), Lines{"--set hosts.x=3: 'hosts' is no map, so it has no 'x'"});
  EXPECT_EQ(errors("phases.2.lasts=1s"),
            Lines{"--set phases.2.lasts=1s: 'phases' has no item 2: it has 2, counted from 0"});
  EXPECT_EQ(errors("phases.rst.lasts=1s"),
            Lines{"--set phases.rst.lasts=1s: 'phases' has no item with the name 'rst'; did you "
                  "mean 'rest'? allowed: join, rest"});
  EXPECT_EQ(errors("hosts=[1"), Lines{"--set hosts=[1: not YAML: what begins here never ends; a "
                                      "']' or '}' is missing"});
  EXPECT_EQ(errors("description=a: b: c").size(), 1u);
  EXPECT_EQ(errors("name=a\nb: c").at(0).find('\n'), std::string::npos);
  std::string deep = "a";
  for (int i = 0; i < 100'000; ++i) deep += ".a";
  EXPECT_EQ(errors(deep + "=1").size(), 1u);
}

TEST(Overrides, ASeedIsNamedAsItsOption) {
  EXPECT_EQ(errors_of(kRing, {.set = {}, .seed = "soon"}),
            Lines{"--seed soon: 'seed' must be a whole number from 0 to "
                  "18_446_744_073_709_551_615, not 'soon'"});
}

TEST(Overrides, ComeAfterTheMistakesOfTheFile) {
  EXPECT_EQ(errors_of("algorithm: ring\nseed: x\nhsts: 3\n", {.set = {"hosts=y", "seed=z"}}).at(1),
            "--set hosts=y: 'hosts' must be a whole number from 1 to 10_000_000, not 'y'");
}

// --- Files that cannot be read ------------------------------------------------------------------

Lines errors_of_file(const std::string& path) {
  const ParseResult result = parse_file(path, known_algorithms());
  EXPECT_FALSE(result.scenario.has_value());
  return lines_of(result.errors);
}

TEST(Files, ThatAreNotThereAreNamed) {
  EXPECT_EQ(errors_of_file("no/such.yaml"),
            Lines{"no/such.yaml: cannot be read: No such file or directory"});
}

TEST(Files, MayNotBeDirectories) {
  EXPECT_EQ(errors_of_file("scenario"), Lines{"scenario: cannot be read: Is a directory"});
}

TEST(Files, ThatTheSystemDoesNotGiveAreNamed) {
  EXPECT_EQ(errors_of_file("/proc/self/mem"),
            Lines{"/proc/self/mem: cannot be read: Input/output error"});
}

TEST(Files, WithoutEndAreRefused) {
  EXPECT_EQ(errors_of_file("/dev/zero"), Lines{"/dev/zero: cannot be read: it is a device"});
}

TEST(Files, MayNotBePipesWhichCouldKeepTheReaderWaiting) {
  const std::string path = testing::TempDir() + "/pipe.yaml";
  ::unlink(path.c_str());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(errors_of_file(path), Lines{path + ": cannot be read: it is a pipe; write what comes "
                                               "out of it into a file"});
  const std::string text = "includes: " + path + "\nalgorithm: ring\n";
  EXPECT_EQ(errors_of(text),
            Lines{absl::StrCat("f.yaml:1:11: 'includes': ", path,
                               " cannot be read: it is a pipe; write what comes out of it into a "
                               "file; paths are relative to the folder of the file that "
                               "includes")});
  ::unlink(path.c_str());
}

TEST(Files, MayEndTheirLinesInAnyWay) {
  const std::string text = "# A ring.\nalgorithm: ring\nhosts: 3\nphases:\n  - spawn: {}\n";
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const std::string other = absl::StrReplaceAll(text, {{"\n", end}});
    EXPECT_EQ(good(other).hosts, 3);
    EXPECT_EQ(errors_of(other + "hsts: 3" + end).at(0).substr(0, 34),
              "f.yaml:6:1: unknown key 'hsts' in ");
  }
}

// --- Files that mean harm -----------------------------------------------------------------------

TEST(Harm, ALargeFileIsRefused) {
  EXPECT_EQ(errors_of("# " + std::string(16 << 20, 'x')),
            Lines{"f.yaml: the file has more than 16 MiB"});
}

TEST(Harm, AliasesOfAliasesAreRefused) {
  std::string text = "algorithm: ring\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    absl::StrAppend(&text, "a", i, ": &a", i, " [");
    for (int j = 0; j < 10; ++j) absl::StrAppend(&text, "*a", i - 1, ", ");
    text += "]\n";
  }
  EXPECT_EQ(errors_of(text),
            Lines{"f.yaml:7:55: the aliases of this file stand for more than 1_000_000 values"});
}

TEST(Harm, NestingByAliasesIsLimited) {
  std::string text = "algorithm: ring\nvariables:\n  a0: &a0 x\n";
  for (int i = 1; i < 20'000; ++i) {
    absl::StrAppend(&text, "  a", i, ": &a", i, " [[[[*a", i - 1, "]]]]\n");
  }
  absl::StrAppend(&text, "description: *a19999\n");
  EXPECT_EQ(errors_of(text).size(), 1u);
  EXPECT_THAT(errors_of(text).at(0), testing::HasSubstr("nested more than 64 deep"));
}

TEST(Harm, AConditionOfManyPartsIsRefused) {
  for (const char* joint : {" and ", " or ", " + ", " - ", " * "}) {
    const bool joins_conditions = std::string_view(joint).size() > 3;
    const std::string part = joins_conditions ? "hops > 1" : "hops";
    std::string text = part;
    for (int i = 1; i < 100'000; ++i) absl::StrAppend(&text, joint, part);
    if (!joins_conditions) text += " > 1";
    const Lines told =
        errors_of("algorithm: ring\nphases: [{spawn: {}}]\nchecks: ['" + text + "']\n");
    EXPECT_EQ(told, Lines{"f.yaml:3:10: a condition has at most 1000 parts; several checks may say "
                          "the same"});
  }
  // So many are read.
  std::string text = "hops > 1";
  for (int i = 1; i < 300; ++i) absl::StrAppend(&text, " and hops > ", i);
  good("algorithm: ring\nphases: [{spawn: {}}]\nchecks: ['" + text + "']\n");
}

TEST(Harm, NestingIsLimited) {
  for (const std::string part : {"[", "{", "- ", "? ", "[{a: ", "a: [", "!x ", "&a ", "{? "}) {
    std::string text = "algorithm: ring\nphases: ";
    for (int i = 0; i < 100'000; ++i) text += part;
    EXPECT_EQ(errors_of(text).size(), 1u) << part;
    EXPECT_GE(errors_of("algorithm: ring\nphases:\n  " + text).size(), 1u) << part;
  }
  std::string staircase;
  for (int i = 0; i < 2'000; ++i)
    staircase += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(errors_of(staircase),
            Lines{"f.yaml:65:65: lists and maps are nested more than 64 deep"});
}

TEST(Harm, MoreValuesThanAScenarioHasAreRefused) {
  for (const std::string part : {"[", ",", "''", "a: ", ": ", "- \n", "{", "}"}) {
    std::string text = "algorithm: ring\nphases: [";
    while (text.size() < 3'200'000) text += part;
    EXPECT_GE(errors_of(text).size(), 1u) << part;
  }
  std::string lines = "algorithm: ring\nchecks:\n";
  for (int i = 0; i < 1'000'001; ++i) lines += "- a\n";
  EXPECT_EQ(errors_of(lines), Lines{"f.yaml:999998:3: the file holds more than 1_000_000 values"});
}

TEST(Harm, TheFirstHundredMistakesAreTold) {
  std::string text = "algorithm: ring\nchecks:\n";
  for (int i = 0; i < 100'000; ++i) text += "- nonsense\n";
  const Lines errors = errors_of(text);
  ASSERT_EQ(errors.size(), 101u);
  EXPECT_TRUE(errors[99].starts_with("f.yaml:102:3: "));
  EXPECT_EQ(errors.back(), "f.yaml: there are more mistakes than these");
}

TEST(Harm, EveryByteIsTextOrRefused) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = std::string("algorithm: ring\nname: a") + static_cast<char>(byte);
    const bool is_text =
        (byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\r' || byte == '\t';
    if (!is_text) {
      EXPECT_EQ(errors_of(text), Lines{"f.yaml:2:8: this is not text in UTF-8; is it a YAML file?"})
          << byte;
    }
  }
  for (const std::string broken : {"\xC3", "\xC0\x80", "\xE2\x82", "\xED\xA0\x80",
                                   "\xF0\x82\x82\xAC", "\xF4\x90\x80\x80", "\xFF\xFE"}) {
    EXPECT_EQ(errors_of("name: " + broken).size(), 1u);
  }
  EXPECT_EQ(good("algorithm: ring\nname: \"h\u00e4, \u20ac, \U0001F600\"\n").name,
            "h\u00e4, \u20ac, \U0001F600");
}

// Each message is one line, and a scenario comes just without errors, whatever the file.
void expect_sane(const std::string& text) {
  const ParseResult result = parse(text, {.set = {"phases.0.name=x"}, .seed = {}});
  ASSERT_EQ(result.scenario.has_value(), result.errors.empty()) << text;
  for (const std::string& line : lines_of(result.errors)) {
    ASSERT_EQ(line.find('\n'), std::string::npos) << text;
  }
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_FALSE(text.str().empty()) << path << " is missing";
  return text.str();
}

TEST(Harm, EveryBeginningOfAFileIsReadOrRefused) {
  for (const char* path : {"scenario/testdata/everything.yaml", "scenario/testdata/shared.yaml"}) {
    const std::string text = contents(path);
    for (std::size_t length = 0; length < text.size(); length += text.size() / 600 + 1) {
      expect_sane(text.substr(0, length));
    }
  }
}

TEST(Harm, DamagedFilesAreReadOrRefused) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  const std::string pieces = " \t\n:-?[]{},&*!|>%@`'\"#~0a.=<\\\x01\xFF";
  for (const char* path : {"scenario/testdata/everything.yaml", "scenario/testdata/shared.yaml"}) {
    const std::string whole = contents(path);
    for (int round = 0; round < 700; ++round) {
      std::string text = whole;
      for (std::size_t change = below(4) + 1; change > 0; --change) {
        const std::size_t at = below(text.size());
        switch (below(4)) {
          case 0:
            text[at] = pieces[below(pieces.size())];
            break;
          case 1:
            text.erase(at, below(20));
            break;
          case 2:
            text.insert(at, 1, pieces[below(pieces.size())]);
            break;
          default:
            text.insert(at, whole.substr(below(whole.size()), below(40)));
            break;
        }
        if (text.empty()) text = " ";
      }
      expect_sane(text);
    }
  }
}

TEST(Harm, NoiseIsReadOrRefused) {
  std::mt19937 random(2);
  const std::string pieces = " \n\n:-?[]{},&*!|>'\"#~a1%";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t length = random() % 60; length > 0; --length) {
      text += pieces[random() % pieces.size()];
    }
    expect_sane(text);
  }
}

// --- The reference ------------------------------------------------------------------------------

// The row of a key in docs/reference/scenario.md.
std::string row(const KeyDescription& key) {
  const std::string fallback = key.fallback.empty() ? "" : " " + key.fallback;
  return absl::StrCat("| `", key.name, "` | ", key.type, " |", fallback, " | ", key.help, " |\n");
}

TEST(Reference, DescribesEveryKeyAsItIs) {
  const std::string reference = contents("docs/reference/scenario.md");
  std::string missing;
  for (const MapDescription& map : describe_scenario()) {
    for (const KeyDescription& key : map.keys) {
      if (reference.find(row(key)) == std::string::npos) missing += map.name + ": " + row(key);
    }
  }
  EXPECT_EQ(missing, "") << "These rows are missing in docs/reference/scenario.md.";
}

TEST(Reference, HasExamplesThatAreRight) {
  const std::string reference = contents("docs/reference/scenario.md");
  const std::string fence = "```";
  int examples = 0;
  std::size_t at = 0;
  while ((at = reference.find(fence + "yaml\n", at)) != std::string::npos) {
    at += fence.size() + 5;
    const std::size_t end = reference.find(fence, at);
    std::string text = reference.substr(at, end - at);
    if (text.find("algorithm:") == std::string::npos) text += "algorithm: ring\n";
    if (!text.starts_with("hosts:") && text.find("\nhosts:") == std::string::npos) {
      text += "hosts: 100\n";
    }
    // Files are named as from there.
    const ParseResult result = parse_text(text, "scenarios/f.yaml", known_algorithms());
    EXPECT_EQ(lines_of(result.errors), Lines{}) << text;
    ++examples;
    at = end;
  }
  EXPECT_GE(examples, 10);
}

}  // namespace
}  // namespace troupe::scenario
