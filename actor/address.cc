// Addresses: written, read, and what is wrong with those that are none.
#include "actor/address.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "actor/host.h"
#include "actor/internal/directory.h"
#include "actor/spelling.h"
#include "actor/system.h"

namespace troupe {

namespace {

constexpr std::string_view kScheme = "troupe://";

bool stands_for_itself(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') ||
         std::string_view("-._~:@!$&'()*+,;=[]").find(letter) != std::string_view::npos;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (stands_for_itself(letter)) {
      result += letter;
    } else {
      result += absl::StrFormat("%%%02X", static_cast<unsigned char>(letter));
    }
  }
  return result;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* end = text.data() + i + 3;
    if (i + 2 >= text.size()) return std::nullopt;
    if (std::from_chars(text.data() + i + 1, end, byte, 16).ptr != end) return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

bool read_number(std::string_view text, std::uint32_t& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && !text.empty();
}

absl::Status wrong(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(in_quotes(text), " is no address of an actor: ", std::string(why),
                   "; write troupe://host/name or troupe://host/Class/index.incarnation"));
}

}  // namespace

absl::StatusOr<Address> Address::parse(std::string_view text) {
  if (!text.starts_with(kScheme)) return wrong(text, "it does not begin with troupe://");
  std::vector<std::string> parts;
  for (std::string_view rest = text.substr(kScheme.size());;) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    std::optional<std::string> part = unescaped(rest.substr(0, slash));
    if (!part) return wrong(text, "after % stand two hexadecimal digits");
    if (part->empty()) return wrong(text, parts.empty() ? "no host" : "a part of it is empty");
    parts.push_back(*std::move(part));
    if (slash == rest.size()) break;
    rest.remove_prefix(slash + 1);
  }
  if (parts.size() == 1) return wrong(text, "it names a host and no actor");
  if (parts.size() == 2) return Address{.host = parts[0], .name = parts[1]};
  if (parts.size() > 3) return wrong(text, "it has too many parts");
  Address address{.host = parts[0], .name = {}, .class_name = parts[1]};
  const std::string_view place = parts[2];
  const std::size_t dot = std::min(place.find('.'), place.size());
  if (dot == place.size() || !read_number(place.substr(0, dot), address.index) ||
      !read_number(place.substr(dot + 1), address.incarnation) || address.incarnation == 0) {
    return wrong(text, "index and incarnation are two numbers with a dot between, like 17.3");
  }
  return address;
}

std::string Address::text() const {
  if (!name.empty()) {
    return absl::StrCat(std::string(kScheme), escaped(host), "/", escaped(name));
  }
  return absl::StrCat(std::string(kScheme), escaped(host), "/", escaped(class_name), "/", index,
                      ".", incarnation);
}

std::string address_of(const Runtime& runtime, const DynamicRef& actor) {
  if (!actor) return {};
  return Address{.host = runtime.host_name(actor.id.host),
                 .name = {},
                 .class_name = actor.class_name(),
                 .index = actor.id.index,
                 .incarnation = actor.id.incarnation}
      .text();
}

absl::StatusOr<HostId> internal::host_of(const Runtime& runtime, const Address& address) {
  const std::optional<HostId> host = runtime.find_host(address.host);
  if (host) return *host;
  return absl::NotFoundError(absl::StrCat("there is no host ", in_quotes(address.host), ", which ",
                                          address.text(), " is on"));
}

DynamicRef internal::actor_at(const Runtime& runtime, HostId host, const Address& address) {
  DynamicRef actor(ActorId{host, address.index, address.incarnation}, {address.class_name});
  // Where the actor can be seen, it is known what its class extends.
  if (const ActorType* type = runtime.type_of(actor.id); type != nullptr) {
    std::vector<std::string> classes = class_names(*type);
    if (classes.front() == address.class_name) actor.classes = std::move(classes);
  }
  return actor;
}

absl::StatusOr<DynamicRef> resolve(Runtime& runtime, std::string_view text) {
  const absl::StatusOr<Address> address = Address::parse(text);
  if (!address.ok()) return address.status();
  const absl::StatusOr<HostId> host = internal::host_of(runtime, *address);
  if (!host.ok()) return host.status();
  if (address->name.empty()) return internal::actor_at(runtime, *host, *address);
  // Names of a host of another process are known there.
  auto* const system = dynamic_cast<System*>(&runtime);
  if (system != nullptr && *host >= system->host_count()) {
    return system->ask(troupe::host_of(*host).lookup(address->name));
  }
  return runtime.directory().lookup(*host, address->name);
}

}  // namespace troupe
