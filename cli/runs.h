// Many runs of one scenario: which there are, what came of them, and which count.
//
// Where a sweep asks for a precision, a point has enough runs when its first n seeds know the mean
// well. Only these n count, whatever else has been run already: so the results do not depend on how
// many processes there were, nor on interruptions.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/statistics.h"
#include "scenario/parse.h"
#include "scenario/sweep.h"
#include "sim/experiment.h"

namespace troupe::cli {

struct Run {
  std::size_t point = 0;
  std::uint64_t seed = 0;
  auto operator<=>(const Run&) const = default;
};

struct RunResult {
  // passed and failed have come to their end. Others have not: crashed, killed, timed out,
  // out of memory, cannot be made.
  std::string status;
  std::string event_hash;  // empty where the run has not come to its end
  // A cell for each column of the plan, with commas between them; empty where nothing was measured.
  // Nothing at all where the run has not come to its end.
  std::string cells;
  std::string failure;  // the first check that failed, or how the run ended; else empty
};

// Whether the same run may come to something else when it is tried again: it was ended from
// outside, or by what its machine had to give.
bool is_worth_another_try(const RunResult& result);

// The cells as numbers, where they are some.
std::vector<std::optional<double>> numbers_of(const RunResult& result);

using Results = std::map<Run, RunResult>;

// All runs there may be.
struct Plan {
  std::string name;
  std::string description;
  std::string algorithm;
  std::vector<std::string> keys;  // that vary; none for many seeds of one scenario
  std::vector<scenario::Point> points;
  scenario::SeedRange seeds;
  std::vector<std::string> columns;  // result_columns()
  double confidence = 0.95;
  std::optional<scenario::Precision> precision;
  std::vector<scenario::Plot> plots;
  bool encode = false;                      // every message, as --encode
  Duration run_at_most = Duration::zero();  // of real time, for one run; zero: no limit
  bool stop_at_failure = false;  // runs after the first one that does not pass are not needed

  std::uint64_t most_runs() const { return points.size() * seeds.count(); }
  std::size_t column(const std::string& name) const;  // its place in `columns`
};

// Whether the run came to its end, by its numbers. Measurements of a run that ended early say
// little: it may have ended because they were going wrong.
bool reached_end(const Plan& plan, const std::vector<std::optional<double>>& numbers);

// Whether the values of a point are known as well as the plan's precision asks for. Requires one.
// Never where all values are equal: they do not tell how far others would lie apart.
bool is_narrow(const Plan& plan, const Sample& sample);

// The shortest text that gives the same number again.
std::string exact(double value);

// Runs one, in this process.
RunResult run_one(const Plan& plan, const Run& run);

// Gives out runs to processes that have nothing to do, and takes what came of them.
class RunSource {
 public:
  virtual ~RunSource() = default;
  // Nothing where all have been given out.
  virtual std::optional<Run> next() = 0;
  virtual void add(const Run& run, RunResult result) = 0;
  // False where nobody waits for its result any more.
  virtual bool may_count(const Run& run) const = 0;
  // The runs of a point that may still come, at most.
  virtual std::uint64_t left(std::size_t point) const = 0;
};

// Says which run comes next, and when there are enough.
class Schedule : public RunSource {
 public:
  // `before` are results of an earlier go.
  Schedule(const Plan& plan, Results before);

  void add(const Run& run, RunResult result) override;

  // Where no run is certain to be needed, it is one that may be.
  std::optional<Run> next() override;
  // All runs that are needed for the next decisions, for a queue far away.
  std::vector<Run> batch();

  bool may_count(const Run& run) const override;
  bool complete() const;
  // Whether there are runs that were left out, since one before them has not passed.
  bool has_stopped_early() const { return first_failure_.has_value(); }
  std::uint64_t left(std::size_t point) const override;
  std::uint64_t left() const;

  // The results that count, of those that are there. The schedule is at its end.
  Results take_counted();
  std::size_t done() const { return results_.size(); }
  std::size_t not_passed() const { return not_passed_; }

 private:
  struct Point {
    std::uint64_t looked_at = 0;          // so many of its first seeds
    std::uint64_t given_out = 0;          // so many of its first seeds
    std::optional<std::uint64_t> enough;  // so many of its first seeds count
    std::vector<double> values;           // of what must be known well
  };

  Run run_of(std::size_t point, std::uint64_t number) const {
    return {point, plan_.seeds.first + number};
  }
  void look(std::size_t point);
  // Whether the plan needs no run of this number, since one before it has not passed.
  bool is_after_failure(const Run& run) const { return first_failure_ && *first_failure_ < run; }
  void note_failure(const Run& run, const RunResult& result);
  // The next of a point's first `limit` seeds that has no result.
  std::optional<Run> give_out(std::size_t point, std::uint64_t limit);

  const Plan& plan_;
  Results results_;
  std::vector<Point> points_;
  std::size_t not_passed_ = 0;
  // The first run that has not passed, in the order of points and seeds; only where the plan stops
  // there.
  std::optional<Run> first_failure_;
};

}  // namespace troupe::cli
