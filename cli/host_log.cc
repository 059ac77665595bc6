// Lines on standard error.
#include "cli/host_log.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/inform.h"

namespace troupe::cli {

void HostLog::write(const LogLine& line) {
  const std::lock_guard lock(mutex_);
  // A pipe that can be written to has room for PIPE_BUF bytes, and a line is shorter.
  pollfd writable = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (poll(&writable, 1, 0) != 1 || (writable.revents & POLLOUT) == 0) {
    ++left_out_;
    return;
  }
  const std::uint64_t left_out = std::exchange(left_out_, 0);
  if (left_out > 0) {
    write_locked({.level = LogLevel::kWarning,
                  .event = "lines_left_out",
                  .text = absl::StrCat(left_out,
                                       " lines have been left out, since nobody has read "
                                       "the earlier ones"),
                  .fields = {{"lines", absl::StrCat(left_out)}}});
  }
  write_locked(line);
}

// In one piece, so that it does not mix with what others write.
void HostLog::write_locked(const LogLine& line) {
  const auto now = std::chrono::system_clock::now();
  const std::string text = (form_ == Form::kJson ? as_json(line, now) : as_text(line, now)) + "\n";
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

void HostLog::info(const std::string& event, const std::string& text) {
  write({.level = LogLevel::kInfo, .event = event, .text = text});
}

void HostLog::warn(const std::string& event, const std::string& text) {
  write({.level = LogLevel::kWarning, .event = event, .text = text});
}

int HostLog::fail(const std::string& text) {
  if (form_ == Form::kText) return wrong_input(text);
  write({.level = LogLevel::kError, .event = "failed", .text = text});
  return kWrongInput;
}

}  // namespace troupe::cli
