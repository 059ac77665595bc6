// What the runs of one point come to: mean, confidence interval, percentiles.
//
//   const Sample sample({4.1, 3.9, 4.3});
//   sample.mean() - *sample.half_width(0.95)   // the lower end of the 95 % interval
//
// The values are taken in the order of the seeds, so that the sums are the same to the last bit
// however the runs were spread over processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace troupe::cli {

class Sample {
 public:
  explicit Sample(std::vector<double> values);

  std::size_t count() const { return sorted_.size(); }
  double mean() const { return mean_; }
  // Of a sample: over n - 1. Nothing with fewer than two values.
  std::optional<double> deviation() const;
  // Half of the width of the interval that holds the true mean with this probability, after
  // Student; nothing with fewer than two values, nor where all are equal: without any variation
  // there is nothing to tell an interval from.
  std::optional<double> half_width(double confidence) const;
  // The smallest value that at least `percent` of the values do not exceed. Not of an empty sample.
  double percentile(double percent) const;
  double least() const { return percentile(0); }
  double most() const { return percentile(100); }

 private:
  std::vector<double> sorted_;
  double mean_ = 0;
  double squares_ = 0;  // of the distances from the mean
};

// The value that Student's t with so many degrees of freedom does not exceed with this probability,
// from 0.5 on.
double student_quantile(double probability, std::uint64_t degrees);

}  // namespace troupe::cli
