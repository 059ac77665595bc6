// What scenarios make happen: faults and calls at their times, churn, checks over time.
#include "sim/experiment.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "actor/actor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/parse.h"
#include "sim/goodness_of_fit.h"
#include "sim/simulator.h"

namespace troupe::sim {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// --- A shop of clerks, who note what happens to them
// ----------------------------------------------

ACTOR_METHODS(Clerk, sell, bye, take, meet, wait, tell, told, chat, dawdle, stroll)

struct Order {
  std::int32_t apples = 0;
  std::optional<std::string> note;
  std::vector<std::uint16_t> prices;
  FIELDS(apples, note, prices)
};

class Clerk : public Actor<Clerk> {
 public:
  Clerk(std::int64_t index, bool clumsy) : index_(index), clumsy_(clumsy) {}

  Sync<> sell(int amount) {
    kept_ += amount;
    lost_ += amount;
    measure("sold_at", to_seconds(now() - Time{}));
    measure("log", std::log(amount));  // of nothing it is infinite, of less it is not a number
    measure("sold_after", std::fmod(to_seconds(now() - Time{}), 100));
    count("sold", amount);
    if (clumsy_ && random().chance(0.05)) broken_ = true;
    if (broken_) note("has broken something of ", amount);
    return {};
  }
  Sync<> bye() {
    count("goodbyes");
    measure("stays", to_seconds(now() - started_));
    return {};
  }
  // Over the network.
  Async tell(Ref<Clerk> other) {
    other.told(index_);
    return {};
  }
  Async told(std::int64_t who) {
    was_told_ = true;
    count("told");
    count(absl::StrCat("told ", index_, " by ", who));
    measure("told_at", to_seconds(now() - Time{}));
    return {};
  }
  // Writes down what it was given, for the test to read.
  Sync<> take(Order order, std::map<std::string, double> weights, std::pair<bool, Duration> pair,
              Time when, std::vector<std::vector<std::int64_t>> rows) {
    std::string text = absl::StrCat(order.apples, " ", order.note.value_or("none"), " ",
                                    absl::StrJoin(order.prices, ","));
    for (const auto& [name, weight] : weights) absl::StrAppend(&text, " ", name, "=", weight);
    absl::StrAppend(&text, " ", pair.first, " ", to_string(pair.second), " ",
                    to_string(when - Time{}));
    for (const auto& row : rows) absl::StrAppend(&text, " [", absl::StrJoin(row, ","), "]");
    count("took " + text);
    return {};
  }
  Sync<> meet(Ref<Clerk> other, std::uint64_t number) {
    count(other == self() ? "met itself" : other ? "met another" : "met nobody");
    measure("numbers", static_cast<double>(number));
    return {};
  }
  Parallel<Sync<>> wait(Duration span) {
    ++waiting_;
    measure("waiting", waiting_);
    co_await sleep(span);
    --waiting_;
  }
  // Two that answer each other for ever.
  Async chat(Ref<Clerk> other) {
    other.chat(self());
    return {};
  }
  // A timer of the shortest time, and one of no time, again and again.
  Async stroll() {
    after(1ns, &Clerk::stroll);
    return {};
  }
  Async dawdle() {
    after(0s, &Clerk::dawdle);
    return {};
  }

  bool is_broken() const { return broken_; }
  bool was_told() const { return was_told_; }
  std::int64_t index() const { return index_; }
  std::int64_t kept() const { return kept_; }

 private:
  Async on_start() override {
    count("starts");
    started_ = now();
    measure("kept", static_cast<double>(kept_));
    measure("lost", static_cast<double>(lost_));
    return {};
  }

  std::int64_t index_;
  bool clumsy_;
  bool broken_ = false;
  bool was_told_ = false;
  int waiting_ = 0;
  Time started_;
  std::int64_t kept_ = 0;
  std::int64_t lost_ = 0;
  SAVED(kept_)
};

Algorithm shop() {
  return Algorithm("shop", "Clerks sell.")
      .parameter("clumsy", false, "whether they break things")
      .actor<Clerk>("sells",
                    [](const Parameters& parameters, const Spawning& spawning) {
                      return std::make_unique<Clerk>(spawning.index(), parameters.flag("clumsy"));
                    })
      .leaves_by<Clerk>(&Clerk::bye)
      .role<Clerk>(
          "is_late", "among the last three of ten",
          [](const World&, const Parameters&, const Clerk& clerk) { return clerk.index() >= 7; })
      .keys([](const Parameters&, std::string_view text) { return text.size(); })
      .check("all_are_there", "ten clerks live",
             [](const World& world, const Parameters&) {
               const std::size_t there = world.actors<Clerk>().size();
               if (there == 10) return absl::OkStatus();
               return absl::FailedPreconditionError(absl::StrCat(there, " clerks are there"));
             })
      .check("everybody_has_an_index", "no two have the same",
             [](const World& world, const Parameters&) {
               std::map<std::int64_t, int> seen;
               for (const Clerk* clerk : world.actors<Clerk>()) {
                 if (++seen[clerk->index()] > 1) {
                   return absl::FailedPreconditionError(absl::StrCat("two have ", clerk->index()));
                 }
               }
               return absl::OkStatus();
             })
      .check_each<Clerk>("nothing_is_broken", "by nobody",
                         [](const World& world, const Parameters&, const Clerk& clerk) {
                           if (!clerk.is_broken()) return absl::OkStatus();
                           return absl::FailedPreconditionError(
                               absl::StrCat(world.name_of(clerk.id()), " has broken something"));
                         })
      .check_each<Clerk>("it_is_noted", "who is looked at",
                         [](const World& world, const Parameters&, const Clerk& clerk) {
                           world.count(absl::StrCat("noted ", clerk.index()), 1);
                           return absl::OkStatus();
                         })
      .check("somebody_was_told", "by another",
             [](const World& world, const Parameters&) {
               for (const Clerk* clerk : world.actors<Clerk>()) {
                 if (clerk->was_told()) {
                   static_cast<void>(world.name_of(clerk->id()));
                   return absl::OkStatus();
                 }
               }
               return absl::FailedPreconditionError("nobody was");
             })
      .check("it_takes_long", "in real time",
             [](const World&, const Parameters&) {
               const auto end = std::chrono::steady_clock::now() + 10ms;
               while (std::chrono::steady_clock::now() < end) {
               }
               return absl::OkStatus();
             })
      .number("hoard", "things that the clerks keep",
              [](const World& world, const Parameters&) -> std::optional<double> {
                const std::vector<Clerk*> clerks = world.actors<Clerk>();
                if (clerks.empty()) return std::nullopt;
                double sum = 0;
                for (const Clerk* clerk : clerks) sum += static_cast<double>(clerk->kept());
                return sum;
              })
      .number("log_of_hoard", "infinite where they keep nothing",
              [](const World& world, const Parameters&) {
                double sum = 0;
                for (const Clerk* clerk : world.actors<Clerk>()) {
                  sum += static_cast<double>(clerk->kept());
                }
                return std::log(sum);
              })
      .measures("log", "of what was sold")
      .counts("sold", "things")
      .counts("starts", "of clerks")
      .counts("goodbyes", "of clerks that leave")
      .counts("told", "by others")
      .measures("sold_at", "seconds")
      .measures("sold_after", "seconds, of a hundred")
      .measures("told_at", "seconds")
      .measures("stays", "seconds from start to goodbye")
      .measures("numbers", "that were given")
      .measures("waiting", "at one time")
      .measures("kept", "at the start")
      .measures("lost", "at the start");
}

const std::vector<Algorithm>& algorithms() {
  static const auto* const kAlgorithms = new std::vector<Algorithm>{shop()};
  return *kAlgorithms;
}

Outcome run(const std::string& text, std::uint64_t seed = 1, ExperimentOptions options = {},
            const std::string& file = "f.yaml", int hosts = 10) {
  const scenario::ParseResult parsed = scenario::parse_text(
      absl::StrCat("algorithm: shop\nhosts: ", hosts, "\nnetwork: {latency: 10ms}\n", text), file,
      algorithms(), {.set = {}, .seed = absl::StrCat(seed)});
  for (const scenario::Diagnostic& error : parsed.errors) ADD_FAILURE() << to_string(error);
  if (!parsed.scenario) return {};
  absl::StatusOr<Outcome> outcome = Experiment(*parsed.scenario, std::move(options)).run();
  EXPECT_TRUE(outcome.ok()) << outcome.status();
  return outcome.ok() ? *std::move(outcome) : Outcome{};
}

std::string status_of(const Outcome& outcome, const std::string& name) {
  for (const CheckResult& check : outcome.checks) {
    if (check.name != name) continue;
    return check.status == CheckResult::Status::kPassed   ? "passed"
           : check.status == CheckResult::Status::kFailed ? "failed"
                                                          : "not reached";
  }
  return "no such check";
}

std::vector<std::string> taken(const Outcome& outcome) {
  std::vector<std::string> texts;
  for (const auto& [name, count] : outcome.measurements.counters()) {
    if (name.starts_with("took ")) texts.push_back(name.substr(5));
  }
  return texts;
}

// --- Going and coming back
// -------------------------------------------------------------------------

TEST(Restart, GivesAnActorWhatItSavedAndNothingElse) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: sell, arguments: [7], on: [3]}
  - crash: {hosts: [3], lasts: 5s}
  - lasts: 1s
