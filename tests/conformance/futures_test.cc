// Futures: calls whose answers are waited for later, or never; and what is made of them.
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Store, get, name, list, refuse, touch, touched, held)

class Store : public Actor<Store> {
 public:
  // Answers with the number, after a while.
  Parallel<Sync<int, NoTimeout>> get(int number, Duration delay) {
    ++asked_;
    co_await sleep(delay);
    co_return number;
  }
  Parallel<Sync<std::string, NoTimeout>> name(int number, Duration delay) {
    co_await sleep(delay);
    co_return "n" + std::to_string(number);
  }
  Sync<std::vector<int>> list() { return std::vector<int>{1, 2, 3, 4, 5, 6}; }
  Parallel<Sync<int>> refuse(Duration delay) {
    co_await sleep(delay);
    co_await fail(absl::ResourceExhaustedError("sold out"));
    co_return 0;
  }
  Sync<> touch() {
    ++asked_;
    return {};
  }
  Sync<int> touched() { return asked_; }
  // Keeps its turn.
  Sync<int, NoTimeout> held(int number, Duration delay) {
    co_await sleep(delay);
    co_return number;
  }

 private:
  int asked_ = 0;
};

ACTOR_METHODS(Buyer, eager, eager_parallel, twice, status, fallback, failing, within, within_member,
              begin_member, finish_member, finish_member_parallel, drop, drop_member, shared,
              several, answer_in_the_queue, in_no_time, after_deadline, void_future, empty,
              outlives, inherited)

class Buyer : public Actor<Buyer> {
 public:
  Buyer(Ref<Store> store, Log* log) : store_(store), log_(log) {}

  // Two calls are on their way at once, in a method that keeps its turn.
  Sync<std::string> eager() { return both(); }
  Parallel<Sync<std::string>> eager_parallel() { co_return co_await both(); }
  Sync<int> twice() {
    const Future<int> price = store_.get(4, 10ms).to_future();
    const int once = co_await price;
    const int again = co_await price;
    co_return once * 10 + again;
  }
  Sync<std::string> status() {
    const Future<int> price = store_.refuse(10ms).to_future();
    const absl::StatusOr<int> result = co_await price.status_or();
    co_return std::string(result.status().message());
  }
  Sync<int> fallback() {
    const Future<int> price = store_.refuse(10ms).to_future();
    co_return co_await price.value_or(7);
  }
  Sync<int> failing() {
    const Witness witness(*log_, "failing");
    const Future<int> price = store_.refuse(10ms).to_future();
    const int cents = co_await price;
    log_->add("went on");
    co_return cents;
  }
  // The wait ends, the future stays.
  Sync<std::string> within() {
    const Time before = now();
    const Future<int> price = store_.get(4, 500ms).to_future();
    const absl::StatusOr<int> early = co_await price.within(100ms).status_or();
    std::string text = to_string(now() - before) + " " + std::string(early.status().message());
    const int late = co_await price;
    co_return text + "; " + std::to_string(late) + " after " + to_string(now() - before);
  }
  Async begin_member(Duration delay) {
    price_ = store_.get(4, delay).to_future();
    return {};
  }
  Sync<int> finish_member() { co_return co_await price_; }
  Parallel<Sync<int>> finish_member_parallel() {
    const int price = co_await price_;
    log_->add("parallel goes on");
    co_return price;
  }
  Sync<int> within_member(Duration timeout) { co_return co_await price_.within(timeout); }
  Async drop() {
    static_cast<void>(store_.get(4, 10ms).to_future());
    return {};
  }
  Async drop_member() {
    price_ = {};
    return {};
  }
  Sync<bool> shared() {
    Future<int> copy;
    {
      const Future<int> price = store_.get(4, 10ms).to_future();
      copy = price;
    }
    const int price = co_await copy;
    co_return price == 4 && copy.done() && *copy.result() == 4;
  }
  // A hundred at once, the last one first.
  Sync<std::vector<int>> several(int count) {
    std::vector<Future<int>> futures;
    for (int i = 0; i < count; ++i) {
      futures.push_back(store_.get(i, std::chrono::milliseconds(count - i)).to_future());
    }
    std::vector<int> values;
    for (const Future<int>& future : futures) {
      const int value = co_await future;
      values.push_back(value);
    }
    co_return values;
  }
  // The answer comes while this method keeps the turn and waits for something else.
  Sync<Duration> answer_in_the_queue() {
    const Time before = now();
    const Future<int> price = store_.get(4, 10ms).to_future();
    co_await sleep(1s);
    const int cents = co_await price;
    if (cents != 4) co_await fail(absl::InternalError("wrong price"));
    co_return now() - before;
  }
  // Waits for no time: for an answer that has come already, for one that takes no time, and for one
  // that takes some.
  Sync<std::string> in_no_time(Ref<Store> neighbour, Duration timeout) {
    std::string text;
    const Future<int> come = store_.get(4, 10ms).to_future();
    co_await sleep(1s);
    const absl::StatusOr<int> first = co_await come.within(timeout).status_or();
    absl::StrAppend(&text, first.ok() ? "came" : "did not come");
    const Future<int> quick = neighbour.touched().to_future();
    const absl::StatusOr<int> second = co_await quick.within(timeout).status_or();
    absl::StrAppend(&text, second.ok() ? ", came" : ", did not come");
    const Future<int> slow = store_.get(4, 10ms).to_future();
    const Time before = now();
    const absl::StatusOr<int> third = co_await slow.within(timeout).status_or();
    absl::StrAppend(&text, third.ok() ? ", came" : ", did not come", " after ",
                    to_string(now() - before));
    co_return text;
  }
  // So does the failure of a call whose deadline has passed.
  Sync<std::string> after_deadline() {
    const Future<int> price = store_.get(4, 1h).within(100ms).to_future();
    co_await sleep(500ms);
    const absl::StatusOr<int> cents = co_await price.status_or();
    co_return std::string(cents.status().message()) + " at " + to_string(now().time_since_epoch());
  }
  Sync<bool> void_future() {
    const Future<> touched = store_.touch().to_future();
    co_await touched;
    const absl::StatusOr<Nothing> result = co_await touched.status_or();
    co_return result.ok();
  }
  Sync<int> empty() { co_return co_await price_; }
  // The caller waits 100 ms; the future's call has a deadline of its own.
  Sync<int> outlives() {
    price_ = store_.get(4, 300ms).to_future();
    co_return 1;
  }
  Sync<int> inherited() {
    const Future<int> price = store_.get(4, 1h).within(1h).to_future();
    co_return co_await price;
  }

