// The failure detector: says who is down, once, and nobody else.
#include <string>
#include <vector>

#include "actor/detector.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ACTOR_METHODS(Member, stick, leave, here)

class Member : public Actor<Member> {
 public:
  Sync<> stick(Duration span) { co_await sleep(span); }
  Async leave() {
    stop();
    return {};
  }
  Sync<bool> here() { return true; }
};

ACTOR_METHODS(Watcher, detector, changed)

class Watcher : public Actor<Watcher> {
 public:
  Watcher(Log* log, FailureDetectorOptions options, std::vector<Ref<Member>> members)
      : log_(log), options_(options), members_(std::move(members)) {}

  Sync<Ref<FailureDetector>> detector() { return detector_; }
  Async changed(ActorId actor, bool up) {
    std::string who = "a stranger";
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (id_of(members_[i]) == actor) who = std::to_string(i);
    }
    log_->add(who + (up ? " up" : " down"));
    return {};
  }

 private:
  Async on_start() override {
    detector_ =
        spawn<FailureDetector>(options_, [me = self()](const FailureDetector::Change& change) {
          me.changed(change.actor, change.up);
        });
    for (const Ref<Member>& member : members_) detector_.add(id_of(member));
    return {};
  }

  Log* log_;
  FailureDetectorOptions options_;
  std::vector<Ref<Member>> members_;
  Ref<FailureDetector> detector_;
};

class Detector : public ConformanceTest {
 protected:
  ~Detector() override { end_world(); }

  // Members on hosts of their own, and a detector that watches them.
  void begin(int count, FailureDetectorOptions options, double loss = 0, std::uint64_t seed = 1) {
    make_world({.seed = seed, .loss = loss});
    const HostId here = world().add_host();
    members_.clear();
    for (int i = 0; i < count; ++i) members_.push_back(world().spawn<Member>(world().add_host()));
    watcher_ = world().spawn<Watcher>(here, &log_, options, members_);
    detector_ = *world().ask(watcher_.detector());
  }
  HostId host_of(int member) { return id_of(members_[static_cast<std::size_t>(member)]).host; }

  Log log_;
  std::vector<Ref<Member>> members_;
  Ref<Watcher> watcher_;
  Ref<FailureDetector> detector_;
};
ON_EVERY_RUNTIME(Detector);

TEST_P(Detector, IsSilentWhileAllAnswer) {
  begin(5, {});
  world().run_for(10min);
  EXPECT_THAT(log_.lines(), IsEmpty());
  EXPECT_THAT(world().ask(detector_.suspects()), Gives(std::vector<ActorId>{}));
}

TEST_P(Detector, ReportsExactlyTheOneThatEndedAndOnce) {
  begin(5, {});
  world().run_for(10s);
  world().act([&] { members_[3].leave(); });
  world().run_for(10min);
  EXPECT_THAT(log_.lines(), ElementsAre("3 down"));
  EXPECT_THAT(world().ask(detector_.suspects()), Gives(std::vector{id_of(members_[3])}));
}

TEST_P(Detector, ReportsACrashedHostWithinItsPatience) {
  begin(3, {.period = 1s, .timeout = 500ms, .retries = 2});
  world().run_for(10s);
  world().crash(host_of(1));
  world().run_for(1900ms);
  EXPECT_THAT(log_.lines(), IsEmpty()) << "two misses are forgiven";
  world().run_for(1200ms);
  EXPECT_THAT(log_.lines(), ElementsAre("1 down"));
  world().run_for(10min);
  EXPECT_THAT(log_.lines(), ElementsAre("1 down"));
}

TEST_P(Detector, LearnsThatTheActorIsGoneFromAHostThatIsBack) {
  begin(2, {});
  world().run_for(3s);
  world().crash(host_of(0));
  world().restore(host_of(0));
  world().run_for(10min);
  EXPECT_THAT(log_.lines(), ElementsAre("0 down")) << "the incarnation does not come back";
}

TEST_P(Detector, ReportsOneThatAnswersAgainAsUp) {
  begin(3, {.period = 1s, .timeout = 500ms, .retries = 1});
  world().run_for(3s);
  Question<void> stuck = world().begin(members_[2].stick(10s).within(1h));
  world().run_for(9s);
  EXPECT_THAT(log_.lines(), ElementsAre("2 down"))
      << "it is stuck, which nobody can tell from dead";
  world().run_for(10min);
  EXPECT_THAT(log_.lines(), ElementsAre("2 down", "2 up"));
  EXPECT_THAT(world().ask(detector_.suspects()), Gives(std::vector<ActorId>{}));
}

TEST_P(Detector, DoesNotMindASlowOneWithinItsPatience) {
  begin(3, {.period = 1s, .timeout = 500ms, .retries = 5});
  Question<void> stuck = world().begin(members_[2].stick(4s).within(1h));
  world().run_for(1min);
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_P(Detector, FindsTheDeadOneThroughALossyNetwork) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    Log& log = log_;
    const std::size_t before = log.lines().size();
    begin(8, {.period = 1s, .timeout = 500ms, .retries = 12}, 0.1, seed);
    world().run_for(1min);
    EXPECT_EQ(log.lines().size(), before);
    world().crash(host_of(4));
    world().run_for(5min);
    EXPECT_EQ(log.lines().size(), before + 1);
    EXPECT_EQ(log.lines().back(), "4 down");
  }
}

TEST_P(Detector, ForgetsWhoIsRemoved) {
  begin(3, {});
  world().run_for(3s);
  world().act([&] { detector_.remove(id_of(members_[0])); });
  EXPECT_EQ(world().ask(detector_.members())->size(), 2u);
  world().crash(host_of(0));
  world().crash(host_of(1));
  world().run_for(1min);
  EXPECT_THAT(log_.lines(), ElementsAre("1 down"));
}

TEST_P(Detector, ReportsOneThatWasDeadWhenItWasAdded) {
  begin(1, {});
  world().run_for(3s);
  world().act([&] {
    detector_.add(ActorId{host_of(0), 99, 1});
    detector_.add(id_of(members_[0]));
  });
  world().run_for(1min);
  EXPECT_THAT(log_.lines(), ElementsAre("a stranger down"));
  EXPECT_EQ(world().ask(detector_.members())->size(), 2u) << "each is in it once";
}

}  // namespace troupe::conformance