checks: [all_are_there, everybody_has_an_index]
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  EXPECT_EQ(outcome.measurements.counter("starts"), 11);
  EXPECT_EQ(outcome.measurements["kept"].sum(), 7);
  EXPECT_EQ(outcome.measurements["lost"].sum(), 0);
  EXPECT_EQ(outcome.virtual_time, 6s);
}

TEST(Restart, CanLoseTheDisk) {
  for (const char* how : {"crash: {hosts: [3], lasts: 5s, storage: lost}",
                          "crash: [3]\n  - restart: {hosts: all, storage: lost}"}) {
    const Outcome outcome = run(absl::StrCat(R"(
phases:
  - spawn: {}
  - calls: {method: sell, arguments: [7], on: [3]}
  - )",
                                             how, R"(
  - lasts: 1s
checks: [all_are_there]
)"));
    EXPECT_EQ(outcome.measurements.counter("starts"), 11);
    EXPECT_EQ(outcome.measurements["kept"].sum(), 0);
  }
}

TEST(Restart, KeepsWhatWasSavedThroughSeveralCrashes) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: sell, arguments: [7], on: [3]}
  - crash: [3]
  - restart: [3]
  - calls: {method: sell, arguments: [5], on: [3]}
  - crash: {hosts: [3], lasts: 1s}
  - lasts: 1s
)");
  EXPECT_EQ(outcome.measurements["kept"].max(), 12);
}

TEST(Restart, AsTheLastThingOfARunStillStartsItsActors) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: sell, arguments: [7], on: [3]}
  - crash: [3]
  - restart: [3]
checks: [all_are_there]
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  EXPECT_EQ(outcome.measurements.counter("starts"), 11);
  EXPECT_EQ(outcome.measurements["kept"].max(), 7);
  ASSERT_EQ(outcome.phases.size(), 4u);
  EXPECT_EQ(outcome.phases.back().measurements.counter("starts"), 1);
}

TEST(Crash, TakesWhatIsThereAndNotOthers) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - crash: [1, 2]
    calls: {method: sell, arguments: [1], on: all}
)");
  EXPECT_EQ(outcome.measurements.counter("sold"), 8);
}

TEST(Crash, AtATimeIsThenAndNotBefore) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
    crash: {hosts: [4], at: 2500ms, lasts: 2s}
    calls: {method: sell, arguments: [1], on: [4], times: 10, every: 1s}
)");
  // At 0, 1, 2 and 5 to 9 seconds.
  EXPECT_EQ(outcome.measurements.counter("sold"), 8);
  EXPECT_EQ(outcome.virtual_time, 9s);
}

TEST(Leave, LetsEverybodySayGoodbyeFirst) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - leave: 4
  - calls: {method: sell, arguments: [1], on: all}
)");
  EXPECT_EQ(outcome.measurements.counter("goodbyes"), 4);
  EXPECT_EQ(outcome.measurements.counter("sold"), 6);
  EXPECT_EQ(outcome.failed_calls, 0u);
}

TEST(Join, BringsNewActorsWhereThereAreNone) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {on: [0, 1, 2, 3]}
  - calls: {method: sell, arguments: [7], on: [3]}
  - leave: [3]
  - join: all
checks: [all_are_there, everybody_has_an_index]
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  EXPECT_EQ(outcome.measurements.counter("starts"), 11);
  EXPECT_EQ(outcome.measurements["kept"].sum(), 0);  // Nothing is left of what it was.
}

TEST(Faults, ComeAgainAsOftenAsAsked) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - crash: {hosts: 1, times: 5, every: 10s, at: 3s, lasts: 1s}
  - lasts: 1s
checks: [all_are_there]
)");
  EXPECT_EQ(outcome.measurements.counter("starts"), 15);
  EXPECT_EQ(outcome.virtual_time, 45s);
}

// --- Hosts that are not quite well
// ------------------------------------------------------------------

TEST(Pause, HoldsACallUntilItIsOverAndNoOthers) {
  for (const char* how :
       {"pause: {hosts: [3], lasts: 10s}", "pause: [3]\n    resume: {hosts: all, at: 10s}",
        "pause: {hosts: [3], at: {constant: 0s}, lasts: 1h}\n"
        "    resume: {hosts: [3], at: 10s}"}) {
    const Outcome outcome = run(absl::StrCat(R"(
call_timeout: 1m
phases:
  - spawn: {}
  - )",
                                             how, R"(
    calls: {method: tell, on: all, arguments: [{host: 3}], at: 1s}
    lasts: 12s
)"));
    const Series& times = outcome.measurements["told_at"];
    EXPECT_EQ(times.count(), 10u) << how;
    EXPECT_EQ(times.min(), 10) << "nothing before it goes on: " << how;
    EXPECT_LE(times.max(), 10.02) << how;
  }
}

TEST(SlowHost, TakesItsTimeAndThenNoMore) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - slow: {hosts: [3], each_message: 100ms, lasts: 5s}
    calls:
      - {method: tell, on: [0, 1, 2, 4, 5], arguments: [{host: 3}], at: 1s}
      - {method: tell, on: [0, 1, 2], arguments: [{host: 4}], at: 1s}
      - {method: tell, on: [0, 1, 2], arguments: [{host: 3}], at: 6s}
    lasts: 7s
)");
  const Series& times = outcome.measurements["told_at"];
  EXPECT_EQ(times.count(), 11u);
  // Three at 1.01 s with host 4; 1.11, 1.21, ... 1.51 s with host 3; three at 6.01 s.
  EXPECT_NEAR(times.percentile(100.0 * 3 / 11), 1.01, 1e-6);
  EXPECT_NEAR(times.percentile(100.0 * 4 / 11), 1.11, 1e-6);
  EXPECT_NEAR(times.percentile(100.0 * 8 / 11), 1.51, 1e-6);
  EXPECT_NEAR(times.max(), 6.01, 1e-6);
}

TEST(Clock, IsWrongForAsLongAsItLasts) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - clock: {hosts: [3], ahead: 1h, drift: 10%, lasts: 10s}
    calls: {method: sell, arguments: [1], on: [3, 4], every: 5s, times: 4}
)");
  const Series& times = outcome.measurements["sold_at"];
  EXPECT_EQ(times.count(), 8u);
  // Host 4 at 0, 5, 10 and 15 s, and so is host 3 from 10 s on; before, it has 3600 and 3605.5 s.
  EXPECT_NEAR(times.sum(), 30 + 25 + 3600 + 3605.5, 1e-6);
  EXPECT_NEAR(times.max(), 3605.5, 1e-6);
}

// The part of values that a series has up to some of them, and the part that should be there.
double distance(const Series& series, const std::function<double(double)>& distribution) {
  double worst = 0;
  for (int percent = 1; percent < 100; ++percent) {
    worst = std::max(worst, std::abs(distribution(series.percentile(percent)) - 0.01 * percent));
  }
  return worst;
}

