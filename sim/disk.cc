// Versions of files, each with the time from which on a crash leaves it there.
#include "sim/disk.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "sim/distributions.h"

namespace troupe::sim {

SimulatedDisk::SimulatedDisk(scenario::Disk disk, std::uint64_t seed, std::function<Time()> now)
    : disk_(std::move(disk)), seed_(seed), now_(std::move(now)) {}

SimulatedDisk::OfHost& SimulatedDisk::of(HostId host) {
  return hosts_
      .try_emplace(host, OfHost{.random = Random::stream(seed_, "disk", host), .files = {}})
      .first->second;
}

absl::StatusOr<std::optional<std::string>> SimulatedDisk::read(HostId host, std::string_view name) {
  OfHost& disk = of(host);
  const auto file = disk.files.find(name);
  if (file == disk.files.end()) return std::optional<std::string>();
  return std::optional<std::string>(file->second.back().bytes);
}

absl::Status SimulatedDisk::write(HostId host, std::string_view name, std::string_view bytes) {
  OfHost& disk = of(host);
  const Time now = now_();
  Time kept_at = now;
  if (disk_.sync_takes) {
    const Duration takes = std::visit(
        [&](const auto& latency) {
          if constexpr (requires { draw(latency, disk.random); }) {
            return draw(latency, disk.random);
          } else {
            return Duration::zero();  // A latency between two hosts: a scenario refuses it here.
          }
        },
        *disk_.sync_takes);
    kept_at = std::max(saturated_sum(now, takes), disk.last_kept_at);
  }
  disk.last_kept_at = kept_at;
  std::vector<Version>& versions = disk.files[std::string(name)];
  // Of those that are kept, only the newest can ever be read again.
  const auto kept = std::find_if(versions.rbegin(), versions.rend(),
                                 [now](const Version& version) { return version.kept_at <= now; });
  if (kept != versions.rend()) versions.erase(versions.begin(), std::prev(kept.base()));
  if (kept_at <= now) versions.clear();
  versions.push_back({.kept_at = kept_at, .bytes = std::string(bytes)});
  return absl::OkStatus();
}

absl::Status SimulatedDisk::erase(HostId host) {
  of(host).files.clear();
  return absl::OkStatus();
}

Time SimulatedDisk::stored_at(HostId host, Time now) {
  return std::max(of(host).last_kept_at, now);
}

void SimulatedDisk::crash(HostId host) {
  const auto found = hosts_.find(host);
  if (found == hosts_.end()) return;
  const Time now = now_();
  OfHost& disk = found->second;
  disk.last_kept_at = std::min(disk.last_kept_at, now);
  for (auto file = disk.files.begin(); file != disk.files.end();) {
    std::erase_if(file->second, [now](const Version& version) { return version.kept_at > now; });
    file = file->second.empty() ? disk.files.erase(file) : std::next(file);
  }
}

}  // namespace troupe::sim
