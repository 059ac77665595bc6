// What actors note for those who read a trace.
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "actor/actor.h"
#include "actor/observe.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
namespace {

using testing::ElementsAre;

enum class Role : std::uint8_t { kFollower, kLeader };

ACTOR_METHODS(Voter, vote, vote_for, lazily, tick_twice, tick)

class Voter : public Actor<Voter> {
 public:
  explicit Voter(std::atomic<int>* texts = nullptr) : texts_(texts) {}

  Sync<> vote() {
    note("voted for ", 3, " in term ", std::int64_t{7}, ", ", true, " after ", Duration(20ms));
    return {};
  }
  Sync<> vote_for(Ref<Voter> candidate) {
    const std::string_view view = "a view";
    const std::string text = "a string";
    note(candidate, " as ", Role::kLeader, ", ", view, ", ", text);
    return {};
  }
  Sync<> lazily() {
    note([this] {
      ++*texts_;
      return "made";
    });
    return {};
  }
  Async tick() {
    note("tick");
    return {};
  }
  Async tick_twice() {
    after(1ms, &Voter::tick);
    after(2ms, &Voter::tick);
    return {};
  }

 private:
  Async on_start() override {
    note("starts");
    return {};
  }
  void on_stop() override { note("stops"); }

  std::atomic<int>* texts_;
};

class Notebook : public Observer {
 public:
  explicit Notebook(const System& system) : system_(system) {}
  void on_event(const Event& event) override {
    if (event.kind != EventKind::kNote || !event.actor) return;
    const std::lock_guard lock(mutex_);
    texts_.push_back(system_.name_of(event.actor) + " " + std::string(event.detail));
    causes_.push_back(event.cause);
  }
  std::vector<std::string> texts() {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  std::vector<std::uint64_t> causes() {
    const std::lock_guard lock(mutex_);
    return causes_;
  }

 private:
  const System& system_;
  std::mutex mutex_;
  std::vector<std::string> texts_;
  std::vector<std::uint64_t> causes_;
};

class Notes : public ConformanceTest {};
ON_EVERY_RUNTIME(Notes);

TEST_P(Notes, AreEventsOfTheirActor) {
  const HostId host = world().add_host();
  Notebook notebook(world().system());
  world().system().observe_with(&notebook);
  const Ref<Voter> voter = world().spawn<Voter>(host);
  ASSERT_TRUE(world().ask(voter.vote()).ok());
  ASSERT_TRUE(world().ask(voter.vote_for(voter)).ok());
  ASSERT_TRUE(world().system().stop(std::vector<Ref<Voter>>{voter}, 1s).at(0).ok());
  world().system().observe_with(nullptr);
  EXPECT_THAT(notebook.texts(),
              ElementsAre("Voter@n0 starts", "Voter@n0 voted for 3 in term 7, true after 20ms",
                          "Voter@n0 Voter@n0 as 1, a view, a string", "Voter@n0 stops"));
}

TEST_P(Notes, HaveWhatWasHandledAsTheirCause) {
  const HostId host = world().add_host();
  Notebook notebook(world().system());
  world().system().observe_with(&notebook);
  const Ref<Voter> voter = world().spawn<Voter>(host);
  world().act([&] { voter.tick_twice(); });
  world().settle();
  world().system().observe_with(nullptr);
  const std::vector<std::uint64_t> causes = notebook.causes();
  ASSERT_EQ(causes.size(), 3u);
  for (const std::uint64_t cause : causes) EXPECT_NE(cause, 0u);
  EXPECT_NE(causes[1], causes[2]);
}

TEST_P(Notes, MakeNoTextWhereNobodyObserves) {
  const HostId host = world().add_host();
  std::atomic<int> texts = 0;
  const Ref<Voter> voter = world().spawn<Voter>(host, &texts);
  ASSERT_TRUE(world().ask(voter.lazily()).ok());
  EXPECT_EQ(texts.load(), 0);
  Notebook notebook(world().system());
  world().system().observe_with(&notebook);
  ASSERT_TRUE(world().ask(voter.lazily()).ok());
  world().system().observe_with(nullptr);
  EXPECT_EQ(texts.load(), 1);
  EXPECT_THAT(notebook.texts(), ElementsAre("Voter@n0 made"));
}

}  // namespace
}  // namespace troupe::conformance
