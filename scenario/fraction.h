// Fractions as people mean them: a percentage is a decimal fraction. 29% of 100 are 29, although no
// binary fraction is 0.29.
//
//   part_rounded_down(decimal_parts(0.29), 100)   // 29
//   written_percentage(0.29)                      // "29%"
#pragma once

#include <cstdint>
#include <string>

namespace troupe::scenario {

// A fraction from 0 to 1, for the nearest that has 15 decimals, in units of 10^-15.
inline constexpr std::int64_t kPartsOfAWhole = 1'000'000'000'000'000;
std::int64_t decimal_parts(double fraction);
// That part of so many things, rounded down, and rounded to the nearest. Requires whole >= 0.
std::int64_t part_rounded_down(std::int64_t parts, std::int64_t whole);
std::int64_t part_rounded(std::int64_t parts, std::int64_t whole);
// "29%", "0.5%"
std::string written_percentage(double fraction);

}  // namespace troupe::scenario
