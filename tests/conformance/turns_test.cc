// Who may run when: turns, Parallel, cycles, deadlocks.
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// Answers after a second.
ACTOR_METHODS(Slow, answer)

class Slow : public Actor<Slow> {
 public:
  Parallel<Sync<int>> answer() {
    co_await sleep(1s);
    co_return 1;
  }
};

// The actor of the table: each method says when it starts and when it ends.
ACTOR_METHODS(Worker, ordinary, parallel, quick)

class Worker : public Actor<Worker> {
 public:
  Worker(Ref<Slow> slow, Log* log) : slow_(slow), log_(log) {}

  Sync<> ordinary() {
    say("ordinary starts");
    co_await slow_.answer();
    say("ordinary ends");
  }
  Parallel<Sync<>> parallel() {
    say("parallel starts");
    co_await slow_.answer();
    say("parallel ends");
  }
  Sync<> quick() {
    say("quick");
    return {};
  }

 private:
  void say(const std::string& what) { log_->add(to_string(now().time_since_epoch()) + " " + what); }
  Ref<Slow> slow_;
  Log* log_;
};

class Turns : public ConformanceTest {
 protected:
  HostId host_ = world().add_host();
  Log log_;
  Ref<Worker> worker_ = world().spawn<Worker>(host_, world().spawn<Slow>(host_), &log_);

  // Sends the calls 0.1 s apart, and gives what happened when.
  template <class... Calls>
  std::vector<std::string> a_tenth_apart(Calls... calls) {
    std::vector<Question<void>> open;
    ((open.push_back(world().begin(std::move(calls))), world().run_for(100ms)), ...);
    world().settle();
    for (Question<void>& question : open) EXPECT_THAT(question.answer(), Succeeds());
    return log_.lines();
  }
};
ON_EVERY_RUNTIME(Turns);

// The four rows, as measured on the framework that Parallel comes from.
TEST_P(Turns, AParallelMethodLetsAQuickOneRunWhileItWaits) {
  EXPECT_THAT(a_tenth_apart(worker_.parallel(), worker_.quick()),
              ElementsAre("0s parallel starts", "100ms quick", "1s parallel ends"));
}

TEST_P(Turns, AnOrdinaryMethodKeepsTheTurnWhileItWaits) {
  EXPECT_THAT(a_tenth_apart(worker_.ordinary(), worker_.quick()),
              ElementsAre("0s ordinary starts", "1s ordinary ends", "1s quick"));
}

TEST_P(Turns, AParallelMethodStartsOnlyAfterTheOrdinaryOneThatWaits) {
  EXPECT_THAT(a_tenth_apart(worker_.ordinary(), worker_.parallel()),
              ElementsAre("0s ordinary starts", "1s ordinary ends", "1s parallel starts",
                          "2s parallel ends"));
}

TEST_P(Turns, ParallelMethodsStartInTheOrderOfTheirArrival) {
  EXPECT_THAT(a_tenth_apart(worker_.parallel(), worker_.parallel(), worker_.quick()),
              ElementsAre("0s parallel starts", "100ms parallel starts", "200ms quick",
                          "1s parallel ends", "1.1s parallel ends"));
}

TEST_P(Turns, AnOrdinaryMethodThatStartsBesideAParallelOneHoldsItsContinuationBack) {
  EXPECT_THAT(a_tenth_apart(worker_.parallel(), worker_.ordinary()),
              ElementsAre("0s parallel starts", "100ms ordinary starts", "1.1s ordinary ends",
                          "1.1s parallel ends"));
}

// --- One at a time -------------------------------------------------------------------------------

ACTOR_METHODS(Room, visit, pass)

class Room : public Actor<Room> {
 public:
  // Between two awaits nobody else is inside.
  Parallel<Sync<>> visit(int times) {
    for (int i = 0; i < times; ++i) {
      if (++inside_ != 1) ++crowds_;
      --inside_;
      co_await sleep(random().uniform(0ms, 3ms));
    }
  }
  Sync<int> pass() { return crowds_; }

 private:
  int inside_ = 0;
  int crowds_ = 0;
};

TEST_P(Turns, AtMostOnePieceOfAnActorsCodeRunsAtATime) {
  const Ref<Room> room = world().spawn<Room>(host_);
  std::vector<Question<void>> open;
  for (int i = 0; i < 200; ++i) open.push_back(world().begin(room.visit(50).within(kNoTimeout)));
  world().settle();
  for (Question<void>& question : open) EXPECT_THAT(question.answer(), Succeeds());
  EXPECT_THAT(world().ask(room.pass()), Gives(0));
}

// --- Cycles --------------------------------------------------------------------------------------

// Calls its partner, which calls back.
ACTOR_METHODS(Partner, meet, hold, relay, hold_relay, confirm, hold_long, call_confirm)

