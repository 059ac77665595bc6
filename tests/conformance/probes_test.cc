// Probes: what a test of an actor says about the actors around it.
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "testing/probe.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ACTOR_METHODS(Store, price, put, clear)

class Store : public Actor<Store> {
 public:
  Sync<int> price(std::string what);
  Async put(std::string what, int cents);
  Sync<> clear();
};

Sync<int> Store::price(std::string what) { return static_cast<int>(what.size()); }
Async Store::put(std::string, int) { return {}; }
Sync<> Store::clear() { return {}; }

// What is tested with the probe.
ACTOR_METHODS(Shop, sum, fill, ask_status, both, clear)

class Shop : public Actor<Shop> {
 public:
  explicit Shop(Ref<Store> store) : store_(store) {}

  Sync<int> sum(std::string one, std::string other) {
    const int first = co_await store_.price(one);
    const int second = co_await store_.price(other);
    co_return first + second;
  }
  Async fill(int count) {
    for (int i = 0; i < count; ++i) store_.put("thing", i);
    return {};
  }
  Sync<std::string> ask_status(std::string what) {
    const Time before = now();
    const absl::StatusOr<int> price = co_await store_.price(what).within(500ms).status_or();
    co_return (price.ok() ? std::to_string(*price) : to_string(price.status())) + " after " +
        to_string(now() - before);
  }
  Sync<int> both() {
    const Future<int> one = store_.price("a").to_future();
    const Future<int> other = store_.price("b").to_future();
    const auto [a, b] = co_await all(one, other);
    co_return a + b;
  }
  Sync<> clear() { return delegate(store_.clear()); }

 private:
  Ref<Store> store_;
};

class Probes : public ConformanceTest {
 protected:
  HostId host_ = world().add_host();
  Probe<Store> probe_;
  Ref<Store> store_ = world().spawn<ProbeActor<Store>>(host_, probe_);
  Ref<Shop> shop_ = world().spawn<Shop>(host_, store_);
};
ON_EVERY_RUNTIME(Probes);

TEST_P(Probes, StandInForAnActorAndReplyAsTheyWereTold) {
  probe_.expect<&Store::price>().with("tea").replies(350);
  probe_.expect<&Store::price>().with("cake").replies(410);
  EXPECT_THAT(world().ask(shop_.sum("tea", "cake")), Gives(760));
  EXPECT_THAT(probe_.verify(), Succeeds());
}

TEST_P(Probes, ComputeTheirRepliesFromTheArguments) {
  probe_.expect<&Store::price>().times(2).replies(
      [](const std::string& what) { return 10 * static_cast<int>(what.size()); });
  EXPECT_THAT(world().ask(shop_.sum("tea", "cake")), Gives(70));
  EXPECT_THAT(probe_.verify(), Succeeds());
}

TEST_P(Probes, MayReplyWithAFailure) {
  probe_.expect<&Store::price>().fails(absl::ResourceExhaustedError("sold out"));
  EXPECT_THAT(world().ask(shop_.sum("tea", "cake")),
              FailsWith(absl::StatusCode::kResourceExhausted, "sold out"));
  probe_.expect<&Store::price>().replies([](const std::string&) -> absl::StatusOr<int> {
    return absl::NotFoundError("nothing of the kind");
  });
  EXPECT_THAT(world().ask(shop_.ask_status("tea")),
              Gives("NOT_FOUND: nothing of the kind after 0s"));
  EXPECT_THAT(probe_.verify(), Succeeds());
}

TEST_P(Probes, MayReplyLaterOrNever) {
  probe_.expect<&Store::price>().after(300ms).replies(3);
  EXPECT_THAT(world().ask(shop_.ask_status("tea")), Gives("3 after 300ms"));
  probe_.expect<&Store::price>().never_replies();
  EXPECT_THAT(world().ask(shop_.ask_status("tea")),
              Gives(AllOf(HasSubstr("DEADLINE_EXCEEDED"), HasSubstr("after 500ms"))));
  probe_.expect<&Store::price>().after(100ms).fails(absl::AbortedError("changed my mind"));
  EXPECT_THAT(world().ask(shop_.ask_status("tea")), Gives("ABORTED: changed my mind after 100ms"));
  EXPECT_THAT(probe_.verify(), Succeeds());
}