TEST(Clock, IsAheadByAUniformTime) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - clock: {hosts: all, ahead: {uniform: [20s, 80s]}, times: 300, every: 100s}
    calls: {method: sell, arguments: [1], on: all, times: 300, every: 100s, at: 1ms}
)");
  const Series& after = outcome.measurements["sold_after"];
  ASSERT_EQ(after.count(), 3'000u);
  EXPECT_LT(distance(after, [](double x) { return (x - 20) / 60; }), farthest(3'000) + 0.001);
}

TEST(Clock, DriftsByAUniformPart) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - clock: {hosts: all, drift: {uniform: [0%, 50%]}, times: 300, every: 1000s, lasts: 999s}
    calls: {method: sell, arguments: [1], on: all, times: 300, every: 1000s, at: 100s}
stop_after: 100h
)");
  // After a hundred seconds a clock has gained 0 to 50 s.
  const Series& after = outcome.measurements["sold_after"];
  ASSERT_EQ(after.count(), 3'000u);
  EXPECT_LT(distance(after, [](double x) { return x / 50; }), farthest(3'000) + 0.001);
}

// --- Partitions
// ------------------------------------------------------------------------------------

// How many of a hundred messages, from each of ten hosts to each, come through what is done first.
std::int64_t told_through(const std::string& actions) {
  std::string text = "groups: {east: 0..2, west: 3..5}\nphases:\n  - spawn: {}\n" + actions;
  absl::StrAppend(&text, "  - calls:\n");
  for (int host = 0; host < 10; ++host) {
    absl::StrAppend(&text, "      - {method: tell, on: all, arguments: [{host: ", host, "}]}\n");
  }
  const Outcome outcome = run(text + "    lasts: 1s\n");
  const std::int64_t told = outcome.measurements.counter("told");
  std::int64_t lost = 0;
  for (const auto& [reason, count] : outcome.drops) {
    if (reason == "partition") lost = static_cast<std::int64_t>(count);
  }
  EXPECT_EQ(told + lost, 100) << actions;
  return told;
}

TEST(Partition, LetsThroughWhatDoesNotCrossItInEachOfItsForms) {
  EXPECT_EQ(told_through(""), 100);
  EXPECT_EQ(told_through("  - partition: 30%\n"), 3 * 3 + 7 * 7);
  EXPECT_EQ(told_through("  - partition: 4\n"), 4 * 4 + 6 * 6);
  EXPECT_EQ(told_through("  - partition: [0]\n"), 1 + 9 * 9);
  EXPECT_EQ(told_through("  - partition: {hosts: [0, 1], direction: in}\n"), 100 - 8 * 2);
  EXPECT_EQ(told_through("  - partition: {hosts: 3, direction: out}\n"), 100 - 3 * 7);
  EXPECT_EQ(told_through("  - partition: {groups: [east, west]}\n"), 3 * 3 + 3 * 3 + 4 * 4);
  EXPECT_EQ(told_through("  - partition: {groups: [[0], 50%]}\n"), 1 + 5 * 5 + 4 * 4)
      << "half of all, not of the rest, rounded down";
  EXPECT_EQ(told_through("  - partition: [{hosts: east}, {hosts: west}]\n"), 3 * 3 + 3 * 3 + 4 * 4);
  EXPECT_EQ(told_through("  - partition: all\n"), 100);
}

TEST(Partition, IsOverWhenItHealsAndOthersAreNot) {
  const std::string two =
      "  - partition: [{name: a, hosts: east}, {name: b, hosts: [9], direction: in}]\n";
  EXPECT_EQ(told_through(two), 3 * 3 + 7 * 7 - 6);
  EXPECT_EQ(told_through(two + "  - heal: a\n"), 100 - 9);
  EXPECT_EQ(told_through(two + "  - heal: b\n"), 3 * 3 + 7 * 7);
  EXPECT_EQ(told_through(two + "  - heal: all\n"), 100);
  EXPECT_EQ(told_through("  - partition: {hosts: 30%, lasts: 1s}\n"), 100);
  EXPECT_EQ(told_through("  - partition: 30%\n    heal: {name: all, at: 1s}\n"), 100);
}

TEST(Partition, OfGroupsCutsCallsBetweenActors) {
  const Outcome outcome = run(R"(
groups: {east: 0..4, west: 5..9}
phases:
  - spawn: {}
    clock: {hosts: west, ahead: 1h}
    partition: {groups: [east, west], lasts: 10s}
  - calls: {method: sell, arguments: [1], on: west}
)");
  EXPECT_EQ(outcome.virtual_time, 10s);
  EXPECT_EQ(outcome.measurements["sold_at"].min(), 3610);
}

TEST(Cut, LosesWhatGoesOneWayUntilItIsHealedOrOver) {
  EXPECT_EQ(told_through("  - cut: {from: [0], to: [1, 2]}\n"), 100 - 2);
  EXPECT_EQ(told_through("  - cut: {from: east, to: west, both_ways: true}\n"), 100 - 2 * 9);
  EXPECT_EQ(told_through("  - cut: {from: [0]}\n"), 100 - 9) << "to all, but for itself";
  EXPECT_EQ(told_through("  - cut: {from: random, to: random}\n"), 100 - 1) << "to another one";
  EXPECT_EQ(told_through("  - cut: {from: 50%, to: 50%}\n"), 100 - 5 * 2)
      << "half of the others, rounded down";
  EXPECT_EQ(told_through("  - cut: {from: all, to: random}\n"), 100 - 9);
  EXPECT_EQ(told_through("  - cut: {from: [0], to: [1], lasts: 1s}\n"), 100);
  EXPECT_EQ(told_through("  - cut: {name: c, from: [0], to: [1]}\n  - heal: c\n"), 100);
  EXPECT_EQ(told_through("  - cut: {name: c, from: [0], to: [1]}\n    partition: {name: p, hosts: "
                         "[9]}\n  - heal: p\n"),
            99);
  EXPECT_EQ(told_through("  - cut: {from: [0], to: [1]}\n  - heal: all\n"), 100);
  EXPECT_EQ(told_through("  - cut: {from: {where: is_late}, to: {where: not is_late}}\n"),
            100 - 3 * 7);
}

TEST(Where, ChoosesHostsWhoseActorsHaveTheRoleJustThen) {
  EXPECT_EQ(told_through("  - partition: {where: is_late}\n"), 3 * 3 + 7 * 7);
  EXPECT_EQ(told_through("  - partition: {groups: [{where: is_late}, [0]]}\n"), 9 + 1 + 36);
  for (const auto& [where, left] : std::vector<std::pair<std::string, std::vector<int>>>{
           {"where: is_late", {0, 1, 2, 3, 4, 5, 6}},
           {"where: not is_late", {7, 8, 9}},
           {"hosts: [0, 8], where: is_late", {0, 1, 2, 3, 4, 5, 6, 7, 9}}}) {
    const Outcome outcome = run(absl::StrCat(R"(
phases:
  - spawn: {}
  - crash: {)",
                                             where, R"(}
    calls: {method: take, arguments: [{apples: 1}, {}, [true, 1s], 0s, []], on: all}
    lasts: 1s
)"));
    EXPECT_EQ(outcome.calls, left.size()) << where;
  }
  // Some of them.
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - crash: {hosts: 2, where: is_late}
    calls:
      - {method: sell, arguments: [1], on: {where: is_late}}
      - {method: sell, arguments: [100], on: {where: not is_late}}
)",
                                seed);
    EXPECT_EQ(outcome.measurements.counter("sold"), 701) << "seed " << seed;
    EXPECT_THAT(outcome.notes, IsEmpty());
  }
  const Outcome nobody = run(R"(
phases:
  - spawn: {on: 0..6}
  - crash: {where: is_late}
)");
  EXPECT_THAT(nobody.notes,
              ElementsAre("f.yaml:7:12: this crash had no effect on any host after 0s"));
}

TEST(Link, IsOtherwiseForAsLongAsItLasts) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {on: [0, 1]}
  - link: {from: [0], to: [1], latency: 5s, at: 1s, lasts: 10s}
    calls:
      - {method: tell, on: [0], arguments: [{host: 1}], times: 3, every: 6s}
      - {method: tell, on: [1], arguments: [{host: 0}], times: 3, every: 6s}
    lasts: 20s
)");
  const Series& times = outcome.measurements["told_at"];
  // At 0.01, 11 and 12.01 s from host 0; at 0.01, 6.01 and 12.01 s from host 1.
  EXPECT_EQ(times.count(), 6u);
  EXPECT_NEAR(times.sum(), 0.01 + 11 + 12.01 + 0.01 + 6.01 + 12.01, 1e-6);
}

TEST(Link, CanLoseEverything) {
  EXPECT_EQ(run(R"(
phases:
  - spawn: {on: [0, 1]}
  - link: {from: [0], loss: 100%, both_ways: true, lasts: 4s}
    calls: {method: tell, on: [1], arguments: [{host: 0}], times: 10, every: 1s}
    lasts: 10s
)")
                .measurements.counter("told"),
            6);
}

TEST(Percentages, OfHostsAreExact) {
  for (int percent = 0; percent <= 100; ++percent) {
    const Outcome outcome =
        run(absl::StrCat("phases:\n  - spawn: {}\n  - crash: ", percent, "%\n  - restart: all\n"),
            1, {}, "f.yaml", 100);
    EXPECT_EQ(outcome.measurements.counter("starts"), 100 + percent);
  }
}

TEST(Notes, TellWhatHadNoEffect) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {on: 0..4}
    crash: {hosts: [9], at: 1s}
    restart: {hosts: random, at: 2s, times: 3, every: 1s}
    pause: {hosts: [9], at: 5s}
    heal: {at: {constant: 6s}}
  - spawn: {on: [8, 9]}
)");
  EXPECT_THAT(outcome.notes,
              ElementsAre("f.yaml:8:14: this restart had no effect on any host 3 of 3 times, the "
                          "first time after 2s",
                          "f.yaml:9:12: this pause had no effect on any host after 5s",
                          "f.yaml:10:11: this heal had no effect on any host after 6s",
                          "f.yaml:11:12: this spawn, on hosts that are down, had no effect on any "
                          "host after 6s"));
}

// --- Churn ---------------------------------------------------------------------------------------

TEST(Churn, HasSessionsAndDowntimesAsAskedFor) {
  // In the steady state, a host is up for mean session / (mean session + mean downtime).
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - churn: {session: {exponential: {mean: 30s}}, downtime: {exponential: {mean: 10s}}}
    calls: {method: sell, arguments: [1], on: all, every: 1s, times: 10_000, may_fail: true}
    lasts: 10000s
)");
  const double up = static_cast<double>(outcome.measurements.counter("sold")) / 100'000;
  EXPECT_NEAR(up, 0.75, 0.02);
  // Ten hosts for 10,000 s, one restart in 40 s each.
  EXPECT_NEAR(static_cast<double>(outcome.measurements.counter("starts")), 2'500, 150);
}

