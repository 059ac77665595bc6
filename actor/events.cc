// The bus, and how an event becomes a call of the subscriber's method.
#include "actor/events.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace troupe {

namespace internal {

namespace {

using EventArguments = std::tuple<std::uint32_t, std::string>;  // the method, and its arguments

// Makes the message into one that calls the method itself.
void deliver(ActorBase& actor, Message* message) {
  const MessagePtr event(message);
  const auto& [id, encoded] = event->payload_as<EventArguments>();
  for (const MethodInfo* method : actor.type().methods) {
    if (method->id != id) continue;
    MessagePtr call(Message::create(MessageKind::kCall, method, method->payload_size));
    call->arguments_taken = true;  // until they are there
    if (!method->one_way || !method->decode_arguments(encoded, call->payload())) break;
    call->arguments_taken = false;
    call->target = event->target;
    call->sender = event->sender;
    Turns::handle_call(actor, call.release());
    return;
  }
  actor.runtime().note_drop(*event, DropReason::kMalformed);
}

}  // namespace

const MethodInfo& event_info() {
  static constexpr MethodInfo kInfo = {
      .actor = "Event",
      .name = "deliver",
      .id = method_id("Event", "deliver"),
      .one_way = true,
      .payload_size = sizeof(EventArguments),
      .invoke = &deliver,
      .destroy_arguments = &destroy<EventArguments>,
      .encode_arguments =
          [](const void* arguments, std::string* bytes) {
            *bytes = encode_fields(*static_cast<const EventArguments*>(arguments));
          },
      .decode_arguments =
          [](std::string_view bytes, void* place) {
            EventArguments arguments;
            if (!decode_fields(bytes, arguments)) return false;
            new (place) EventArguments(std::move(arguments));
            return true;
          },
      .describe_arguments = [] { return describe_fields<EventArguments>(); },
  };
  return kInfo;
}

}  // namespace internal

Sync<> EventBus::subscribe(Subscription subscription) {
  if (!subscription.subscriber) return absl::InvalidArgumentError("an empty Ref subscribes");
  std::vector<Subscription>& all = by_event_[subscription.event];
  if (std::find(all.begin(), all.end(), subscription) != all.end()) return {};
  const auto [place, is_new] = monitors_.try_emplace(subscription.subscriber);
  all.push_back(std::move(subscription));
  if (is_new) place->second = internal::Life::monitor(*this, place->first);
  return {};
}

Sync<bool> EventBus::unsubscribe(Subscription subscription) {
  const auto found = by_event_.find(subscription.event);
  return found != by_event_.end() && std::erase(found->second, subscription) > 0;
}

Sync<> EventBus::unsubscribe_all(ActorId subscriber) {
  if (const auto monitor = monitors_.find(subscriber); monitor != monitors_.end()) {
    demonitor(monitor->second);
  }
  forget(subscriber);
  return {};
}

Async EventBus::publish(std::string event, std::string encoded) {
  const auto found = by_event_.find(event);
  if (found == by_event_.end()) return {};
  const MethodInfo& info = internal::event_info();
  for (const Subscription& subscription : found->second) {
    Message* message = Message::create(MessageKind::kCall, &info, info.payload_size);
    new (message->payload()) internal::EventArguments(subscription.method, encoded);
    message->target = subscription.subscriber;
    internal::Turns::one_way(*internal::current_activation, message);
  }
  return {};
}

Sync<std::vector<ActorId>> EventBus::subscribers(std::string event) {
  std::vector<ActorId> all;
  if (const auto found = by_event_.find(event); found != by_event_.end()) {
    for (const Subscription& subscription : found->second) all.push_back(subscription.subscriber);
  }
  return all;
}

Async EventBus::on_down(Exit exit) {
  forget(exit.actor);
  return {};
}

void EventBus::forget(ActorId subscriber) {
  monitors_.erase(subscriber);
  for (auto& [event, all] : by_event_) {
    std::erase_if(all, [&](const Subscription& one) { return one.subscriber == subscriber; });
  }
}

}  // namespace troupe
