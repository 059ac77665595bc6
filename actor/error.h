// Errors with a type: what a caller can look at, also through other actors and across hosts.
//
//   struct NotLeader {
//     Ref<Replica> leader;
//     FIELDS(leader)
//   };
//
//   Sync<> Replica::append(std::string entry) {
//     if (!is_leader_) return fail_with(NotLeader{leader_});
//     ...
//   }
//
//   absl::Status status = (co_await replica.append("x").status_or()).status();
//   if (const auto error = error_as<NotLeader>(status)) replica = error->leader;
//
// Every failure is an absl::Status. One that a method has answered a call with says where it comes
// from, however many actors pass it on: error_details().
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "actor/actor_id.h"
#include "actor/codec.h"

namespace troupe {

struct MethodInfo;

namespace internal {

// The payload of a typed error stands under this and its type's name.
std::string error_url(std::string_view type);
std::optional<std::string> payload_of(const absl::Status& status, const std::string& url);
void set_payload(absl::Status& status, const std::string& url, const std::string& value);

// For the engine: where the failure comes from, unless it knows; and which exception it was.
void set_origin(absl::Status& status, ActorId actor, const MethodInfo& method);
void set_exception(absl::Status& status, const std::string& type, const std::string& text);

template <class E>
absl::StatusCode code_of_error() {
  if constexpr (requires { E::kCode; }) {
    return E::kCode;
  } else {
    return absl::StatusCode::kFailedPrecondition;
  }
}

template <class E>
std::string text_of_error(const E& error) {
  if constexpr (requires {
                  { error.text() } -> std::convertible_to<std::string>;
                }) {
    return error.text();
  } else {
    return std::string(short_type_name<E>());
  }
}

}  // namespace internal

// A failure that carries `error`, a struct with FIELDS. The struct may say more about itself:
//   static constexpr auto kCode = absl::StatusCode::kAborted;    else FAILED_PRECONDITION
//   std::string text() const;                                    else the struct's name
template <class E>
absl::Status fail_with(const E& error) {
  static_assert(internal::HasFields<E>,
                "A typed error is a struct with a FIELDS(...) line that names its members.");
  absl::Status status(internal::code_of_error<E>(), internal::text_of_error(error));
  internal::set_payload(status, internal::error_url(internal::full_type_name<E>()),
                        encode_fields(error.troupe_fields()));
  return status;
}

// The error that a failure carries; none where it carries none of this type.
template <class E>
std::optional<E> error_as(const absl::Status& status) {
  const auto bytes =
      internal::payload_of(status, internal::error_url(internal::full_type_name<E>()));
  E error{};
  if (!bytes || !decode_fields(*bytes, error.troupe_fields())) return std::nullopt;
  return error;
}

// Where a failure comes from.
struct ErrorDetails {
  std::string type;    // of the exception or the typed error; else the code: "NOT_FOUND"
  std::string text;    // of the exception; else the status's own
  ActorId actor;       // whose method failed first
  std::string method;  // "Store.get"
};

// None where no method has failed: a dead actor, a deadline.
std::optional<ErrorDetails> error_details(const absl::Status& status);

// "NOT_FOUND: no such key": for people, without what error_details() gives.
std::string to_string(const absl::Status& status);

// A status travels with all that it carries.
template <>
struct Codec<absl::Status> {
  static constexpr bool kSingular = true;
  static void write(Encoder& out, int field, const absl::Status& status);
  static bool read(Decoder& in, absl::Status& status);
  static TypeDescription describe();
};

}  // namespace troupe
