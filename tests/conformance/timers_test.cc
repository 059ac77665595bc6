// every(), after(), cancel(), sleep(), until(), random().
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Does on request what an author would do in on_start().
ACTOR_METHODS(Clockwork, start_every, start_every_first, start_after, start_after_with,
              cancel_first, cancel_twice, tick, busy_tick, failing_tick, throwing_tick,
              self_cancelling_tick, once, once_with, nap, nap_until, start_failing, start_throwing,
              start_busy, start_self_cancelling, start_parallel, parallel_tick, block)

class Clockwork : public Actor<Clockwork> {
 public:
  explicit Clockwork(Log* log) : log_(log) {}

  Sync<> start_every(Duration period) { return keep(every(period, &Clockwork::tick)); }
  Sync<> start_every_first(Duration period, Duration first) {
    return keep(every(period, &Clockwork::tick, first));
  }
  Sync<> start_busy(Duration period) { return keep(every(period, &Clockwork::busy_tick)); }
  Sync<> start_parallel(Duration period) { return keep(every(period, &Clockwork::parallel_tick)); }
  Sync<> start_failing(Duration period) { return keep(every(period, &Clockwork::failing_tick)); }
  Sync<> start_throwing(Duration period) { return keep(every(period, &Clockwork::throwing_tick)); }
  Sync<> start_self_cancelling(Duration period) {
    return keep(every(period, &Clockwork::self_cancelling_tick));
  }
  Sync<> start_after(Duration delay) { return keep(after(delay, &Clockwork::once)); }
  Sync<> start_after_with(Duration delay) {
    return keep(after(delay, &Clockwork::once_with, 5, "five"));
  }
  Sync<bool> cancel_first() { return cancel(first_); }
  Sync<std::vector<bool>> cancel_twice() {
    const bool first = cancel(first_);
    const bool second = cancel(first_);
    const bool none = cancel(Timer{});
    return std::vector<bool>{first, second, none};
  }

  Async tick() {
    say("tick");
    return {};
  }
  Async busy_tick() {
    say("busy starts");
    co_await sleep(250ms);
    say("busy ends");
  }
  Parallel<Async> parallel_tick() {
    say("busy starts");
    co_await sleep(250ms);
    say("busy ends");
  }
  Async failing_tick() {
    say("fails");
    return absl::InternalError("tick failed");
  }
  Async throwing_tick() {
    say("throws");
    throw 1;
  }
  Async self_cancelling_tick() {
    say(cancel(first_) ? "cancelled" : "not cancelled");
    return {};
  }
  Async once() {
    say(cancel(first_) ? "once, still there" : "once");
    return {};
  }
  Async once_with(int number, std::string text) {
    say("once with " + std::to_string(number) + text);
    return {};
  }
  Sync<Duration> nap(Duration delay) {
    const Time before = now();
    co_await sleep(delay);
    co_return now() - before;
  }
  Sync<Duration> nap_until(Time wake) {
    const Time before = now();
    co_await sleep_until(wake);
    co_return now() - before;
  }
  Sync<> block(Duration span) { co_await sleep(span); }

 private:
  Async on_start() override {
    started_ = now();
    return {};
  }
  Sync<> keep(Timer timer) {
    first_ = timer;
    return {};
  }
  void say(const std::string& what) { log_->add(to_string(now() - started_) + " " + what); }
  Log* log_;
  Time started_;
  Timer first_;
};

class Timers : public ConformanceTest {
 protected:
  Log log_;
  HostId host_ = world().add_host();
  Ref<Clockwork> clock_ = world().spawn<Clockwork>(host_, &log_);
};
ON_EVERY_RUNTIME(Timers);

TEST_P(Timers, RepeatAtAFixedRateFirstAfterOnePeriod) {
  EXPECT_THAT(world().ask(clock_.start_every(100ms)), Succeeds());
  world().run_for(350ms);
  EXPECT_THAT(log_.lines(), ElementsAre("100ms tick", "200ms tick", "300ms tick"));
}

TEST_P(Timers, RepeatFirstWhenTheyAreAskedTo) {
  EXPECT_THAT(world().ask(clock_.start_every_first(100ms, 0s)), Succeeds());
  world().run_for(150ms);
  EXPECT_THAT(world().ask(clock_.start_every_first(1s, 70ms)), Succeeds());
  world().run_for(100ms);
  EXPECT_THAT(log_.lines(), ElementsAre("0s tick", "100ms tick", "200ms tick", "220ms tick"));
}

