// SortedValues: values of which the k-th smallest can be asked for at any time, also while more
// are being added one by one.
#pragma once

#include <cstddef>
#include <vector>

namespace troupe::internal {

class SortedValues {
 public:
  void add(double value) { recent_.push_back(value); }
  std::size_t size() const { return sorted_.size() + recent_.size(); }
  // The value that exactly `rank` values stand before in sorted order. Requires rank < size().
  double at(std::size_t rank) const;
  // All values, sorted.
  const std::vector<double>& all() const;

 private:
  void sort_recent() const;
  void join() const;

  // Most values are in one sorted vector. Those that were added last are in a small one, which is
  // sorted when somebody asks, and joins the other when it has grown.
  mutable std::vector<double> sorted_;
  mutable std::vector<double> recent_;
  mutable std::size_t recent_sorted_ = 0;  // so many of recent_ are sorted
};

}  // namespace troupe::internal
