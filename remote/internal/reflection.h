// gRPC's server reflection: tools such as grpcurl ask a host what its actors' methods are.
//
// gRPC's own library for it knows services that are linked into the program; those of actors come
// and go.
#pragma once

#include <functional>
#include <string>

#include "remote/internal/grpc.h"
#include "runtime/thread_runtime.h"

namespace troupe::internal {

// Whether it is the path of reflection.
bool is_reflection(const std::string& path);

// Answers for the classes of the host's actors, and for those that it spawns.
grpc::ServerGenericBidiReactor* new_reflection(ThreadRuntime& runtime, HostId host,
                                               std::function<void()> done);

}  // namespace troupe::internal
