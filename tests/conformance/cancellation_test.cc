// cancel_if_abandoned(): the callee stops working on what nobody waits for. And without it: not.
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;

ACTOR_METHODS(Worker, work, work_parallel, count, set_next, relay, relay_plain, own_methods,
              wait_until, wait_future, tell_at_the_end, note)

class Worker : public Actor<Worker> {
 public:
  Worker(Log* log, std::string name) : log_(log), name_(std::move(name)) {}

  Async set_next(Ref<Worker> next) {
    next_ = next;
    return {};
  }
  // Keeps its turn.
  Sync<int, NoTimeout> work(Duration delay) {
    const Witness witness(*log_, name_);
    co_await sleep(delay);
    co_return ++done_;
  }
  Parallel<Sync<int, NoTimeout>> work_parallel(Duration delay) {
    const Witness witness(*log_, name_);
    co_await sleep(delay);
    co_return ++done_;
  }
  Sync<int> count() { return done_; }
  Sync<int, NoTimeout> relay(Duration delay) {
    const Witness witness(*log_, name_);
    co_return co_await next_.work(delay).cancel_if_abandoned();
  }
  Sync<int, NoTimeout> relay_plain(Duration delay) {
    const Witness witness(*log_, name_);
    co_return co_await next_.work(delay);
  }
  Parallel<Sync<int, NoTimeout>> own_methods(int depth) { co_return co_await deeper(depth); }
  Parallel<Sync<int, NoTimeout>> wait_until() {
    const Witness witness(*log_, name_);
    co_await until([] { return false; });
    co_return 1;
  }
  Parallel<Sync<int, NoTimeout>> wait_future() {
    const Witness witness(*log_, name_);
    const Future<int> future = next_.work(1h).cancel_if_abandoned().to_future();
    co_return co_await future;
  }
  Parallel<Sync<int, NoTimeout>> tell_at_the_end(Ref<Worker> whom) {
    struct Farewell {
      Ref<Worker> whom;
      ~Farewell() { whom.note("farewell"); }
    } farewell{whom};
    co_await sleep(1h);
    co_return 1;
  }
  Async note(std::string what) {
    log_->add(what);
    return {};
  }

 private:
  Sync<int, NoTimeout> deeper(int depth) {
    const Witness witness(*log_, std::to_string(depth));
    if (depth > 0) co_return co_await deeper(depth - 1);
    co_await sleep(1h);
    co_return 0;
  }
  Log* log_;
  std::string name_;
  Ref<Worker> next_;
  int done_ = 0;
};

ACTOR_METHODS(Boss, order, order_plain, order_future, drop_future, order_quorum, order_and_stop,
              order_queued, order_relay, order_own, order_until, order_wait_future, order_farewell,
              answered)

class Boss : public Actor<Boss> {
 public:
  Boss(Ref<Worker> worker, Log* log) : worker_(worker), log_(log) {}

  Sync<std::string, NoTimeout> order(Duration timeout) {
    return seen(worker_.work(1h).within(timeout).cancel_if_abandoned());
  }
  Sync<std::string, NoTimeout> order_plain(Duration delay, Duration timeout) {
    return seen(worker_.work(delay).within(timeout));
  }
  Parallel<Sync<std::string, NoTimeout>> order_queued(Duration timeout) {
    co_return co_await seen(worker_.work(1ms).within(timeout).cancel_if_abandoned());
  }
  Sync<std::string, NoTimeout> order_relay(bool plain) {
    return seen(
        (plain ? worker_.relay_plain(2s) : worker_.relay(1h)).within(100ms).cancel_if_abandoned());
  }
  Sync<std::string, NoTimeout> order_own() {
    return seen(worker_.own_methods(2).within(100ms).cancel_if_abandoned());
  }
  Sync<std::string, NoTimeout> order_until() {
    return seen(worker_.wait_until().within(100ms).cancel_if_abandoned());
  }
  Sync<std::string, NoTimeout> order_wait_future() {
    return seen(worker_.wait_future().within(100ms).cancel_if_abandoned());
  }
  Sync<std::string, NoTimeout> order_farewell() {
    return seen(worker_.tell_at_the_end(worker_).within(100ms).cancel_if_abandoned());
  }
  Async order_future() {
    future_ = worker_.work(1h).cancel_if_abandoned().to_future();
    return {};
  }
  Async drop_future() {
    future_ = {};
    return {};
  }
  Sync<int> order_quorum(Ref<Worker> quick) {
    std::vector<Ref<Worker>> members = {worker_, quick};
    const auto answers = co_await Multi<Worker>(members)
                             .work_parallel(1s)
                             .at_least(1)
                             .within(2s)
                             .cancel_if_abandoned();
    co_return static_cast<int>(answers.size());
  }
  Parallel<Async> order_and_stop() {
    const int done = co_await worker_.work(1h).within(kNoTimeout).cancel_if_abandoned();
    log_->add(std::to_string(done));
  }
  // The answer and the deadline meet: an answered call is not cancelled.
  Sync<std::string, NoTimeout> answered() {
    return seen(worker_.work(80ms).within(100ms).cancel_if_abandoned());
  }

