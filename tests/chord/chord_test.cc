// Chord in the simulator, against the sorted set and against the tables of the papers.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/chord/chord.h"
#include "algorithms/chord/node.h"
#include "algorithms/chord/oracle.h"
#include "sim/simulator.h"
#include "tests/chord/ring.h"

namespace chord {
namespace {

// The number of an algorithm just now; -1 where it has no value.
double number_of(Ring& ring, const std::string& name) {
  const Algorithm algorithm = chord();
  for (const auto& number : algorithm.numbers()) {
    if (number.name != name) continue;
    return number.function(ring.simulator().world(), Parameters()).value_or(-1);
  }
  ADD_FAILURE() << "no number " << name;
  return -1;
}

// The live member that comes first at `key` or after it, by looking at all.
const Node* naive_owner(const std::vector<Node*>& members, Id key, const Circle& circle) {
  const Node* best = nullptr;
  for (const Node* node : members) {
    const Id distance = circle.wrap(node->identifier() - key);
    if (best == nullptr || distance < circle.wrap(best->identifier() - key)) best = node;
  }
  return best;
}

TEST(Numbers, CountWhatACountOverAllPairsFinds) {
  std::set<double> wrong_successors;
  std::set<double> wrong_fingers;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    NodeOptions options;
    options.circle = Circle(16);
    Ring ring({.seed = seed}, options);
    EXPECT_EQ(number_of(ring, "wrong_successors"), -1) << "nobody is there";
    Random random(seed);
    for (int step = 0; step < 60; ++step) {
      if (random.chance(0.4)) ring.join(options.circle.wrap(random()));
      if (step > 20 && ring.nodes().size() > 1 && random.chance(0.1))
        ring.crash(1 + random.below(ring.nodes().size() - 1));
      ring.simulator().run_for(Duration(static_cast<std::int64_t>(random.below(2'000'000'000))));
      std::vector<Node*> members;
      for (Node* node : ring.simulator().world().actors<Node>()) {
        if (node->is_member()) members.push_back(node);
      }
      if (members.empty()) continue;
      int successors = 0;
      int fingers = 0;
      for (const Node* node : members) {
        const Circle& circle = node->circle();
        const Node* next = naive_owner(members, circle.wrap(node->identifier() + 1), circle);
        if (node->successor_list().front() != next->me()) ++successors;
        for (int k = 1; k < circle.bits(); ++k) {
          const Node* owner = naive_owner(members, node->start(k), circle);
          if (node->finger(k) != owner->me()) ++fingers;
        }
      }
      ASSERT_EQ(number_of(ring, "wrong_successors"), successors) << "seed " << seed << ", " << step;
      ASSERT_EQ(number_of(ring, "wrong_fingers"), fingers) << "seed " << seed << ", " << step;
      wrong_successors.insert(successors);
      wrong_fingers.insert(fingers);
    }
  }
  EXPECT_GE(wrong_successors.size(), 4u) << "it was tried on rings that are wrong";
  EXPECT_GE(wrong_fingers.size(), 20u);
}

TEST(GoldenRing, EveryFingerTableComesOutOfJoinsInAnyOrder) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Ring ring({.seed = seed}, blackboard());
    make_golden(ring, seed);
    const Oracle oracle = ring.oracle();
    ASSERT_EQ(oracle.size(), golden().size());
    for (std::size_t i = 0; i < golden().size(); ++i) {
      const GoldenRow& row = golden()[i];
      const Node& node = *oracle.members()[i];
      EXPECT_EQ(node.identifier(), row.id);
      ASSERT_TRUE(node.predecessor().has_value());
      EXPECT_EQ(node.predecessor()->id, row.predecessor) << "of " << row.id;
      for (int k = 0; k < 6; ++k) {
        EXPECT_EQ(node.finger(k).id, row.fingers[static_cast<std::size_t>(k)])
            << "finger " << k << " of " << row.id << ", seed " << seed;
      }
    }
  }
}

TEST(GoldenRing, TheLookupOf54From8GoesBy42And51To56) {
  for (const bool encode : {false, true}) {
    Ring ring({.seed = 1, .encode_everything = encode}, blackboard());
    make_golden(ring, 1);
    const Node& node8 = ring.oracle().owner(8);
    const auto found = ring.simulator().ask(node8.me().ref.find_successor(54, Path(), Peers()));
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->path, (Path{8, 42, 51}));
    EXPECT_EQ(found->owner.id, 56U);
  }
}

TEST(GoldenRing, All640LookupsAreRightAndTakeTwoAndAHalfStepsOnAverage) {
  for (const bool iterative : {false, true}) {
    NodeOptions options = blackboard();
    options.iterative = iterative;
    Ring ring({.seed = 1}, options);
    make_golden(ring, 1);
    const Oracle oracle = ring.oracle();
    std::size_t steps = 0;
    std::size_t longest = 0;
    for (const Node* node : oracle.members()) {
      for (Id key = 0; key < 64; ++key) {
        const auto found = ring.simulator().ask(node->me().ref.lookup(key));
        ASSERT_TRUE(found.ok()) << found.status();
        EXPECT_EQ(found->owner, oracle.owner(key).me()) << key << " from " << node->identifier();
        steps += found->path.size();  // the owner counted, the asker not
        longest = std::max(longest, found->path.size());
      }
    }
    // A node that owns the key itself, or whose successor does, still takes the step to the owner.
    EXPECT_NEAR(static_cast<double>(steps) / 640, 2.5, 0.05);
    EXPECT_EQ(longest, 4U);
  }
}

TEST(Ring, OfOneNodeOwnsEverythingAndCallsNobody) {
  Ring ring({}, blackboard());
  const Ref<Node> node = ring.join(0);
  ring.simulator().run_for(1min);
  EXPECT_EQ(ring.difference(), "");
  for (Id key = 0; key < 64; ++key) {
    const auto found = ring.simulator().ask(node.lookup(key));
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->owner.id, 0U);
    EXPECT_EQ(found->path.size(), 1U);
  }
}

TEST(Ring, OfTwoIsMutualWithinTwoRounds) {
  Ring ring({.network = {.latency = scenario::Constant{10ms}}}, blackboard());
  ring.join(0);
  ring.join(1);
  ring.simulator().run_for(200ms);
  EXPECT_TRUE(ring.settles_within(3s, /*fingers=*/false)) << ring.difference(false);
  EXPECT_EQ(ring.node(0).finger(0).id, 1U);
  EXPECT_EQ(ring.node(1).finger(0).id, 0U);
}

TEST(Ring, WrapsAroundZero) {
  Ring ring({}, blackboard());
  const Ref<Node> node56 = ring.join(56);
  ring.join(1);
  ASSERT_TRUE(ring.settles_within(2min)) << ring.difference();
  for (const Id key : {60, 0, 1}) {
    EXPECT_EQ(ring.simulator().ask(node56.lookup(key))->owner.id, 1U) << key;
  }
  for (const Id key : {2, 56}) {
    EXPECT_EQ(ring.simulator().ask(node56.lookup(key))->owner.id, 56U) << key;
  }
}

TEST(Ring, SettlesFromJoinsForTwoHundredSeeds) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    NodeOptions options;
    options.circle = Circle(32);
    options.successors = 4;
    Ring ring({.seed = seed, .network = {.latency = scenario::Uniform{5ms, 60ms}}}, options);
    Random ids(seed);
    for (int i = 0; i < 64; ++i) ring.join(options.circle.wrap(ids()));
    // Join-only: N + 2r + 2 rounds, a round being the longest period, two delays and a timeout.
    ASSERT_TRUE(ring.settles_within((64 + 2 * 4 + 2) * 3120ms, /*fingers=*/false))
        << "seed " << seed << ": " << ring.difference(false);
    const Oracle oracle = ring.oracle();
    for (int i = 0; i < 64; ++i) {
      const Id key = options.circle.wrap(ids());
      const auto found = ring.simulator().ask(ring.nodes()[ids.below(64)].lookup(key));
      ASSERT_TRUE(found.ok()) << "seed " << seed << ": " << found.status();
      ASSERT_EQ(found->owner, oracle.owner(key).me()) << "seed " << seed << ", key " << key;
    }
    hashes.insert(ring.simulator().event_hash());
  }
  EXPECT_EQ(hashes.size(), 200U) << "different seeds are different runs";
}

