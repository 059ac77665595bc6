// Each fault: what must and what must not be delivered, and when.
#include "sim/faults.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "actor/actor.h"
#include "actor/saved.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/simulator.h"

namespace troupe::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

ACTOR_METHODS(Post, hear, say, ask_for, answer, watch, tick, begin, nap, nap_until, time_an_answer)

// Hears from others, and says things to them.
class Post : public Actor<Post> {
 public:
  // What came, and when by this host's clock.
  struct Heard {
    int number;
    Time when;
  };
  Async hear(int number) {
    heard.push_back({number, now()});
    return {};
  }
  Async say(Ref<Post> to, int number) {
    to.hear(number);
    return {};
  }
  // Asks and notes what came of it.
  Parallel<Async> ask_for(Ref<Post> other, Duration patience) {
    const absl::StatusOr<int> got = co_await other.answer().within(patience).status_or();
    outcomes.push_back(std::string(absl::StatusCodeToString(got.status().code())));
    answered_at.push_back(now());
  }
  Sync<int> answer() { return 42; }
  Async watch(Ref<Post> other) {
    monitor(other);
    return {};
  }
  Async tick() {
    ticks.push_back(now());
    return {};
  }
  Async begin(Duration period) {
    every(period, &Post::tick);
    return {};
  }
  Parallel<Async> nap(Duration span) {
    co_await sleep(span);
    ticks.push_back(now());
  }
  Parallel<Async> nap_until(Time wake) {
    co_await sleep_until(wake);
    ticks.push_back(now());
  }

  Parallel<Async> time_an_answer(Ref<Post> other) {
    const Stopwatch stopwatch = start_stopwatch();
    co_await other.answer();
    measured.push_back(stopwatch.elapsed());
  }

  std::vector<int> numbers() const {
    std::vector<int> all;
    for (const Heard& one : heard) all.push_back(one.number);
    return all;
  }

  std::vector<Heard> heard;
  std::vector<std::string> outcomes;
  std::vector<Time> answered_at;
  std::vector<Time> ticks;
  std::vector<Duration> measured;
  int ends_seen = 0;

 private:
  Async on_down(Exit) override {
    ++ends_seen;
    return {};
  }
};

// Some hosts with a post on each.
class Town {
 public:
  explicit Town(int hosts,
                SimulatorOptions options = {.network = {.latency = scenario::Constant{10ms}}})
      : simulator(std::move(options)) {
    for (int i = 0; i < hosts; ++i) posts.push_back(simulator.spawn<Post>(simulator.add_host()));
    simulator.run_for(0s);
  }
  Post& post(int i) { return *simulator.find(posts[static_cast<std::size_t>(i)]); }
  void say(int from, int to, int number) {
    simulator.act([&] {
      posts[static_cast<std::size_t>(from)].say(posts[static_cast<std::size_t>(to)], number);
    });
  }
  template <class Body>
  void act(Body body) {
    simulator.act(body);
  }

  Simulator simulator;
  std::vector<Ref<Post>> posts;
};

Time at(Duration since_start) { return Time(since_start); }

// --- Partitions
// -----------------------------------------------------------------------------------

// Everybody sends to everybody, through random partitions that come and go: what arrives is what a
// plain list of cut pairs lets through.
TEST(Partition, LetsThroughWhatDoesNotCrossItAndNothingElse) {
  constexpr int kHosts = 6;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Town world(kHosts);
    Random random = Random::stream(seed, "test");
    std::map<PartitionId, std::set<std::pair<int, int>>> cuts;
    for (int round = 0; round < 12; ++round) {
      if (!cuts.empty() && random.chance(0.4)) {
        world.simulator.heal(cuts.begin()->first);
        cuts.erase(cuts.begin());
      } else {
        std::vector<HostId> some;
        std::vector<int> group(kHosts);
        for (int i = 0; i < kHosts; ++i) {
          if (random.chance(0.4)) {
            some.push_back(static_cast<HostId>(i));
            group[static_cast<std::size_t>(i)] = 1;
          }
        }
        const auto direction = static_cast<Direction>(random.below(3));
        std::set<std::pair<int, int>> cut;
        for (int from = 0; from < kHosts; ++from) {
          for (int to = 0; to < kHosts; ++to) {
            const bool inside = group[static_cast<std::size_t>(from)] == 1;
            const bool to_inside = group[static_cast<std::size_t>(to)] == 1;
            if (inside == to_inside) continue;
            if (direction == Direction::kIn && !to_inside) continue;
            if (direction == Direction::kOut && !inside) continue;
            cut.emplace(from, to);
          }
        }
        cuts[world.simulator.partition(Partition::of(some, direction, kHosts))] = cut;
      }
      for (int to = 0; to < kHosts; ++to) world.post(to).heard.clear();
      for (int from = 0; from < kHosts; ++from) {
        for (int to = 0; to < kHosts; ++to) world.say(from, to, from);
      }
      world.simulator.run_for(50ms);
      for (int to = 0; to < kHosts; ++to) {
        std::multiset<int> expected;
        for (int from = 0; from < kHosts; ++from) {
          bool open = true;
          for (const auto& [id, cut] : cuts) open = open && !cut.contains({from, to});
          if (open) expected.insert(from);
        }
        const std::vector<int> got = world.post(to).numbers();
        EXPECT_EQ(std::multiset<int>(got.begin(), got.end()), expected)
            << "seed " << seed << ", round " << round << ", to host " << to;
      }
    }
  }
}

