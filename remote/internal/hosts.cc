// Numbers of hosts.
#include "remote/internal/hosts.h"

#include <charconv>
#include <mutex>

#include "absl/strings/str_format.h"

namespace troupe::internal {

std::string HostIdentity::text() const {
  return incarnation == 0 ? address : absl::StrFormat("%s#%016x", address, incarnation);
}

std::optional<HostIdentity> HostIdentity::parse(std::string_view text) {
  HostIdentity identity;
  const std::size_t mark = text.find('#');
  identity.address = std::string(text.substr(0, mark));
  if (identity.address.empty()) return std::nullopt;
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
}

std::optional<HostId> Hosts::number_of(const HostIdentity& identity) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = numbers_.find(identity); found != numbers_.end()) return found->second;
  }
  const std::unique_lock lock(mutex_);
  if (others_.size() >= kMost) return std::nullopt;
  const auto [entry, is_new] =
      numbers_.emplace(identity, kFirst + static_cast<HostId>(others_.size()));
  if (is_new) others_.push_back(identity);
  return entry->second;
}

std::optional<HostIdentity> Hosts::identity_of(HostId host) const {
  const std::shared_lock lock(mutex_);
  if (host >= kFirst && host - kFirst < others_.size()) return others_[host - kFirst];
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
