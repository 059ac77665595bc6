// Stopping all actors: in the reverse order of their starts, in bounded time.
#include <string>
#include <vector>

#include "actor/host.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

ACTOR_METHODS(Lamp, shine, glow)

class Lamp : public Actor<Lamp> {
 public:
  Lamp(Log* log, std::string name, int children = 0)
      : log_(log), name_(std::move(name)), children_(children) {}

  // Keeps the turn for so long.
  Sync<> shine(Duration time) { co_await sleep(time); }
  Sync<bool> glow() { return true; }

 protected:
  void on_stop() override {
    log_->add("stop " + name_);
    if (children_ > 0) spawn<Lamp>(log_, name_ + "'", children_ - 1);
  }

 private:
  Log* log_;
  std::string name_;
  int children_;
};

class Shutdown : public ConformanceTest {
 protected:
  Ref<Lamp> lamp(std::string name, int children = 0) {
    return world().spawn<Lamp>(host_, &log_, name, children);
  }

  Log log_;
  HostId host_ = world().add_host();
};
ON_EVERY_RUNTIME(Shutdown);

TEST_P(Shutdown, StopsInTheReverseOrderOfTheStarts) {
  for (const char* name : {"a", "b", "c", "d"}) lamp(name);
  EXPECT_THAT(world().system().shutdown(5s), IsEmpty());
  EXPECT_THAT(log_.lines(), ElementsAre("stop d", "stop c", "stop b", "stop a"));
  EXPECT_THAT(world().ask(host_of(host_).actors("")), Gives(IsEmpty()));
}

TEST_P(Shutdown, KillsWhatDoesNotEndInTimeAndNamesIt) {
  const Ref<Lamp> first = lamp("a");
  const Ref<Lamp> stuck = lamp("b");
  lamp("c");
  Question<void> question = world().begin(stuck.shine(1h).within(kNoTimeout));
  world().run_for(1s);
  const Time before = world().now();
  EXPECT_THAT(world().system().shutdown(5s), ElementsAre(StartsWith("Lamp")));
  EXPECT_EQ(world().now() - before, 5s);
  EXPECT_THAT(log_.lines(), ElementsAre("stop c", "stop a")) << "it did not keep the others";
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_THAT(world().ask(first.glow()), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(Shutdown, WaitsForWhatIsBeingDone) {
  lamp("a");
  const Ref<Lamp> busy = lamp("b");
  Question<void> question = world().begin(busy.shine(2s).within(kNoTimeout));
  world().run_for(1ms);
  EXPECT_THAT(world().system().shutdown(10s), IsEmpty());
  EXPECT_THAT(question.answer(), Succeeds());
  EXPECT_THAT(log_.lines(), ElementsAre("stop b", "stop a"));
}

TEST_P(Shutdown, StopsWhatIsSpawnedMeanwhileButNotForEver) {
  lamp("a", 2);
  EXPECT_THAT(world().system().shutdown(5s), IsEmpty());
  EXPECT_THAT(log_.lines(), ElementsAre("stop a", "stop a'", "stop a''"));
  lamp("hydra", 1'000'000);
  EXPECT_THAT(world().system().shutdown(5s), testing::SizeIs(1));
  EXPECT_THAT(world().ask(host_of(host_).actors("")), Gives(IsEmpty()));
}

TEST_P(Shutdown, OfOneHostLeavesTheOthers) {
  const HostId other = world().add_host();
  const Ref<Lamp> left = world().spawn<Lamp>(other, &log_, "left");
  lamp("a");
  EXPECT_THAT(world().ask(host_of(host_).stop_all(5s)), Gives(IsEmpty()));
  EXPECT_THAT(log_.lines(), ElementsAre("stop a"));
  EXPECT_THAT(world().ask(left.glow()), Gives(true));
  world().crash(host_);
  EXPECT_THAT(world().system().shutdown(5s), IsEmpty());
  EXPECT_THAT(log_.lines(), ElementsAre("stop a", "stop left"));
}

TEST_P(Shutdown, CanBeDoneTwiceAndTheSystemUsedAfterIt) {
  lamp("a");
  EXPECT_THAT(world().system().shutdown(5s), IsEmpty());
  EXPECT_THAT(world().system().shutdown(5s), IsEmpty());
  EXPECT_THAT(world().ask(lamp("b").glow()), Gives(true));
}

}  // namespace troupe::conformance
