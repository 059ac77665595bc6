// The procedures of the paper (ToN 2003, figures 5 and 6), in its order. See README.md.
#include "algorithms/chord/node.h"

#include "absl/status/status.h"

namespace chord {

// --- Figure 5: finding the successor of an identifier --------------------------------------------

// ask node n to find the successor of id
Parallel<Sync<Found>> Node::find_successor(Id id, Path path) {
  path.push_back(id_);
  if (path.size() > 4 * finger_.size()) co_return absl::AbortedError("lookup goes in circles");
  while (!circle().in_half_open(id, id_, successor().id)) {
    const Peer n = closest_preceding_node(id);
    absl::StatusOr<Found> found = co_await n.ref.find_successor(id, path).status_or();
    if (found.ok() || !is_gone(found.status())) co_return found;
    forget(n);  // and ask the next best
  }
  co_return Found{successor(), path};
}

// search the local table for the highest predecessor of id
Peer Node::closest_preceding_node(Id id, const std::vector<Id>& gone) const {
  Peer best = me();
  auto consider = [&](const Peer& peer) {
    if (peer.ref && circle().in_open(peer.id, best.id, id) && !std::ranges::count(gone, peer.id)) {
      best = peer;
    }
  };
  for (int i = circle().bits() - 1; i >= 1 && best.id == id_; --i) consider(finger_[i]);
  consider(successor());
  if (options_.route_with_successors || !gone.empty()) {
    for (const Peer& peer : successors_) consider(peer);
  }
  return best;
}

// --- Figure 6: stabilization ---------------------------------------------------------------------

// create a new Chord ring
void Node::create() {
  predecessor_.reset();
  successors_ = {me()};
}

// join the Chord ring that contains node n'
Sync<> Node::join(Ref<Node> known) {
  predecessor_.reset();
  const Found found = co_await known.find_successor(id_, Path());
  if (found.owner.id == id_) {
    // Perhaps this very node, before its host was restarted: then the ring will soon forget it.
    auto alive = co_await found.owner.ref.ping().within(options_.answer_within).status_or();
    if (is_gone(alive.status())) co_await fail(std::move(alive).status());
    co_await fail(absl::AlreadyExistsError("identifier is taken"));
  }
  successors_ = {found.owner};
}

// called periodically: verifies n's immediate successor, and tells the successor about n
Parallel<Async> Node::stabilize() {
  const Peer s = successor();
  auto x = co_await s.ref.neighbours().within(options_.answer_within).status_or();
  if (s != successor()) co_return;  // It has changed meanwhile.
  if (x.ok()) {
    successor_misses_ = 0;
    adopt_list(s, x->successors);
    if (x->predecessor && circle().in_open(x->predecessor->id, id_, s.id)) {
      adopt_successor(*x->predecessor);
    }
  } else if (is_dead(x.status(), successor_misses_)) {
    forget(s);
  }
  if (successor() != me()) successor().ref.notify(me());
}

// n' thinks it might be our predecessor
Async Node::notify(Peer candidate) {
  if (!predecessor_ || circle().in_open(candidate.id, predecessor_->id, id_)) {
    predecessor_ = candidate;
    predecessor_misses_ = 0;
  }
  return {};
}

// called periodically: refreshes finger table entries
Parallel<Async> Node::fix_fingers() {
  next_ = (next_ + 1) % circle().bits();
  const int next = next_;
  auto found = co_await find_successor(start(next), Path()).status_or();
  if (!found.ok()) co_return;
  finger_[next] = found->owner;
  remember(found->owner);
}

// called periodically: checks whether the predecessor has failed
Parallel<Async> Node::check_predecessor() {
  if (!predecessor_) co_return;
  const Peer p = *predecessor_;
  auto alive = co_await p.ref.ping().within(options_.answer_within).status_or();
  if (predecessor_ != p) co_return;  // It has changed meanwhile.
  if (alive.ok()) {
    predecessor_misses_ = 0;
  } else if (is_dead(alive.status(), predecessor_misses_)) {
    predecessor_.reset();
  }
}

}  // namespace chord
