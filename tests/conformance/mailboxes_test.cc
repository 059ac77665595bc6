// Mailboxes with a limit: refusing, dropping, and making those wait who send too much.
#include "actor/mailbox.h"

#include <string>
#include <vector>

#include "actor/dead_letter.h"
#include "actor/spawn.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Clock, wait)

class Clock : public Actor<Clock> {
 public:
  Sync<> wait(Duration time) { co_await sleep(time); }
};

// Keeps its turn while it works.
ACTOR_METHODS(Desk, work, note, done, wait_for, tick, tick_later)

class Desk : public Actor<Desk> {
 public:
  Sync<int> work(Duration time) {
    co_await sleep(time);
    co_return ++done_;
  }
  Async note(Duration time) {
    co_await sleep(time);
    ++done_;
  }
  Sync<int> done() { return done_; }
  Sync<int> wait_for(Ref<Clock> clock, Duration time) {
    co_await clock.wait(time).within(1h);
    co_return ++done_;
  }
  Async tick() {
    ++done_;
    return {};
  }
  Async tick_later(Duration time) {
    after(time, &Desk::tick);
    return {};
  }

 private:
  int done_ = 0;
};

class Mailboxes : public ConformanceTest {
 protected:
  Ref<Desk> desk(Mailbox mailbox) {
    const absl::StatusOr<Ref<Desk>> desk =
        spawn_with<Desk>(world().system(), host_, {.mailbox = mailbox});
    EXPECT_THAT(desk, Succeeds());
    return *desk;
  }

  HostId host_ = world().add_host();
};
ON_EVERY_RUNTIME(Mailboxes);

TEST_P(Mailboxes, ThatRejectFailTheCallAtOnce) {
  const Ref<Desk> desk = this->desk({.limit = 2, .when_full = WhenFull::kReject});
  Question<int> working = world().begin(desk.work(1s));
  Question<int> first = world().begin(desk.work(0s));
  Question<int> second = world().begin(desk.work(0s));
  const Time before = world().now();
  EXPECT_THAT(world().ask(desk.work(0s)),
              FailsWith(absl::StatusCode::kResourceExhausted,
                        AllOf(HasSubstr("Desk.work: the mailbox of Desk@n0 is full"),
                              HasSubstr("2 messages wait"))));
  EXPECT_EQ(world().now(), before);
  EXPECT_EQ(world().drops(DropReason::kMailboxFull), 1u);
  EXPECT_THAT(working.answer(), Gives(1));
  EXPECT_THAT(first.answer(), Gives(2));
  EXPECT_THAT(second.answer(), Gives(3));
  EXPECT_THAT(world().ask(desk.work(0s)), Gives(4)) << "there is room again";
}

TEST_P(Mailboxes, ThatRejectDropAndTellOneWayMessages) {
  Log letters;
  world().system().on_dead_letter([&](const DeadLetter& letter) {
    letters.add(letter.method + " " + std::string(to_string(letter.reason)));
  });
  const Ref<Desk> desk = this->desk({.limit = 2, .when_full = WhenFull::kReject});
  world().act([&] {
    for (int i = 0; i < 5; ++i) desk.note(1s);
  });
  world().settle();
  EXPECT_THAT(world().ask(desk.done()), Gives(3));
  EXPECT_EQ(world().drops(DropReason::kMailboxFull), 2u);
  EXPECT_THAT(letters.lines(), ElementsAre("Desk.note mailbox_full", "Desk.note mailbox_full"));
  world().system().on_dead_letter(nullptr);
}

