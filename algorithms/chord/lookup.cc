// Lookups as an application makes them: until they succeed, in either style of the paper.
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "algorithms/chord/node.h"

namespace chord {

Parallel<Sync<Found, Seconds<600>>> Node::lookup(Id key) {
  key = circle().wrap(key);
  const Stopwatch stopwatch = start_stopwatch();
  absl::Status failure;
  for (int i = 0; i < options_.lookup_attempts; ++i) {
    absl::StatusOr<Found> found = co_await attempt(key).status_or();
    if (found.ok()) {
      const std::size_t hops = found->path.size() - 1;
      measure("lookup_hops", static_cast<double>(hops));
      measure("lookup_seconds", to_seconds(stopwatch.elapsed()));
      remember(found->owner);
      report(LookupDone{key, found->owner, hops});
      co_return found;
    }
    count("lookup_timeouts");
    failure = found.status();
  }
  count("lookup_failures");
  report(LookupDone{key, std::nullopt, 0});
  co_return absl::Status(failure.code(),
                         absl::StrCat("lookup of ", key, " failed ", options_.lookup_attempts,
                                      " times, at last with: ", to_string(failure)));
}

Parallel<Sync<Found>> Node::attempt(Id key) {
  if (options_.iterative) {
    const Walk walked = co_await walk(me(), key);
    count("lookup_timeouts", walked.timeouts);
    Path path;
    for (const Peer& peer : walked.asked) path.push_back(peer.id);
    co_return Found{walked.owner, path};
  }
  co_return co_await self().find_successor(key, Path()).within(options_.lookup_timeout);
}

// One step of an iterative lookup, without those that the asking node found gone.
Sync<Hop> Node::next_hop(Id id, std::vector<Id> gone) {
  if (circle().in_half_open(id, id_, successor().id)) {
    for (const Peer& peer : successors_) {
      if (!std::ranges::count(gone, peer.id)) return Hop{true, peer};
    }
  }
  const Peer next = closest_preceding_node(id, gone);
  if (next == me()) return absl::AbortedError("knows no other way");
  return Hop{false, next};
}

// Asks one node after another for the successor of `id`. From a node that does not answer it goes
// back to the one before, and asks that for another way.
Parallel<Sync<Walk>> Node::walk(Peer first, Id id) {
  std::vector<Peer> way = {first};
  std::vector<Id> gone;
  const std::size_t most = 4 * finger_.size();
  for (std::size_t asked = 0; asked < most; ++asked) {
    auto hop =
        co_await way.back().ref.next_hop(id, gone).within(options_.answer_within).status_or();
    if (hop.ok() && hop->is_owner) {
      co_return Walk{hop->peer, way, static_cast<int>(gone.size())};
    }
    if (hop.ok()) {
      way.push_back(hop->peer);
      continue;
    }
    if (way.size() == 1) co_return hop.status();
    gone.push_back(way.back().id);
    if (is_gone(hop.status())) forget(way.back());
    way.pop_back();
  }
  co_return absl::AbortedError("lookup goes in circles");
}

}  // namespace chord
