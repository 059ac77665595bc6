// Tracing on and off while a run goes on.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/simulator.h"
#include "trace/recorder.h"
#include "trace/switch.h"

namespace troupe::trace {
using testing::ElementsAre;
using testing::IsEmpty;

ACTOR_METHODS(Bell, ring)

class Bell : public Actor<Bell> {
 public:
  Async ring() { return {}; }
};

ACTOR_METHODS(Gong, ring)

class Gong : public Actor<Gong> {
 public:
  Async ring() { return {}; }
};

class SwitchTest : public testing::Test {
 protected:
  SwitchTest() { simulator_.observe_with(&tracing_); }
  ~SwitchTest() override { simulator_.observe_with(nullptr); }

  // Rings them all, and gives who was seen.
  std::vector<std::string> ring() {
    const std::size_t before = recorder_.trace().events.size();
    simulator_.act([&] {
      one_.ring();
      other_.ring();
      gong_.ring();
    });
    simulator_.run_until_quiet();
    std::vector<std::string> seen;
    for (std::size_t i = before; i < recorder_.trace().events.size(); ++i) {
      const Event& event = recorder_.trace().events[i];
      if (event.kind == Kind::kReceive) seen.push_back(event.actor);
    }
    return seen;
  }

  sim::Simulator simulator_;
  HostId here_ = simulator_.add_host();
  HostId there_ = simulator_.add_host();
  Ref<Bell> one_ = simulator_.spawn<Bell>(here_);
  Ref<Bell> other_ = simulator_.spawn<Bell>(there_);
  Ref<Gong> gong_ = simulator_.spawn<Gong>(there_);
  Recorder recorder_{simulator_};
  Switch tracing_{recorder_, simulator_};
};

TEST_F(SwitchTest, ShowsNothingAtFirst) {
  EXPECT_THAT(ring(), IsEmpty());
  EXPECT_THAT(recorder_.trace().events, IsEmpty());
}

TEST_F(SwitchTest, ShowsEverythingWhileItIsOn) {
  tracing_.everything(true);
  EXPECT_THAT(ring(), ElementsAre("Bell@n0", "Bell@n1", "Gong@n1"));
  tracing_.everything(false);
  EXPECT_THAT(ring(), IsEmpty());
}

TEST_F(SwitchTest, ShowsOneActorThatExistsAlready) {
  tracing_.actor(id_of(other_), true);
  EXPECT_THAT(ring(), ElementsAre("Bell@n1"));
  tracing_.actor(id_of(other_), false);
  EXPECT_THAT(ring(), IsEmpty());
}

TEST_F(SwitchTest, ShowsAClass) {
  tracing_.of_class("Bell", true);
  EXPECT_THAT(ring(), ElementsAre("Bell@n0", "Bell@n1"));
}

TEST_F(SwitchTest, ShowsAHost) {
  tracing_.host(there_, true);
  EXPECT_THAT(ring(), ElementsAre("Bell@n1", "Gong@n1"));
}

TEST_F(SwitchTest, LetsTheMoreParticularWordDecide) {
  tracing_.everything(true);
  tracing_.host(there_, false);
  tracing_.of_class("Gong", true);
  tracing_.actor(id_of(one_), false);
  EXPECT_THAT(ring(), ElementsAre("Bell@n0", "Bell@n1", "Gong@n1"))
      << "the other end of all these messages, outside, is traced";
  tracing_.everything(false);
  EXPECT_THAT(ring(), ElementsAre("Gong@n1"));
}

TEST_F(SwitchTest, DoesNotChangeTheRun) {
  ring();
  const std::uint64_t hash = simulator_.event_hash();
  sim::Simulator other;
  const HostId here = other.add_host();
  const HostId there = other.add_host();
  const Ref<Bell> a = other.spawn<Bell>(here);
  const Ref<Bell> b = other.spawn<Bell>(there);
  const Ref<Gong> c = other.spawn<Gong>(there);
  other.act([&] {
    a.ring();
    b.ring();
    c.ring();
  });
  other.run_until_quiet();
  EXPECT_EQ(other.event_hash(), hash);
}

}  // namespace troupe::trace
