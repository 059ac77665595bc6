// What the runs of a sweep come to: statistics of every point, results.csv, points.csv.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/runs.h"
#include "cli/statistics.h"

namespace troupe::cli {

class Evaluation {
 public:
  // Both must outlive it.
  Evaluation(const Plan& plan, const Results& results);

  const Plan& plan() const { return plan_; }
  const Results& results() const { return results_; }

  std::size_t runs(std::size_t point) const { return points_[point].runs; }
  // Of these: those that failed or crashed.
  std::size_t not_passed(std::size_t point) const { return points_[point].not_passed; }
  std::size_t not_passed() const;
  // Of the runs: those that did not come to their end. Only their reached_end counts; they have no
  // part in the statistics of other columns.
  std::size_t left_out(std::size_t point) const { return points_[point].left_out; }
  std::size_t left_out() const;
  // Why a point has no more runs: "precision" where it was reached, "seeds" where there are no
  // more, "interrupted" where some are missing.
  std::string ended_by(std::size_t point) const;
  // The values of one column over the runs of one point.
  const Sample& sample(std::size_t point, std::size_t column) const {
    return points_[point].samples[column];
  }
  // Whether a column has any value, and whether it has different ones.
  bool is_measured(std::size_t column) const;
  bool differs(std::size_t column) const;

 private:
  struct Point {
    std::size_t runs = 0;
    std::size_t not_passed = 0;
    std::size_t left_out = 0;
    std::vector<Sample> samples;
  };
  const Plan& plan_;
  const Results& results_;
  std::vector<Point> points_;
};

// One row a run, in the order of points and seeds.
std::string results_csv(const Plan& plan, const Results& results);

// One row for each measurement of each point.
std::string points_csv(const Evaluation& evaluation);

// "4.840 +- 0.012"; the mean alone where there is no interval, or none to speak of; empty where
// there is nothing.
std::string with_interval(const Sample& sample, double confidence, const std::string& plus_minus);

// "hosts=64, network.loss=1%"; empty where nothing varies.
std::string name_of_point(const Plan& plan, std::size_t point);

// The columns that a short table shows: those that the plots or the precision are about, else what
// the algorithm measures.
std::vector<std::size_t> main_columns(const Evaluation& evaluation, std::size_t most);

// What came out, for a terminal.
std::string evaluation_text(const Evaluation& evaluation);

}  // namespace troupe::cli
