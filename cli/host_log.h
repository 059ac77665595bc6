// HostLog: what a host tells its operator, on standard error, one line at a time.
//
// It never waits for its reader: a line that the other end of a pipe has no room for is left out,
// and counted.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "remote/log.h"

namespace troupe::cli {

class HostLog {
 public:
  enum class Form : std::uint8_t { kText, kJson };
  explicit HostLog(Form form) : form_(form) {}

  // On any thread.
  void write(const LogLine& line);
  void info(const std::string& event, const std::string& text);
  void warn(const std::string& event, const std::string& text);
  // What ends the host: gives the exit code for it.
  int fail(const std::string& text);

 private:
  void write_locked(const LogLine& line);

  const Form form_;
  std::mutex mutex_;
  std::uint64_t left_out_ = 0;
};

}  // namespace troupe::cli
