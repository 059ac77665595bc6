// Lines, words and numbers.
#include "scenario/data_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/text_file.h"
#include "scenario/units.h"

namespace troupe::scenario {
namespace {

// More than these are not told of one file.
constexpr int kMostMistakes = 100;

constexpr std::string_view kBlanks = " \t\r";

bool is_text(std::string_view contents) {
  for (std::size_t i = 0; i < contents.size();) {
    const std::size_t length = character_length(contents.substr(i));
    const char letter = contents[i];
    const bool is_control = length == 1 && static_cast<unsigned char>(letter) < 0x20 &&
                            letter != '\n' && letter != '\t' && letter != '\r';
    if (length == 0 || is_control || letter == 0x7F) return false;
    i += length;
  }
  return true;
}

// Where [begin, end) begins and ends without blanks around it.
std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return text.substr(text.size());
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

// The words of a line; between two commas there may be an empty one.
void split(std::string_view line, std::vector<DataFile::Word>& words) {
  words.clear();
  const std::string_view content = trimmed(line.substr(0, line.find('#')));
  if (content.empty()) return;
  const bool commas = content.find(',') != std::string_view::npos;
  const std::string_view separators = commas ? "," : kBlanks;
  for (std::size_t at = 0; at <= content.size();) {
    const std::size_t end = std::min(content.find_first_of(separators, at), content.size());
    const std::string_view word = trimmed(content.substr(at, end - at));
    if (commas || !word.empty()) {
      const char* const begin = word.empty() ? content.data() + at : word.data();
      words.push_back({word, static_cast<int>(begin - line.data()) + 1});
    }
    at = end + 1;
  }
}

}  // namespace

std::optional<DataFile> DataFile::open(Reader& reader, const Node& node, std::string_view what) {
  const std::optional<std::string> named = text().read(reader, node, what);
  if (!named) return std::nullopt;
  std::string path = reader.path_of_file(node);
  std::string problem;
  std::optional<std::string> contents = read_text_file(path, kMostBytes, problem);
  if (!contents) {
    reader.error(node, absl::StrCat(std::string(what), ": ", on_one_line(path), " ", problem),
                 "paths are relative to the folder of the scenario");
    return std::nullopt;
  }
  if (contents->size() > kMostBytes) {
    reader.error(Place{path, 0, 0},
                 absl::StrCat("the file has more than ", kMostBytes >> 20, " MiB"));
    return std::nullopt;
  }
  if (contents->starts_with("\xEF\xBB\xBF")) contents->erase(0, 3);  // "UTF-8", says an editor
  if (!is_text(*contents)) {
    reader.error(Place{path, 0, 0}, "this is not a text file of numbers");
    return std::nullopt;
  }
  return DataFile(reader, std::move(path), with_newlines(*std::move(contents)));
}

bool DataFile::next(Line& line) {
  while (at_ < contents_.size() && mistakes_ < kMostMistakes) {
    const std::string_view rest = std::string_view(contents_).substr(at_);
    const std::string_view text = rest.substr(0, rest.find('\n'));
    at_ += text.size() + 1;
    ++line_;
    split(text, line.words);
    line.number = line_;
    if (!line.words.empty()) return true;
  }
  return false;
}

std::optional<double> DataFile::number(const Line& line, const Word& word, std::string_view what,
                                       double least, double most) {
  const std::optional<double> value = parse_number(word.text).value;
  if (value && *value >= least && *value <= most) return value;
  error(
      line, word,
      absl::StrCat(std::string(what), " must be a number from ", written(least), " to ",
                   written(most), ", not ", word.text.empty() ? "nothing" : in_quotes(word.text)));
  return std::nullopt;
}

void DataFile::tell(int line, int column, std::string message, std::string remedy) {
  ++mistakes_;
  reader_->error(Place{path_, line, column}, std::move(message), std::move(remedy));
}

void DataFile::error(const Line& line, std::string message, std::string remedy) {
  tell(line.number, line.words.front().column, std::move(message), std::move(remedy));
}

void DataFile::error(const Line& line, const Word& word, std::string message, std::string remedy) {
  tell(line.number, word.column, std::move(message), std::move(remedy));
}

void DataFile::error(std::string message, std::string remedy) {
  tell(0, 0, std::move(message), std::move(remedy));
}

}  // namespace troupe::scenario
