// Attribute<T>: a public member of an actor that others may read and write, listed like a method.
//
//   ACTOR_METHODS(Lamp, brightness, place)
//   class Lamp : public Actor<Lamp> {
//    public:
//     Attribute<int> brightness = 5;
//     Attribute<Place> place;
//   };
//
//   int now = co_await lamp.brightness();      // reads
//   int set = co_await lamp.brightness(7);     // writes, and gives what it is then
//   lamp.brightness(7).tell();                 // writes; nobody waits
//   co_await lamp.place(field<&Place::room>("hall"));  // writes a part of it
//
// Reading and writing are messages: they happen in the actor's turn. What is not listed is nobody
// else's.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "actor/codec.h"
#include "actor/method.h"

namespace troupe {

namespace internal {

template <class Member>
struct MemberTraits;
template <class T, class C>
struct MemberTraits<T C::*> {
  using Class = C;
  using Type = T;
};

// The place of a member among its struct's FIELDS; their number where it is none of them.
template <auto kMember>
std::uint32_t field_index() {
  using C = typename MemberTraits<decltype(kMember)>::Class;
  const C sample{};
  const void* wanted = &(sample.*kMember);
  return std::apply(
      [&](const auto&... field) {
        std::uint32_t index = 0;
        static_cast<void>(
            ((static_cast<const void*>(&field) == wanted || (++index, false)) || ...));
        return index;
      },
      sample.troupe_fields());
}

// Writes the encoded `part` to where `path` leads. False where there is no such part.
template <class T>
bool write_part(T& value, std::span<const std::uint32_t> path, std::string_view part) {
  if (path.empty()) {
    T written{};
    if (!decode_fields(part, std::tie(written))) return false;
    value = std::move(written);
    return true;
  }
  if constexpr (HasFields<T>) {
    return std::apply(
        [&](auto&... field) {
          std::uint32_t index = 0;
          return ((index++ == path[0] && write_part(field, path.subspan(1), part)) || ...);
        },
        value.troupe_fields());
  } else {
    return false;
  }
}

}  // namespace internal

// A new value for a part of a C: see field().
template <class C>
struct FieldChange {
  std::vector<std::uint32_t> path;
  std::string part;
};

// Says which part of an attribute to write, and what: field<&Person::home, &Home::street>("Elm").
template <auto kMember, auto... kInner, class T>
FieldChange<typename internal::MemberTraits<decltype(kMember)>::Class> field(T&& value) {
  using Type = typename internal::MemberTraits<decltype(kMember)>::Type;
  if constexpr (sizeof...(kInner) == 0) {
    const Type converted(std::forward<T>(value));
    return {{internal::field_index<kMember>()}, encode_fields(std::tie(converted))};
  } else {
    FieldChange<Type> inner = field<kInner...>(std::forward<T>(value));
    inner.path.insert(inner.path.begin(), internal::field_index<kMember>());
    return {std::move(inner.path), std::move(inner.part)};
  }
}

// What is done to an attribute: the argument of its calls.
template <class T>
struct AttributeAccess {
  AttributeAccess() = default;  // reads
  template <class U>
    requires std::is_convertible_v<U&&, T>
  AttributeAccess(U&& value) : whole(std::forward<U>(value)) {}
  AttributeAccess(FieldChange<T> change)
      : path(std::move(change.path)), part(std::move(change.part)) {}

  std::optional<T> whole;
  std::vector<std::uint32_t> path;
  std::string part;
  FIELDS(whole, path, part)
};

template <class T>
class Attribute {
 public:
  Attribute() = default;
  template <class U>
    requires std::is_convertible_v<U&&, T>
  Attribute(U&& value) : value_(std::forward<U>(value)) {}

  template <class U>
    requires std::is_convertible_v<U&&, T>
  Attribute& operator=(U&& value) {
    value_ = std::forward<U>(value);
    return *this;
  }
  operator const T&() const { return value_; }
  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }

  // For the engine: what a message does.
  Sync<T> operator()(AttributeAccess<T> access) {
    if (access.whole) {
      value_ = *std::move(access.whole);
    } else if (!access.path.empty() &&
               !internal::write_part(value_, std::span<const std::uint32_t>(access.path),
                                     access.part)) {
      return absl::InvalidArgumentError("the attribute has no such part, or it is of another type");
    }
    return value_;
  }

 private:
  T value_{};
};

}  // namespace troupe