 private:
  Sync<std::string> both() {
    const Time before = now();
    const Future<int> four = store_.get(4, 300ms).to_future();
    const Future<int> five = store_.get(5, 200ms).to_future();
    log_->add(four.done() ? "done" : "open");
    const int first = co_await four;
    const int second = co_await five;
    co_return std::to_string(first) + std::to_string(second) + " " + to_string(now() - before);
  }
  Ref<Store> store_;
  Log* log_;
  Future<int> price_;
};

class Futures : public ConformanceTest {
 protected:
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Log log_;
  Ref<Store> store_ = world().spawn<Store>(there_);
  Ref<Buyer> buyer_ = world().spawn<Buyer>(here_, store_, &log_);
};
ON_EVERY_RUNTIME(Futures);

TEST_P(Futures, LetTheCallerGoOnWhileTheirCallsAreOnTheirWay) {
  EXPECT_THAT(world().ask(buyer_.eager()), Gives("45 320ms"));
  EXPECT_THAT(world().ask(buyer_.eager_parallel()), Gives("45 320ms"));
  EXPECT_THAT(log_.lines(), ElementsAre("open", "open"));
}

TEST_P(Futures, CanBeAwaitedAgainAndGiveTheSame) {
  EXPECT_THAT(world().ask(buyer_.twice()), Gives(44));
}

TEST_P(Futures, CanBeCopiedAndLookedAt) { EXPECT_THAT(world().ask(buyer_.shared()), Gives(true)); }

TEST_P(Futures, OfAFailureEndTheMethodThatAwaitsThem) {
  EXPECT_THAT(world().ask(buyer_.failing()),
              FailsWith(absl::StatusCode::kResourceExhausted, "sold out"));
  EXPECT_THAT(log_.lines(), ElementsAre("begin failing", "end failing"));
}

TEST_P(Futures, OfAFailureCanBeLookedAtOrReplaced) {
  EXPECT_THAT(world().ask(buyer_.status()), Gives("sold out"));
  EXPECT_THAT(world().ask(buyer_.fallback()), Gives(7));
}

