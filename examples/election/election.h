// Leader election among a fixed number of replicas, as in Raft: Ongaro and Ousterhout, "In Search
// of an Understandable Consensus Algorithm", 2014, section 5.2. Without its log.
//
// Time is cut into terms. In each, a replica has one vote, which it remembers on its disk; whoever
// gets the votes of more than half is the leader of that term, and says so all the time. A replica
// that does not hear of a leader for a while stands for election in the next term.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "actor/actor.h"
#include "actor/algorithm.h"
#include "actor/peers.h"

namespace election {

using namespace troupe;

ACTOR_METHODS(Replica, request_vote, lead, known_leader, stand, ask_for_vote, send_heartbeats)

struct Vote {
  std::int64_t term = 0;  // that the voter knows of
  bool granted = false;
  FIELDS(term, granted)
};

// What a leader is told of, and whoever judges the run.
struct Elected {
  std::int64_t term = 0;
  std::size_t leader = 0;
};

struct ReplicaOptions {
  Duration patience = 150ms;        // without a heartbeat, at least; at most twice as much
  Duration heartbeat_every = 50ms;  // of the leader
  // Before it answers, a voter waits until its vote is on the disk. One that does not may vote
  // twice.
  bool waits_for_disk = true;
};

class Replica : public Actor<Replica> {
 public:
  enum class Role : std::uint8_t { kFollower, kCandidate, kLeader };

  Replica(Peers<Replica> peers, ReplicaOptions options)
      : peers_(std::move(peers)), options_(options) {}

  // Asked by candidates.
  Sync<Vote> request_vote(std::int64_t term, std::size_t candidate);

  // Said by the leader of a term, all the time.
  Async lead(std::int64_t term, std::size_t leader);

  // Asked by anybody: the leader's place among the peers, where this one knows one.
  Sync<std::optional<std::size_t>> known_leader() { return leader_; }

  // Run by timers, and by itself.
  Parallel<Async> stand();
  Parallel<Async> ask_for_vote(std::size_t peer, std::int64_t term);
  Async send_heartbeats();

  // The state, for checks.
  std::int64_t term() const { return term_; }
  Role role() const { return role_; }
  std::optional<std::size_t> leader() const { return leader_; }

 private:
  Async on_start() override;
  void wait_for_leader();
  void follow(std::int64_t term);
  void become_leader();

  Peers<Replica> peers_;
  ReplicaOptions options_;
  Timer timer_;  // until it stands for election; of a leader, between heartbeats
  Role role_ = Role::kFollower;
  std::optional<std::size_t> leader_;
  std::size_t votes_ = 0;  // of a candidate, with its own

  std::int64_t term_ = 0;
  std::optional<std::size_t> voted_for_;  // in this term
  SAVED(term_, voted_for_)
};

// What a scenario sees.
Algorithm election();

}  // namespace election