// Ten hosts that stay and come back at once, for long enough that few sessions are cut.
TEST(Churn, HasSessionsOfEachDistribution) {
  struct Case {
    std::string session;
    std::function<double(double)> part;  // that ends within so many seconds
  };
  const std::vector<Case> cases = {
      {"{uniform: [10s, 50s]}", [](double x) { return (x - 10) / 40; }},
      {"{exponential: {mean: 30s}}", [](double x) { return 1 - std::exp(-x / 30); }},
      {"{pareto: {least: 10s, shape: 1.5}}", [](double x) { return 1 - std::pow(10 / x, 1.5); }},
      {"{weibull: {scale: 30s, shape: 0.6}}",
       [](double x) { return 1 - std::exp(-std::pow(x / 30, 0.6)); }},
      {"{lognormal: {median: 20s, sigma: 0.8}}",
       [](double x) { return normal_part(std::log(x / 20) / 0.8); }},
  };
  for (const Case& one : cases) {
    const Outcome outcome =
        run(absl::StrCat("phases:\n  - spawn: {}\n  - churn: {session: ", one.session,
                         ", downtime: 1ms, ends_by: leave}\n"
                         "    lasts: 10h\n"));
    const Series& stays = outcome.measurements["stays"];
    ASSERT_GT(stays.count(), 5'000u) << one.session;
    EXPECT_LT(distance(stays, one.part), farthest(stays.count()) + 0.002) << one.session;
  }
}

TEST(Churn, CanLeaveInsteadOfCrashing) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - churn: {session: 10s, downtime: 5s, ends_by: leave}
    lasts: 61s
)");
  EXPECT_EQ(outcome.measurements.counter("goodbyes"), 40);  // At 10, 25, 40 and 55 s.
}

TEST(Churn, LetsHostsArriveOneByOne) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {on: 2}
  - churn: {session: 1h, arrivals: 10s}
    lasts: 45s
)");
  EXPECT_EQ(outcome.measurements.counter("starts"), 6);
}

TEST(Churn, FollowsATrace) {
  const std::string folder = testing::TempDir();
  std::ofstream(folder + "churn.txt") << "1s, 3, down\n2s, 4, down\n4s, 3, up\n";
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - churn: {trace: churn.txt}
    calls: {method: sell, arguments: [1], on: [3, 4], every: 1s, times: 6, at: 500ms}
    lasts: 6s
)",
                              1, {}, folder + "f.yaml");
  // Host 3 at 0.5, 4.5 and 5.5 s; host 4 at 0.5 and 1.5 s.
  EXPECT_EQ(outcome.measurements.counter("sold"), 5);
}

TEST(Churn, EndsWithItsPhase) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - churn: {session: 10s, downtime: 5s}
    lasts: 12s
  - lasts: 100s
)");
  EXPECT_EQ(outcome.measurements.counter("starts"), 10);
}

// --- Calls
// -----------------------------------------------------------------------------------------

TEST(Calls, CarryArgumentsOfEveryKind) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - lasts: 7s
  - calls:
      - method: take
        arguments:
          - {apples: -3, prices: [1, 65535]}
          - {flour: 0.5, sugar: 2}
          - [true, -90s]
          - {now: 1s}
          - [[1, -2], [], [3]]
      - {method: take, arguments: [{note: ripe}, {}, [false, 0s], 3s, []]}
)");
  EXPECT_EQ(outcome.failed_calls, 0u) << outcome.first_failed_call;
  EXPECT_THAT(taken(outcome),
              ElementsAre("-3 none 1,65535 flour=0.5 sugar=2 1 -1m30s 8s [1,-2] [] [3]",
                          "0 ripe  0 0s 3s"));
}

TEST(Calls, CanNameActors) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - crash: [9]
  - calls:
      - {method: meet, arguments: [{host: 3}, {key: "four"}], on: [3]}
      - {method: meet, arguments: [{host: 4}, 0], on: [3]}
      - {method: meet, arguments: [{host: 9}, 0], on: [3]}
      - {method: meet, arguments: [random, 0], on: [3], times: 90}
)");
  EXPECT_EQ(outcome.measurements.counter("met nobody"), 1);
  EXPECT_EQ(outcome.measurements["numbers"].max(), 4);
  EXPECT_EQ(
      outcome.measurements.counter("met itself") + outcome.measurements.counter("met another"), 92);
  EXPECT_NEAR(static_cast<double>(outcome.measurements.counter("met itself")), 11, 9);
}

TEST(Calls, FollowZipfsLaw) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: meet, arguments: [random, {zipf: {most: 4, exponent: 1}}], times: 25_000}
)");
  // 1, 1/2, 1/3, 1/4, of 25/12.
  std::map<double, double> parts;
  for (const Series::Bin& bin : outcome.measurements["numbers"].histogram()) {
    parts[bin.low] = static_cast<double>(bin.count) / 25'000;
  }
  EXPECT_NEAR(parts[0], 0.48, 0.02);
  EXPECT_NEAR(parts[1], 0.24, 0.02);
  EXPECT_NEAR(parts[2], 0.16, 0.02);
  EXPECT_NEAR(parts[3], 0.12, 0.02);
}

TEST(Calls, ChooseOneOfSeveral) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: sell, arguments: [{one_of: [1, 1000]}], times: 1000}
)");
  EXPECT_NEAR(static_cast<double>(outcome.measurements.counter("sold")), 500'500, 50'000);
}

TEST(Calls, AtARateComeAsAPoissonProcessDoes) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: sell, arguments: [1], rate: 20/s}
    lasts: 1000s
)");
  // The number of arrivals has a standard deviation of sqrt(20,000) = 141.
  const Series& times = outcome.measurements["sold_at"];
  EXPECT_NEAR(static_cast<double>(times.count()), 20'000, 500);
  // As many in each half.
  EXPECT_NEAR(times.percentile(50), 500, 10);
}

TEST(Calls, InARampComeMoreAndMoreOften) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: sell, arguments: [1], rate: {from: 0/s, to: 40/s, over: 1000s}}
)");
  const Series& times = outcome.measurements["sold_at"];
  EXPECT_NEAR(static_cast<double>(times.count()), 20'000, 500);
  // The number until t grows as its square: half of them come in the last 29%.
  EXPECT_NEAR(times.percentile(50), 1000 * std::sqrt(0.5), 10);
  EXPECT_LE(times.max(), 1000);
}

TEST(Calls, FailWhereNobodyIsLeftAndTheRunGoesOn) {
  for (const char* method : {"sell", "told"}) {
    const std::string text =
        absl::StrCat(R"(
phases:
  - spawn: {}
  - crash: {hosts: all, lasts: 5s}
    calls: {method: )",
                     method, ", arguments: [1], at: 500ms, times: 10, every: 1s");
    const Outcome outcome = run(text + ", may_fail: true}\n    lasts: 20s\n");
    EXPECT_EQ(outcome.status, Outcome::Status::kPassed) << method;
    EXPECT_EQ(outcome.virtual_time, 20s) << method;
    EXPECT_EQ(outcome.calls, 10u) << method;
    EXPECT_EQ(outcome.failed_calls, 5u) << method;
    EXPECT_THAT(outcome.first_failed_call, HasSubstr("no Clerk is left to call")) << method;
    const Outcome failed = run(text + "}\n");
    EXPECT_EQ(failed.status, Outcome::Status::kFailed) << method;
    EXPECT_EQ(status_of(failed, "no call fails"), "failed") << method;
  }
}

TEST(Calls, InFlightAreNoMoreThanMayBe) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {on: [0]}
  - calls: {method: wait, arguments: [1s], times: 25, in_flight: 10}
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  EXPECT_EQ(outcome.measurements["waiting"].count(), 25u);
  EXPECT_EQ(outcome.measurements["waiting"].max(), 10);
  EXPECT_EQ(outcome.virtual_time, 3s);
  EXPECT_EQ(outcome.calls, 25u);
  EXPECT_EQ(outcome.delayed_calls, 15u);
}

TEST(Calls, ThatComeFasterThanTheyAreAnsweredAreMadeLater) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {on: [0]}
  - calls: {method: wait, arguments: [1s], times: 10, every: 100ms, in_flight: 2}
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  EXPECT_EQ(outcome.measurements["waiting"].max(), 2);
  EXPECT_EQ(outcome.calls, 10u);
  EXPECT_EQ(outcome.delayed_calls, 8u);
  EXPECT_EQ(outcome.virtual_time, 5100ms);  // The second one of each pair is 100 ms behind.
}

TEST(Calls, ToAllHostsAreInFlightOneByOne) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: wait, arguments: [1s], on: all, in_flight: 4, times: 2}
)");
  EXPECT_EQ(outcome.calls, 20u);
  EXPECT_EQ(outcome.virtual_time, 5s);
}

