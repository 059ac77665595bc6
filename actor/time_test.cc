// Durations for people, and sums that cannot overflow.
#include "actor/time.h"

#include "gtest/gtest.h"

namespace troupe {
namespace {

TEST(Time, IsWrittenForPeople) {
  EXPECT_EQ(to_string(0s), "0s");
  EXPECT_EQ(to_string(1ns), "1ns");
  EXPECT_EQ(to_string(999ns), "999ns");
  EXPECT_EQ(to_string(1500ns), "1.5us");
  EXPECT_EQ(to_string(250ms), "250ms");
  EXPECT_EQ(to_string(1500ms), "1.5s");
  EXPECT_EQ(to_string(59'999ms), "59.999s");
  EXPECT_EQ(to_string(150s), "2m30s");
  EXPECT_EQ(to_string(1h), "1h");
  EXPECT_EQ(to_string(1h + 1s), "1h1s");
  EXPECT_EQ(to_string(25h + 61s + 500ms), "25h1m1.5s");
  EXPECT_EQ(to_string(kNoTimeout), "never");
}

TEST(Time, IsWrittenWithoutAnImpossibleUnit) {
  EXPECT_EQ(to_string(Duration(999'999'999)), "999.999ms") << "not 1000ms";
  EXPECT_EQ(to_string(Duration(999'999)), "999.999us");
  EXPECT_EQ(to_string(60s - 1ns), "59.999s") << "not 60s";
  EXPECT_EQ(to_string(1h - 1ns), "59m59.999s") << "not 59m60s";
}

TEST(Time, IsWrittenWithItsSign) {
  EXPECT_EQ(to_string(-150s), "-2m30s");
  EXPECT_EQ(to_string(-1ns), "-1ns");
  EXPECT_EQ(to_string(Duration::min()), to_string(Duration::min() + 2ns));
}

TEST(Time, EndsAtNever) {
  EXPECT_EQ(saturated_sum(Time{}, kNoTimeout), kNever);
  EXPECT_EQ(saturated_sum(Time(1h), kNoTimeout), kNever);
  EXPECT_EQ(saturated_sum(Time(1h), kNoTimeout - 1h), kNever);
  EXPECT_EQ(saturated_sum(Time(1h), kNoTimeout - 1h - 1ns), kNever - 1ns);
  EXPECT_EQ(saturated_sum(kNever, 1ns), kNever);
  EXPECT_EQ(saturated_sum(Time(1h), -2h), Time(-1h));
  EXPECT_EQ(saturated_sum(Time(1h), Duration::min()), Time(Duration::min() + 1h));
}

TEST(Time, IsADoubleInReports) {
  EXPECT_EQ(to_seconds(1500ms), 1.5);
  EXPECT_EQ(to_seconds(-1ns), -1e-9);
}

}  // namespace
}  // namespace troupe
