// Ref<A>: a remote reference to an actor of class A. A small value: copy it, send it, keep it.
//
// It has the methods that ACTOR_METHODS(A, ...) lists, and no others:
//
//   Ref<Node> next = ...;
//   Peer peer = co_await next.predecessor();   // Sync: gives a Call, awaited
//   next.notify(self_peer());                  // Async: sent at once
//
// Refs to the same actor are equal; they are hashable, and ordered by host and by place there: an
// order without meaning, but the same in every run. A Ref to an actor that has ended stays what it
// is: calls through it fail with NOT_FOUND, and never reach another actor. A default Ref refers to
// nobody.
#pragma once

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actor/actor_id.h"
#include "actor/call.h"
#include "actor/codec.h"
#include "actor/internal/turn.h"
#include "actor/method.h"

namespace troupe {

template <class A>
class Ref : public internal::InterfaceOf<A>::template Methods<Ref<A>> {
  static_assert(internal::HasInterface<A>,
                "Before the class, in its namespace, write one line that lists the methods which "
                "others may call: ACTOR_METHODS(Class, method, ...)");

 public:
  Ref() = default;
  // For runtimes. An author gets refs from self(), spawn() and messages.
  explicit Ref(ActorId id) : id_(id) {}

  explicit operator bool() const { return static_cast<bool>(id_); }

  friend bool operator==(const Ref& a, const Ref& b) { return a.id_ == b.id_; }
  friend auto operator<=>(const Ref& a, const Ref& b) { return a.id_ <=> b.id_; }
  friend ActorId id_of(const Ref& ref) { return ref.id_; }
  template <class H>
  friend H AbslHashValue(H state, const Ref& ref) {
    return H::combine(std::move(state), ref.id_);
  }

 private:
  ActorId id_;
};

template <class A>
struct Codec<Ref<A>> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const Ref<A>& ref) {
    Codec<ActorId>::write(out, field, id_of(ref));
  }
  static bool read(Decoder& in, Ref<A>& ref) {
    ActorId id;
    if (!Codec<ActorId>::read(in, id)) return false;
    ref = Ref<A>(id);
    return true;
  }
  static TypeDescription describe() {
    return {.kind = TypeDescription::Kind::kReference,
            .name = std::string(internal::InterfaceOf<A>::kName)};
  }
};

namespace internal {

template <class Tuple, class... Arguments>
struct Fits : std::false_type {};
template <class... P, class... Arguments>
  requires(sizeof...(P) == sizeof...(Arguments))
struct Fits<std::tuple<P...>, Arguments...>
    : std::bool_constant<(std::is_constructible_v<P, Arguments&&> && ...)> {};

// A message that calls `kMethod` of `target`.
template <auto kMethod, FixedString kActor, FixedString kName, class... Arguments>
MessagePtr make_call(ActorId target, Arguments&&... arguments) {
  using Traits = MethodTraits<decltype(kMethod)>;
  using Tuple = typename Traits::Arguments;
  constexpr bool kRightNumber = std::tuple_size_v<Tuple> == sizeof...(Arguments);
  static_assert(kRightNumber, "This call has the wrong number of arguments.");
  constexpr bool kFit = Fits<Tuple, Arguments...>::value;
  static_assert(kFit || !kRightNumber,
                "An argument of this call does not convert to the method's parameter.");
  constexpr const MethodInfo* kInfo = &kMethodInfo<kMethod, kActor, kName>;
  MessagePtr message(Message::create(MessageKind::kCall, kInfo, kInfo->payload_size));
  message->target = target;
  if constexpr (kFit) {
    message->arguments_taken = true;  // until they are there
    new (message->payload()) Tuple(std::forward<Arguments>(arguments)...);
    message->arguments_taken = false;
  }
  return message;
}

}  // namespace internal

// What a method of a Ref does: see TROUPE_CALL_THROUGH_ in method.h.
template <auto kMethod, internal::FixedString kActor, internal::FixedString kName, class A,
          class... Arguments>
auto call_through(const Ref<A>& ref, Arguments&&... arguments) {
  using Traits = internal::MethodTraits<decltype(kMethod)>;
  if constexpr (Traits::check() && Traits::kAnnotated) {
    MessagePtr message = internal::make_call<kMethod, kActor, kName>(
        id_of(ref), std::forward<Arguments>(arguments)...);
    Call<typename Traits::Return::Result> call(std::move(message));
    if constexpr (Traits::Return::kOneWay) {
      std::move(call).tell();
    } else {
      return call;
    }
  }
}

}  // namespace troupe
