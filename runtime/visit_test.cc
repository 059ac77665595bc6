// Visits: a thread that brings messages runs their actors in the place of a parked worker.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "actor/actor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/thread_runtime.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

ACTOR_METHODS(Guest, come, sleep_over, hop, visits, disorder, hops, slept)

class Guest : public Actor<Guest> {
 public:
  Async come(int number) {
    disorder_ += number == visits_ ? 0 : 1;
    ++visits_;
    last_ = std::this_thread::get_id();
    return {};
  }
  Parallel<Async> sleep_over(Duration time) {
    co_await sleep(time);
    slept_ = true;
  }
  Async hop(Ref<Guest> other, int left) {
    ++hops_;
    last_ = std::this_thread::get_id();
    if (left > 0) other.hop(self(), left - 1);
    return {};
  }
  Sync<int> visits() { return visits_; }
  Sync<int> disorder() { return disorder_; }
  Sync<int> hops() { return hops_; }
  Sync<bool> slept() { return slept_; }

  // While nobody runs it.
  std::thread::id last() const { return last_; }

 private:
  int visits_ = 0;
  int disorder_ = 0;
  int hops_ = 0;
  bool slept_ = false;
  std::thread::id last_;
};

std::thread::id last_thread(ThreadRuntime& runtime) {
  std::thread::id last;
  runtime.visit_actors(
      0, [&](const ActorBase& actor) { last = dynamic_cast<const Guest&>(actor).last(); });
  return last;
}

TEST(Visit, RunsActorsOnTheThreadThatBringsTheirMessages) {
  for (const unsigned threads : {1, 3}) {
    ThreadRuntime runtime({.threads = threads});
    Ref<Guest> guest = runtime.spawn<Guest>(runtime.add_host());
    for (int i = 0; i < 100; ++i) {
      runtime.run_until_quiet();
      {
        const ThreadRuntime::Visit visit(runtime);
        ASSERT_TRUE(visit.has_place());
        runtime.act([&] { guest.come(i); });
      }
      EXPECT_EQ(last_thread(runtime), std::this_thread::get_id());
    }
    EXPECT_EQ(*runtime.ask(guest.visits()), 100);
    EXPECT_EQ(*runtime.ask(guest.disorder()), 0);
  }
}

TEST(Visit, HasNoPlaceWhereAllWorkersAreBusy) {
  ThreadRuntime runtime({.threads = 1});
  runtime.spawn<Guest>(runtime.add_host());
  runtime.run_until_quiet();
  const ThreadRuntime::Visit visit(runtime);
  EXPECT_TRUE(visit.has_place());
  const ThreadRuntime::Visit within(runtime);
  EXPECT_FALSE(within.has_place());
  std::thread other([&] { EXPECT_FALSE(ThreadRuntime::Visit(runtime).has_place()); });
  other.join();
}

TEST(Visit, BringsBeforeItsEndWhatOthersMayFollow) {
  ThreadRuntime runtime({.threads = 1});
  Ref<Guest> guest = runtime.spawn<Guest>(runtime.add_host());
  runtime.run_until_quiet();
  {
    const ThreadRuntime::Visit visit(runtime);
    int next = 0;
    const auto bring = [&](int count) {
      runtime.act([&] {
        for (int i = 0; i < count; ++i) guest.come(next++);
      });
    };
    bring(100);
    std::thread other([&] { bring(1); });
    other.join();
  }
  EXPECT_EQ(*runtime.ask(guest.visits()), 101);
  EXPECT_EQ(*runtime.ask(guest.disorder()), 0);
}

// Bursts from several threads, one burst at a time, some of them on a visit.
TEST(Visit, KeepsTheOrderOfMessages) {
  constexpr int kBursts = 2000;
  for (const unsigned threads : {1, 2}) {
    ThreadRuntime runtime({.threads = threads});
    Ref<Guest> guest = runtime.spawn<Guest>(runtime.add_host());
    std::mutex delivery;
    int next = 0;
    const auto bring = [&](int burst) {
      const std::lock_guard lock(delivery);
      runtime.act([&] {
        for (int i = 0; i < 1 + burst % 40; ++i) guest.come(next++);
      });
    };
    std::vector<std::thread> bringers;
    for (int thread = 0; thread < 3; ++thread) {
      bringers.emplace_back([&, thread] {
        for (int burst = 0; burst < kBursts; ++burst) {
          if ((burst + thread) % 3 == 0) {
            bring(burst);
          } else {
            const ThreadRuntime::Visit visit(runtime);
            bring(burst);
          }
        }
      });
    }
    for (std::thread& bringer : bringers) bringer.join();
    runtime.run_until_quiet();
    EXPECT_EQ(*runtime.ask(guest.visits()), next);
    EXPECT_EQ(*runtime.ask(guest.disorder()), 0) << threads << " threads";
  }
}

TEST(Visit, LeavesWhatTakesLongToTheWorkers) {
  constexpr int kHops = 200'000;
  for (const unsigned threads : {1, 2}) {
    ThreadRuntime runtime({.threads = threads});
    const HostId host = runtime.add_host();
    Ref<Guest> first = runtime.spawn<Guest>(host);
    Ref<Guest> second = runtime.spawn<Guest>(host);
    runtime.run_until_quiet();
    {
      const ThreadRuntime::Visit visit(runtime);
      runtime.act([&] { first.hop(second, kHops); });
    }
    runtime.run_until_quiet();
    EXPECT_NE(last_thread(runtime), std::this_thread::get_id());
    EXPECT_EQ(*runtime.ask(first.hops()) + *runtime.ask(second.hops()), kHops + 1);
  }
}

// The worker sleeps without end, until a visitor's actor wants to be woken.
TEST(Visit, LeavesTimersToTheWorker) {
  ThreadRuntime runtime({.threads = 1});
  Ref<Guest> guest = runtime.spawn<Guest>(runtime.add_host());
  for (int i = 0; i < 20; ++i) {
    runtime.run_until_quiet();
    {
      const ThreadRuntime::Visit visit(runtime);
      runtime.act([&] { guest.sleep_over(1ms * (20 - i)); });
    }
    runtime.run_until_quiet();
    EXPECT_TRUE(*runtime.ask(guest.slept()));
  }
}

// Visits while the runtime is looked into, and while it stops.
TEST(Visit, GivesWayToWhoeverStopsTheRuntime) {
  for (int round = 0; round < 10; ++round) {
    ThreadRuntime runtime({.threads = 2});
    const HostId host = runtime.add_host();
    Ref<Guest> first = runtime.spawn<Guest>(host);
    Ref<Guest> second = runtime.spawn<Guest>(host);
    std::atomic<int> visits = 0;
    std::atomic<bool> over = false;
    std::thread visitor([&] {
      while (!over) {
        const ThreadRuntime::Visit visit(runtime);
        runtime.act([&] { first.hop(second, 100); });
        ++visits;
      }
    });
    for (int look = 0; look < 20; ++look) {
      const int before = visits;
      EXPECT_THAT(runtime.who_waits(), IsEmpty());
      EXPECT_TRUE(runtime.run_until([&] { return visits > before; }));
    }
    EXPECT_THAT(runtime.stop(), IsEmpty());
    over = true;
    visitor.join();
  }
}

}  // namespace
}  // namespace troupe
