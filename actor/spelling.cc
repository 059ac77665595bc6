// Damerau-Levenshtein distance, and text on one line.
#include "actor/spelling.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace troupe {
namespace {

// Longer words are not compared: a mistake of thousands of letters is not a slip of the finger.
constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kLongestQuote = 60;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return lower;
}

bool continues_a_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

std::string shortened(std::string_view text) {
  if (text.size() <= kLongestQuote) return on_one_line(text);
  std::size_t end = kLongestQuote - 3;
  while (end > 0 && continues_a_character(text[end])) --end;
  return on_one_line(text.substr(0, end)) + "...";
}

}  // namespace

std::string on_one_line(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\n') {
      result += "\\n";
    } else if (letter == '\t') {
      result += "\\t";
    } else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) {
      result += absl::StrFormat("\\x%02x", static_cast<unsigned>(letter));
    } else {
      result += letter;
    }
  }
  return result;
}

int edit_distance(std::string_view a, std::string_view b) {
  // Row i, column j: the distance of the first i letters of a and the first j of b.
  std::vector<int> before_previous(b.size() + 1);
  std::vector<int> previous(b.size() + 1);
  std::vector<int> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) current[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_previous.swap(previous);
    previous.swap(current);
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int changed = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before_previous[j - 2] + 1);
    }
  }
  return current[b.size()];
}

std::string nearest(std::string_view written, std::span<const std::string> known) {
  if (written.empty() || written.size() > kLongestWord) return {};
  const std::string word = lower_case(written);
  // One slip in three letters still looks like the word that was meant.
  int least = std::max(1, static_cast<int>(written.size()) / 3) + 1;
  std::string best;
  for (const std::string& name : known) {
    if (name.size() > kLongestWord) continue;
    const int distance = edit_distance(word, lower_case(name));
    // All letters of a short name changed: that is another name.
    if (distance >= least || distance >= static_cast<int>(name.size())) continue;
    least = distance;
    best = name;
  }
  return best;
}

std::string in_quotes(std::string_view text) { return absl::StrCat("'", shortened(text), "'"); }

}  // namespace troupe
