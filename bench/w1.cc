// Benchmark W1 with Troupe's actors in Troupe's simulator, written as an author would: nothing but
// the public API, no shortcut for the benchmark. The work is defined in w1_definition.h.
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "bench/w1_definition.h"
#include "sim/simulator.h"

namespace troupe::bench::w1 {

struct Run {  // What the nodes of one run have in common.
  const Ring& ring;
  Date end;
  Counts counts = {};
};

ACTOR_METHODS(ChordNode, get_predecessor, notify, alive, find, go_on)

struct Peer {
  Id id = 0;
  Ref<ChordNode> ref;
  FIELDS(id, ref)
};

struct Found {
  Peer owner;
  std::uint32_t hops = 0;
  FIELDS(owner, hops)
};

class ChordNode : public Actor<ChordNode> {
 public:
  ChordNode(Run& run, Node place)
      : run_(run), id_(run.ring.id(place)), agenda_(run.ring.number(place)) {}

  // Asked by other nodes.
  Sync<Peer> get_predecessor() { return predecessor_; }
  Sync<> alive() { return {}; }
  Async notify(Peer candidate) {
    if (in_open(candidate.id, predecessor_.id, id_)) predecessor_ = candidate;
    return {};
  }
  Sync<Found> find(Id key, std::uint32_t hops) {
    if (in_half_open(key, id_, successor().id)) return Found{successor(), hops};
    return delegate(closest_preceding(key).ref.find(key, hops + 1));
  }

  // Run now and then: the operations that are due, one at a time.
  Parallel<Async> go_on() {
    while (agenda_.due() < run_.end) {
      const Duration wait = agenda_.due() - now().time_since_epoch();
      if (wait > Duration::zero()) {
        after(wait, &ChordNode::go_on);
        co_return;
      }
      ++run_.counts.timer_operations;
      switch (agenda_.take()) {
        case Operation::kStabilize: {
          const Peer x = co_await successor().ref.get_predecessor();
          if (in_open(x.id, id_, successor().id)) fingers_[0] = x;
          successor().ref.notify(Peer{id_, self()});
          break;
        }
        case Operation::kFixFinger: {
          const int k = agenda_.next_finger();
          const Found found = co_await find(id_ + (Id{1} << k), 0);
          fingers_[k] = found.owner;
          break;
        }
        case Operation::kCheckPredecessor:
          co_await predecessor_.ref.alive();
          break;
        case Operation::kLookup: {
          const Id key = agenda_.lookup_key();
          const Found found = co_await find(key, 0);
          ++run_.counts.lookups;
          run_.counts.hops += found.hops;
          if (found.owner.id != run_.ring.id(run_.ring.successor(key))) ++run_.counts.wrong;
          break;
        }
      }
    }
  }

  // The state that the benchmark starts from.
  void know(const Peer& predecessor, int k, const Peer& finger) {
    predecessor_ = predecessor;
    fingers_[k] = finger;
  }

 private:
  Async on_start() override {
    // What is due at the same date goes one after another, in the order of the identifiers.
    after(Duration::zero(), &ChordNode::go_on);
    return {};
  }

  const Peer& successor() const { return fingers_[0]; }

  // Finger k is at least 2^k away: those beyond the key need no look.
  const Peer& closest_preceding(Id key) const {
    for (int k = std::bit_width(Id(key - id_ - 1)) - 1; k >= 0; --k) {
      if (in_open(fingers_[k].id, id_, key)) return fingers_[k];
    }
    return successor();
  }

  Run& run_;
  Id id_;
  Peer predecessor_;
  Agenda agenda_;
  std::array<Peer, kFingers> fingers_;  // fingers_[k] is the successor of id_ + 2^k.
};

Counts simulate(const Options& options, Measurement& measurement) {
  const Ring ring(options.nodes);
  sim::Simulator simulator({.network = {.latency = scenario::Constant{kLatency}}});
  Run run{ring, options.end()};
  std::vector<Ref<ChordNode>> nodes;
  nodes.reserve(ring.size());
  simulator.reserve(ring.size());
  for (Node i = 0; i < ring.size(); ++i) {
    nodes.push_back(simulator.spawn<ChordNode>(simulator.add_host(), run, i));
  }
  auto peer = [&](Node i) { return Peer{ring.id(i), nodes[i]}; };
  for (Node i = 0; i < ring.size(); ++i) {
    for (int k = 0; k < kFingers; ++k) {
      simulator.find(nodes[i])->know(peer(ring.predecessor_of(i)), k, peer(ring.finger(i, k)));
    }
  }
  measurement.start();
  simulator.run_until_quiet();
  run.counts.messages = simulator.messages();
  measurement.stop(run.counts);
  return run.counts;
}

}  // namespace troupe::bench::w1

int main(int argc, char** argv) {
  using namespace troupe::bench;
  const Options options = parse_options(argc, argv);
  Measurement measurement("w1", options);
  w1::simulate(options, measurement);
  measurement.print();
}
