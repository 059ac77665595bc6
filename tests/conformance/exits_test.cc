// How actors end: why, by whom, and what those hear who wait for it.
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// Ends in every way there is.
struct OutOfPaper {
  int sheets = 0;
  FIELDS(sheets)
};

ACTOR_METHODS(Mortal, greet, told, hold, nap, leave, leave_with, leave_for, fails, throws,
              fails_one_way, grim)

class Mortal : public Actor<Mortal> {
 public:
  enum class Trait : std::uint8_t { kNone, kUnborn, kStillborn, kThrowsAtBirth, kStrict };

  explicit Mortal(Log* log, Trait trait = Trait::kNone) : log_(log), trait_(trait) {
    if (trait == Trait::kUnborn) throw std::invalid_argument("no such worker");
  }
  ~Mortal() override { log_->add("destroyed"); }

  Sync<std::string> greet() { return "here"; }
  Async told(std::string what) {
    log_->add("told " + what);
    return {};
  }
  Sync<std::string> hold(Duration span) {
    const Witness witness(*log_, "holding");
    co_await sleep(span);
    co_return "held";
  }
  Parallel<Sync<>> nap(Duration span) {
    const Witness witness(*log_, "napping");
    co_await sleep(span);
  }
  Sync<> leave(int code, std::string text) {
    const Witness witness(*log_, "leaving");
    const absl::StatusOr<Nothing> never = co_await deeper(code, text).status_or();
    log_->add("goes on with " + describe(never));
  }
  Async leave_with(std::int64_t value) {
    set_exit_value(value);
    stop();
    return {};
  }
  Async leave_for(OutOfPaper cause) { co_await exit(fail_with(cause)); }
  Sync<> fails(std::string text) { return absl::DataLossError(text); }
  Sync<> throws() { throw std::runtime_error("a bug"); }
  Async fails_one_way(std::string text) { return absl::DataLossError(text); }
  Sync<> grim() { return absl::AbortedError("as foreseen"); }

 private:
  Sync<> deeper(int code, std::string text) {
    co_await exit(absl::Status(static_cast<absl::StatusCode>(code), text));
  }
  Async on_start() override {
    if (trait_ == Trait::kStillborn) return absl::InternalError("dead at birth");
    if (trait_ == Trait::kThrowsAtBirth) throw std::runtime_error("thrown at birth");
    return {};
  }
  void on_stop() override { log_->add("stops"); }
  void on_failure(std::string_view method, const absl::Status& status) override {
    log_->add("failed in " + std::string(method) + ": " + std::string(status.message()));
  }
  bool is_fatal(std::string_view, const absl::Status& failure) const override {
    return trait_ == Trait::kStrict && !absl::IsAborted(failure);
  }

  Log* log_;
  Trait trait_;
};

// Ends others, and waits for their ends.
ACTOR_METHODS(Reaper, stop_with, kill_it, graceful, wait, value, own_end, make, make_plainly)

class Reaper : public Actor<Reaper> {
 public:
  explicit Reaper(Log* log) : log_(log) {}

  Sync<> stop_with(Ref<Mortal> actor, int code, std::string text) {
    stop(actor, absl::Status(static_cast<absl::StatusCode>(code), text));
    return {};
  }
  Async kill_it(Ref<Mortal> actor) {
    kill(actor);
    return {};
  }
  Parallel<Sync<bool, NoTimeout>> graceful(Ref<Mortal> actor, Duration timeout) {
    co_return co_await graceful_stop(actor, timeout);
  }
  // The cause, and when.
  Parallel<Sync<std::string, NoTimeout>> wait(Ref<Mortal> actor) {
    const Exit exit = co_await join(actor);
    co_return exit.name + " " + to_string(exit.why);
  }
  Parallel<Sync<std::int64_t, NoTimeout>> value(Ref<Mortal> actor) {
    const Exit exit = co_await join(actor);
    co_return exit.value<std::int64_t>();
  }
  Parallel<Sync<>> own_end() { co_await join(self()); }
  Sync<Ref<Mortal>> make(Mortal::Trait trait) { return try_spawn<Mortal>(log_, trait); }
  Sync<Ref<Mortal>> make_plainly(Mortal::Trait trait) { return spawn<Mortal>(log_, trait); }

