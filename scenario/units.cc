// All arithmetic here is checked: what does not fit is no value, never another value.
#include "scenario/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <span>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace troupe::scenario {
namespace {

__extension__ using Wide = __int128;

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// Without the underscores between digits; nothing where one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      digits += text[i];
      continue;
    }
    const bool between = i > 0 && i + 1 < text.size() && is_digit(text[i - 1]);
    if (!between || !is_digit(text[i + 1])) return std::nullopt;
  }
  return digits;
}

template <class T>
std::optional<T> from_text(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  const std::optional<std::string> digits = without_underscores(text);
  if (!digits) return std::nullopt;
  T value{};
  const char* const end = digits->data() + digits->size();
  const auto [rest, error] = std::from_chars(digits->data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

template <class T>
Parsed<T> whole_number(std::string_view text) {
  const std::optional<T> value = from_text<T>(text);
  if (value) return {value};
  // "1e6" and "1000.0" are whole numbers, written as others.
  const std::optional<double> number = parse_number(text).value;
  constexpr double kExact = 9e15;
  const bool other_form = text.find_first_of(".eE") != std::string_view::npos;
  if (number && other_form && std::abs(*number) < kExact && *number == std::floor(*number)) {
    return {std::nullopt, absl::StrCat("write ", static_cast<std::int64_t>(*number))};
  }
  return {};
}

struct Unit {
  std::string_view name;
  std::int64_t worth;
};

constexpr std::array<Unit, 8> kDurations = {{
    {"d", 86'400'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"µs", 1'000},
    {"ns", 1},
}};

constexpr std::string_view kUnitNames = "ns, us, ms, s, m, h, d";

constexpr std::array<Unit, 7> kSizes = {{
    {"B", 1},
    {"kB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"KiB", std::int64_t{1} << 10},
    {"MiB", std::int64_t{1} << 20},
    {"GiB", std::int64_t{1} << 30},
}};

constexpr std::array<Unit, 8> kRates = {{
    {"bit/s", 1},
    {"kbit/s", 1'000},
    {"Mbit/s", 1'000'000},
    {"Gbit/s", 1'000'000'000},
    {"B/s", 8},
    {"kB/s", 8'000},
    {"MB/s", 8'000'000},
    {"GB/s", 8'000'000'000},
}};

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

// Takes "1.5" from the front of `text` and gives it as 15 / 10^1.
struct Decimal {
  Wide digits = 0;
  Wide scale = 1;
};

std::optional<Decimal> take_decimal(std::string_view& text) {
  constexpr std::size_t kMostDigits = 18;  // so that digits * unit fits
  Decimal decimal;
  std::size_t digits = 0;
  bool fraction = false;
  std::size_t used = 0;
  for (; used < text.size(); ++used) {
    const char letter = text[used];
    if (letter == '.' && !fraction && digits > 0) {
      fraction = true;
    } else if (is_digit(letter)) {
      if (++digits > kMostDigits) return std::nullopt;
      decimal.digits = decimal.digits * 10 + (letter - '0');
      if (fraction) decimal.scale *= 10;
    } else {
      break;
    }
  }
  if (digits == 0 || text[used - 1] == '.') return std::nullopt;
  text.remove_prefix(used);
  return decimal;
}

// One number with one of these units, the first of which is 1.
Parsed<std::int64_t> parse_amount(std::string_view text, std::span<const Unit> units) {
  std::string_view rest = text;
  const std::optional<Decimal> decimal = take_decimal(rest);
  if (!decimal) return {};
  std::string names;
  for (const Unit& unit : units) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(unit.name));
  }
  if (rest.empty()) {
    return {std::nullopt, absl::StrCat("write ", std::string(text), std::string(units[0].name),
                                       ", or with another unit: ", names)};
  }
  const Unit* unit = find_unit(units, rest);
  if (unit == nullptr) return {std::nullopt, absl::StrCat("the units are ", names)};
  const Wide amount = decimal->digits * unit->worth / decimal->scale;
  if (amount > kLargestAmount) return {};
  return {static_cast<std::int64_t>(amount)};
}

}  // namespace

Parsed<std::int64_t> parse_integer(std::string_view text) {
  return whole_number<std::int64_t>(text);
}

Parsed<std::uint64_t> parse_unsigned(std::string_view text) {
  return whole_number<std::uint64_t>(text);
}

Parsed<double> parse_number(std::string_view text) {
  // from_chars also knows words: inf, nan.
  if (text.empty() || text.find_first_not_of("0123456789+-._eE") != std::string_view::npos) {
    return {};
  }
  return {from_text<double>(text)};
}

Parsed<double> parse_probability(std::string_view text) {
  const bool percent = text.ends_with('%');
  std::string_view digits = text;
  if (percent) digits.remove_suffix(1);
  const std::optional<double> number = parse_number(digits).value;
  if (!number) return {};
  const double probability = percent ? *number / 100 : *number;
  if (probability >= 0 && probability <= 1) return {probability};
  if (!percent && *number > 1 && *number <= 100) {
    return {std::nullopt, absl::StrCat("for ", *number, " percent, write ", *number, "%")};
  }
  return {};
}

Parsed<Duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  Wide sum = 0;
  std::int64_t previous_unit = 0;
  while (!rest.empty()) {
    const std::optional<Decimal> decimal = take_decimal(rest);
    if (!decimal) return {};
    std::size_t length = 0;
    while (length < rest.size() && !is_digit(rest[length])) ++length;
    const std::string_view name = rest.substr(0, length);
    if (name.empty()) {
      return {std::nullopt, absl::StrCat("write ", std::string(text),
                                         "s, or with another unit: ", std::string(kUnitNames))};
    }
    const Unit* unit = find_unit(kDurations, name);
    if (unit == nullptr) {
      return {std::nullopt, absl::StrCat("the units are ", std::string(kUnitNames))};
    }
    // "30s1m" is more likely a slip than a duration.
    if (previous_unit != 0 && unit->worth >= previous_unit) return {};
    previous_unit = unit->worth;
    sum += decimal->digits * unit->worth / decimal->scale;
    if (sum > kLongestDuration.count()) return {std::nullopt, "the longest is 36500d"};
    rest.remove_prefix(length);
  }
  if (previous_unit == 0) return {};
  const auto nanoseconds = static_cast<std::int64_t>(sum);
  return {Duration(negative ? -nanoseconds : nanoseconds)};
}

Parsed<std::int64_t> parse_size(std::string_view text) { return parse_amount(text, kSizes); }

Parsed<std::int64_t> parse_rate(std::string_view text) { return parse_amount(text, kRates); }

Parsed<bool> parse_flag(std::string_view text) {
  if (text == "true") return {true};
  if (text == "false") return {false};
  return {};
}

std::string written(std::uint64_t value) {
  std::string digits = std::to_string(value);
  if (digits.size() <= 5) return digits;
  std::string result;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result += '_';
    result += digits[i];
  }
  return result;
}

std::string written(std::int64_t value) {
  if (value >= 0) return written(static_cast<std::uint64_t>(value));
  return "-" + written(~static_cast<std::uint64_t>(value) + 1);
}

std::string written(double value) {
  constexpr double kExact = 1e15;
  if (value == std::floor(value) && std::abs(value) < kExact) {
    return written(static_cast<std::int64_t>(value));
  }
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc() ? std::string(buffer.data(), end) : std::to_string(value);
}

}  // namespace troupe::scenario
