// Host: a host of actors, as an actor. Every host has one, and any actor can call it: to spawn,
// find, list and stop actors there. The own host and any other are asked the same way.
//
//   const Ref<Host> host = host_of(printer);               // also: host_of(3), host_named("n3")
//   const DynamicRef any = co_await host.spawn(kPrinter("tray 2"));
//   const Ref<Printer> second = co_await any.as<Printer>();
//   const DynamicRef found = co_await host.lookup("printer");
//   const bool was_alive = co_await host.stop(any, 5s);
//
// A host spawns only what its program allows: no code travels. The program says so once for all
// hosts of its runtime:
//
//   constexpr Spawnable<Printer, std::string> kPrinter;    // its constructor's parameters
//   allow_spawning(simulator, kPrinter);
//
// A host object comes into being with the first message to it, so a run without one is the same as
// it ever was. A Ref<Host> stays good when the host crashes and comes back.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/actor.h"
#include "actor/codec.h"
#include "actor/dynamic_ref.h"
#include "actor/internal/directory.h"
#include "actor/ref.h"
#include "actor/runtime.h"

namespace troupe {

// What Host::spawn() takes: what a Spawnable makes of arguments.
struct SpawnRequest {
  std::string class_name;
  std::string parameters = {};           // "string, int32": what the arguments are; empty: not said
  Bytes arguments = {};                  // encoded
  std::string name = {};                 // of the new actor; empty: none
  std::vector<ActorId> references = {};  // those in `arguments`, which has their places here
  FIELDS(class_name, parameters, arguments, name, references)

  SpawnRequest named(std::string actor_name) && {
    name = std::move(actor_name);
    return std::move(*this);
  }
};

struct HostStatistics {
  std::uint64_t actors = 0;  // on this host
  // The rest is of the process that the host is in.
  std::uint64_t messages = 0;
  std::uint64_t failures = 0;                  // of methods that nobody waits for
  std::map<std::string, std::uint64_t> drops;  // by reason, without those that never happened
  FIELDS(actors, messages, failures, drops)
};

ACTOR_METHODS(Host, spawn, bind, unbind, lookup, names_here, actors, stop_actor, stop_all,
              statistics, trace)

class Host : public Actor<Host> {
 public:
  // NOT_FOUND for a class that this host does not spawn, with those that it does; INVALID_ARGUMENT
  // for arguments that are not the constructor's; ALREADY_EXISTS for a name that is taken.
  Sync<DynamicRef> spawn(SpawnRequest request);

  // As in names.h.
  Sync<> bind(std::string name, DynamicRef actor, bool replace);
  Sync<> unbind(std::string name);
  Sync<DynamicRef> lookup(std::string name);
  Sync<std::map<std::string, DynamicRef>> names_here();

  // In the order of their starts. Without a class: all, but for the host object.
  Sync<std::vector<DynamicRef>> actors(std::string class_name);

  // Stops an actor after its earlier messages, and waits for its end. Gives whether it was alive.
  // DEADLINE_EXCEEDED: it will stop, but has not in this time.
  Parallel<Sync<bool, NoTimeout>> stop_actor(DynamicRef actor, Duration timeout);

  // Stops all actors, one after the other, in the reverse order of their starts; where one takes
  // long, the next does not wait for it for ever. Those that have not ended when the time is over
  // are killed, without on_stop(); gives their names.
  Parallel<Sync<std::vector<std::string>, NoTimeout>> stop_all(Duration timeout);

  Sync<HostStatistics> statistics();

  // Turns the events of the process off, and on again, for whoever observes it (see observe.h).
  // FAILED_PRECONDITION where nobody does.
  Sync<> trace(bool on);

 private:
  // Or until the time is over.
  Sync<> wait_for_end(ActorId actor, Duration timeout);
};

// The host object of a host; of the host that an actor is on; of a host by its name, in an actor.
Ref<Host> host_of(HostId host);
template <class A>
Ref<Host> host_of(const Ref<A>& actor) {
  return host_of(id_of(actor).host);
}
absl::StatusOr<Ref<Host>> host_named(std::string_view name);
absl::StatusOr<Ref<Host>> host_named(const Runtime& runtime, std::string_view name);

namespace internal {

// References in the encoded arguments of a spawn, while it lives: they travel beside these, since
// what a reference looks like depends on who sends it to whom.
class SpawnReferences final : public ReferenceCodec {
 public:
  // For writing.
  explicit SpawnReferences(std::vector<ActorId>& references) : written_(&references) {}
  // For reading, on the host that spawns.
  SpawnReferences(const std::vector<ActorId>& references, const SpawnPlace& place)
      : read_(&references), place_(&place) {}

  void write(Encoder& out, int field, const ActorId& id) override;
  bool read(Decoder& in, ActorId& id) override;

 private:
  std::vector<ActorId>* written_ = nullptr;
  const std::vector<ActorId>* read_ = nullptr;
  const SpawnPlace* place_ = nullptr;
};

void allow_spawning(Runtime& runtime, SpawnableClass spawnable);
std::string list_of(const std::vector<TypeDescription>& parameters);
absl::Status cannot_decode(std::string_view class_name);

}  // namespace internal

// A class that can be spawned by its name, and the parameters of the constructor that is used.
template <class A, class... Parameters>
class Spawnable {
  static_assert((Marshallable<Parameters> && ...),
                "A parameter of Spawnable cannot be sent: it is not a number, string, container, "
                "Ref or protobuf message, nor a struct with FIELDS.");
  static_assert(std::is_constructible_v<A, Parameters...>,
                "Spawnable<Class, Parameters...> names the parameters of a constructor of Class.");

 public:
  SpawnRequest operator()(const Parameters&... arguments) const {
    SpawnRequest request = {.class_name = std::string(internal::InterfaceOf<A>::kName),
                            .parameters = parameters()};
    internal::SpawnReferences references(request.references);
    const internal::ReferenceScope writing(references);
    request.arguments.data = encode_fields(std::tie(arguments...));
    return request;
  }

  internal::SpawnableClass entry() const {
    return {&actor_type<A>(), internal::class_names<A>(), parameters(),
            [](const std::string& bytes,
               const internal::SpawnPlace&) -> absl::StatusOr<std::unique_ptr<ActorBase>> {
              std::tuple<Parameters...> arguments;
              if (!decode_fields(bytes, arguments)) {
                return internal::cannot_decode(internal::class_name_of<A>());
              }
              return std::apply(
                  [](Parameters&... argument) {
                    return internal::make_actor<A>(std::move(argument)...);
                  },
                  arguments);
            }};
  }

 private:
  static std::string parameters() {
    return internal::list_of(internal::describe_fields<std::tuple<Parameters...>>());
  }
};

// The hosts of this runtime spawn these, from now on.
template <class... S>
void allow_spawning(Runtime& runtime, const S&... spawnables) {
  (internal::allow_spawning(runtime, spawnables.entry()), ...);
}

}  // namespace troupe
