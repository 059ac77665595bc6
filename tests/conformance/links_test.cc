// Links: actors that share a fate.
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

ACTOR_METHODS(Twin, join_fate, part, trap, end, slay, hold, nap, child, here)

class Twin : public Actor<Twin> {
 public:
  enum class Trait : std::uint8_t { kNone, kUnborn, kStillborn };
  Twin(Log* log, std::string name, Trait trait = Trait::kNone)
      : log_(log), name_(std::move(name)), trait_(trait) {
    if (trait == Trait::kUnborn) throw std::invalid_argument("no such twin");
  }
  ~Twin() override { log_->add(name_ + " gone"); }

  Sync<> join_fate(Ref<Twin> peer) {
    link(peer);
    return {};
  }
  Sync<> part(Ref<Twin> peer) {
    unlink(peer);
    return {};
  }
  Sync<> trap(bool traps) {
    trap_exits(traps);
    return {};
  }
  Async end(int code) { co_await exit(absl::Status(static_cast<absl::StatusCode>(code), "ends")); }
  Async slay(Ref<Twin> peer) {
    kill(peer);
    return {};
  }
  Sync<> hold(Duration span) { co_await sleep(span); }
  Parallel<Sync<>> nap(Duration span) { co_await sleep(span); }
  Sync<Ref<Twin>> child(std::string name, Trait trait) {
    return spawn_link<Twin>(log_, name, trait);
  }
  Sync<bool> here() { return true; }

 private:
  Async on_start() override {
    if (trait_ == Trait::kStillborn) return absl::InternalError("stillborn");
    return {};
  }
  void on_failure(std::string_view method, const absl::Status& status) override {
    log_->add(name_ + " failed in " + std::string(method) + ": " + to_string(status));
  }
  void on_stop() override { log_->add(name_ + " stops"); }
  Async on_exit(Exit exit) override {
    log_->add(name_ + " sees " + to_string(exit.why));
    return {};
  }
  Log* log_;
  std::string name_;
  Trait trait_;
};

constexpr int kInternal = static_cast<int>(absl::StatusCode::kInternal);

class Links : public ConformanceTest {
 protected:
  ~Links() override { end_world(); }
  Log log_;
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Twin> ann_ = world().spawn<Twin>(here_, &log_, "ann");
  Ref<Twin> bob_ = world().spawn<Twin>(there_, &log_, "bob");

  void link(Ref<Twin> a, Ref<Twin> b) {
    EXPECT_THAT(world().ask(a.join_fate(b)), Succeeds());
    world().run_for(100ms);
  }
  void end(Ref<Twin> twin, int code) {
    world().act([&] { twin.end(code); });
    world().run_for(1s);
  }
  bool lives(Ref<Twin> twin) { return world().ask(twin.here()).ok(); }
};
ON_EVERY_RUNTIME(Links);

TEST_P(Links, EndThePeerWithTheCauseOfAnAbnormalEnd) {
  link(ann_, bob_);
  end(bob_, kInternal);
  EXPECT_THAT(log_.lines(),
              ElementsAre("bob failed in exit: INTERNAL: ends", "bob gone",
                          "ann failed in link: INTERNAL: Twin@n1 ended: ends", "ann gone"));
}

TEST_P(Links, WorkBothWays) {
  link(ann_, bob_);
  end(ann_, kInternal);
  EXPECT_FALSE(lives(bob_));
  EXPECT_EQ(log_.count("bob failed in link: INTERNAL: Twin@n0 ended: ends"), 1u);
}

TEST_P(Links, LetANormalEndPass) {
  link(ann_, bob_);
  end(bob_, 0);
  EXPECT_TRUE(lives(ann_));
  EXPECT_THAT(log_.lines(), ElementsAre("bob stops", "bob gone"));
}