TEST_P(Timers, LeaveOutTheTicksForWhichTheMethodIsStillBusy) {
  EXPECT_THAT(world().ask(clock_.start_parallel(100ms)), Succeeds());
  world().run_for(800ms);
  EXPECT_THAT(log_.lines(), ElementsAre("100ms busy starts", "350ms busy ends", "400ms busy starts",
                                        "650ms busy ends", "700ms busy starts"));
}

TEST_P(Timers, LeaveOutTheTicksForWhichTheActorIsBusy) {
  EXPECT_THAT(world().ask(clock_.start_every(100ms)), Succeeds());
  Question<void> block = world().begin(clock_.block(350ms));
  world().run_for(620ms);
  EXPECT_THAT(log_.lines(), ElementsAre("350ms tick", "400ms tick", "500ms tick", "600ms tick"));
}

TEST_P(Timers, GoOnWhenATickFails) {
  EXPECT_THAT(world().ask(clock_.start_failing(100ms)), Succeeds());
  world().run_for(350ms);
  EXPECT_THAT(log_.lines(), ElementsAre("100ms fails", "200ms fails", "300ms fails"));
  EXPECT_EQ(world().failures(), 3u);
}

TEST_P(Timers, GoOnWhenATickThrows) {
  EXPECT_THAT(world().ask(clock_.start_throwing(100ms)), Succeeds());
  world().run_for(250ms);
  EXPECT_THAT(log_.lines(), ElementsAre("100ms throws", "200ms throws"));
}

TEST_P(Timers, CanBeCancelledInTheirOwnTick) {
  EXPECT_THAT(world().ask(clock_.start_self_cancelling(100ms)), Succeeds());
  world().run_for(1s);
  EXPECT_THAT(log_.lines(), ElementsAre("100ms cancelled"));
  EXPECT_THAT(world().ask(clock_.start_every(100ms)), Succeeds()) << "its place is used again";
  world().run_for(150ms);
  EXPECT_THAT(log_.lines(), ElementsAre("100ms cancelled", "1.1s tick"));
}

TEST_P(Timers, CanBeCancelledWhileATickIsBusy) {
  EXPECT_THAT(world().ask(clock_.start_parallel(100ms)), Succeeds());
  world().run_for(200ms);
  EXPECT_THAT(world().ask(clock_.cancel_first()), Gives(true));
  EXPECT_THAT(world().ask(clock_.start_every(40ms)), Succeeds()) << "its place is used again";
  world().run_for(200ms);
  EXPECT_THAT(log_.lines(),
              ElementsAre("100ms busy starts", "240ms tick", "280ms tick", "320ms tick",
                          "350ms busy ends", "360ms tick", "400ms tick"));
}

TEST_P(Timers, FireOnceWhereTheyAreToFireOnce) {
  EXPECT_THAT(world().ask(clock_.start_after(100ms)), Succeeds());
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("100ms once"));
}

TEST_P(Timers, CarryArguments) {
  EXPECT_THAT(world().ask(clock_.start_after_with(100ms)), Succeeds());
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("100ms once with 5five"));
}

