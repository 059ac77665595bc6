// What a service tells the system's service manager, which has started it: systemd, or who does as
// it does.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace troupe::cli {

// Sends a state, such as "READY=1", to the socket that the variable NOTIFY_SOCKET names. Does
// nothing where there is none. UNAVAILABLE: it could not be sent.
absl::Status notify_service_manager(const std::string& state);

}  // namespace troupe::cli
