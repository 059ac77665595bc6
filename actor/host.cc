// The host object: what it answers, and how it comes into being.
#include "actor/host.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "actor/internal/directory.h"
#include "actor/internal/life.h"
#include "actor/spelling.h"

namespace troupe {

// --- Spawning -----------------------------------------------------------------------------------

void internal::allow_spawning(Runtime& runtime, SpawnableClass spawnable) {
  runtime.directory().allow_spawning(std::move(spawnable));
}

std::string internal::list_of(const std::vector<TypeDescription>& parameters) {
  return absl::StrJoin(parameters, ", ", [](std::string* out, const TypeDescription& type) {
    out->append(to_string(type));
  });
}

absl::Status internal::cannot_decode(std::string_view class_name) {
  return absl::InvalidArgumentError(
      absl::StrCat("the arguments for a ", std::string(class_name), " cannot be decoded"));
}

namespace {
// The host of a reference, where the rest of it is in SpawnRequest::references.
constexpr std::uint32_t kInList = 3;
}  // namespace

void internal::SpawnReferences::write(Encoder& out, int field, const ActorId& id) {
  if (!id) return write_message(out, field, std::tuple<>());
  const auto place = static_cast<std::uint32_t>(written_->size());
  written_->push_back(id);
  write_message(out, field, std::tie(kInList, place));
}

bool internal::SpawnReferences::read(Decoder& in, ActorId& id) {
  std::string_view body;
  if (!in.read_bytes(body)) return false;
  std::uint32_t host = 0;
  std::uint32_t place = 0;
  if (!decode_fields(body, std::tie(host, place))) return in.fail();
  if (host == kInList) {
    if (place >= read_->size()) return in.fail();
    id = (*read_)[place];
    return true;
  }
  // Clients in other languages write what they were given.
  std::string alone;
  Encoder(&alone).write_bytes(1, body);
  Decoder again(alone);
  again.next();
  ReferenceCodec* codec = place_->runtime.references();
  const bool ok = codec != nullptr
                      ? codec->read(again, id)
                      : read_message(again, std::tie(id.host, id.index, id.incarnation));
  return ok || in.fail();
}

Sync<DynamicRef> Host::spawn(SpawnRequest request) {
  const absl::StatusOr<internal::SpawnableClass> spawnable =
      runtime().directory().find_spawnable(id().host, request.class_name);
  if (!spawnable.ok()) return spawnable.status();
  if (!request.parameters.empty() && spawnable->parameters != request.parameters) {
    return absl::InvalidArgumentError(absl::StrCat("a ", request.class_name, " is made of (",
                                                   spawnable->parameters, "), not of (",
                                                   request.parameters, ")"));
  }
  const internal::SpawnPlace place = {runtime(), id().host, request.name};
  const absl::StatusOr<ActorId> actor = internal::spawn_with(
      runtime(), id().host, {.name = request.name}, spawnable->classes.front(), [&] {
        internal::SpawnReferences references(request.references, place);
        const internal::ReferenceScope reading(references);
        return spawnable->make(request.arguments.data, place);
      });
  if (!actor.ok()) return actor.status();
  return DynamicRef(*actor, spawnable->classes);
}

// --- Names and lists ----------------------------------------------------------------------------

Sync<> Host::bind(std::string name, DynamicRef actor, bool replace) {
  return names().bind(name, actor, replace ? IfTaken::kReplace : IfTaken::kKeep);
}

Sync<> Host::unbind(std::string name) { return names().unbind(name); }

Sync<DynamicRef> Host::lookup(std::string name) { return names().lookup_any(name); }

Sync<std::map<std::string, DynamicRef>> Host::names_here() { return names().list(); }

Sync<std::vector<DynamicRef>> Host::actors(std::string class_name) {
  std::vector<DynamicRef> found = all_actors(runtime(), id().host);
  std::erase_if(found, [&](const DynamicRef& actor) {
    return actor.id == id() || (!class_name.empty() && !actor.is_a(class_name));
  });
  return found;
}

// --- Stopping -----------------------------------------------------------------------------------

Parallel<Sync<bool, NoTimeout>> Host::stop_actor(DynamicRef actor, Duration timeout) {
  if (actor.id.host != id().host) {
    co_return absl::InvalidArgumentError(
        absl::StrCat(runtime().name_of(actor.id), " is not on ", runtime().host_name(id().host)));
  }
  absl::StatusOr<Exit> exit =
      co_await Call<Exit>(internal::Life::end_call(actor.id, absl::OkStatus(), false))
          .within(timeout)
          .status_or();
  if (exit.ok()) co_return true;
  if (absl::IsNotFound(exit.status())) co_return false;
  co_return exit.status();
}

Parallel<Sync<std::vector<std::string>, NoTimeout>> Host::stop_all(Duration timeout) {
  // Actors that are spawned by those that stop are stopped, too; but not for ever.
  constexpr int kMostRounds = 16;
  // For a killed actor's code to come to its next co_await.
  constexpr Duration kGrace = std::chrono::seconds(1);

  const Time end = saturated_sum(runtime().now(), timeout);
  std::set<ActorId> slow;
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<DynamicRef> left = co_await actors("");
    std::erase_if(left, [&](const DynamicRef& actor) { return slow.contains(actor.id); });
    if (left.empty()) break;
    for (; !left.empty(); left.pop_back()) {
      // One that takes long must not use up the time of all the others.
      const Duration share = (end - runtime().now()) / static_cast<std::int64_t>(left.size());
      const absl::StatusOr<bool> stopped = co_await stop_actor(left.back(), share).status_or();
      if (!stopped.ok()) slow.insert(left.back().id);
    }
  }
  for (const ActorId actor : slow) co_await wait_for_end(actor, end - runtime().now());