TEST_P(Timers, ThatAreCancelledDoNotFireAndTakeNoTime) {
  EXPECT_THAT(world().ask(clock_.start_after_with(100ms)), Succeeds());
  EXPECT_THAT(world().ask(clock_.cancel_twice()), Gives(ElementsAre(true, false, false)));
  const Time before = world().now();
  world().settle();
  EXPECT_EQ(world().now(), before);
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_P(Timers, ThatHaveFiredCannotBeCancelled) {
  EXPECT_THAT(world().ask(clock_.start_after(0s)), Succeeds());
  world().settle();
  EXPECT_THAT(world().ask(clock_.cancel_twice()), Gives(ElementsAre(false, false, false)));
}

TEST_P(Timers, CanBeCancelledWhileTheirMessageWaitsForTheTurn) {
  EXPECT_THAT(world().ask(clock_.start_after(100ms)), Succeeds());
  Question<void> block = world().begin(clock_.block(1s));
  Question<bool> cancel = world().begin(clock_.cancel_first());
  world().run_for(50ms);
  Question<bool> cancel_again = world().begin(clock_.cancel_first());
  world().settle();
  EXPECT_THAT(cancel.answer(), Gives(true));
  EXPECT_THAT(cancel_again.answer(), Gives(false));
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_P(Timers, OfAStoppedOrCrashedActorEndWithIt) {
  EXPECT_THAT(world().ask(clock_.start_every(100ms)), Succeeds());
  world().run_for(150ms);
  world().crash(host_);
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("100ms tick"));
}

TEST_P(Timers, OfAnEndlessDelayNeverFire) {
  EXPECT_THAT(world().ask(clock_.start_after(kNoTimeout)), Succeeds());
  world().settle();
  EXPECT_THAT(log_.lines(), IsEmpty());
  EXPECT_LT(world().now(), Time(1h));
  EXPECT_THAT(world().ask(clock_.cancel_first()), Gives(true));
  EXPECT_THAT(world().ask(clock_.start_every(kNoTimeout)), Succeeds());
  world().settle();
  EXPECT_LT(world().now(), Time(1h));
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_P(Timers, OfAnEndlessPeriodFireOnceWhereTheyAreAskedTo) {
  world().run_for(1s);
  EXPECT_THAT(world().ask(clock_.start_every_first(kNoTimeout, 100ms)), Succeeds());
  world().run_for(10h);
  EXPECT_THAT(log_.lines(), ElementsAre("1.1s tick"));
}

TEST_P(Timers, WithAPeriodOrDelayBelowZeroFireAtOnce) {
  EXPECT_THAT(world().ask(clock_.start_after(-1h)), Succeeds());
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("0s once"));
  EXPECT_EQ(world().now(), Time{});
}

// --- sleep() ------------------------------------------------------------------------------------

class Sleep : public Timers {};
ON_EVERY_RUNTIME(Sleep);

TEST_P(Sleep, TakesExactlyItsTime) {
  EXPECT_THAT(world().ask(clock_.nap(123456789ns)), Gives(123456789ns));
  EXPECT_THAT(world().ask(clock_.nap_until(world().now() + 5ms)), Gives(5ms));
}

TEST_P(Sleep, OfNothingOrLessTakesNoTime) {
  EXPECT_THAT(world().ask(clock_.nap(0s)), Gives(0s));
  EXPECT_THAT(world().ask(clock_.nap(-1h)), Gives(0s));
  EXPECT_THAT(world().ask(clock_.nap_until(Time{})), Gives(0s));
}

TEST_P(Sleep, ThatIsEndlessLastsUntilTheActorEnds) {
  Question<Duration> question = world().begin(clock_.nap(kNoTimeout).within(kNoTimeout));
  world().settle();
  EXPECT_FALSE(question.done());
  EXPECT_LT(world().now(), Time(1h));
  world().crash(host_);
  world().settle();
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kUnavailable));
}

// --- until() ------------------------------------------------------------------------------------

ACTOR_METHODS(Gate, pass, pass_within, pass_within_status, open, keep_turn, keep_turn_open,
              count_up_to, raise, throwing, pass_within_and_wait)

class Gate : public Actor<Gate> {
 public:
  explicit Gate(Log* log) : log_(log) {}

  Parallel<Sync<Duration, NoTimeout>> pass() {
    const Time before = now();
    co_await until([&] { return open_; });
    co_return now() - before;
  }
  Parallel<Sync<Duration, NoTimeout>> pass_within(Duration timeout) {
    const Witness witness(*log_, "pass");
    const Time before = now();
    co_await until([&] { return open_; }).within(timeout);
    co_return now() - before;
  }
  Parallel<Sync<std::string, NoTimeout>> pass_within_status(Duration timeout) {
    absl::StatusOr<Duration> own = co_await pass_within(timeout).status_or();
    co_await sleep(10ms);
    co_return own.ok() ? "passed" : absl::StatusCodeToString(own.status().code());
  }
  // Both awaits are in one expression, so the frame that timed out is still there in the second.
  Parallel<Sync<std::string, NoTimeout>> pass_within_and_wait(Duration timeout, Duration delay) {
    auto both = std::pair(co_await pass_within(timeout).status_or(), co_await nap(delay));
    co_return both.first.ok() ? "passed" : absl::StatusCodeToString(both.first.status().code());
  }
  Async open(bool open) {
    open_ = open;
    return {};
  }
  Sync<> keep_turn() {
    co_await until([&] { return open_; });
  }
  Sync<> keep_turn_open() {
    co_await until([] { return true; });
  }
  // Each waits for its own number.
  Parallel<Sync<int, NoTimeout>> count_up_to(int number) {
    co_await until([&] { return count_ >= number; });
    log_->add("at " + std::to_string(number));
    co_return count_;
  }
  Async raise(int by) {
    count_ += by;
    return {};
  }
  Parallel<Sync<>> throwing() {
    bool first = true;
    co_await until([&]() -> bool {
      if (first) return first = false;
      throw std::runtime_error("bad predicate");
    });
  }

