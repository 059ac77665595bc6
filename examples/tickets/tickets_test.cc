// The tickets in the simulator: with a few actors by hand, and many seeds.
#include "examples/tickets/tickets.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "scenario/network.h"
#include "sim/simulator.h"

namespace tickets {
namespace {

using sim::Simulator;

TEST(Tickets, VisitorGetsWhatItWants) {
  Simulator simulator({.seed = 1, .network = {.latency = scenario::Constant{20ms}}});
  const Ref<Office> office = simulator.spawn<Office>(simulator.add_host(), false);
  const Ref<Visitor> visitor =
      simulator.spawn<Visitor>(simulator.add_host(), office, VisitorOptions{.wanted = 3});

  simulator.run_for(1min);

  const absl::StatusOr<std::int64_t> held = simulator.ask(visitor.tickets());
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_EQ(*held, 3);
  EXPECT_EQ(simulator.find(office)->given(), 3);
}

// One office and four visitors over a network that loses a tenth of all messages.
// Gives how many tickets were given out in excess of those that visitors hold.
std::int64_t tickets_lost(std::uint64_t seed, bool remembers) {
  Simulator simulator({.seed = seed, .network = {.loss = 0.1}});
  const Ref<Office> office = simulator.spawn<Office>(simulator.add_host(), remembers);
  std::vector<Ref<Visitor>> visitors;
  for (int i = 0; i < 4; ++i) {
    visitors.push_back(simulator.spawn<Visitor>(simulator.add_host(), office, VisitorOptions()));
  }
  simulator.run_for(10min);
  std::int64_t lost = simulator.find(office)->given();
  for (const Ref<Visitor>& visitor : visitors) lost -= simulator.find(visitor)->held();
  return lost;
}

TEST(Tickets, OfficeThatRemembersLosesNone) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    EXPECT_EQ(tickets_lost(seed, true), 0) << "seed " << seed;
  }
}

TEST(Tickets, OfficeThatDoesNotRememberLosesSome) {
  std::int64_t lost = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) lost += tickets_lost(seed, false);
  EXPECT_GT(lost, 0);
}

TEST(Tickets, VisitorGoesOnAskingWhenTheOfficeIsGone) {
  Simulator simulator;
  const HostId host = simulator.add_host();
  const Ref<Office> office = simulator.spawn<Office>(host, true);
  const Ref<Visitor> visitor =
      simulator.spawn<Visitor>(simulator.add_host(), office, VisitorOptions());
  simulator.run_for(5s);
  simulator.crash(host);
  simulator.run_for(1s);  // An answer may still be on its way.

  const std::int64_t held = simulator.find(visitor)->held();
  simulator.run_for(1min);
  EXPECT_EQ(simulator.find(visitor)->held(), held);
  EXPECT_GT(simulator.measurements().counter("retries"), 10);
}

}  // namespace
}  // namespace tickets
