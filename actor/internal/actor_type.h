// What a class of actors is at run time, and how a new actor learns its own.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actor/internal/actor_base.h"
#include "actor/internal/interface.h"
#include "actor/method.h"

namespace troupe {

// The ActorType of a class.
template <class A>
const ActorType& actor_type();

namespace internal {

// The type of what A extends; null where that is nothing.
template <class A>
const ActorType* base_type() {
  if constexpr (requires { typename A::TroupeActorClass; }) {
    if constexpr (!std::is_same_v<typename A::TroupeActorClass, A>) {
      return &actor_type<typename A::TroupeActorClass>();
    } else if constexpr (!std::is_same_v<typename A::TroupeParentClass, ActorBase>) {
      return &actor_type<typename A::TroupeParentClass>();
    }
  }
  return nullptr;
}

// A class that derives from another actor class and does not say so to Actor<>: says what it is.
template <class A>
class Named final : public A {
 public:
  using A::A;
  const ActorType& type() const override { return actor_type<A>(); }
};

}  // namespace internal

// For runtimes: a new actor of class A, which knows that it is one.
template <class A, class... Arguments>
std::unique_ptr<ActorBase> new_actor(Arguments&&... arguments) {
  if constexpr (requires { requires !std::is_same_v<typename A::TroupeActorClass, A>; }) {
    constexpr bool kCanBeDerivedFrom = !std::is_final_v<A>;
    static_assert(kCanBeDerivedFrom,
                  "A final class that derives from another actor class says so: class Dog final : "
                  "public Actor<Dog, Animal>.");
    return std::make_unique<internal::Named<A>>(std::forward<Arguments>(arguments)...);
  } else {
    return std::make_unique<A>(std::forward<Arguments>(arguments)...);
  }
}

template <class A>
const ActorType& actor_type() {
  static constexpr auto kMethods = std::apply(
      [](auto... entry) {
        return std::array<const MethodInfo*, sizeof...(entry)>{decltype(entry)::info()...};
      },
      internal::InterfaceOf<A>::template table<A>());
  static constexpr std::string_view kName = internal::kHasOwnInterface<A>
                                                ? internal::InterfaceOf<A>::kName
                                                : internal::short_type_name<A>();
  static const ActorType kType = {kName, kMethods, internal::base_type<A>()};
  return kType;
}

}  // namespace troupe
