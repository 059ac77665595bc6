// The replica, and the description of the algorithm.
#include "examples/election/election.h"

#include <map>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace election {

Async Replica::on_start() {
  wait_for_leader();
  return {};
}

// --- Following ---

// From now on. Replicas wait for different times, so that seldom two of them stand at once.
void Replica::wait_for_leader() {
  cancel(timer_);
  const Duration patience = random().uniform(options_.patience, 2 * options_.patience);
  timer_ = after(patience, &Replica::stand);
}

// In a new term, a replica is nobody's yet.
void Replica::follow(std::int64_t term) {
  if (term > term_) {
    term_ = term;
    voted_for_.reset();
    leader_.reset();
  }
  if (role_ == Role::kLeader) note("is no longer the leader: there is term ", term_);
  role_ = Role::kFollower;
}

Sync<Vote> Replica::request_vote(std::int64_t term, std::size_t candidate) {
  if (term > term_) follow(term);
  const bool granted = term == term_ && (!voted_for_ || *voted_for_ == candidate);
  if (granted) {
    voted_for_ = candidate;
    wait_for_leader();
    note("votes for ", candidate, " in term ", term_);
  }
  if (options_.waits_for_disk) co_await saved();
  co_return Vote{.term = term_, .granted = granted};
}

Async Replica::lead(std::int64_t term, std::size_t leader) {
  if (term < term_) return {};
  follow(term);
  leader_ = leader;
  wait_for_leader();
  return {};
}

// --- Standing for election ---

Parallel<Async> Replica::stand() {
  follow(term_ + 1);
  role_ = Role::kCandidate;
  voted_for_ = peers_.index();
  votes_ = 1;
  wait_for_leader();  // Where nobody wins, there is another term.
  note("stands in term ", term_);
  const std::int64_t term = term_;
  if (options_.waits_for_disk) co_await saved();
  if (term_ != term || role_ != Role::kCandidate) co_return;
  if (votes_ >= peers_.majority()) become_leader();  // It is alone.
  for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
    if (peer != peers_.index()) self().ask_for_vote(peer, term);
  }
}

Parallel<Async> Replica::ask_for_vote(std::size_t peer, std::int64_t term) {
  const absl::StatusOr<Vote> vote = co_await peers_[peer]
                                        .request_vote(term, peers_.index())
                                        .within(options_.patience)
                                        .status_or();
  if (!vote.ok()) co_return;  // It stands again, if need be.
  if (vote->term > term_) follow(vote->term);
  if (term_ != term || role_ != Role::kCandidate || !vote->granted) co_return;
  ++votes_;
  if (votes_ == peers_.majority()) become_leader();
}

void Replica::become_leader() {
  role_ = Role::kLeader;
  leader_ = peers_.index();
  note("is the leader of term ", term_);
  count("elections");
  report(Elected{.term = term_, .leader = peers_.index()});
  cancel(timer_);
  timer_ = every(options_.heartbeat_every, &Replica::send_heartbeats, 0s);
}

Async Replica::send_heartbeats() {
  if (role_ != Role::kLeader) {
    wait_for_leader();
    return {};
  }
  for (const Ref<Replica>& other : peers_.others()) other.lead(term_, peers_.index());
  return {};
}

// --- What a scenario sees ---

namespace {

std::unique_ptr<ActorBase> make_replica(const Parameters& parameters, const Spawning& spawning) {
  const ReplicaOptions options = {
      .patience = parameters.duration("patience"),
      .heartbeat_every = parameters.duration("heartbeat_every"),
      .waits_for_disk = parameters.flag("waits_for_disk"),
  };
  return std::make_unique<Replica>(spawning.peers<Replica>(), options);
}

// Everybody knows the same leader, who knows it, too.
absl::Status everybody_follows_one(const World& world, const Parameters&) {
  std::optional<std::size_t> leader;
  std::size_t leaders = 0;
  for (const Replica* replica : world.actors<Replica>()) {
    if (replica->role() == Replica::Role::kLeader) ++leaders;
    if (!replica->leader()) {
      return absl::FailedPreconditionError(
          absl::StrCat(world.name_of(replica->id()), " knows no leader"));
    }
    if (leader && leader != replica->leader()) {
      return absl::FailedPreconditionError(absl::StrCat(world.name_of(replica->id()), " follows ",
                                                        *replica->leader(), ", and others follow ",
                                                        *leader));
    }
    leader = replica->leader();
  }
  if (leaders == 1) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("there are ", leaders, " leaders"));
}

// All that were ever elected in this run.
struct Winners {
  std::map<std::int64_t, std::size_t> of_term;
  std::int64_t terms_with_two = 0;
  std::int64_t first_of_these = 0;
};

void judge(const World& world, const Parameters&, const Elected& elected) {
  auto& winners = world.memory<Winners>();
  const auto [winner, is_first] = winners.of_term.try_emplace(elected.term, elected.leader);
  if (is_first || winner->second == elected.leader) return;
  if (winners.terms_with_two++ == 0) winners.first_of_these = elected.term;
}

absl::Status one_leader_a_term(const World& world, const Parameters&) {
  const auto& winners = world.memory<Winners>();
  if (winners.terms_with_two == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("term ", winners.first_of_these, " has had two leaders"));
}

}  // namespace

Algorithm election() {
  const ReplicaOptions defaults;
  return Algorithm("election", "Replicas elect a leader, as in Raft.")
      .parameter("patience", defaults.patience, "how long a replica waits for its leader, at least")
      .parameter("heartbeat_every", defaults.heartbeat_every, "how often a leader says that it is")
      .parameter("waits_for_disk", defaults.waits_for_disk,
                 "a voter answers when its vote is on the disk")
      .actor<Replica>("one of those that elect a leader among them", make_replica)
      .check("everybody_follows_one", "all replicas follow the same leader", everybody_follows_one)
      .check("one_leader_a_term", "no term has ever had two leaders", one_leader_a_term)
      .on_report<Elected>(judge)
      .counts("elections", "that somebody has won");
}

}  // namespace election
