// Monitors: one notice for each, whatever becomes of the monitored actor.
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

ACTOR_METHODS(Subject, end, kill_peer, hold, sent)

class Subject : public Actor<Subject> {
 public:
  enum class Trait : std::uint8_t { kNone, kUnborn, kStillborn };
  explicit Subject(Trait trait = Trait::kNone) : trait_(trait) {
    if (trait == Trait::kUnborn) throw std::invalid_argument("no such subject");
  }
  // Ends with this cause; OK is normal.
  Async end(int code) {
    co_await exit(absl::Status(static_cast<absl::StatusCode>(code), "as told"));
  }
  Async kill_peer(Ref<Subject> peer) {
    kill(peer);
    return {};
  }
  Sync<> hold(Duration span) { co_await sleep(span); }
  Async sent(int) { return {}; }

 private:
  Async on_start() override {
    if (trait_ == Trait::kStillborn) return absl::InternalError("stillborn");
    return {};
  }
  Trait trait_;
};

ACTOR_METHODS(Guard, watch, watch_and_drop, drop, hold_and_drop, spawn_one, hold, others)

class Guard : public Actor<Guard> {
 public:
  explicit Guard(Log* log) : log_(log) {}

  Sync<> watch(Ref<Subject> subject, std::string name) {
    names_.emplace_back(monitor(subject), name);
    return {};
  }
  Sync<bool> watch_and_drop(Ref<Subject> subject) { return demonitor(monitor(subject)); }
  // The monitor of this name. Gives whether its notice was still to come.
  Sync<bool> drop(std::string name) {
    for (const auto& [monitor, its_name] : names_) {
      if (its_name == name) return demonitor(monitor);
    }
    return absl::NotFoundError(name);
  }
  // Keeps the turn while the notice arrives, and then does not want it.
  Sync<bool> hold_and_drop(std::string name, Duration span) {
    co_await sleep(span);
    co_return co_await drop(name);
  }
  Sync<> hold(Duration span) {
    co_await sleep(span);
    log_->add("held");
  }
  Sync<Ref<Subject>> spawn_one(Subject::Trait trait, std::string name) {
    const Monitored<Subject> subject = spawn_monitor<Subject>(trait);
    names_.emplace_back(subject.monitor, name);
    return subject.ref;
  }
  Sync<int> others() { return 1; }

 private:
  Async on_down(Exit exit) override {
    std::string name = "nobody";
    for (const auto& [monitor, its_name] : names_) {
      if (monitor == exit.monitor) name = its_name;
    }
    log_->add(name + " down: " + to_string(exit.why));
    co_await sleep(1ms);  // It is a method as others.
  }

  Log* log_;
  std::vector<std::pair<Monitor, std::string>> names_;
};

constexpr int kInternal = static_cast<int>(absl::StatusCode::kInternal);

class Monitors : public ConformanceTest {
 protected:
  ~Monitors() override { end_world(); }
  Log log_;
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Guard> guard_ = world().spawn<Guard>(here_, &log_);
  Ref<Subject> subject_ = world().spawn<Subject>(there_);

  void watch(Ref<Subject> subject, std::string name) {
    EXPECT_THAT(world().ask(guard_.watch(subject, name)), Succeeds());
    world().run_for(100ms);
  }
};
ON_EVERY_RUNTIME(Monitors);