 private:
  Log* log_;
};

constexpr int kInternal = static_cast<int>(absl::StatusCode::kInternal);

class Exits : public ConformanceTest {
 protected:
  ~Exits() override { end_world(); }  // before the Log that its actors write to
  Log log_;
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Reaper> reaper_ = world().spawn<Reaper>(here_, &log_);

  Ref<Mortal> mortal(Mortal::Trait trait = Mortal::Trait::kNone) {
    return world().spawn<Mortal>(there_, &log_, trait);
  }
};
ON_EVERY_RUNTIME(Exits);

// --- Waiting for an end --------------------------------------------------------------------------

TEST_P(Exits, OfAStoppedActorAreNormal) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> end = world().begin(reaper_.wait(mortal));
  Question<Exit> seen_outside = world().begin(join(mortal));
  world().run_for(100ms);
  EXPECT_FALSE(end.done()) << "it lives";
  world().act([&] { mortal.leave_with(7); });
  world().settle();
  EXPECT_THAT(end.answer(), Gives("Mortal@n1 OK"));
  const absl::StatusOr<Exit> exit = seen_outside.answer();
  ASSERT_THAT(exit, Succeeds());
  EXPECT_EQ(exit->actor, id_of(mortal));
  EXPECT_THAT(exit->why, Succeeds());
  EXPECT_EQ(log_.count("stops"), 1u);
}

TEST_P(Exits, CarryTheValueThatTheActorLeft) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::int64_t> value = world().begin(reaper_.value(mortal));
  world().run_for(100ms);
  world().act([&] { mortal.leave_with(-42); });
  world().settle();
  EXPECT_THAT(value.answer(), Gives(-42));
}

TEST_P(Exits, CarryATypedCause) {
  const Ref<Mortal> mortal = this->mortal();
  Question<Exit> end = world().begin(join(mortal));
  world().run_for(100ms);
  world().act([&] { mortal.leave_for(OutOfPaper{3}); });
  world().run_for(100ms);
  const absl::StatusOr<Exit> exit = end.answer();
  ASSERT_THAT(exit, Succeeds());
  const auto cause = error_as<OutOfPaper>(exit->why);
  ASSERT_TRUE(cause.has_value());
  EXPECT_EQ(cause->sheets, 3);
}

TEST_P(Exits, WithoutAValueSaySo) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::int64_t> value = world().begin(reaper_.value(mortal));
  world().run_for(100ms);
  EXPECT_THAT(world().ask(reaper_.graceful(mortal, 1s)), Gives(true));
  EXPECT_THAT(value.answer(), FailsWith(absl::StatusCode::kNotFound, HasSubstr("no value")));
}

TEST_P(Exits, ThatAreAbnormalAreTheFailureOfTheValue) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::int64_t> value = world().begin(reaper_.value(mortal));
  world().run_for(100ms);
  world().act([&] { reaper_.kill_it(mortal); });
  world().settle();
  EXPECT_THAT(value.answer(), FailsWith(absl::StatusCode::kAborted));
}

TEST_P(Exits, ThatHaveBeenAreNotFoundAtOnce) {
  const Ref<Mortal> mortal = this->mortal();
  EXPECT_THAT(world().ask(reaper_.graceful(mortal, 1s)), Gives(true));
  const Time before = world().now();
  EXPECT_THAT(world().ask(reaper_.wait(mortal)), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_EQ(world().now() - before, 20ms);
}

TEST_P(Exits, InACrashAreUnavailable) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> end = world().begin(reaper_.wait(mortal));
  world().run_for(100ms);
  world().crash(there_);
  world().settle();
  EXPECT_THAT(end.answer(), Gives(HasSubstr("UNAVAILABLE: host n1 has crashed")));
  EXPECT_THAT(world().ask(reaper_.wait(mortal)), FailsWith(absl::StatusCode::kUnavailable));
}

