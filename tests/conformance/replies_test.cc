// Answers that are given later, handed on, or not at all; and who is answered: Responder, sender().
#include <deque>
#include <string>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Lock, acquire, acquire_slowly, release, release_twice, refuse, hand_on, lose,
              forget_at_once, local, local_within, waiting, now_or_never, end)

// Gives itself to whoever waits longest.
class Lock : public Actor<Lock> {
 public:
  Sync<int> acquire() { return defer(waiting_.emplace_back()); }
  Parallel<Sync<int>> acquire_slowly() {
    co_await sleep(50ms);
    co_return defer(waiting_.emplace_back());
  }
  Sync<bool> release(int value) {
    const absl::Status sent = waiting_.front().reply(value);
    waiting_.pop_front();
    return sent.ok();
  }
  Sync<std::string> release_twice() {
    const absl::Status first = waiting_.front().reply(1);
    const bool open = static_cast<bool>(waiting_.front());
    const absl::Status second = waiting_.front().reply(2);
    return first.ToString() + (open ? "; open; " : "; closed; ") + second.ToString();
  }
  Async refuse() {
    const absl::Status sent = waiting_.front().fail(absl::OutOfRangeError("not today"));
    waiting_.pop_front();
    return sent;
  }
  Async hand_on(Ref<Lock> other) {
    const absl::Status sent = waiting_.front().delegate(other.acquire());
    waiting_.pop_front();
    return sent;
  }
  Async lose() {
    waiting_.pop_front();
    return {};
  }
  Sync<int> forget_at_once() {
    Responder<int> nobody_keeps_it;
    return defer(nobody_keeps_it);
  }
  // A method of the same actor waits for the answer.
  Parallel<Sync<int>> local() {
    const int value = co_await acquire();
    co_return value + 1000;
  }
  Parallel<Sync<std::string>> local_within() {
    absl::StatusOr<int> value = co_await self().acquire().within(300ms).status_or();
    co_return value.ok() ? "answered" : std::string(value.status().message());
  }
  Sync<int> waiting() { return static_cast<int>(waiting_.size()); }
  Async end() {
    stop();
    return {};
  }
  Sync<std::string> now_or_never() {
    Responder<int>& responder = waiting_.emplace_back();
    auto later = defer(responder);
    const absl::Status early = responder.reply(5);
    Message::destroy(later.message);
    waiting_.pop_back();
    return early.ToString();
  }

 private:
  std::deque<Responder<int>> waiting_;
};

ACTOR_METHODS(Barrier, arrive, open)

// Lets everybody go on when the third has arrived.
class Barrier : public Actor<Barrier> {
 public:
  Sync<> arrive() {
    if (arrived_.size() == 2) self().open();
    return defer(arrived_.emplace_back());
  }
  Async open() {
    for (Responder<>& responder : arrived_) co_await responder.reply();
    arrived_.clear();
  }

 private:
  std::deque<Responder<>> arrived_;
};

class Replies : public ConformanceTest {
 protected:
  Ref<Lock> spawn_lock() { return world().spawn<Lock>(world().add_host()); }
};
ON_EVERY_RUNTIME(Replies);

TEST_P(Replies, AreGivenLongAfterTheMethodHasEnded) {
  const Ref<Lock> lock = spawn_lock();
  const Time before = world().now();
  Question<int> first = world().begin(lock.acquire().within(1min));
  Question<int> second = world().begin(lock.acquire().within(1min));
  world().run_for(10s);
  EXPECT_FALSE(first.done());
  EXPECT_THAT(world().ask(lock.waiting()), Gives(2)) << "the lock serves others meanwhile";
  EXPECT_THAT(world().ask(lock.release(7)), Gives(true));
  EXPECT_THAT(world().ask(lock.release(8)), Gives(true));
  world().settle();
  EXPECT_THAT(first.answer(), Gives(7));
  EXPECT_THAT(second.answer(), Gives(8));
  EXPECT_EQ(world().now() - before, 10s) << "the deadlines did not have to pass";
}

TEST_P(Replies, ArePutOffByACoroutineToo) {
  const Ref<Lock> lock = spawn_lock();
  Question<int> question = world().begin(lock.acquire_slowly());
  world().run_for(60ms);
  EXPECT_THAT(world().ask(lock.release(7)), Gives(true));
  world().settle();
  EXPECT_THAT(question.answer(), Gives(7));
}