TEST(Calls, OfOneWayInABurstAreAllMade) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: told, arguments: [1], times: 1000, in_flight: 10}
    pause: {hosts: [3], lasts: 1s}
  - lasts: 1s
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  EXPECT_EQ(outcome.calls, 1000u);
  EXPECT_EQ(outcome.measurements.counter("told"), 1000);
}

TEST(Calls, InABurstCanBeInterrupted) {
  for (const char* method : {"sell", "told"}) {
    std::uint64_t looks = 0;
    ExperimentOptions options;
    options.on_progress = [&](const Progress&) { return ++looks < 3; };
    const Outcome outcome = run(absl::StrCat(R"(
phases:
  - spawn: {}
  - calls: {method: )",
                                             method, R"(, arguments: [1], times: 1_000_000_000}
)"),
                                1, options);
    EXPECT_EQ(outcome.status, Outcome::Status::kInterrupted) << method;
    EXPECT_LT(outcome.calls, 1'000'000u) << method;
  }
}

TEST(Checks, ThatTakeLongCanBeInterrupted) {
  int looks = 0;
  ExperimentOptions options;
  options.on_progress = [&](const Progress&) { return ++looks < 2; };
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
  - calls: {method: sell, arguments: [1], times: 4000, every: 1ms}
checks:
  - {always: it_takes_long, every: event}
)",
                              1, options);
  EXPECT_EQ(outcome.status, Outcome::Status::kInterrupted);
  // The checks of the whole run would take 40 seconds and more.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST(Calls, GoToAllThatAreMeant) {
  const Outcome outcome = run(R"(
groups: {front: [0, 1, 2, 3]}
phases:
  - spawn: {}
  - calls:
      - {method: sell, arguments: [1], on: all}
      - {method: sell, arguments: [100], on: 50% of front}
      - {method: sell, arguments: [10_000], on: [7], times: 3, every: {uniform: [1s, 2s]}}
)");
  EXPECT_EQ(outcome.measurements.counter("sold"), 30'210);
}

// --- Time that stands still
// --------------------------------------------------------------------------

TEST(Standstill, IsToldWithItsTimeAndItsActors) {
  for (const auto& [call, actors] : std::vector<std::pair<std::string, std::string>>{
           {"chat, arguments: [{host: 3}]", "Clerk@n3 had 4096"},
           {"dawdle", "Clerk@n3 had 4096"},
       }) {
    const Outcome outcome = run(absl::StrCat(R"(
stop_after: 20s
most_events_at_once: 10_000
phases:
  - spawn: {}
  - calls: {on: [3], at: 5s, method: )",
                                             call, "}\n    lasts: 1m\nchecks: [all_are_there]\n"));
    EXPECT_EQ(outcome.status, Outcome::Status::kFailed) << call;
    EXPECT_EQ(outcome.virtual_time, 5s) << call;
    EXPECT_EQ(status_of(outcome, "time goes on"), "failed") << call;
    EXPECT_EQ(status_of(outcome, "all_are_there"), "not reached") << call;
    EXPECT_THAT(outcome.checks.back().detail, HasSubstr("virtual time stands still at 5s")) << call;
    EXPECT_THAT(outcome.checks.back().detail, HasSubstr(actors)) << call;
  }
}

TEST(Standstill, IsAlsoOfManyActors) {
  const Outcome outcome = run(R"(
most_events_at_once: 10_000
phases:
  - spawn: [{on: [1, 2]}, {on: [2]}]
  - calls: {on: [2], method: chat, arguments: [{host: 2}]}
  - lasts: 1m
)");
  EXPECT_EQ(status_of(outcome, "time goes on"), "failed");
  EXPECT_THAT(outcome.checks.back().detail, HasSubstr("Clerk@n2 had"));
  EXPECT_THAT(outcome.checks.back().detail, HasSubstr("Clerk@n2/2 had"));
}

TEST(Standstill, IsNoneWhereTheScenarioItselfMakesManyCallsAtOnce) {
  const Outcome outcome = run(R"(
most_events_at_once: 10_000
phases:
  - spawn: {}
  - calls:
      - {method: sell, arguments: [1], times: 30_000, in_flight: 100}
      - {method: told, arguments: [1], times: 30_000, in_flight: 100}
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  EXPECT_EQ(outcome.measurements.counter("sold"), 30'000);
}

TEST(Standstill, IsNoneWhereTimeGoesOnSlowly) {
  const Outcome outcome = run(R"(
most_events_at_once: 2_000
stop_after: 100us
phases:
  - spawn: {}
  - calls: {on: [3], method: stroll}
    lasts: 1m
)");
  EXPECT_EQ(status_of(outcome, "time goes on"), "no such check");
  EXPECT_EQ(status_of(outcome, "the run ends"), "failed");
}

TEST(Standstill, EndsAProgramThatRunsTheSimulatorItself) {
  Simulator simulator({.most_events_at_once = 10'000});
  const HostId host = simulator.add_host("here");
  const auto clerk = simulator.spawn<Clerk>(host, 0, false);
  const auto other = simulator.spawn<Clerk>(host, 1, false);
  simulator.run_for(3s);
  simulator.act([&] { clerk.chat(other); });
  EXPECT_DEATH(simulator.run_for(1s),
               "virtual time stands still at 3s: .* Clerk@here had 2048, Clerk@here/2 had 2048");
  std::string told;
  simulator.on_standstill([&](const std::string& what) { told = what; });
  simulator.run_until([&] { return !told.empty(); });
  EXPECT_THAT(told, HasSubstr("virtual time stands still at 3s"));
}

// --- Names
// -------------------------------------------------------------------------------------------

TEST(Names, StayWithTheirActorsForEver) {
  Simulator simulator;
  const HostId host = simulator.add_host("here");
  const auto first = simulator.spawn<Clerk>(host, 0, false);
  EXPECT_EQ(simulator.name_of(id_of(first)), "Clerk@here");
  const auto second = simulator.spawn<Clerk>(host, 1, false);
  EXPECT_EQ(simulator.name_of(id_of(first)), "Clerk@here");
  EXPECT_EQ(simulator.name_of(id_of(second)), "Clerk@here/2");
  simulator.crash(host);
  simulator.restore(host);
  const auto third = simulator.spawn<Clerk>(host, 2, false);
  EXPECT_EQ(simulator.name_of(id_of(first)), "Clerk@here");
  EXPECT_EQ(simulator.name_of(id_of(second)), "Clerk@here/2");
  EXPECT_EQ(simulator.name_of(id_of(third)), "Clerk@here/3");
}

// --- Deadlines of phases
// ------------------------------------------------------------------------------

TEST(AtMost, HoldsWhileThePhasesCallsGoOn) {
  const Outcome outcome = run(R"(
phases:
  - name: sales
    spawn: {}
    calls: {method: sell, arguments: [1], every: 500ms, times: 100}
    until: sold > 50
    at_most: 3s
checks: [all_are_there]
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kFailed);
  EXPECT_EQ(outcome.virtual_time, 3s);
  ASSERT_EQ(status_of(outcome, "sales: sold > 50 within 3s"), "failed");
  EXPECT_EQ(outcome.checks.at(0).at, 3s);
  EXPECT_THAT(outcome.checks.at(0).detail, HasSubstr("still not after 3s: found 7"));
  EXPECT_EQ(status_of(outcome, "all_are_there"), "not reached");
}

TEST(AtMost, IsADeadlineForThePhasesActionsToo) {
  const Outcome outcome = run(R"(
phases:
  - name: sales
    spawn: {}
    calls: {method: sell, arguments: [1], every: 500ms, times: 100}
    until: sold > 2
    at_most: 3s
)");
  EXPECT_EQ(outcome.virtual_time, 3s);
  ASSERT_EQ(status_of(outcome, "sales: sold > 2 within 3s"), "failed");
  EXPECT_THAT(outcome.checks.at(0).detail, HasSubstr("holds, but the phase's actions go on"));
}

TEST(AtMost, HoldsWhileACallHasNoAnswerAndWhileAFaultLasts) {
  for (const char* action : {"calls: {method: wait, arguments: [20s], timeout: 1m}",
                             "pause: {hosts: 1, lasts: 20s}", "spawn: {on: 5, every: 10s}"}) {
    const Outcome outcome = run(absl::StrCat(R"(
phases:
  - spawn: {on: 5}
  - name: second
    )",
                                             action, R"(
    until: sold == 0
    at_most: 3s
)"));
    EXPECT_EQ(outcome.virtual_time, 3s) << action;
    EXPECT_EQ(status_of(outcome, "second: sold == 0 within 3s"), "failed") << action;
  }
}

TEST(AtMost, IsReachedInTimeAtItsVeryMoment) {
  const Outcome outcome = run(R"(
phases:
  - name: sales
    spawn: {}
    calls: {method: sell, arguments: [1], every: 1s, times: 4}
    lasts: 3s
    until: sold == 4
    at_most: 3s
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  EXPECT_EQ(outcome.virtual_time, 3s);
}

TEST(AtMost, LeavesAnHourBehindLastsWhereTheFileSaysNothing) {
  const Outcome outcome = run(R"(
stop_after: 10h
phases:
  - {name: long, spawn: {}, lasts: 2h, until: sold > 0}
)");
  EXPECT_EQ(outcome.virtual_time, 3h);
  EXPECT_EQ(status_of(outcome, "long: sold > 0 within 3h"), "failed");
}

TEST(StopAfter, IsTheTimeOfARunThatItEnds) {
  const Outcome outcome = run(R"(
stop_after: 20s
phases:
  - {name: long, spawn: {}, lasts: 1h}
)");
  EXPECT_EQ(status_of(outcome, "the run ends"), "failed");
  EXPECT_EQ(outcome.virtual_time, 20s);
  EXPECT_EQ(outcome.phases.at(0).end, 20s);
}

// --- Checks
// ----------------------------------------------------------------------------------------

TEST(Checks, ThatAlwaysHoldAreLookedAtAllTheTime) {
  const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {}}
  - {name: rest, lasts: 10s}
checks:
  - {always: all_are_there, after: open, every: 2s}
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  EXPECT_EQ(outcome.checks.at(0).detail, "looked at 6 times");
}

TEST(Checks, EndTheRunWhereTheyFail) {
  const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {}}
  - {crash: {hosts: [3, 4], at: 5500ms}, lasts: 1h}
checks:
  - {always: all_are_there, after: open}
  - sold == 0
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kFailed);
  EXPECT_EQ(outcome.virtual_time, 6s);
  EXPECT_EQ(outcome.checks.at(0).detail, "not after 6s: 8 clerks are there");
  EXPECT_EQ(outcome.checks.at(0).at, 6s);
  EXPECT_EQ(status_of(outcome, "sold == 0"), "not reached");
}

TEST(Checks, ThatNeverHoldEndTheRunWhereTheyDo) {
  const Outcome outcome = run(R"(
phases:
  - spawn: {}
    calls: {method: sell, arguments: [1], times: 100, every: 100ms}
checks:
  - {never: sold > 50, every: event}
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kFailed);
  EXPECT_EQ(outcome.virtual_time, 5s);
  EXPECT_EQ(outcome.measurements.counter("sold"), 51);
}

TEST(Checks, ThatComeTrueEventuallyHaveUntilTheirDeadline) {
  const std::string phases = R"(
phases:
  - {name: open, spawn: {}}
  - {name: crash, crash: {hosts: [3], at: 5s}}
  - restart: {hosts: all, at: 10s}
checks:
  - {eventually: all_are_there, after: crash, within: )";
  const Outcome good = run(phases + "12s}\n");
  EXPECT_EQ(good.status, Outcome::Status::kPassed);
  EXPECT_EQ(good.checks.at(0).detail, "after 10s");
  const Outcome bad = run(phases + "7s}\n");
  EXPECT_EQ(bad.status, Outcome::Status::kFailed);
  EXPECT_EQ(bad.virtual_time, 12s);
}

TEST(Checks, KeepARunGoingThatStillCanFulfilThem) {
  const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {on: 3}}
checks:
  - {eventually: all_are_there, within: 30s}
)");
  EXPECT_EQ(outcome.virtual_time, 30s);
  EXPECT_EQ(outcome.status, Outcome::Status::kFailed);
}