TEST(Ring, HealsAfterAdjacentNodesCrash) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Ring ring({.seed = seed}, blackboard());
    make_golden(ring, seed);
    // Two neighbours, wherever they joined.
    const Oracle before = ring.oracle();
    const std::size_t place = seed % before.size();
    for (std::ptrdiff_t k = 0; k < 2; ++k) {
      ring.simulator().crash(before.at(place, k).id().host);
    }
    // Failures only: r + 2 rounds.
    EXPECT_TRUE(ring.settles_within((3 + 2) * 3100ms, /*fingers=*/false))
        << "seed " << seed << ": " << ring.difference(false);
    const Oracle oracle = ring.oracle();
    ASSERT_EQ(oracle.size(), 8U);
    for (Id key = 0; key < 64; ++key) {
      const auto found = ring.simulator().ask(oracle.members()[key % 8]->me().ref.lookup(key));
      ASSERT_TRUE(found.ok()) << "seed " << seed << ": " << found.status();
      EXPECT_EQ(found->owner, oracle.owner(key).me()) << "seed " << seed << ", key " << key;
    }
  }
}

TEST(Ring, NoListNamesACrashedNodeForLong) {
  Ring ring({.seed = 4}, blackboard());
  make_golden(ring, 4);
  const Peer gone = ring.oracle().at(5, 0).me();
  ring.simulator().crash(id_of(gone.ref).host);
  ring.simulator().run_for(2min);
  const Oracle oracle = ring.oracle();
  for (const Node* node : oracle.members()) {
    EXPECT_EQ(std::ranges::count(node->successor_list(), gone), 0);
    EXPECT_NE(node->predecessor(), gone);
    for (int k = 0; k < 6; ++k) EXPECT_NE(node->finger(k), gone);
  }
}