TEST_P(Futures, StayOpenWhenAWaitForThemTimesOut) {
  EXPECT_THAT(world().ask(buyer_.within()),
              Gives("100ms Store.get of " + world().name_of(id_of(store_)) +
                    " did not answer within 100ms; 4 after 520ms"));
}

// Whatever a negative time is, it is the same as none: only what needs no time comes.
TEST_P(Futures, AreWaitedForInNoTimeWhereThatIsZeroOrNegative) {
  const Ref<Store> neighbour = world().spawn<Store>(here_);
  for (const Duration timeout : {Duration(0s), Duration(-1ns), Duration(-1s), Duration::min()}) {
    EXPECT_THAT(world().ask(buyer_.in_no_time(neighbour, timeout)),
                Gives("came, came, did not come after 0s"))
        << to_string(timeout);
  }
}

TEST_P(Futures, CanOutliveTheMethodThatMadeThem) {
  world().act([&] { buyer_.begin_member(300ms); });
  world().run_for(100ms);
  const Time before = world().now();
  EXPECT_THAT(world().ask(buyer_.finish_member()), Gives(4));
  EXPECT_EQ(world().now() - before, 220ms);
}

TEST_P(Futures, AreGivenUpWhenNobodyHoldsThemAndTheirLateRepliesAreCounted) {
  world().act([&] { buyer_.drop(); });
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 1u);
  world().act([&] {
    buyer_.begin_member(300ms);
    buyer_.drop_member();
  });
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 2u);
  EXPECT_THAT(world().ask(store_.touched()), Gives(2)) << "the callee is not disturbed";
}

TEST_P(Futures, AreMatchedToTheirOwnCalls) {
  std::vector<int> expected(100);
  for (int i = 0; i < 100; ++i) expected[static_cast<std::size_t>(i)] = i;
  EXPECT_THAT(world().ask(buyer_.several(100)), Gives(expected));
}

// The reply must not wait for the end of the method that keeps the turn, when that waits for it.
TEST_P(Futures, AwaitedByAMethodThatKeepsTheTurnGetAnAnswerThatHasQueued) {
  EXPECT_THAT(world().ask(buyer_.answer_in_the_queue()), Gives(1s));
  EXPECT_THAT(world().ask(buyer_.after_deadline()),
              Gives(AllOf(HasSubstr("did not answer within 100ms"), HasSubstr("at 1.5"))));
}

TEST_P(Futures, OfMethodsWithoutAValueGiveTheirSuccess) {
  EXPECT_THAT(world().ask(buyer_.void_future()), Gives(true));
}

TEST_P(Futures, OfNothingFailWhereTheyAreAwaited) {
  EXPECT_THAT(world().ask(buyer_.empty()),
              FailsWith(absl::StatusCode::kFailedPrecondition, HasSubstr("empty Future")));
}

TEST_P(Futures, HaveTheirOwnDeadlinesAndNotTheOneOfTheirMakersCaller) {
  EXPECT_THAT(world().ask(buyer_.outlives().within(100ms)), Gives(1));
  world().run_for(200ms);
  EXPECT_THAT(world().ask(buyer_.finish_member()), Gives(4));
}

