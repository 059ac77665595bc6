// gRPC's headers. Include this, and none of them.
//
// gRPC hands objects from thread to thread within a library that ThreadSanitizer cannot see into.
// The code of its headers becomes part of ours, and would be reported for every such object: so
// ThreadSanitizer leaves alone what these headers define. It watches our code, in which all that a
// callback shares with others is behind a std::mutex or an atomic.
#pragma once

// What these headers include, too, and is to be watched where we use it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#pragma clang attribute push(__attribute__((no_sanitize("thread"))), apply_to = function)
// IWYU pragma: begin_exports
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "remote/operations.grpc.pb.h"
#include "remote/wire.grpc.pb.h"
// IWYU pragma: end_exports
#pragma clang attribute pop
