// ValueCounts: how many values lie in each of many narrow ranges, in place of the values
// themselves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

namespace troupe::internal {

// A range's width is less than a thousandth of its values: each power of two is cut into 1,024
// ranges. So whole numbers below 2,048 have a range of their own. A range stands for its end that
// is nearer to zero. Memory is 8 kB for each power of two that has values.
//
// The ranges come from the bits of the number, so that they are the same on every machine.
class ValueCounts {
 public:
  // Requires a finite value.
  void add(double value);
  std::size_t size() const { return size_; }
  // The value that `rank` values stand before, as its range has it. Requires rank < size().
  double at(std::size_t rank) const;
  // How many values are less than `bound`, where each is as its range has it.
  std::uint64_t below(double bound) const;

 private:
  static constexpr int kBits = 10;  // of the mantissa that tell ranges apart
  static constexpr std::size_t kRanges = std::size_t{1} << kBits;
  struct Page {
    std::uint64_t size = 0;
    std::array<std::uint64_t, kRanges> counts{};
  };
  // The end of a range that is nearer to zero.
  static double low_of(int number, std::size_t range);

  std::size_t size_ = 0;
  // By the power of two, from the most negative values to the greatest.
  std::map<int, Page> pages_;
};

}  // namespace troupe::internal
