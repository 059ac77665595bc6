// Behavior that changes: states of class actors, and of function actors.
#include <string>
#include <vector>

#include "actor/receive.h"
#include "actor/state.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Knock {
  int times = 0;
  FIELDS(times)
};

ACTOR_METHODS(Door, open, close, lock, unlock, walk, walk_slowly, alarm, ring, lines, again)
MESSAGE_HANDLERS(Door, on_knock)

// open: walk, close. closed: open, lock; what else comes is refused; an alarm after 5s.
// locked: unlock; what else comes waits.
class Door : public Actor<Door> {
 public:
  explicit Door(bool start_locked = false) : start_locked_(start_locked) {}

  Sync<> open() { return change(State::kOpen); }
  Sync<> close() { return change(State::kClosed); }
  Sync<> lock() { return change(State::kLocked); }
  Sync<> unlock() { return change(State::kClosed); }
  Sync<> again() { return change(*states_.current()); }
  Sync<int> walk(int number) {
    lines_.push_back("walk " + std::to_string(number));
    return number;
  }
  Sync<> walk_slowly() {
    lines_.push_back("slow begin");
    co_await sleep(10ms);
    lines_.push_back("slow end");
  }
  Async alarm() {
    lines_.push_back("alarm");
    return {};
  }
  Async ring() {
    lines_.push_back("ring");
    return {};
  }
  Async on_knock(Knock knock) {
    lines_.push_back("knock " + std::to_string(knock.times));
    return {};
  }
  Async on_knock_when_locked(Knock) {
    lines_.push_back("nobody at home");
    return {};
  }
  Sync<std::vector<std::string>> lines() { return lines_; }

 protected:
  Async on_start() override {
    states_.state(State::kOpen, "open")
        .on_entry([this] { lines_.push_back("> open"); })
        .on_exit([this] { lines_.push_back("< open"); });
    states_.state(State::kClosed, "closed")
        .only({&Door::open, &Door::lock, &Door::lines, &Door::again})
        .after(5s, &Door::alarm)
        .on_entry([this] { lines_.push_back("> closed"); });
    states_.state(State::kLocked, "locked")
        .only({&Door::unlock, &Door::lines})
        .on<&Door::on_knock_when_locked>()
        .others_wait();
    states_.become(start_locked_ ? State::kLocked : State::kOpen);
    return {};
  }

 private:
  enum class State { kOpen, kClosed, kLocked };
  Sync<> change(State state) {
    states_.become(state);
    return {};
  }

  bool start_locked_;
  std::vector<std::string> lines_;
  StateMachine<Door, State> states_{this};
};

ACTOR_METHODS(Switch, toggle, changes)

// Changes its state within an action, again and again.
class Switch : public Actor<Switch> {
 public:
  Sync<int> toggle(int times) {
    left_ = times;
    states_.become(true);
    return changes_;
  }
  Sync<int> changes() { return changes_; }

 protected:
  Async on_start() override {
    states_.state(true, "on").on_entry([this] { flip(false); });
    states_.state(false, "off").on_entry([this] { flip(true); });
    return {};
  }

 private:
  void flip(bool to) {
    ++changes_;
    if (--left_ > 0) states_.become(to);
  }
  int left_ = 0;
  int changes_ = 0;
  StateMachine<Switch, bool> states_{this};
};

class Become : public ConformanceTest {
 protected:
  Ref<Door> spawn_door(bool locked = false) {
    return world().spawn<Door>(world().add_host(), locked);
  }
};
ON_EVERY_RUNTIME(Become);

TEST_P(Become, ChangesWhichMethodsAreHandled) {
  const Ref<Door> door = spawn_door();
  EXPECT_THAT(world().ask(door.walk(1)), Gives(1));
  EXPECT_THAT(world().ask(door.close()), Succeeds());
  EXPECT_THAT(world().ask(door.walk(2)),
              FailsWith(absl::StatusCode::kFailedPrecondition,
                        AllOf(HasSubstr("Door.walk of Door@"), HasSubstr("in state closed"))));
  EXPECT_THAT(world().ask(door.open()), Succeeds());
  EXPECT_THAT(world().ask(door.walk(3)), Gives(3));
  EXPECT_THAT(world().ask(door.lines()),
              Gives(ElementsAre("> open", "walk 1", "< open", "> closed", "> open", "walk 3")));
}

TEST_P(Become, CountsOneWayMessagesThatAreRefused) {
  const Ref<Door> door = spawn_door();
  EXPECT_THAT(world().ask(door.close()), Succeeds());
  world().act([&] { door.ring(); });
  world().run_for(1s);
  EXPECT_EQ(world().failures(), 1u);
  EXPECT_THAT(world().ask(door.lines()), Gives(ElementsAre("> open", "< open", "> closed")));
}

