// Joining: how a node comes into a ring, through whichever of those that it knows answers, and what
// happens where none of them is in a ring yet, or where two nodes have one identifier.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "actor/host.h"
#include "algorithms/chord/node.h"

namespace chord {
namespace {

// Under this name a node that remembers others can be found on its host, also after a restart.
std::string name_of(Id id) { return absl::StrCat("chord node ", id); }

absl::Status taken(Id id) {
  return absl::AlreadyExistsError(absl::StrCat("the identifier ", id, " is taken"));
}

}  // namespace

Node::Node(NodeOptions options, Id id, std::vector<Ref<Node>> contacts)
    : options_(options), id_(id), finger_(static_cast<std::size_t>(options.circle.bits())) {
  for (const Ref<Node>& contact : contacts) {
    if (contact && std::ranges::count(contacts_, contact) == 0) contacts_.push_back(contact);
  }
}

Async Node::on_start() {
  if (options_.remember > 0) {
    // Where another actor has the name, this node cannot be found by it, and that is all.
    static_cast<void>(names().bind(name_of(id_), self(), IfTaken::kReplace));
  }
  if (is_member()) {
    start_timers();
  } else {
    self().begin();
  }
  return {};
}

// Until the node is a member. It gives up when it has tried often enough, when its identifier is
// taken, or when everybody whom it could ask has ended.
Parallel<Async> Node::begin() {
  absl::Status failure;
  if (std::ranges::count(contacts_, self()) > 0) {
    failure = absl::InvalidArgumentError("a node cannot join through itself");
  } else if (contacts_.empty() && remembered_.empty()) {
    create();
  }
  for (int attempt = 1; !is_member(); ++attempt) {
    if (failure.ok()) {
      const Ref<Node> known = contact(attempt);
      const absl::StatusOr<Nothing> joined = co_await join(known).status_or();
      if (joined.ok()) break;
      failure = joined.status();
      count("join_retries");
      drop_contact(known, failure);
    }
    const bool nobody_left = contacts_.empty() && remembered_.empty();
    if (absl::IsAlreadyExists(failure) || absl::IsInvalidArgument(failure) || nobody_left ||
        attempt >= options_.join_attempts) {
      count("join_failures");
      co_await exit(absl::Status(
          failure.code(),
          absl::StrCat("node ", id_, " gave up joining after ", attempt, " attempts",
                       nobody_left ? ", with nobody left to ask: " : ": ", to_string(failure))));
    }
    failure = absl::OkStatus();
    if (attempt % static_cast<int>(contacts_.size() + remembered_.size()) == 0) {
      const bool alone = co_await may_create();
      if (alone) create();
    }
    if (!is_member()) co_await sleep(options_.join_retry);
  }
  contacts_.clear();
  start_timers();
}

Parallel<Sync<Neighbours>> Node::neighbours_after_joining() {
  co_await until([this] { return is_member(); });
  co_return Neighbours{predecessor_, successors_};
}

void Node::start_timers() {
  // Not all nodes at once, even where all were born at once.
  auto phase = [this](Duration period) { return random().uniform(Duration(0), period); };
  every(options_.stabilize_every, &Node::stabilize, phase(options_.stabilize_every));
  every(options_.fix_fingers_every, &Node::fix_fingers, phase(options_.fix_fingers_every));
  every(options_.check_predecessor_every, &Node::check_predecessor,
        phase(options_.check_predecessor_every));
  if (options_.remember == 0) return;
  every(options_.check_partition_every, &Node::check_partition,
        phase(options_.check_partition_every));
}

// Whom to join through: one after the other those that it was told of, and by turns one that it
// remembers from before its host was restarted.
Ref<Node> Node::contact(int attempt) {
  if (remembered_.empty() || (!contacts_.empty() && attempt % 2 == 1)) {
    const auto turn = static_cast<std::size_t>(remembered_.empty() ? attempt - 1 : attempt / 2);
    return contacts_[turn % contacts_.size()];
  }
  return remembered_[random().below(remembered_.size())].peer.ref;
}

// An actor that has ended never answers again. One whose host is down may only be out of reach.
void Node::drop_contact(const Ref<Node>& contact, const absl::Status& failure) {
  if (absl::IsNotFound(failure)) std::erase(contacts_, contact);
}

// Who has been met on the way leads to the ring as well.
void Node::learn_contact(const Peer& peer) {
  constexpr std::size_t kMostContacts = 8;
  if (contacts_.size() < kMostContacts && std::ranges::count(contacts_, peer.ref) == 0) {
    contacts_.push_back(peer.ref);
  }
}

// After an outage of all hosts, everybody looks for the ring and nobody is in it. Then that one
// creates it which finds nobody that it remembers in a ring, and among those who look, too, nobody
// with a smaller identifier. There may be several; check_partition() makes one ring of theirs.
Parallel<Sync<bool>> Node::may_create() {
  if (remembered_.empty()) co_return false;
  bool first = true;
  for (std::size_t i = 0; i < remembered_.size(); ++i) {
    auto peer = co_await find_again(remembered_[i].peer).status_or();
    if (!peer.ok() || peer->ref == self()) continue;
    remembered_[i].peer = *peer;
    auto alive = co_await peer->ref.ping().within(options_.answer_within).status_or();
    const bool is_joining = absl::IsFailedPrecondition(alive.status());
    if (alive.ok() || (is_joining && peer->id < id_)) first = false;
  }
  co_return first;
}

// A peer as it is now: the same, or the node that has come to its host in its place.
Parallel<Sync<Peer>> Node::find_again(Peer peer) {
  auto alive = co_await peer.ref.ping().within(options_.answer_within).status_or();
  if (!is_gone(alive.status())) co_return peer;
  const auto found = co_await host_of(peer.ref).lookup(name_of(peer.id)).within(options_.answer_within);
  const Ref<Node> node = co_await found.as<Node>();
  co_return Peer{peer.id, node};
}

// Another node has this one's identifier: both have joined at the same time, or in two rings. If it
// is alive, one of the two ends: the one whose reference is greater, so both decide alike.
Parallel<Sync<>> Node::contest(Peer other) {
  auto alive = co_await other.ref.ping().within(options_.answer_within).status_or();
  if (!alive.ok()) co_return;
  if (id_of(self()) < id_of(other.ref)) {
    other.ref.give_way(me());
    co_return;
  }
  count("join_failures");
  co_await exit(taken(id_));
}

Parallel<Async> Node::give_way(Peer other) {
  if (other.id == id_ && other != me()) co_await contest(other);
}

}  // namespace chord