class Partner : public Actor<Partner> {
 public:
  Async meet(Ref<Partner> partner) {
    partner_ = partner;
    return {};
  }
  // A -> B -> A, where A keeps its turn, or does not; and B does, or does not.
  Sync<int> hold() { co_return co_await partner_.hold_relay(self()); }
  Parallel<Sync<int>> relay() { co_return co_await partner_.hold_relay(self()); }
  Sync<int> hold_relay(Ref<Partner> first) { co_return co_await first.confirm(); }
  Sync<int> confirm() { return 42; }
  // Crossing: both keep their turns, then ask each other.
  Sync<int> hold_long() {
    co_await sleep(100ms);
    co_return co_await partner_.confirm();
  }
  Parallel<Sync<int>> call_confirm() { co_return co_await partner_.confirm(); }

 private:
  Ref<Partner> partner_;
};

class Cycles : public ConformanceTest {
 protected:
  Cycles() {
    world().act([&] {
      a_.meet(b_);
      b_.meet(a_);
    });
    world().settle();
  }
  Log log_;
  Ref<Partner> a_ = world().spawn<Partner>(world().add_host());
  Ref<Partner> b_ = world().spawn<Partner>(world().add_host());
};
ON_EVERY_RUNTIME(Cycles);

TEST_P(Cycles, ThroughOrdinaryMethodsFailAtOnceAndAreNamed) {
  const Time before = world().now();
  EXPECT_THAT(
      world().ask(a_.hold()),
      FailsWith(absl::StatusCode::kFailedPrecondition,
                AllOf(HasSubstr("call cycle: Partner.hold of " + world().name_of(id_of(a_)) +
                                " -> Partner.hold_relay of " + world().name_of(id_of(b_)) +
                                " -> Partner.confirm of " + world().name_of(id_of(a_))),
                      HasSubstr("Parallel"))));
  EXPECT_EQ(world().now() - before, 40ms) << "no deadline has to pass";
}

TEST_P(Cycles, WhoseFirstMethodIsParallelSucceed) {
  EXPECT_THAT(world().ask(a_.relay()), Gives(42));
}

TEST_P(Cycles, LeaveBothActorsWorking) {
  EXPECT_FALSE(world().ask(a_.hold()).ok());
  EXPECT_THAT(world().ask(a_.confirm()), Gives(42));
  EXPECT_THAT(world().ask(b_.confirm()), Gives(42));
}

// Two methods that keep their turns ask each other: nobody can go on.
// A runtime that sees everybody (the simulator) says so.
TEST_P(Cycles, ThatCrossEndAtTheDeadline) {
  Question<int> a = world().begin(a_.hold_long().within(5s));
  Question<int> b = world().begin(b_.hold_long().within(1h));
  world().settle();
  EXPECT_THAT(
      a.answer(),
      FailsWith(
          absl::StatusCode::kDeadlineExceeded,
          AllOf(HasSubstr("Partner.confirm of " + world().name_of(id_of(b_)) +
                          " did not answer within 2s"),
                AnyOf(EndsWith("2s"),
                      AllOf(HasSubstr(
                                "deadlock: " + world().name_of(id_of(b_)) +
                                " keeps its turn in hold_long and waits for Partner.confirm of " +
                                world().name_of(id_of(a_))),
                            HasSubstr("make one of these methods Parallel"))))));
}

TEST_P(Cycles, ThatCrossWithAParallelMethodAreNone) {
  Question<int> a = world().begin(a_.call_confirm());
  Question<int> b = world().begin(b_.call_confirm());
  world().settle();
  EXPECT_THAT(a.answer(), Gives(42));
  EXPECT_THAT(b.answer(), Gives(42));
}

// The callee keeps its turn and waits for an actor that is merely slow to answer it.
ACTOR_METHODS(Patient, ask, answer, slow, peer)

class Patient : public Actor<Patient> {
 public:
  Async peer(Ref<Patient> other) {
    other_ = other;
    return {};
  }
  Parallel<Sync<int>> ask() { co_return co_await other_.answer().within(100ms); }
  Sync<int> answer() { co_return co_await other_.slow(); }
  Parallel<Sync<int>> slow() {
    co_await sleep(500ms);
    co_return 1;
  }

 private:
  Ref<Patient> other_;
};

TEST_P(Cycles, ThroughAParallelMethodThatIsSlowAreNotCalledADeadlock) {
  const Ref<Patient> a = world().spawn<Patient>(world().add_host());
  const Ref<Patient> b = world().spawn<Patient>(world().add_host());
  world().act([&] {
    a.peer(b);
    b.peer(a);
  });
  EXPECT_THAT(world().ask(a.ask()),
              FailsWith(absl::StatusCode::kDeadlineExceeded, Not(HasSubstr("deadlock"))));
}

