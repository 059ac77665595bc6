// Numbers of hosts.
#include "remote/internal/hosts.h"

#include <charconv>
#include <mutex>

#include "absl/strings/str_format.h"
#include "remote/internal/host_port.h"

namespace troupe::internal {

std::string HostIdentity::text() const {
  return incarnation == 0 ? address : absl::StrFormat("%s#%016x", address, incarnation);
}

std::optional<HostIdentity> HostIdentity::parse(std::string_view text) {
  HostIdentity identity;
  const std::size_t mark = text.find('#');
  identity.address = std::string(text.substr(0, mark));
  if (!HostPort::parse(identity.address)) return std::nullopt;
  if (mark == std::string_view::npos) return identity;
  const std::string_view digits = text.substr(mark + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), identity.incarnation, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return identity;
}

void Hosts::add_local(const HostIdentity& identity, HostId host) {
  const std::unique_lock lock(mutex_);
  numbers_[identity] = host;
  numbers_[{identity.address, 0}] = host;
  local_[host] = identity;
  local_addresses_.insert(identity.address);
}

bool Hosts::is_local_address(const std::string& address) const {
  const std::shared_lock lock(mutex_);
  return local_addresses_.contains(address);
}

std::optional<HostId> Hosts::add_locked(const HostIdentity& identity) {
  if (next_ == kOutsideHost) return std::nullopt;
  const HostId number = next_++;
  numbers_.emplace(identity, number);
  others_.emplace(number, identity);
  return number;
}

std::optional<HostId> Hosts::number_of(const HostIdentity& identity) {
  {
    const std::shared_lock lock(mutex_);
    const auto found = numbers_.find(identity);
    if (found != numbers_.end() && !forgettable_.contains(found->second)) return found->second;
  }
  const std::unique_lock lock(mutex_);
  if (const auto found = numbers_.find(identity); found != numbers_.end()) {
    forgettable_.erase(found->second);
    return found->second;
  }
  return add_locked(identity);
}

std::optional<HostId> Hosts::number_of(const HostIdentity& identity, HostId told_by) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = numbers_.find(identity); found != numbers_.end()) return found->second;
  }
  const std::unique_lock lock(mutex_);
  if (const auto found = numbers_.find(identity); found != numbers_.end()) return found->second;
  const std::optional<HostId> number = add_locked(identity);
  if (!number) return number;
  std::deque<HostId>& told = told_[told_by];
  told.push_back(*number);
  forgettable_.insert(*number);
  if (told.size() <= kMostOfOne) return number;
  const HostId earliest = told.front();
  told.pop_front();
  if (forgettable_.erase(earliest) != 0) {
    numbers_.erase(others_.at(earliest));
    others_.erase(earliest);
  }
  return number;
}

std::optional<HostIdentity> Hosts::identity_of(HostId host) const {
  const std::shared_lock lock(mutex_);
  if (const auto found = others_.find(host); found != others_.end()) return found->second;
  if (const auto found = local_.find(host); found != local_.end()) return found->second;
  return std::nullopt;
}

void Hosts::set_name(std::string_view name, HostId host) {
  const std::unique_lock lock(mutex_);
  names_.insert_or_assign(std::string(name), host);
}

std::optional<HostId> Hosts::find_name(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = names_.find(name);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace troupe::internal