// The real method keeps its turn; its probe serves both callers at once.
TEST_P(Probes, TakeOtherCallsWhileAReplyIsDelayed) {
  probe_.expect<&Store::price>().times(2).after(300ms).replies(3);
  const Time before = world().now();
  EXPECT_THAT(world().ask(shop_.both()), Gives(6));
  EXPECT_EQ(world().now() - before, 300ms);
}

TEST_P(Probes, LookAtArgumentsWithPredicatesAndMatchers) {
  probe_.expect<&Store::put>()
      .with(testing::Matches(HasSubstr("hin")), [](int cents) { return cents < 2; })
      .times(2);
  probe_.expect<&Store::put>().with(kAnything, 2);
  world().act([&] { shop_.fill(3); });
  world().settle();
  EXPECT_THAT(probe_.verify(), Succeeds());
}

TEST_P(Probes, RememberTheirCalls) {
  probe_.expect<&Store::put>().any_times();
  world().act([&] { shop_.fill(3); });
  world().settle();
  EXPECT_THAT(probe_.calls<&Store::put>(),
              ElementsAre(std::tuple("thing", 0), std::tuple("thing", 1), std::tuple("thing", 2)));
  EXPECT_THAT(probe_.calls<&Store::price>(), IsEmpty());
  EXPECT_EQ(probe_.call_count(), 3u);
}

TEST_P(Probes, SayWhatHasNotCome) {
  probe_.expect<&Store::put>().times(3);
  world().act([&] { shop_.fill(2); });
  world().settle();
  EXPECT_THAT(probe_.verify(), FailsWith(absl::StatusCode::kFailedPrecondition,
                                         "Store.put was called 2 of 3 times"));
}

TEST_P(Probes, RefuseWhatNobodyExpects) {
  EXPECT_THAT(
      world().ask(shop_.sum("tea", "cake")),
      FailsWith(absl::StatusCode::kFailedPrecondition,
                HasSubstr("unexpected call of Store.price of " + world().name_of(id_of(store_)))));
  EXPECT_THAT(probe_.verify(),
              FailsWith(absl::StatusCode::kFailedPrecondition, "unexpected call of Store.price"));
  EXPECT_THAT(probe_.calls<&Store::price>(), ElementsAre(std::tuple("tea")));
}

TEST_P(Probes, RefuseACallOutOfOrder) {
  probe_.expect<&Store::price>().with("cake").times(1);
  probe_.expect<&Store::price>().with("tea");
  EXPECT_FALSE(world().ask(shop_.sum("tea", "cake")).ok());
  EXPECT_FALSE(probe_.verify().ok());
}

TEST_P(Probes, TakeCallsInAnyOrderWhereTheyAreToldTo) {
  probe_.in_any_order();
  probe_.expect<&Store::price>().with("cake").replies(1);
  probe_.expect<&Store::price>().with("tea").replies(2);
  EXPECT_THAT(world().ask(shop_.sum("tea", "cake")), Gives(3));
  EXPECT_THAT(probe_.verify(), Succeeds());
}

TEST_P(Probes, TakeWhatMayComeAtAnyTimeBetweenWhatMustComeInOrder) {
  probe_.expect<&Store::price>().with("tea").replies(1);
  probe_.expect<&Store::put>().any_times();
  probe_.expect<&Store::price>().with("cake").replies(2);
  world().act([&] { shop_.fill(2); });
  world().settle();
  EXPECT_THAT(world().ask(shop_.sum("tea", "cake")), Gives(3));
  EXPECT_THAT(probe_.verify(), Succeeds());
}

TEST_P(Probes, OfMethodsWithoutAValueReplyWithTheirSuccess) {
  probe_.expect<&Store::clear>();
  probe_.expect<&Store::clear>().fails(absl::AbortedError("no"));
  EXPECT_THAT(world().ask(shop_.clear()), Succeeds());
  EXPECT_THAT(world().ask(shop_.clear()), FailsWith(absl::StatusCode::kAborted));
  EXPECT_THAT(probe_.verify(), Succeeds());
}

TEST_P(Probes, AreNamedLikeWhatTheyStandInFor) {
  EXPECT_THAT(world().name_of(id_of(store_)), HasSubstr("Store"));
}

}  // namespace troupe::conformance
