// Calls that come as bytes.
#include "actor/internal/wire.h"

#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "actor/error.h"
#include "actor/events.h"
#include "actor/internal/life.h"
#include "actor/ref.h"

namespace troupe::internal {

std::string encode_payload(const Message& message) {
  std::string bytes;
  const MethodInfo* method = message.method;
  if (message.kind == MessageKind::kCall && method->encode_arguments != nullptr) {
    method->encode_arguments(message.payload(), &bytes);
  } else if (message.kind == MessageKind::kReply) {
    method->encode_result(message.payload(), &bytes);
  } else if (message.kind == MessageKind::kFailure) {
    bytes = encode_fields(std::tie(*static_cast<const absl::Status*>(message.payload())));
  }
  return bytes;
}

const MethodInfo* find_method(const ActorType& type, std::uint32_t id) {
  for (const MethodInfo* method : type.methods) {
    if (method->id == id) return method;
  }
  for (const MethodInfo* method :
       {&kMethodInfo<MessageMethods::kOnMessage, "Actor", "on_message">,
        &kMethodInfo<MessageMethods::kOnRequest, "Actor", "on_request">, &event_info()}) {
    if (method->id == id) return method;
  }
  return find_system_method(id);
}

absl::StatusOr<MessagePtr> decode_call(const ActorType& type, std::uint32_t method,
                                       std::string_view arguments) {
  const MethodInfo* info = find_method(type, method);
  if (info == nullptr || info->decode_arguments == nullptr) {
    return absl::UnimplementedError(
        absl::StrFormat("%s has no method 0x%08x", std::string(type.name), method));
  }
  MessagePtr message(Message::create(MessageKind::kCall, info, info->payload_size));
  message->arguments_taken = true;  // until they are there
  if (!info->decode_arguments(arguments, message->payload())) {
    return absl::InvalidArgumentError(
        absl::StrCat("the arguments of ", info->full_name(), " cannot be decoded"));
  }
  message->arguments_taken = false;
  return message;
}

}  // namespace troupe::internal
