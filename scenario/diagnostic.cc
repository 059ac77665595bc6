// Mistakes, as text on one line.
#include "scenario/diagnostic.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace troupe::scenario {
namespace {

// A list of more names than this hides the message.
constexpr std::size_t kMostNames = 40;

}  // namespace

std::string to_string(const Place& place) {
  std::string file = on_one_line(place.file);
  if (place.line == 0) return file;
  return absl::StrCat(file, ":", place.line, ":", place.column);
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = absl::StrCat(to_string(diagnostic.place), ": ", diagnostic.message);
  if (!diagnostic.remedy.empty()) absl::StrAppend(&text, "; ", diagnostic.remedy);
  return text;
}

std::string did_you_mean(std::string_view written, std::span<const std::string> known) {
  if (known.empty()) return "nothing is allowed here";
  std::string text;
  const std::string best = nearest(written, known);
  if (!best.empty()) text = absl::StrCat("did you mean ", in_quotes(best), "? ");
  const auto shown = known.first(std::min(known.size(), kMostNames));
  absl::StrAppend(&text, "allowed: ", absl::StrJoin(shown, ", "));
  if (shown.size() < known.size()) {
    absl::StrAppend(&text, " and ", known.size() - shown.size(), " more");
  }
  return text;
}

}  // namespace troupe::scenario