  std::vector<DynamicRef> late = co_await actors("");
  std::reverse(late.begin(), late.end());
  std::vector<std::string> names_of_late;
  for (const DynamicRef& actor : late) {
    names_of_late.push_back(runtime().name_of(actor.id));
    Call<Exit>(internal::Life::end_call(actor.id, absl::OkStatus(), true)).tell();
  }
  const Time patience = saturated_sum(runtime().now(), kGrace);
  for (const DynamicRef& actor : late) {
    co_await wait_for_end(actor.id, patience - runtime().now());
  }
  co_return names_of_late;
}

Sync<> Host::wait_for_end(ActorId actor, Duration timeout) {
  const absl::StatusOr<Exit> exit =
      co_await Call<Exit>(internal::Life::watch_call(actor)).within(timeout).status_or();
  static_cast<void>(exit);  // Whoever is still there is seen.
}

// --- Seeing -------------------------------------------------------------------------------------

Sync<HostStatistics> Host::statistics() {
  HostStatistics statistics;
  statistics.actors = all_actors(runtime(), id().host).size() - 1;  // Without this one.
  statistics.messages = runtime().messages();
  statistics.failures = runtime().failures();
  for (int i = 0; i < static_cast<int>(DropReason::kCount); ++i) {
    const auto reason = static_cast<DropReason>(i);
    if (const std::uint64_t drops = runtime().drops(reason); drops > 0) {
      statistics.drops.emplace(std::string(to_string(reason)), drops);
    }
  }
  return statistics;
}

Sync<> Host::trace(bool on) {
  if (runtime().show_events(on)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("nobody observes the events of ", runtime().host_name(id().host)));
}

// --- Host objects -------------------------------------------------------------------------------

Ref<Host> host_of(HostId host) { return Ref<Host>(internal::host_object_id(host)); }

absl::StatusOr<Ref<Host>> host_named(const Runtime& runtime, std::string_view name) {
  const std::optional<HostId> host = runtime.find_host(name);
  if (host) return host_of(*host);
  return absl::NotFoundError(absl::StrCat("there is no host ", in_quotes(name)));
}

absl::StatusOr<Ref<Host>> host_named(std::string_view name) {
  return host_named(internal::current_activation->actor->runtime(), name);
}

bool Runtime::wakes_host_object(Message& message) {
  const HostId host = message.target.host;
  if (internal::is_stable(message.target)) {
    const ActorId actor = directory().behind(message.target);
    if (!actor || type_of(actor) == nullptr) return false;
    message.target = actor;
    return true;
  }
  if (message.target != internal::host_object_id(host)) return false;
  const absl::StatusOr<ActorId> object = directory().host_object(
      host, [&] { return adopt(std::make_unique<Host>(), Placement{host}); });
  if (object.ok()) message.target = *object;
  return object.ok();
}

}  // namespace troupe
