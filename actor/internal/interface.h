// What ACTOR_METHODS and MESSAGE_HANDLERS say of a class, and what every actor can be called with.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actor/internal/actor_base.h"
#include "actor/method.h"
#include "actor/term.h"

namespace troupe {

template <class A>
class Ref;
template <class A>
class Multi;

namespace internal {

// Found by ADL where MESSAGE_HANDLERS stands before the class; this one where it does not.
struct NoHandlers {};
NoHandlers troupe_handlers(...);

template <class A>
using HandlersOf = decltype(troupe_handlers(static_cast<const A*>(nullptr)));

// Whether the class, as far as the compiler can know, takes a message of this type: see handlers.h.
template <class A, class Message>
constexpr bool takes_message();

template <class A>
A class_referred_to(const Ref<A>*);
template <class A>
A class_referred_to(const Multi<A>*);
struct AnyTarget;  // For what is neither.
AnyTarget class_referred_to(...);

// What every interface extends.
struct RootInterface {
  using TroupeClass = void;
  template <class Target>
  struct Methods {
    template <class T>
    auto send(T&& message) const {
      check<T>();
      return call_through<MessageMethods::kOnMessage, "Actor", "on_message">(
          static_cast<const Target&>(*this), Term(std::forward<T>(message)));
    }
    template <class T>
    auto request(T&& message) const {
      check<T>();
      return call_through<MessageMethods::kOnRequest, "Actor", "on_request">(
          static_cast<const Target&>(*this), Term(std::forward<T>(message)));
    }

   private:
    template <class T>
    static constexpr void check() {
      constexpr bool kIsTerm = std::is_constructible_v<Term, T>;
      static_assert(kIsTerm,
                    "This cannot be a message: it is not a number, string, container, Ref or "
                    "protobuf message, nor a struct with FIELDS.");
      using A = decltype(class_referred_to(static_cast<const Target*>(nullptr)));
      constexpr bool kIsHandled = takes_message<A, std::remove_cvref_t<T>>();
      static_assert(kIsHandled,
                    "No handler of this actor takes a message of this type: MESSAGE_HANDLERS lists "
                    "none with such a parameter, and none with a Term.");
    }
  };
  template <class>
  static constexpr std::tuple<> table() {
    return {};
  }
};

template <class Interface, class Wanted>
constexpr bool interface_extends() {
  if constexpr (std::is_same_v<Interface, Wanted>) {
    return true;
  } else if constexpr (requires { typename Interface::TroupeParent; }) {
    return interface_extends<typename Interface::TroupeParent, Wanted>();
  } else {
    return false;
  }
}

template <class Interface>
void add_interface_names(Term::Names& names) {
  if constexpr (requires { Interface::kName; }) {
    names.emplace_back(Interface::kName);
    add_interface_names<typename Interface::TroupeParent>(names);
  }
}

// Whether ACTOR_METHODS names the class itself, and not what it derives from.
template <class A>
constexpr bool kHasOwnInterface =
    requires { requires std::is_same_v<typename InterfaceOf<A>::TroupeClass, A>; };

}  // namespace internal

// An actor of any class, for AnyRef.
ACTOR_METHODS(AnyActor)
using AnyRef = Ref<AnyActor>;

namespace internal {

// Whether each D is an A, for Refs. Knows it before the classes are complete, where it can.
template <class D, class A>
constexpr bool extends() {
  if constexpr (std::is_same_v<A, AnyActor>) {
    return true;
  } else if constexpr (kHasOwnInterface<D>) {
    return kHasOwnInterface<A> && interface_extends<InterfaceOf<D>, InterfaceOf<A>>();
  } else if constexpr (requires { sizeof(D); }) {
    return std::is_base_of_v<A, D>;
  } else {
    return false;
  }
}
template <class D, class A>
constexpr bool kExtends = extends<D, A>();

}  // namespace internal
}  // namespace troupe
