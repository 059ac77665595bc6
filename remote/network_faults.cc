// Faults, set and remembered.
#include "remote/network_faults.h"

namespace troupe {

Sync<> NetworkFaults::set(std::string host, LinkFault fault) {
  absl::Status set = host_.set_fault(host, fault);
  if (!set.ok()) return set;
  if (fault == LinkFault{}) {
    faults_.erase(host);
  } else {
    faults_.insert_or_assign(host, fault);
  }
  return absl::OkStatus();
}

Sync<> NetworkFaults::heal() {
  for (const auto& [host, fault] : faults_) {
    absl::Status healed = host_.set_fault(host, {});
    if (!healed.ok()) return healed;
  }
  faults_.clear();
  return absl::OkStatus();
}

}  // namespace troupe
