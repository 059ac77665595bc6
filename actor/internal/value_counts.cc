// Ranges from the bits of a double.
#include "actor/internal/value_counts.h"

#include <bit>
#include <cassert>
#include <limits>

namespace troupe::internal {
namespace {

constexpr int kMantissaBits = 52;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

}  // namespace

// Page p holds the positive values with the exponent bits p; page -1 - p the negative ones.
void ValueCounts::add(double value) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t size = bits & ~kSign;
  const auto exponent = static_cast<int>(size >> kMantissaBits);
  const std::size_t range = size >> (kMantissaBits - kBits) & (kRanges - 1);
  const bool negative = (bits & kSign) != 0 && size != 0;  // Zero has no sign here.
  Page& page = pages_[negative ? -1 - exponent : exponent];
  ++page.counts[range];
  ++page.size;
  ++size_;
}

double ValueCounts::low_of(int number, std::size_t range) {
  const auto exponent = static_cast<std::uint64_t>(number < 0 ? -1 - number : number);
  const std::uint64_t bits = exponent << kMantissaBits | std::uint64_t{range}
                                                             << (kMantissaBits - kBits);
  return std::bit_cast<double>(number < 0 ? bits | kSign : bits);
}

double ValueCounts::at(std::size_t rank) const {
  assert(rank < size_);
  std::uint64_t before = 0;
  for (const auto& [number, page] : pages_) {
    if (before + page.size <= rank) {
      before += page.size;
      continue;
    }
    for (std::size_t i = 0; i < kRanges; ++i) {
      const std::size_t range = number < 0 ? kRanges - 1 - i : i;
      before += page.counts[range];
      if (before > rank) return low_of(number, range);
    }
  }
  return std::numeric_limits<double>::quiet_NaN();  // Cannot be: the pages have all values.
}

std::uint64_t ValueCounts::below(double bound) const {
  std::uint64_t before = 0;
  for (const auto& [number, page] : pages_) {
    for (std::size_t i = 0; i < kRanges; ++i) {
      const std::size_t range = number < 0 ? kRanges - 1 - i : i;
      if (page.counts[range] > 0 && low_of(number, range) >= bound) return before;
      before += page.counts[range];
    }
  }
  return before;
}

}  // namespace troupe::internal
