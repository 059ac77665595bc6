// What gRPC says, cut down.
#include "remote/internal/grpc_log.h"

#include <grpc/support/log.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include "remote/internal/host_port.h"

namespace troupe::internal {

namespace {

constexpr int kMostLines = 10;  // a second
constexpr std::size_t kLongestLine = 500;

void log(gpr_log_func_args* line) {
  static std::mutex mutex;
  static std::chrono::steady_clock::time_point second;
  static int lines = 0;
  const std::lock_guard lock(mutex);
  const auto now = std::chrono::steady_clock::now();
  if (now - second >= std::chrono::seconds(1)) {
    second = now;
    lines = 0;
  }
  if (++lines > kMostLines) return;
  std::fprintf(stderr, "troupe: gRPC: %s\n", printable(line->message, kLongestLine).c_str());
}

}  // namespace

void limit_grpc_log() {
  static std::once_flag once;
  std::call_once(once, [] { gpr_set_log_function(log); });
}

}  // namespace troupe::internal
