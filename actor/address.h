// Address: an actor as text, for files, command lines and messages to people.
//
//   troupe://n2/Printer/17.3     this very actor: its class, its place on the host, which one there
//   troupe://n2/printer          whoever has this name on the host when the address is used
//
//   const std::string text = address_of(printer);                      // in an actor
//   const Ref<Printer> same = co_await resolve<Printer>(text);         // in an actor: see
//   lazy_ref.h absl::StatusOr<DynamicRef> any = resolve(simulator, text);             // outside
//
// An actor's address goes to and fro without loss. What stands for the host is what its runtime
// calls it; between processes that is host:port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "actor/dynamic_ref.h"
#include "actor/runtime.h"

namespace troupe {

struct Address {
  std::string host;
  std::string name;  // of a named actor; else empty, and the rest says which
  std::string class_name = {};
  std::uint32_t index = 0;
  std::uint32_t incarnation = 0;

  // INVALID_ARGUMENT, with what is wrong with it.
  static absl::StatusOr<Address> parse(std::string_view text);
  std::string text() const;

  friend bool operator==(const Address&, const Address&) = default;
};

// Empty for a ref to nobody.
std::string address_of(const Runtime& runtime, const DynamicRef& actor);

// The actor, as the whole runtime knows it: for the program around the actors.
absl::StatusOr<DynamicRef> resolve(Runtime& runtime, std::string_view text);

namespace internal {

absl::StatusOr<HostId> host_of(const Runtime& runtime, const Address& address);

}  // namespace internal
}  // namespace troupe
