// Spawning, and spawning again what a host has lost.
#include "sim/deployment.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "actor/internal/directory.h"
#include "actor/internal/life.h"
#include "actor/saved.h"

namespace troupe::sim {

// What the factory of a new actor may know.
class Deployment::Context final : public Spawning {
 public:
  Context(Deployment& deployment, const Placed& placed, HostId host)
      : deployment_(deployment), placed_(placed), host_(host) {}
  std::int64_t index() const override { return placed_.index; }
  std::int64_t count() const override { return placed_.group->count; }
  std::string host_name() const override { return deployment_.simulator_.host_name(host_); }
  std::uint64_t seed() const override { return deployment_.simulator_.seed(); }

 protected:
  ActorId contact_of(const ActorType& type) const override { return deployment_.pick(type); }
  std::pair<std::vector<ActorId>, std::size_t> peers_of() const override {
    if (placed_.group->peers.empty()) deployment_.make_peers(*placed_.actor, *placed_.group);
    return {placed_.group->peers, placed_.number};
  }

 private:
  Deployment& deployment_;
  const Placed& placed_;
  HostId host_;
};

// A host whose actors say goodbye: first each by the method that its class has for it, then all are
// stopped.
struct Deployment::Leaving {
  struct Step : internal::PendingCall {
    Deployment* deployment = nullptr;
    Leaving* leaving = nullptr;
  };
  HostId host = 0;
  std::vector<ActorId> actors;
  bool stopping = false;
  std::size_t waits_for = 0;
  std::vector<std::unique_ptr<Step>> steps;
};

Deployment::Deployment(Simulator& simulator, const scenario::Scenario& scenario)
    : simulator_(simulator), scenario_(scenario) {
  for (const Algorithm::ActorClass& actor : scenario.algorithm->actors()) {
    types_.push_back(actor.type);
  }
}

Deployment::~Deployment() = default;

// --- Which hosts, which actors
// --------------------------------------------------------------------

bool Deployment::has_role(const scenario::HostsWhere& where, HostId host) const {
  bool is_there = false;
  bool has_role = false;
  simulator_.visit_actors(host, [&](const ActorBase& actor) {
    if (&actor.type() != where.role->type) return;
    is_there = true;
    has_role |= where.role->function(simulator_.world(), scenario_.parameters, actor);
  });
  return is_there && has_role != where.negated;
}

std::vector<HostId> Deployment::choose(const scenario::Hosts& hosts, const Fits& fits,
                                       Random& random) const {
  if (const auto* where = std::get_if<scenario::HostsWhere>(&hosts)) {
    const Fits both = [&](HostId host) { return fits(host) && has_role(*where, host); };
    return choose(where->among->hosts, both, random);
  }
  const auto listed = [&](const std::vector<std::int64_t>& numbers) {
    std::vector<HostId> chosen;
    for (const std::int64_t number : numbers) {
      if (fits(static_cast<HostId>(number))) chosen.push_back(static_cast<HostId>(number));
    }
    return chosen;
  };
  if (const auto* list = std::get_if<scenario::HostList>(&hosts)) return listed(list->numbers);

  std::vector<HostId> candidates;
  std::variant<std::monostate, scenario::HostFraction, scenario::HostCount> part;
  if (const auto* among = std::get_if<scenario::HostsAmong>(&hosts)) {
    candidates = listed(among->numbers);
    std::visit([&](const auto& some) { part = some; }, among->how_many);
  } else {
    for (HostId host = 0; host < simulator_.host_count(); ++host) {
      if (fits(host)) candidates.push_back(host);
    }
    if (const auto* fraction = std::get_if<scenario::HostFraction>(&hosts)) part = *fraction;
    if (const auto* count = std::get_if<scenario::HostCount>(&hosts)) part = *count;
  }
  std::size_t count = candidates.size();
  if (const auto* fraction = std::get_if<scenario::HostFraction>(&part)) {
    count = fraction->part_of(candidates.size());
  } else if (const auto* some = std::get_if<scenario::HostCount>(&part)) {
    count = std::min(count, static_cast<std::size_t>(some->count));
  } else {
    return candidates;
  }
  // The first `count` of a random permutation.
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(candidates[i], candidates[i + random.below(candidates.size() - i)]);
  }
  candidates.resize(count);
  return candidates;
}

ActorId Deployment::pick(const ActorType& type) {
  std::vector<ActorId>& ids = rosters_[&type].ids;
  while (!ids.empty()) {
    const std::size_t index = simulator_.choices().scenario().below(ids.size());
    if (simulator_.find(ids[index]) != nullptr) return ids[index];
    ids[index] = ids.back();
    ids.pop_back();
  }
  return {};
}

ActorId Deployment::pick_anybody() {
  std::size_t all = 0;
  for (const ActorType* type : types_) all += rosters_[type].ids.size();
  if (all == 0) return {};
  std::size_t at = simulator_.choices().scenario().below(all);
  for (const ActorType* type : types_) {
    const std::size_t size = rosters_[type].ids.size();
    if (at < size) {
      const ActorId found = pick(*type);
      if (found) return found;
      return pick_anybody();  // All of this class had gone.
    }
    at -= size;
  }
  return {};
}

