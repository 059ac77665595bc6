// How a failure goes up, what an exception becomes, and that locals are destroyed either way.
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Risky, ok, refuse, refuse_later, throw_error, throw_error_later, throw_number,
              one_way_refuse, one_way_throw, one_way_throw_later, parallel_throw_later,
              nothing_later, ok_status_for_a_value)

struct DiskOnFire : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Risky : public Actor<Risky> {
 public:
  explicit Risky(Log* log) : log_(log) {}

  Sync<int> ok() { return 1; }
  Sync<int> refuse() { return absl::ResourceExhaustedError("full"); }
  Sync<int> refuse_later() {
    const Witness outer(*log_, "outer");
    const Witness inner(*log_, "inner");
    co_await sleep(1ms);
    co_await fail(absl::ResourceExhaustedError("full"));
    log_->add("went on");
    co_return 1;
  }
  Sync<int> throw_error() { throw DiskOnFire("in the cellar"); }
  Parallel<Sync<int>> parallel_throw_later() {
    co_await sleep(1ms);
    throw DiskOnFire("in the attic");
  }
  Sync<int> throw_error_later() {
    const Witness witness(*log_, "local");
    co_await sleep(1ms);
    throw DiskOnFire("in the attic");
  }
  Sync<int> throw_number() { throw 7; }
  Async one_way_refuse() { return absl::ResourceExhaustedError("full"); }
  Async one_way_throw() { throw DiskOnFire("in the cellar"); }
  Async one_way_throw_later() {
    co_await sleep(1ms);
    throw DiskOnFire("in the attic");
  }
  Sync<> nothing_later() {
    co_await sleep(1ms);
    co_await absl::OkStatus();
  }
  Sync<int> ok_status_for_a_value() { return absl::OkStatus(); }

 private:
  void on_failure(std::string_view method, const absl::Status& status) override {
    log_->add("on_failure " + std::string(method) + ": " + std::string(status.message()));
    if (method == "one_way_refuse") throw std::logic_error("also here");
  }
  Log* log_;
};

// Three methods deep, and on another host.
ACTOR_METHODS(Asker, deep, fallback, look, rethrow, status, value, after_success)

class Asker : public Actor<Asker> {
 public:
  Asker(Ref<Risky> risky, Log* log) : risky_(risky), log_(log) {}

  Sync<int> deep() {
    const Witness witness(*log_, "deep");
    const int answer = co_await middle();
    log_->add("went on");
    co_return answer;
  }
  Sync<int> fallback() {
    const int one = co_await risky_.refuse().value_or(10);
    const int two = co_await risky_.ok().value_or(20);
    co_return one + two;
  }
  Sync<std::string> look() {
    absl::StatusOr<int> direct = co_await risky_.refuse().status_or();
    absl::StatusOr<int> own = co_await middle().status_or();
    co_return std::string(direct.status().message()) + ", " + std::string(own.status().message());
  }
  Sync<int> rethrow() {
    absl::StatusOr<int> answer = co_await risky_.refuse().status_or();
    const int value = co_await answer;
    co_return value;
  }
  Sync<int> status(bool good) {
    co_await (good ? absl::OkStatus() : absl::AbortedError("as told"));
    co_return 1;
  }
  Sync<int> value() {
    const int three = co_await absl::StatusOr<int>(3);
    co_return three;
  }
  // The result of a method may be a StatusOr as it is.
  Sync<int> after_success() {
    absl::StatusOr<int> answer = co_await risky_.ok().status_or();
    co_return answer;
  }

 private:
  Sync<int> middle() {
    const Witness witness(*log_, "middle");
    co_await sleep(1ms);
    const int answer = co_await inner();
    log_->add("went on");
    co_return answer;
  }
  Sync<int> inner() {
    const Witness witness(*log_, "inner");
    const int answer = co_await risky_.refuse();
    log_->add("went on");
    co_return answer;
  }
  Ref<Risky> risky_;
  Log* log_;
};

class Failures : public ConformanceTest {
 protected:
  Log log_;
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Risky> risky_ = world().spawn<Risky>(there_, &log_);
  Ref<Asker> asker_ = world().spawn<Asker>(here_, risky_, &log_);
};
ON_EVERY_RUNTIME(Failures);

TEST_P(Failures, OfAnAwaitedCallEndTheMethodAndReachItsCaller) {
  EXPECT_THAT(world().ask(asker_.deep()), FailsWith(absl::StatusCode::kResourceExhausted, "full"));
}

TEST_P(Failures, DestroyTheLocalsOfEveryMethodOnTheirWayInnermostFirst) {
  EXPECT_FALSE(world().ask(asker_.deep()).ok());
  EXPECT_THAT(log_.lines(), ElementsAre("begin deep", "begin middle", "begin inner", "end inner",
                                        "end middle", "end deep"));
}

