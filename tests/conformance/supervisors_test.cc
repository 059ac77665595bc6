// Supervisors: who is started again, in which order, and when they give up.
#include <stdexcept>
#include <string>
#include <vector>

#include "actor/supervise.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ACTOR_METHODS(Servant, end, crash, hold, here, sibling)

class Servant : public Actor<Servant> {
 public:
  // How its births go, from the first: '+' good, 's' on_start() takes a second, 'x' on_start()
  // fails, 'c' the constructor throws. The last one counts for all that follow.
  Servant(Log* log, std::string name, std::string births = "+")
      : log_(log), name_(std::move(name)) {
    const std::size_t birth = log_->count(name_ + " is made");
    fate_ = births[std::min(birth, births.size() - 1)];
    log_->add(name_ + " is made");
    if (fate_ == 'c') throw std::runtime_error("no " + name_);
  }

  Async end(int code) {
    co_await exit(absl::Status(static_cast<absl::StatusCode>(code), name_ + " ends"));
  }
  Async crash() { return absl::InternalError(name_ + " crashes"); }
  Sync<> hold(Duration span) { co_await sleep(span); }
  Sync<std::string> here() { return name_; }
  Sync<std::string> sibling(Ref<Supervisor> supervisor, std::string name) {
    const Ref<Servant> other = co_await child_of<Servant>(supervisor, name);
    co_return co_await other.here();
  }

 private:
  Async on_start() override {
    if (fate_ == 's') co_await sleep(1s);
    if (fate_ == 'x') co_await fail(absl::InternalError("no start of " + name_));
    log_->add("start " + name_);
  }
  void on_stop() override { log_->add("stop " + name_); }

  Log* log_;
  std::string name_;
  char fate_ = '+';
};

// Has a supervisor, and sees its end.
ACTOR_METHODS(Owner, supervisor, end_supervisor, find_wrong, graceful)

class Owner : public Actor<Owner> {
 public:
  Owner(Log* log, SupervisorOptions options, std::vector<ChildSpec> specs)
      : log_(log), options_(options), specs_(std::move(specs)) {}
  Sync<Ref<Supervisor>> supervisor() { return supervisor_; }
  Async end_supervisor() {
    stop(supervisor_);
    return {};
  }
  Sync<Ref<Supervisor>> find_wrong(std::string name) {
    co_return co_await child_of<Supervisor>(supervisor_, name);
  }
  Sync<bool> graceful() { co_return co_await graceful_stop(supervisor_, 1s); }

 private:
  Async on_start() override {
    trap_exits();
    supervisor_ = spawn_link<Supervisor>(options_, specs_);
    return {};
  }
  Async on_exit(Exit exit) override {
    log_->add("supervisor: " + to_string(exit.why));
    return {};
  }
  Log* log_;
  SupervisorOptions options_;
  std::vector<ChildSpec> specs_;
  Ref<Supervisor> supervisor_;
};

constexpr int kInternal = static_cast<int>(absl::StatusCode::kInternal);

class Supervisors : public ConformanceTest {
 protected:
  ~Supervisors() override { end_world(); }

  ChildSpec spec(std::string name, std::string births = "+") {
    return child_spec<Servant>(name, &log_, name, births);
  }
  void begin(SupervisorOptions options, std::vector<ChildSpec> specs) {
    owner_ = world().spawn<Owner>(here_, &log_, options, std::move(specs));
    supervisor_ = *world().ask(owner_.supervisor());
    world().run_for(100ms);
  }
  void begin_abc(Strategy strategy) {
    begin({.strategy = strategy}, {spec("a"), spec("b"), spec("c")});
  }
  Ref<Servant> child(std::string name) {
    return Ref<Servant>(world().ask(supervisor_.child(name))->actor);
  }
  void end(std::string name, int code = kInternal) {
    const Ref<Servant> servant = child(name);
    world().act([&] { servant.end(code); });
    world().run_for(100ms);
  }
  // What happened since the last time, without who was made.
  std::vector<std::string> news() {
    std::vector<std::string> lines = log_.lines();
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(seen_));
    seen_ += lines.size();
    std::erase_if(lines, [](const std::string& line) { return line.ends_with("is made"); });
    return lines;
  }

  Log log_;
  std::size_t seen_ = 0;
  HostId here_ = world().add_host();
  Ref<Owner> owner_;
  Ref<Supervisor> supervisor_;
};
ON_EVERY_RUNTIME(Supervisors);

// --- Starting and stopping -----------------------------------------------------------------------

TEST_P(Supervisors, StartTheirChildrenInOrderEachAfterTheOnStartOfTheLast) {
  begin({}, {spec("a", "s"), spec("b", "s"), spec("c")});
  world().run_for(3s);
  EXPECT_THAT(news(), ElementsAre("start a", "start b", "start c"));
  const auto children = world().ask(supervisor_.children());
  ASSERT_THAT(children, Succeeds());
  ASSERT_EQ(children->size(), 3u);
  EXPECT_EQ((*children)[2].name, "c");
  EXPECT_EQ((*children)[2].type, "Servant");
  EXPECT_EQ((*children)[2].starts, 1);
}