TEST_P(Replies, AreGivenOnceAndTheSecondIsAnError) {
  const Ref<Lock> lock = spawn_lock();
  Question<int> question = world().begin(lock.acquire());
  world().run_for(0s);
  EXPECT_THAT(world().ask(lock.release_twice()),
              Gives("OK; closed; FAILED_PRECONDITION: this call of Lock.acquire has been answered "
                    "before"));
  EXPECT_THAT(question.answer(), Gives(1));
}

TEST_P(Replies, OfManyCallsAreGivenTogether) {
  const Ref<Barrier> barrier = world().spawn<Barrier>(world().add_host());
  Question<void> first = world().begin(barrier.arrive());
  Question<void> second = world().begin(barrier.arrive());
  world().run_for(1s);
  EXPECT_FALSE(first.done() || second.done());
  EXPECT_THAT(world().ask(barrier.arrive()), Succeeds());
  EXPECT_TRUE(first.done() && second.done());
}

TEST_P(Replies, AreNotGivenBeforeTheMethodHasEnded) {
  EXPECT_THAT(world().ask(spawn_lock().now_or_never()),
              Gives(HasSubstr("cannot be given before the method has returned")));
}

TEST_P(Replies, MayBeFailures) {
  const Ref<Lock> lock = spawn_lock();
  Question<int> question = world().begin(lock.acquire());
  world().run_for(0s);
  world().act([&] { lock.refuse(); });
  world().settle();
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kOutOfRange, "not today"));
}

TEST_P(Replies, OfAnotherActorCanStandForOwnOnes) {
  const Ref<Lock> lock = spawn_lock();
  const Ref<Lock> other = spawn_lock();
  Question<int> question = world().begin(lock.acquire());
  world().run_for(0s);
  world().act([&] { lock.hand_on(other); });
  world().run_for(100ms);
  EXPECT_FALSE(question.done());
  EXPECT_THAT(world().ask(other.release(9)), Gives(true));
  EXPECT_THAT(question.answer(), Gives(9));
}

TEST_P(Replies, ThatNobodyCanGiveAnyMoreAreToldAtOnce) {
  const Ref<Lock> lock = spawn_lock();
  const Time before = world().now();
  Question<int> question = world().begin(lock.acquire().within(1h));
  world().run_for(0s);
  world().act([&] { lock.lose(); });
  world().run_for(0s);
  ASSERT_TRUE(question.done());
  EXPECT_THAT(question.answer(),
              FailsWith(absl::StatusCode::kAborted,
                        AllOf(HasSubstr("Lock.acquire of Lock@"), HasSubstr("was dropped"))));
  EXPECT_EQ(world().now(), before);
}

TEST_P(Replies, WhoseResponderNobodyKeepsFailAtOnce) {
  EXPECT_THAT(world().ask(spawn_lock().forget_at_once().within(1h)),
              FailsWith(absl::StatusCode::kAborted));
}

TEST_P(Replies, FailWithTheActorsEndWhenItStops) {
  const Ref<Lock> lock = spawn_lock();
  Question<int> question = world().begin(lock.acquire().within(1h));
  world().run_for(0s);
  world().act([&] { lock.end(); });
  world().run_for(0s);
  ASSERT_TRUE(question.done());
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kNotFound, HasSubstr("has stopped")));
}

TEST_P(Replies, FailWithTheHostsEndWhenItCrashes) {
  const HostId host = world().add_host();
  const Ref<Lock> lock = world().spawn<Lock>(host);
  Question<int> question = world().begin(lock.acquire().within(1h));
  world().run_for(0s);
  world().crash(host);
  world().run_for(0s);
  ASSERT_TRUE(question.done());
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kUnavailable));
}

