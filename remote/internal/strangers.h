// Strangers: connections on which nobody has shown yet that he may call this host, and what they
// may take. A connection that takes more is closed.
//
// The packaged gRPC has no limit for connections, for calls that are begun and taken back at once
// (CVE-2023-44487), or for headers that never end, and it gives no way to close a connection. So
// this looks at the sockets of the process.
#pragma once

#include <dirent.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"

namespace troupe::internal {

// One end of a connection; an address of IPv4 as one of IPv6.
struct Endpoint {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

class Strangers {
 public:
  using Clock = std::chrono::steady_clock;

  // So many calls of one connection may be refused in a second.
  static constexpr std::size_t kMostRefusals = 50;
  // So much may come on a connection before a call is let in, and on all of these together, in
  // bytes. A handshake with certificates takes some thousands.
  static constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 10;
  static constexpr std::uint64_t kMostBytesOfAll = std::uint64_t{1} << 20;
  // So long may a connection be there before a call is let in.
  static constexpr Clock::duration kLongest = std::chrono::seconds(60);
  // There may be so many such connections, or as many as half of the descriptors that this process
  // may have, where these are fewer. Beyond that, the oldest are closed.
  static constexpr std::size_t kMostConnections = 4000;

  Strangers();
  ~Strangers();
  Strangers(const Strangers&) = delete;
  Strangers& operator=(const Strangers&) = delete;

  // Connections to this port are meant, which this process listens on.
  void listen_on(std::uint16_t port) { port_ = port; }

  // A call has been let in, or has been refused. `peer` is what gRPC calls the other end:
  // "ipv4:127.0.0.1:40312".
  void admitted(const std::string& peer);
  void refused(const std::string& peer);

  // Looks at all connections. To be called a few times in a second, on one thread.
  void sweep(Clock::time_point now);

 private:
  struct Connection {
    Clock::time_point since{};
    bool is_admitted = false;
    std::uint64_t seen_in = 0;  // the last sweep that has seen it, or will
  };

  struct Stranger {
    Clock::time_point since;
    std::uint64_t bytes;
    int descriptor;
  };

  // Gives back those that are too many, or have sent too much.
  static std::vector<Stranger> beyond_the_limits(std::vector<Stranger> strangers,
                                                 Clock::time_point now);
  // The connections that have been accepted on the port.
  void for_each_connection_locked(
      absl::FunctionRef<void(int descriptor, const Endpoint& peer)> look);
  void forget_closed_locked(Clock::time_point now);

  // Opened at the beginning: later there may be no descriptor left.
  DIR* const descriptors_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::map<Endpoint, Connection> connections_;
  std::uint64_t sweeps_ = 0;
  Clock::time_point second_{};
  std::map<std::string, std::size_t> refusals_;  // in this second, by connection
  std::size_t closed_ = 0;                       // since the heap was last trimmed
  Clock::time_point trimmed_{};
};

}  // namespace troupe::internal
