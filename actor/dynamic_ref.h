// DynamicRef: a reference to an actor whose class is known only when the program runs. What a
// lookup on another host gives, and the list of a host's actors.
//
//   const DynamicRef found = co_await host.lookup("printer");
//   const Ref<Printer> printer = co_await found.as<Printer>();   // fails where it is another class
#pragma once

#include <compare>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "actor/actor_id.h"
#include "actor/codec.h"
#include "actor/ref.h"

namespace troupe {

namespace internal {

absl::Status wrong_class(std::string_view is, std::string_view expected);

}  // namespace internal

struct DynamicRef {
  ActorId id;
  std::string class_name;  // as ACTOR_METHODS names it
  FIELDS(id, class_name)

  DynamicRef() = default;
  DynamicRef(ActorId actor, std::string_view its_class) : id(actor), class_name(its_class) {}
  template <class A>
  explicit DynamicRef(const Ref<A>& ref)
      : DynamicRef(id_of(ref), internal::InterfaceOf<A>::kName) {}

  explicit operator bool() const { return static_cast<bool>(id); }

  template <class A>
  absl::StatusOr<Ref<A>> as() const {
    if (class_name == internal::InterfaceOf<A>::kName) return Ref<A>(id);
    return internal::wrong_class(class_name, internal::InterfaceOf<A>::kName);
  }

  friend bool operator==(const DynamicRef&, const DynamicRef&) = default;
  friend auto operator<=>(const DynamicRef&, const DynamicRef&) = default;
};

}  // namespace troupe
