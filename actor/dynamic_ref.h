// DynamicRef: a reference to an actor whose class is known only when the program runs. What a
// lookup on another host gives, and the list of a host's actors.
//
//   const DynamicRef found = co_await host.lookup("printer");
//   const Ref<Printer> printer = co_await found.as<Printer>();   // fails where it is another class
#pragma once

#include <algorithm>
#include <compare>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/actor_id.h"
#include "actor/codec.h"
#include "actor/ref.h"

namespace troupe {

namespace internal {

template <class A>
constexpr std::string_view class_name_of() {
  return kHasOwnInterface<A> ? InterfaceOf<A>::kName : short_type_name<A>();
}

// The class, and what it extends.
template <class A>
std::vector<std::string> class_names() {
  std::vector<std::string> names;
  if constexpr (!kHasOwnInterface<A>) names.emplace_back(class_name_of<A>());
  add_interface_names<InterfaceOf<A>>(names);
  return names;
}
std::vector<std::string> class_names(const ActorType& type);

absl::Status wrong_class(std::string_view is, std::string_view expected);

}  // namespace internal

struct DynamicRef {
  ActorId id;
  std::vector<std::string> classes;  // its class, and what that extends, by their names
  FIELDS(id, classes)

  DynamicRef() = default;
  DynamicRef(ActorId actor, std::vector<std::string> its_classes)
      : id(actor), classes(std::move(its_classes)) {}
  template <class A>
  explicit DynamicRef(const Ref<A>& ref) : DynamicRef(id_of(ref), internal::class_names<A>()) {}

  explicit operator bool() const { return static_cast<bool>(id); }

  std::string class_name() const { return classes.empty() ? "nobody" : classes.front(); }
  bool is_a(std::string_view class_name) const {
    return std::find(classes.begin(), classes.end(), class_name) != classes.end();
  }

  template <class A>
  absl::StatusOr<Ref<A>> as() const {
    if (is_a(internal::class_name_of<A>())) return Ref<A>(id);
    return internal::wrong_class(class_name(), internal::class_name_of<A>());
  }

  // The same actor, whatever is known of its class.
  friend bool operator==(const DynamicRef& a, const DynamicRef& b) { return a.id == b.id; }
  friend auto operator<=>(const DynamicRef& a, const DynamicRef& b) { return a.id <=> b.id; }
};

}  // namespace troupe