std::vector<ActorId> Deployment::sample(const ActorType& type, std::int64_t count, Random& random) {
  const auto roster = rosters_.find(&type);
  if (roster == rosters_.end()) return {};
  std::optional<std::vector<ActorId>>& to_sample = roster->second.to_sample;
  if (!to_sample) to_sample = roster->second.ids;
  // The first of a random permutation of those that live; others are forgotten.
  std::vector<ActorId>& ids = *to_sample;
  std::size_t found = 0;
  while (found < ids.size() && found < static_cast<std::size_t>(count)) {
    ActorId& chosen = ids[found + random.below(ids.size() - found)];
    if (simulator_.find(chosen) != nullptr) {
      std::swap(ids[found++], chosen);
    } else {
      chosen = ids.back();
      ids.pop_back();
    }
  }
  return {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(found)};
}

std::vector<ActorId> Deployment::on(HostId host, const ActorType* type) const {
  std::vector<ActorId> found;
  if (host >= placed_.size()) return found;
  for (const Placed& placed : placed_[host]) {
    const bool wanted = type == nullptr || placed.actor->type == type;
    if (wanted && simulator_.find(placed.id) != nullptr) found.push_back(placed.id);
  }
  return found;
}

bool Deployment::can_join(HostId host, const ActorType& type) const {
  return !is_up(host) || on(host, &type).empty();
}

bool Deployment::can_leave(HostId host) const {
  return is_up(host) && is_used(host) &&
         std::none_of(leaving_.begin(), leaving_.end(),
                      [host](const auto& leaving) { return leaving->host == host; });
}

// --- How they come and go
// -------------------------------------------------------------------------

absl::Status Deployment::start(Placed& placed, HostId host, const std::string* saved) {
  std::unique_ptr<ActorBase> actor =
      placed.actor->factory(scenario_.parameters, Context(*this, placed, host));
  if (SimulatedDisk& disk = *simulator_.storage(); disk.wants_every_change()) {
    const std::string name = absl::StrCat(std::string(placed.actor->type->name), "/", placed.index);
    if (absl::Status status = internal::Disk::keep(*actor, disk, host, name); !status.ok()) {
      return status;
    }
  } else if (saved != nullptr && !internal::Disk::restore(*actor, *saved)) {
    return absl::DataLossError(absl::StrCat("what ", std::string(placed.actor->type->name), " on ",
                                            simulator_.host_name(host),
                                            " has saved cannot be read again"));
  }
  absl::StatusOr<ActorId> id = simulator_.adopt(std::move(actor), Placement{host});
  if (!id.ok()) return id.status();
  placed.id = *id;
  Roster& roster = rosters_[placed.actor->type];
  roster.ids.push_back(*id);
  if (roster.to_sample) roster.to_sample->push_back(*id);
  if (!placed.group->peers.empty()) simulator_.put_behind(placed.group->peers[placed.number], *id);
  return absl::OkStatus();
}

void Deployment::make_peers(const Algorithm::ActorClass& actor, Group& group) {
  for (const HostId host : group.hosts) {
    group.peers.push_back(simulator_.directory().add_stable(
        host, absl::StrCat(std::string(actor.type->name), "@", simulator_.host_name(host))));
  }
  // Those that have started without asking for their peers.
  for (const std::vector<Placed>& on_host : placed_) {
    for (const Placed& placed : on_host) {
      if (placed.group.get() == &group)
        simulator_.put_behind(group.peers[placed.number], placed.id);
    }
  }
}

absl::Status Deployment::spawn(const Algorithm::ActorClass& actor,
                               const std::shared_ptr<Group>& group, std::size_t number) {
  const HostId host = group->hosts[number];
  Placed placed = {.actor = &actor,
                   .index = rosters_[actor.type].spawned,
                   .group = group,
                   .number = number,
                   .id = {}};
  if (absl::Status status = start(placed, host, nullptr); !status.ok()) return status;
  skip(actor);
  if (host >= placed_.size()) placed_.resize(simulator_.host_count());
  placed_[host].push_back(std::move(placed));
  return absl::OkStatus();
}

void Deployment::take_down(HostId host) {
  std::erase_if(leaving_, [host](const auto& leaving) { return leaving->host == host; });
  if (!is_up(host)) return;
  if (host < placed_.size()) {
    for (Placed& placed : placed_[host]) {
      const ActorBase* actor = simulator_.find(placed.id);
      // One that has ended before left on the disk what it had when it ended: nothing is known.
      if (actor != nullptr && !simulator_.storage()->wants_every_change()) {
        placed.saved = internal::Disk::saved_by(*actor);
      }
    }
  }
  simulator_.crash(host);
}

void Deployment::crash(HostId host) {
  take_down(host);
  down_[host].until_restarted = true;
}

