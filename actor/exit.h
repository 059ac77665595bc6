// Exit: how an actor has ended. What on_down(), on_exit() and join() tell.
//
//   const Exit exit = co_await join(worker).within(1min);
//   if (exit.why.ok()) ...                          // it was asked to stop
//   const int sum = co_await exit.value<int>();     // what it set with set_exit_value()
//
// The cause of an end: ok where the actor was asked to stop. Else the failure that ended it: of
// its own (a failed on_start(), `co_await exit(why)`, a fatal failure), of whoever ended it with
// stop(ref, why), or of an actor that it was linked to. ABORTED: it was killed. UNAVAILABLE: its
// host is gone. NOT_FOUND: it had ended before, and nobody knows how.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "actor/actor_id.h"
#include "actor/codec.h"
#include "actor/error.h"

namespace troupe {

// One monitor() of an actor; ends with its notice.
struct Monitor {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // 0: none
  friend bool operator==(const Monitor&, const Monitor&) = default;
};

struct Exit {
  ActorId actor;     // who has ended: compare it with id_of(ref)
  std::string name;  // "Worker@n2", for people
  absl::Status why;
  std::string encoded_value;  // of set_exit_value(); else empty
  Monitor monitor;            // in on_down(): whose notice this is

  // What the actor gave with set_exit_value(); fails with its cause where it ended abnormally.
  template <class T>
  absl::StatusOr<T> value() const {
    if (!why.ok()) return why;
    T result{};
    if (encoded_value.empty() || !decode_fields(encoded_value, std::tie(result))) {
      return absl::NotFoundError(absl::StrCat(name, " has left no value of this type"));
    }
    return result;
  }
};

template <>
struct Codec<Exit> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const Exit& exit) {
    internal::write_message(out, field,
                            std::tie(exit.actor, exit.name, exit.why, exit.encoded_value));
  }
  static bool read(Decoder& in, Exit& exit) {
    return internal::read_message(in,
                                  std::tie(exit.actor, exit.name, exit.why, exit.encoded_value));
  }
  static TypeDescription describe() {
    return {.kind = TypeDescription::Kind::kMessage, .name = "Exit"};
  }
};

}  // namespace troupe