TEST_P(Become, LetsMessagesWaitInOrderForAStateThatHandlesThem) {
  const Ref<Door> door = spawn_door(true);
  Question<int> first = world().begin(door.walk(1).within(1min));
  Question<void> slow = world().begin(door.walk_slowly().within(1min));
  Question<void> open = world().begin(door.open().within(1min));
  Question<int> second = world().begin(door.walk(2).within(1min));
  world().run_for(1s);
  EXPECT_FALSE(first.done() || open.done() || second.done());
  // Closed: what waited first is refused there, but for open(), after which the rest is handled.
  EXPECT_THAT(world().ask(door.unlock()), Succeeds());
  world().run_for(1s);
  EXPECT_THAT(first.answer(), FailsWith(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(slow.answer(), FailsWith(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(open.answer(), Succeeds());
  EXPECT_THAT(second.answer(), Gives(2));
}

TEST_P(Become, LeavesTheDeadlinesOfWhatWaits) {
  const Ref<Door> door = spawn_door(true);
  const Time before = world().now();
  EXPECT_THAT(world().ask(door.walk(1).within(300ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(world().now() - before, 300ms);
}

TEST_P(Become, TellsThoseWhoWaitWhenTheActorEnds) {
  const HostId host = world().add_host();
  const Ref<Door> door = world().spawn<Door>(host, true);
  Question<int> waiting = world().begin(door.walk(1).within(1h));
  world().run_for(1s);
  world().crash(host);
  world().run_for(0s);
  ASSERT_TRUE(waiting.done());
  EXPECT_THAT(waiting.answer(), FailsWith(absl::StatusCode::kUnavailable));
}

TEST_P(Become, HasATimeoutForEachState) {
  const Ref<Door> door = spawn_door();
  EXPECT_THAT(world().ask(door.close()), Succeeds());
  world().run_for(4999ms);
  EXPECT_THAT(world().ask(door.lines()), Gives(ElementsAre("> open", "< open", "> closed")));
  world().run_for(1ms);
  EXPECT_THAT(world().ask(door.lines()),
              Gives(ElementsAre("> open", "< open", "> closed", "alarm")));
}

TEST_P(Become, EndsTheTimeoutOfAStateThatIsLeft) {
  const Ref<Door> door = spawn_door();
  EXPECT_THAT(world().ask(door.close()), Succeeds());
  world().run_for(4s);
  EXPECT_THAT(world().ask(door.again()), Succeeds()) << "entered again: the timeout starts anew";
  world().run_for(4s);
  EXPECT_THAT(world().ask(door.open()), Succeeds());
  world().run_for(1min);
  EXPECT_THAT(world().ask(door.lines()),
              Gives(ElementsAre("> open", "< open", "> closed", "> closed", "> open")));
}

TEST_P(Become, ChangesTheHandlersOfMessages) {
  const Ref<Door> door = spawn_door(true);
  world().act([&] { door.send(Knock{1}); });
  EXPECT_THAT(world().ask(door.unlock()), Succeeds());
  EXPECT_THAT(world().ask(door.request(Knock{2})),
              FailsWith(absl::StatusCode::kFailedPrecondition, HasSubstr("closed")));
  EXPECT_THAT(world().ask(door.open()), Succeeds());
  EXPECT_THAT(world().ask(door.request(Knock{3})), Succeeds());
  EXPECT_THAT(world().ask(door.lines()),
              Gives(ElementsAre("nobody at home", "> closed", "> open", "knock 3")));
}

TEST_P(Become, AMillionTimesNeedsNoStack) {
  const Ref<Switch> a_switch = world().spawn<Switch>(world().add_host());
  EXPECT_THAT(world().ask(a_switch.toggle(1000000)), Gives(1000000));
}

// --- Function actors ------------------------------------------------------------------------

Task<troupe::Become> red(Process& process);

Task<troupe::Become> green(Process& process) {
  const Match found = co_await process.receive("stop", "break");
  if (found.pattern == 1) co_return troupe::Become();
  co_return red;
}
Task<troupe::Become> red(Process& process) {
  absl::StatusOr<Term> go = co_await process.receive([](const Term& term) { return term == "go"; })
                                .within(1s)
                                .status_or();
  if (go.ok()) co_return green;
  process.send_after(0s, "break");
  co_return green;
}

TEST_P(Become, WorksForFunctionActorsWhereTheRestOfTheMailboxWaits) {
  const Ref<Process> light = world().spawn<Process>(world().add_host(), states(red));
  world().act([&] {
    light.send("stop");  // Not in red.
    light.send("go");
  });
  world().run_for(2500ms);  // red, green by "go", red by "stop", green after a second, end
  EXPECT_THAT(world().ask(light.request("go")), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(Become, AMillionTimesNeedsNoStackInAFunctionActorEither) {
  struct Counting {
    static troupe::Become down_from(int left) {
      return [left](Process& process) -> Task<troupe::Become> {
        if (left == 0) {
          co_await process.receive();
          co_await process.reply("done");
          co_return troupe::Become();
        }
        co_return down_from(left - 1);
      };
    }
  };
  const Ref<Process> process =
      world().spawn<Process>(world().add_host(), states(Counting::down_from(1000000)));
  EXPECT_THAT(world().ask(process.request("?")), Gives(Term("done")));
}

}  // namespace troupe::conformance
