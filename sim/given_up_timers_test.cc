// Timers that nobody wants any more: they take no time, and no memory beyond a part of the rest.
#include <cstdint>

#include "actor/actor.h"
#include "gtest/gtest.h"
#include "sim/simulator.h"

namespace troupe::sim {
namespace {

ACTOR_METHODS(Forgetful, ring, set_and_cancel, sleep_and_be_killed, rings, wait_a_while, end_now)

class Forgetful : public Actor<Forgetful> {
 public:
  Async ring() {
    ++rings_;
    return {};
  }
  Sync<> set_and_cancel(int times) {
    for (int i = 0; i < times; ++i) cancel(after(24h, &Forgetful::ring));
    return {};
  }
  Parallel<Sync<>> wait_a_while() { co_await sleep(24h); }
  // Waits for what takes a day, and gives up.
  Parallel<Sync<>> sleep_and_be_killed(Ref<Forgetful> other) {
    const absl::Status status =
        (co_await other.wait_a_while().cancel_if_abandoned().within(1ms).status_or()).status();
    co_await fail(status);
  }
  Sync<int> rings() { return rings_; }
  Async end_now() {
    after(24h, &Forgetful::ring);
    stop();
    return {};
  }

 private:
  int rings_ = 0;
};

TEST(GivenUpTimers, ThatWereCancelledAreABoundedPart) {
  Simulator simulator;
  const Ref<Forgetful> actor = simulator.spawn<Forgetful>(simulator.add_host());
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(simulator.ask(actor.set_and_cancel(1000)).ok());
    most = std::max(most, simulator.pending());
  }
  EXPECT_LE(most, 1100u);
  simulator.run_until_quiet();
  EXPECT_LT(simulator.now() - Time{}, 1h);
  EXPECT_EQ(simulator.ask(actor.rings()).value(), 0);
}

TEST(GivenUpTimers, OfSleepersThatAreGoneAreABoundedPart) {
  Simulator simulator;
  const HostId host = simulator.add_host();
  const Ref<Forgetful> one = simulator.spawn<Forgetful>(host);
  const Ref<Forgetful> other = simulator.spawn<Forgetful>(host);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_FALSE(simulator.ask(one.sleep_and_be_killed(other)).ok());
  }
  EXPECT_LE(simulator.pending(), 1100u);
}

TEST(GivenUpTimers, OfActorsThatHaveEndedAreABoundedPartAndTakeNoTime) {
  Simulator simulator;
  const HostId host = simulator.add_host();
  for (int i = 0; i < 10'000; ++i) {
    const Ref<Forgetful> actor = simulator.spawn<Forgetful>(host);
    simulator.act([&] { actor.end_now(); });
    simulator.run_for(1ms);
  }
  EXPECT_LE(simulator.pending(), 1100u);
  simulator.run_until_quiet();
  EXPECT_LT(simulator.now() - Time{}, 1h);
}

TEST(GivenUpTimers, LeaveTheOthersAlone) {
  Simulator simulator;
  const Ref<Forgetful> actor = simulator.spawn<Forgetful>(simulator.add_host());
  const Ref<Forgetful> waiter = simulator.spawn<Forgetful>(simulator.add_host());
  Question<void> waits = simulator.begin(waiter.wait_a_while().within(48h));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(simulator.ask(actor.set_and_cancel(1000)).ok());
  EXPECT_TRUE(waits.answer().ok());
  EXPECT_EQ(simulator.now() - Time{}, 24h);
}

}  // namespace
}  // namespace troupe::sim
