// gRPC's own log, which strangers can make it write: at most some lines a second go to standard
// error.
#pragma once

namespace troupe::internal {

// For the whole process, and once: gRPC knows no other way.
void limit_grpc_log();

}  // namespace troupe::internal
