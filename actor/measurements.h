// Measurements: what a run has measured, by name, and its statistics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actor/internal/exact_sum.h"
#include "actor/internal/sorted_values.h"
#include "actor/internal/value_counts.h"

namespace troupe {

// All values given under one name. Adding a value takes constant time, and memory is bounded.
//
// Count, sum, mean, deviation, least and greatest are always exact (but for the rounding of the
// result). Percentiles are exact up to kMostExact values. With more, a percentile may be nearer to
// zero than the true one, by less than kPercentileError of it; whole numbers below 2,048 are exact.
class Series {
 public:
  static constexpr std::size_t kMostExact = 100'000;
  static constexpr double kPercentileError = 0.001;

  // Values that are infinite or not a number are counted apart and have no part in the statistics.
  void add(double value);

  std::size_t count() const { return count_; }  // of the finite values
  std::uint64_t infinite() const { return infinite_; }
  std::uint64_t not_a_number() const { return not_a_number_; }
  bool all_finite() const { return infinite_ + not_a_number_ == 0; }
  // Whether all values are whole numbers.
  bool is_whole() const { return whole_; }
  // Whether percentiles are exact.
  bool is_exact() const { return !counts_.has_value(); }

  // The statistics. The sum of no values is 0; every other statistic of no values is NaN, and so is
  // the deviation of one value.
  double sum() const;
  double mean() const;
  double min() const;
  double max() const;
  double last() const;  // the one that was added last
  // The standard deviation of a sample: over n - 1.
  double deviation() const;
  // The smallest value that at least `percent` (from 0 to 100) of the values do not exceed.
  double percentile(double percent) const;

  // A statistic by its name, as conditions and files have it: see is_statistic(). Nothing where no
  // value was measured that it could be made of.
  std::optional<double> statistic(std::string_view name) const;

  struct Bin {
    double low;   // inclusive
    double high;  // exclusive, but for the last
    std::uint64_t count;
  };
  // Bins (at least two are allowed) of equal, round width that cover all values. Whole numbers of a
  // small range get one bin each; equal values that are not whole get one from the value to itself.
  std::vector<Bin> histogram(std::size_t most_bins = 20) const;

 private:
  std::uint64_t count_below(double bound) const;

  std::size_t count_ = 0;
  std::uint64_t infinite_ = 0;
  std::uint64_t not_a_number_ = 0;
  bool whole_ = true;
  double least_ = 0;
  double greatest_ = 0;
  double last_ = 0;
  internal::ExactSum sum_;
  double running_mean_ = 0;  // after Welford, for the deviation
  double squares_ = 0;       // the sum of squared distances from the mean
  internal::SortedValues values_;
  std::optional<internal::ValueCounts> counts_;  // instead of values_ where there are too many
};

// Whether a series has a statistic of this name: count, sum, mean, min, max, deviation, last, or a
// percentile, which is p and a number from 0 to 100, such as p50 or p99.9.
bool is_statistic(std::string_view name);
// The statistics that result files have, in their order.
const std::vector<std::string>& main_statistics();

class Measurements {
 public:
  void add(std::string_view name, double value);
  // Makes a series exist even if nothing is ever added to it.
  void declare(std::string_view name) { series_.try_emplace(std::string(name)); }
  void count(std::string_view name, std::int64_t by);

  // Zero where nothing was counted.
  std::int64_t counter(std::string_view name) const;
  const std::map<std::string, std::int64_t, std::less<>>& counters() const { return counters_; }
  // An empty series where nothing was measured.
  const Series& operator[](std::string_view name) const;
  const std::map<std::string, Series, std::less<>>& all() const { return series_; }

  // From now on `part` gets whatever is added here, until it is closed. It begins with all names
  // that are known here, and no values. Requires that the part outlives this object or is closed
  // before, and that this object is not copied while a part is open.
  void open_part(Measurements& part);
  void close_part(Measurements& part);

 private:
  std::map<std::string, Series, std::less<>> series_;
  std::map<std::string, std::int64_t, std::less<>> counters_;
  std::vector<Measurements*> parts_;
};

}  // namespace troupe
