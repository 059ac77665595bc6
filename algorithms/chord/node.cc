// The procedures of the paper (ToN 2003, figures 5 and 6), in its order. See README.md.
#include "algorithms/chord/node.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace chord {

// --- Figure 5: finding the successor of an identifier --------------------------------------------

// ask node n to find the successor of id
Parallel<Sync<Found>> Node::find_successor(Id id, Path path, std::vector<Peer> gone) {
  if (!is_member()) co_await until([this] { return is_member(); });
  if (!path.empty() && !circle().in_open(id_, path.back(), id)) {
    co_await fail(absl::AbortedError("lookup goes in circles: a hop has come no nearer"));
  }
  path.push_back(id_);
  if (path.size() > options_.most_hops) {
    co_await fail(absl::AbortedError(absl::StrCat("lookup took more than ", options_.most_hops,
                                                  " hops (parameter most_hops)")));
  }
  while (!circle().in_half_open(id, id_, live_successor(gone).id)) {
    const Peer n = closest_preceding_node(id, gone);
    absl::StatusOr<Found> found =
        co_await n.ref.find_successor(id, path, gone).within(kNoTimeout).status_or();
    if (found.ok()) {
      heard(n);
      co_return found;
    }
    if (!is_gone(found.status())) {
      // Its own caller has given up by now. Whether it was n that was silent: for the next lookup.
      if (absl::IsDeadlineExceeded(found.status())) self().check(n);
      co_return found;
    }
    forget(n);  // and ask the next best
    gone.push_back(n);
  }
  const Peer owner = live_successor(gone);
  if (owner == me() && successor() != me()) {
    co_await fail(absl::AbortedError("all successors that the key's predecessor knows are gone"));
  }
  co_return Found{owner, std::move(path), {}, me(), std::move(gone)};
}

// search the local table for the highest predecessor of id
Peer Node::closest_preceding_node(Id id, const std::vector<Peer>& gone) const {
  Peer best = me();
  auto consider = [&](const Peer& peer) {
    if (peer.ref && circle().in_open(peer.id, best.id, id) && !is_silent(peer) &&
        !std::ranges::count(gone, peer)) {
      best = peer;
    }
  };
  for (int i = circle().bits() - 1; i >= 1 && best.id == id_; --i) consider(finger_[i]);
  consider(successor());
  if (options_.route_with_successors || !gone.empty() || !silent_.empty()) {
    for (const Peer& peer : successors_) consider(peer);
  }
  return best == me() ? live_successor(gone) : best;
}

// the first successor that is not known to be gone
Peer Node::live_successor(const std::vector<Peer>& gone) const {
  for (const Peer& peer : successors_) {
    if (std::ranges::count(gone, peer) == 0) return peer;
  }
  return me();
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
  const Found found =
      co_await known.find_successor(id_, Path(), Peers()).within(options_.lookup_timeout);
  learn_contact(found.predecessor);
  if (found.owner.id == id_) {
    // Perhaps this very node, before its host was restarted: then the ring will soon forget it.
    auto alive = co_await found.owner.ref.ping().within(options_.answer_within).status_or();
    if (alive.ok()) co_await fail(absl::AlreadyExistsError("identifier is taken"));
    co_await fail(absl::UnavailableError("the ring has not yet forgotten a node that was here"));
  }
  auto its = co_await found.owner.ref.neighbours().within(options_.answer_within).status_or();
  if (!its.ok()) co_await fail(absl::UnavailableError("the successor does not answer"));
  adopt_list(found.owner, its->successors);
}

// called periodically: verifies n's immediate successor, and tells the successor about n
Parallel<Async> Node::stabilize() {
  const Peer s = successor();
  auto x = co_await s.ref.neighbours().within(options_.answer_within).status_or();
  if (!x.ok()) {
    missed(s, x.status());
  } else {
    heard(s);
    if (s != successor()) co_return;  // It has changed meanwhile.
    adopt_list(s, x->successors);
    if (x->predecessor && circle().in_open(x->predecessor->id, id_, s.id)) {
      adopt_successor(*x->predecessor);
    } else if (x->predecessor && x->predecessor->id == id_ && x->predecessor != me()) {
      co_await contest(*x->predecessor);  // It has the identifier of this node.
    }
  }
  if (successor() != me()) successor().ref.notify(me());
}

// n' thinks it might be our predecessor
Async Node::notify(Peer candidate) {
  if (!is_member()) return {};
  if (!predecessor_ || circle().in_open(candidate.id, predecessor_->id, id_)) {
    predecessor_ = candidate;
  }
  return {};
}

// called periodically: refreshes finger table entries
Parallel<Async> Node::fix_fingers() {
  next_ = (next_ + 1) % circle().bits();
  const int next = next_;
  auto found = co_await self()
                   .find_successor(start(next), Path(), Peers())
                   .within(options_.lookup_timeout)
                   .status_or();
  if (!found.ok()) co_return;
  finger_[next] = found->owner;
  remember(found->owner);
}

// called periodically: checks whether the predecessor has failed
Parallel<Async> Node::check_predecessor() {
  if (!predecessor_) co_return;
  co_await check(*predecessor_);
}

}  // namespace chord
