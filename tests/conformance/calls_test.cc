// One actor asks another: values, one-way messages, errors, missing callees.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Counter, add, total, slow_total, divide, refuse)

class Counter : public Actor<Counter> {
 public:
  Counter() = default;
  explicit Counter(int start, Log* log = nullptr) : total_(start), log_(log) {}

  Async add(int amount) {
    total_ += amount;
    if (log_ != nullptr) log_->add("added");
    return {};
  }
  Sync<int> total() { return total_; }
  Sync<int> slow_total() {
    co_await sleep(100ms);
    co_return total_;
  }
  Sync<int> divide(int by) {
    if (by == 0) return absl::InvalidArgumentError("by zero");
    total_ /= by;
    if (log_ != nullptr) log_->add("divided");
    return total_;
  }
  Sync<> refuse(bool really) {
    if (really) return absl::PermissionDeniedError("not you");
    return absl::OkStatus();
  }

 private:
  int total_ = 0;
  Log* log_ = nullptr;
};

// Does what a test tells it to, and says what came of it.
ACTOR_METHODS(Caller, ask_twice, tell, tell_request, forget_request, when_asked, ask_dead, named)

class Caller : public Actor<Caller> {
 public:
  Caller(Ref<Counter> counter, Log* log) : counter_(counter), log_(log) {}

  Sync<int> ask_twice() {
    const int first = co_await counter_.total();
    const int second = co_await counter_.total();
    co_return first + second;
  }
  Sync<bool> tell() {
    counter_.add(1);
    log_->add("told");
    return true;
  }
  Sync<int> tell_request() {
    counter_.divide(2).tell();
    counter_.divide(0).tell();
    co_return co_await counter_.total();
  }
  Sync<int> forget_request() {
    [[maybe_unused]] auto never_awaited = counter_.divide(2);
    co_return co_await counter_.total();
  }
  // How long a call takes from its co_await on.
  Sync<Duration> when_asked() {
    auto call = counter_.total();
    co_await sleep(1s);
    const Time before = now();
    co_await std::move(call);
    co_return now() - before;
  }
  Parallel<Sync<Duration>> ask_dead(Ref<Counter> dead) {
    const Time before = now();
    absl::StatusOr<int> answer = co_await dead.total().within(1h).status_or();
    if (answer.ok()) co_await fail(absl::InternalError("a dead actor answered"));
    if (answer.status().code() != absl::StatusCode::kNotFound) co_await answer.status();
    co_return now() - before;
  }
  Sync<int> named() {
    auto call = counter_.total();
    const int total = co_await std::move(call).within(1s);
    co_return total;
  }

 private:
  Ref<Counter> counter_;
  Log* log_;
};

class Calls : public ConformanceTest {
 protected:
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Log log_;
  Ref<Counter> counter_ = world().spawn<Counter>(there_, 7, &log_);
  Ref<Caller> caller_ = world().spawn<Caller>(here_, counter_, &log_);
};
ON_EVERY_RUNTIME(Calls);

TEST_P(Calls, GiveTheValueOfTheMethod) { EXPECT_THAT(world().ask(counter_.total()), Gives(7)); }

TEST_P(Calls, OfACoroutineGiveWhatItReturns) {
  EXPECT_THAT(world().ask(counter_.slow_total()), Gives(7));
}

TEST_P(Calls, FollowOneAnotherInTheCallersCode) {
  EXPECT_THAT(world().ask(caller_.ask_twice()), Gives(14));
}

TEST_P(Calls, ThatAreOneWayReturnBeforeTheMethodRuns) {
  EXPECT_THAT(world().ask(caller_.tell()), Gives(true));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("told", "added"));
  EXPECT_THAT(world().ask(counter_.total()), Gives(8));
}

TEST_P(Calls, OfAVoidMethodGiveItsSuccessOrItsFailure) {
  EXPECT_THAT(world().ask(counter_.refuse(false)), Succeeds());
  EXPECT_THAT(world().ask(counter_.refuse(true)),
              FailsWith(absl::StatusCode::kPermissionDenied, "not you"));
}

TEST_P(Calls, FailWithTheCodeAndTextThatTheMethodGave) {
  EXPECT_THAT(world().ask(counter_.divide(0)),
              FailsWith(absl::StatusCode::kInvalidArgument, "by zero"));
  EXPECT_THAT(world().ask(counter_.total()), Gives(7)) << "the actor lives on";
}

TEST_P(Calls, ThatAreToldRunWithoutAReply) {
  EXPECT_THAT(world().ask(caller_.tell_request()), Gives(3));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("divided"));
  EXPECT_EQ(world().failures(), 1u) << "the failure of a told call is the callee's own";
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u);
}

