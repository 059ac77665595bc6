// What a status carries besides its code and text. Each payload but a typed error's own is a line
// that people can read, since absl::Status prints it.
#include "actor/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "actor/internal/method_info.h"

namespace troupe {
namespace internal {

namespace {

constexpr char kOrigin[] = "troupe/origin";        // "Store.get of 3/17/1"
constexpr char kException[] = "troupe/exception";  // "std::runtime_error: disk on fire"
constexpr std::string_view kError = "troupe/error/";

using Payloads = std::map<std::string, std::string>;

Payloads payloads_of(const absl::Status& status) {
  Payloads payloads;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    payloads.emplace(std::string(url), std::string(value));
  });
  return payloads;
}

std::string origin_text(std::string_view method, ActorId actor) {
  return absl::StrCat(std::string(method), " of ", actor.host, "/", actor.index, "/",
                      actor.incarnation);
}

// What origin_text() has made; none for what came from elsewhere.
std::optional<std::pair<std::string, ActorId>> origin_of(const Payloads& payloads) {
  const auto found = payloads.find(kOrigin);
  if (found == payloads.end()) return std::nullopt;
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(found->second, absl::MaxSplits(" of ", 1));
  const std::vector<std::string> place = absl::StrSplit(parts.second, '/');
  ActorId actor;
  if (place.size() != 3 || !absl::SimpleAtoi(place[0], &actor.host) ||
      !absl::SimpleAtoi(place[1], &actor.index) ||
      !absl::SimpleAtoi(place[2], &actor.incarnation)) {
    return std::nullopt;
  }
  return std::pair(parts.first, actor);
}

}  // namespace

std::string error_url(std::string_view type) { return std::string(kError) + std::string(type); }

std::optional<std::string> payload_of(const absl::Status& status, const std::string& url) {
  const auto payload = status.GetPayload(url);
  if (!payload) return std::nullopt;
  return std::string(*payload);
}

void set_payload(absl::Status& status, const std::string& url, const std::string& value) {
  // Not the constructor that takes a std::string: its symbol differs between compilers.
  status.SetPayload(url, absl::Cord(absl::string_view(value)));
}

void set_origin(absl::Status& status, ActorId actor, const MethodInfo& method) {
  if (status.GetPayload(kOrigin)) return;
  set_payload(status, kOrigin, origin_text(method.full_name(), actor));
}

void set_exception(absl::Status& status, const std::string& type, const std::string& text) {
  set_payload(status, kException, absl::StrCat(type, ": ", text));
}

}  // namespace internal

std::optional<ErrorDetails> error_details(const absl::Status& status) {
  ErrorDetails details;
  bool any = false;
  details.type = absl::StatusCodeToString(status.code());
  details.text = std::string(status.message());
  const internal::Payloads payloads = internal::payloads_of(status);
  if (const auto origin = internal::origin_of(payloads)) {
    std::tie(details.method, details.actor) = *origin;
    any = true;
  }
  for (const auto& [url, value] : payloads) {
    if (url == internal::kException) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(value, absl::MaxSplits(": ", 1));
      details.type = parts.first;
      details.text = parts.second;
    } else if (url.starts_with(internal::kError)) {
      details.type = url.substr(internal::kError.size());
    } else {
      continue;
    }
    any = true;
  }
  if (!any) return std::nullopt;
  return details;
}

std::string to_string(const absl::Status& status) {
  return status.ToString(absl::StatusToStringMode::kWithNoExtraData);
}

// The origin's actor travels as a reference, too: what a host is called in the payload means
// something in one process alone.
void Codec<absl::Status>::write(Encoder& out, int field, const absl::Status& status) {
  const int code = status.raw_code();
  const std::string text(status.message());
  const internal::Payloads payloads = internal::payloads_of(status);
  const bool travels = internal::ReferenceCodec::current() != nullptr;
  if (const auto origin = travels ? internal::origin_of(payloads) : std::nullopt; origin) {
    internal::write_message(out, field, std::tie(code, text, payloads, origin->second));
  } else {
    internal::write_message(out, field, std::tie(code, text, payloads));
  }
}

bool Codec<absl::Status>::read(Decoder& in, absl::Status& status) {
  int code = 0;
  std::string text;
  internal::Payloads payloads;
  ActorId actor;
  if (!internal::read_message(in, std::tie(code, text, payloads, actor))) return false;
  if (const auto origin = internal::origin_of(payloads); origin && actor) {
    payloads[internal::kOrigin] = internal::origin_text(origin->first, actor);
  }
  status = absl::Status(static_cast<absl::StatusCode>(code), text);
  for (const auto& [url, value] : payloads) internal::set_payload(status, url, value);
  return true;
}

TypeDescription Codec<absl::Status>::describe() {
  return {.kind = TypeDescription::Kind::kMessage,
          .name = "Status",
          .parts = internal::describe_fields<
              std::tuple<int, std::string, std::map<std::string, Bytes>, ActorId>>(),
          .field_names = {"code", "text", "payloads", "origin"}};
}

}  // namespace troupe
