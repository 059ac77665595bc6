// SimulatedDisk: the disks of all hosts of a run, where actors keep what SAVED names.
//
// A perfect disk keeps each change at once. One that takes time keeps it a while later, and forgets
// what it has not kept yet when its host crashes. It needs no events of its own: each change is
// noted with the time at which it will be kept.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/random.h"
#include "actor/storage.h"
#include "scenario/disk.h"

namespace troupe::sim {

class SimulatedDisk final : public Storage {
 public:
  // `now` gives the time of the run.
  SimulatedDisk(scenario::Disk disk, std::uint64_t seed, std::function<Time()> now);

  absl::StatusOr<std::optional<std::string>> read(HostId host, std::string_view name) override;
  absl::Status write(HostId host, std::string_view name, std::string_view bytes) override;
  absl::Status erase(HostId host) override;
  bool wants_every_change() const override { return disk_.sync_takes.has_value(); }
  Time stored_at(HostId host, Time now) override;

  // What is not kept yet is lost.
  void crash(HostId host);

 private:
  struct Version {
    Time kept_at{};
    std::string bytes;
  };
  struct OfHost {
    Random random;
    Time last_kept_at{};
    std::map<std::string, std::vector<Version>, std::less<>> files;  // the newest version last
  };

  OfHost& of(HostId host);

  const scenario::Disk disk_;
  const std::uint64_t seed_;
  const std::function<Time()> now_;
  std::map<HostId, OfHost> hosts_;
};

}  // namespace troupe::sim
