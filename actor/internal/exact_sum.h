// ExactSum: a sum of doubles without rounding, so that it does not depend on their order.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace troupe::internal {

// After Shewchuk (1997): the sum is kept as a few doubles that do not overlap, the smallest first.
class ExactSum {
 public:
  // Requires a finite value.
  void add(double value) {
    if (!parts_.empty() && !std::isfinite(parts_.back())) return;  // It has left the range.
    std::size_t kept = 0;
    for (const double known : parts_) {
      double part = known;
      if (std::abs(value) < std::abs(part)) std::swap(value, part);
      const double sum = value + part;
      if (!std::isfinite(sum)) {
        parts_ = {sum};
        return;
      }
      const double lost = part - (sum - value);
      if (lost != 0) parts_[kept++] = lost;
      value = sum;
    }
    parts_.resize(kept);
    parts_.push_back(value);
  }

  // The double that is nearest to the sum; infinite where the sum has left the range of doubles.
  double value() const {
    double sum = 0;
    double lost = 0;
    std::size_t left = parts_.size();
    while (left > 0 && lost == 0) {
      const double before = sum;
      const double part = parts_[--left];
      sum = before + part;
      if (!std::isfinite(sum)) return parts_.back();
      lost = part - (sum - before);
    }
    // Where the exact sum lies half-way between two doubles, the next part decides.
    if (left > 0 && ((lost < 0 && parts_[left - 1] < 0) || (lost > 0 && parts_[left - 1] > 0))) {
      const double twice = lost * 2;
      const double rounded = sum + twice;
      if (twice == rounded - sum) sum = rounded;
    }
    return sum;
  }

 private:
  std::vector<double> parts_;
};

}  // namespace troupe::internal
