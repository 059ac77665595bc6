// What the paper leaves to its readers: the successor list, peers that are silent or gone, leaving,
// and rings that have split.
#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "algorithms/chord/node.h"

namespace chord {

void Node::start_with(std::optional<Peer> predecessor, std::vector<Peer> successors,
                      std::vector<Peer> fingers) {
  predecessor_ = predecessor;
  successors_ = std::move(successors);
  finger_ = std::move(fingers);
}

bool is_gone(const absl::Status& failure) {
  return absl::IsUnavailable(failure) || absl::IsNotFound(failure);
}

// What a node that has not joined yet answers; whoever asks has not taken it for a member.
absl::Status not_joined() { return absl::FailedPreconditionError("has not joined a ring yet"); }

Parallel<Sync<Neighbours>> Node::neighbours() {
  if (!is_member()) return neighbours_after_joining();
  return Neighbours{predecessor_, successors_};
}

Sync<> Node::ping() { return is_member() ? absl::OkStatus() : not_joined(); }

// --- Peers that do not answer -------------------------------------------------------------------

Parallel<Async> Node::check(Peer peer) {
  auto alive = co_await peer.ref.ping().within(options_.answer_within).status_or();
  if (alive.ok()) {
    heard(peer);
  } else {
    missed(peer, alive.status());
  }
}

void Node::heard(const Peer& peer) {
  if (silent_.empty()) return;
  std::erase_if(silent_, [&](const Silence& silence) { return silence.peer == peer; });
}

// A silent peer may only have lost a message: it is dead when it is gone for certain, or was
// silent several times in a row. What several calls miss at the same time is one miss.
void Node::missed(const Peer& peer, const absl::Status& failure) {
  if (peer == me()) return;
  auto silence = std::ranges::find(silent_, peer, &Silence::peer);
  if (silence == silent_.end()) {
    constexpr std::size_t kMostSilent = 64;
    if (silent_.size() == kMostSilent) silent_.erase(silent_.begin());
    silence = silent_.insert(silent_.end(), Silence{peer, 0, Time()});
  } else if (!is_gone(failure) && now() - silence->last < options_.answer_within / 2) {
    return;
  }
  silence->last = now();
  if (is_gone(failure) || ++silence->misses >= options_.patience) {
    silent_.erase(silence);
    if (is_gone(failure) || !is_last_known(peer)) forget(peer);
  } else if (peer != successor() && peer != predecessor_) {
    after(options_.answer_within, &Node::check, peer);  // Nobody else looks at it.
  }
}

// Whether this node knows nobody else. Then it may be this node that is not heard, and not the peer
// that is silent: who forgets its last peer never finds the ring again.
bool Node::is_last_known(const Peer& peer) const {
  auto is_other = [&](const Peer& one) { return one.ref && one != peer && one != me(); };
  return std::ranges::none_of(successors_, is_other) && std::ranges::none_of(finger_, is_other) &&
         (!predecessor_ || !is_other(*predecessor_));
}

// Whether lookups may be sent there.
bool Node::knows(const Peer& peer) const {
  return std::ranges::count(successors_, peer) > 0 || std::ranges::count(finger_, peer) > 0;
}

// Whether lookups leave this peer out where they can.
bool Node::is_silent(const Peer& peer) const {
  return !silent_.empty() && std::ranges::count(silent_, peer, &Silence::peer) > 0;
}

// `peer` is gone: nothing of this node names it any more.
void Node::forget(const Peer& peer) {
  if (!is_member()) return;
  std::erase(successors_, peer);
  std::ranges::replace(finger_, peer, Peer{});
  if (predecessor_ == peer) predecessor_.reset();
  if (!successors_.empty()) return;
  // The whole list is gone. Whoever else is known leads back to the ring; else this node is alone.
  Peer next = me();
  for (const Peer& finger : finger_) {
    if (finger.ref && circle().in_open(finger.id, id_, next.id)) next = finger;
  }
  if (next == me() && predecessor_) next = *predecessor_;
  successors_ = {next};
}

// --- The successor list -------------------------------------------------------------------------

// `peer` stands between this node and its successor.
void Node::adopt_successor(const Peer& peer) {
  successors_.insert(successors_.begin(), peer);
  if (successors_.size() > options_.successors) successors_.pop_back();
}

// The list of the successor `head`, with itself in front and without its last entry. It ends where
// it comes round to this node.
void Node::adopt_list(const Peer& head, const std::vector<Peer>& tail) {
  std::vector<Peer> list = {head};
  for (const Peer& peer : tail) {
    if (list.size() == options_.successors || peer.id == id_) break;
    if (!circle().in_open(peer.id, list.back().id, id_)) break;  // not in order: not to be trusted
    list.push_back(peer);
  }
  successors_ = std::move(list);
}

// --- Leaving (ToN, section IV-E5) ---------------------------------------------------------------

// The two neighbours learn what stabilization would find out later.
Parallel<Sync<>> Node::leave() {
  if (!is_member() || successor() == me()) co_return;
  successor().ref.predecessor_leaves(me(), predecessor_);
  if (predecessor_) predecessor_->ref.successor_leaves(me(), successors_);
  // The messages are on their way; a lost one is as if this node had crashed.
}

Async Node::predecessor_leaves(Peer gone, std::optional<Peer> next) {
  if (predecessor_ == gone) predecessor_ = next == me() ? std::nullopt : next;
  forget(gone);
  return {};
}

Async Node::successor_leaves(Peer gone, std::vector<Peer> next) {
  if (is_member() && successor() == gone && !next.empty() && next.front() != me()) {
    adopt_list(next.front(), std::vector<Peer>(next.begin() + 1, next.end()));
  }
  forget(gone);
  return {};
}

// --- Rings that have split (SIGCOMM 2001, section 8) ---------------------------------------------

// "... for nodes to maintain long-term memory of a random set of nodes they have encountered in the
// past; if a partition forms, the random sets in one partition are likely to include nodes from the
// other partition."  Whoever is silent is kept, therefore; only who is gone for certain makes room.
void Node::remember(const Peer& peer) {
  if (options_.remember == 0 || peer == me()) return;
  const auto place = std::ranges::find_if(
      remembered_, [&](const Acquaintance& one) { return one.gone || one.peer == peer; });
  const bool has_room = remembered_.size() < options_.remember;
  const auto same = std::ranges::find(remembered_, peer, &Acquaintance::peer);
  if (same != remembered_.end()) {
    same->gone = false;
  } else if (has_room) {
    remembered_.push_back({peer});
  } else if (place != remembered_.end()) {
    *place = {peer};
  }
}

// "... for each node n to periodically ask other nodes to do a Chord lookup for n; if the lookup
// does not yield node n, there may be a partition."  It has led to n's predecessor in the other
// ring, and yields n's successor there. Where n is closer to that predecessor than what it has for
// its successor, n becomes its successor; and the other way round. When all have done so, the two
// rings are one.
Parallel<Async> Node::check_partition() {
  if (remembered_.empty()) co_return;
  const std::size_t chosen = random().below(remembered_.size());
  const Peer p = remembered_[chosen].peer;
  auto there = co_await walk(id_, Found{.path = {p.id}, .predecessor = p}).status_or();
  if (is_gone(there.status())) {
    // Its host may have been restarted, and another node be there in its place.
    auto again = co_await find_again(p).status_or();
    const auto place = std::ranges::find(remembered_, p, &Acquaintance::peer);
    if (place == remembered_.end()) co_return;
    place->gone = !again.ok();
    if (again.ok()) place->peer = *again;
    co_return;
  }
  if (!there.ok() || there->owner == me()) co_return;
  if (there->owner.id == id_) co_await contest(there->owner);
  if (there->owner.id == id_) co_return;
  count("partitions_found");
  remember(there->owner);
  there->predecessor.ref.introduce(me());
  co_await introduce(there->owner);
}

// n' lies closer to this node than its successor, perhaps
Async Node::introduce(Peer candidate) {
  if (is_member() && circle().in_open(candidate.id, id_, successor().id)) {
    adopt_successor(candidate);
    successor().ref.notify(me());
  }
  return {};
}

}  // namespace chord