TEST(Checks, DuringAPhaseAreNotLookedAtBeforeOrAfter) {
  const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {}}
  - {name: calm, lasts: 5s}
  - crash: [3]
    lasts: 5s
checks:
  - {always: all_are_there, during: calm}
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
}

TEST(Checks, CalculateWithWhatWasMeasuredInAPhase) {
  const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {}}
  - {name: first, calls: {method: sell, arguments: [2], times: 3, every: 1s}}
  - {name: second, calls: {method: sell, arguments: [5], times: 4, every: 1s}}
checks:
  - sold[first] == 6
  - sold[second] / sold[first] > 3.3 and sold[second] / sold[first] < 3.4
  - sold[open] + sold[first] + sold[second] == sold
  - sold_at[first].max < sold_at[second].min + 0.1
  - not (sold_at[first].count != 3 or all_are_there)
)");
  EXPECT_EQ(outcome.checks.at(0).status, CheckResult::Status::kPassed);
  EXPECT_EQ(outcome.checks.at(1).status, CheckResult::Status::kPassed);
  EXPECT_EQ(outcome.checks.at(1).detail, "found 20, 6, 20, 6");
  EXPECT_EQ(outcome.checks.at(2).status, CheckResult::Status::kPassed);
  EXPECT_EQ(outcome.checks.at(3).status, CheckResult::Status::kPassed);
  EXPECT_EQ(outcome.checks.at(4).status, CheckResult::Status::kFailed);
}

TEST(Checks, OfASampleLookAtSomeAndFindOutInTheEnd) {
  const Outcome outcome = run(R"(
parameters: {clumsy: true}
phases:
  - spawn: {}
    calls: {method: sell, arguments: [1], times: 10_000, every: 100ms}
checks:
  - {always: nothing_is_broken, sample: 2}
)");
  EXPECT_EQ(outcome.status, Outcome::Status::kFailed);
  EXPECT_THAT(outcome.checks.at(0).detail, HasSubstr("has broken something"));
}

TEST(Checks, HaveALastLookAtTheEndOfTheirWindow) {
  const std::string phases = R"(
phases:
  - {name: open, spawn: {}}
  - {name: calm, lasts: 5s}
  - {name: sales, calls: {method: sell, arguments: [1], at: 4s}, crash: {hosts: [3], at: 4s}}
  - {name: rest, lasts: 4s}
checks:
)";
  for (const char* check : {
           "{always: all_are_there, during: sales, every: 1h}",
           "{never: sold > 0, during: sales, every: 1h}",
           "{always: all_are_there, every: 1h}",
           "{never: sold > 0, every: 1h}",
           "{always: sold == 0, after: calm, every: 1h}",
       }) {
    const Outcome outcome = run(absl::StrCat(phases, "  - ", check, "\n"));
    EXPECT_EQ(outcome.status, Outcome::Status::kFailed) << check;
    const bool during = std::string(check).find("during") != std::string::npos;
    EXPECT_EQ(outcome.virtual_time, during ? 9s : 13s) << check;
    EXPECT_EQ(outcome.checks.at(0).at, outcome.virtual_time) << check;
  }
}

TEST(Checks, AreNotLookedAtTwiceAtOneMomentAtTheEnd) {
  const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {}}
  - {name: calm, lasts: 10s}
checks:
  - {always: all_are_there, after: open, every: 5s}
  - {always: all_are_there, during: calm, every: 4s}
)");
  EXPECT_EQ(outcome.checks.at(0).detail, "looked at 3 times");
  EXPECT_EQ(outcome.checks.at(1).detail, "looked at 4 times");
}

TEST(Checks, OfASampleLookAtLiveOnesOnlyAndAtEachOnce) {
  // Whoever is looked at breaks the check, so that each look has to find the two who live.
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {}}
  - {name: end, crash: [0, 1, 2, 3, 4, 5, 6, 7]}
  - {name: rest, lasts: 10s}
checks:
  - {always: it_is_noted, after: end, sample: 5, every: 1s}
)",
                                seed);
    EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
    EXPECT_EQ(outcome.measurements.counter("noted 8"), 11) << "seed " << seed;
    EXPECT_EQ(outcome.measurements.counter("noted 9"), 11) << "seed " << seed;
  }
}

TEST(Checks, OfASampleLookAtAsManyAsAskedFor) {
  const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {}}
  - {name: end, crash: [0, 1, 2, 3, 4]}
  - {name: rest, lasts: 999s}
checks:
  - {always: it_is_noted, after: end, sample: 2, every: 1s}
)");
  std::int64_t looks = 0;
  for (int i = 5; i < 10; ++i) {
    const std::int64_t of_one = outcome.measurements.counter(absl::StrCat("noted ", i));
    EXPECT_NEAR(static_cast<double>(of_one), 400, 100);
    looks += of_one;
  }
  EXPECT_EQ(looks, 2000);
}

// The clerk of host 3 gets what the others tell; what else these do is of no interest.
TEST(Checks, TellWhatLedToTheLastEvents) {
  ExperimentOptions options;
  options.tell_last_events = true;
  const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {}}
  - name: talk
    calls:
      - {method: tell, arguments: [{host: 3}], on: [5], at: 1s}
      - {method: sell, arguments: [1], on: [5, 6], times: 100, every: 10ms}
    pause: {hosts: [6], at: 900ms, lasts: 10ms}
    lasts: 2s
checks:
  - {never: somebody_was_told, during: talk, every: event}
)",
                              1, options);
  ASSERT_EQ(outcome.status, Outcome::Status::kFailed);
  EXPECT_THAT(outcome.checks.at(0).last_events,
              ElementsAre("0s  Clerk@n3 starts", "1s  Clerk@n5 handles tell from outside",
                          "1s  Clerk@n5 sends told to Clerk@n3",
                          "1.01s  Clerk@n3 handles told from Clerk@n5"));
}

