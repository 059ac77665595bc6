// Notes: what an actor wants to be read in a trace, beside what happened to it.
//
//   note("voted for ", candidate, " in term ", term_);        // in an actor: see Actor::note()
//   note([&] { return absl::StrJoin(log_, ", "); });          // text that takes time to make
//
// A note is an event of kind `note`: it is in the trace file and in the pictures, over its actor,
// and among the last events of a check that fails. Where nobody observes the run, no text is made.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "actor/ref.h"
#include "actor/runtime.h"
#include "actor/time.h"

namespace troupe {

class ActorBase;

namespace internal {

// A part of a note, as something that absl::StrCat() takes.
template <class T>
decltype(auto) note_part(const Runtime& runtime, const T& part) {
  if constexpr (std::is_same_v<T, bool>) {
    return std::string(part ? "true" : "false");
  } else if constexpr (std::is_enum_v<T>) {
    return static_cast<std::int64_t>(part);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view> &&
                       !std::is_convertible_v<const T&, std::string>) {
    return std::string(std::string_view(part));
  } else if constexpr (std::is_same_v<T, Time>) {
    return to_string(part - Time{});
  } else if constexpr (std::is_convertible_v<const T&, Duration>) {
    return to_string(Duration(part));
  } else if constexpr (requires { id_of(part); }) {
    return runtime.name_of(id_of(part));
  } else {
    return (part);
  }
}

// Shows a note of the actor to whoever observes.
void show_note(const ActorBase& actor, std::string_view text);

}  // namespace internal
}  // namespace troupe