// Asks two, goes on with the first answer, and keeps its turn. When the other one calls back, its
// chain still names the call that has ended.
ACTOR_METHODS(Quorum, first_of_two, slow_and_back, confirm)

class Quorum : public Actor<Quorum> {
 public:
  explicit Quorum(Log* log) : log_(log) {}
  Sync<int> first_of_two(Ref<Quorum> b, Ref<Quorum> c) {
    std::vector<Ref<Quorum>> members = {b, c};
    auto answers = co_await Multi<Quorum>(members).slow_and_back(self(), c).at_least(1);
    co_await sleep(1s);
    co_return static_cast<int>(answers.size());
  }
  Sync<int> slow_and_back(Ref<Quorum> first, Ref<Quorum> quick) {
    if (self() == quick) co_return 0;
    co_await sleep(200ms);
    const int answer = co_await first.confirm();
    log_->add("confirmed");
    co_return answer;
  }
  Sync<int> confirm() { return 1; }

 private:
  Log* log_;
};

TEST_P(Cycles, ThatHaveEndedMeanwhileAreNotTakenForCycles) {
  std::vector<Ref<Quorum>> all;
  for (int i = 0; i < 3; ++i) all.push_back(world().spawn<Quorum>(world().add_host(), &log_));
  EXPECT_THAT(world().ask(all[0].first_of_two(all[1], all[2])), Gives(1));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("confirmed"));
}

// --- Oneself -------------------------------------------------------------------------------------

ACTOR_METHODS(Selfish, sum_to, through_self, note, order, through_self_parallel, parallel_twice,
              boom, boom_inline, everybody_and_me)

class Selfish : public Actor<Selfish> {
 public:
  explicit Selfish(Log* log) : log_(log) {}

  Sync<int> sum_to(int n) {
    if (n == 0) co_return 0;
    co_return n + co_await sum_to(n - 1);
  }
  Sync<int> through_self(int n) { co_return co_await self().sum_to(n); }
  Parallel<Sync<int>> through_self_parallel(int n) { co_return co_await self().sum_to(n); }
  Parallel<Sync<int>> parallel_twice(int n) {
    const int one = co_await self().through_self_parallel(n);
    co_await sleep(1ms);
    const int two = co_await self().through_self_parallel(n);
    co_return one + two;
  }
  Async note(std::string what) {
    log_->add(what);
    return {};
  }
  Sync<> order() {
    self().note("told myself");
    log_->add("in the method");
    co_await sleep(1ms);
    log_->add("after its wait");
  }
  Sync<int> boom() { return absl::InternalError("boom"); }
  Parallel<Sync<std::string>> boom_inline() {
    absl::StatusOr<int> answer = co_await self().boom().status_or();
    co_return std::string(answer.status().message());
  }
  // A group that has oneself in it, from a method that keeps its turn.
  Sync<std::string> everybody_and_me(Ref<Selfish> other) {
    std::vector<Ref<Selfish>> members = {self(), other};
    auto answers = co_await Multi<Selfish>(members).sum_to(2);
    std::string text;
    for (const auto& [member, answer] : answers) {
      text += (member == self() ? "me: " : "other: ") +
              (answer.ok() ? std::to_string(*answer)
                           : absl::StatusCodeToString(answer.status().code())) +
              "; ";
    }
    co_return text;
  }

 private:
  Log* log_;
};

class Oneself : public ConformanceTest {
 protected:
  Log log_;
  Ref<Selfish> actor_ = world().spawn<Selfish>(world().add_host(), &log_);
};
ON_EVERY_RUNTIME(Oneself);

TEST_P(Oneself, CanBeAskedInlineFromAMethodThatKeepsItsTurn) {
  const Time before = world().now();
  EXPECT_THAT(world().ask(actor_.through_self(10)), Gives(55));
  EXPECT_THAT(world().ask(actor_.through_self_parallel(10)), Gives(55));
  EXPECT_THAT(world().ask(actor_.parallel_twice(3)), Gives(12));
  EXPECT_EQ(world().now() - before, 1ms);
}

TEST_P(Oneself, GetsItsOwnFailureInline) {
  EXPECT_THAT(world().ask(actor_.boom_inline()), Gives("boom"));
}

TEST_P(Oneself, IsToldThroughTheMailbox) {
  EXPECT_THAT(world().ask(actor_.order()), Succeeds());
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("in the method", "after its wait", "told myself"));
}

TEST_P(Oneself, InAGroupFromAMethodThatKeepsItsTurnIsACycleAndNoHang) {
  const Ref<Selfish> other = world().spawn<Selfish>(world().add_host(), &log_);
  EXPECT_THAT(world().ask(actor_.everybody_and_me(other)),
              Gives("me: FAILED_PRECONDITION; other: 3; "));
}

}  // namespace troupe::conformance