TEST_P(Mailboxes, ThatDropLetTheCallEndWithItsDeadline) {
  const Ref<Desk> desk = this->desk({.limit = 1, .when_full = WhenFull::kDrop});
  Question<int> working = world().begin(desk.work(1s));
  Question<int> waiting = world().begin(desk.work(0s));
  const Time before = world().now();
  EXPECT_THAT(world().ask(desk.work(0s).within(300ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(world().now() - before, 300ms);
  EXPECT_EQ(world().drops(DropReason::kMailboxFull), 1u);
  EXPECT_THAT(waiting.answer(), Gives(2));
}

TEST_P(Mailboxes, AlwaysTakeAnswersAndOwnTimers) {
  const Ref<Desk> desk = this->desk({.limit = 1, .when_full = WhenFull::kReject});
  const Ref<Clock> clock = world().spawn<Clock>(host_);
  world().act([&] { desk.tick_later(500ms); });
  world().settle();
  world().act([&] { desk.tick_later(100ms); });
  EXPECT_THAT(world().ask(desk.done()), Gives(1)) << "nothing waits now";
  Question<int> working = world().begin(desk.wait_for(clock, 1s));
  Question<int> waiting = world().begin(desk.work(0s));
  EXPECT_THAT(working.answer(), Gives(2)) << "the answer came in, and the first tick before";
  EXPECT_THAT(waiting.answer(), Gives(3));
  world().settle();
  EXPECT_THAT(world().ask(desk.done()), Gives(4)) << "the tick waited, too";
  EXPECT_EQ(world().drops(DropReason::kMailboxFull), 0u);
}

TEST_P(Mailboxes, WithoutALimitGrow) {
  const Ref<Desk> desk = this->desk({});
  world().act([&] {
    for (int i = 0; i < 1000; ++i) desk.note(1ms);
  });
  world().settle();
  EXPECT_THAT(world().ask(desk.done()), Gives(1000));
}

TEST_P(Mailboxes, CanBeLimitedByTheSpawningActor) {
  ASSERT_THAT(spawn_with<Desk>(world().system(), host_, {.name = "desk", .mailbox = {.limit = 1}}),
              Succeeds());
  EXPECT_THAT(Names(world().system(), host_).lookup<Desk>("desk"), Succeeds());
}

// --- Back-pressure -------------------------------------------------------------------------------

// Sends ten notes for each that the desk can do.
ACTOR_METHODS(Writer, write, sent, end)

class Writer : public Actor<Writer> {
 public:
  explicit Writer(Ref<Desk> desk) : desk_(desk) {}

  Async write() {
    desk_.note(10ms);
    ++sent_;
    return {};
  }
  Sync<int> sent() { return sent_; }
  Async end() {
    cancel(timer_);
    return {};
  }

 protected:
  Async on_start() override {
    timer_ = every(1ms, &Writer::write);
    return {};
  }

 private:
  Ref<Desk> desk_;
  Timer timer_;
  int sent_ = 0;
};

TEST_P(Mailboxes, ThatBlockKeepTheirSendersFromSendingMore) {
  const Ref<Desk> desk = this->desk({.limit = 10, .when_full = WhenFull::kBlock});
  const Ref<Writer> writer = world().spawn<Writer>(host_, desk);
  for (int i = 0; i < 20; ++i) {
    world().run_for(100ms);
    const absl::StatusOr<int> sent = world().ask(writer.sent());
    const absl::StatusOr<int> handled = world().ask(desk.done().within(1min));
    ASSERT_THAT(sent, Succeeds());
    ASSERT_THAT(handled, Succeeds());
    EXPECT_LE(*sent - *handled, 12) << "without a limit it would be hundreds";
  }
  EXPECT_THAT(world().ask(desk.done().within(1min)), Gives(testing::Ge(150)))
      << "the desk was never idle";
  world().act([&] { writer.end(); });
  world().settle();
  const absl::StatusOr<int> sent = world().ask(writer.sent());
  EXPECT_THAT(world().ask(desk.done()), Gives(*sent)) << "and nothing was lost";
  EXPECT_EQ(world().drops(DropReason::kMailboxFull), 0u);
}

// Its desk asks it something while it works, and keeps the turn.
ACTOR_METHODS(Boss, start, busy)
ACTOR_METHODS(Assistant, serve)

class Assistant : public Actor<Assistant> {
 public:
  Async serve(Ref<Boss> boss);
};

class Boss : public Actor<Boss> {
 public:
  // More than the assistant's mailbox holds.
  Async start(Ref<Assistant> assistant) {
    for (int i = 0; i < 10; ++i) assistant.serve(self());
    return {};
  }
  Sync<bool> busy() { return true; }
};

Async Assistant::serve(Ref<Boss> boss) {
  const bool busy = co_await boss.busy().within(500ms);
  if (busy) count("served");
}

TEST_P(Mailboxes, ThatBlockDoNotKeepThemselvesFromBeingAnswered) {
  const absl::StatusOr<Ref<Assistant>> assistant = spawn_with<Assistant>(
      world().system(), host_, {.mailbox = {.limit = 1, .when_full = WhenFull::kBlock}});
  ASSERT_THAT(assistant, Succeeds());
  const Ref<Boss> boss = world().spawn<Boss>(host_);
  world().settle();
  const Time before = world().now();
  world().act([&] { boss.start(*assistant); });
  EXPECT_THAT(world().ask(boss.busy()), Gives(true));
  EXPECT_LT(world().now() - before, 100ms);
  world().settle();
  EXPECT_EQ(world().failures(), 0u);
}

// Hands tokens on in a ring.
ACTOR_METHODS(Member, know, pass, passed)

class Member : public Actor<Member> {
 public:
  Async know(Ref<Member> next) {
    next_ = next;
    return {};
  }
  Async pass(int hops) {
    co_await sleep(1ms);
    ++passed_;
    if (hops > 0) next_.pass(hops - 1);
  }
  Sync<int> passed() { return passed_; }

 private:
  Ref<Member> next_;
  int passed_ = 0;
};

TEST_P(Mailboxes, ThatBlockInARingOfThreeDoNotStandStill) {
  std::vector<Ref<Member>> ring;
  for (int i = 0; i < 3; ++i) {
    ring.push_back(*spawn_with<Member>(world().system(), host_,
                                       {.mailbox = {.limit = 2, .when_full = WhenFull::kBlock}}));
  }
  world().act([&] {
    for (int i = 0; i < 3; ++i) ring[i].know(ring[(i + 1) % 3]);
    for (int i = 0; i < 30; ++i) ring[i % 3].pass(30);
  });
  const Time before = world().now();
  world().settle();
  int passed = 0;
  for (const Ref<Member>& member : ring) passed += *world().ask(member.passed());
  EXPECT_EQ(passed, 30 * 31);
  // Each has ten times 31 milliseconds of work. Waiting for a mute to end would take seconds.
  EXPECT_LT(world().now() - before, 2500ms);
}

TEST_P(Mailboxes, OfHostsThatCrashKeepNobodyMutedForLong) {
  const HostId other = world().add_host();
  const absl::StatusOr<Ref<Desk>> desk = spawn_with<Desk>(
      world().system(), other, {.mailbox = {.limit = 1, .when_full = WhenFull::kBlock}});
  ASSERT_THAT(desk, Succeeds());
  world().act([&] { desk->note(1h); });
  const Ref<Writer> writer = world().spawn<Writer>(host_, *desk);
  world().run_for(500ms);
  EXPECT_THAT(world().ask(writer.sent().within(100ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded))
      << "it is muted";
  world().crash(other);
  EXPECT_THAT(world().ask(writer.sent().within(1s)), Succeeds());
  world().act([&] { writer.end(); });
  world().settle();
}

}  // namespace troupe::conformance