TEST_P(Futures, AreNotWaitedForLongerThanTheMethodsCallerWaits) {
  EXPECT_THAT(world().ask(buyer_.inherited().within(100ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  world().run_for(1s);
  const Time before = world().now();
  EXPECT_THAT(world().ask(buyer_.eager()), Gives("45 320ms")) << "the turn is free again";
  EXPECT_EQ(world().now() - before, 320ms);
}

TEST_P(Futures, WakeEveryMethodThatWaitsTheOneThatKeepsTheTurnFirst) {
  world().act([&] { buyer_.begin_member(300ms); });
  world().run_for(1ms);
  Question<int> parallel = world().begin(buyer_.finish_member_parallel());
  world().run_for(1ms);
  Question<int> ordinary = world().begin(buyer_.finish_member());
  Question<int> impatient = world().begin(buyer_.within_member(10ms));
  world().settle();
  EXPECT_THAT(ordinary.answer(), Gives(4));
  EXPECT_THAT(parallel.answer(), Gives(4));
  EXPECT_THAT(impatient.answer(), Gives(4)) << "it came to its turn when the answer was there";
}

TEST_P(Futures, ThatAParallelMethodWaitsForDoNotRunItInsideAnothersTurn) {
  world().act([&] { buyer_.begin_member(300ms); });
  world().run_for(1ms);
  Question<int> parallel = world().begin(buyer_.finish_member_parallel());
  world().run_for(100ms);
  Question<std::string> keeps = world().begin(buyer_.within());
  world().run_for(400ms);
  EXPECT_THAT(log_.lines(), ElementsAre());
  world().settle();
  EXPECT_THAT(keeps.answer(), Succeeds());
  EXPECT_THAT(parallel.answer(), Gives(4));
}

TEST_P(Futures, EndWithTheActorsThatHoldThem) {
  world().act([&] { buyer_.begin_member(300ms); });
  world().run_for(1ms);
  Question<int> question = world().begin(buyer_.finish_member());
  world().run_for(1ms);
  world().crash(here_);
  world().settle();
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kUnavailable));
}

TEST_P(Futures, OfADeadActorFailAtOnce) {
  world().crash(there_);
  const Time before = world().now();
  EXPECT_THAT(world().ask(buyer_.twice()), FailsWith(absl::StatusCode::kUnavailable));
  EXPECT_LE(world().now() - before, 20ms);
}

// --- Combinators ---------------------------------------------------------------------------------

ACTOR_METHODS(Analyst, mapped, map_fails, map_throws, map_refuses, filtered, reduced,
              all_of_one_type, all_of_none, all_mixed, all_within, all_fails, any_of_several,
              any_mixed, any_fails, any_of_none, nested, any_gives_up, all_keeps_lending)

class Analyst : public Actor<Analyst> {
 public:
  Analyst(Ref<Store> store, Log* log) : store_(store), log_(log) {}

  Sync<std::string> mapped() {
    const Future<std::string> label = store_.get(4, 10ms).to_future().map(
        [](int number) { return std::to_string(number) + "!"; });
    co_return co_await label;
  }
  Sync<std::string> map_fails() {
    const Future<int> more = store_.refuse(10ms).to_future().map([this](int number) {
      log_->add("mapped");
      return number + 1;
    });
    const absl::StatusOr<int> result = co_await more.status_or();
    co_return std::string(result.status().message());
  }
  Sync<int> map_throws() {
    const Future<int> more = store_.get(4, 10ms).to_future().map([](int number) -> int {
      if (number == 4) throw std::runtime_error("not four");
      return number;
    });
    co_return co_await more;
  }
  Sync<int> map_refuses() {
    const Future<int> more =
        store_.get(4, 10ms).to_future().map([](int number) -> absl::StatusOr<int> {
          if (number == 4) return absl::OutOfRangeError("four");
          return number;
        });
    co_return co_await more;
  }
  Sync<std::vector<int>> filtered() {
    const auto even = store_.list().to_future().filter([](int number) { return number % 2 == 0; });
    co_return co_await even;
  }
  Sync<std::string> reduced() {
    const Future<std::string> digits = store_.list().to_future().reduce(
        std::string("="),
        [](std::string text, int number) { return text + std::to_string(number); });
    co_return co_await digits;
  }
  Sync<std::vector<int>> all_of_one_type() {
    std::vector<Future<int>> futures;
    for (int i = 0; i < 5; ++i) futures.push_back(store_.get(i, 10ms * (5 - i)).to_future());
    co_return co_await all(futures);
  }
  Sync<std::vector<int>> all_of_none() { co_return co_await all(std::vector<Future<int>>()); }
  Sync<std::string> all_mixed() {
    const Future<int> number = store_.get(4, 30ms).to_future();
    const Future<std::string> name = store_.name(5, 10ms).to_future();
    const Future<> touched = store_.touch().to_future();
    const auto [four, five, nothing] = co_await all(number, name, touched);
    static_assert(std::is_same_v<decltype(nothing), const Nothing>);
    co_return std::to_string(four) + five;
  }
  // Three waits of 200 ms each, one overall deadline of 250 ms; they follow one another in the
  // callee, which keeps its turn.
  Sync<std::string> all_within() {
    std::vector<Future<int>> futures;
    for (int i = 0; i < 3; ++i) futures.push_back(store_.held(i, 200ms).to_future());
    const Time before = now();
    const auto values = co_await all(futures).within(250ms).status_or();
    co_return absl::StatusCodeToString(values.status().code()) + " " + to_string(now() - before);
  }
  Sync<std::string> all_fails() {
    const Time before = now();
    const Future<int> slow = store_.get(4, 1h).to_future();
    const Future<int> bad = store_.refuse(10ms).to_future();
    const auto both = co_await all(slow, bad).status_or();
    co_return std::string(both.status().message()) + " " + to_string(now() - before);
  }
  Sync<std::string> any_of_several() {
    const Time before = now();
    std::vector<Future<int>> futures = {store_.get(1, 300ms).to_future(),
                                        store_.refuse(10ms).to_future(),
                                        store_.get(3, 100ms).to_future()};
    const int first = co_await any(futures);
    co_return std::to_string(first) + " " + to_string(now() - before);
  }
  Sync<std::string> any_mixed() {
    const Future<int> number = store_.get(1, 300ms).to_future();
    const Future<std::string> name = store_.name(5, 10ms).to_future();
    const std::variant<int, std::string> first = co_await any(number, name);
    co_return first.index() == 1 ? std::get<1>(first) : "the number";
  }
  Sync<int> any_fails() {
    const Future<int> one = store_.refuse(20ms).to_future();
    const Future<int> other = store_.get(1, 1h).within(100ms).to_future();
    const auto first = co_await any(one, other);
    co_return std::get<0>(first);
  }
  Sync<int> any_of_none() { co_return co_await any(std::vector<Future<int>>()); }
  Sync<std::string> nested() {
    const Future<int> sum =
        all(store_.get(1, 10ms).to_future(), store_.get(2, 20ms).to_future())
            .map([](const auto& both) { return std::get<0>(both) + std::get<1>(both); });
    const Future<std::string> name = store_.name(5, 30ms).to_future();
    const auto [three, five] = co_await all(sum, name).within(1s);
    co_return std::to_string(three) + five;
  }
  // The loser's call is given up with the futures.
  Sync<int> any_gives_up() {
    std::vector<Future<int>> futures = {store_.get(1, 500ms).to_future(),
                                        store_.get(2, 10ms).to_future()};
    const Future<int> first = any(futures);
    futures.clear();
    co_return co_await first;
  }
  // One of the calls fails; the other one is still open, and held, when the method has ended.
  Sync<std::string> all_keeps_lending() {
    kept_ = store_.get(4, 500ms).to_future();
    const Future<int> bad = store_.refuse(10ms).to_future();
    const auto both = co_await all(kept_, bad).status_or();
    const absl::StatusOr<int> early = co_await kept_.within(1ms).status_or();
    co_return std::string(both.status().message()) + " " +
        absl::StatusCodeToString(early.status().code());
  }

 private:
  Ref<Store> store_;
  Log* log_;
  Future<int> kept_;
};

class Combinators : public ConformanceTest {
 protected:
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Log log_;
  Ref<Store> store_ = world().spawn<Store>(there_);
  Ref<Analyst> analyst_ = world().spawn<Analyst>(here_, store_, &log_);
};
ON_EVERY_RUNTIME(Combinators);

TEST_P(Combinators, MapAValueAndPassFailuresOn) {
  EXPECT_THAT(world().ask(analyst_.mapped()), Gives("4!"));
  EXPECT_THAT(world().ask(analyst_.map_fails()), Gives("sold out"));
  EXPECT_THAT(log_.lines(), ElementsAre());
}

TEST_P(Combinators, GiveAFailureWhereTheFunctionThrowsOrRefuses) {
  EXPECT_THAT(world().ask(analyst_.map_throws()),
              FailsWith(absl::StatusCode::kUnknown, HasSubstr("not four")));
  EXPECT_THAT(world().ask(analyst_.map_refuses()),
              FailsWith(absl::StatusCode::kOutOfRange, "four"));
}

TEST_P(Combinators, FilterAndReduceContainers) {
  EXPECT_THAT(world().ask(analyst_.filtered()), Gives(std::vector<int>{2, 4, 6}));
  EXPECT_THAT(world().ask(analyst_.reduced()), Gives("=123456"));
}

TEST_P(Combinators, GiveAllValuesInTheirOrder) {
  EXPECT_THAT(world().ask(analyst_.all_of_one_type()), Gives(std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_THAT(world().ask(analyst_.all_of_none()), Gives(std::vector<int>{}));
  EXPECT_THAT(world().ask(analyst_.all_mixed()), Gives("4n5"));
}

// A time-out for each of them would let all three pass.
TEST_P(Combinators, HaveOneDeadlineForAll) {
  EXPECT_THAT(world().ask(analyst_.all_within()), Gives("DEADLINE_EXCEEDED 250ms"));
}

TEST_P(Combinators, FailWithTheFirstFailureOfAll) {
  EXPECT_THAT(world().ask(analyst_.all_fails()), Gives("sold out 30ms"));
}

TEST_P(Combinators, GiveTheFirstValueOfAny) {
  EXPECT_THAT(world().ask(analyst_.any_of_several()), Gives("3 120ms"));
  EXPECT_THAT(world().ask(analyst_.any_mixed()), Gives("n5"));
}

TEST_P(Combinators, FailWithTheFirstFailureWhereAllOfAnyFail) {
  EXPECT_THAT(world().ask(analyst_.any_fails()),
              FailsWith(absl::StatusCode::kResourceExhausted, "sold out"));
  EXPECT_THAT(world().ask(analyst_.any_of_none()), FailsWith(absl::StatusCode::kInvalidArgument));
}

TEST_P(Combinators, CanBeCombined) { EXPECT_THAT(world().ask(analyst_.nested()), Gives("3n5")); }

TEST_P(Combinators, GiveUpWhatIsNotNeededAnyMore) {
  EXPECT_THAT(world().ask(analyst_.any_gives_up()), Gives(2));
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 1u);
}

TEST_P(Combinators, LeaveAFutureThatIsStillOpenAsItWas) {
  EXPECT_THAT(world().ask(analyst_.all_keeps_lending()), Gives("sold out DEADLINE_EXCEEDED"));
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u);
}

// --- then() and Completer ------------------------------------------------------------------------

ACTOR_METHODS(Clerk, order, order_and_keep_turn, order_failing, order_two, order_done, prices, wait,
              wait_keeping_turn, wait_for_either, decide, decide_twice, refuse_decision, forget,
              wait_local, order_throwing, touch_then)

class Clerk : public Actor<Clerk> {
 public:
  Clerk(Ref<Store> store, Log* log) : store_(store), log_(log) {}

  // Nobody keeps the future.
  Async order(int number) {
    store_.get(number, 10ms).to_future().then([this](absl::StatusOr<int> price) {
      prices_.push_back(*price);
      log_->add("price " + std::to_string(*price));
    });
    return {};
  }
  Async order_and_keep_turn(int number) {
    self().order(number);
    store_.get(number, 10ms).to_future().then([this](const absl::StatusOr<int>& price) {
      log_->add("price " + std::to_string(*price));
    });
    co_await sleep(1s);
    log_->add("turn ends");
  }
  Async order_failing() {
    store_.refuse(10ms).to_future().then(
        [this](absl::StatusOr<int> price) { log_->add(std::string(price.status().message())); });
    return {};
  }
  Async order_two() {
    const Future<int> price = store_.get(1, 10ms).to_future();
    price.then([this](absl::StatusOr<int>) { log_->add("first"); });
    price.then([this](absl::StatusOr<int>) { log_->add("second"); });
    return {};
  }
  Sync<> order_done() {
    const Future<int> price = store_.get(1, 10ms).to_future();
    co_await price;
    price.then([this](absl::StatusOr<int>) { log_->add("then"); });
    log_->add("method ends");
  }
  Async order_throwing() {
    store_.get(1, 10ms).to_future().then(
        [](absl::StatusOr<int>) { throw std::runtime_error("no such luck"); });
    return {};
  }
  Async touch_then() {
    store_.touch().to_future().then(
        [this](const absl::Status& status) { log_->add(status.ok() ? "touched" : "failed"); });
    return {};
  }
  Sync<std::vector<int>> prices() { return prices_; }

  Parallel<Sync<int>> wait() {
    const int decision = co_await decision_.future();
    log_->add("decided");
    co_return decision;
  }
  Sync<int> wait_keeping_turn() { co_return co_await decision_.future(); }
  // An answer may end this wait, though it keeps the turn.
  Sync<int> wait_for_either() {
    const Future<int> price = store_.get(3, 10ms).to_future();
    const auto either = co_await any(decision_.future(), price);
    co_return static_cast<int>(either.index()) * 10 + std::get<1>(either);
  }
  Async decide(int decision) { return decision_.complete(decision); }
  Sync<std::string> decide_twice() {
    const absl::Status first = decision_.complete(1);
    const absl::Status second = decision_.complete(2);
    const absl::Status third = decision_.fail(absl::AbortedError("no"));
    const int value = co_await decision_.future();
    co_return std::to_string(value) + (first.ok() ? " ok " : " ") +
        absl::StatusCodeToString(second.code()) + " " + absl::StatusCodeToString(third.code());
  }
  Async refuse_decision() { return decision_.fail(absl::AbortedError("undecided")); }
  Async forget() {
    decision_ = Completer<int>();
    return {};
  }
  Sync<std::string> wait_local() {
    Future<> never;
    {
      const Completer<> forgotten;
      never = forgotten.future();
    }
    const absl::StatusOr<Nothing> result = co_await never.status_or();
    co_return absl::StatusCodeToString(result.status().code());
  }

 private:
  void on_failure(std::string_view method, const absl::Status& status) override {
    log_->add(std::string(method) + " failed: " + std::string(status.message()));
  }
  Ref<Store> store_;
  Log* log_;
  Completer<int> decision_;
  std::vector<int> prices_;
};

class Continuations : public ConformanceTest {
 protected:
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Log log_;
  Ref<Store> store_ = world().spawn<Store>(there_);
  Ref<Clerk> clerk_ = world().spawn<Clerk>(here_, store_, &log_);
};
ON_EVERY_RUNTIME(Continuations);

TEST_P(Continuations, RunInTheActorAlsoWhereNobodyKeepsTheFuture) {
  world().act([&] {
    for (int i = 0; i < 5; ++i) clerk_.order(i);
  });
  world().settle();
  EXPECT_THAT(world().ask(clerk_.prices()), Gives(testing::UnorderedElementsAre(0, 1, 2, 3, 4)));
}

TEST_P(Continuations, WaitForTheTurnAsEveryMessageDoes) {
  world().act([&] { clerk_.order_and_keep_turn(1); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("turn ends", "price 1", "price 1"));
}

TEST_P(Continuations, GetTheFailureToo) {
  world().act([&] { clerk_.order_failing(); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("sold out"));
  world().act([&] { clerk_.touch_then(); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("sold out", "touched"));
}

TEST_P(Continuations, OfOneFutureRunInTheirOrder) {
  world().act([&] { clerk_.order_two(); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("first", "second"));
}

TEST_P(Continuations, OfAFutureThatIsDoneRunAsTheNextMessage) {
  EXPECT_THAT(world().ask(clerk_.order_done()), Succeeds());
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("method ends", "then"));
}

TEST_P(Continuations, ThatThrowAreFailuresOfTheActor) {
  world().act([&] { clerk_.order_throwing(); });
  world().settle();
  EXPECT_THAT(log_.lines(),
              ElementsAre(AllOf(HasSubstr("then failed"), HasSubstr("no such luck"))));
  EXPECT_EQ(world().failures(), 1u);
}

TEST_P(Continuations, EndWithTheirActor) {
  world().act([&] { clerk_.order(1); });
  world().run_for(1ms);
  world().crash(here_);
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre());
}

class Completers : public Continuations {};
ON_EVERY_RUNTIME(Completers);

TEST_P(Completers, WakeThoseWhoWait) {
  Question<int> one = world().begin(clerk_.wait());
  Question<int> two = world().begin(clerk_.wait());
  world().run_for(1ms);
  EXPECT_FALSE(one.done());
  world().act([&] { clerk_.decide(42); });
  world().settle();
  EXPECT_THAT(one.answer(), Gives(42));
  EXPECT_THAT(two.answer(), Gives(42));
  EXPECT_THAT(world().ask(clerk_.wait_keeping_turn()), Gives(42)) << "it is done";
}

TEST_P(Completers, CompleteOnceAndRefuseASecondTime) {
  EXPECT_THAT(world().ask(clerk_.decide_twice()),
              Gives("1 ok FAILED_PRECONDITION FAILED_PRECONDITION"));
  world().act([&] { clerk_.decide(3); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("decide failed: the future has been completed")));
}

TEST_P(Completers, CanGiveAFailure) {
  Question<int> one = world().begin(clerk_.wait());
  world().run_for(1ms);
  world().act([&] { clerk_.refuse_decision(); });
  world().settle();
  EXPECT_THAT(one.answer(), FailsWith(absl::StatusCode::kAborted, "undecided"));
}

TEST_P(Completers, ThatAreForgottenFailThoseWhoWaitAtOnce) {
  Question<int> one = world().begin(clerk_.wait());
  world().run_for(1ms);
  world().act([&] { clerk_.forget(); });
  world().run_for(1ms);
  ASSERT_TRUE(one.done());
  EXPECT_THAT(one.answer(), FailsWith(absl::StatusCode::kAborted, HasSubstr("Completer is gone")));
  EXPECT_THAT(world().ask(clerk_.wait_local()), Gives("ABORTED"));
}

TEST_P(Completers, AreNotWaitedForByAMethodThatKeepsTheirActorsTurn) {
  EXPECT_THAT(world().ask(clerk_.wait_keeping_turn()),
              FailsWith(absl::StatusCode::kFailedPrecondition, HasSubstr("make it Parallel")));
  EXPECT_THAT(world().ask(clerk_.wait_for_either()), Gives(13));
}

TEST_P(Completers, ThatNobodyCompletesEndTheWaitAtItsDeadline) {
  EXPECT_THAT(world().ask(clerk_.wait().within(100ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre());
}

// --- Cycles --------------------------------------------------------------------------------------

// Asks its friend, which asks back.
ACTOR_METHODS(Friend, meet, hold, hold_later, hold_free, relay, back, back_later, age, self_hold)

class Friend : public Actor<Friend> {
 public:
  Async meet(Ref<Friend> other) {
    other_ = other;
    return {};
  }
  // Waits at once: the call back comes when this waits.
  Sync<int> hold() {
    const Future<int> age = other_.back(self()).to_future();
    co_return co_await age;
  }
  // Waits later: the call back has queued by then.
  Sync<int> hold_later() {
    const Future<int> age = other_.back(self()).to_future();
    co_await sleep(100ms);
    co_return co_await age;
  }
  // Never waits while it keeps its turn: no cycle.
  Sync<> hold_free() {
    age_ = other_.back(self()).to_future();
    co_await sleep(100ms);
  }
  Parallel<Sync<int>> relay() { co_return co_await age_; }
  Sync<int> back(Ref<Friend> first) { co_return co_await first.age(); }
  Sync<int> age() { return 7; }
  Sync<int> back_later(Ref<Friend> first) {
    co_await sleep(10ms);
    co_return co_await first.age();
  }
  // To oneself, through the mailbox.
  Sync<int> self_hold() {
    const Future<int> age = self().age().to_future();
    co_return co_await age;
  }

 private:
  Ref<Friend> other_;
  Future<int> age_;
};

class FutureCycles : public ConformanceTest {
 protected:
  FutureCycles() {
    world().act([&] {
      a_.meet(b_);
      b_.meet(a_);
    });
    world().settle();
  }
  Ref<Friend> a_ = world().spawn<Friend>(world().add_host());
  Ref<Friend> b_ = world().spawn<Friend>(world().add_host());
};
ON_EVERY_RUNTIME(FutureCycles);

TEST_P(FutureCycles, AreFoundWhenTheCallBackComes) {
  const Time before = world().now();
  EXPECT_THAT(world().ask(a_.hold()),
              FailsWith(absl::StatusCode::kFailedPrecondition,
                        AllOf(HasSubstr("call cycle: Friend.hold of "), HasSubstr("Parallel"))));
  EXPECT_EQ(world().now() - before, 40ms) << "no deadline has to pass";
}

TEST_P(FutureCycles, AreFoundWhereTheCallBackHasQueued) {
  const Time before = world().now();
  EXPECT_THAT(world().ask(a_.hold_later()),
              FailsWith(absl::StatusCode::kFailedPrecondition, HasSubstr("call cycle")));
  EXPECT_EQ(world().now() - before, 120ms);
}

TEST_P(FutureCycles, AreNoneWhereNobodyWaits) {
  EXPECT_THAT(world().ask(a_.hold_free()), Succeeds());
  EXPECT_THAT(world().ask(a_.relay()), Gives(7));
}

TEST_P(FutureCycles, WithOneselfAreFound) {
  EXPECT_THAT(world().ask(a_.self_hold()),
              FailsWith(absl::StatusCode::kFailedPrecondition, HasSubstr("call cycle")));
  EXPECT_THAT(world().ask(a_.age()), Gives(7));
}

}  // namespace troupe::conformance
