// Selection from two sorted vectors.
#include "actor/internal/sorted_values.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace troupe::internal {

namespace {
constexpr std::size_t kMostRecent = 512;
}  // namespace

void SortedValues::sort_recent() const {
  if (recent_sorted_ == recent_.size()) return;
  const auto middle = recent_.begin() + static_cast<std::ptrdiff_t>(recent_sorted_);
  std::sort(middle, recent_.end());
  std::vector<double> merged(recent_.size());
  std::merge(recent_.begin(), middle, middle, recent_.end(), merged.begin());
  recent_ = std::move(merged);
  recent_sorted_ = recent_.size();
}

void SortedValues::join() const {
  sort_recent();
  std::vector<double> merged(size());
  std::merge(sorted_.begin(), sorted_.end(), recent_.begin(), recent_.end(), merged.begin());
  sorted_ = std::move(merged);
  recent_.clear();
  recent_sorted_ = 0;
}

double SortedValues::at(std::size_t rank) const {
  assert(rank < size());
  if (recent_.size() > kMostRecent) join();
  sort_recent();
  // Looks for the number of values that come from recent_, among the first `rank`.
  const std::size_t few = recent_.size();
  std::size_t low = rank > sorted_.size() ? rank - sorted_.size() : 0;
  std::size_t high = std::min(rank, few);
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    // Those before recent_[middle] would be `middle` of recent_ and rank - middle of sorted_.
    if (recent_[middle] < sorted_[rank - middle - 1]) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const std::size_t other = rank - low;
  if (low == few) return sorted_[other];
  if (other == sorted_.size()) return recent_[low];
  return std::min(recent_[low], sorted_[other]);
}

const std::vector<double>& SortedValues::all() const {
  if (!recent_.empty()) join();
  return sorted_;
}

}  // namespace troupe::internal