TEST(Partition, OfSeveralGroupsLeavesEachToItselfAndTheRestToIt) {
  Town world(6);
  const std::vector<std::vector<HostId>> groups = {{0, 1}, {2}};
  world.simulator.partition(Partition::of(groups, 6));
  for (int from = 0; from < 6; ++from) {
    for (int to = 0; to < 6; ++to) world.say(from, to, from);
  }
  world.simulator.run_for(1s);
  EXPECT_THAT(world.post(0).numbers(), UnorderedElementsAre(0, 1));
  EXPECT_THAT(world.post(2).numbers(), UnorderedElementsAre(2));
  EXPECT_THAT(world.post(3).numbers(), UnorderedElementsAre(3, 4, 5));
  EXPECT_EQ(world.simulator.drops(DropReason::kPartition), 36u - 4 - 1 - 9);
}

TEST(Partition, DoesNotTakeWhatIsUnderWayWhenItBegins) {
  Town world(2);
  world.say(0, 1, 1);
  world.simulator.run_for(5ms);
  const PartitionId id =
      world.simulator.partition(Partition::of(std::vector<HostId>{0}, Direction::kBoth, 2));
  world.say(0, 1, 2);
  world.simulator.run_for(1s);
  world.simulator.heal(id);
  world.say(0, 1, 3);
  world.simulator.run_for(1s);
  EXPECT_THAT(world.post(1).numbers(), ElementsAre(1, 3));
}

TEST(Partition, IsFeltByACallAsSilence) {
  Town world(2);
  world.simulator.partition(Partition::of(std::vector<HostId>{0}, Direction::kIn, 2));
  world.act([&] { world.posts[0].ask_for(world.posts[1], 500ms); });
  world.simulator.run_for(1s);
  // The question gets through, and its answer does not.
  EXPECT_THAT(world.post(0).outcomes, ElementsAre("DEADLINE_EXCEEDED"));
  EXPECT_THAT(world.post(0).answered_at, ElementsAre(at(500ms)));
}

TEST(Partition, KeepsTheEndOfAnActorFromItsMonitorUntilItHeals) {
  Town world(2);
  world.act([&] { world.posts[0].watch(world.posts[1]); });
  world.simulator.run_for(1s);
  const PartitionId id =
      world.simulator.partition(Partition::of(std::vector<HostId>{0}, Direction::kBoth, 2));
  world.simulator.act([&] { internal::Turns::stop(world.post(1), id_of(world.posts[1])); });
  world.simulator.run_for(1min);
  EXPECT_EQ(world.post(0).ends_seen, 0);
  world.simulator.heal(id);
  world.simulator.run_for(1s);
  EXPECT_EQ(world.post(0).ends_seen, 1);
}

// --- Pauses
// -----------------------------------------------------------------------------------------

TEST(Pause, HoldsEverythingAndLosesNothing) {
  Town world(2);
  world.act([&] { world.posts[1].begin(100ms); });
  world.simulator.run_for(250ms);
  EXPECT_THAT(world.post(1).ticks, ElementsAre(at(100ms), at(200ms)));
  world.simulator.pause(1);
  for (int i = 1; i <= 3; ++i) {
    world.say(0, 1, i);
    world.simulator.run_for(100ms);
  }
  EXPECT_THAT(world.post(1).numbers(), IsEmpty());
  EXPECT_EQ(world.post(1).ticks.size(), 2u);
  world.simulator.resume(1);
  world.simulator.run_for(1ms);
  EXPECT_THAT(world.post(1).numbers(), ElementsAre(1, 2, 3));
  for (const Post::Heard& one : world.post(1).heard) EXPECT_EQ(one.when, at(550ms));
  // One tick for all that it has missed, and from there on at the old rate.
  EXPECT_THAT(world.post(1).ticks, ElementsAre(at(100ms), at(200ms), at(550ms)));
  world.simulator.run_for(100ms);
  EXPECT_EQ(world.post(1).ticks.back(), at(650ms));
}

