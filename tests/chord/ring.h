// Ring: nodes of Chord in the simulator, for tests, with the sorted set that says what is right.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/chord/chord.h"
#include "algorithms/chord/node.h"
#include "algorithms/chord/oracle.h"
#include "sim/simulator.h"

namespace chord {

using sim::Simulator;
using sim::SimulatorOptions;

// A ring under test: nodes with given identifiers, one to a host, and its oracle.
class Ring {
 public:
  explicit Ring(SimulatorOptions simulation, NodeOptions options)
      : simulator_(simulation), options_(options) {}

  Ref<Node> join(Id id, std::vector<Ref<Node>> contacts) {
    nodes_.push_back(simulator_.spawn<Node>(simulator_.add_host(), options_, id, contacts));
    return nodes_.back();
  }
  Ref<Node> join(Id id, Ref<Node> contact) { return join(id, std::vector<Ref<Node>>{contact}); }
  // Joins through the first node.
  Ref<Node> join(Id id) { return join(id, nodes_.empty() ? Ref<Node>() : nodes_.front()); }

  Simulator& simulator() { return simulator_; }
  const std::vector<Ref<Node>>& nodes() const { return nodes_; }
  Node& node(std::size_t i) { return *simulator_.find(nodes_[i]); }
  Oracle oracle() { return Oracle(simulator_.world().actors<Node>()); }
  void crash(std::size_t i) { simulator_.crash(id_of(nodes_[i]).host); }

  // "" where all is as the sorted set says; else the first difference.
  std::string difference(bool fingers = true) {
    const Algorithm algorithm = chord();
    for (const auto& check : algorithm.checks()) {
      if (check.name == (fingers ? "fingers_are_exact" : "ring_is_ideal")) {
        return std::string(check.function(simulator_.world(), Parameters()).message());
      }
    }
    return "no such check";
  }

  // Runs until the ring is ideal; whether that came within `most`.
  bool settles_within(Duration most, bool fingers = true) {
    const Time end = simulator_.now() + most;
    while (!difference(fingers).empty()) {
      if (simulator_.now() >= end) return false;
      simulator_.run_for(100ms);
    }
    return true;
  }

 private:
  Simulator simulator_;
  NodeOptions options_;
  std::vector<Ref<Node>> nodes_;
};

inline NodeOptions blackboard() {
  NodeOptions options;
  options.circle = Circle(6);
  options.successors = 3;
  options.route_with_successors = false;
  return options;
}

struct GoldenRow {
  Id id;
  Id predecessor;
  std::vector<Id> fingers;
};

// The ring of the journal paper's figures.
inline const std::vector<GoldenRow>& golden() {
  static const std::vector<GoldenRow> kRows = {
      {1, 56, {8, 8, 8, 14, 21, 38}},    {8, 1, {14, 14, 14, 21, 32, 42}},
      {14, 8, {21, 21, 21, 32, 32, 48}}, {21, 14, {32, 32, 32, 32, 38, 56}},
      {32, 21, {38, 38, 38, 42, 48, 1}}, {38, 32, {42, 42, 42, 48, 56, 8}},
      {42, 38, {48, 48, 48, 51, 1, 14}}, {48, 42, {51, 51, 56, 56, 1, 21}},
      {51, 48, {56, 56, 56, 1, 8, 21}},  {56, 51, {1, 1, 1, 1, 8, 32}},
  };
  return kRows;
}

// The golden ring, made by joins in an order that the seed gives.
inline void make_golden(Ring& ring, std::uint64_t seed) {
  std::vector<Id> ids;
  for (const GoldenRow& row : golden()) ids.push_back(row.id);
  Random random(seed);
  for (std::size_t i = ids.size(); i > 1; --i) std::swap(ids[i - 1], ids[random.below(i)]);
  for (const Id id : ids) {
    ring.join(id);
    ring.simulator().run_for(500ms);
  }
  ASSERT_TRUE(ring.settles_within(5min)) << "seed " << seed << ": " << ring.difference();
}

}  // namespace chord
