// Lookups as an application makes them: until they succeed, in either style of the paper.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "algorithms/chord/node.h"

namespace chord {

Parallel<Sync<Found, Seconds<600>>> Node::lookup(Id key) {
  if (!is_member()) co_await until([this] { return is_member(); });
  key = circle().wrap(key);
  const Stopwatch stopwatch = start_stopwatch();
  absl::Status failure;
  std::vector<Peer> avoid;
  Duration pause = options_.lookup_pause;
  for (int i = 0; i < options_.lookup_attempts; ++i) {
    if (i > 0) {
      co_await sleep(random().uniform(pause / 2, pause * 3 / 2));
      pause = std::min<Duration>(2 * pause, 10s);
    }
    const Peer first = closest_preceding_node(key, avoid);
    absl::StatusOr<Found> found = co_await attempt(key, avoid).status_or();
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
    // After a silence, the next attempt takes another way.
    avoid.clear();
    if (absl::IsDeadlineExceeded(failure) && circle().in_open(first.id, id_, key)) {
      avoid.push_back(first);
    }
  }
  count("lookup_failures");
  report(LookupDone{key, std::nullopt, 0});
  co_return absl::Status(failure.code(),
                         absl::StrCat("lookup of ", key, " failed ", options_.lookup_attempts,
                                      " times, at last with: ", to_string(failure)));
}

// Both styles end with the owner's own answer: it is alive, and knows its successors.
Parallel<Sync<Found>> Node::attempt(Id key, std::vector<Peer> avoid) {
  Found found{.path = {id_}, .predecessor = me(), .gone = avoid};
  if (!options_.iterative) {
    found = co_await self().find_successor(key, Path(), avoid).within(options_.lookup_timeout);
  }
  found = co_await walk(key, std::move(found));
  count("lookup_timeouts", static_cast<std::int64_t>(found.gone.size() - avoid.size()));
  co_return found;
}

// One step of an iterative lookup, without those that the asking node found gone.
Sync<Hop> Node::next_hop(Id id, std::vector<Peer> gone) {
  if (!is_member()) return absl::FailedPreconditionError("has not joined a ring yet");
  const Peer next = live_successor(gone);
  if (next == me() && successor() != me()) return absl::AbortedError("knows no other way");
  if (circle().in_half_open(id, id_, next.id)) return Hop{true, next};
  return Hop{false, closest_preceding_node(id, gone)};
}

// Asks one node after another for the successor of `id`, beginning with from.predecessor, or with
// the owner where that one has named it; at last the owner itself. From a node that does not answer
// it goes back to the one before, and asks that for another way.
Parallel<Sync<Found>> Node::walk(Id id, Found from) {
  std::vector<Peer> way = {from.predecessor};
  Hop hop = {.is_owner = static_cast<bool>(from.owner.ref), .peer = from.owner};
  for (std::size_t asked = 0; asked < options_.most_hops; ++asked) {
    if (hop.is_owner) {
      from.owner = hop.peer;
      auto its = co_await hop.peer.ref.neighbours().within(options_.answer_within).status_or();
      if (its.ok()) {
        heard(hop.peer);
        from.successors = std::move(its->successors);
        from.predecessor = way.back();
        co_return from;
      }
      count("owner_timeouts");
      // One that is only silent remains the owner until the ring takes it for dead.
      if (!is_gone(its.status())) co_return its.status();
      forget(hop.peer);
      from.gone.push_back(hop.peer);
    }
    auto next =
        co_await way.back().ref.next_hop(id, from.gone).within(options_.answer_within).status_or();
    hop = next.ok() ? *next : Hop{};
    if (next.ok()) {
      heard(way.back());
      if (hop.is_owner) continue;
      if (!circle().in_open(hop.peer.id, way.back().id, id)) {
        co_await fail(absl::AbortedError("lookup goes in circles: a hop has come no nearer"));
      }
      way.push_back(hop.peer);
      from.path.push_back(hop.peer.id);
      continue;
    }
    if (way.size() == 1) co_return next.status();
    missed(way.back(), next.status());
    from.gone.push_back(way.back());
    way.pop_back();
    from.path.pop_back();
  }
  co_return absl::AbortedError(
      absl::StrCat("lookup took more than ", options_.most_hops, " hops (parameter most_hops)"));
}

}  // namespace chord