TEST(Pause, StopsTheDeadlinesOfItsOwnHostAndNoOthers) {
  Town world(3);
  world.simulator.pause(1);
  world.act([&] { world.posts[0].ask_for(world.posts[1], 300ms); });
  world.simulator.run_for(1s);
  EXPECT_THAT(world.post(0).outcomes, ElementsAre("DEADLINE_EXCEEDED"));
  EXPECT_THAT(world.post(0).answered_at, ElementsAre(at(300ms)));

  // Host 2 asks, and is paused while it waits. The answer is there when it goes on.
  world.simulator.resume(1);
  world.act([&] { world.posts[2].ask_for(world.posts[1], 300ms); });
  world.simulator.run_for(5ms);
  world.simulator.pause(2);
  world.simulator.run_for(10s);
  EXPECT_THAT(world.post(2).outcomes, IsEmpty());
  world.simulator.resume(2);
  world.simulator.run_for(1ms);
  EXPECT_THAT(world.post(2).outcomes, ElementsAre("OK"));

  // Nothing came: the deadline passes when it goes on.
  world.simulator.pause(1);
  world.act([&] { world.posts[2].ask_for(world.posts[1], 300ms); });
  world.simulator.run_for(5ms);
  world.simulator.pause(2);
  world.simulator.run_for(10s);
  EXPECT_EQ(world.post(2).outcomes.size(), 1u);
  world.simulator.resume(2);
  world.simulator.run_for(1ms);
  EXPECT_THAT(world.post(2).outcomes, ElementsAre("OK", "DEADLINE_EXCEEDED"));
}

TEST(Pause, EndsWithACrash) {
  Town world(2);
  world.simulator.pause(1);
  world.act([&] { world.posts[0].ask_for(world.posts[1], 10s); });
  world.simulator.run_for(1s);
  EXPECT_THAT(world.post(0).outcomes, IsEmpty());
  world.simulator.crash(1);
  world.simulator.run_for(1s);
  EXPECT_THAT(world.post(0).outcomes, ElementsAre("UNAVAILABLE"));
  world.simulator.restore(1);
  EXPECT_FALSE(world.simulator.faults().is_paused(1));
}

TEST(Pause, LosesNothingAtTheEndOfTheSimulation) {
  Town world(2);
  world.simulator.pause(1);
  world.say(0, 1, 1);
  world.simulator.run_for(1s);  // AddressSanitizer would find what is forgotten.
}

// --- Slow hosts
// -------------------------------------------------------------------------------------

TEST(SlowHost, TakesItsTimeForEachMessageOneAfterAnother) {
  Town world(3);
  world.simulator.slow(1, 100ms);
  for (int i = 1; i <= 4; ++i) world.say(i % 2 == 0 ? 0 : 2, 1, i);
  world.say(0, 2, 9);
  world.simulator.run_for(10s);
  ASSERT_THAT(world.post(1).numbers(), ElementsAre(1, 2, 3, 4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(world.post(1).heard[i].when, at(10ms + 100ms * static_cast<int>(i + 1)));
  }
  ASSERT_EQ(world.post(2).heard.size(), 1u);
  EXPECT_EQ(world.post(2).heard[0].when, at(10ms));
}

TEST(SlowHost, KeepsTheOrderWhenItIsNoLongerSlow) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Town world(2, {.seed = seed, .network = {.latency = scenario::Uniform{1ms, 20ms}}});
    world.simulator.slow(1, 30ms);
    std::vector<int> expected;
    for (int i = 0; i < 60; ++i) {
      if (i == 20) world.simulator.slow(1, 0s);
      if (i == 40) world.simulator.slow(1, 7ms);
      if (i == 50) world.simulator.slow(1, 0s);
      world.say(0, 1, i);
      world.simulator.run_for(5ms);
      expected.push_back(i);
    }
    world.simulator.run_for(10s);
    EXPECT_EQ(world.post(1).numbers(), expected) << "seed " << seed;
    world.say(0, 1, 100);
    world.simulator.run_for(30ms);
    EXPECT_EQ(world.post(1).numbers().back(), 100) << "it is as quick as ever";
    EXPECT_FALSE(world.simulator.faults().delays());
  }
}

