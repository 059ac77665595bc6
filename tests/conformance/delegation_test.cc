// delegate(): the reply goes from the last actor straight to the first caller.
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Link, next, pass, pass_slowly, pass_parallel, local, local_parallel, local_failure,
              pass_one_way, hold, own_delegates, slow)

class Link : public Actor<Link> {
 public:
  explicit Link(Log* log = nullptr) : log_(log) {}

  Async next(Ref<Link> next) {
    next_ = next;
    return {};
  }
  // Gives how many links it has passed.
  Sync<int> pass(int passed) {
    if (!next_) return passed;
    return delegate(next_.pass(passed + 1));
  }
  Sync<int> pass_slowly(int passed) {
    const Witness witness(*log_, "pass " + std::to_string(passed));
    co_await sleep(1ms);
    if (passed < 0) co_await fail(absl::OutOfRangeError("negative"));
    if (!next_) co_return passed;
    co_return delegate(next_.pass_slowly(passed + 1));
  }
  Parallel<Sync<int>> pass_parallel(int passed) {
    co_await sleep(1ms);
    if (!next_) co_return passed;
    co_return delegate(next_.pass_parallel(passed + 1));
  }
  // An own method that delegates, awaited by another own method.
  Sync<int> local(int passed) {
    const int result = co_await pass(passed);
    co_return result + 1000;
  }
  Sync<int> local_parallel(int passed) {
    const int result = co_await pass_parallel(passed);
    co_return result + 1000;
  }
  Sync<std::string> local_failure() {
    absl::StatusOr<int> result = co_await pass_slowly(-2).status_or();
    co_return std::string(result.status().message());
  }
  Sync<int> slow(Duration delay) {
    co_await sleep(delay);
    co_return 1;
  }
  Sync<int> hold(Duration delay) { return delegate(next_.slow(delay)); }
  Sync<int> own_delegates(Duration delay, Duration timeout) {
    co_return co_await delegated_within(delay, timeout).status_or();
  }
  // Whoever told it does not wait, so nobody gets the answer.
  Sync<int> pass_one_way(int passed) { return delegate(next_.pass_slowly(passed)); }

 private:
  Sync<int> delegated_within(Duration delay, Duration timeout) {
    return delegate(next_.slow(delay).within(timeout));
  }
  Ref<Link> next_;
  Log* log_;
};

class Delegation : public ConformanceTest {
 protected:
  Log log_;
  std::vector<Ref<Link>> links_;

  // Each link is on another host than the one before it. At most `most_hosts` are added.
  Ref<Link> chain_of(int length, int most_hosts = 10) {
    links_.clear();
    std::vector<HostId> hosts;
    for (int i = 0; i < length; ++i) {
      if (i < most_hosts) hosts.push_back(world().add_host());
      links_.push_back(world().spawn<Link>(hosts[i % most_hosts], &log_));
    }
    world().act([&] {
      for (int i = 0; i + 1 < length; ++i) links_[i].next(links_[i + 1]);
    });
    world().settle();
    return links_.front();
  }
};
ON_EVERY_RUNTIME(Delegation);

TEST_P(Delegation, SendsTheReplyFromTheLastActorStraightToTheFirstCaller) {
  const Ref<Link> first = chain_of(5);
  const Time before = world().now();
  EXPECT_THAT(world().ask(first.pass(0)), Gives(4));
  EXPECT_EQ(world().now() - before, 4 * 10ms) << "the reply did not go back link by link";
}

TEST_P(Delegation, WorksInACoroutine) {
  const Ref<Link> first = chain_of(4);
  EXPECT_THAT(world().ask(first.pass_slowly(0)), Gives(3));
  EXPECT_THAT(world().ask(first.pass_parallel(0)), Gives(3));
}

TEST_P(Delegation, EndsTheDelegatingMethodAtOnce) {
  const Ref<Link> first = chain_of(2);
  world().ask(first.pass_slowly(0)).IgnoreError();
  EXPECT_THAT(log_.lines(),
              ElementsAre("begin pass 0", "end pass 0", "begin pass 1", "end pass 1"));
}

TEST_P(Delegation, LetsTheActorServeOthersWhileTheAnswerIsOnItsWay) {
  const Ref<Link> first = chain_of(2);
  Question<int> delegated = world().begin(first.hold(1s));
  EXPECT_THAT(world().ask(first.slow(0s)), Gives(1));
  EXPECT_FALSE(delegated.done());
  world().settle();
  EXPECT_THAT(delegated.answer(), Gives(1));
}

TEST_P(Delegation, OfAThousandLinksWorks) {
  const Ref<Link> first = chain_of(1001);
  EXPECT_THAT(world().ask(first.pass(0).within(1h)), Gives(1000));
  EXPECT_THAT(world().ask(first.pass_slowly(0).within(1h)), Gives(1000));
}

TEST_P(Delegation, GivesItsAnswerToAnOwnMethodThatWaits) {
  const Ref<Link> first = chain_of(3);
  EXPECT_THAT(world().ask(first.local(0)), Gives(1002));
  EXPECT_THAT(world().ask(first.local_parallel(0)), Gives(1002));
}

TEST_P(Delegation, PassesTheLastActorsFailureOn) {
  const Ref<Link> first = chain_of(3);
  EXPECT_THAT(world().ask(links_[1].pass_slowly(-1)),
              FailsWith(absl::StatusCode::kOutOfRange, "negative"));
  EXPECT_THAT(world().ask(first.local_failure()), Gives("negative"));
}

TEST_P(Delegation, ToADeadActorTellsTheFirstCallerAtOnce) {
  const Ref<Link> first = chain_of(2);
  world().act([&] { links_[1].next(Ref<Link>(ActorId{0, 9999, 1})); });
  world().settle();
  EXPECT_THAT(world().ask(first.pass(0).within(kNoTimeout)),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("Link.pass")));
}

TEST_P(Delegation, KeepsTheFirstCallersDeadline) {
  const Ref<Link> first = chain_of(2);
  const Time before = world().now();
  EXPECT_THAT(world().ask(first.hold(10s).within(300ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(world().now() - before, 300ms);
}

TEST_P(Delegation, HasADeadlineOfItsOwnWhereAnOwnMethodWaits) {
  const Ref<Link> first = chain_of(2);
  const Time before = world().now();
  EXPECT_THAT(world().ask(first.own_delegates(10s, 300ms).within(5s)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(world().now() - before, 300ms);
}

TEST_P(Delegation, OfACallThatWasToldGivesNobodyAReply) {
  const Ref<Link> first = chain_of(3);
  world().act([&] { first.pass_one_way(5).tell(); });
  world().settle();
  EXPECT_EQ(log_.count("end pass 6"), 1u);
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u);
  EXPECT_EQ(world().failures(), 0u);
}

}  // namespace troupe::conformance
