// The schedule of many runs against one process that looks at one seed after another.
#include "cli/runs.h"

#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/evaluation.h"
#include "cli/statistics.h"
#include "gtest/gtest.h"

namespace troupe::cli {
namespace {

// In a test, Run is another thing.
using OneRun = Run;

Plan plan_of(std::size_t points, std::uint64_t seeds) {
  Plan plan;
  plan.keys = {"hosts"};
  plan.points.resize(points);
  for (std::size_t i = 0; i < points; ++i) plan.points[i].values = {absl::StrCat(16 << i)};
  plan.seeds = {5, 4 + seeds};
  plan.columns = {"events", "hops.mean"};
  return plan;
}

// The same for the same run, as a simulation is; now and then one crashes, or measures nothing.
RunResult outcome_of(const Run& run) {
  std::mt19937_64 random(run.point * 1'000'003 + run.seed);
  const std::uint64_t kind = random() % 16;
  if (kind == 0) return {.status = "crashed", .event_hash = "", .cells = "", .failure = "died"};
  const double value = static_cast<double>(random() >> 11) * 0x1p-53;
  return {.status = kind == 1 ? "failed" : "passed",
          .event_hash = "0x1",
          .cells = kind == 2 ? "7," : absl::StrCat("7,", 10 + value),
          .failure = ""};
}

// The runs that count: for each point, one seed after another until the mean is known.
std::set<Run> expected(const Plan& plan) {
  std::set<Run> runs;
  for (std::size_t point = 0; point < plan.points.size(); ++point) {
    double sum = 0;
    double squares = 0;
    double n = 0;
    for (std::uint64_t seed = plan.seeds.first; seed <= plan.seeds.last; ++seed) {
      runs.insert({point, seed});
      const RunResult result = outcome_of({point, seed});
      if (!plan.precision) continue;
      if (result.status != "crashed" && result.cells.size() > 2) {
        const double value = std::stod(result.cells.substr(2));
        sum += value;
        squares += value * value;
        ++n;
      }
      const auto looked = static_cast<std::int64_t>(seed - plan.seeds.first + 1);
      if (looked < plan.precision->at_least || n < 2) continue;
      const double mean = sum / n;
      const double variance = (squares - n * mean * mean) / (n - 1);
      const double half =
          student_quantile(0.975, static_cast<std::uint64_t>(n) - 1) * std::sqrt(variance / n);
      if (half <= plan.precision->within * (plan.precision->relative ? mean : 1)) break;
    }
  }
  return runs;
}

std::set<Run> keys_of(const Results& results) {
  std::set<Run> keys;
  for (const auto& [run, result] : results) keys.insert(run);
  return keys;
}

// `jobs` processes whose runs end in any order; after `most` results, all is interrupted.
Results work(const Plan& plan, Results before, std::size_t jobs, std::size_t most,
             std::mt19937_64& random) {
  Schedule schedule(plan, std::move(before));
  std::vector<Run> at_work;
  Results found;
  while (found.size() < most) {
    while (at_work.size() < jobs) {
      const std::optional<Run> run = schedule.next();
      if (!run) break;
      at_work.push_back(*run);
    }
    if (at_work.empty()) break;
    const std::size_t chosen = random() % at_work.size();
    const Run run = at_work[chosen];
    at_work.erase(at_work.begin() + static_cast<std::ptrdiff_t>(chosen));
    if (!schedule.may_count(run)) continue;
    schedule.add(run, outcome_of(run));
    found.emplace(run, outcome_of(run));
  }
  if (found.size() < most) {
    EXPECT_TRUE(schedule.complete());
    EXPECT_EQ(schedule.left(), 0u);
    return schedule.take_counted();
  }
  return found;
}

scenario::Precision precision(double within, bool relative, std::int64_t at_least) {
  scenario::Precision precision;
  precision.measurement = "hops.mean";
  precision.within = within;
  precision.relative = relative;
  precision.at_least = at_least;
  return precision;
}

TEST(Schedule, WithoutAPrecisionEveryRunCounts) {
  std::mt19937_64 random(1);
  const Plan plan = plan_of(3, 7);
  EXPECT_EQ(keys_of(work(plan, {}, 2, 1000, random)), expected(plan));
  EXPECT_EQ(expected(plan).size(), 21u);
}

TEST(Schedule, WhatCountsDoesNotDependOnProcessesOrOnInterruptions) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    Plan plan = plan_of(1 + random() % 4, 12 + random() % 60);
    const bool relative = random() % 2 == 0;
    plan.precision = precision((relative ? 0.01 : 0.1) * static_cast<double>(1 + random() % 4),
                               relative, static_cast<std::int64_t>(2 + random() % 10));
    const std::set<OneRun> right = expected(plan);
    Results before;
    while (random() % 3 != 0) {  // Interrupted so many times.
      const std::size_t most = before.size() + 1 + random() % 20;
      Results more = work(plan, before, 1 + random() % 8, most, random);
      before.insert(more.begin(), more.end());
    }
    const Results results = work(plan, before, 1 + random() % 8, 100'000, random);
    ASSERT_EQ(keys_of(results), right) << "seed " << seed;
    EXPECT_EQ(results_csv(plan, results), results_csv(plan, work(plan, {}, 1, 100'000, random)))
        << "seed " << seed;
  }
}

TEST(Schedule, BatchesComeToTheSame) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    std::mt19937_64 random(seed);
    Plan plan = plan_of(1 + random() % 4, 12 + random() % 60);
    if (seed % 5 != 0) {
      plan.precision = precision(0.02 * static_cast<double>(1 + random() % 10), false,
                                 static_cast<std::int64_t>(2 + random() % 10));
    }
    Schedule schedule(plan, {});
    int batches = 0;
    for (std::vector<OneRun> runs = schedule.batch(); !runs.empty(); runs = schedule.batch()) {
      for (const OneRun& run : runs) schedule.add(run, outcome_of(run));
      ASSERT_LT(++batches, 100);
    }
    EXPECT_TRUE(schedule.complete());
    EXPECT_EQ(keys_of(schedule.take_counted()), expected(plan)) << "seed " << seed;
  }
}

TEST(Schedule, StopsAtTheSameFailureForAnyNumberOfProcesses) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    Plan plan = plan_of(1 + random() % 4, 1 + random() % 40);
    plan.seeds.first += seed;
    plan.seeds.last += seed;
    if (seed % 2 == 0) plan.precision = precision(0.2, false, 2);
    // One after the other, until one does not pass.
    std::set<OneRun> right;
    for (const OneRun& run : expected(plan)) {
      right.insert(run);
      if (outcome_of(run).status != "passed") break;
    }
    plan.stop_at_failure = true;
    Results before;
    if (seed % 3 == 0) before = work(plan, {}, 3, 1 + random() % 5, random);
    const Results results = work(plan, before, 1 + random() % 8, 100'000, random);
    EXPECT_EQ(keys_of(results), right) << "seed " << seed;
  }
}

TEST(Schedule, OneProcessRunsNothingInVain) {
  Plan plan = plan_of(3, 50);
  plan.precision = precision(0.1, false, 5);
  std::mt19937_64 random(1);
  Schedule schedule(plan, {});
  std::set<OneRun> run_at_all;
  while (const std::optional<OneRun> run = schedule.next()) {
    run_at_all.insert(*run);
    schedule.add(*run, outcome_of(*run));
  }
  EXPECT_EQ(run_at_all, expected(plan));
}

TEST(Evaluation, CountsAndSamplesAreThoseOfTheRuns) {
  const Plan plan = plan_of(2, 40);
  std::mt19937_64 random(1);
  const Results results = work(plan, {}, 3, 1000, random);
  const Evaluation evaluation(plan, results);
  for (std::size_t point = 0; point < 2; ++point) {
    std::size_t not_passed = 0;
    std::vector<double> values;
    for (const auto& [run, result] : results) {
      if (run.point != point) continue;
      not_passed += result.status == "passed" ? 0 : 1;
      if (result.cells.size() > 2) {
        values.push_back(std::stod(result.cells.substr(2)));
      }
    }
    EXPECT_EQ(evaluation.runs(point), 40u);
    EXPECT_EQ(evaluation.not_passed(point), not_passed);
    EXPECT_EQ(evaluation.sample(point, 1).count(), values.size());
    EXPECT_DOUBLE_EQ(evaluation.sample(point, 1).mean(), Sample(values).mean());
  }
}

TEST(Results, ACsvQuotesWhatHasCommas) {
  Plan plan = plan_of(1, 1);
  plan.keys = {"network.latency", "note"};
  plan.points[0].values = {"{uniform: [1ms, 2ms]}", "\"so\""};
  const Results results = {{{0, 5}, {"passed", "0x1", "7,1.5", ""}}};
  EXPECT_EQ(results_csv(plan, results),
            "network.latency,note,seed,status,event_hash,events,hops.mean\n"
            "\"{uniform: [1ms, 2ms]}\",\"\"\"so\"\"\",5,passed,0x1,7,1.5\n");
}

TEST(Results, ARunThatCrashedHasARowWithoutNumbers) {
  const Plan plan = plan_of(1, 1);
  const Results results = {{{0, 5}, {"crashed", "", "", "the process died"}}};
  EXPECT_EQ(results_csv(plan, results),
            "hosts,seed,status,event_hash,events,hops.mean\n16,5,crashed,,,\n");
}

TEST(Points, ARowHasTheStatisticsOfItsRuns) {
  const Plan plan = plan_of(1, 3);
  Results results;
  for (int i = 0; i < 3; ++i) {
    results[{0, 5 + static_cast<std::uint64_t>(i)}] = {"passed", "0x1", absl::StrCat("7,", 1 + i),
                                                       ""};
  }
  // 2 +- 4.3027 / sqrt(3)
  const double half = *Sample({1, 2, 3}).half_width(0.95);
  EXPECT_NEAR(half, 4.3027 / std::sqrt(3), 1e-4);
  EXPECT_EQ(points_csv(Evaluation(plan, results)),
            absl::StrCat("hosts,measurement,runs,left_out,ended_by,mean,low,high,deviation,min,p5,"
                         "p25,p50,p75,p95,max\n",
                         // Equal values have no interval.
                         "16,events,3,0,seeds,7,,,0,7,7,7,7,7,7,7\n", "16,hops.mean,3,0,seeds,2,",
                         exact(2 - half), ",", exact(2 + half), ",1,1,1,1,2,3,3,3\n"));
}

// Whoever reads the file gets the very numbers, also where they differ in the last digits only.
TEST(Points, NumbersAreWrittenInFull) {
  const Plan plan = plan_of(1, 2);
  const Results results = {{{0, 5}, {"passed", "0x1", "7,1.0000000001", ""}},
                           {{0, 6}, {"passed", "0x1", "7,1.0000000003", ""}}};
  const Evaluation evaluation(plan, results);
  const std::string text = points_csv(evaluation);
  const std::vector<std::string> cells = absl::StrSplit(text.substr(text.find("hops.mean")), ',');
  const Sample& sample = evaluation.sample(0, 1);
  EXPECT_EQ(std::stod(cells[4]), sample.mean());
  EXPECT_EQ(std::stod(cells[5]), sample.mean() - *sample.half_width(0.95));
  EXPECT_LT(std::stod(cells[5]), std::stod(cells[6]));
}

TEST(Points, RunsThatEndedEarlyHaveNoPartInStatistics) {
  Plan plan = plan_of(1, 4);
  plan.columns = {"reached_end", "events", "hops.mean"};
  const Results results = {{{0, 5}, {"passed", "0x1", "1,10,4", ""}},
                           {{0, 6}, {"failed", "0x1", "0,1,9", "a check"}},
                           {{0, 7}, {"failed", "0x1", "1,20,6", "a check at the end"}},
                           {{0, 8}, {"crashed", "", "", "died"}}};
  const Evaluation evaluation(plan, results);
  EXPECT_EQ(evaluation.runs(0), 4u);
  EXPECT_EQ(evaluation.left_out(0), 2u);
  EXPECT_EQ(evaluation.sample(0, 1).mean(), 15);
  EXPECT_EQ(evaluation.sample(0, 2).mean(), 5);
  // But how many reach their end is a result of its own.
  EXPECT_EQ(evaluation.sample(0, 0).count(), 3u);
  EXPECT_NE(points_csv(evaluation).find("\n16,hops.mean,2,2,seeds,5,"), std::string::npos);
  EXPECT_NE(evaluation_text(evaluation).find("left out of these figures: 2 runs"),
            std::string::npos);
}

TEST(Points, SayWhyTheyHaveNoMoreRuns) {
  Plan plan = plan_of(1, 4);
  plan.precision = precision(3, false, 2);
  Results results = {{{0, 5}, {"passed", "0x1", "7,1", ""}}};
  EXPECT_EQ(Evaluation(plan, results).ended_by(0), "interrupted");
  results[{0, 6}] = {"passed", "0x1", "7,1.1", ""};
  EXPECT_EQ(Evaluation(plan, results).ended_by(0), "precision");
  results[{0, 6}] = results[{0, 7}] = results[{0, 8}] = results[{0, 5}];
  EXPECT_EQ(Evaluation(plan, results).ended_by(0), "seeds");
}

// A rare event is seen in none of the first runs: that says nothing about its frequency.
TEST(Schedule, EqualValuesAreNoReasonToEnd) {
  Plan plan = plan_of(1, 300);
  plan.precision = precision(0.5, false, 10);
  Schedule schedule(plan, {});
  std::uint64_t runs = 0;
  while (const std::optional<OneRun> run = schedule.next()) {
    ++runs;
    schedule.add(*run, {"passed", "0x1", run->seed < 105 ? "7,0" : "7,1", ""});
  }
  EXPECT_EQ(runs, 101u) << "until the values differ";
  EXPECT_EQ(Evaluation(plan, schedule.take_counted()).ended_by(0), "precision");
}

TEST(Schedule, RunsThatEndedEarlyDoNotMakeAMeanKnown) {
  Plan plan = plan_of(1, 30);
  plan.columns = {"reached_end", "events", "hops.mean"};
  plan.precision = precision(0.5, false, 5);
  Schedule schedule(plan, {});
  while (const std::optional<OneRun> run = schedule.next()) {
    const bool early = run->seed < 25;
    schedule.add(*run, {early ? "failed" : "passed", "0x1",
                        absl::StrCat(early ? "0,7," : "1,7,", run->seed % 2 == 0 ? 1 : 1.1), ""});
  }
  // Seeds 5 to 24 ended early; the mean is known well with three more.
  EXPECT_EQ(schedule.take_counted().size(), 23u);
}

}  // namespace
}  // namespace troupe::cli
