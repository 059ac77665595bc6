// An actor's life: spawn, on_start, stop, on_stop, and what its old refs reach.
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Citizen, greet, wait, spawn_child, stop_child, end_myself, told, make_friends)

class Citizen : public Actor<Citizen> {
 public:
  Citizen(Log* log, std::string name, Duration start = 0ms)
      : log_(log), name_(std::move(name)), start_(start) {}
  ~Citizen() override { log_->add(name_ + " is destroyed"); }

  Sync<std::string> greet() { return "I am " + name_; }
  Sync<> wait(Duration span) {
    const Witness witness(*log_, name_ + " waiting");
    co_await sleep(span);
  }
  Sync<Ref<Citizen>> spawn_child(std::string name, Duration start) {
    child_ = spawn<Citizen>(log_, name, start);
    log_->add(name_ + " has spawned");
    return child_;
  }
  // Messages before and after the stop.
  Sync<> stop_child() {
    child_.told("before");
    stop(child_);
    child_.told("after");
    stop(child_);
    return {};
  }
  Sync<std::string> end_myself() {
    stop();
    stop(self());
    return "gone";
  }
  Async told(std::string what) {
    log_->add(name_ + " is told " + what);
    return {};
  }
  Async make_friends(Ref<Citizen> heir) {
    heir_ = heir;
    return {};
  }

 private:
  Async on_start() override {
    if (start_ == 0ms) {
      log_->add(name_ + " starts");
      co_return;
    }
    co_await sleep(start_);
    log_->add(name_ + " has started");
    if (start_ == 13ms) co_await fail(absl::InternalError("unlucky"));
  }
  void on_stop() override {
    log_->add(name_ + " stops");
    if (heir_) heir_.told("the end of " + name_);
    if (name_ == "thrower") throw std::runtime_error("not like this");
  }
  void on_failure(std::string_view method, const absl::Status& status) override {
    log_->add(name_ + " failed in " + std::string(method) + ": " + std::string(status.message()));
  }

  Log* log_;
  std::string name_;
  Duration start_;
  Ref<Citizen> child_;
  Ref<Citizen> heir_;
};

class Life : public ConformanceTest {
 protected:
  ~Life() override { end_world(); }  // before the Log that its actors write to
  Log log_;
  HostId host_ = world().add_host();
  Ref<Citizen> ann_ = world().spawn<Citizen>(host_, &log_, "Ann");

  // Ends the actor, after what it has to do.
  void stop(Ref<Citizen> actor) { EXPECT_THAT(world().ask(actor.end_myself()), Gives("gone")); }
};
ON_EVERY_RUNTIME(Life);

TEST_P(Life, OfASpawnedActorBeginsAfterTheMethodThatSpawnedIt) {
  EXPECT_TRUE(world().ask(ann_.spawn_child("Bob", 0ms)).ok());
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("Ann starts", "Ann has spawned", "Bob starts"));
}

TEST_P(Life, OnTheSameHostAsItsParent) {
  const Ref<Citizen> bob = *world().ask(ann_.spawn_child("Bob", 0ms));
  EXPECT_EQ(id_of(bob).host, host_);
  EXPECT_THAT(world().ask(bob.greet()), Gives("I am Bob"));
}

TEST_P(Life, BeginsWithOnStartBeforeTheFirstMessage) {
  EXPECT_THAT(world().ask(ann_.greet()), Gives("I am Ann"));
  EXPECT_THAT(log_.lines(), ElementsAre("Ann starts"));
}

TEST_P(Life, BeginsWithOnStartBeforeTheFirstMessageAlsoWhereOnStartWaits) {
  const Ref<Citizen> slow = world().spawn<Citizen>(host_, &log_, "slow", 500ms);
  world().act([&] { slow.told("something"); });
  const Time before = world().now();
  EXPECT_THAT(world().ask(slow.greet()), Gives("I am slow"));
  EXPECT_EQ(world().now() - before, 500ms);
  EXPECT_THAT(log_.lines(),
              ElementsAre("Ann starts", "slow has started", "slow is told something"));
}

TEST_P(Life, EndsWhereOnStartFails) {
  const Ref<Citizen> unlucky = world().spawn<Citizen>(host_, &log_, "unlucky", 13ms);
  EXPECT_THAT(world().ask(unlucky.greet()),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("has ended: INTERNAL: unlucky")));
  EXPECT_THAT(world().ask(unlucky.greet()), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_EQ(log_.count("unlucky failed in on_start: unlucky"), 1u);
  EXPECT_EQ(log_.count("unlucky stops"), 0u) << "on_failure() runs instead";
  EXPECT_EQ(log_.count("unlucky is destroyed"), 1u);
  EXPECT_EQ(world().failures(), 1u);
}

TEST_P(Life, EndsAfterTheMessagesThatCameBeforeTheStop) {
  EXPECT_TRUE(world().ask(ann_.spawn_child("Bob", 0ms)).ok());
  EXPECT_THAT(world().ask(ann_.stop_child()), Succeeds());
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("Ann starts", "Ann has spawned", "Bob starts",
                                        "Bob is told before", "Bob stops", "Bob is destroyed"));
  EXPECT_EQ(world().drops(DropReason::kNoActor), 1u) << "what came after the stop";
}

TEST_P(Life, EndsWithAnAnswerToTheCallThatEndedIt) {
  stop(ann_);
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("Ann starts", "Ann stops", "Ann is destroyed"));
}

