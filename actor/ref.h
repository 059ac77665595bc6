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
//
// A Ref to a class converts to one of what that class extends. AnyRef refers to an actor of any
// class, and every Ref converts to it. Whatever its class, an actor can be sent a message that is
// no call of a method, and be asked by one; see handlers.h and receive.h for who takes them:
//
//   ref.send(Ping{7});                                  // one-way
//   Term answer = co_await ref.request(Question{"?"});  // waits for the answer
#pragma once

#include <algorithm>
#include <concepts>
#include <new>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actor/actor_id.h"
#include "actor/attribute.h"
#include "actor/call.h"
#include "actor/codec.h"
#include "actor/internal/interface.h"
#include "actor/internal/turn.h"
#include "actor/method.h"
#include "actor/term.h"

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
  // A class that extends A.
  template <class D>
    requires(!std::same_as<D, A> && internal::kExtends<D, A>)
  Ref(const Ref<D>& ref) : id_(id_of(ref)) {}

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

template <class A>
struct TermTraits<Ref<A>> {
  static Term to_term(const Ref<A>& ref) {
    Term::Names names;
    if constexpr (!std::is_same_v<A, AnyActor>) add_interface_names<InterfaceOf<A>>(names);
    return TermTraits<ActorId>::with_names(id_of(ref), std::move(names));
  }
  // A Ref to one class is none to another.
  static bool from_term(const Term& term, Ref<A>& ref) {
    const Term::Reference* found = term.as_reference();
    if (found == nullptr) return false;
    if constexpr (!std::is_same_v<A, AnyActor>) {
      const std::string_view wanted = InterfaceOf<A>::kName;
      if (std::find(found->names.begin(), found->names.end(), wanted) == found->names.end()) {
        return false;
      }
    }
    ref = Ref<A>(found->id);
    return true;
  }
};

template <class Tuple, class... Arguments>
struct Fits : std::false_type {};
template <class... P, class... Arguments>
  requires(sizeof...(P) == sizeof...(Arguments))
struct Fits<std::tuple<P...>, Arguments...>
    : std::bool_constant<(std::is_constructible_v<P, Arguments&&> && ...)> {};

// A message that calls `kMethod` of `target`. An Attribute without an argument is read.
template <auto kMethod, FixedString kActor, FixedString kName, class... Arguments>
MessagePtr make_call(ActorId target, Arguments&&... arguments) {
  using Traits = MethodTraits<decltype(kMethod)>;
  using Tuple = typename Traits::Arguments;
  if constexpr (std::is_member_object_pointer_v<decltype(kMethod)> && sizeof...(Arguments) == 0) {
    return make_call<kMethod, kActor, kName>(target, std::tuple_element_t<0, Tuple>());
  } else {
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
