// Hosts that crash, come back, and networks that lose messages.
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Store, put, get, slow_get)

class Store : public Actor<Store> {
 public:
  Async put(int value) {
    value_ = value;
    return {};
  }
  Sync<int> get() { return value_; }
  Sync<int, NoTimeout> slow_get(Duration delay) {
    co_await sleep(delay);
    co_return value_;
  }

 private:
  int value_ = 0;
};

ACTOR_METHODS(Reader, read, read_many, put)

class Reader : public Actor<Reader> {
 public:
  explicit Reader(Ref<Store> store) : store_(store) {}

  // "1.5s UNAVAILABLE: why".
  Parallel<Sync<std::string, NoTimeout>> read(Duration delay) {
    const Time before = now();
    absl::StatusOr<int> value = co_await store_.slow_get(delay).within(kNoTimeout).status_or();
    co_return to_string(now() - before) + " " +
        (value.ok() ? std::to_string(*value) : value.status().ToString());
  }
  // How many of so many calls got an answer, and how many their deadline.
  Sync<std::vector<int>, NoTimeout> read_many(int times) {
    std::vector<int> counts(2);
    for (int i = 0; i < times; ++i) {
      absl::StatusOr<int> value = co_await store_.get().within(100ms).status_or();
      if (value.ok()) ++counts[0];
      if (value.status().code() == absl::StatusCode::kDeadlineExceeded) ++counts[1];
    }
    co_return counts;
  }
  Async put(int value) {
    store_.put(value);
    return {};
  }

 private:
  Ref<Store> store_;
};

class Hosts : public ConformanceTest {
 protected:
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Store> store_ = world().spawn<Store>(there_);
  Ref<Reader> reader_ = world().spawn<Reader>(here_, store_);
};
ON_EVERY_RUNTIME(Hosts);

TEST_P(Hosts, ThatCrashEndTheOpenCallsToThem) {
  Question<std::string> question = world().begin(reader_.read(1h));
  Question<std::string> queued = world().begin(reader_.read(1h));
  world().run_for(1s);
  world().crash(there_);
  world().settle();
  EXPECT_THAT(question.answer(), Gives(AllOf(HasSubstr("1.01s UNAVAILABLE"), HasSubstr("crash"))));
  EXPECT_THAT(queued.answer(), Gives(HasSubstr("1.01s UNAVAILABLE")));
}

TEST_P(Hosts, ThatAreDownRefuseCallsAtOnce) {
  world().crash(there_);
  EXPECT_THAT(world().ask(reader_.read(1h)), Gives(HasSubstr("20ms UNAVAILABLE")));
  EXPECT_THAT(
      world().ask(store_.get()),
      FailsWith(absl::StatusCode::kUnavailable, AllOf(HasSubstr("Store.get"), HasSubstr("down"))));
}

TEST_P(Hosts, ThatCrashMakeMessagesOnTheirWayComeBack) {
  Question<std::string> question = world().begin(reader_.read(1h));
  world().act([&] { reader_.put(1); });
  world().run_for(5ms);
  world().crash(there_);
  world().settle();
  EXPECT_THAT(question.answer(), Gives(HasSubstr("20ms UNAVAILABLE")));
  EXPECT_EQ(world().drops(DropReason::kHostDown), 2u) << "the call and the one-way message";
}

TEST_P(Hosts, ThatCrashTakeTheirOwnOpenCallsWithThem) {
  Question<std::string> question = world().begin(reader_.read(1s));
  world().run_for(500ms);
  world().crash(here_);
  world().settle();
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kUnavailable));
  EXPECT_EQ(world().drops(DropReason::kHostDown), 1u) << "the reply";
  EXPECT_THAT(world().ask(store_.get()), Gives(0));
}

TEST_P(Hosts, ThatComeBackHaveNothingOnThemAndOldRefsReachNobody) {
  world().act([&] { store_.put(1); });
  world().settle();
  world().crash(there_);
  world().restore(there_);
  EXPECT_THAT(world().ask(store_.get()), FailsWith(absl::StatusCode::kNotFound));
  const Ref<Store> store = world().spawn<Store>(there_);
  EXPECT_THAT(world().ask(store.get()), Gives(0));
  EXPECT_THAT(world().ask(store_.get()), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_THAT(world().ask(reader_.read(0s)), Gives(HasSubstr("20ms NOT_FOUND")));
}

TEST_P(Hosts, CanCrashTwiceAndComeBackTwice) {
  world().crash(there_);
  world().crash(there_);
  world().restore(there_);
  world().restore(there_);
  EXPECT_THAT(world().ask(world().spawn<Store>(there_).get()), Gives(0));
}

TEST_P(Hosts, ThatCrashAndComeBackWhileAMessageIsOnItsWayDoNotGetIt) {
  Question<std::string> question = world().begin(reader_.read(0s));
  world().run_for(5ms);
  world().crash(there_);
  world().restore(there_);
  world().spawn<Store>(there_);
  world().settle();
  EXPECT_THAT(question.answer(), Gives(HasSubstr("20ms NOT_FOUND")));
}

// --- Loss ----------------------------------------------------------------------------------------

class Loss : public ConformanceTest {};
ON_EVERY_RUNTIME(Loss);

TEST_P(Loss, OfEverythingEndsEveryCallAtItsDeadline) {
  make_world({.loss = 1});
  const Ref<Store> store = world().spawn<Store>(world().add_host());
  const Ref<Reader> reader = world().spawn<Reader>(world().add_host(), store);
  EXPECT_THAT(world().ask(reader.read_many(10)), Gives(ElementsAre(0, 10)));
  EXPECT_EQ(world().drops(DropReason::kLost), 10u);
}

TEST_P(Loss, OfAFractionOfTheMessagesLosesThatFraction) {
  make_world({.seed = 3, .loss = 0.2});
  const Ref<Store> store = world().spawn<Store>(world().add_host());
  const Ref<Reader> reader = world().spawn<Reader>(world().add_host(), store);
  // A call needs two messages. Four standard deviations are 120 of 5000.
  const absl::StatusOr<std::vector<int>> counts = world().ask(reader.read_many(5000));
  ASSERT_THAT(counts, Succeeds());
  EXPECT_EQ((*counts)[0] + (*counts)[1], 5000);
  EXPECT_NEAR((*counts)[0], 0.8 * 0.8 * 5000, 136);
  EXPECT_EQ(world().drops(DropReason::kLost), static_cast<std::uint64_t>((*counts)[1]));
}

TEST_P(Loss, DoesNotTouchMessagesOnOneHost) {
  make_world({.loss = 1});
  const HostId host = world().add_host();
  const Ref<Store> store = world().spawn<Store>(host);
  const Ref<Reader> reader = world().spawn<Reader>(host, store);
  EXPECT_THAT(world().ask(reader.read_many(10)), Gives(ElementsAre(10, 0)));
}

}  // namespace troupe::conformance
