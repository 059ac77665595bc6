// Hosts: which number stands for which host of which incarnation, in one process.
//
// A number is never used for another host. A host that has been started again is another one, and
// has another number: so references to its earlier actors reach nobody.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "actor/actor_id.h"
#include "runtime/transport.h"

namespace troupe::internal {

// A host as all hosts know it.
struct HostIdentity {
  std::string address;            // host:port
  std::uint64_t incarnation = 0;  // 0: whoever is there

  std::string text() const;
  // None where the text is no host:port, with or without # and an incarnation.
  static std::optional<HostIdentity> parse(std::string_view text);
  auto operator<=>(const HostIdentity&) const = default;
};

class Hosts {
 public:
  // So many hosts that one peer has told of, and that have not been talked to, are remembered; then
  // the earliest of these are forgotten. References to them reach nobody from then on.
  static constexpr std::size_t kMostOfOne = 10'000;
  static constexpr HostId kFirst = kFirstRemoteHost;

  // A host of this process.
  void add_local(const HostIdentity& identity, HostId host);

  // The number of a host; a new one for one that was not known, which is remembered for ever. None
  // where all numbers have been used.
  std::optional<HostId> number_of(const HostIdentity& identity);
  // The same of a host that another one, or a client, has told of.
  std::optional<HostId> number_of(const HostIdentity& identity, HostId told_by);
  // None for a number that is nobody's.
  std::optional<HostIdentity> identity_of(HostId host) const;
  bool is_local(HostId host) const { return host < kFirst; }
  // Whether it is the address of a host of this process, of whatever incarnation.
  bool is_local_address(const std::string& address) const;

  // What a host calls itself, for find_name(), in place of who had the name before.
  void set_name(std::string_view name, HostId host);
  std::optional<HostId> find_name(std::string_view name) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<HostIdentity, HostId> numbers_;
  std::map<HostId, HostIdentity> local_;
  std::set<std::string> local_addresses_;
  std::optional<HostId> add_locked(const HostIdentity& identity);

  std::unordered_map<HostId, HostIdentity> others_;
  HostId next_ = kFirst;
  // Of those that are not remembered for ever: by who has told of them, in their order.
  std::unordered_map<HostId, std::deque<HostId>> told_;
  std::unordered_set<HostId> forgettable_;
  std::map<std::string, HostId, std::less<>> names_;
};

}  // namespace troupe::internal