TEST_P(Monitors, GiveOneNoticeOfANormalEnd) {
  watch(subject_, "x");
  world().act([&] { subject_.end(0); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("x down: OK"));
}

TEST_P(Monitors, GiveTheCauseOfAnAbnormalEnd) {
  watch(subject_, "x");
  world().act([&] { subject_.end(kInternal); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("x down: INTERNAL: as told"));
}

TEST_P(Monitors, SeeAKill) {
  watch(subject_, "x");
  const Ref<Subject> killer = world().spawn<Subject>(here_);
  world().act([&] { killer.kill_peer(subject_); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("x down: ABORTED: killed by Subject@n0"));
}

TEST_P(Monitors, OfADeadActorGiveTheirNoticeAtOnce) {
  world().act([&] { subject_.end(0); });
  world().settle();
  watch(subject_, "x");
  watch(Ref<Subject>(), "nobody at all");
  EXPECT_THAT(log_.lines(),
              ElementsAre(HasSubstr("x down: NOT_FOUND"), HasSubstr("nobody at all down: NOT_")));
}

TEST_P(Monitors, SeeACrashedHost) {
  watch(subject_, "x");
  world().crash(there_);
  world().run_for(1s);
  EXPECT_THAT(log_.lines(), ElementsAre("x down: UNAVAILABLE: host n1 has crashed"));
  watch(subject_, "y");
  EXPECT_THAT(log_.lines().back(), HasSubstr("y down: UNAVAILABLE"));
}

TEST_P(Monitors, GiveEachTheirOwnNotice) {
  watch(subject_, "x");
  watch(subject_, "y");
  const Ref<Guard> other = world().spawn<Guard>(there_, &log_);
  EXPECT_THAT(world().ask(other.watch(subject_, "z")), Succeeds());
  world().run_for(100ms);
  world().act([&] { subject_.end(0); });
  world().settle();
  EXPECT_THAT(log_.lines(), UnorderedElementsAre("x down: OK", "y down: OK", "z down: OK"));
}

TEST_P(Monitors, GiveNoNoticeOnceTheyAreDropped) {
  watch(subject_, "x");
  watch(subject_, "y");
  EXPECT_THAT(world().ask(guard_.drop("x")), Gives(true));
  EXPECT_THAT(world().ask(guard_.drop("x")), Gives(false));
  EXPECT_THAT(world().ask(guard_.watch_and_drop(subject_)), Gives(true));
  world().act([&] { subject_.end(0); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("y down: OK"));
  EXPECT_THAT(world().ask(guard_.drop("y")), Gives(false)) << "its notice has come";
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u);
}

TEST_P(Monitors, GiveNoNoticeOnceTheyAreDroppedAlsoWhereItWaitsForTheTurn) {
  watch(subject_, "x");
  Question<bool> dropped = world().begin(guard_.hold_and_drop("x", 1s));
  world().run_for(100ms);
  world().act([&] { subject_.end(0); });
  world().settle();
  EXPECT_THAT(dropped.answer(), Gives(true));
  EXPECT_THAT(log_.lines(), ElementsAre());
}

TEST_P(Monitors, GiveTheirNoticeAfterTheMethodThatKeepsTheTurn) {
  watch(subject_, "x");
  Question<void> held = world().begin(guard_.hold(1s));
  world().run_for(100ms);
  world().act([&] { subject_.end(0); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("held", "x down: OK"));
}

TEST_P(Monitors, ReachAnActorThatKeepsItsTurn) {
  Question<void> held = world().begin(subject_.hold(1s));
  watch(subject_, "x");
  world().act([&] { subject_.end(kInternal); });
  world().settle();
  EXPECT_THAT(held.answer(), Succeeds());
  EXPECT_THAT(log_.lines(), ElementsAre("x down: INTERNAL: as told"));
}

TEST_P(Monitors, OfASpawnSeeTheChildFromItsFirstMoment) {
  EXPECT_THAT(world().ask(guard_.spawn_one(Subject::Trait::kStillborn, "still")), Succeeds());
  world().run_for(100ms);
  EXPECT_THAT(log_.lines(), ElementsAre("still down: INTERNAL: stillborn"));

  const absl::StatusOr<Ref<Subject>> unborn =
      world().ask(guard_.spawn_one(Subject::Trait::kUnborn, "unborn"));
  EXPECT_THAT(unborn, Gives(Ref<Subject>()));
  world().run_for(100ms);
  EXPECT_THAT(log_.lines().back(),
              testing::AllOf(HasSubstr("unborn down: UNKNOWN: Subject.constructor"),
                             HasSubstr("no such subject")));

  const Ref<Subject> live = *world().ask(guard_.spawn_one(Subject::Trait::kNone, "live"));
  world().run_for(100ms);
  EXPECT_EQ(log_.lines().size(), 2u) << "it lives";
  world().act([&] { live.end(0); });
  world().run_for(100ms);
  EXPECT_EQ(log_.lines().back(), "live down: OK");
  EXPECT_EQ(log_.lines().size(), 3u);
}

TEST_P(Monitors, OfOneThatEndsReachNobody) {
  watch(subject_, "x");
  const Ref<Guard> brief = world().spawn<Guard>(here_, &log_);
  EXPECT_THAT(world().ask(brief.watch(subject_, "never")), Succeeds());
  world().crash(here_);
  world().act([&] { subject_.end(0); });
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre());
  EXPECT_EQ(world().drops(DropReason::kHostDown), 0u) << "nobody misses the notice";
}

// A network that loses every second message loses no watch and no notice.
TEST_P(Monitors, AreNotLostByChance) {
  TestWorld& world = make_world({.seed = 5, .loss = 0.5});
  const HostId here = world.add_host();
  const HostId there = world.add_host();
  const Ref<Guard> guard = world.spawn<Guard>(here, &log_);
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    const Ref<Subject> subject = world.spawn<Subject>(there);
    const std::string name = std::to_string(i);
    EXPECT_THAT(world.ask(guard.watch(subject, name)), Succeeds());
    world.act([&] { subject.end(0); });
    expected.push_back(name + " down: OK");
  }
  world.settle();
  // A subject may end before its watch arrives; then the notice says NOT_FOUND.
  EXPECT_EQ(log_.lines().size(), expected.size());
}

}  // namespace troupe::conformance
