// The program around the actors: calls from outside, programs that are one actor.
#include <string>
#include <utility>
#include <vector>

#include "actor/receive.h"
#include "actor/run.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

ACTOR_METHODS(Desk, twice, slowly, note)

class Desk : public Actor<Desk> {
 public:
  explicit Desk(Log* log, std::string name = "desk") : log_(log), name_(std::move(name)) {}
  Sync<int> twice(int number) { return 2 * number; }
  Parallel<Sync<int>> slowly(int number) {
    co_await sleep(1s);
    co_return number;
  }
  Async note(std::string text) {
    log_->add(text);
    return {};
  }

 private:
  void on_stop() override { log_->add(name_ + " stops"); }
  Log* log_;
  std::string name_;
};

class Outside : public ConformanceTest {
 protected:
  Log log_;
  HostId host_ = world().add_host();
  Ref<Desk> desk_ = world().spawn<Desk>(host_, &log_);
};
ON_EVERY_RUNTIME(Outside);

TEST_P(Outside, WaitsForTheAnswerOfACall) { EXPECT_THAT(world().ask(desk_.twice(4)), Gives(8)); }

TEST_P(Outside, WaitsNoLongerThanItSaysAndThenHasItsDefault) {
  const Time before = world().now();
  EXPECT_EQ(world().ask(desk_.slowly(4).within(200ms)).value_or(-1), -1);
  EXPECT_EQ(world().now() - before, 200ms);
}

TEST_P(Outside, CallsManyAtOnceAndGetsTheAnswersInTheOrderOfTheCalls) {
  const Time before = world().now();
  std::vector<Call<int>> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(desk_.slowly(i));
  const auto answers = world().system().ask_all(std::move(calls));
  for (int i = 0; i < 20; ++i) EXPECT_THAT(answers[i], Gives(i));
  EXPECT_EQ(world().now() - before, 1s);
}

TEST_P(Outside, IsHeardInTheOrderOfItsMessages) {
  for (int i = 0; i < 50; ++i) {
    world().act([&] { desk_.note(std::to_string(i)); });
    if (i % 7 == 0) {
      EXPECT_THAT(world().ask(desk_.twice(i)), Gives(2 * i));
      EXPECT_THAT(log_.lines(), SizeIs(i + 1));
    }
  }
}

TEST_P(Outside, StopsSeveralAndWaitsForTheirEnds) {
  std::vector<Ref<Desk>> desks = {world().spawn<Desk>(host_, &log_, "a"),
                                  world().spawn<Desk>(host_, &log_, "b"), desk_};
  for (const auto& exit : world().system().stop(desks, 1s)) EXPECT_TRUE(exit.ok());
  EXPECT_THAT(log_.lines(), testing::UnorderedElementsAre("a stops", "b stops", "desk stops"));
  for (const auto& exit : world().system().stop(desks, 1s)) {
    EXPECT_THAT(exit, FailsWith(absl::StatusCode::kNotFound));
  }
}

TEST_P(Outside, GetsAnErrorAtOnceFromAnActorThatHasEnded) {
  const Time before = world().now();
  world().system().stop(std::vector<Ref<Desk>>{desk_}, 1s);
  EXPECT_THAT(world().ask(desk_.twice(4)), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_EQ(world().now(), before);
}

Task<int> add_up(Process&, int first, int second) { co_return first + second; }

TEST_P(Outside, RunsAProgramThatIsOneActorUntilItEnds) {
  const absl::StatusOr<Exit> exit = run<Process>(world().system(), host_, {}, add_up, 20, 22);
  ASSERT_THAT(exit, Succeeds());
  EXPECT_THAT(exit->value<int>(), Gives(42));
  EXPECT_THAT(log_.lines(), ElementsAre("desk stops"));  // The others are stopped.
}

Task<> leave_work_behind(Process&, Ref<Desk> desk) {
  desk.slowly(1).tell();
  desk.note("noted");
  co_return;
}

TEST_P(Outside, RunsAProgramUntilItIsQuietWhereThatIsAskedFor) {
  const Time before = world().now();
  EXPECT_THAT(
      run<Process>(world().system(), host_, {.until_quiet = true}, leave_work_behind, desk_),
      Succeeds());
  EXPECT_EQ(world().now() - before, 1s);
  EXPECT_THAT(log_.lines(), ElementsAre("noted", "desk stops"));
}

ACTOR_METHODS(Doomed)

class Doomed : public Actor<Doomed> {
  Async on_start() override { return absl::DataLossError("no disk"); }
};

TEST_P(Outside, LearnsHowAProgramHasFailedThatNeverStarted) {
  const absl::StatusOr<Exit> exit = run<Doomed>(world().system(), host_, {});
  ASSERT_THAT(exit, Succeeds());
  EXPECT_THAT(exit->why, FailsWith(absl::StatusCode::kDataLoss, HasSubstr("no disk")));
}

}  // namespace troupe::conformance
