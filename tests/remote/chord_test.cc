// Chord, the very source that the simulator runs, in host processes that live and die for real.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/remote/ring.h"

namespace troupe::remote_test {
namespace {

TEST(RemoteChord, TheGoldenRingComesOutOfTenProcesses) {
  RemoteRing ring({.bits = 6, .successors = 3, .processes = 10});
  const std::vector<chord::Id> ids = {1, 8, 14, 21, 32, 38, 42, 48, 51, 56};
  for (std::size_t i = 0; i < ids.size(); ++i) ring.join(i, ids[i]);
  ASSERT_TRUE(ring.settles(/*fingers=*/true)) << ring.difference(true);

  // The rows of the journal paper's figure.
  const std::map<chord::Id, std::vector<chord::Id>> golden = {
      {1, {8, 8, 8, 14, 21, 38}},     {8, {14, 14, 14, 21, 32, 42}}, {14, {21, 21, 21, 32, 32, 48}},
      {21, {32, 32, 32, 32, 38, 56}}, {32, {38, 38, 38, 42, 48, 1}}, {38, {42, 42, 42, 48, 56, 8}},
      {42, {48, 48, 48, 51, 1, 14}},  {48, {51, 51, 56, 56, 1, 21}}, {51, {56, 56, 56, 1, 8, 21}},
      {56, {1, 1, 1, 1, 8, 32}},
  };
  for (const chord::Table& table : ring.tables()) {
    EXPECT_EQ(table.fingers, golden.at(table.id)) << "of " << table.id;
  }
  const auto found = ring.find(8, 54);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->path, (chord::Path{8, 42, 51}));
  EXPECT_EQ(found->owner.id, 56U);

  std::size_t steps = 0;
  for (const chord::Id from : ids) {
    for (chord::Id key = 0; key < 64; ++key) {
      const auto lookup = ring.find(from, key);
      ASSERT_TRUE(lookup.ok()) << lookup.status();
      EXPECT_EQ(lookup->owner.id, ring.owner(key)) << key << " from " << from;
      steps += lookup->path.size();
    }
  }
  EXPECT_NEAR(static_cast<double>(steps) / 640, 2.5, 0.05);
}

TEST(RemoteChord, SixtyFourNodesInSixteenProcessesOutliveFourOfThem) {
  RemoteRing ring({.bits = 16, .successors = 8, .processes = 16});
  Random ids(7);
  for (int i = 0; i < 64; ++i) ring.join(static_cast<std::size_t>(i) % 16, ids.below(1 << 16));
  ASSERT_TRUE(ring.settles(/*fingers=*/false)) << ring.difference(false);
  EXPECT_EQ(ring.wrong_lookups(/*seed=*/1, 200), "");

  for (const std::size_t process : {3U, 7U, 8U, 12U}) ring.kill(process);
  ASSERT_TRUE(ring.settles(/*fingers=*/false)) << ring.difference(false);
  EXPECT_EQ(ring.size(), 48U);
  EXPECT_EQ(ring.wrong_lookups(/*seed=*/2, 200), "");
}

}  // namespace
}  // namespace troupe::remote_test
