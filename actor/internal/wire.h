// Calls that come as bytes: from another process, or from a tool. For runtimes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "actor/internal/actor_base.h"
#include "actor/internal/message.h"

namespace troupe::internal {

// A message's arguments, result or failure; empty where it has none.
std::string encode_payload(const Message& message);

// The method of this id that actors of this type have: their own, or one that every actor has. Null
// where there is none.
const MethodInfo* find_method(const ActorType& type, std::uint32_t id);

// A call with these arguments, for an actor of this type; whoever calls this sets its target and
// sender. UNIMPLEMENTED: the type has no such method. INVALID_ARGUMENT: the bytes are not its
// arguments. The actor does not learn of either.
absl::StatusOr<MessagePtr> decode_call(const ActorType& type, std::uint32_t method,
                                       std::string_view arguments);

}  // namespace troupe::internal
