// Node: a member of a Chord ring (Stoica et al., IEEE/ACM Transactions on Networking 2003, "ToN").
//
// Reads beside the paper: node.cc has its procedures, under its names and in its order; README.md
// lays both side by side. What the paper leaves open (lost messages, dead peers, joining again,
// leaving, rings that have split) is in membership.cc, what an application asks in lookup.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "actor/actor.h"
#include "algorithms/chord/identifier.h"

namespace chord {

using namespace troupe;

ACTOR_METHODS(Node, find_successor, next_hop, neighbours, notify, ping, lookup, stabilize,
              fix_fingers, check_predecessor, check_partition, leave, predecessor_leaves,
              successor_leaves, introduce)

// A node as others know it.
struct Peer {
  Id id = 0;
  Ref<Node> ref;
  FIELDS(id, ref)
  friend bool operator==(const Peer&, const Peer&) = default;
};

// The nodes that a lookup has come through, in order: the one that asks first, the key's
// predecessor last. As in the papers, a lookup has one hop less than its path has nodes.
using Path = std::vector<Id>;

struct Found {
  Peer owner;
  Path path;
  FIELDS(owner, path)
};

struct Neighbours {
  std::optional<Peer> predecessor;
  std::vector<Peer> successors;
  FIELDS(predecessor, successors)
};

// One step of an iterative lookup: the owner, or somebody closer to the key.
struct Hop {
  bool is_owner = false;
  Peer peer;
  FIELDS(is_owner, peer)
};

// A lookup step by step: who was asked, in order, the key's predecessor last.
struct Walk {
  Peer owner;
  std::vector<Peer> asked;
  int timeouts = 0;  // of others, who did not answer
  FIELDS(owner, asked, timeouts)
};

// What a node reports when a lookup has ended, for whoever judges the run.
struct LookupDone {
  Id key = 0;
  std::optional<Peer> owner;  // none: the lookup failed
  std::size_t hops = 0;
  FIELDS(key, owner, hops)
};

struct NodeOptions {
  Circle circle{32};
  std::size_t successors = 8;         // r, the length of the successor list
  bool route_with_successors = true;  // also the successor list leads to a key, not only fingers
  bool iterative = false;             // the node that looks up walks the path itself
  Duration stabilize_every = 1s;
  Duration fix_fingers_every = 1s;
  Duration check_predecessor_every = 2s;
  Duration answer_within = 1s;   // of a neighbour, else it counts as a miss
  int patience = 4;              // misses in a row before a silent neighbour counts as dead
  Duration lookup_timeout = 3s;  // of one attempt
  int lookup_attempts = 10;
  Duration join_retry = 1s;
  int join_attempts = 100;
  std::size_t remember = 0;  // so many nodes for ever, to find the ring again after a partition
  Duration check_partition_every = 10s;
};

class Node : public Actor<Node> {
 public:
  // Joins the ring of `contact`, or creates one where there is none.
  Node(NodeOptions options, Id id, Ref<Node> contact)
      : options_(options), id_(id), contact_(contact), finger_(circle().bits()) {}

  // Asked by other nodes.
  Parallel<Sync<Found>> find_successor(Id id, Path path);
  Sync<Hop> next_hop(Id id, std::vector<Id> gone);
  Sync<Neighbours> neighbours() { return Neighbours{predecessor_, successors_}; }
  Async notify(Peer candidate);
  Sync<> ping() { return {}; }
  Async predecessor_leaves(Peer gone, std::optional<Peer> next);
  Async successor_leaves(Peer gone, std::vector<Peer> next);
  Async introduce(Peer candidate);

  // Asked before its host goes down in good order.
  Parallel<Sync<>> leave();

  // Asked by an application: who owns this key?
  Parallel<Sync<Found, Seconds<600>>> lookup(Id key);

  // Run now and then.
  Parallel<Async> stabilize();
  Parallel<Async> fix_fingers();
  Parallel<Async> check_predecessor();
  Parallel<Async> check_partition();

  // The state, for whoever looks at the whole ring at once.
  Id identifier() const { return id_; }
  Peer me() const { return {id_, self()}; }
  bool is_member() const { return !successors_.empty(); }
  const std::vector<Peer>& successor_list() const { return successors_; }
  const std::optional<Peer>& predecessor() const { return predecessor_; }
  // finger(i) is the successor of start(i), as far as the node knows; finger(0) its successor.
  const Peer& finger(int i) const { return i == 0 ? successors_.front() : finger_[i]; }
  Id start(int i) const { return circle().wrap(id_ + (Id{1} << i)); }
  const Circle& circle() const { return options_.circle; }
  const NodeOptions& options() const { return options_; }

  // Makes the node a member of a ring that is there already, instead of letting it join.
  void start_with(std::optional<Peer> predecessor, std::vector<Peer> successors,
                  std::vector<Peer> fingers);

 private:
  Async on_start() override;

  void create();
  Sync<> join(Ref<Node> known);
  Peer closest_preceding_node(Id id, const std::vector<Id>& gone = {}) const;
  const Peer& successor() const { return successors_.front(); }

  // membership.cc
  void adopt_successor(const Peer& peer);
  void adopt_list(const Peer& head, const std::vector<Peer>& tail);
  void forget(const Peer& peer);
  bool is_dead(const absl::Status& failure, int& misses) const;
  void remember(const Peer& peer);
  Ref<Node> contact(int attempt);

  // lookup.cc
  Parallel<Sync<Found>> attempt(Id key);
  Parallel<Sync<Walk>> walk(Peer first, Id id);

  NodeOptions options_;
  Id id_;
  Ref<Node> contact_;
  std::vector<Peer> successors_;  // The successor first. Empty: not a member yet.
  std::optional<Peer> predecessor_;
  std::vector<Peer> finger_;  // finger_[0] is not used: it is the successor.
  int next_ = 0;              // The finger to fix next.
  int successor_misses_ = 0;
  int predecessor_misses_ = 0;
  std::vector<Peer> remembered_;  // Met once, and not known to be gone.
  SAVED(remembered_)
};

// Whether a call failed because its target is gone, as opposed to slow, or lost on the way.
bool is_gone(const absl::Status& failure);

}  // namespace chord
