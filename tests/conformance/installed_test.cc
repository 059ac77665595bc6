// Actors that belong to their host: they come back with it, with what they have saved.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/peers.h"
#include "actor/saved.h"
#include "actor/storage.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
namespace {

using testing::ElementsAre;

ACTOR_METHODS(Counter, add, total, starts, who, name)

class Counter : public Actor<Counter> {
 public:
  explicit Counter(std::string name = "") : name_(std::move(name)) {}

  Sync<int> add(int amount) {
    total_ += amount;
    co_await saved();
    co_return total_;
  }
  Sync<std::pair<int, int>> total() { return std::pair(total_, forgotten_++); }
  Sync<int> starts() { return starts_; }
  Sync<Ref<Counter>> who() { return self(); }
  Sync<std::string> name() { return name_; }

 private:
  Async on_start() override {
    ++starts_;
    return {};
  }

  std::string name_;
  int total_ = 0;
  int starts_ = 0;
  int forgotten_ = 0;
  SAVED(total_, starts_)
};

class Installed : public ConformanceTest {};
ON_EVERY_RUNTIME(Installed);

TEST_P(Installed, ComeBackWithTheirHost) {
  const HostId host = world().add_host();
  const Ref<Counter> counter = world().system().install<Counter>(host, "counter", "Ada");
  EXPECT_THAT(world().ask(counter.add(5)), Gives(5));
  EXPECT_THAT(world().ask(counter.total()), Gives(std::pair(5, 0)));
  EXPECT_THAT(world().ask(counter.total()), Gives(std::pair(5, 1)));
  world().crash(host);
  EXPECT_EQ(world().ask(counter.total()).status().code(), absl::StatusCode::kUnavailable);
  world().restore(host);
  EXPECT_THAT(world().ask(counter.total()), Gives(std::pair(5, 0)));
  EXPECT_THAT(world().ask(counter.starts()), Gives(2));
  EXPECT_THAT(world().ask(counter.name()), Gives(std::string("Ada")));
  EXPECT_THAT(world().ask(counter.add(1)), Gives(6));
  world().crash(host);
  world().restore(host);
  EXPECT_THAT(world().ask(counter.total()), Gives(std::pair(6, 0)));
}

TEST_P(Installed, HaveTheirName) {
  const HostId host = world().add_host();
  const Ref<Counter> counter = world().system().install<Counter>(host, "counter");
  const absl::StatusOr<Ref<Counter>> found =
      Names(world().system(), host).lookup<Counter>("counter");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(world().ask(counter.who()), Gives(*found));
  EXPECT_EQ(world().name_of(id_of(counter)), "Counter@n0");
}

TEST_P(Installed, AreGoneWhenTheyWereStopped) {
  const HostId host = world().add_host();
  const Ref<Counter> counter = world().system().install<Counter>(host, "counter");
  EXPECT_THAT(world().ask(counter.add(5)), Gives(5));
  ASSERT_TRUE(world().system().stop(std::vector<Ref<Counter>>{counter}, 1s).at(0).ok());
  EXPECT_EQ(world().ask(counter.total()).status().code(), absl::StatusCode::kNotFound);
  world().crash(host);
  world().restore(host);
  EXPECT_THAT(world().ask(counter.total()), Gives(std::pair(5, 0)));
}

TEST_P(Installed, ForgetWhatTheirStorageForgets) {
  const HostId host = world().add_host();
  const Ref<Counter> counter = world().system().install<Counter>(host, "counter");
  EXPECT_THAT(world().ask(counter.add(5)), Gives(5));
  world().crash(host);
  ASSERT_TRUE(world().system().storage()->erase(host).ok());
  world().restore(host);
  EXPECT_THAT(world().ask(counter.total()), Gives(std::pair(0, 0)));
}

TEST_P(Installed, KeepApartOnHostsAndByName) {
  const HostId here = world().add_host();
  const HostId there = world().add_host();
  std::vector<Ref<Counter>> counters;
  for (const HostId host : {here, there}) {
    for (const char* name : {"a", "b"}) {
      counters.push_back(world().system().install<Counter>(host, name));
    }
  }
  for (int i = 0; i < 4; ++i) EXPECT_THAT(world().ask(counters[i].add(i)), Gives(i));
  for (const HostId host : {here, there}) world().crash(host);
  for (const HostId host : {there, here}) world().restore(host);
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(world().ask(counters[i].total()), Gives(std::pair(i, 0)));
  }
}

ACTOR_METHODS(Parent, child)

// Spawns its child by a name, each time anew.
class Parent : public Actor<Parent> {
 public:
  Sync<Ref<Counter>> child() { return child_; }

 private:
  Async on_start() override { child_ = co_await spawn_named<Counter>("child"); }
  Ref<Counter> child_;
};

