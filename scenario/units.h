// Numbers with their units, as people write them: 1_000, 1%, 1.5s, 64kB, 10Mbit/s.
//
//   Parsed<Duration> parsed = parse_duration("30");
//   parsed.value      // nothing
//   parsed.remedy     // "write 30s, or with another unit: ns, us, ms, s, m, h, d"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actor/time.h"

namespace troupe::scenario {

template <class T>
struct Parsed {
  std::optional<T> value;
  std::string remedy = {};  // where there is no value: what to write instead, if it can be guessed
};

// The longest duration: sums of several still fit into a Duration.
inline constexpr Duration kLongestDuration = std::chrono::hours(24) * 36500;
// The largest size in bytes, and rate in bits a second.
inline constexpr std::int64_t kLargestAmount = 1'000'000'000'000'000;

// "1_000", "-3". Underscores stand between digits.
Parsed<std::int64_t> parse_integer(std::string_view text);
Parsed<std::uint64_t> parse_unsigned(std::string_view text);
// "0.5", "1e-3"; never infinite, never NaN.
Parsed<double> parse_number(std::string_view text);
// "1%" or "0.01": from 0 to 1.
Parsed<double> parse_probability(std::string_view text);
// "100ns 5us 20ms 1.5s 2m 3h 1d", also "1m30s" and "-2s".
Parsed<Duration> parse_duration(std::string_view text);
Parsed<bool> parse_flag(std::string_view text);
// "512B", "1.5kB", "64KiB": in bytes.
Parsed<std::int64_t> parse_size(std::string_view text);
// "10Mbit/s", "1.5MB/s": in bits a second.
Parsed<std::int64_t> parse_rate(std::string_view text);

// A number as a scenario can write it: 10_000_000.
std::string written(std::int64_t value);
std::string written(std::uint64_t value);
std::string written(double value);

}  // namespace troupe::scenario
