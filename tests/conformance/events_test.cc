// Events: published by type, heard by those who have subscribed and are still there.
#include <string>
#include <vector>

#include "actor/events.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::IsEmpty;

struct PriceChanged {
  std::string what;
  int cents = 0;
  FIELDS(what, cents)
};
struct ShopClosed {
  int at = 0;
  FIELDS(at)
};

ACTOR_METHODS(Listener, hear, hear_no_more, hear_nothing, on_price, on_price_too, on_closed, slow,
              hear_slowly)

class Listener : public Actor<Listener> {
 public:
  Listener(Ref<EventBus> bus, Log* log) : bus_(bus), log_(log) {}

  Sync<> hear() {
    co_await subscribe<&Listener::on_price>(bus_, self());
    co_await subscribe<&Listener::on_closed>(bus_, self());
  }
  Sync<bool> hear_no_more() { return delegate(unsubscribe<&Listener::on_price>(bus_, self())); }
  Sync<> hear_nothing() { return delegate(unsubscribe_all(bus_, self())); }
  Async on_price(PriceChanged event) {
    log_->add(event.what + " " + std::to_string(event.cents));
    return {};
  }
  Async on_price_too(PriceChanged event) {
    log_->add("too: " + event.what);
    return {};
  }
  Async on_closed(ShopClosed event) {
    log_->add("closed at " + std::to_string(event.at));
    return {};
  }
  Sync<> hear_slowly() { return delegate(subscribe<&Listener::slow>(bus_, self())); }
  Parallel<Async> slow(PriceChanged event) {
    co_await sleep(100ms);
    log_->add("slow: " + event.what);
  }

 private:
  Ref<EventBus> bus_;
  Log* log_;
};

ACTOR_METHODS(Publisher, tell_price, close, count, end)

class Publisher : public Actor<Publisher> {
 public:
  explicit Publisher(Ref<EventBus> bus) : bus_(bus) {}
  Async tell_price(std::string what, int cents) {
    publish(bus_, PriceChanged{.what = what, .cents = cents});
    return {};
  }
  Async close(int at) {
    publish(bus_, ShopClosed{.at = at});
    return {};
  }
  Sync<int> count() {
    const std::vector<ActorId> all = co_await subscribers<PriceChanged>(bus_);
    co_return static_cast<int>(all.size());
  }
  Async end(Ref<Listener> listener) {
    stop(listener);
    return {};
  }

 private:
  Ref<EventBus> bus_;
};

class Events : public ConformanceTest {
 protected:
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Log log_;
  Ref<EventBus> bus_ = world().spawn<EventBus>(here_);
  Ref<Publisher> publisher_ = world().spawn<Publisher>(here_, bus_);
  Ref<Listener> listener_ = world().spawn<Listener>(there_, bus_, &log_);
};
ON_EVERY_RUNTIME(Events);

TEST_P(Events, ReachThoseWhoHaveSubscribedToTheirType) {
  ASSERT_THAT(world().ask(listener_.hear()), Succeeds());
  world().act([&] {
    publisher_.tell_price("tea", 350);
    publisher_.close(18);
    publisher_.tell_price("cake", 410);
  });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("tea 350", "closed at 18", "cake 410"));
}

TEST_P(Events, ReachNobodyWhereNobodyHasSubscribed) {
  world().act([&] { publisher_.tell_price("tea", 350); });
  world().settle();
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_P(Events, ReachEachSubscriberOnceAlsoWhereItHasSubscribedTwice) {
  const Ref<Listener> other = world().spawn<Listener>(here_, bus_, &log_);
  for (int i = 0; i < 2; ++i) ASSERT_THAT(world().ask(listener_.hear()), Succeeds());
  ASSERT_THAT(world().ask(other.hear()), Succeeds());
  EXPECT_THAT(world().ask(publisher_.count()), Gives(2));
  world().act([&] { publisher_.tell_price("tea", 350); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("tea 350", "tea 350"));
}

TEST_P(Events, AreMessagesLikeOthersAndMayBeHandledByParallelMethods) {
  ASSERT_THAT(world().ask(listener_.hear_slowly()), Succeeds());
  const Time before = world().now();
  world().act([&] {
    publisher_.tell_price("tea", 350);
    publisher_.tell_price("cake", 410);
  });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("slow: tea", "slow: cake"));
  EXPECT_EQ(world().now() - before, 110ms);
}

TEST_P(Events, DoNotReachThoseWhoHaveUnsubscribed) {
  ASSERT_THAT(world().ask(listener_.hear()), Succeeds());
  EXPECT_THAT(world().ask(listener_.hear_no_more()), Gives(true));
  EXPECT_THAT(world().ask(listener_.hear_no_more()), Gives(false));
  world().act([&] {
    publisher_.tell_price("tea", 350);
    publisher_.close(18);
  });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("closed at 18"));
  EXPECT_THAT(world().ask(listener_.hear_nothing()), Succeeds());
  world().act([&] { publisher_.close(19); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("closed at 18"));
}

TEST_P(Events, AreNotSentToSubscribersThatHaveEnded) {
  ASSERT_THAT(world().ask(listener_.hear()), Succeeds());
  EXPECT_THAT(world().ask(publisher_.count()), Gives(1));
  world().act([&] { publisher_.end(listener_); });
  world().settle();
  EXPECT_THAT(world().ask(publisher_.count()), Gives(0));
  const std::uint64_t drops = world().drops(DropReason::kNoActor);
  world().act([&] { publisher_.tell_price("tea", 350); });
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kNoActor), drops);
}

TEST_P(Events, AreNotSentToHostsThatHaveCrashed) {
  ASSERT_THAT(world().ask(listener_.hear()), Succeeds());
  world().crash(there_);
  world().settle();
  EXPECT_THAT(world().ask(publisher_.count()), Gives(0));
}

}  // namespace troupe::conformance