TEST(SlowHost, IsLateForItsTimers) {
  Town world(1);
  world.act([&] { world.posts[0].begin(100ms); });
  world.simulator.run_for(0s);
  world.simulator.slow(0, 30ms);
  world.simulator.run_for(300ms);
  EXPECT_THAT(world.post(0).ticks, ElementsAre(at(130ms), at(260ms)));
}

// --- Clocks
// -----------------------------------------------------------------------------------------

TEST(Clock, ThatIsAheadShowsALaterTimeAndMovesNothingElse) {
  Town world(2);
  world.simulator.set_clock(1, 5s, 0);
  world.act([&] { world.posts[1].begin(100ms); });
  world.say(0, 1, 1);
  world.act([&] { world.posts[1].ask_for(world.posts[0], 500ms); });
  world.simulator.run_for(150ms);
  EXPECT_EQ(world.post(1).heard.at(0).when, at(5s + 10ms));
  EXPECT_THAT(world.post(1).ticks, ElementsAre(at(5s + 100ms)));
  EXPECT_THAT(world.post(1).outcomes, ElementsAre("OK"));
  EXPECT_EQ(world.simulator.now(), at(150ms));
}

TEST(Clock, ThatRunsFastMakesItsTimersEarly) {
  Town world(2);
  world.simulator.set_clock(1, 0s, 0.25);
  world.act([&] {
    for (const Ref<Post>& post : world.posts) post.begin(1s);
  });
  world.simulator.run_for(4s);
  EXPECT_THAT(world.post(0).ticks, ElementsAre(at(1s), at(2s), at(3s), at(4s)));
  EXPECT_THAT(world.post(1).ticks, ElementsAre(at(1s), at(2s), at(3s), at(4s), at(5s)));
}

TEST(Clock, ThatRunsSlowSleepsLonger) {
  Town world(1);
  world.simulator.set_clock(0, -1s, -0.5);
  world.act([&] { world.posts[0].nap(1s); });
  world.act([&] { world.posts[0].nap_until(at(500ms)); });
  world.simulator.run_until(at(1999ms));
  EXPECT_THAT(world.post(0).ticks, IsEmpty());
  world.simulator.run_until(at(2s));
  EXPECT_THAT(world.post(0).ticks, ElementsAre(at(0s)));  // 1 s has passed since -1 s
  world.simulator.run_until(at(3s));
  EXPECT_THAT(world.post(0).ticks, ElementsAre(at(0s), at(500ms)));
}

TEST(Clock, CanBeSetRightAgain) {
  Town world(1);
  world.simulator.set_clock(0, 1h, 0.1);
  world.simulator.run_for(10s);
  world.simulator.set_clock(0, 0s, 0);
  world.say(0, 0, 1);
  world.simulator.run_for(1s);
  EXPECT_EQ(world.post(0).heard.at(0).when, at(10s));
}

TEST(Stopwatch, MeasuresTrueTimeWhateverTheClockShows) {
  for (const Duration ahead : {Duration(-1h), Duration(1h)}) {
    Town world(2);
    world.act([&] { world.posts[0].time_an_answer(world.posts[1]); });
    world.simulator.run_for(5ms);
    world.simulator.set_clock(0, ahead, 0.25);
    world.simulator.run_for(1s);
    EXPECT_THAT(world.post(0).measured, ElementsAre(20ms));
  }
}

// --- Uplinks
// ----------------------------------------------------------------------------------------

// A second for each message, and no time on the way.
SimulatorOptions with_uplinks() {
  return {
      .network = {.latency = scenario::Constant{0ms},
                  .bandwidth = scenario::Bandwidth{.up = 8'000, .payload = 1'000, .overhead = 0}}};
}

TEST(Uplink, LosesWhatHasNotLeftItsHostWhenThatCrashes) {
  Town world(3, with_uplinks());
  world.act([&] {
    for (int i = 1; i <= 5; ++i) world.posts[0].say(world.posts[1], i);
  });
  world.simulator.run_for(2500ms);
  world.simulator.crash(0);
  world.simulator.run_for(1min);
  EXPECT_THAT(world.post(1).numbers(), ElementsAre(1, 2));
  EXPECT_EQ(world.simulator.drops(DropReason::kHostDown), 3u);
}

