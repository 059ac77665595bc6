// Formats of measured networks, line by line.
#include "scenario/latency_files.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/units.h"

namespace troupe::scenario {
namespace {

constexpr Duration kMillisecond = std::chrono::milliseconds(1);
constexpr std::size_t kMostRegions = 1000;
constexpr std::size_t kMostRows = 20'000;  // of a matrix: they take 3.2 GB
constexpr double kFarthest = 1e9;          // from the origin, along one axis

double count_of(Duration duration) { return static_cast<double>(duration.count()); }

Duration times(double number, Duration unit) {
  return Duration(std::llround(number * count_of(unit)));
}

// "1 number", "2 numbers"
std::string counted(std::size_t count, std::string_view noun) {
  return absl::StrCat(written(static_cast<std::int64_t>(count)), " ", std::string(noun),
                      count == 1 ? "" : "s");
}

// Half of the round trip, one way.
std::optional<Duration> one_way(DataFile& file, const DataFile::Line& line,
                                const DataFile::Word& word, Duration unit) {
  const std::optional<double> round_trip =
      file.number(line, word, "a round trip", 0, count_of(kLongestMeasured) / count_of(unit));
  if (!round_trip) return std::nullopt;
  return times(*round_trip / 2, unit);
}

}  // namespace

std::optional<Matrix> read_matrix(DataFile& file, Duration unit) {
  Matrix matrix;
  std::vector<Duration> latencies;
  DataFile::Line line;
  DataFile::Line last;
  std::size_t rows = 0;
  while (file.next(line)) {
    if (rows == 0) matrix.size = line.words.size();
    if (matrix.size > kMostRows) {
      file.error(line, absl::StrCat("a matrix has at most ", counted(kMostRows, "number"),
                                    " in a line, and this one has ",
                                    written(static_cast<std::int64_t>(matrix.size))));
      return std::nullopt;
    }
    if (++rows > matrix.size) {
      file.error(line, absl::StrCat("the matrix has ", counted(matrix.size, "number"),
                                    " in a line, so it ends before this line"));
      return std::nullopt;
    }
    if (line.words.size() != matrix.size) {
      file.error(line, absl::StrCat(counted(line.words.size(), "number"), " in this line, and ",
                                    matrix.size, " in the first"));
    }
    for (const DataFile::Word& word : line.words) {
      const std::optional<Duration> latency = one_way(file, line, word, unit);
      if (latency) latencies.push_back(*latency);
    }
    last = line;
  }
  if (rows == 0) {
    file.error("there are no numbers in the file");
  } else if (!file.has_mistakes() && rows < matrix.size) {
    file.error(last, absl::StrCat("the matrix ends with this line: it has ", counted(rows, "line"),
                                  ", and ", counted(matrix.size, "number"), " in each"));
  }
  if (file.has_mistakes()) return std::nullopt;
  matrix.latency = std::make_shared<const std::vector<Duration>>(std::move(latencies));
  return matrix;
}

std::optional<Regions::Table> read_regions(DataFile& file) {
  Regions::Table table;
  DataFile::Line line;
  if (!file.next(line)) {
    file.error("there are no regions in the file");
    return std::nullopt;
  }
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    const DataFile::Word& word = line.words[i];
    std::string name(word.text);
    const bool is_name = !name.empty() && !parse_number(name).value && !name.ends_with('%');
    if (!is_name) {
      file.error(line, word,
                 name.empty() ? "a name of a region is missing"
                              : absl::StrCat(in_quotes(name), " is no name of a region"));
    } else if (std::find(table.names.begin(), table.names.end(), name) != table.names.end()) {
      file.error(line, word, absl::StrCat("the region ", in_quotes(name), " is named twice"));
    }
    table.names.push_back(std::move(name));
  }
  if (table.names.empty() || table.names.size() > kMostRegions) {
    file.error(line, absl::StrCat("the first line names ", counted(table.names.size(), "region"),
                                  " behind its first word; it must be 1 to ", kMostRegions));
    return std::nullopt;
  }
  std::size_t rows = 0;
  while (file.next(line)) {
    if (rows == table.names.size()) {
      file.error(line, absl::StrCat("the first line names ", counted(rows, "region"),
                                    ", so the table ends before this line"));
      return std::nullopt;
    }
    const std::string& due = table.names[rows++];
    if (line.words[0].text != due) {
      file.error(line,
                 absl::StrCat("this line is for ", in_quotes(line.words[0].text), ", where ",
                              in_quotes(due), " is due"),
                 "lines stand in the order of the columns");
    }
    if (line.words.size() != table.names.size() + 1) {
      file.error(line, absl::StrCat(counted(line.words.size() - 1, "number"), " in this line, for ",
                                    counted(table.names.size(), "region")));
    }
    for (std::size_t i = 1; i < line.words.size(); ++i) {
      const std::optional<Duration> latency = one_way(file, line, line.words[i], kMillisecond);
      if (latency) table.latency.push_back(*latency);
    }
  }
  if (!file.has_mistakes() && rows < table.names.size()) {
    file.error(absl::StrCat("the table has no line for ", in_quotes(table.names[rows])));
  }
  if (file.has_mistakes()) return std::nullopt;
  return table;
}

