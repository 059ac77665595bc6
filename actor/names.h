// Names: what the actors of one host are called there, so that they can be found without a Ref.
//
//   names().bind("printer", self());                           // in an actor: its own host's names
//   absl::StatusOr<Ref<Printer>> printer = names().lookup<Printer>("printer");
//   absl::StatusOr<Ref<Printer>> second = spawn_named<Printer>("second printer", "tray 2");
//   Names(simulator, host).lookup<Printer>("printer");         // outside every actor
//
// A name belongs to its host, and to one actor of it; it goes when the actor ends, however it ends.
// Other hosts are asked through their host object: co_await host.lookup("printer"), see host.h;
// LazyRef in address.h does so when it is first needed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/dynamic_ref.h"
#include "actor/ref.h"
#include "actor/runtime.h"
#include "actor/spawn.h"

namespace troupe {

// What bind() does where another actor has the name.
enum class IfTaken : std::uint8_t {
  kKeep,     // fails with ALREADY_EXISTS, and names the holder
  kReplace,  // takes it away
};

class Names {
 public:
  Names(Runtime& runtime, HostId host) : runtime_(&runtime), host_(host) {}

  // The actor lives on this host. It may have several names; the same name again is no mistake.
  template <class A>
  absl::Status bind(std::string_view name, const Ref<A>& actor, IfTaken if_taken = IfTaken::kKeep) {
    return bind(name, DynamicRef(actor), if_taken);
  }
  absl::Status bind(std::string_view name, const DynamicRef& actor,
                    IfTaken if_taken = IfTaken::kKeep);

  // NOT_FOUND where nobody has it.
  absl::Status unbind(std::string_view name);

  // NOT_FOUND where nobody has the name, FAILED_PRECONDITION where an actor of another class has.
  template <class A>
  absl::StatusOr<Ref<A>> lookup(std::string_view name) const {
    const absl::StatusOr<DynamicRef> found = lookup_any(name);
    if (!found.ok()) return found.status();
    absl::StatusOr<Ref<A>> ref = found->as<A>();
    if (!ref.ok()) return with_name(name, ref.status());
    return ref;
  }
  absl::StatusOr<DynamicRef> lookup_any(std::string_view name) const;

  // In the order of the names.
  std::map<std::string, DynamicRef> list() const;

  // A new actor of this host that has the name from before its on_start() until its end. Where the
  // name is taken: ALREADY_EXISTS, and no constructor runs.
  template <class A, class... Arguments>
  absl::StatusOr<Ref<A>> spawn(std::string name, Arguments&&... arguments) {
    return spawn_with<A>(*runtime_, host_, {.name = std::move(name)},
                         std::forward<Arguments>(arguments)...);
  }

 private:
  absl::Status with_name(std::string_view name, const absl::Status& status) const;

  Runtime* runtime_;
  HostId host_;
};

// In actor.h.
template <class A>
const ActorType& actor_type();

// The actors of a host that are an A, or of a class that extends it, in the order of their starts.
template <class A>
std::vector<Ref<A>> actors_of(const Runtime& runtime, HostId host) {
  std::vector<Ref<A>> found;
  runtime.visit_actors(host, [&](const ActorBase& actor) {
    if (is_a(actor.type(), actor_type<A>())) found.emplace_back(actor.id());
  });
  return found;
}
// All of them.
std::vector<DynamicRef> all_actors(const Runtime& runtime, HostId host);

}  // namespace troupe