 private:
  Sync<std::string, NoTimeout> seen(Call<int> call) {
    const absl::StatusOr<int> answer = co_await std::move(call).status_or();
    co_return answer.ok() ? std::to_string(*answer)
                          : absl::StatusCodeToString(answer.status().code());
  }
  Ref<Worker> worker_;
  Log* log_;
  Future<int> future_;
};

ACTOR_METHODS(Stopper, end)

class Stopper : public Actor<Stopper> {
 public:
  Async end(Ref<Boss> boss) {
    stop(boss);
    return {};
  }
};

class Cancellation : public ConformanceTest {
 protected:
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Log log_;
  Ref<Worker> worker_ = world().spawn<Worker>(there_, &log_, "work");
  Ref<Worker> next_ = world().spawn<Worker>(world().add_host(), &log_, "next");
  Ref<Boss> boss_ = world().spawn<Boss>(here_, worker_, &log_);

  void connect() {
    world().act([&] { worker_.set_next(next_); });
    world().settle();
  }
};
ON_EVERY_RUNTIME(Cancellation);

TEST_P(Cancellation, IsNotWhatHappensUnlessItIsAskedFor) {
  EXPECT_THAT(world().ask(boss_.order_plain(500ms, 100ms)), Gives("DEADLINE_EXCEEDED"));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("begin work", "end work"));
  EXPECT_THAT(world().ask(worker_.count()), Gives(1)) << "the callee has completed";
}

TEST_P(Cancellation, UnwindsTheCalleesMethodAndFreesItsTurn) {
  EXPECT_THAT(world().ask(boss_.order(100ms)), Gives("DEADLINE_EXCEEDED"));
  const Time before = world().now();
  EXPECT_THAT(world().ask(worker_.count().within(10s)), Gives(0));
  EXPECT_EQ(world().now() - before, 10ms) << "what the message to cancel takes";
  EXPECT_THAT(log_.lines(), ElementsAre("begin work", "end work"));
}

TEST_P(Cancellation, GivesNobodyALateReplyAndIsNoFailureOfTheActor) {
  EXPECT_THAT(world().ask(boss_.order(100ms)), Gives("DEADLINE_EXCEEDED"));
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u);
  EXPECT_EQ(world().drops(DropReason::kNoActor), 0u);
  EXPECT_EQ(world().failures(), 0u);
}

TEST_P(Cancellation, TakesACallThatHasNotBegunOutOfTheQueue) {
  Question<int> busy = world().begin(worker_.work(1s));
  world().run_for(1ms);
  EXPECT_THAT(world().ask(boss_.order_queued(100ms)), Gives("DEADLINE_EXCEEDED"));
  world().settle();
  EXPECT_THAT(busy.answer(), Gives(1));
  EXPECT_THAT(world().ask(worker_.count()), Gives(1));
}

TEST_P(Cancellation, OfAnAnsweredCallDoesNotHappen) {
  EXPECT_THAT(world().ask(boss_.answered()), Gives("1"));
  world().settle();
  EXPECT_THAT(world().ask(worker_.count()), Gives(1));
}

