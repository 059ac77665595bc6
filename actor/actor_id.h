// ActorId: which actor, in 12 bytes. What a Ref holds, and what a message is addressed to.
//
// An algorithm's author uses Ref<A> (actor/ref.h); runtimes and observers use ActorId.
#pragma once

#include <compare>
#include <cstdint>
#include <utility>

namespace troupe {

// A host of a run, as a small number. Runtimes know its name.
using HostId = std::uint32_t;
// Where calls come from that no actor makes.
inline constexpr HostId kOutsideHost = ~HostId{0};

struct ActorId {
  HostId host = 0;
  // Where the runtime keeps the actor: dense, reused after the actor's end.
  std::uint32_t index = 0;
  // Which of the actors that ever stood at `index`. Zero: no actor at all.
  std::uint32_t incarnation = 0;

  explicit operator bool() const { return incarnation != 0; }
  friend auto operator<=>(const ActorId&, const ActorId&) = default;

  template <class H>
  friend H AbslHashValue(H state, const ActorId& id) {
    return H::combine(std::move(state), id.host, id.index, id.incarnation);
  }
};

namespace internal {

// The host object of a host, before anybody knows where it is: its runtime does. See host.h.
constexpr ActorId host_object_id(HostId host) { return {host, ~std::uint32_t{0}, 1}; }

// A stable reference: it means whichever actor has the place `number` of a host just now, also
// after the host has crashed and has come back. The runtime's directory knows the actor.
inline constexpr std::uint32_t kStableIndex = ~std::uint32_t{0} - 1;
constexpr ActorId stable_id(HostId host, std::uint32_t number) {
  return {host, kStableIndex, number + 1};
}
constexpr bool is_stable(ActorId id) { return id.index == kStableIndex; }

}  // namespace internal
}  // namespace troupe
