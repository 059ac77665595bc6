// Whole numbers throughout: nothing is rounded but the result.
#include "scenario/fraction.h"

#include <cmath>

namespace troupe::scenario {
namespace {

__extension__ using Wide = __int128;

}  // namespace

std::int64_t decimal_parts(double fraction) {
  return std::llround(fraction * static_cast<double>(kPartsOfAWhole));
}

std::int64_t part_rounded_down(std::int64_t parts, std::int64_t whole) {
  return static_cast<std::int64_t>(Wide{parts} * whole / kPartsOfAWhole);
}

std::int64_t part_rounded(std::int64_t parts, std::int64_t whole) {
  return static_cast<std::int64_t>((Wide{parts} * whole + kPartsOfAWhole / 2) / kPartsOfAWhole);
}

std::string written_percentage(double fraction) {
  constexpr std::int64_t kPercent = kPartsOfAWhole / 100;
  const std::int64_t parts = decimal_parts(fraction);
  std::string text = std::to_string(parts / kPercent);
  if (parts % kPercent != 0) {
    // The decimals of the rest, with all their leading zeros and none at the end.
    std::string decimals = std::to_string(kPercent + parts % kPercent).substr(1);
    decimals.erase(decimals.find_last_not_of('0') + 1);
    text += "." + decimals;
  }
  return text + "%";
}

}  // namespace troupe::scenario