TEST(Ring, RefusesAnIdentifierThatIsTaken) {
  Ring ring({}, blackboard());
  ring.join(10);
  ring.join(20);
  ASSERT_TRUE(ring.settles_within(2min));
  const Ref<Node> again = ring.join(20);
  ring.simulator().run_for(10s);
  EXPECT_EQ(ring.simulator().find(again), nullptr) << "it gives up and ends";
  EXPECT_EQ(ring.simulator().measurements().counter("join_failures"), 1);
  EXPECT_EQ(ring.oracle().size(), 2U);
}

TEST(Ring, LosingManyMessagesTakesNobodyForDead) {
  NodeOptions options = blackboard();
  options.patience = 12;
  Ring ring({.seed = 9, .network = {.latency = scenario::Uniform{1ms, 20ms}, .loss = 0.1}},
            options);
  for (const GoldenRow& row : golden()) ring.join(row.id);
  ASSERT_TRUE(ring.settles_within(10min)) << ring.difference();
  ring.simulator().run_for(5min);
  EXPECT_EQ(ring.difference(/*fingers=*/false), "");
}

// After a merger, half of the circle may lie beside the ring: the ring leads to one node in there,
// which has its successor on the far side, and so have others, to which the fingers lead. The node
// in the ring finds itself where it looks, the others find that node. Stabilization alone takes
// each of them back one node a round.
TEST(Ring, TakesInAnArcThatLiesBesideIt) {
  constexpr std::size_t kNodes = 400;
  constexpr std::size_t kArc = kNodes / 2;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    NodeOptions options;
    options.remember = 16;
    options.stabilize_every = options.fix_fingers_every = 5s;
    Ring ring({.seed = seed}, options);
    std::vector<Peer> all;
    std::vector<Peer> chain;       // every second node of the arc, and all others
    std::vector<Peer> pointed_to;  // the other ones of the arc, and all others
    for (std::size_t i = 0; i < kNodes; ++i) {
      const Id id = (Id{i} << 32) / kNodes;
      all.push_back({id, ring.join(id, Ref<Node>())});
      if (i >= kArc || i % 2 == 1) chain.push_back(all.back());
      if (i >= kArc || i % 2 == 0) pointed_to.push_back(all.back());
    }
    const auto owner = [](const std::vector<Peer>& peers, Id key) {
      const auto found = std::ranges::lower_bound(peers, key, {}, &Peer::id);
      return static_cast<std::size_t>(found - peers.begin()) % peers.size();
    };
    for (std::size_t i = 0; i < kNodes; ++i) {
      const bool beside = i < kArc && i % 2 == 0;
      const std::size_t next = owner(chain, beside ? all[kArc].id : all[i].id + 1);
      std::vector<Peer> successors;
      if (i + 1 == kNodes) successors.push_back(all[0]);
      while (successors.size() < options.successors) {
        successors.push_back(chain[(next + successors.size()) % chain.size()]);
      }
      std::vector<Peer> fingers;
      for (int k = 0; k < options.circle.bits(); ++k) {
        const Id start = options.circle.wrap(all[i].id + (Id{1} << k));
        fingers.push_back(pointed_to[owner(pointed_to, start)]);
      }
      ring.node(i).start_with(all[(i + kNodes - 1) % kNodes], successors, fingers);
    }
    EXPECT_TRUE(ring.settles_within(2min, /*fingers=*/false))
        << "seed " << seed << ": " << ring.difference(false);
  }
}

