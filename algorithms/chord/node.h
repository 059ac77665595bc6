// Node: a member of a Chord ring (Stoica et al., IEEE/ACM Transactions on Networking 2003, "ToN").
//
// Reads beside the paper: node.cc has its procedures, under its names and in its order; README.md
// lays both side by side. What the paper leaves open is in joining.cc (finding a ring, however long
// it takes) and membership.cc (lost messages, dead peers, leaving, rings that have split), and what
// an application asks in lookup.cc.
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
              successor_leaves, introduce, begin, check, give_way)

// A node as others know it.
struct Peer {
  Id id = 0;
  Ref<Node> ref;
  FIELDS(id, ref)
  friend bool operator==(const Peer&, const Peer&) = default;
};
using Peers = std::vector<Peer>;

// The nodes that a lookup has come through, in order: the one that asks first, the key's
// predecessor last. As in the papers, a lookup has one hop less than its path has nodes.
using Path = std::vector<Id>;

struct Found {
  Peer owner = {};
  Path path = {};
  std::vector<Peer> successors = {};  // of the owner, as it says itself; empty: it was not asked
  Peer predecessor = {};              // of the key: the last node of the path
  std::vector<Peer> gone = {};        // those that the lookup tried, and that did not answer
  FIELDS(owner, path, successors, predecessor, gone)
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
  Duration answer_within = 1s;   // A peer that takes longer for one answer has missed.
  int patience = 4;              // misses in a row before a silent peer counts as dead
  Duration lookup_timeout = 3s;  // the time that find_successor has, over all its hops
  int lookup_attempts = 10;
  Duration lookup_pause = 100ms;  // before the second attempt, on average; it doubles each time
  std::size_t most_hops = 1000;   // A lookup that takes more has failed.
  Duration join_retry = 1s;
  int join_attempts = 100;
  std::size_t remember = 0;  // so many nodes for ever, to find the ring again after a partition
  Duration check_partition_every = 10s;
};

class Node : public Actor<Node> {
 public:
  // Joins the ring of the contacts, whichever of them answers; or creates one where there are none.
  Node(NodeOptions options, Id id, std::vector<Ref<Node>> contacts);
  Node(NodeOptions options, Id id, Ref<Node> contact)
      : Node(options, id, std::vector<Ref<Node>>{contact}) {}

  // Asked by other nodes. Before it has joined, a node lets those wait who ask for a successor or
  // for its neighbours, and refuses next_hop() and ping() with FAILED_PRECONDITION.
  Parallel<Sync<Found>> find_successor(Id id, Path path, std::vector<Peer> gone);
  Sync<Hop> next_hop(Id id, std::vector<Peer> gone);
  Parallel<Sync<Neighbours>> neighbours();
  Async notify(Peer candidate);
  Sync<> ping();
  Async predecessor_leaves(Peer gone, std::optional<Peer> next);
  Async successor_leaves(Peer gone, std::vector<Peer> next);
  Async introduce(Peer candidate);
  Parallel<Async> give_way(Peer other);

  // Asked before its host goes down in good order.
  Parallel<Sync<>> leave();

  // Asked by an application: who owns this key? The owner has answered a moment ago.
  Parallel<Sync<Found, Seconds<600>>> lookup(Id key);

  // Run now and then.
  Parallel<Async> stabilize();
  Parallel<Async> fix_fingers();
  Parallel<Async> check_predecessor();
  Parallel<Async> check_partition();

  // Run by the node itself: joining, and a look at a peer that has not answered.
  Parallel<Async> begin();
  Parallel<Async> check(Peer peer);

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
  Peer closest_preceding_node(Id id, const std::vector<Peer>& gone) const;
  const Peer& successor() const { return successors_.front(); }
  Peer live_successor(Id id, const std::vector<Peer>& gone) const;

  // joining.cc
  Parallel<Sync<Neighbours>> neighbours_after_joining();
  void start_timers();
  Ref<Node> contact(int attempt);
  void drop_contact(const Ref<Node>& contact, const absl::Status& failure);
  void learn_contact(const Peer& peer);
  Parallel<Sync<bool>> may_create();
  Parallel<Sync<>> contest(Peer other);
  Parallel<Sync<Peer>> find_again(Peer peer);

  // membership.cc
  void adopt_successor(const Peer& peer);
  void adopt_list(const Peer& head, const std::vector<Peer>& tail);
  void forget(const Peer& peer);
  void heard(const Peer& peer);
  void missed(const Peer& peer, const absl::Status& failure);
  bool is_last_known(const Peer& peer) const;
  bool knows(const Peer& peer) const;
  bool is_silent(const Peer& peer) const;
  void remember(const Peer& peer);

  // lookup.cc
  Parallel<Sync<Found>> attempt(Id key, std::vector<Peer> avoid);
  Parallel<Sync<Found>> walk(Id id, Found from);

  // A peer that has not answered lately.
  struct Silence {
    Peer peer;
    int misses = 0;  // in a row
    Time last;
  };
  // A peer that is kept in mind for ever, to find the ring again.
  struct Acquaintance {
    Peer peer;
    bool gone = false;  // when it was last asked: its place may be taken
    FIELDS(peer, gone)
  };

  NodeOptions options_;
  Id id_;
  std::vector<Ref<Node>> contacts_;  // Whom to join through. Not used after joining.
  std::vector<Peer> successors_;     // The successor first. Empty: not a member yet.
  std::optional<Peer> predecessor_;
  std::vector<Peer> finger_;  // finger_[0] is not used: it is the successor.
  int next_ = 0;              // The finger to fix next.
  std::vector<Silence> silent_;
  std::vector<Acquaintance> remembered_;
  SAVED(remembered_)
};

// Whether a call failed because its target is gone, as opposed to slow, or lost on the way.
bool is_gone(const absl::Status& failure);

}  // namespace chord
