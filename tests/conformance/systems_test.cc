// Several systems in one process: they share nothing, and may run at the same time.
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actor/dead_letter.h"
#include "actor/names.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::IsEmpty;

ACTOR_METHODS(Ledger, add, sum, end)

class Ledger : public Actor<Ledger> {
 public:
  Async add(int amount) {
    sum_ += amount;
    return {};
  }
  Sync<int> sum() { return sum_; }
  Async end() {
    stop();
    return {};
  }

 private:
  int sum_ = 0;
};

class Systems : public ConformanceTest {
 protected:
  std::unique_ptr<System> make() { return GetParam().make({}); }
};
ON_EVERY_RUNTIME(Systems);

TEST_P(Systems, InOneProcessShareNeitherNamesNorTimeNorDeadLetters) {
  const std::unique_ptr<System> left = make();
  const std::unique_ptr<System> right = make();
  const HostId host = left->add_host();
  ASSERT_EQ(right->add_host(), host);
  Log letters;
  right->on_dead_letter([&](const DeadLetter& letter) { letters.add(letter.method); });
  const absl::StatusOr<Ref<Ledger>> ledger = Names(*left, host).spawn<Ledger>("ledger");
  ASSERT_THAT(ledger, Succeeds());
  EXPECT_THAT(Names(*right, host).list(), IsEmpty());
  EXPECT_THAT(actors_of<Ledger>(*right, host), IsEmpty());
  left->run_for(1min);
  EXPECT_EQ(right->now(), Time{});
  left->act([&] {
    ledger->end();
    ledger->add(1);
  });
  left->run_until_quiet();
  left->act([&] { ledger->add(2); });
  left->run_until_quiet();
  EXPECT_GE(left->drops(DropReason::kNoActor), 1u);
  EXPECT_EQ(right->drops(DropReason::kNoActor), 0u);
  EXPECT_THAT(letters.lines(), IsEmpty());
}

TEST_P(Systems, CanTakeTurnsAndDoNotDisturbEachOther) {
  const std::unique_ptr<System> left = make();
  const std::unique_ptr<System> right = make();
  const Ref<Ledger> in_left = left->spawn<Ledger>(left->add_host());
  const Ref<Ledger> in_right = right->spawn<Ledger>(right->add_host());
  for (int i = 1; i <= 100; ++i) {
    left->act([&] { in_left.add(i); });
    right->act([&] { in_right.add(-i); });
  }
  EXPECT_THAT(left->ask(in_left.sum()), Gives(5050));
  EXPECT_THAT(right->ask(in_right.sum()), Gives(-5050));
}

TEST_P(Systems, RunAtTheSameTimeOnThreadsOfTheirOwn) {
  std::vector<int> sums(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    threads.emplace_back([this, &sum = sums[i], i] {
      const std::unique_ptr<System> system = make();
      const absl::StatusOr<Ref<Ledger>> ledger =
          Names(*system, system->add_host()).spawn<Ledger>("ledger");
      if (!ledger.ok()) return;
      for (int j = 0; j < 1000; ++j) {
        system->act([&] { ledger->add(static_cast<int>(i)); });
        system->run_for(1ms);
      }
      sum = system->ask(ledger->sum()).value_or(-1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(sums, ElementsAre(0, 1000, 2000, 3000));
}

}  // namespace troupe::conformance