TEST(Checks, TellWhatTheActorsDidLastThatTheyName) {
  ExperimentOptions options;
  options.tell_last_events = true;
  const Outcome outcome = run(R"(
parameters: {clumsy: true}
phases:
  - {name: open, spawn: {}}
  - calls: {method: sell, arguments: [1], times: 10_000, every: 100ms}
checks:
  - {always: nothing_is_broken, after: open, every: event}
)",
                              1, options);
  ASSERT_EQ(outcome.status, Outcome::Status::kFailed);
  const CheckResult& check = outcome.checks.at(0);
  ASSERT_THAT(check.actors, SizeIs(1));
  ASSERT_FALSE(check.last_events.empty());
  EXPECT_THAT(check.last_events, Each(HasSubstr(" Clerk@n")));
  // The last thing that the clerk did is what broke something.
  EXPECT_THAT(check.last_events, Contains(HasSubstr("starts")));
  EXPECT_THAT(check.last_events, Contains(HasSubstr("handles sell from outside")));
  EXPECT_THAT(check.last_events.back(), HasSubstr(to_string(check.at)));
  EXPECT_THAT(check.last_events, Contains(HasSubstr(" notes: has broken something of 1")));
}

// --- Peers, and disks that take time -------------------------------------------------------------

ACTOR_METHODS(Friend, greet)

// Greets all its peers when it starts.
class Friend : public Actor<Friend> {
 public:
  explicit Friend(Peers<Friend> peers) : peers_(std::move(peers)) {}
  Async greet(std::size_t from) {
    count(absl::StrCat(peers_.index(), " greeted by ", from));
    ++kept_;
    return {};
  }

 private:
  Async on_start() override {
    measure("peers", static_cast<double>(peers_.size()));
    measure("kept", static_cast<double>(kept_));
    for (const Ref<Friend>& other : peers_.others()) other.greet(peers_.index());
    return {};
  }
  Peers<Friend> peers_;
  std::int64_t kept_ = 0;
  SAVED(kept_)
};

Outcome run_friends(const std::string& text) {
  static const auto* const kFriends = new std::vector<Algorithm>{
      Algorithm("friends", "They greet each other.")
          .actor<Friend>("greets",
                         [](const Parameters&, const Spawning& spawning) {
                           return std::make_unique<Friend>(spawning.peers<Friend>());
                         })
          .measures("peers", "of each")
          .measures("kept", "at the start")};
  const scenario::ParseResult parsed = scenario::parse_text(
      "algorithm: friends\nhosts: 4\nnetwork: {latency: 10ms}\n" + text, "f.yaml", *kFriends, {});
  for (const scenario::Diagnostic& error : parsed.errors) ADD_FAILURE() << to_string(error);
  if (!parsed.scenario) return {};
  absl::StatusOr<Outcome> outcome = Experiment(*parsed.scenario, {}).run();
  EXPECT_TRUE(outcome.ok()) << outcome.status();
  return outcome.ok() ? *std::move(outcome) : Outcome{};
}

TEST(PeersOfASpawn, AreKnownFromTheStartAndMessagesWaitForThem) {
  Outcome outcome = run_friends(R"(
phases:
  - spawn: {actor: Friend, on: [3, 0, 1], every: 1s}
    lasts: 10s
  - spawn: {actor: Friend, on: [2]}
    lasts: 1s
)");
  EXPECT_EQ(outcome.measurements["peers"].sum(), 3 * 3 + 1);
  for (int to = 0; to < 3; ++to) {
    for (int from = 0; from < 3; ++from) {
      EXPECT_EQ(outcome.measurements.counter(absl::StrCat(to, " greeted by ", from)),
                to == from ? 0 : 1);
    }
  }
}

TEST(PeersOfASpawn, AreReachedAfterTheirHostsCameBack) {
  Outcome outcome = run_friends(R"(
phases:
  - spawn: {actor: Friend, on: all}
    lasts: 1s
  - crash: {hosts: [1], lasts: 1s}
    lasts: 2s
  - crash: {hosts: [2], lasts: 1s}
    lasts: 5s
)");
  EXPECT_EQ(outcome.measurements.counter("0 greeted by 1"), 2);
  EXPECT_EQ(outcome.measurements.counter("1 greeted by 2"), 2);
  EXPECT_EQ(outcome.measurements["kept"].sum(), 3 + 4);
}

TEST(Disks, LoseWhatACrashFindsOnTheWay) {
  for (const bool slow : {false, true}) {
    Outcome outcome = run_friends(absl::StrCat(slow ? "disk: {sync_takes: 1h}\n" : "", R"(
phases:
  - spawn: {actor: Friend, on: all}
    lasts: 1s
  - crash: {hosts: [1], lasts: 1s}
    lasts: 1s
)"));
    EXPECT_EQ(outcome.measurements["kept"].sum(), slow ? 0 : 3);
  }
}

// --- Measurements
// ------------------------------------------------------------------------------------

TEST(Phases, HaveTheirOwnMeasurements) {
  const Outcome outcome = run(R"(
phases:
  - {name: first, spawn: {}, calls: {method: sell, arguments: [2], times: 3}}
  - {name: second, calls: {method: sell, arguments: [5], times: 4}, lasts: 3s}
)");
  ASSERT_THAT(outcome.phases, SizeIs(2));
  EXPECT_EQ(outcome.phases[0].measurements.counter("sold"), 6);
  EXPECT_EQ(outcome.phases[1].measurements.counter("sold"), 20);
  EXPECT_EQ(outcome.phases[1].measurements["sold_at"].count(), 4u);
  EXPECT_EQ(outcome.phases[1].end, 3s);
}

TEST(Series, HasAPointForEachStretchOfTime) {
  const Outcome outcome = run(R"(
measure_every: 2s
phases:
  - spawn: {}
    calls: {method: sell, arguments: [1], times: 7, every: 1s}
)");
  std::vector<double> sold;
  for (const SeriesPoint& point : outcome.series) {
    if (point.name == "sold") sold.push_back(point.count);
  }
  // The last sale is handled after the last point was taken, at the same time.
  EXPECT_THAT(sold, ElementsAre(2, 2, 2, 1));
}

TEST(Series, KeepsItsLastIntervalWhichMayBeShorter) {
  for (const char* every : {"300ms", "2s", "7s", "1h"}) {
    const Outcome outcome = run(absl::StrCat("measure_every: ", every, R"(
phases:
  - spawn: {}
    calls: {method: sell, arguments: [1], times: 100, every: {uniform: [50ms, 150ms]}}
    lasts: 11s
)"));
    double sold = 0;
    for (const SeriesPoint& point : outcome.series) sold += point.name == "sold" ? point.count : 0;
    EXPECT_EQ(sold, 100) << every;
    ASSERT_FALSE(outcome.series.empty()) << every;
    EXPECT_EQ(outcome.series.back().time, outcome.virtual_time) << every;
  }
}

TEST(Series, SaysNothingOfTimesWhenNothingWasMeasured) {
  const Outcome outcome = run(R"(
measure_every: 1s
phases:
  - {spawn: {}, calls: {method: sell, arguments: [1], at: 2500ms}, lasts: 4s}
)");
  std::vector<bool> known;
  for (const SeriesPoint& point : outcome.series) {
    if (point.name == "sold_at") known.push_back(!std::isnan(point.mean) && !std::isnan(point.max));
  }
  EXPECT_THAT(known, ElementsAre(false, false, true, false));
}

// --- States over time ---------------------------------------------------------------------------

// What the clerks keep is what was sold until then, which a counter tells.
TEST(Measure, TakesWhatACounterTellsToo) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome outcome = run(R"(
measure: [hoard]
measure_every: 1s
phases:
  - {spawn: {}}
  - {calls: {method: sell, arguments: [{uniform: [1, 9]}], rate: 5/s}, lasts: 50s}
)",
                                seed);
    double sold = 0;
    std::map<Duration, double> sold_until;
    for (const SeriesPoint& point : outcome.series) {
      if (point.name == "sold") sold_until[point.time] = sold += point.count;
    }
    std::size_t taken = 0;
    double sum = 0;
    for (const SeriesPoint& point : outcome.series) {
      if (point.name != "hoard") continue;
      EXPECT_EQ(point.count, 1);
      EXPECT_EQ(point.time, ++taken * 1s);
      EXPECT_EQ(point.mean, sold_until.at(point.time))
          << to_string(point.time) << ", seed " << seed;
      sum += point.mean;
    }
    EXPECT_GE(taken, 50u);
    EXPECT_EQ(outcome.measurements["hoard"].count(), taken);
    EXPECT_EQ(outcome.measurements["hoard"].sum(), sum);
    EXPECT_GT(sum, 1000);
  }
}