TEST_P(Exits, CanBeWaitedForUntilADeadline) {
  const Ref<Mortal> mortal = this->mortal();
  const Time before = world().now();
  EXPECT_THAT(
      world().ask(join(mortal).within(3s)),
      FailsWith(absl::StatusCode::kDeadlineExceeded, HasSubstr("Actor.watch of Mortal@n1")));
  EXPECT_EQ(world().now() - before, 3s);
}

TEST_P(Exits, CanBeWaitedForAgainAndAgain) {
  const Ref<Mortal> mortal = this->mortal();
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(world().ask(join(mortal).within(1ms)),
                FailsWith(absl::StatusCode::kDeadlineExceeded));
  }
  Question<std::string> end = world().begin(reaper_.wait(mortal));
  world().run_for(100ms);
  world().act([&] { mortal.leave_with(0); });
  world().settle();
  EXPECT_THAT(end.answer(), Gives("Mortal@n1 OK"));
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u) << "nobody misses those that gave up";
}

TEST_P(Exits, OfOneselfCannotBeWaitedFor) {
  EXPECT_THAT(world().ask(reaper_.own_end()), FailsWith(absl::StatusCode::kFailedPrecondition));
}

TEST_P(Exits, OfAnActorThatKeepsItsTurnCanBeWaitedFor) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> held = world().begin(mortal.hold(1s));
  Question<std::string> end = world().begin(reaper_.wait(mortal));
  Question<bool> stopped = world().begin(reaper_.graceful(mortal, 5s));
  world().settle();
  EXPECT_THAT(held.answer(), Gives("held"));
  EXPECT_THAT(stopped.answer(), Gives(true));
  EXPECT_TRUE(end.done());
}

// --- Ending others -------------------------------------------------------------------------------

TEST_P(Exits, ThatAreAskedForComeAfterEarlierMessages) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> held = world().begin(mortal.hold(1s));
  world().act([&] { mortal.told("before"); });
  world().run_for(100ms);
  const Time before = world().now();
  EXPECT_THAT(world().ask(reaper_.graceful(mortal, 5s)), Gives(true));
  EXPECT_EQ(world().now() - before, 910ms) << "900ms of the turn, and the way back";
  world().settle();
  EXPECT_THAT(log_.lines(),
              ElementsAre("begin holding", "end holding", "told before", "stops", "destroyed"));
}

TEST_P(Exits, ThatAreAskedForTwiceAreHarmless) {
  const Ref<Mortal> mortal = this->mortal();
  EXPECT_THAT(world().ask(reaper_.graceful(mortal, 5s)), Gives(true)) << "it was alive";
  EXPECT_THAT(world().ask(reaper_.graceful(mortal, 5s)), Gives(false)) << "it was not";
  EXPECT_THAT(world().ask(reaper_.stop_with(mortal, kInternal, "again")), Succeeds());
  world().settle();
  EXPECT_EQ(log_.count("stops"), 1u);
}

TEST_P(Exits, ThatAreAskedForAtOnceByManyAnswerAll) {
  const Ref<Mortal> mortal = this->mortal();
  std::vector<Question<bool>> questions;
  Question<std::string> held = world().begin(mortal.hold(1s));
  for (int i = 0; i < 5; ++i) questions.push_back(world().begin(reaper_.graceful(mortal, 5s)));
  world().settle();
  for (Question<bool>& question : questions) EXPECT_THAT(question.answer(), Gives(true));
}

