// Two-phase commit: either all commit or all abort. One vote against, one that does not come, or
// one cohort that is gone, and the coordinator aborts.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "examples/example.h"

namespace troupe::examples {

ACTOR_METHODS(Cohort, prepare, commit, abort, state)

class Cohort : public Actor<Cohort> {
 public:
  explicit Cohort(bool willing) : willing_(willing) {}

  Sync<bool> prepare(std::string transaction) {
    state_ = willing_ ? "prepared" : "aborted";
    return willing_ && !transaction.empty();
  }
  Sync<> commit() {
    state_ = "committed";
    return {};
  }
  Sync<> abort() {
    state_ = "aborted";
    return {};
  }
  Sync<std::string> state() { return state_; }

 private:
  bool willing_;
  std::string state_ = "idle";
};

ACTOR_METHODS(Coordinator, run)

class Coordinator : public Actor<Coordinator> {
 public:
  explicit Coordinator(std::vector<Ref<Cohort>> cohorts) : cohorts_(std::move(cohorts)) {}

  Sync<bool> run(std::string transaction) {
    Multi<Cohort> all(cohorts_);
    bool commit = true;
    for (const auto& [cohort, vote] : co_await all.prepare(transaction).within(200ms)) {
      commit = commit && vote.ok() && *vote;  // No vote is a vote against.
    }
    if (commit) {
      co_await all.commit().within(200ms);
    } else {
      co_await all.abort().within(200ms);
    }
    co_return commit;
  }

 private:
  std::vector<Ref<Cohort>> cohorts_;
};

void play(System& system) {
  auto decide = [&](const char* what, int against, bool one_is_gone) {
    std::vector<Ref<Cohort>> cohorts;
    const HostId doomed = system.add_host();
    for (int i = 0; i < 4; ++i) {
      cohorts.push_back(system.spawn<Cohort>(i == 3 ? doomed : system.add_host(), i >= against));
    }
    Ref<Coordinator> coordinator = system.spawn<Coordinator>(system.add_host(), cohorts);
    if (one_is_gone) system.crash(doomed);
    const bool committed = *system.ask(coordinator.run("transfer 10"));
    std::printf("%s: %s;", what, committed ? "commit" : "abort");
    for (Ref<Cohort>& cohort : cohorts) {
      const absl::StatusOr<std::string> state = system.ask(cohort.state());
      std::printf(" %s", state.ok() ? state->c_str() : "gone");
    }
    std::printf("\n");
  };
  decide("all agree", 0, false);
  decide("one is against", 1, false);
  decide("two are against", 2, false);
  decide("one is gone", 0, true);
}

}  // namespace troupe::examples

int main(int argc, char** argv) {
  return troupe::examples::run_example(argc, argv, "All commit, or all abort.",
                                       troupe::examples::play);
}
