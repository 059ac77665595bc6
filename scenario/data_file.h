// DataFile: a text file of numbers that a scenario names, line by line. Words stand between blanks
// or commas; what follows a '#' is a comment. Mistakes are told with file, line and column.
//
//   std::optional<DataFile> file = DataFile::open(reader, node, "'matrix'");
//   for (DataFile::Line line; file && file->next(line);) {
//     for (const DataFile::Word& word : line.words) {
//       const std::optional<double> number = file->number(line, word, "a round trip", 0, 1e6);
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/place.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

class DataFile {
 public:
  // A larger one is refused. The full matrix of 5,000 hosts has about 150 MB.
  static constexpr std::size_t kMostBytes = std::size_t{512} << 20;

  struct Word {
    std::string_view text;
    int column = 0;
  };
  struct Line {
    int number = 0;
    std::vector<Word> words;  // never empty
  };

  // The file that `node` names; nothing, and it has been told, where it cannot be read.
  static std::optional<DataFile> open(Reader& reader, const Node& node, std::string_view what);

  // The next line that has words; false at the end, and where there are too many mistakes to go on.
  bool next(Line& line);

  // A number from `least` to `most`; `what` it is: "a round trip".
  std::optional<double> number(const Line& line, const Word& word, std::string_view what,
                               double least, double most);

  void error(const Line& line, std::string message, std::string remedy = {});
  void error(const Line& line, const Word& word, std::string message, std::string remedy = {});
  // Of the whole file.
  void error(std::string message, std::string remedy = {});

  bool has_mistakes() const { return mistakes_ > 0; }
  const std::string& path() const { return path_; }

 private:
  DataFile(Reader& reader, std::string path, std::string contents)
      : reader_(&reader), path_(std::move(path)), contents_(std::move(contents)) {}

  void tell(int line, int column, std::string message, std::string remedy);

  Reader* reader_;
  std::string path_;
  std::string contents_;
  std::size_t at_ = 0;
  int line_ = 0;
  int mistakes_ = 0;
};

}  // namespace troupe::scenario