TEST_P(Installed, HaveChildrenThatRememberByTheirNames) {
  const HostId host = world().add_host();
  const Ref<Parent> parent = world().system().install<Parent>(host, "parent");
  absl::StatusOr<Ref<Counter>> child = world().ask(parent.child());
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_THAT(world().ask(child->add(3)), Gives(3));
  world().crash(host);
  world().restore(host);
  child = world().ask(parent.child());
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_THAT(world().ask(child->total()), Gives(std::pair(3, 0)));
}

TEST_P(Installed, CanBeWatchedAndNamedThroughTheirRef) {
  const HostId host = world().add_host();
  const Ref<Counter> counter = world().system().install<Counter>(host, "counter");
  ASSERT_TRUE(Names(world().system(), host).bind("second name", counter).ok());
  Question<Exit> waits = world().begin(join(counter).within(1min));
  world().run_for(1ms);
  world().crash(host);
  const absl::StatusOr<Exit> exit = waits.answer();
  ASSERT_TRUE(exit.ok()) << exit.status();
  EXPECT_EQ(exit->why.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(Names(world().system(), host).lookup<Counter>("second name").ok());
}

// --- Peers ---------------------------------------------------------------------------------------

ACTOR_METHODS(Member, greet, greeted, index, ask_next, ask_itself)

// Greets all others as soon as it is there.
class Member : public Actor<Member> {
 public:
  Member(Peers<Member> peers, int factor) : peers_(std::move(peers)), factor_(factor) {}

  Async greet(int from) {
    greeted_.push_back(from);
    return {};
  }
  Sync<std::vector<int>> greeted() {
    std::sort(greeted_.begin(), greeted_.end());
    return greeted_;
  }
  Sync<int> index() { return static_cast<int>(peers_.index()) * factor_; }
  Sync<int> ask_itself() {
    const int index = co_await peers_[peers_.index()].index();
    co_return index;
  }
  Parallel<Sync<int>> ask_next() {
    const Ref<Member> next = peers_[(peers_.index() + 1) % peers_.size()];
    const int index = co_await next.index();
    co_return index;
  }

 private:
  Async on_start() override {
    for (const Ref<Member>& other : peers_.others()) {
      other.greet(static_cast<int>(peers_.index()));
    }
    return {};
  }

  Peers<Member> peers_;
  int factor_;
  std::vector<int> greeted_;
};

class FixedMembers : public ConformanceTest {
 protected:
  std::vector<Ref<Member>> make(int count) {
    for (int i = 0; i < count; ++i) hosts_.push_back(world().add_host());
    return world().system().install_peers<Member>(hosts_, "member", 10);
  }
  std::vector<HostId> hosts_;
};

ON_EVERY_RUNTIME(FixedMembers);

TEST_P(FixedMembers, KnowEachOtherFromTheStart) {
  const std::vector<Ref<Member>> members = make(3);
  world().settle();
  EXPECT_THAT(world().ask(members[0].greeted()), Gives(std::vector<int>{1, 2}));
  EXPECT_THAT(world().ask(members[1].greeted()), Gives(std::vector<int>{0, 2}));
  EXPECT_THAT(world().ask(members[2].greeted()), Gives(std::vector<int>{0, 1}));
  EXPECT_THAT(world().ask(members[1].ask_next()), Gives(20));
  EXPECT_THAT(world().ask(members[2].ask_next()), Gives(0));
  EXPECT_THAT(world().ask(members[2].ask_itself()), Gives(20));
}

TEST_P(FixedMembers, ReachEachOtherAfterARestart) {
  const std::vector<Ref<Member>> members = make(3);
  world().settle();
  world().crash(hosts_[2]);
  EXPECT_EQ(world().ask(members[1].ask_next()).status().code(), absl::StatusCode::kUnavailable);
  world().restore(hosts_[2]);
  world().settle();
  EXPECT_THAT(world().ask(members[1].ask_next()), Gives(20));
  EXPECT_THAT(world().ask(members[2].ask_next()), Gives(0));
  EXPECT_THAT(world().ask(members[0].greeted()), Gives(std::vector<int>{1, 2, 2}));
}

TEST(PeersOfAnActor, AreAllInOrderAndItself) {
  const std::vector<ActorId> ids = {{0, 1, 1}, {1, 1, 1}, {2, 1, 1}, {3, 1, 1}};
  const Peers<Member> peers(ids, 1);
  EXPECT_EQ(peers.size(), 4u);
  EXPECT_EQ(peers.index(), 1u);
  EXPECT_EQ(peers.majority(), 3u);
  EXPECT_THAT(peers.others(), ElementsAre(peers[0], peers[2], peers[3]));
}

}  // namespace
}  // namespace troupe::conformance
