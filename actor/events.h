// Events: an actor says that something has happened; those who want to know are told.
//
//   struct PriceChanged {
//     std::string what;
//     int cents = 0;
//     FIELDS(what, cents)
//   };
//
//   const Ref<EventBus> bus = spawn<EventBus>();
//   co_await subscribe<&Shop::on_price>(bus, self());       // Async on_price(PriceChanged event)
//   publish(bus, PriceChanged{.what = "tea", .cents = 350});
//
// A bus is an actor like any other: there can be several, and it can live on another host. An event
// goes to those who have subscribed to its very type, in the order in which the bus gets events. It
// is an ordinary message to the subscriber's method. When a subscriber ends, it is no longer told.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/actor.h"

namespace troupe {

// One method of one actor that wants to hear of one type of event.
struct Subscription {
  std::string event;
  ActorId subscriber;
  std::uint32_t method = 0;
  FIELDS(event, subscriber, method)
  friend bool operator==(const Subscription&, const Subscription&) = default;
};

ACTOR_METHODS(EventBus, subscribe, unsubscribe, unsubscribe_all, publish, subscribers)

class EventBus : public Actor<EventBus> {
 public:
  // These four are called through the functions below. Subscribing twice is as subscribing once.
  Sync<> subscribe(Subscription subscription);
  // False where there was none.
  Sync<bool> unsubscribe(Subscription subscription);
  Sync<> unsubscribe_all(ActorId subscriber);
  Async publish(std::string event, std::string encoded);
  // Who hears of the event, in the order of subscribing.
  Sync<std::vector<ActorId>> subscribers(std::string event);

 private:
  Async on_down(Exit exit) override;
  void forget(ActorId subscriber);

  std::map<std::string, std::vector<Subscription>> by_event_;
  std::map<ActorId, Monitor> monitors_;
};

namespace internal {

// The event that a method takes.
template <auto kMethod>
struct EventOf {
  using Traits = MethodTraits<decltype(kMethod)>;
  static_assert(Traits::Return::kOneWay && std::tuple_size_v<typename Traits::Arguments> == 1,
                "A subscriber's method is Async or Parallel<Async>, and takes the event alone.");
  using Type = std::tuple_element_t<0, typename Traits::Arguments>;
};

template <class E>
std::string event_name() {
  return std::string(full_type_name<E>());
}

template <auto kMethod, class A>
Subscription subscription_of(const Ref<A>& subscriber) {
  constexpr const MethodInfo* kInfo = find_listed<A>(kMethod);
  static_assert(kInfo != nullptr, "ACTOR_METHODS must list the method that takes the event.");
  return {.event = event_name<typename EventOf<kMethod>::Type>(),
          .subscriber = id_of(subscriber),
          .method = kInfo->id};
}

// For runtimes: the message that brings an event to an actor.
const MethodInfo& event_info();

}  // namespace internal

// When it has been awaited, the subscriber hears of all events that come to the bus.
template <auto kMethod, class A>
Call<> subscribe(const Ref<EventBus>& bus, const Ref<A>& subscriber) {
  return bus.subscribe(internal::subscription_of<kMethod>(subscriber));
}

template <auto kMethod, class A>
Call<bool> unsubscribe(const Ref<EventBus>& bus, const Ref<A>& subscriber) {
  return bus.unsubscribe(internal::subscription_of<kMethod>(subscriber));
}

template <class A>
Call<> unsubscribe_all(const Ref<EventBus>& bus, const Ref<A>& subscriber) {
  return bus.unsubscribe_all(id_of(subscriber));
}

template <class E>
void publish(const Ref<EventBus>& bus, const E& event) {
  static_assert(Marshallable<E>, "An event is sent: give the struct a FIELDS(...) line.");
  bus.publish(internal::event_name<E>(), encode_fields(std::tie(event)));
}

// Who hears of events of type E.
template <class E>
Call<std::vector<ActorId>> subscribers(const Ref<EventBus>& bus) {
  return bus.subscribers(internal::event_name<E>());
}

}  // namespace troupe