TEST_P(Links, TellWhoeverTrapsExits) {
  EXPECT_THAT(world().ask(ann_.trap(true)), Succeeds());
  const Ref<Twin> cid = world().spawn<Twin>(there_, &log_, "cid");
  link(ann_, bob_);
  link(ann_, cid);
  end(bob_, kInternal);
  end(cid, 0);
  EXPECT_TRUE(lives(ann_));
  EXPECT_EQ(log_.count("ann sees INTERNAL: ends"), 1u);
  EXPECT_EQ(log_.count("ann sees OK"), 1u);
}

TEST_P(Links, EndAgainOnceExitsAreNoLongerTrapped) {
  EXPECT_THAT(world().ask(ann_.trap(true)), Succeeds());
  EXPECT_THAT(world().ask(ann_.trap(false)), Succeeds());
  link(ann_, bob_);
  end(bob_, kInternal);
  EXPECT_FALSE(lives(ann_));
}

TEST_P(Links, CarryTheCauseThroughAChain) {
  const Ref<Twin> cid = world().spawn<Twin>(here_, &log_, "cid");
  link(ann_, bob_);
  link(bob_, cid);
  const std::string ann = world().name_of(id_of(ann_));
  end(ann_, kInternal);
  EXPECT_FALSE(lives(bob_));
  EXPECT_FALSE(lives(cid));
  EXPECT_EQ(log_.count("cid failed in link: INTERNAL: Twin@n1 ended: " + ann + " ended: ends"), 1u);
}

TEST_P(Links, ToTheDeadEndTheLinker) {
  end(bob_, 0);
  link(ann_, bob_);
  EXPECT_FALSE(lives(ann_));
  EXPECT_THAT(log_.lines(), testing::Contains(HasSubstr("ann failed in link: NOT_FOUND")));
}

TEST_P(Links, SeeACrashedHostFromBothSides) {
  link(ann_, bob_);
  world().crash(there_);
  world().run_for(1s);
  EXPECT_FALSE(lives(ann_));
  EXPECT_THAT(log_.lines(), testing::Contains(HasSubstr("ann failed in link: UNAVAILABLE")));
  const Ref<Twin> cid = world().spawn<Twin>(here_, &log_, "cid");
  world().restore(there_);
  const Ref<Twin> dan = world().spawn<Twin>(there_, &log_, "dan");
  link(dan, cid);
  world().crash(there_);
  world().run_for(1s);
  EXPECT_FALSE(lives(cid)) << "it had not asked for the link, but shares it";
}

TEST_P(Links, AreUntiedByEitherSide) {
  link(ann_, bob_);
  EXPECT_THAT(world().ask(ann_.part(bob_)), Succeeds());
  world().run_for(100ms);
  end(ann_, kInternal);
  EXPECT_TRUE(lives(bob_));

  const Ref<Twin> cid = world().spawn<Twin>(here_, &log_, "cid");
  link(bob_, cid);
  EXPECT_THAT(world().ask(cid.part(bob_)), Succeeds()) << "bob has tied it";
  world().run_for(100ms);
  end(bob_, kInternal);
  EXPECT_TRUE(lives(cid));
}

TEST_P(Links, CanBeTiedAgain) {
  link(ann_, bob_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(world().ask(ann_.part(bob_)), Succeeds());
    EXPECT_THAT(world().ask(ann_.join_fate(bob_)), Succeeds());
  }
  world().run_for(100ms);
  end(ann_, kInternal);
  EXPECT_FALSE(lives(bob_));
}

TEST_P(Links, ThatBothTieAtOnceAreOne) {
  Question<void> one = world().begin(ann_.join_fate(bob_));
  Question<void> other = world().begin(bob_.join_fate(ann_));
  world().run_for(100ms);
  EXPECT_THAT(world().ask(bob_.part(ann_)), Succeeds());
  world().run_for(100ms);
  end(ann_, kInternal);
  EXPECT_TRUE(lives(bob_));
}

