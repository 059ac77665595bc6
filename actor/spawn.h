// spawn_with(): a new actor with a name, or with a limit to its mailbox.
//
//   absl::StatusOr<Ref<Printer>> printer = spawn_with<Printer>({.name = "printer"}, "tray 2");
//
// That is in an actor, on its own host; outside, it takes the runtime and the host first.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "actor/dynamic_ref.h"
#include "actor/internal/actor_base.h"
#include "actor/internal/actor_type.h"
#include "actor/mailbox.h"
#include "actor/ref.h"
#include "actor/runtime.h"

namespace troupe {

// In actor.h.
template <class A, class... Arguments>
std::unique_ptr<ActorBase> new_actor(Arguments&&... arguments);

struct SpawnOptions {
  std::string name = {};  // on its host, from before on_start() until the end; see names.h
  Mailbox mailbox = {};
};

template <class A, class... Arguments>
std::unique_ptr<ActorBase> new_actor(Arguments&&... arguments);  // in actor.h

namespace internal {

// A new actor without a place, or what its constructor threw.
template <class B>
inline constexpr MethodInfo kConstructor = {.actor = InterfaceOf<B>::kName, .name = "constructor"};
template <class B, class... Arguments>
absl::StatusOr<std::unique_ptr<ActorBase>> make_actor(Arguments&&... arguments) {
  try {
    return new_actor<B>(std::forward<Arguments>(arguments)...);
  } catch (...) {
    return status_of_current_exception(&kConstructor<B>);
  }
}

using MakeActor = std::function<absl::StatusOr<std::unique_ptr<ActorBase>>()>;

// Makes the actor only where its name is free.
absl::StatusOr<ActorId> spawn_with(Runtime& runtime, HostId host, SpawnOptions options,
                                   std::string_view class_name, const MakeActor& make);

}  // namespace internal

template <class A, class... Arguments>
absl::StatusOr<Ref<A>> spawn_with(Runtime& runtime, HostId host, SpawnOptions options,
                                  Arguments&&... arguments) {
  const absl::StatusOr<ActorId> id = internal::spawn_with(
      runtime, host, std::move(options), internal::class_name_of<A>(),
      [&] { return internal::make_actor<A>(std::forward<Arguments>(arguments)...); });
  if (!id.ok()) return id.status();
  return Ref<A>(*id);
}

}  // namespace troupe
