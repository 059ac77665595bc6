// Numbers and durations: what is read, exactly, and what is not.
#include "scenario/units.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "actor/random.h"
#include "gtest/gtest.h"
#include "scenario/fraction.h"

namespace troupe::scenario {
namespace {

TEST(Durations, AreReadExactly) {
  const std::vector<std::pair<std::string, Duration>> good = {
      {"100ns", 100ns},
      {"5us", 5us},
      {"5µs", 5us},
      {"20ms", 20ms},
      {"1.5s", 1500ms},
      {"0.000000001s", 1ns},
      {"2m", 120s},
      {"3h", std::chrono::hours(3)},
      {"1d", std::chrono::hours(24)},
      {"1m30s", 90s},
      {"1h0m0.5s", std::chrono::hours(1) + 500ms},
      {"-2s", -2s},
      {"0s", 0s},
      {"36500d", kLongestDuration},
      {"0.1s", 100ms},
      {"123456789.123456789s", 123456789123456789ns},
  };
  for (const auto& [text, value] : good) EXPECT_EQ(parse_duration(text).value, value) << text;
}

TEST(Durations, ThatTroupePrintsAreReadAgain) {
  for (const Duration value : {Duration(1ns), Duration(1500us), Duration(90s), Duration(90061s)}) {
    EXPECT_EQ(parse_duration(to_string(value)).value, value);
  }
}

TEST(Durations, ThatAreNoneAreRefused) {
  for (const std::string text : {"",        "-",
                                 "s",       "5",
                                 "5 s",     " 5s",
                                 "5s ",     "5S",
                                 "5sec",    ".5s",
                                 "5.s",     "1.2.3s",
                                 "1e3s",    "--5s",
                                 "+5s",     "5s1m",
                                 "5s5s",    "nan",
                                 "infs",    "36500d1ns",
                                 "36501d",  "999999999999999999999s",
                                 "1_000ms", "5s5",
                                 "µs"}) {
    EXPECT_FALSE(parse_duration(text).value.has_value()) << text;
  }
  EXPECT_EQ(parse_duration("30").remedy, "write 30s, or with another unit: ns, us, ms, s, m, h, d");
}

TEST(WholeNumbers, AreReadExactly) {
  EXPECT_EQ(parse_integer("1_000_000").value, 1'000'000);
  EXPECT_EQ(parse_integer("+3").value, 3);
  EXPECT_EQ(parse_integer("-9223372036854775808").value, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_unsigned("18446744073709551615").value, ~std::uint64_t{0});
}

TEST(WholeNumbers, ThatAreNoneAreRefused) {
  for (const std::string text : {"", "+", "-", "_1", "1_", "1__0", "1,000", "1 000", "0x10", "1.5",
                                 "+-3", "9223372036854775808", "one"}) {
    EXPECT_FALSE(parse_integer(text).value.has_value()) << text;
  }
  EXPECT_FALSE(parse_unsigned("-1").value.has_value());
  EXPECT_FALSE(parse_unsigned("18446744073709551616").value.has_value());
  EXPECT_EQ(parse_integer("1e6").remedy, "write 1000000");
}

TEST(Numbers, AreFinite) {
  EXPECT_EQ(parse_number("1e-3").value, 0.001);
  EXPECT_EQ(parse_number("-1_000.5").value, -1000.5);
  for (const std::string text :
       {"", "inf", "nan", "-inf", ".inf", "1e999", "0x1p3", "1.2.3", "e", "1e", "1 "}) {
    EXPECT_FALSE(parse_number(text).value.has_value()) << text;
  }
}

TEST(Probabilities, LieBetweenZeroAndOne) {
  EXPECT_EQ(parse_probability("1%").value, 0.01);
  EXPECT_EQ(parse_probability("0.01").value, 0.01);
  EXPECT_EQ(parse_probability("0").value, 0.0);
  EXPECT_EQ(parse_probability("100%").value, 1.0);
  for (const std::string text : {"", "%", "101%", "-1%", "1.01", "1 %", "nan%", "few"}) {
    EXPECT_FALSE(parse_probability(text).value.has_value()) << text;
  }
  EXPECT_EQ(parse_probability("5").remedy, "for 5 percent, write 5%");
}

TEST(Sizes, HaveAUnit) {
  EXPECT_EQ(parse_size("512B").value, 512);
  EXPECT_EQ(parse_size("0B").value, 0);
  EXPECT_EQ(parse_size("1.5kB").value, 1500);
  EXPECT_EQ(parse_size("64KiB").value, 65536);
  EXPECT_EQ(parse_size("2GiB").value, std::int64_t{2} << 30);
  EXPECT_EQ(parse_size("1000000GB").value, 1'000'000'000'000'000);
  for (const std::string text : {"", "B", "-1B", "1 kB", "1kb", "1000001GB", "1kB2B", "0x1B"}) {
    EXPECT_FALSE(parse_size(text).value.has_value()) << text;
  }
  EXPECT_EQ(parse_size("64").remedy,
            "write 64B, or with another unit: B, kB, MB, GB, KiB, MiB, GiB");
  EXPECT_EQ(parse_size("64kb").remedy, "the units are B, kB, MB, GB, KiB, MiB, GiB");
}

TEST(Rates, AreInBitsOrBytesASecond) {
  EXPECT_EQ(parse_rate("1bit/s").value, 1);
  EXPECT_EQ(parse_rate("10Mbit/s").value, 10'000'000);
  EXPECT_EQ(parse_rate("1.5MB/s").value, 12'000'000);
  EXPECT_EQ(parse_rate("0bit/s").value, 0);
  for (const std::string text : {"", "10", "10Mbps", "-1bit/s", "1e3bit/s", "1000001Gbit/s"}) {
    EXPECT_FALSE(parse_rate(text).value.has_value()) << text;
  }
  EXPECT_EQ(parse_rate("10Mbps").remedy,
            "the units are bit/s, kbit/s, Mbit/s, Gbit/s, B/s, kB/s, MB/s, GB/s");
}

TEST(Numbers, AreWrittenAsTheyCanBeRead) {
  EXPECT_EQ(written(std::int64_t{99999}), "99999");
  EXPECT_EQ(written(std::int64_t{10'000'000}), "10_000_000");
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9_223_372_036_854_775_808");
  EXPECT_EQ(written(0.4), "0.4");
  EXPECT_EQ(written(64.0), "64");
}

TEST(Fraction, OfEveryWholePercentageIsExact) {
  for (std::int64_t percent = 0; percent <= 100; ++percent) {
    const std::string text = absl::StrCat(percent, "%");
    const double fraction = parse_probability(text).value.value();
    EXPECT_EQ(written_percentage(fraction), text);
    for (std::int64_t whole = 0; whole <= 1000; ++whole) {
      const std::int64_t parts = decimal_parts(fraction);
      EXPECT_EQ(part_rounded_down(parts, whole), percent * whole / 100) << text << " of " << whole;
      EXPECT_EQ(part_rounded(parts, whole), (percent * whole + 50) / 100)
          << text << " of " << whole;
    }
  }
}

TEST(Fraction, OfPercentagesWithDecimalsIsExact) {
  Random random = Random::stream(1, "fractions");
  for (int round = 0; round < 20'000; ++round) {
    std::int64_t scale = 1;
    const auto decimals = random.below(10);
    for (std::uint64_t i = 0; i < decimals; ++i) scale *= 10;
    const auto digits =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(100 * scale + 1)));
    std::string rest = std::to_string(scale + digits % scale).substr(1);
    std::string text = absl::StrCat(digits / scale, rest.empty() ? "" : ".", rest, "%");
    const auto whole = static_cast<std::int64_t>(random.below(1'000'000));
    __extension__ using Wide = __int128;
    const auto exact = static_cast<std::int64_t>(Wide{digits} * whole / (Wide{100} * scale));
    const double fraction = parse_probability(text).value.value();
    EXPECT_EQ(part_rounded_down(decimal_parts(fraction), whole), exact) << text << " of " << whole;
    while (!rest.empty() && rest.back() == '0') rest.pop_back();
    EXPECT_EQ(written_percentage(fraction),
              absl::StrCat(digits / scale, rest.empty() ? "" : ".", rest, "%"));
  }
}

}  // namespace
}  // namespace troupe::scenario