TEST_P(Links, ToOneselfAreNothing) {
  link(ann_, ann_);
  EXPECT_TRUE(lives(ann_));
  end(ann_, kInternal);
  EXPECT_EQ(log_.count("ann gone"), 1u);
}

TEST_P(Links, ThatAreNotTiedYetBothWaysStillTellTheEnd) {
  // Bob hears of the link 10ms from now; until then Ann has ended.
  EXPECT_THAT(world().ask(bob_.trap(true)), Succeeds());
  EXPECT_THAT(world().ask(ann_.join_fate(bob_)), Succeeds());
  end(ann_, kInternal);
  EXPECT_EQ(log_.count("bob sees INTERNAL: ends"), 1u);
  const Ref<Twin> cid = world().spawn<Twin>(here_, &log_, "cid");
  EXPECT_THAT(world().ask(cid.join_fate(bob_)), Succeeds());
  end(cid, 0);
  EXPECT_EQ(log_.count("bob sees OK"), 1u);
  EXPECT_TRUE(lives(bob_));
}

TEST_P(Links, EndAnActorThatKeepsItsTurnAtOnce) {
  link(ann_, bob_);
  Question<void> held = world().begin(ann_.hold(1h).within(2h));
  Question<bool> queued = world().begin(ann_.here().within(2h));
  world().run_for(100ms);
  end(bob_, kInternal);
  EXPECT_THAT(held.answer(), FailsWith(absl::StatusCode::kNotFound,
                                       AllOf(HasSubstr("has ended"), HasSubstr("ends"))));
  EXPECT_THAT(queued.answer(), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_EQ(log_.count("ann gone"), 1u);
}

TEST_P(Links, DoNotDisturbOneWhoTrapsExitsAndKeepsItsTurn) {
  link(ann_, bob_);
  EXPECT_THAT(world().ask(ann_.trap(true)), Succeeds());
  Question<void> held = world().begin(ann_.hold(10s).within(20s));
  world().run_for(100ms);
  end(bob_, kInternal);
  EXPECT_THAT(log_.lines(), testing::Not(testing::Contains(HasSubstr("ann"))));
  world().run_for(10s);
  EXPECT_THAT(held.answer(), Succeeds());
  EXPECT_EQ(log_.count("ann sees INTERNAL: ends"), 1u);
}

TEST_P(Links, SeeAKillAsAbnormal) {
  link(ann_, bob_);
  const Ref<Twin> cid = world().spawn<Twin>(there_, &log_, "cid");
  world().act([&] { cid.slay(bob_); });
  world().run_for(1s);
  EXPECT_FALSE(lives(ann_));
  EXPECT_THAT(log_.lines(), testing::Contains(AllOf(HasSubstr("ann failed in link: ABORTED"),
                                                    HasSubstr("killed by Twin"))));
}

TEST_P(Links, OfASpawnTieAChildFromItsFirstMoment) {
  EXPECT_THAT(world().ask(ann_.trap(true)), Succeeds());
  EXPECT_THAT(world().ask(ann_.child("still", Twin::Trait::kStillborn)), Succeeds());
  world().run_for(100ms);
  EXPECT_EQ(log_.count("ann sees INTERNAL: stillborn"), 1u);
  EXPECT_THAT(world().ask(ann_.child("unborn", Twin::Trait::kUnborn)), Gives(Ref<Twin>()));
  EXPECT_THAT(world().ask(ann_.child("unborn", Twin::Trait::kUnborn)), Gives(Ref<Twin>()));
  world().run_for(100ms);
  EXPECT_THAT(
      log_.lines(),
      testing::Contains(AllOf(HasSubstr("ann sees UNKNOWN"), HasSubstr("no such twin"))).Times(2));
}

TEST_P(Links, OfASpawnEndBothParentAndChild) {
  const Ref<Twin> child = *world().ask(ann_.child("child", Twin::Trait::kNone));
  end(ann_, kInternal);
  EXPECT_FALSE(lives(child));
  EXPECT_EQ(log_.count("child gone"), 1u);
  const Ref<Twin> grandchild = *world().ask(bob_.child("grandchild", Twin::Trait::kNone));
  end(grandchild, kInternal);
  EXPECT_FALSE(lives(bob_));
  const Ref<Twin> cid = world().spawn<Twin>(here_, &log_, "cid");
  EXPECT_THAT(world().ask(cid.child("still", Twin::Trait::kStillborn)), Succeeds());
  world().run_for(100ms);
  EXPECT_FALSE(lives(cid));
}

TEST_P(Links, LeaveNothingBehind) {
  link(ann_, bob_);
  EXPECT_THAT(world().ask(bob_.part(ann_)), Succeeds());
  link(ann_, bob_);
  end(ann_, 0);
  end(bob_, 0);
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u);
  EXPECT_EQ(world().drops(DropReason::kNoActor), 0u);
  EXPECT_EQ(world().failures(), 0u);
}

