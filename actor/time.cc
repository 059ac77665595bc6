// Durations as text, for messages to people.
#include "actor/time.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace troupe {
namespace {

struct Unit {
  std::int64_t nanoseconds;
  const char* name;
};

constexpr std::array<Unit, 3> kLargeUnits = {{
    {3'600'000'000'000, "h"},
    {60'000'000'000, "m"},
    {1'000'000'000, "s"},
}};

// "1.5ms": so much in `unit`, with at most three decimals and no trailing zeros. What is beyond
// them is cut off: rounding up would give "60s".
std::string in_unit(std::int64_t nanoseconds, const Unit& unit) {
  std::string text = absl::StrFormat("%d.%03d", nanoseconds / unit.nanoseconds,
                                     nanoseconds % unit.nanoseconds * 1'000 / unit.nanoseconds);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return absl::StrCat(text, unit.name);
}

}  // namespace

std::string to_string(Duration duration) {
  if (duration == kNoTimeout) return "never";
  std::int64_t left = duration.count();
  if (left == 0) return "0s";
  // Of the two least durations, one has no opposite and the other's is kNoTimeout.
  if (left < 0) return absl::StrCat("-", to_string(-std::max(duration, Duration::min() + 2ns)));
  if (left < 1'000) return in_unit(left, {1, "ns"});
  if (left < 1'000'000) return in_unit(left, {1'000, "us"});
  if (left < 1'000'000'000) return in_unit(left, {1'000'000, "ms"});
  std::string text;
  for (const Unit& unit : kLargeUnits) {
    if (unit.nanoseconds == 1'000'000'000) {
      if (left > 0) absl::StrAppend(&text, in_unit(left, unit));
    } else if (left >= unit.nanoseconds) {
      absl::StrAppend(&text, left / unit.nanoseconds, unit.name);
      left %= unit.nanoseconds;
    }
  }
  return text;
}

}  // namespace troupe