TEST_P(Supervisors, StopTheirChildrenInReverseOrder) {
  begin_abc(Strategy::kOneForOne);
  news();
  EXPECT_THAT(world().ask(supervisor_.shut_down()), Succeeds());
  world().run_for(100ms);
  EXPECT_THAT(news(), ElementsAre("stop c", "stop b", "stop a", "supervisor: OK"));
}

TEST_P(Supervisors, WaitForAChildThatStopsSlowlyAndKillOneThatDoesNot) {
  begin({}, {spec("a"), spec("b"), spec("c").stops_within(1s)});
  Question<void> slow = world().begin(child("b").hold(3s).within(1h));
  Question<void> stuck = world().begin(child("c").hold(1h).within(1h));
  news();
  const Time before = world().now();
  Question<void> down = world().begin(supervisor_.shut_down().within(1h));
  world().run_until([&] { return down.done(); });
  EXPECT_THAT(down.answer(), Succeeds());
  EXPECT_EQ(world().now() - before, 3s) << "1s for c; b had begun with its 3s before";
  EXPECT_THAT(slow.answer(), Succeeds());
  EXPECT_THAT(stuck.answer(), FailsWith(absl::StatusCode::kNotFound, HasSubstr("killed")));
  world().run_for(100ms);
  EXPECT_THAT(news(), ElementsAre("stop b", "stop a", "supervisor: OK"));
}

TEST_P(Supervisors, TakeTheirChildrenWithThem) {
  begin_abc(Strategy::kOneForOne);
  const Ref<Servant> a = child("a");
  world().act([&] { owner_.end_supervisor(); });
  world().run_for(100ms);
  EXPECT_THAT(world().ask(a.here()), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_EQ(log_.count("stop a"), 1u);
  EXPECT_EQ(log_.count("stop c"), 1u);
}

// --- Who is started again ------------------------------------------------------------------------

TEST_P(Supervisors, StartOneAgainForOne) {
  begin_abc(Strategy::kOneForOne);
  news();
  end("b");
  EXPECT_THAT(news(), ElementsAre("start b"));
}

TEST_P(Supervisors, StartAllAgainForOne) {
  begin_abc(Strategy::kOneForAll);
  news();
  end("b");
  EXPECT_THAT(news(), ElementsAre("stop c", "stop a", "start a", "start b", "start c"));
}

TEST_P(Supervisors, StartTheRestAgainForOne) {
  begin_abc(Strategy::kRestForOne);
  news();
  end("b");
  EXPECT_THAT(news(), ElementsAre("stop c", "start b", "start c"));
}

TEST_P(Supervisors, StartAPermanentChildAgainAlsoAfterANormalEnd) {
  begin_abc(Strategy::kOneForOne);
  news();
  end("a", 0);
  EXPECT_THAT(news(), ElementsAre("stop a", "start a"));
}

TEST_P(Supervisors, StartATransientChildAgainOnlyAfterAnAbnormalEnd) {
  begin({}, {spec("a").restart(Restart::kTransient), spec("b")});
  news();
  end("a");
  EXPECT_THAT(news(), ElementsAre("start a"));
  end("a", 0);
  EXPECT_THAT(news(), ElementsAre("stop a"));
  EXPECT_EQ(world().ask(supervisor_.child("a"))->actor, ActorId());
}

TEST_P(Supervisors, StartATemporaryChildNeverAgain) {
  begin({.strategy = Strategy::kOneForAll}, {spec("a").restart(Restart::kTemporary), spec("b")});
  news();
  end("a");
  EXPECT_THAT(news(), IsEmpty());
  end("b");
  EXPECT_THAT(news(), ElementsAre("start b"));
}

TEST_P(Supervisors, LetAFailedAsyncMethodEndThoseWhoShallCrash) {
  begin({}, {spec("a").let_it_crash(), spec("b")});
  news();
  const Ref<Servant> a = child("a");
  const Ref<Servant> b = child("b");
  world().act([&] {
    a.crash();
    b.crash();
  });
  world().run_for(100ms);
  EXPECT_THAT(news(), ElementsAre("start a"));
  EXPECT_THAT(world().ask(b.here()), Gives("b")) << "the default is to go on";
}

// --- Those who ask for the children --------------------------------------------------------------

TEST_P(Supervisors, GiveTheNewIncarnationWhichOldRefsDoNotReach) {
  begin_abc(Strategy::kOneForOne);
  const Ref<Servant> before = child("b");
  EXPECT_THAT(world().ask(child("a").sibling(supervisor_, "b")), Gives("b"));
  end("b");
  EXPECT_NE(child("b"), before);
  EXPECT_THAT(world().ask(before.here()), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_THAT(world().ask(child("a").sibling(supervisor_, "b")), Gives("b"));
  EXPECT_EQ(world().ask(supervisor_.child("b"))->starts, 2);
}

TEST_P(Supervisors, RefuseNamesAndClassesThatAreNot) {
  begin({}, {spec("a").restart(Restart::kTemporary)});
  EXPECT_THAT(world().ask(supervisor_.child("x")),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("\"x\"")));
  EXPECT_THAT(world().ask(owner_.find_wrong("a")),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("is a Servant")));
  end("a");
  const Ref<Servant> other = world().spawn<Servant>(here_, &log_, "other");
  EXPECT_THAT(world().ask(other.sibling(supervisor_, "a")),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("has ended")));
}

