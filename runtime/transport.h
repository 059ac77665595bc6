// Transport: how a thread runtime reaches hosts beyond its process. See remote/.
//
//   class Pigeons final : public Transport { ... };
//   runtime.use(&pigeons);             // before the first actor
//
// A transport takes messages away in carry(), and brings those that have come to
// ThreadRuntime::arrive().
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actor/actor_id.h"
#include "actor/internal/message.h"

namespace troupe {

// The numbers of hosts beyond the process begin here.
inline constexpr HostId kFirstRemoteHost = HostId{1} << 24;

class Transport {
 public:
  virtual ~Transport() = default;

  // Takes a message from a host of this process to another host, of this process or not. Owns it
  // from now on. On any thread; messages of one actor to another stay in their order.
  virtual void carry(HostId from, Message* message) = 0;
  // A message that it marked as `counted` has left its actor's inbox.
  virtual void handled(const Message& message) = 0;
  // One that it marked as `from_afar` has to wait for its actor, which keeps its turn: whether
  // there is room for it. And: it waits no more.
  virtual bool may_wait(const Message& message) = 0;
  virtual void waits_no_more(const Message& message) = 0;

  // How an actor of this process encodes references beyond a message of its own.
  virtual internal::ReferenceCodec& references() = 0;

  // For hosts that the runtime does not know itself.
  virtual std::string host_name(HostId host) const = 0;
  virtual std::optional<HostId> find_host(std::string_view name) = 0;
};

}  // namespace troupe
