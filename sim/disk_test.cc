// Disks that take time: what a crash leaves, and who waits for them.
#include "sim/disk.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "actor/actor.h"
#include "actor/saved.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/simulator.h"

namespace troupe::sim {
namespace {

using scenario::Constant;
using scenario::Uniform;

// --- The disk by itself ---

class Disks : public testing::Test {
 protected:
  SimulatedDisk make(scenario::Disk disk) {
    return SimulatedDisk(std::move(disk), 1, [this] { return now_; });
  }
  static std::string read(SimulatedDisk& disk, std::string_view name = "a") {
    return disk.read(0, name)->value_or("nothing");
  }
  void at(Duration time) { now_ = Time{} + time; }
  Time now_{};
};

TEST_F(Disks, KeepAtOnceWhereNothingElseIsSaid) {
  SimulatedDisk disk = make({});
  EXPECT_EQ(read(disk), "nothing");
  ASSERT_TRUE(disk.write(0, "a", "1").ok());
  EXPECT_EQ(disk.stored_at(0, now_), now_);
  disk.crash(0);
  EXPECT_EQ(read(disk), "1");
  ASSERT_TRUE(disk.erase(0).ok());
  EXPECT_EQ(read(disk), "nothing");
}

TEST_F(Disks, LoseWhatIsNotKeptYet) {
  SimulatedDisk disk = make({.sync_takes = Constant{5ms}});
  ASSERT_TRUE(disk.write(0, "a", "1").ok());
  EXPECT_EQ(disk.stored_at(0, now_), now_ + 5ms);
  at(4ms);
  ASSERT_TRUE(disk.write(0, "a", "2").ok());
  EXPECT_EQ(read(disk), "2");  // Who reads it before a crash sees the last.
  at(5ms);
  ASSERT_TRUE(disk.write(1, "a", "of another host").ok());
  disk.crash(0);
  EXPECT_EQ(read(disk), "1");
  EXPECT_EQ(disk.stored_at(0, now_), now_);
  EXPECT_EQ(disk.read(1, "a")->value(), "of another host");
}

// Against a list of all that was ever written.
TEST_F(Disks, KeepWhatWasWrittenInItsOrder) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    at(0ms);
    SimulatedDisk disk(scenario::Disk{.sync_takes = Uniform{1ms, 9ms}}, seed,
                       [this] { return now_; });
    Random random(seed);
    struct Written {
      Time kept_at;
      std::string bytes;
    };
    std::map<std::string, std::vector<Written>> all;
    Time last{};
    for (int i = 0; i < 100; ++i) {
      at((now_ - Time{}) + Duration(random.below(3'000'000)));
      const std::string name(1, static_cast<char>('a' + random.below(3)));
      if (random.chance(0.1)) {
        disk.crash(0);
        for (auto& [file, versions] : all) {
          std::erase_if(versions, [&](const Written& one) { return one.kept_at > now_; });
        }
        last = std::min(last, now_);
      } else {
        ASSERT_TRUE(disk.write(0, name, std::to_string(i)).ok());
        const Time kept_at = disk.stored_at(0, now_);
        EXPECT_GE(kept_at, last) << "seed " << seed;
        EXPECT_GE(kept_at, now_ + 1ms) << "seed " << seed;
        last = kept_at;
        all[name].push_back({kept_at, std::to_string(i)});
      }
      for (const char* file : {"a", "b", "c"}) {
        const std::string expected = all[file].empty() ? "nothing" : all[file].back().bytes;
        ASSERT_EQ(read(disk, file), expected) << "seed " << seed << ", step " << i;
      }
    }
  }
}

// --- Actors on it ---

ACTOR_METHODS(Promiser, promise, promise_at_once, promised)

class Promiser : public Actor<Promiser> {
 public:
  Sync<int> promise(int ballot) {
    promised_ = ballot;
    co_await saved();
    co_return promised_;
  }
  Sync<int> promise_at_once(int ballot) {
    promised_ = ballot;
    return promised_;
  }
  Sync<int> promised() { return promised_; }

 private:
  int promised_ = 0;
  SAVED(promised_)
};

struct World {
  explicit World(scenario::Disk disk)
      : simulator({.seed = 1, .network = {.latency = Constant{1ms}}, .disk = std::move(disk)}),
        host(simulator.add_host()),
        promiser(simulator.install<Promiser>(host, "promiser")) {
    simulator.run_for(1ms);
  }
  void restart() {
    simulator.crash(host);
    simulator.restore(host);
  }
  int ask(Call<int> call) { return simulator.ask(std::move(call)).value_or(-1); }

  Simulator simulator;
  HostId host;
  Ref<Promiser> promiser;
};

TEST(SlowDisk, ForgetsAPromiseThatDidNotWaitForIt) {
  World world({.sync_takes = Constant{5ms}});
  EXPECT_EQ(world.ask(world.promiser.promise_at_once(7)), 7);
  world.restart();
  EXPECT_EQ(world.ask(world.promiser.promised()), 0);
  EXPECT_EQ(world.ask(world.promiser.promise_at_once(8)), 8);
  world.simulator.run_for(5ms);
  world.restart();
  EXPECT_EQ(world.ask(world.promiser.promised()), 8);
}

TEST(SlowDisk, IsWaitedFor) {
  World world({.sync_takes = Constant{5ms}});
  const Time begin = world.simulator.now();
  EXPECT_EQ(world.ask(world.promiser.promise(7)), 7);
  EXPECT_EQ(world.simulator.now() - begin, 5ms);
  world.restart();
  EXPECT_EQ(world.ask(world.promiser.promised()), 7);
}

TEST(SlowDisk, IsNotWaitedForWhereNothingHasChanged) {
  World world({.sync_takes = Constant{5ms}});
  EXPECT_EQ(world.ask(world.promiser.promise(7)), 7);
  const Time begin = world.simulator.now();
  EXPECT_EQ(world.ask(world.promiser.promise(7)), 7);
  EXPECT_EQ(world.simulator.now(), begin);
}

TEST(PerfectDisk, IsNotWaitedFor) {
  World world({});
  const Time begin = world.simulator.now();
  EXPECT_EQ(world.ask(world.promiser.promise(7)), 7);
  EXPECT_EQ(world.simulator.now(), begin);
  world.restart();
  EXPECT_EQ(world.ask(world.promiser.promised()), 7);
}

// A run in which nobody waits for the disk is, event by event, the same on any disk.
TEST(SlowDisk, AddsNoEventsOfItsOwn) {
  std::uint64_t hashes[2];
  for (const bool slow : {false, true}) {
    World world(slow ? scenario::Disk{.sync_takes = Constant{5ms}} : scenario::Disk{});
    for (int i = 1; i < 20; ++i) EXPECT_EQ(world.ask(world.promiser.promise_at_once(i)), i);
    hashes[slow ? 1 : 0] = world.simulator.event_hash();
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

}  // namespace
}  // namespace troupe::sim