// --- Giving up -----------------------------------------------------------------------------------

TEST_P(Supervisors, GiveUpAfterTooManyRestarts) {
  begin({.max_restarts = 2, .within = 10s}, {spec("a"), spec("b"), spec("c")});
  news();
  end("b");
  end("b");
  EXPECT_THAT(news(), ElementsAre("start b", "start b"));
  end("b");
  EXPECT_THAT(news(), ElementsAre("stop c", "stop a",
                                  AllOf(HasSubstr("supervisor: RESOURCE_EXHAUSTED"),
                                        HasSubstr("more than 2 restarts within 10s"),
                                        HasSubstr("\"b\": INTERNAL: b ends"))));
}

TEST_P(Supervisors, ForgetRestartsThatAreLongAgo) {
  begin({.max_restarts = 2, .within = 10s}, {spec("a")});
  for (int i = 0; i < 20; ++i) {
    end("a");
    world().run_for(6s);
  }
  EXPECT_THAT(world().ask(child("a").here()), Gives("a"));
}

TEST_P(Supervisors, StartAChildAgainWhoseStartFails) {
  begin({.max_restarts = 3}, {spec("a", "xcx+"), spec("b")});
  world().run_for(1s);
  EXPECT_THAT(world().ask(child("a").here()), Gives("a"));
  EXPECT_EQ(world().ask(supervisor_.child("a"))->starts, 4);
  EXPECT_EQ(log_.count("start b"), 1u);
}

TEST_P(Supervisors, GiveUpAChildThatNeverStarts) {
  for (const std::string births : {"x", "c"}) {
    log_.add("---");
    begin({.strategy = Strategy::kOneForAll, .max_restarts = 3}, {spec("b"), spec("a", births)});
    world().run_for(1s);
    EXPECT_THAT(log_.lines().back(), HasSubstr("supervisor: RESOURCE_EXHAUSTED"));
  }
}

// One supervisor below another: what the lower one gives up, the upper one starts again.
TEST_P(Supervisors, CanBeSupervised) {
  const SupervisorOptions hasty{.max_restarts = 1, .within = 1h};
  begin({}, {child_spec<Supervisor>("lower", hasty, std::vector<ChildSpec>{spec("a")}), spec("b")});
  news();
  auto lower = [&] { return Ref<Supervisor>(world().ask(supervisor_.child("lower"))->actor); };
  const Ref<Supervisor> first = lower();
  for (int i = 0; i < 2; ++i) {
    const Ref<Servant> a(world().ask(lower().child("a"))->actor);
    world().act([&] { a.end(kInternal); });
    world().run_for(100ms);
  }
  EXPECT_THAT(news(), ElementsAre("start a", "start a"));
  EXPECT_NE(lower(), first);
  EXPECT_EQ(world().ask(lower().child("a"))->starts, 1) << "a new supervisor starts anew";
}

// --- Random programs -----------------------------------------------------------------------------

TEST_P(Supervisors, HaveAllChildrenAgainWhoeverIsKilled) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    Random random = Random::stream(seed, "kills");
    const auto strategy = static_cast<Strategy>(random.below(3));
    const HostId host = world().add_host();
    std::vector<ChildSpec> specs;
    for (int i = 0; i < 6; ++i) specs.push_back(spec(std::to_string(i)));
    const Ref<Supervisor> supervisor = world().spawn<Supervisor>(
        host, SupervisorOptions{.strategy = strategy, .max_restarts = 1'000'000, .within = 1h},
        specs);
    for (int round = 0; round < 30; ++round) {
      const auto children = world().ask(supervisor.children());
      ASSERT_THAT(children, Succeeds());
      world().act([&] {
        for (const ChildState& child : *children) {
          const Ref<Servant> servant(child.actor);
          if (random.chance(0.3)) servant.end(random.chance(0.5) ? kInternal : 0);
        }
      });
      if (random.chance(0.5)) world().run_for(random.uniform(0ms, 5ms));
    }
    world().run_for(10s);
    const auto children = world().ask(supervisor.children());
    ASSERT_THAT(children, Succeeds());
    for (const ChildState& child : *children) {
      EXPECT_THAT(world().ask(Ref<Servant>(child.actor).here()), Gives(child.name));
    }
  }
}

}  // namespace troupe::conformance
