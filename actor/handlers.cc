// Which handler a message is for, and what becomes of one that nobody takes.
#include "actor/handlers.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace troupe {
namespace internal {

const Handler* find_handler(std::span<const Handler> handlers, const Term& message) {
  const Term::Record* record = message.as_record();
  if (record != nullptr) {
    // Its very type first, then what that extends.
    for (const std::string& name : record->names) {
      for (const Handler& handler : handlers) {
        if (handler.type == name && handler.takes(message)) return &handler;
      }
    }
  }
  const bool has_type = record != nullptr && !record->names.empty();
  for (const Handler& handler : handlers) {
    if (handler.takes_all || (has_type && !handler.type.empty())) continue;
    if (handler.takes(message)) return &handler;
  }
  const auto all = std::find_if(handlers.begin(), handlers.end(),
                                [](const Handler& handler) { return handler.takes_all; });
  return all == handlers.end() ? nullptr : &*all;
}

namespace {

absl::Status nobody_takes(const ActorBase& actor, const Term& message) {
  const std::string type(message.type_name());
  return absl::UnimplementedError(
      absl::StrCat(actor.runtime().name_of(actor.id()), " has no handler for ",
                   type.empty() ? to_string(message) : absl::StrCat("a message of type ", type)));
}

// What its state takes, if anything, comes before what its class takes.
const Handler* find_for(const ActorBase& actor, std::span<const Handler> handlers,
                        const Term& message) {
  const Behavior* behavior = Turns::behavior_of(actor);
  const Handler* found = nullptr;
  if (behavior != nullptr) found = find_handler(behavior->handlers, message);
  return found != nullptr ? found : find_handler(handlers, message);
}

}  // namespace

Async handle_message(ActorBase& actor, std::span<const Handler> handlers, Term message) {
  const Handler* handler = find_for(actor, handlers, message);
  if (handler == nullptr) return nobody_takes(actor, message);
  return handler->on_message(actor, std::move(message));
}

Sync<Term> handle_request(ActorBase& actor, std::span<const Handler> handlers, Term request) {
  const Handler* handler = find_for(actor, handlers, request);
  if (handler == nullptr) return nobody_takes(actor, request);
  return handler->on_request(actor, std::move(request));
}

bool Behavior::allows(Message& message) const {
  if (all || std::find(methods.begin(), methods.end(), message.method) != methods.end()) {
    return true;
  }
  static constexpr std::uint32_t kOnMessage = method_id("Actor", "on_message");
  static constexpr std::uint32_t kOnRequest = method_id("Actor", "on_request");
  if (message.method->id != kOnMessage && message.method->id != kOnRequest) return false;
  const Term& term = std::get<0>(message.payload_as<std::tuple<Term>>());
  return find_handler(handlers, term) != nullptr;
}

}  // namespace internal

Async ActorBase::on_message(Term message) {
  return internal::handle_message(*this, {}, std::move(message));
}

Sync<Term> ActorBase::on_request(Term request) {
  return internal::handle_request(*this, {}, std::move(request));
}

}  // namespace troupe