TEST_P(Exits, ThatDoNotComeInTimeAreADeadline) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> held = world().begin(mortal.hold(10s).within(20s));
  world().run_for(100ms);
  const Time before = world().now();
  EXPECT_THAT(world().ask(reaper_.graceful(mortal, 2s)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(world().now() - before, 2s);
  world().settle();
  EXPECT_THAT(held.answer(), Gives("held")) << "it was not disturbed";
  EXPECT_EQ(log_.count("destroyed"), 1u) << "and ended then";
}

TEST_P(Exits, WithACauseTellItAndWhoGaveIt) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> end = world().begin(reaper_.wait(mortal));
  world().run_for(100ms);
  EXPECT_THAT(world().ask(reaper_.stop_with(mortal, kInternal, "no need")), Succeeds());
  world().settle();
  EXPECT_THAT(end.answer(), Gives("Mortal@n1 INTERNAL: no need (ended by Reaper@n0)"));
  EXPECT_THAT(log_.lines(),
              ElementsAre("failed in stop: no need (ended by Reaper@n0)", "destroyed"));
}

TEST_P(Exits, ByKillingOvertakeWhatTheActorHasToDo) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> held = world().begin(mortal.hold(1h).within(2h));
  Question<std::string> queued = world().begin(mortal.greet().within(2h));
  Question<std::string> end = world().begin(reaper_.wait(mortal));
  world().run_for(1s);
  world().act([&] { reaper_.kill_it(mortal); });
  world().run_for(100ms);
  EXPECT_THAT(held.answer(), FailsWith(absl::StatusCode::kNotFound, HasSubstr("killed by Reaper")));
  EXPECT_THAT(queued.answer(), FailsWith(absl::StatusCode::kNotFound, HasSubstr("killed")));
  EXPECT_THAT(end.answer(), Gives("Mortal@n1 ABORTED: killed by Reaper@n0"));
  EXPECT_THAT(log_.lines(), ElementsAre("begin holding", "end holding", "destroyed"))
      << "no hook runs";
}

TEST_P(Exits, ByKillingAParallelMethodUnwindIt) {
  const Ref<Mortal> mortal = this->mortal();
  Question<void> nap = world().begin(mortal.nap(1h).within(2h));
  world().run_for(1s);
  world().act([&] {
    reaper_.kill_it(mortal);
    reaper_.kill_it(mortal);
  });
  world().settle();
  EXPECT_THAT(nap.answer(), FailsWith(absl::StatusCode::kNotFound, HasSubstr("killed")));
  EXPECT_THAT(log_.lines(), ElementsAre("begin napping", "end napping", "destroyed"));
}

TEST_P(Exits, InThePlaceOfAnotherLeaveTheNextOneAlone) {
  const Ref<Mortal> mortal = this->mortal();
  EXPECT_THAT(world().ask(reaper_.graceful(mortal, 1s)), Gives(true));
  const Ref<Mortal> next = this->mortal();
  world().act([&] { reaper_.kill_it(mortal); });
  EXPECT_THAT(world().ask(reaper_.graceful(mortal, 1s)), Gives(false));
  world().settle();
  EXPECT_THAT(world().ask(next.greet()), Gives("here"));
}

// --- Ending oneself ------------------------------------------------------------------------------

TEST_P(Exits, OfOnesOwnComeHereAndNow) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> end = world().begin(reaper_.wait(mortal));
  world().run_for(100ms);
  EXPECT_THAT(world().ask(mortal.leave(kInternal, "enough")),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("has ended: INTERNAL: enough")));
  world().settle();
  EXPECT_THAT(end.answer(), Gives("Mortal@n1 INTERNAL: enough"));
  EXPECT_THAT(log_.lines(),
              ElementsAre("begin leaving", "failed in exit: enough", "end leaving", "destroyed"));
}

TEST_P(Exits, OfOnesOwnMayBeNormal) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> end = world().begin(reaper_.wait(mortal));
  world().run_for(100ms);
  EXPECT_THAT(world().ask(mortal.leave(0, "")),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("has stopped")));
  world().settle();
  EXPECT_THAT(end.answer(), Gives("Mortal@n1 OK"));
  EXPECT_EQ(log_.count("stops"), 1u);
}

// --- Births that fail ----------------------------------------------------------------------------

