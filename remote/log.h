// LogLine: one line of what a host tells its operator: when, how bad, which event, what about.
//
//   RemoteHostOptions options;
//   options.log = [](const LogLine& line) {
//     std::fprintf(stderr, "%s\n", as_json(line, std::chrono::system_clock::now()).c_str());
//   };
//
// A line that a RemoteHost gives is one line, whatever others have sent: control characters and
// what is no UTF-8 are escaped in it, and what is long is cut.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

enum class LogLevel : std::uint8_t {
  kInfo,     // what happens in the life of a host
  kWarning,  // what somebody should look at
  kError,    // what has failed
};

struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string event;  // one word for programs, such as "peer_up"
  std::string text;   // a sentence for people
  std::vector<std::pair<std::string, std::string>> fields = {};  // "peer", "10.0.0.1:7000"
};

std::string_view to_string(LogLevel level);  // "info", "warning", "error"

// "2026-01-31T12:00:00.123Z warning [peer_silent peer=10.0.0.1:7000] host ...", without an end of
// the line. A value that is not one plain word is quoted, so nobody can forge a field.
std::string as_text(const LogLine& line, std::chrono::system_clock::time_point time);
// A JSON object with the keys "time", "level", "event", "text" and those of the fields.
std::string as_json(const LogLine& line, std::chrono::system_clock::time_point time);

}  // namespace troupe