TEST(Measure, TakesAnAlgorithmsCheckAsOneOrZero) {
  const Outcome outcome = run(R"(
measure:
  - {what: all_are_there, every: 2s, during: trouble}
phases:
  - {name: open, spawn: {}}
  - {name: calm, lasts: 10s}
  - {name: trouble, crash: {hosts: [3], at: 3s, lasts: 4s}, lasts: 10s}
  - {name: calm again, lasts: 10s}
checks:
  - all_are_there.mean == 0.6
  - all_are_there[trouble].count == 5
  - all_are_there.last == 1 and all_are_there.min == 0
  - all_are_there
)");
  std::vector<double> values;
  std::vector<Duration> times;
  for (const SeriesPoint& point : outcome.series) {
    values.push_back(point.max);
    times.push_back(point.time);
  }
  EXPECT_THAT(values, ElementsAre(1, 0, 0, 1, 1));
  EXPECT_THAT(times, ElementsAre(12s, 14s, 16s, 18s, 20s));
  EXPECT_EQ(outcome.status, Outcome::Status::kPassed);
  for (const CheckResult& check : outcome.checks) {
    EXPECT_EQ(check.status, CheckResult::Status::kPassed) << check.name << ": " << check.detail;
  }
}

TEST(Measure, AfterAPhaseGoesOnUntilTheEnd) {
  const Outcome outcome = run(R"(
measure: [{what: hoard, after: open}]
phases:
  - {name: open, spawn: {}, lasts: 5s}
  - {lasts: 10s}
  - {lasts: 10s}
)");
  EXPECT_EQ(outcome.measurements["hoard"].count(), 20u);
}

TEST(Measure, DoesNotTouchTheRun) {
  const std::string phases = R"(
phases:
  - {spawn: {}, calls: {method: tell, arguments: [random], times: 100, every: 100ms}, lasts: 20s}
)";
  EXPECT_EQ(run(phases).event_hash, run("measure: [hoard, all_are_there]\n" + phases).event_hash);
}

TEST(Measure, ANumberHasAValueAtAnyTime) {
  const Outcome outcome = run(R"(
phases:
  - name: open
    spawn: {}
    calls: {method: sell, arguments: [2], rate: 1/s}
    until: hoard >= 20
checks:
  - hoard == sold
  - hoard / 2 >= 10 and hoard < 100
  - hoard < 20
)");
  EXPECT_EQ(outcome.checks.at(1).status, CheckResult::Status::kPassed);
  EXPECT_EQ(outcome.checks.at(2).status, CheckResult::Status::kPassed);
  EXPECT_EQ(outcome.checks.at(3).status, CheckResult::Status::kFailed);
}

TEST(Measure, HasNoValueWhereTheStateHasNone) {
  const Outcome outcome = run(R"(
measure: [hoard]
phases:
  - {name: before, lasts: 10s}
  - {name: open, spawn: {}, lasts: 5s}
checks:
  - hoard[before].mean == 0
)");
  EXPECT_EQ(outcome.measurements["hoard"].count(), 5u);
  EXPECT_EQ(outcome.checks.at(0).detail,
            "found nothing; nothing was measured under hoard in phase before");
}

// --- Nothing, and what is no number -------------------------------------------------------------

TEST(Nothing, DecidesNoCondition) {
  const Outcome outcome = run(R"(
phases: [{name: open, spawn: {}, calls: {method: sell, arguments: [1]}}]
checks:
  - stays.mean < 5
  - stays.p99.9 >= 0
  - not (stays.max > 5)
  - stays.count == 0
  - stays == 0
  - stays.count == 0 or stays.mean < 5
  - stays.count > 0 and stays.mean < 5
  - goodbyes / told < 1
  - sold_at.deviation < 5
  - sold / told > 100
)");
  std::vector<std::string> found;
  for (const CheckResult& check : outcome.checks) {
    found.push_back(absl::StrCat(check.status == CheckResult::Status::kPassed ? "pass " : "fail ",
                                 check.detail));
  }
  const std::string nothing = "nothing was measured under stays";
  EXPECT_THAT(found,
              ElementsAre("fail " + nothing, "fail " + nothing, "fail found nothing; " + nothing,
                          "pass found 0", "pass found 0", "pass found 0, nothing",
                          "fail found 0, nothing", "fail found 0, 0; 0 / 0 has no value",
                          "fail only one value was measured under sold_at", "pass found 1, 0"));
}

TEST(Nothing, IsNoReasonToEndARun) {
  const std::string phases = R"(
phases:
  - {name: open, spawn: {}}
  - {calls: {method: sell, arguments: [1], times: 5, every: 2s, at: 3s}, lasts: 20s}
checks:
)";
  EXPECT_EQ(run(phases + "  - {always: sold_at.mean < 20}\n").status, Outcome::Status::kPassed);
  EXPECT_EQ(run(phases + "  - {never: sold_at.mean > 20}\n").status, Outcome::Status::kPassed);
  EXPECT_EQ(run(phases + "  - {always: sold_at.mean < 4}\n").status, Outcome::Status::kFailed);
  for (const char* when : {"always", "never"}) {
    const Outcome outcome = run(absl::StrCat(phases, "  - {", when, ": stays.mean < 20}\n"));
    EXPECT_EQ(outcome.status, Outcome::Status::kFailed) << when;
    EXPECT_THAT(outcome.checks.at(0).detail,
                HasSubstr("nothing was measured under stays, each time"));
  }
}

TEST(NotFinite, FailsEveryConditionOnIt) {
  const Outcome outcome = run(R"(
phases:
  - {name: open, spawn: {}}
  - calls:
      - {method: sell, arguments: [3], times: 5}
      - {method: sell, arguments: [0], times: 2}
      - {method: sell, arguments: [-1]}
checks:
  - log.mean > 0
  - not (log.max > 5)
  - log.count > 0 or sold == 14
  - sold == 14
)");
  const Series& log = outcome.measurements["log"];
  EXPECT_EQ(log.count(), 5u);
  EXPECT_EQ(log.infinite(), 2u);
  EXPECT_EQ(log.not_a_number(), 1u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(outcome.checks.at(i).status, CheckResult::Status::kFailed);
    EXPECT_EQ(outcome.checks.at(i).detail, "3 of 8 values of log are infinite or not a number");
  }
  EXPECT_EQ(outcome.checks.at(3).status, CheckResult::Status::kPassed);
}

TEST(NotFinite, EndsARunThatIsToHaveNone) {
  for (const char* check :
       {"{never: log.max > 5}", "{always: log.max < 5}", "{always: not (log.max > 5)}",
        "{never: log_of_hoard > 5, after: open}"}) {
    const Outcome outcome = run(absl::StrCat(R"(
phases:
  - {name: open, spawn: {}, calls: {method: sell, arguments: [0]}, lasts: 3s}
  - {lasts: 1h}
checks: [)",
                                             check, "]\n"));
    EXPECT_EQ(outcome.status, Outcome::Status::kFailed) << check;
    EXPECT_LE(outcome.virtual_time, 3s) << check;
    EXPECT_THAT(outcome.checks.at(0).detail,
                testing::AnyOf(HasSubstr("infinite"), HasSubstr("is -inf")))
        << check;
    EXPECT_FALSE(outcome.reached_end) << check;
  }
}

TEST(Outcome, SaysWhetherARunReachedItsEnd) {
  EXPECT_TRUE(run("phases: [{spawn: {}}]\nchecks: [sold == 1]\n").reached_end);
  EXPECT_FALSE(run("phases: [{spawn: {}, until: sold == 1, at_most: 5s}]\n").reached_end);
  EXPECT_FALSE(run("stop_after: 5s\nphases: [{spawn: {}, lasts: 10s}]\n").reached_end);
}

// --- Repeating
// -------------------------------------------------------------------------------------

TEST(Experiment, OfEveryFaultIsTheSameEachTime) {
  const std::string text = R"(
phases:
  - {name: open, spawn: {}}
  - churn:
      session: {weibull: {scale: 20s, shape: 0.7}}
      downtime: {lognormal: {median: 3s, sigma: 1}}
    partition: {hosts: 30%, times: 5, every: {exponential: {mean: 5s}}, lasts: {uniform: [1s, 5s]}}
    pause: {hosts: 20%, times: 5, every: 5s, lasts: 1s}
    slow: {hosts: 1, each_message: 5ms, at: {uniform: [0s, 20s]}, lasts: 10s}
    clock: {hosts: all, ahead: {uniform: [-1s, 1s]}, drift: {uniform: [-1%, 1%]}}
    leave: {hosts: 1, at: 10s}
    calls: {method: meet, arguments: [random, {uniform: [0, 9]}], rate: 10/s, may_fail: true}
    lasts: 1m
checks:
  - {always: nothing_is_broken, sample: 3}
)";
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome one = run(text, seed);
    EXPECT_EQ(one.event_hash, run(text, seed).event_hash) << "seed " << seed;
    EXPECT_NE(one.event_hash, run(text, seed + 100).event_hash) << "seed " << seed;
  }
}

}  // namespace
}  // namespace troupe::sim
