// The election on every world: with restarts, over many seeds, and with a mistake that seeds find.
#include "examples/election/election.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/thread_runtime.h"
#include "scenario/network.h"
#include "sim/simulator.h"

namespace election {
namespace {

using sim::Simulator;

// Who has won which terms.
class Winners {
 public:
  void on_report(const Report& report) {
    const auto& elected = *static_cast<const Elected*>(report.value);
    const std::lock_guard lock(mutex_);
    winners_[elected.term].insert(elected.leader);
  }
  std::size_t elections() {
    const std::lock_guard lock(mutex_);
    return winners_.size();
  }
  std::size_t terms_with_two() {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& [term, leaders] : winners_) count += leaders.size() > 1 ? 1 : 0;
    return count;
  }

 private:
  std::mutex mutex_;
  std::map<std::int64_t, std::set<std::size_t>> winners_;
};

std::vector<Ref<Replica>> install(System& system, int count, ReplicaOptions options) {
  std::vector<HostId> hosts;
  for (int i = 0; i < count; ++i) hosts.push_back(system.add_host());
  return system.install_peers<Replica>(hosts, "replica", options);
}

// Whom all follow; nobody where they do not agree, or one is not there.
std::optional<std::size_t> leader_of(System& system, const std::vector<Ref<Replica>>& replicas) {
  std::optional<std::size_t> leader;
  for (const Ref<Replica>& replica : replicas) {
    const auto known = system.ask(replica.known_leader());
    if (!known.ok() || !known->has_value() || (leader && leader != *known)) return std::nullopt;
    leader = *known;
  }
  return leader;
}

std::optional<std::size_t> wait_for_leader(System& system,
                                           const std::vector<Ref<Replica>>& replicas) {
  std::optional<std::size_t> leader;
  for (int i = 0; i < 1000 && !leader; ++i) {
    system.run_for(10ms);
    leader = leader_of(system, replicas);
  }
  return leader;
}

// Crashes the leader again and again, and looks who is the next.
void elect_and_crash(System& system, std::uint64_t seed) {
  const std::vector<Ref<Replica>> replicas = install(system, 3, {});
  std::optional<std::size_t> leader = wait_for_leader(system, replicas);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(leader.has_value()) << "seed " << seed << ", round " << round;
    const HostId host = id_of(replicas[*leader]).host;
    system.crash(host);
    std::vector<Ref<Replica>> others = replicas;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(*leader));
    const std::size_t previous = *leader;
    for (int i = 0; i < 1000 && (!leader || leader == previous); ++i) {
      system.run_for(10ms);
      leader = leader_of(system, others);
    }
    ASSERT_TRUE(leader.has_value()) << "seed " << seed << ", round " << round;
    EXPECT_NE(*leader, previous) << "seed " << seed << ", round " << round;
    system.restore(host);
    leader = wait_for_leader(system, replicas);
  }
}

TEST(Election, GivesANewLeaderInTheSimulator) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Simulator simulator({.seed = seed, .network = {.latency = scenario::Uniform{1ms, 10ms}}});
    Winners winners;
    simulator.on_report([&](const ActorBase&, const Report& report) { winners.on_report(report); });
    elect_and_crash(simulator, seed);
    EXPECT_EQ(winners.terms_with_two(), 0u) << "seed " << seed;
  }
}

TEST(Election, GivesANewLeaderOnThreads) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Winners winners;
    ThreadRuntime runtime(
        {.threads = 2, .seed = seed, .clock = ClockKind::kVirtual, .latency = 2ms});
    runtime.on_report([&](const ActorBase&, const Report& report) { winners.on_report(report); });
    elect_and_crash(runtime, seed);
    runtime.stop();
    EXPECT_EQ(winners.terms_with_two(), 0u) << "seed " << seed;
  }
}

// The power fails again and again: all hosts crash and are back at once, on disks that take a
// while.
std::size_t terms_with_two(std::uint64_t seed, bool waits_for_disk) {
  Simulator simulator({.seed = seed,
                       .network = {.latency = scenario::Uniform{1ms, 20ms}},
                       .disk = {.sync_takes = scenario::Uniform{10ms, 90ms}}});
  Winners winners;
  simulator.on_report([&](const ActorBase&, const Report& report) { winners.on_report(report); });
  const std::vector<Ref<Replica>> replicas =
      install(simulator, 5, {.waits_for_disk = waits_for_disk});
  Random random(seed);
  for (int i = 0; i < 50; ++i) {
    simulator.run_for(random.uniform(Duration(150ms), Duration(500ms)));
    for (const Ref<Replica>& replica : replicas) simulator.crash(id_of(replica).host);
    for (const Ref<Replica>& replica : replicas) simulator.restore(id_of(replica).host);
  }
  return winners.terms_with_two();
}

TEST(Election, HasOneLeaderATermWhenVotersWaitForTheirDisks) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    EXPECT_EQ(terms_with_two(seed, true), 0u) << "seed " << seed;
  }
}

TEST(Election, HasTwoLeadersOfSomeTermsWhenVotersDoNotWait) {
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) found += terms_with_two(seed, false);
  EXPECT_GT(found, 0u);
}

}  // namespace
}  // namespace election
