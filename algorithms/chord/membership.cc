// What the paper leaves to its readers: starting and leaving, the successor list, peers that are
// gone, and rings that have split.
#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "algorithms/chord/node.h"

namespace chord {

// Until it has joined, a node lets all who ask wait: on_start() keeps the turn.
Async Node::on_start() {
  if (!is_member() && !contact_ && remembered_.empty()) create();
  for (int attempt = 1; !is_member(); ++attempt) {
    const absl::StatusOr<Nothing> joined = co_await join(contact(attempt)).status_or();
    if (joined.ok()) break;
    count("join_retries");
    if (absl::IsAlreadyExists(joined.status()) || attempt >= options_.join_attempts) {
      count("join_failures");
      co_await fail(absl::Status(joined.status().code(),
                                 absl::StrCat("node ", id_, " gave up joining after ", attempt,
                                              " attempts: ", to_string(joined.status()))));
    }
    co_await sleep(options_.join_retry);
  }
  // Not all nodes at once, even where all were born at once.
  auto phase = [this](Duration period) { return random().uniform(Duration(0), period); };
  every(options_.stabilize_every, &Node::stabilize, phase(options_.stabilize_every));
  every(options_.fix_fingers_every, &Node::fix_fingers, phase(options_.fix_fingers_every));
  every(options_.check_predecessor_every, &Node::check_predecessor,
        phase(options_.check_predecessor_every));
  if (options_.remember == 0) co_return;
  every(options_.check_partition_every, &Node::check_partition,
        phase(options_.check_partition_every));
}

// Whom to join through: the one that it was told of, and by turns one that it remembers from before
// its host was restarted.
Ref<Node> Node::contact(int attempt) {
  if (remembered_.empty() || (contact_ && attempt % 2 == 1)) return contact_;
  return remembered_[random().below(remembered_.size())].ref;
}

void Node::start_with(std::optional<Peer> predecessor, std::vector<Peer> successors,
                      std::vector<Peer> fingers) {
  predecessor_ = predecessor;
  successors_ = std::move(successors);
  finger_ = std::move(fingers);
}

bool is_gone(const absl::Status& failure) {
  return absl::IsUnavailable(failure) || absl::IsNotFound(failure);
}

// A silent peer may only have lost a message: it is dead when it is gone for certain, or was
// silent several times in a row.
bool Node::is_dead(const absl::Status& failure, int& misses) const {
  if (!is_gone(failure) && ++misses < options_.patience) return false;
  misses = 0;
  return true;
}

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

// --- Leaving (ToN, section IV-E5)
// -----------------------------------------------------------------

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
  if (successor() == gone && !next.empty() && next.front() != me()) {
    adopt_list(next.front(), std::vector<Peer>(next.begin() + 1, next.end()));
  }
  forget(gone);
  return {};
}

// --- Rings that have split (SIGCOMM 2001, section 8)
// ------------------------------------------------

// "... for nodes to maintain long-term memory of a random set of nodes they have encountered in the
// past; if a partition forms, the random sets in one partition are likely to include nodes from the
// other partition."  Whoever is silent is kept, therefore; only who is gone for certain makes room.
void Node::remember(const Peer& peer) {
  if (remembered_.size() >= options_.remember || peer == me()) return;
  if (std::ranges::count(remembered_, peer) == 0) remembered_.push_back(peer);
}

// "... for each node n to periodically ask other nodes to do a Chord lookup for n; if the lookup
// does not yield node n, there may be a partition."  It has led to n's predecessor in the other
// ring, and yields n's successor there. Where n is closer to that predecessor than what it has for
// its successor, n becomes its successor; and the other way round. When all have done so, the two
// rings are one.
Parallel<Async> Node::check_partition() {
  if (remembered_.empty()) co_return;
  const Peer p = remembered_[random().below(remembered_.size())];
  auto there = co_await walk(p, id_).status_or();
  if (is_gone(there.status())) std::erase(remembered_, p);
  if (!there.ok() || there->owner.id == id_) co_return;
  count("partitions_found");
  remember(there->owner);
  there->asked.back().ref.introduce(me());
  co_await introduce(there->owner);
}

// n' lies closer to this node than its successor, perhaps
Async Node::introduce(Peer candidate) {
  if (circle().in_open(candidate.id, id_, successor().id)) {
    adopt_successor(candidate);
    successor().ref.notify(me());
  }
  return {};
}

// `peer` is gone: nothing of this node names it any more.
void Node::forget(const Peer& peer) {
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

}  // namespace chord