// --- Random programs -----------------------------------------------------------------------------

// Links at random, unlinks some, ends some; then those who live are exactly those whom no cause
// has reached. What is expected comes from a set of edges.
TEST_P(Links, OfRandomGraphsEndExactlyWhomTheCauseReaches) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(seed);
    TestWorld& world = make_world({.seed = seed, .loss = 0});
    Random random = Random::stream(seed, "links");
    constexpr std::uint64_t kTwins = 24;
    std::vector<HostId> hosts;
    for (int i = 0; i < 4; ++i) hosts.push_back(world.add_host());
    std::vector<Ref<Twin>> twins;
    std::vector<bool> alive(kTwins, true);
    std::vector<bool> traps(kTwins, false);
    std::set<std::pair<std::size_t, std::size_t>> edges;
    for (std::size_t i = 0; i < kTwins; ++i) {
      twins.push_back(world.spawn<Twin>(hosts[i % 4], &log_, "twin"));
      traps[i] = random.chance(0.15);
      EXPECT_THAT(world.ask(twins[i].trap(traps[i])), Succeeds());
    }
    for (int step = 0; step < 60; ++step) {
      const std::size_t a = random.below(kTwins);
      const std::size_t b = random.below(kTwins);
      const bool calm = random.chance(0.5);
      if (!alive[a] || !alive[b] || a == b) continue;
      const std::pair<std::size_t, std::size_t> edge(std::min(a, b), std::max(a, b));
      const double dice = random.unit();
      if (dice < 0.6) {
        EXPECT_THAT(world.ask(twins[a].join_fate(twins[b])), Succeeds());
        edges.insert(edge);
      } else if (dice < 0.8) {
        world.run_for(200ms);  // A link that the peer has not heard of is not the peer's to untie.
        EXPECT_THAT(world.ask(twins[a].part(twins[b])), Succeeds());
        edges.erase(edge);
      } else {
        world.run_for(200ms);
        const bool normal = random.chance(0.3);
        world.act([&] { twins[a].end(normal ? 0 : kInternal); });
        world.run_for(1s);
        std::vector<std::size_t> ended = {a};
        alive[a] = false;
        while (!ended.empty()) {
          const std::size_t one = ended.back();
          ended.pop_back();
          for (std::size_t other = 0; other < kTwins; ++other) {
            if (edges.erase({std::min(one, other), std::max(one, other)}) == 0) continue;
            if (normal || !alive[other] || traps[other]) continue;
            alive[other] = false;
            ended.push_back(other);
          }
        }
      }
      if (calm || dice >= 0.6) world.run_for(200ms);
    }
    world.run_for(1s);
    for (std::size_t i = 0; i < kTwins; ++i) {
      EXPECT_EQ(world.ask(twins[i].here()).ok(), alive[i]) << "twin " << i;
    }
    end_world();
  }
}

}  // namespace troupe::conformance