TEST(Uplink, IsFreeForTheNextLifeOfItsHost) {
  Town world(2, with_uplinks());
  world.act([&] {
    for (int i = 1; i <= 100; ++i) world.posts[0].say(world.posts[1], i);
  });
  world.simulator.run_for(1500ms);
  world.simulator.crash(0);
  world.simulator.restore(0);
  world.posts[0] = world.simulator.spawn<Post>(0);
  world.say(0, 1, 1000);
  world.simulator.run_for(1min);
  EXPECT_THAT(world.post(1).numbers(), ElementsAre(1, 1000));
  EXPECT_EQ(world.post(1).heard.back().when, at(2500ms));
}

TEST(Uplink, TellsWhoeverWaitsForAnAnswerThatACrashHasTaken) {
  Town world(3, with_uplinks());
  // The second answer would leave host 1 after the first.
  world.act([&] {
    world.posts[0].ask_for(world.posts[1], 1h);
    world.posts[2].ask_for(world.posts[1], 1h);
  });
  world.simulator.run_for(2500ms);
  world.simulator.crash(1);
  world.simulator.run_for(1min);
  EXPECT_THAT(world.post(0).outcomes, ElementsAre("OK"));
  EXPECT_THAT(world.post(2).outcomes, ElementsAre("UNAVAILABLE"));
  EXPECT_THAT(world.post(2).answered_at, ElementsAre(at(2500ms)));
}

TEST(Uplink, IsLeftBeforeAPartitionJudges) {
  Town world(2, with_uplinks());
  world.act([&] {
    for (int i = 1; i <= 5; ++i) world.posts[0].say(world.posts[1], i);
  });
  world.simulator.run_for(1500ms);
  const PartitionId id =
      world.simulator.partition(Partition::of(std::vector<HostId>{0}, Direction::kBoth, 2));
  world.simulator.run_for(2s);
  world.simulator.heal(id);
  world.simulator.run_for(1min);
  EXPECT_THAT(world.post(1).numbers(), ElementsAre(1, 4, 5));
  EXPECT_EQ(world.simulator.drops(DropReason::kPartition), 2u);
}

TEST(Uplink, LosesNothingAtTheEndOfTheSimulation) {
  Town world(2, with_uplinks());
  world.act([&] {
    for (int i = 1; i <= 5; ++i) world.posts[0].say(world.posts[1], i);
  });
  world.simulator.run_for(1500ms);  // AddressSanitizer would find what is forgotten.
}

// --- Cuts and links
// ---------------------------------------------------------------------------------

TEST(Cut, HasOneDirectionAndItsOwnEnd) {
  Town world(3);
  const auto said = [&] {
    for (int to = 0; to < 3; ++to) world.post(to).heard.clear();
    for (int from = 0; from < 3; ++from) {
      for (int to = 0; to < 3; ++to) world.say(from, to, from);
    }
    world.simulator.run_for(1s);
    std::vector<std::vector<int>> heard;
    for (int to = 0; to < 3; ++to) {
      heard.push_back(world.post(to).numbers());
      std::sort(heard.back().begin(), heard.back().end());
    }
    return heard;
  };
  using Heard = std::vector<std::vector<int>>;
  const PartitionId one =
      world.simulator.cut(Cut::of(std::vector<HostId>{0}, std::vector<HostId>{0, 1}, 3));
  EXPECT_EQ(said(), (Heard{{0, 1, 2}, {1, 2}, {0, 1, 2}})) << "not from 0 to 1";
  Cut both = Cut::of(std::vector<HostId>{1}, std::vector<HostId>{2}, 3);
  both.both_ways = true;
  const PartitionId two = world.simulator.cut(both);
  EXPECT_EQ(said(), (Heard{{0, 1, 2}, {1}, {0, 2}}));
  world.simulator.heal(one);
  EXPECT_EQ(said(), (Heard{{0, 1, 2}, {0, 1}, {0, 2}}));
  world.simulator.heal(two);
  EXPECT_EQ(said(), (Heard{{0, 1, 2}, {0, 1, 2}, {0, 1, 2}}));
  EXPECT_FALSE(world.simulator.faults().is_partitioned());
}