FaultId Deployment::begin_crash(HostId host) {
  take_down(host);
  down_[host].crashes.push_back(++last_crash_);
  return last_crash_;
}

absl::Status Deployment::end_crash(HostId host, FaultId id, scenario::Storage storage) {
  const auto down = down_.find(host);
  if (down == down_.end() || std::erase(down->second.crashes, id) == 0) return absl::OkStatus();
  if (storage == scenario::Storage::kLost) lose_storage(host);
  if (down->second.until_restarted || !down->second.crashes.empty()) return absl::OkStatus();
  return bring_up(host);
}

absl::Status Deployment::restart(HostId host, scenario::Storage storage) {
  if (is_up(host)) return absl::OkStatus();
  if (storage == scenario::Storage::kLost) lose_storage(host);
  return bring_up(host);
}

absl::Status Deployment::release(HostId host, scenario::Storage storage) {
  const auto down = down_.find(host);
  if (down == down_.end()) return absl::OkStatus();
  down->second.until_restarted = false;
  if (storage == scenario::Storage::kLost) lose_storage(host);
  return down->second.crashes.empty() ? bring_up(host) : absl::OkStatus();
}

absl::Status Deployment::bring_up(HostId host) {
  down_.erase(host);
  simulator_.restore(host);
  if (host >= placed_.size()) return absl::OkStatus();
  for (Placed& placed : placed_[host]) {
    const std::string* saved = placed.saved ? &*placed.saved : nullptr;
    if (absl::Status status = start(placed, host, saved); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void Deployment::lose_storage(HostId host) {
  simulator_.storage()->erase(host).IgnoreError();  // It is in memory, and cannot fail.
  if (host >= placed_.size()) return;
  for (Placed& placed : placed_[host]) placed.saved.reset();
}

absl::Status Deployment::join(const Algorithm::ActorClass& actor, HostId host, std::int64_t count) {
  if (!is_up(host)) {
    down_.erase(host);
    lose_storage(host);
    simulator_.restore(host);
    if (host < placed_.size()) placed_[host].clear();
  } else if (host < placed_.size()) {
    std::erase_if(placed_[host], [&](const Placed& placed) { return placed.actor == &actor; });
  }
  const auto group = std::make_shared<Group>(Group{.hosts = {host}, .peers = {}, .count = count});
  return spawn(actor, group, 0);
}

absl::Status Deployment::start_anything(HostId host) {
  const auto& actors = scenario_.algorithm->actors();
  if (actors.size() == 1 && can_join(host, *actors[0].type)) return join(actors[0], host, 1);
  down_.erase(host);
  simulator_.restore(host);
  return absl::OkStatus();
}

void Deployment::leave(HostId host) {
  auto leaving = std::make_unique<Leaving>();
  leaving->host = host;
  leaving->actors = on(host, nullptr);
  Leaving& it = *leaving;
  leaving_.push_back(std::move(leaving));
  say_goodbye(it);
}

void Deployment::say_goodbye(Leaving& leaving) {
  const auto& methods = scenario_.algorithm->leaves();
  const auto ask = [&](MessagePtr message) {
    auto step = std::make_unique<Leaving::Step>();
    step->deployment = this;
    step->leaving = &leaving;
    step->completed = [](internal::PendingCall& pending) {
      auto& done = static_cast<Leaving::Step&>(pending);
      Leaving& of = *done.leaving;
      if (--of.waits_for == 0) done.deployment->stop_all(of);
    };
    ++leaving.waits_for;
    leaving.steps.push_back(std::move(step));
    simulator_.begin_outside(*leaving.steps.back(), std::move(message), Duration::zero());
  };
  // Held until all have been asked: the last answer goes on.
  ++leaving.waits_for;
  for (const ActorId actor : leaving.actors) {
    const ActorBase* live = simulator_.find(actor);
    if (live == nullptr) continue;
    if (leaving.stopping) {
      ask(internal::Life::end_call(actor, absl::OkStatus(), false));
      continue;
    }
    for (const auto& [type, method] : methods) {
      if (type != &live->type()) continue;
      MessagePtr message(Message::create(MessageKind::kCall, method, method->payload_size));
      message->arguments_taken = true;
      if (!method->decode_arguments("", message->payload())) continue;
      message->arguments_taken = false;
      message->target = actor;
      if (method->one_way) {
        simulator_.tell_outside(std::move(message));
      } else {
        ask(std::move(message));
      }
    }
  }
  if (--leaving.waits_for == 0) stop_all(leaving);
}

void Deployment::take_down_those_who_left() {
  for (const HostId host : std::exchange(departures_, {})) crash(host);
}

// All have said goodbye; and when that is done a second time, all have stopped.
void Deployment::stop_all(Leaving& leaving) {
  if (!leaving.stopping) {
    leaving.stopping = true;
    say_goodbye(leaving);
    return;
  }
  departures_.push_back(leaving.host);  // Its last step is just being completed.
}

}  // namespace troupe::sim
