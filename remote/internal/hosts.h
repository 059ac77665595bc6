// Hosts: which number stands for which host of which incarnation, in one process.
//
// A number is never used for another host. A host that has been started again is another one, and
// has another number: so references to its earlier actors reach nobody.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "actor/actor_id.h"
#include "runtime/transport.h"

namespace troupe::internal {

// A host as all hosts know it.
struct HostIdentity {
  std::string address;            // host:port
  std::uint64_t incarnation = 0;  // 0: whoever is there

  std::string text() const;
  static std::optional<HostIdentity> parse(std::string_view text);
  auto operator<=>(const HostIdentity&) const = default;
};

class Hosts {
 public:
  // So many other hosts at most: peers are not to be believed.
  static constexpr std::size_t kMost = 1'000'000;
  static constexpr HostId kFirst = kFirstRemoteHost;

  // A host of this process.
  void add_local(const HostIdentity& identity, HostId host);

  // The number of a host; a new one for one that was not known. None where there are too many.
  std::optional<HostId> number_of(const HostIdentity& identity);
  // None for a number that is nobody's.
  std::optional<HostIdentity> identity_of(HostId host) const;
  bool is_local(HostId host) const { return host < kFirst; }

  // What a host calls itself, for find(): the last one that did.
  void set_name(std::string_view name, HostId host);
  std::optional<HostId> find_name(std::string_view name) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<HostIdentity, HostId> numbers_;
  std::map<HostId, HostIdentity> local_;
  std::deque<HostIdentity> others_;  // by number, from kFirst
  std::map<std::string, HostId, std::less<>> names_;
};

}  // namespace troupe::internal