TEST_P(Cancellation, GoesOnToNestedCallsThatAskForIt) {
  connect();
  EXPECT_THAT(world().ask(boss_.order_relay(false)), Gives("DEADLINE_EXCEEDED"));
  world().run_for(30ms);
  EXPECT_THAT(log_.lines(), ElementsAre("begin work", "begin next", "end work", "end next"));
  EXPECT_THAT(world().ask(next_.count()), Gives(0));
}

TEST_P(Cancellation, StopsAtNestedCallsThatDoNotAskForIt) {
  connect();
  EXPECT_THAT(world().ask(boss_.order_relay(true)), Gives("DEADLINE_EXCEEDED"));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("begin work", "begin next", "end work", "end next"));
  EXPECT_THAT(world().ask(next_.count()), Gives(1));
}

TEST_P(Cancellation, UnwindsOwnMethodsInnermostFirst) {
  EXPECT_THAT(world().ask(boss_.order_own()), Gives("DEADLINE_EXCEEDED"));
  world().run_for(10ms);
  EXPECT_THAT(log_.lines(),
              ElementsAre("begin 2", "begin 1", "begin 0", "end 0", "end 1", "end 2"));
}

TEST_P(Cancellation, EndsEveryKindOfWait) {
  connect();
  EXPECT_THAT(world().ask(boss_.order_until()), Gives("DEADLINE_EXCEEDED"));
  EXPECT_THAT(world().ask(boss_.order_wait_future()), Gives("DEADLINE_EXCEEDED"));
  world().run_for(30ms);
  EXPECT_THAT(log_.lines(), ElementsAre("begin work", "end work", "begin work", "begin next",
                                        "end work", "end next"));
  EXPECT_THAT(world().ask(worker_.count()), Gives(0));
}

TEST_P(Cancellation, EndsLocalsThatMaySendMessages) {
  EXPECT_THAT(world().ask(boss_.order_farewell()), Gives("DEADLINE_EXCEEDED"));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("farewell"));
}

TEST_P(Cancellation, FollowsFromDroppingAFuture) {
  world().act([&] { boss_.order_future(); });
  world().run_for(100ms);
  EXPECT_THAT(log_.lines(), ElementsAre("begin work"));
  world().act([&] { boss_.drop_future(); });
  world().run_for(100ms);
  EXPECT_THAT(log_.lines(), ElementsAre("begin work", "end work"));
}

TEST_P(Cancellation, FollowsFromTheEndOfTheCaller) {
  world().act([&] { boss_.order_and_stop(); });
  world().run_for(100ms);
  EXPECT_THAT(log_.lines(), ElementsAre("begin work"));
  const Ref<Stopper> stopper = world().spawn<Stopper>(here_);
  world().act([&] { stopper.end(boss_); });
  world().run_for(100ms);
  EXPECT_THAT(log_.lines(), ElementsAre("begin work", "end work"));
}

TEST_P(Cancellation, EndsWhatAGroupDoesNotNeedAnyMore) {
  const Ref<Worker> quick = world().spawn<Worker>(here_, &log_, "quick");
  Question<int> busy = world().begin(worker_.work(900ms));
  EXPECT_THAT(world().ask(boss_.order_quorum(quick)), Gives(1));
  world().settle();
  EXPECT_THAT(busy.answer(), Gives(1));
  EXPECT_THAT(world().ask(quick.count()), Gives(1));
  EXPECT_THAT(world().ask(worker_.count()), Gives(1)) << "the one that was busy did not go on";
}

// A method that keeps its turn sees no locals end: the other one is unwound after it.
TEST_P(Cancellation, OfAParallelMethodWaitsForTheTurnThatAnotherOneKeeps) {
  Question<std::string> parallel = world().begin(boss_.order_until());
  world().run_for(50ms);
  Question<int> keeps = world().begin(worker_.work(500ms));
  world().run_for(300ms);
  EXPECT_TRUE(parallel.done());
  EXPECT_THAT(log_.lines(), ElementsAre("begin work", "begin work"));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("begin work", "begin work", "end work", "end work"));
  EXPECT_THAT(keeps.answer(), Gives(1));
}

}  // namespace troupe::conformance
