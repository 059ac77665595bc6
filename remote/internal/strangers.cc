// Whose connections are closed.
#include "remote/internal/strangers.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"

namespace troupe::internal {

namespace {

// What the heap has kept of connections that are gone is given back this often at most.
constexpr std::chrono::seconds kTrimEvery(1);

Endpoint mapped(const in_addr& address, std::uint16_t port) {
  Endpoint endpoint = {.address = {}, .port = port};
  endpoint.address[10] = endpoint.address[11] = 0xff;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&address);
  std::copy(bytes, bytes + sizeof(address), endpoint.address.begin() + 12);
  return endpoint;
}

Endpoint endpoint_of(const in6_addr& address, std::uint16_t port) {
  Endpoint endpoint = {.address = {}, .port = port};
  std::copy(std::begin(address.s6_addr), std::end(address.s6_addr), endpoint.address.begin());
  return endpoint;
}

// From "ipv4:127.0.0.1:40312" or "ipv6:%5B::1%5D:40312".
std::optional<Endpoint> endpoint_of(std::string_view peer) {
  const std::size_t kind = peer.find(':');
  const std::size_t colon = peer.rfind(':');
  std::uint32_t port = 0;
  if (kind == std::string_view::npos || colon == kind ||
      !absl::SimpleAtoi(std::string(peer.substr(colon + 1)), &port) || port > 0xffff) {
    return std::nullopt;
  }
  std::string host = absl::StrReplaceAll(
      std::string(peer.substr(kind + 1, colon - kind - 1)),
      {{"%5B", ""}, {"%5b", ""}, {"%5D", ""}, {"%5d", ""}, {"[", ""}, {"]", ""}});
  host.resize(std::min(host.find('%'), host.size()));  // Without its zone.
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    return mapped(four, static_cast<std::uint16_t>(port));
  }
  in6_addr six{};
  if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return std::nullopt;
  return endpoint_of(six, static_cast<std::uint16_t>(port));
}

// `get` is getsockname or getpeername.
std::optional<Endpoint> end_of(int descriptor, int (*get)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage at{};
  socklen_t size = sizeof(at);
  if (get(descriptor, reinterpret_cast<sockaddr*>(&at), &size) != 0) return std::nullopt;
  if (at.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(at);
    return mapped(four.sin_addr, ntohs(four.sin_port));
  }
  if (at.ss_family != AF_INET6) return std::nullopt;
  const auto& six = reinterpret_cast<const sockaddr_in6&>(at);
  return endpoint_of(six.sin6_addr, ntohs(six.sin6_port));
}

// gRPC learns of it as of any connection that breaks, and closes the descriptor, which is its own.
void close_connection(int descriptor) { shutdown(descriptor, SHUT_RDWR); }

std::uint64_t bytes_received(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

std::size_t most_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return Strangers::kMostConnections;
  return std::min<std::size_t>(Strangers::kMostConnections, limit.rlim_cur / 2);
}

}  // namespace

Strangers::Strangers() : descriptors_(opendir("/proc/self/fd")) {}

Strangers::~Strangers() {
  if (descriptors_ != nullptr) closedir(descriptors_);
}

void Strangers::for_each_connection_locked(
    absl::FunctionRef<void(int descriptor, const Endpoint& peer)> look) {
  if (descriptors_ == nullptr) return;
  rewinddir(descriptors_);
  while (const dirent* entry = readdir(descriptors_)) {
    if (entry->d_name[0] == '.') continue;
    const int descriptor = std::atoi(entry->d_name);
    const std::optional<Endpoint> own = end_of(descriptor, getsockname);
    if (!own || own->port != port_) continue;
    if (const std::optional<Endpoint> peer = end_of(descriptor, getpeername)) {
      look(descriptor, *peer);
    }
  }
}

void Strangers::admitted(const std::string& peer) {
  const std::optional<Endpoint> endpoint = endpoint_of(peer);
  if (!endpoint) return;
  const std::lock_guard lock(mutex_);
  Connection& connection = connections_[*endpoint];
  connection.is_admitted = true;
  // A sweep that goes on may have come past it.
  connection.seen_in = sweeps_ + 1;
}

void Strangers::refused(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    refusals_.clear();
  }
  if (++refusals_[peer] % kMostRefusals != 0) return;
  ++closed_;
  const std::optional<Endpoint> endpoint = endpoint_of(peer);
  for_each_connection_locked([&](int descriptor, const Endpoint& other) {
    if (other == endpoint) close_connection(descriptor);
  });
}

std::vector<Strangers::Stranger> Strangers::beyond_the_limits(std::vector<Stranger> strangers,
                                                              Clock::time_point now) {
  std::vector<Stranger> closed;
  // Those with the most bytes come last, and of those with as many, the oldest.
  std::sort(strangers.begin(), strangers.end(), [](const Stranger& a, const Stranger& b) {
    return std::pair(a.bytes, b.since) < std::pair(b.bytes, a.since);
  });
  std::uint64_t sum = 0;
  std::erase_if(strangers, [&](const Stranger& stranger) {
    sum += stranger.bytes;
    const bool stays =
        sum <= kMostBytesOfAll && stranger.bytes <= kMostBytes && now - stranger.since <= kLongest;
    if (!stays) closed.push_back(stranger);
    return !stays;
  });
  const std::size_t most = most_connections();
  if (strangers.size() <= most) return closed;
  std::sort(strangers.begin(), strangers.end(),
            [](const Stranger& a, const Stranger& b) { return a.since < b.since; });
  closed.insert(closed.end(), strangers.begin(),
                strangers.end() - static_cast<std::ptrdiff_t>(most));
  return closed;
}

void Strangers::sweep(Clock::time_point now) {
  std::vector<Stranger> strangers;
  const std::lock_guard lock(mutex_);
  ++sweeps_;
  for_each_connection_locked([&](int descriptor, const Endpoint& peer) {
    Connection& connection = connections_[peer];
    if (connection.since == Clock::time_point()) connection.since = now;
    connection.seen_in = std::max(connection.seen_in, sweeps_);
    if (connection.is_admitted) return;
    strangers.push_back({connection.since, bytes_received(descriptor), descriptor});
  });
  for (const Stranger& stranger : beyond_the_limits(std::move(strangers), now)) {
    close_connection(stranger.descriptor);
  }
  forget_closed_locked(now);
}

// What each has taken stays with the heap otherwise.
void Strangers::forget_closed_locked(Clock::time_point now) {
  closed_ += std::erase_if(
      connections_, [&](const auto& connection) { return connection.second.seen_in < sweeps_; });
  if (closed_ == 0 || now - trimmed_ < kTrimEvery) return;
  closed_ = 0;
  trimmed_ = now;
  malloc_trim(0);
}

}  // namespace troupe::internal