std::optional<Empirical> read_distribution(DataFile& file) {
  std::vector<Empirical::Point> points;
  DataFile::Line line;
  DataFile::Line last;
  while (file.next(line)) {
    last = line;
    if (line.words.size() != 2) {
      file.error(line, absl::StrCat("a line has a latency and the part of messages that take no "
                                    "longer, not ",
                                    counted(line.words.size(), "word")));
      continue;
    }
    const double most = count_of(kLongestMeasured) / count_of(kMillisecond);
    const auto latency = file.number(line, line.words[0], "a latency", 0, most);
    const auto part = file.number(line, line.words[1], "a part of all messages", 0, 1);
    if (!latency || !part) continue;
    const Empirical::Point point{times(*latency, kMillisecond), *part};
    if (!points.empty() && point.latency < points.back().latency) {
      file.error(line, line.words[0], "latencies rise from line to line, and this one falls");
    }
    if (!points.empty() && point.part < points.back().part) {
      file.error(line, line.words[1], "parts rise from line to line, and this one falls");
    }
    points.push_back(point);
  }
  if (!file.has_mistakes() && points.empty()) {
    file.error("there are no numbers in the file");
  } else if (!file.has_mistakes() && points.back().part < 1) {
    file.error(last, last.words[1], "the last part must be 1: all messages");
  }
  if (file.has_mistakes()) return std::nullopt;
  return Empirical{std::make_shared<const std::vector<Empirical::Point>>(std::move(points))};
}

std::optional<std::vector<Coordinates::Point>> read_places(DataFile& file) {
  std::vector<Coordinates::Point> places;
  DataFile::Line line;
  std::size_t dimensions = 0;
  while (file.next(line)) {
    if (dimensions == 0) dimensions = line.words.size();
    if (dimensions != 2 && dimensions != 3) {
      file.error(line, absl::StrCat("a place has 2 or 3 numbers, not ", dimensions));
      return std::nullopt;
    }
    if (line.words.size() != dimensions) {
      file.error(line, absl::StrCat(counted(line.words.size(), "number"), " in this line, and ",
                                    dimensions, " in the first"));
      continue;
    }
    Coordinates::Point& place = places.emplace_back();
    for (std::size_t i = 0; i < dimensions; ++i) {
      place[i] =
          file.number(line, line.words[i], "a coordinate", -kFarthest, kFarthest).value_or(0);
    }
  }
  if (!file.has_mistakes() && places.empty()) file.error("there are no places in the file");
  if (file.has_mistakes()) return std::nullopt;
  return places;
}

}  // namespace troupe::scenario