TEST_P(Exits, InTheConstructorAreToldToTheSpawner) {
  EXPECT_THAT(world().ask(reaper_.make(Mortal::Trait::kUnborn)),
              FailsWith(absl::StatusCode::kUnknown,
                        AllOf(HasSubstr("Mortal.constructor"), HasSubstr("no such worker"))));
  EXPECT_THAT(world().ask(reaper_.make_plainly(Mortal::Trait::kUnborn)),
              FailsWith(absl::StatusCode::kUnknown, HasSubstr("no such worker")));
  EXPECT_THAT(world().ask(reaper_.make(Mortal::Trait::kNone)), Succeeds());
}

TEST_P(Exits, InOnStartAreToldToWhoeverWaits) {
  for (const auto trait : {Mortal::Trait::kStillborn, Mortal::Trait::kThrowsAtBirth}) {
    const Ref<Mortal> mortal = this->mortal(trait);
    Question<std::string> call = world().begin(mortal.greet());
    Question<void> started = world().begin(ping(mortal));
    world().settle();
    EXPECT_THAT(call.answer(), FailsWith(absl::StatusCode::kNotFound));
    EXPECT_THAT(started.answer(), FailsWith(absl::StatusCode::kNotFound));
  }
}

TEST_P(Exits, LeaveNoZombieWhoseCallsWouldTimeOut) {
  const Ref<Mortal> mortal = this->mortal();
  world().act([&] { mortal.fails_one_way("lost"); });
  EXPECT_THAT(world().ask(mortal.greet()), Gives("here")) << "the failure was no end";
  EXPECT_THAT(log_.lines(), ElementsAre("failed in fails_one_way: lost"));
  EXPECT_EQ(world().failures(), 1u);
}

// --- What is fatal -------------------------------------------------------------------------------

TEST_P(Exits, ComeWithAFatalFailureThatItsCallerStillGets) {
  const Ref<Mortal> strict = mortal(Mortal::Trait::kStrict);
  Question<std::string> end = world().begin(reaper_.wait(strict));
  world().run_for(100ms);
  EXPECT_THAT(world().ask(strict.grim()), FailsWith(absl::StatusCode::kAborted))
      << "this one is forwarded and no more";
  EXPECT_THAT(world().ask(strict.greet()), Gives("here"));
  EXPECT_THAT(world().ask(strict.fails("a torn page")),
              FailsWith(absl::StatusCode::kDataLoss, "a torn page"));
  world().settle();
  EXPECT_THAT(end.answer(), Gives("Mortal@n1 DATA_LOSS: a torn page"));
  EXPECT_THAT(log_.lines(), ElementsAre("failed in fails: a torn page", "destroyed"));
}

TEST_P(Exits, ComeWithAFatalExceptionOrOneWayFailure) {
  for (const bool one_way : {false, true}) {
    const Ref<Mortal> strict = mortal(Mortal::Trait::kStrict);
    Question<std::string> end = world().begin(reaper_.wait(strict));
    world().run_for(100ms);
    world().act([&] {
      if (one_way) {
        strict.fails_one_way("silently");
      } else {
        strict.throws().tell();
      }
    });
    world().settle();
    EXPECT_THAT(end.answer(), Gives(HasSubstr(one_way ? "DATA_LOSS: silently" : "a bug")));
  }
  EXPECT_EQ(world().failures(), 2u) << "counted in any case";
}

TEST_P(Exits, DoNotComeWithFailuresThatAreNotFatal) {
  const Ref<Mortal> mortal = this->mortal();
  Question<std::string> slow = world().begin(mortal.hold(500ms));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(world().ask(mortal.throws()), FailsWith(absl::StatusCode::kUnknown));
    EXPECT_THAT(world().ask(mortal.fails("x")), FailsWith(absl::StatusCode::kDataLoss));
    EXPECT_THAT(world().ask(mortal.greet()), Gives("here")) << "the turn has been given up";
  }
  EXPECT_THAT(slow.answer(), Gives("held"));
}

}  // namespace troupe::conformance