TEST(LinkChange, HoldsForItsTimeAndKeepsTheOrderOfMessages) {
  Town world(3, {.network = {.latency = scenario::Constant{100ms}}, .links_change = true});
  const auto change = [&](Duration latency) {
    LinkChange made;
    made.from = {true, false, false};
    made.to = {false, true, true};
    made.link.latency = scenario::Constant{latency};
    return world.simulator.begin_link_change(made);
  };
  world.say(0, 1, 1);
  world.simulator.run_for(10ms);
  const FaultId quick = change(1ms);
  world.say(0, 1, 2);  // does not overtake
  world.say(0, 2, 3);
  world.say(1, 0, 4);
  world.simulator.run_for(1s);
  EXPECT_EQ(world.post(1).heard.at(0).when, at(100ms));
  EXPECT_EQ(world.post(1).heard.at(1).when, at(100ms));
  EXPECT_EQ(world.post(2).heard.at(0).when, at(11ms));
  EXPECT_EQ(world.post(0).heard.at(0).when, at(110ms));
  // The latest holds, until it ends.
  const FaultId slow = change(500ms);
  world.say(0, 2, 5);
  world.simulator.run_for(990ms);
  EXPECT_EQ(world.post(2).heard.at(1).when, at(1510ms));
  world.simulator.end_link_change(slow);
  world.say(0, 2, 6);
  world.simulator.run_for(1s);
  EXPECT_EQ(world.post(2).heard.at(2).when, at(2001ms));
  world.simulator.end_link_change(quick);
  world.say(0, 2, 7);
  world.simulator.run_for(1s);
  EXPECT_EQ(world.post(2).heard.at(3).when, at(3100ms));
}

// --- What is on the disk
// ----------------------------------------------------------------------------

ACTOR_METHODS(Clerk, nothing)

class Clerk : public Actor<Clerk> {
 public:
  Sync<> nothing() { return {}; }
  int number = 0;
  std::vector<std::string> names = {"always"};
  int forgotten = 0;
  SAVED(number, names)
};

TEST(Disk, HasWhatWasSavedAndNothingElse) {
  Clerk before;
  before.number = 7;
  before.names = {"a", "b"};
  before.forgotten = 3;
  const std::optional<std::string> saved = internal::Disk::saved_by(before);
  ASSERT_TRUE(saved.has_value());
  Clerk after;
  ASSERT_TRUE(internal::Disk::restore(after, *saved));
  EXPECT_EQ(after.number, 7);
  EXPECT_THAT(after.names, ElementsAre("a", "b"));  // Instead of what the constructor puts there.
  EXPECT_EQ(after.forgotten, 0);
}

TEST(Disk, OfAnActorThatSavesNothingIsEmpty) {
  const Post post;
  EXPECT_FALSE(internal::Disk::saved_by(post).has_value());
}

TEST(Disk, RefusesWhatItDidNotWrite) {
  Clerk clerk;
  clerk.number = 5;
  EXPECT_FALSE(internal::Disk::restore(clerk, "\xFF\xFF"));
  EXPECT_EQ(clerk.number, 5);
}

// --- Together
// ---------------------------------------------------------------------------------------

TEST(Faults, AreRepeatedExactly) {
  const auto run = [](std::uint64_t seed) {
    Town world(5, {.seed = seed, .network = {.latency = scenario::Uniform{1ms, 50ms}}});
    Random random = Random::stream(seed, "test");
    for (int i = 0; i < 200; ++i) {
      const auto host = static_cast<HostId>(random.below(5));
      switch (random.below(8)) {
        case 0:
          world.simulator.pause(host);
          break;
        case 1:
          world.simulator.resume(host);
          break;
        case 2:
          world.simulator.slow(host, random.uniform(0ms, 10ms));
          break;
        case 3:
          world.simulator.set_clock(host, random.uniform(-1s, 1s), random.unit() / 10);
          break;
        case 4:
          world.simulator.partition(Partition::of(std::vector<HostId>{host}, Direction::kBoth, 5));
          break;
        case 5:
          for (PartitionId id = 1; id < 200; ++id) world.simulator.heal(id);
          break;
        default:
          world.say(static_cast<int>(random.below(5)), static_cast<int>(host), i);
          break;
      }
      world.simulator.run_for(random.uniform(0ms, 20ms));
    }
    return world.simulator.event_hash();
  };
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const std::uint64_t hash = run(seed);
    EXPECT_EQ(hash, run(seed)) << "seed " << seed;
    hashes.insert(hash);
  }
  EXPECT_EQ(hashes.size(), 10u);
}

}  // namespace
}  // namespace troupe::sim
