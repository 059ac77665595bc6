// What the paper leaves to its readers: starting, the successor list, peers that are gone.
#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "algorithms/chord/node.h"

namespace chord {

// Until it has joined, a node lets all who ask wait: on_start() keeps the turn.
Async Node::on_start() {
  if (!is_member() && !contact_) create();
  for (int attempt = 1; !is_member(); ++attempt) {
    const absl::StatusOr<Nothing> joined = co_await join(contact_).status_or();
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