// Lookups over many nodes, without the time to join: the mean path of the papers.
double mean_hops(std::size_t nodes, NodeOptions options, std::uint64_t seed) {
  // The ring is ideal and stays so: nobody needs to look after it.
  options.stabilize_every = options.fix_fingers_every = options.check_predecessor_every = 24h;
  Simulator simulator({.seed = seed});
  std::vector<Ref<Node>> refs;
  Random random(seed);
  for (std::size_t i = 0; i < nodes; ++i) {
    refs.push_back(simulator.spawn<Node>(simulator.add_host(), options,
                                         options.circle.wrap(random()), Ref<Node>()));
  }
  const Algorithm algorithm = chord();
  EXPECT_TRUE(algorithm.starts().front().function(simulator.world(), Parameters()).ok());
  double hops = 0;
  constexpr int kLookups = 3000;
  for (int i = 0; i < kLookups; ++i) {
    const auto found =
        simulator.ask(refs[random.below(nodes)].lookup(options.circle.wrap(random())));
    EXPECT_TRUE(found.ok());
    hops += static_cast<double>(found->path.size() - 1);
  }
  return hops / kLookups;
}

TEST(PathLength, IsHalfTheLogarithmWhenOnlyFingersRoute) {
  NodeOptions options;
  options.route_with_successors = false;
  for (const std::size_t nodes : {128, 1024}) {
    EXPECT_NEAR(mean_hops(nodes, options, 5), 0.5 * std::log2(nodes) - 0.14, 0.25) << nodes;
  }
}

TEST(PathLength, IsShorterByTheSuccessorListWhenThatRoutesToo) {
  NodeOptions options;
  options.successors = 20;
  EXPECT_NEAR(mean_hops(1000, options, 5), 0.5 * std::log2(1000) - 0.5 * std::log2(20) + 1, 0.25);
}

TEST(PathLength, IsTheSameForBothStylesOfLookup) {
  NodeOptions options;
  options.route_with_successors = false;
  const double recursive = mean_hops(500, options, 6);
  options.iterative = true;
  EXPECT_DOUBLE_EQ(mean_hops(500, options, 6), recursive);
}

}  // namespace
}  // namespace chord
