// Identifiers and intervals of Chord's circle, against an oracle that walks the circle step by
// step.
#include "algorithms/chord/identifier.h"

#include <gtest/gtest.h>

namespace chord {
namespace {

// Whether going clockwise from just after `a`, one comes by x before b (or at b, where it counts).
bool walks_by(const Circle& circle, Id x, Id a, Id b, bool b_counts) {
  for (Id at = circle.wrap(a + 1);; at = circle.wrap(at + 1)) {
    if (at == b) return b_counts && x == b;
    if (at == x) return true;
  }
}

TEST(Circle, IntervalsAreWhatAWalkAroundTheCircleMeets) {
  const Circle circle(4);
  for (Id a = 0; a < 16; ++a) {
    for (Id b = 0; b < 16; ++b) {
      for (Id x = 0; x < 16; ++x) {
        EXPECT_EQ(circle.in_open(x, a, b), walks_by(circle, x, a, b, false))
            << x << " in (" << a << ", " << b << ")";
        EXPECT_EQ(circle.in_half_open(x, a, b), walks_by(circle, x, a, b, true))
            << x << " in (" << a << ", " << b << "]";
      }
    }
  }
}

TEST(Circle, AnIntervalFromAPointToItselfIsTheWholeCircle) {
  const Circle circle(6);
  EXPECT_TRUE(circle.in_half_open(7, 7, 7));
  EXPECT_TRUE(circle.in_half_open(8, 7, 7));
  EXPECT_FALSE(circle.in_open(7, 7, 7));
  EXPECT_TRUE(circle.in_open(8, 7, 7));
}

TEST(Circle, SixtyFourBitsWrapAround) {
  const Circle circle(64);
  EXPECT_EQ(circle.wrap(~Id{0}), ~Id{0});
  EXPECT_EQ(circle.distance(~Id{0}, 0), 1U);
  EXPECT_TRUE(circle.in_open(0, ~Id{0}, 1));
}

TEST(Circle, HashesAreTheFirstBitsOfSha1) {
  // SHA-1 of "abc" is a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d (FIPS 180).
  EXPECT_EQ(Circle(64).hash("abc"), 0xa9993e364706816aU);
  EXPECT_EQ(Circle(32).hash("abc"), 0xa9993e36U);
  EXPECT_EQ(Circle(1).hash("abc"), 1U);
}

}  // namespace
}  // namespace chord
