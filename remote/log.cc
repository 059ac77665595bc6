// The two forms of a line.
#include "remote/log.h"

#include <algorithm>
#include <ctime>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "remote/internal/host_port.h"

namespace troupe {

namespace {

// Far beyond any line of a host: those are cut before.
constexpr std::size_t kLongest = std::size_t{1} << 20;

std::string utc(std::chrono::system_clock::time_point time) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                         parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                         milliseconds % 1000);
}

// As JSON has it. The text has no control characters any more.
std::string json_text(std::string_view text) {
  std::string result = "\"";
  for (const char letter : internal::printable(text, kLongest)) {
    if (letter == '"' || letter == '\\') result += '\\';
    result += letter;
  }
  return result + "\"";
}

bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char letter) {
    return absl::ascii_isgraph(static_cast<unsigned char>(letter)) &&
           std::string_view("\"\\[]=").find(letter) == std::string_view::npos;
  });
}

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

std::string as_text(const LogLine& line, std::chrono::system_clock::time_point time) {
  std::string result = absl::StrCat(utc(time), " ", std::string(to_string(line.level)), " [",
                                    internal::printable(line.event, kLongest));
  for (const auto& [key, value] : line.fields) {
    absl::StrAppend(&result, " ", key, "=", is_plain(value) ? value : json_text(value));
  }
  return absl::StrCat(result, "] ", internal::printable(line.text, kLongest));
}

std::string as_json(const LogLine& line, std::chrono::system_clock::time_point time) {
  std::string result =
      absl::StrCat("{\"time\":\"", utc(time), "\",\"level\":\"", std::string(to_string(line.level)),
                   "\",\"event\":", json_text(line.event));
  for (const auto& [key, value] : line.fields) {
    absl::StrAppend(&result, ",", json_text(key), ":", json_text(value));
  }
  return absl::StrCat(result, ",\"text\":", json_text(line.text), "}");
}

}  // namespace troupe
