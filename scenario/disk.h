// What the disks of a run's hosts are like, as data.
//
//   Disk disk{.sync_takes = Constant{5ms}};
#pragma once

#include <optional>

#include "scenario/network.h"

namespace troupe::scenario {

// Where actors keep what SAVED names.
struct Disk {
  // How long it takes until a change is kept; what was changed later than that before a crash is
  // lost. A later change is never kept before an earlier one of its host. None: each change is kept
  // at once.
  std::optional<Latency> sync_takes = {};
};

}  // namespace troupe::scenario
