// What the tests of the parser share: its algorithms, folders of files, and tables of wrong files.
//
//   const Folder folder({{"m.txt", "0 1\n1 0\n"}});
//   EXPECT_EQ(lines_of(folder.parse("algorithm: ring\nhsts: 2\n").errors), Lines{"f.yaml:2:1:
//   ..."});
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "scenario/parse.h"
#include "scenario/test_algorithms.h"

namespace troupe::scenario {

using Lines = std::vector<std::string>;
using Files = std::map<std::string, std::string>;

// Every parse of a test shares them: a scenario points into them.
inline const std::vector<Algorithm>& known_algorithms() {
  static const auto* const kAlgorithms = new std::vector<Algorithm>(scenario_test::algorithms());
  return *kAlgorithms;
}

inline Lines lines_of(const std::vector<Diagnostic>& diagnostics) {
  Lines lines;
  lines.reserve(diagnostics.size());
  for (const Diagnostic& diagnostic : diagnostics) lines.push_back(to_string(diagnostic));
  return lines;
}

inline ParseResult parse(std::string_view text, const ParseOptions& options = {}) {
  return parse_text(text, "f.yaml", known_algorithms(), options);
}

// The scenario of a text without mistakes.
inline Scenario good(std::string_view text, const ParseOptions& options = {}) {
  const ParseResult result = parse(text, options);
  EXPECT_EQ(lines_of(result.errors), Lines{}) << text;
  return result.scenario.value_or(Scenario{});
}

inline Lines errors_of(std::string_view text, const ParseOptions& options = {}) {
  const ParseResult result = parse(text, options);
  EXPECT_EQ(result.scenario.has_value(), result.errors.empty());
  return lines_of(result.errors);
}

inline Lines warnings_of(std::string_view text, const ParseOptions& options = {}) {
  return lines_of(parse(text, options).warnings);
}

// A folder of its own for these files, and a scenario f.yaml in it.
class Folder {
 public:
  explicit Folder(const Files& files) {
    std::string name = testing::TempDir() + "scenario-XXXXXX";
    path_ = ::mkdtemp(name.data());
    for (const auto& [file, contents] : files) write(file, contents);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& file, const std::string& contents) const {
    const std::filesystem::path path = std::filesystem::path(path_) / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << contents;
  }
  // Its mistakes are told as if in the folder.
  ParseResult parse(std::string_view text, const ParseOptions& options = {}) const {
    ParseResult result = parse_text(text, path_ + "/f.yaml", known_algorithms(), options);
    for (std::vector<Diagnostic>* all : {&result.errors, &result.warnings}) {
      for (Diagnostic& one : *all) {
        one.place.file = in_the_folder(one.place.file);
        one.message = in_the_folder(one.message);
      }
    }
    return result;
  }

 private:
  std::string in_the_folder(const std::string& text) const {
    return absl::StrReplaceAll(text, {{path_ + "/", ""}});
  }

  std::string path_;
};

// A wrong scenario, and word for word what its author is told.
struct Wrong {
  Wrong(std::string promise, std::string text, Lines errors)
      : Wrong(std::move(promise), std::move(text), {}, std::move(errors)) {}
  Wrong(std::string promise, std::string text, Files files, Lines errors)
      : promise(std::move(promise)),
        text(std::move(text)),
        files(std::move(files)),
        errors(std::move(errors)) {}

  std::string promise;
  std::string text;
  Files files;  // beside it
  Lines errors;
};

inline void expect_explained(const Wrong& wrong, const std::string& before = {}) {
  const ParseResult result = wrong.files.empty() ? parse(before + wrong.text)
                                                 : Folder(wrong.files).parse(before + wrong.text);
  EXPECT_FALSE(result.scenario.has_value());
  EXPECT_EQ(lines_of(result.errors), wrong.errors) << before << wrong.text;
}

inline std::string promise_of(const testing::TestParamInfo<Wrong>& info) {
  return info.param.promise;
}

}  // namespace troupe::scenario
