// The names of the kinds.
#include "trace/event.h"

#include <iterator>

namespace troupe::trace {

namespace {

constexpr std::string_view kNames[] = {
    "spawn", "stop",   "crash",   "send",    "call", "receive", "timer",
    "reply", "return", "timeout", "failure", "drop", "note",
};
static_assert(std::size(kNames) == static_cast<std::size_t>(Kind::kNote) + 1);

}  // namespace

std::string_view to_string(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Kind> kind_of(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

std::string all_kinds() {
  std::string all;
  for (const std::string_view name : kNames) {
    if (!all.empty()) all += ", ";
    all += name;
  }
  return all;
}

}  // namespace troupe::trace
