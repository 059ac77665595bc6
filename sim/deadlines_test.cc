// Deadlines against a sorted list.
#include "sim/deadlines.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "actor/random.h"
#include "gtest/gtest.h"

namespace troupe::sim {
namespace {

constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

Deadlines::Entry entry(std::int64_t time, std::uint32_t slot) {
  return {.time = time, .actor = {}, .slot = slot, .generation = 1};
}

// All entries that are due at next(), in the order in which they come.
std::vector<std::uint32_t> take_all_due(Deadlines& deadlines) {
  std::vector<std::uint32_t> slots;
  Deadlines::Entry taken{};
  const std::int64_t due = deadlines.next();
  while (deadlines.take(taken)) {
    EXPECT_EQ(taken.time, due);
    slots.push_back(taken.slot);
  }
  return slots;
}

TEST(Deadlines, HaveNoNextWhereThereAreNone) {
  Deadlines deadlines;
  Deadlines::Entry taken{};
  EXPECT_EQ(deadlines.next(), kNone);
  EXPECT_FALSE(deadlines.take(taken));
  EXPECT_EQ(deadlines.next(), kNone);
}

TEST(Deadlines, OfOneTimeoutComeInTheOrderOfAdding) {
  Deadlines deadlines;
  for (std::uint32_t i = 0; i < 10; ++i) deadlines.add(entry(100 + i / 3, i), 100ns);
  EXPECT_EQ(deadlines.next(), 100);
  EXPECT_EQ(take_all_due(deadlines), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(deadlines.next(), 101);
  EXPECT_EQ(take_all_due(deadlines), (std::vector<std::uint32_t>{3, 4, 5}));
}

TEST(Deadlines, ThatWereInheritedComeInAnyOrder) {
  Deadlines deadlines;
  for (const std::uint32_t time : {30u, 10u, 20u, 10u}) deadlines.add(entry(time, time), 0ns);
  EXPECT_EQ(deadlines.next(), 10);
  EXPECT_EQ(take_all_due(deadlines), (std::vector<std::uint32_t>{10, 10}));
  EXPECT_EQ(deadlines.next(), 20);
  take_all_due(deadlines);
  EXPECT_EQ(deadlines.next(), 30);
  take_all_due(deadlines);
  EXPECT_EQ(deadlines.next(), kNone);
}

TEST(Deadlines, ThatAreSoonerThanTheNextBecomeTheNext) {
  Deadlines deadlines;
  deadlines.add(entry(100, 1), 100ns);
  deadlines.add(entry(50, 2), 50ns);
  EXPECT_EQ(deadlines.next(), 50);
  deadlines.add(entry(20, 3), 0ns);
  EXPECT_EQ(deadlines.next(), 20);
  EXPECT_EQ(take_all_due(deadlines), (std::vector<std::uint32_t>{3}));
  EXPECT_EQ(take_all_due(deadlines), (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(take_all_due(deadlines), (std::vector<std::uint32_t>{1}));
}

TEST(Deadlines, OfOneTimeComeInTheSameOrderWhereInheritedOnesAreAmongThem) {
  Deadlines deadlines;
  deadlines.add(entry(100, 1), 0ns);
  deadlines.add(entry(100, 2), 60ns);
  deadlines.add(entry(100, 3), 50ns);
  deadlines.add(entry(100, 4), 60ns);
  deadlines.add(entry(100, 5), 0ns);
  EXPECT_EQ(take_all_due(deadlines), (std::vector<std::uint32_t>{2, 4, 3, 1, 5}));
}

// Time goes on, calls are made with many timeouts, and every entry comes exactly at its time.
TEST(Deadlines, ComeInTheOrderOfTimeInRandomPrograms) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Deadlines deadlines;
    std::multiset<std::pair<std::int64_t, std::uint32_t>> open;
    std::int64_t now = 0;
    std::uint32_t slot = 0;
    for (int step = 0; step < 2000; ++step) {
      if (random.chance(0.6)) {
        ++slot;
        if (random.chance(0.2)) {
          const auto time = now + static_cast<std::int64_t>(random.below(1000));
          deadlines.add(entry(time, slot), 0ns);
          open.emplace(time, slot);
        } else {
          // More timeouts than there are queues.
          const auto timeout = static_cast<std::int64_t>(10 * (1 + random.below(40)));
          deadlines.add(entry(now + timeout, slot), Duration(timeout));
          open.emplace(now + timeout, slot);
        }
      } else {
        now += static_cast<std::int64_t>(random.below(50));
        while (deadlines.next() <= now) {
          const std::int64_t due = deadlines.next();
          Deadlines::Entry taken{};
          if (!deadlines.take(taken)) continue;
          ASSERT_EQ(taken.time, due);
          ASSERT_EQ(open.begin()->first, due);
          ASSERT_EQ(open.erase({due, taken.slot}), 1u);
        }
        ASSERT_TRUE(open.empty() || open.begin()->first > now);
      }
    }
  }
}

}  // namespace
}  // namespace troupe::sim