TEST_P(Calls, ThatAreNeverAwaitedAreNeverSent) {
  EXPECT_THAT(world().ask(caller_.forget_request()), Gives(7));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre());
}

TEST_P(Calls, AreSentWhenTheyAreAwaitedNotWhenTheyAreMade) {
  EXPECT_THAT(world().ask(caller_.when_asked()), Gives(Duration(20ms)));
}

TEST_P(Calls, CanBeNamedAndAwaitedWithMove) { EXPECT_THAT(world().ask(caller_.named()), Gives(7)); }

TEST_P(Calls, ToNobodyFailAtOnceAndNotAtTheDeadline) {
  EXPECT_THAT(world().ask(caller_.ask_dead(Ref<Counter>(ActorId{there_, 999, 1}))),
              Gives(Duration(20ms)));
}

TEST_P(Calls, ThroughAnEmptyRefFailWithNotFound) {
  EXPECT_THAT(world().ask(Ref<Counter>().total()),
              FailsWith(absl::StatusCode::kNotFound,
                        AllOf(HasSubstr("Counter.total"), HasSubstr("empty Ref"))));
}

TEST_P(Calls, ThatAreOneWayToNobodyAreCounted) {
  world().act([&] { Ref<Counter>(ActorId{there_, 999, 1}).add(1); });
  world().act([&] { Ref<Counter>().add(1); });
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kNoActor), 2u);
}

// --- Values -------------------------------------------------------------------------------------

enum class Colour : std::uint8_t { kRed = 1, kBlue = 200 };

struct Inner {
  std::string text;
  std::vector<std::int64_t> numbers;
  FIELDS(text, numbers)
  friend bool operator==(const Inner&, const Inner&) = default;
};

struct Everything {
  bool flag = false;
  std::int8_t small = 0;
  std::uint64_t large = 0;
  Colour colour = Colour::kRed;
  double real = 0;
  float single = 0;
  Duration span{};
  Time when{};
  std::optional<Inner> maybe;
  std::map<std::string, std::vector<int>> table;
  std::set<int> set;
  std::array<int, 3> triple{};
  std::pair<int, std::string> both;
  std::tuple<int, bool, double> three;
  std::vector<Inner> inners;
  FIELDS(flag, small, large, colour, real, single, span, when, maybe, table, set, triple, both,
         three, inners)
  friend bool operator==(const Everything&, const Everything&) = default;
};

ACTOR_METHODS(Echo, echo, change)

class Echo : public Actor<Echo> {
 public:
  Sync<Everything> echo(Everything value) { return value; }
  Sync<std::vector<int>> change(std::vector<int> mine) {
    mine.push_back(99);
    return mine;
  }
};

ACTOR_METHODS(Lender, lend)

class Lender : public Actor<Lender> {
 public:
  explicit Lender(Ref<Echo> echo) : echo_(echo) {}
  Sync<std::vector<int>> lend() {
    std::vector<int> mine = {1, 2};
    std::vector<int> theirs = co_await echo_.change(mine);
    theirs[0] = -1;
    co_return mine;
  }

 private:
  Ref<Echo> echo_;
};

TEST_P(Calls, CarryEveryKindOfValueUnchanged) {
  const Everything value = {.flag = true,
                            .small = -128,
                            .large = ~std::uint64_t{0},
                            .colour = Colour::kBlue,
                            .real = -0.1,
                            .single = 3.5f,
                            .span = -5ns,
                            .when = Time(7h),
                            .maybe = Inner{"in\0side", {-1, 0, 1}},
                            .table = {{"", {}}, {"odd", {1, 3}}},
                            .set = {3, -3},
                            .triple = {1, 0, -1},
                            .both = {4, "four"},
                            .three = {5, true, 0.0},
                            .inners = {{}, {"x", {INT64_MIN}}}};
  const Ref<Echo> echo = world().spawn<Echo>(there_);
  EXPECT_TRUE(*world().ask(echo.echo(value)) == value);
}

TEST_P(Calls, LetNeitherSideSeeWhatTheOtherDoesToAValue) {
  for (const HostId host : {here_, there_}) {
    const Ref<Echo> echo = world().spawn<Echo>(host);
    const Ref<Lender> lender = world().spawn<Lender>(here_, echo);
    EXPECT_THAT(world().ask(lender.lend()), Gives(std::vector<int>({1, 2})));
  }
}

TEST_P(Calls, FromOutsideCanBeOpenAtTheSameTime) {
  Question<int> slow = world().begin(counter_.slow_total());
  Question<int> quick = world().begin(counter_.total());
  world().settle();
  EXPECT_THAT(slow.answer(), Gives(7));
  EXPECT_THAT(quick.answer(), Gives(7));
}

}  // namespace troupe::conformance
