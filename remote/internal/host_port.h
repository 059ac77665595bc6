// HostPort: the address of a host, as text: a name or an IP address, and a port. Nothing else that
// gRPC would take for an address (unix:, xds:, ...) is one.
//
//   127.0.0.1:7000    [::1]:7000    node7.example.org:7000
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace troupe::internal {

struct HostPort {
  std::string host;  // as it was written, without the brackets of IPv6
  std::uint16_t port = 0;

  static std::optional<HostPort> parse(std::string_view text);

  bool is_ip() const;
  // Reaches this machine and no other: 127.0.0.0/8, ::1 and the name localhost.
  bool is_loopback() const;
  // Is every address of a machine, which nobody can dial: 0.0.0.0 or [::].
  bool is_any() const;
  // How gRPC is told to take it for nothing but a host and its port.
  std::string grpc_target() const;
};

// INVALID_ARGUMENT where the text is no host and port; `what` is what it should be.
absl::Status check_host_port(std::string_view what, std::string_view text);

// Whether the text can be a name of a host or an actor: valid UTF-8 without control characters, and
// not too long. A name comes from others and is shown to people.
bool is_good_name(std::string_view text);

// The text as one line of printable UTF-8 of at most so many bytes: what others have sent, for
// logs.
std::string printable(std::string_view text, std::size_t most);

}  // namespace troupe::internal