TEST_P(Life, AfterItsEndCallsGetNotFoundAtOnce) {
  stop(ann_);
  const Time before = world().now();
  EXPECT_THAT(world().ask(ann_.greet()),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("Citizen.greet")));
  EXPECT_EQ(world().now(), before);
}

TEST_P(Life, EndsAfterTheMethodThatKeepsTheTurn) {
  Question<void> wait = world().begin(ann_.wait(1s));
  Question<std::string> end = world().begin(ann_.end_myself());
  Question<std::string> greet = world().begin(ann_.greet());
  world().settle();
  EXPECT_THAT(wait.answer(), Succeeds());
  EXPECT_THAT(end.answer(), Gives("gone"));
  EXPECT_THAT(greet.answer(), Gives("I am Ann")) << "it came before the stop";
  EXPECT_THAT(log_.lines(), ElementsAre("Ann starts", "begin Ann waiting", "end Ann waiting",
                                        "Ann stops", "Ann is destroyed"));
}

TEST_P(Life, EndsWithOnStopWhichCanStillTellOthers) {
  const Ref<Citizen> bob = world().spawn<Citizen>(world().add_host(), &log_, "Bob");
  world().act([&] { ann_.make_friends(bob); });
  stop(ann_);
  world().settle();
  EXPECT_EQ(log_.count("Bob is told the end of Ann"), 1u);
}

TEST_P(Life, EndsAlsoWhereOnStopThrows) {
  const Ref<Citizen> thrower = world().spawn<Citizen>(host_, &log_, "thrower");
  stop(thrower);
  world().settle();
  EXPECT_EQ(log_.count("thrower is destroyed"), 1u);
  EXPECT_EQ(world().failures(), 1u);
}

TEST_P(Life, OfAnotherActorInTheSamePlaceIsNotReachedByOldRefs) {
  stop(ann_);
  world().settle();
  const Ref<Citizen> next = world().spawn<Citizen>(host_, &log_, "next");
  EXPECT_NE(ann_, next);
  EXPECT_THAT(world().ask(next.greet()), Gives("I am next"));
  EXPECT_THAT(world().ask(ann_.greet()), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(Life, OfOneThatIsStoppedTwiceEndsOnce) {
  EXPECT_TRUE(world().ask(ann_.spawn_child("Bob", 0ms)).ok());
  EXPECT_THAT(world().ask(ann_.stop_child()), Succeeds());
  EXPECT_THAT(world().ask(ann_.stop_child()), Succeeds()) << "it is gone already";
  world().settle();
  EXPECT_EQ(log_.count("Bob stops"), 1u);
}

// --- What waits when its actor ends --------------------------------------------------------------

ACTOR_METHODS(Waiter, wait, end)

class Waiter : public Actor<Waiter> {
 public:
  explicit Waiter(Log* log, Ref<Citizen> heir = {}) : log_(log), heir_(heir) {}
  Parallel<Sync<>> wait(std::string name) {
    const Witness outer(*log_, name);
    const Farewell farewell{heir_, name};
    co_await inner(name);
  }
  Async end() {
    stop();
    return {};
  }

 private:
  struct Farewell {  // tells somebody when it is destroyed
    Ref<Citizen> heir;
    std::string name;
    ~Farewell() {
      if (heir) heir.told(name);
    }
  };
  Sync<> inner(std::string name) {
    const Witness inner(*log_, name + "'s inner");
    co_await sleep(1h);
  }
  Log* log_;
  Ref<Citizen> heir_;
};

TEST_P(Life, EndsWithTheLocalsOfItsWaitingMethodsWhoseCallersLearnIt) {
  const Ref<Waiter> waiter = world().spawn<Waiter>(host_, &log_);
  Question<void> question = world().begin(waiter.wait("x").within(kNoTimeout));
  world().run_for(1s);
  world().act([&] { waiter.end(); });
  world().run_for(1s);
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kNotFound, HasSubstr("has stopped")));
  EXPECT_THAT(log_.lines(),
              ElementsAre("Ann starts", "begin x", "begin x's inner", "end x's inner", "end x"));
}

TEST_P(Life, EndsWithLocalsThatMaySendMessages) {
  const Ref<Waiter> waiter = world().spawn<Waiter>(host_, &log_, ann_);
  Question<void> question = world().begin(waiter.wait("x").within(kNoTimeout));
  world().run_for(1s);
  world().act([&] { waiter.end(); });
  world().run_for(1s);
  EXPECT_EQ(log_.count("Ann is told x"), 1u);
}

TEST_P(Life, EndsInACrashWithLocalsWhoseMessagesNobodyHears) {
  const HostId there = world().add_host();
  const Ref<Waiter> waiter = world().spawn<Waiter>(there, &log_, ann_);
  Question<void> question = world().begin(waiter.wait("x").within(kNoTimeout));
  world().run_for(1s);
  world().crash(there);
  world().settle();
  EXPECT_EQ(log_.count("end x"), 1u);
  EXPECT_EQ(log_.count("Ann is told x"), 0u);
}

TEST_P(Life, OfTheWholeWorldEndsWithoutAWord) {
  const Ref<Waiter> waiter = world().spawn<Waiter>(host_, &log_, ann_);
  world().act([&] { waiter.wait("x").tell(); });
  world().run_for(1s);
  end_world();
  EXPECT_EQ(log_.count("end x"), 1u);
  EXPECT_EQ(log_.count("Ann is told x"), 0u);
  EXPECT_EQ(log_.count("Ann is destroyed"), 1u);
}

}  // namespace troupe::conformance