TEST_P(Failures, CanBeReplacedByAValue) { EXPECT_THAT(world().ask(asker_.fallback()), Gives(11)); }

TEST_P(Failures, CanBeLookedAt) { EXPECT_THAT(world().ask(asker_.look()), Gives("full, full")); }

TEST_P(Failures, ThatWereLookedAtCanBePassedOn) {
  EXPECT_THAT(world().ask(asker_.rethrow()),
              FailsWith(absl::StatusCode::kResourceExhausted, "full"));
}

TEST_P(Failures, AreWhatAwaitingABadStatusGives) {
  EXPECT_THAT(world().ask(asker_.status(true)), Gives(1));
  EXPECT_THAT(world().ask(asker_.status(false)), FailsWith(absl::StatusCode::kAborted, "as told"));
  EXPECT_THAT(world().ask(asker_.value()), Gives(3));
  EXPECT_THAT(world().ask(asker_.after_success()), Gives(1));
  EXPECT_THAT(world().ask(risky_.nothing_later()), Succeeds());
}

TEST_P(Failures, MadeByFailEndTheMethodAndItsLocals) {
  EXPECT_THAT(world().ask(risky_.refuse_later()),
              FailsWith(absl::StatusCode::kResourceExhausted, "full"));
  EXPECT_THAT(log_.lines(), ElementsAre("begin outer", "begin inner", "end inner", "end outer"));
  EXPECT_THAT(world().ask(risky_.ok()), Gives(1));
}

TEST_P(Failures, OfARequestAreItsCallersAndNotTheActors) {
  EXPECT_FALSE(world().ask(risky_.refuse()).ok());
  EXPECT_THAT(log_.lines(), ElementsAre());
  EXPECT_EQ(world().failures(), 0u);
}

TEST_P(Failures, OfAnOkStatusWhereAValueIsDueAreTheMethodsMistake) {
  EXPECT_THAT(world().ask(risky_.ok_status_for_a_value()), FailsWith(absl::StatusCode::kInternal));
}

class Exceptions : public Failures {};
ON_EVERY_RUNTIME(Exceptions);

TEST_P(Exceptions, ReachTheCallerWithTypeTextActorAndMethod) {
  EXPECT_THAT(
      world().ask(risky_.throw_error()),
      FailsWith(absl::StatusCode::kUnknown,
                AllOf(HasSubstr("Risky.throw_error"), HasSubstr("troupe::conformance::DiskOnFire"),
                      HasSubstr("in the cellar"))));
}

TEST_P(Exceptions, InACoroutineReachTheCallerToo) {
  EXPECT_THAT(world().ask(risky_.throw_error_later()),
              FailsWith(absl::StatusCode::kUnknown,
                        AllOf(HasSubstr("Risky.throw_error_later"), HasSubstr("DiskOnFire"),
                              HasSubstr("in the attic"))));
  EXPECT_THAT(log_.lines(), ElementsAre("begin local", "end local"));
  EXPECT_THAT(world().ask(risky_.parallel_throw_later()),
              FailsWith(absl::StatusCode::kUnknown, HasSubstr("in the attic")));
}

TEST_P(Exceptions, NeedNotBeStandardOnes) {
  EXPECT_THAT(world().ask(risky_.throw_number()),
              FailsWith(absl::StatusCode::kUnknown, "Risky.throw_number threw int"));
}

TEST_P(Exceptions, LeaveTheActorWorking) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(world().ask(risky_.throw_error()).ok());
    EXPECT_FALSE(world().ask(risky_.throw_error_later()).ok());
    EXPECT_FALSE(world().ask(risky_.parallel_throw_later()).ok());
    EXPECT_THAT(world().ask(risky_.ok()), Gives(1));
  }
}

TEST_P(Exceptions, OfAOneWayMethodGoToOnFailureAndAreCounted) {
  world().act([&] {
    risky_.one_way_throw();
    risky_.one_way_throw_later();
  });
  world().settle();
  EXPECT_THAT(
      log_.lines(),
      ElementsAre(AllOf(HasSubstr("on_failure one_way_throw: "), HasSubstr("in the cellar")),
                  AllOf(HasSubstr("on_failure one_way_throw_later: "), HasSubstr("in the attic"))));
  EXPECT_EQ(world().failures(), 2u);
  EXPECT_THAT(world().ask(risky_.ok()), Gives(1));
}

TEST_P(Exceptions, OfOnFailureItselfAreCountedAndLeaveTheActorWorking) {
  world().act([&] { risky_.one_way_refuse(); });
  world().settle();
  EXPECT_EQ(log_.count("on_failure one_way_refuse: full"), 1u);
  EXPECT_EQ(world().failures(), 2u);
  EXPECT_THAT(world().ask(risky_.ok()), Gives(1));
}

}  // namespace troupe::conformance