 private:
  Sync<int> nap(Duration delay) {
    co_await sleep(delay);
    co_return 1;
  }
  bool open_ = false;
  int count_ = 0;
  Log* log_;
};

class Until : public ConformanceTest {
 protected:
  Log log_;
  HostId host_ = world().add_host();
  Ref<Gate> gate_ = world().spawn<Gate>(host_, &log_);
};
ON_EVERY_RUNTIME(Until);

TEST_P(Until, GoesOnAtOnceWhereTheConditionHolds) {
  world().act([&] { gate_.open(true); });
  EXPECT_THAT(world().ask(gate_.pass()), Gives(0s));
  EXPECT_THAT(world().ask(gate_.pass_within(1s)), Gives(0s));
  EXPECT_THAT(world().ask(gate_.keep_turn_open()), Succeeds());
}

TEST_P(Until, GoesOnWhenAMessageMakesTheConditionTrue) {
  Question<Duration> question = world().begin(gate_.pass());
  world().run_for(300ms);
  EXPECT_FALSE(question.done());
  world().act([&] { gate_.open(true); });
  world().settle();
  EXPECT_THAT(question.answer(), Gives(300ms));
}

TEST_P(Until, FailsWhenItsTimeIsOver) {
  const Time before = world().now();
  EXPECT_THAT(world().ask(gate_.pass_within(300ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded,
                        AllOf(HasSubstr("until()"), HasSubstr("within 300ms"))));
  EXPECT_EQ(world().now() - before, 300ms);
  EXPECT_THAT(log_.lines(), ElementsAre("begin pass", "end pass"));
  world().act([&] { gate_.open(true); });
  world().settle();
  EXPECT_THAT(world().ask(gate_.pass()), Gives(0s));
}

TEST_P(Until, ThatTimesOutInAnOwnMethodFailsThatMethodAlone) {
  EXPECT_THAT(world().ask(gate_.pass_within_status(300ms)), Gives("DEADLINE_EXCEEDED"));
}

TEST_P(Until, ThatTimedOutIsNotLookedAtAnyMore) {
  Question<std::string> question = world().begin(gate_.pass_within_and_wait(100ms, 1s));
  world().run_for(500ms);
  world().act([&] { gate_.open(true); });
  world().settle();
  EXPECT_THAT(question.answer(), Gives("DEADLINE_EXCEEDED"));
}

TEST_P(Until, WithATimeThatIsOverFailsAtOnce) {
  world().run_for(1s);
  EXPECT_THAT(world().ask(gate_.pass_within(-500ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(world().now(), Time(1s));
}

TEST_P(Until, IsNotDisturbedByItsTimeWhereItWasMet) {
  Question<Duration> question = world().begin(gate_.pass_within(300ms));
  world().run_for(100ms);
  world().act([&] { gate_.open(true); });
  world().settle();
  EXPECT_THAT(question.answer(), Gives(100ms));
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u);
}

TEST_P(Until, EndsWithTheDeadlineOfTheMethodsCaller) {
  EXPECT_THAT(world().ask(gate_.pass_within(1h).within(200ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("begin pass", "end pass"));
}

TEST_P(Until, InAMethodThatKeepsItsTurnFailsAndSaysWhy) {
  EXPECT_THAT(world().ask(gate_.keep_turn()),
              FailsWith(absl::StatusCode::kFailedPrecondition,
                        AllOf(HasSubstr("Gate.keep_turn"), HasSubstr("make it Parallel"))));
}

TEST_P(Until, WakesThoseWhoWaitInTheOrderInWhichTheyWait) {
  std::vector<Question<int>> open;
  for (const int number : {3, 1, 2, 1}) open.push_back(world().begin(gate_.count_up_to(number)));
  world().run_for(1ms);
  world().act([&] { gate_.raise(1); });
  world().run_for(1ms);
  world().act([&] { gate_.raise(2); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("at 1", "at 1", "at 3", "at 2"));
}

TEST_P(Until, WhoseConditionThrowsFailsItsMethodAlone) {
  Question<void> question = world().begin(gate_.throwing());
  world().run_for(1ms);
  world().act([&] { gate_.raise(1); });
  world().settle();
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kUnknown, HasSubstr("bad predicate")));
}

TEST_P(Until, EndsWithItsActor) {
  Question<Duration> question = world().begin(gate_.pass());
  Question<Duration> within = world().begin(gate_.pass_within(1h));
  world().run_for(1ms);
  world().crash(host_);
  world().settle();
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kUnavailable));
  EXPECT_THAT(log_.lines(), ElementsAre("begin pass", "end pass"));
}

}  // namespace troupe::conformance