TEST_P(Replies, ThatComeTooLateAreCountedAndDropped) {
  const Ref<Lock> lock = spawn_lock();
  EXPECT_THAT(world().ask(lock.acquire().within(100ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(world().ask(lock.release(1)), Gives(true));
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 1u);
}

TEST_P(Replies, OfACallThatWasToldGoToNobody) {
  const Ref<Lock> lock = spawn_lock();
  world().act([&] { lock.acquire().tell(); });
  world().run_for(0s);
  EXPECT_THAT(world().ask(lock.release(1)), Gives(true));
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u);
  EXPECT_EQ(world().failures(), 0u);
}

TEST_P(Replies, ReachAnOwnMethodThatWaits) {
  const Ref<Lock> lock = spawn_lock();
  Question<int> question = world().begin(lock.local());
  world().run_for(0s);
  EXPECT_THAT(world().ask(lock.release(5)), Gives(true));
  world().settle();
  EXPECT_THAT(question.answer(), Gives(1005));
}

TEST_P(Replies, ToAnOwnMethodHaveItsDeadline) {
  const Time before = world().now();
  EXPECT_THAT(world().ask(spawn_lock().local_within()), Gives(HasSubstr("within 300ms")));
  EXPECT_EQ(world().now() - before, 300ms);
}

// --- The sender -----------------------------------------------------------------------------

ACTOR_METHODS(Echo, greet, greet_slowly)

// Answers by a message to whoever has called, without having been told who that is.
class Echo : public Actor<Echo> {
 public:
  Async greet(std::string text) {
    sender().send(text + " yourself");
    return {};
  }
  Parallel<Async> greet_slowly(std::string text) {
    co_await sleep(10ms);
    sender().send(text + " slowly");
  }
};

ACTOR_METHODS(Caller, call, heard, sender_of_a_timer, heard_by_timer, delegated_sender, who,
              delegate_who)

class Caller : public Actor<Caller> {
 public:
  Async call(Ref<Echo> echo) {
    echo.greet("hello");
    echo.greet_slowly("hello");
    return {};
  }
  Sync<std::vector<std::string>> heard() { return heard_; }
  Async sender_of_a_timer() {
    after(1ms, &Caller::heard_by_timer);
    return {};
  }
  Async heard_by_timer() {
    heard_.push_back(sender() == AnyRef(self()) ? "myself" : "somebody else");
    return {};
  }
  Sync<AnyRef> who() { return sender(); }
  Sync<AnyRef> delegate_who(Ref<Caller> other) { return delegate(other.who()); }
  Sync<std::vector<AnyRef>> delegated_sender(Ref<Caller> first, Ref<Caller> second) {
    const AnyRef direct = co_await first.who();
    const AnyRef handed_on = co_await first.delegate_who(second);
    co_return std::vector<AnyRef>{direct, handed_on};
  }

 protected:
  Async on_message(Term message) override {
    heard_.push_back(*message.as<std::string>());
    return {};
  }

 private:
  std::vector<std::string> heard_;
};

class Senders : public ConformanceTest {};
ON_EVERY_RUNTIME(Senders);

TEST_P(Senders, AreKnownToTheReceiverAlsoAfterItHasWaited) {
  const Ref<Echo> echo = world().spawn<Echo>(world().add_host());
  const Ref<Caller> caller = world().spawn<Caller>(world().add_host());
  world().act([&] { caller.call(echo); });
  world().settle();
  EXPECT_THAT(world().ask(caller.heard()), Gives(ElementsAre("hello yourself", "hello slowly")));
}

TEST_P(Senders, OfATimersMessageAreTheActorItself) {
  const Ref<Caller> caller = world().spawn<Caller>(world().add_host());
  world().act([&] { caller.sender_of_a_timer(); });
  world().settle();
  EXPECT_THAT(world().ask(caller.heard()), Gives(ElementsAre("myself")));
}

TEST_P(Senders, AcrossADelegationAreTheFirstCaller) {
  const HostId host = world().add_host();
  const Ref<Caller> caller = world().spawn<Caller>(host);
  const Ref<Caller> first = world().spawn<Caller>(host);
  const Ref<Caller> second = world().spawn<Caller>(host);
  EXPECT_THAT(world().ask(caller.delegated_sender(first, second)),
              Gives(ElementsAre(AnyRef(caller), AnyRef(caller))));
}

TEST_P(Senders, OutsideEveryActorAreNobody) {
  const Ref<Caller> caller = world().spawn<Caller>(world().add_host());
  EXPECT_THAT(world().ask(caller.who()), Gives(AnyRef()));
}

}  // namespace troupe::conformance
