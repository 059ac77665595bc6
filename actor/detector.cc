// The failure detector: its rounds of pings, and what it makes of the answers.
#include "actor/detector.h"

namespace troupe {

Async FailureDetector::on_start() {
  every(options_.period, &FailureDetector::tick);
  return {};
}

Async FailureDetector::add(ActorId actor) {
  members_.try_emplace(actor);
  return {};
}

Async FailureDetector::remove(ActorId actor) {
  members_.erase(actor);
  return {};
}

Sync<std::vector<ActorId>> FailureDetector::members() {
  std::vector<ActorId> all;
  for (const auto& [actor, member] : members_) all.push_back(actor);
  return all;
}

Sync<std::vector<ActorId>> FailureDetector::suspects() {
  std::vector<ActorId> down;
  for (const auto& [actor, member] : members_) {
    if (!member.up) down.push_back(actor);
  }
  return down;
}

Async FailureDetector::tick() {
  for (auto& [actor, member] : members_) {
    if (member.ended || member.probing) continue;
    member.probing = true;
    self().probe(actor);
  }
  return {};
}

Parallel<Async> FailureDetector::probe(ActorId actor) {
  const absl::StatusOr<Nothing> answer =
      co_await Call<>(internal::Life::ping_call(actor)).within(options_.timeout).status_or();
  const auto found = members_.find(actor);
  if (found == members_.end()) co_return;  // It was removed meanwhile.
  Member& member = found->second;
  member.probing = false;
  member.ended = absl::IsNotFound(answer.status());
  member.misses = answer.ok() ? 0 : member.misses + 1;
  const bool up = !member.ended && member.misses <= options_.retries;
  if (up == member.up || (up && !answer.ok())) co_return;
  member.up = up;
  report_({.actor = actor, .up = up, .why = answer.status()});
}

}  // namespace troupe
