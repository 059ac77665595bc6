// Reads a scenario file. All mistakes are found at once, each with its place and its remedy.
//
//   const std::vector<Algorithm> algorithms = {chord()};
//   ParseResult result = parse_file("ring.yaml", algorithms, {.set = {"hosts=100"}});
//   for (const Diagnostic& error : result.errors) std::cerr << to_string(error) << '\n';
//   if (result.scenario) run(*result.scenario);
//
// The scenario points into `algorithms`, which must outlive it. Nothing is thrown.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actor/algorithm.h"
#include "scenario/diagnostic.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// What the command line changes of the file. A later change wins.
struct ParseOptions {
  std::vector<std::string> set = {};     // of each --set: "hosts=100", "phases.join.lasts=10s"
  std::optional<std::string> seed = {};  // of --seed
};

struct ParseResult {
  std::optional<Scenario> scenario;  // there where there are no errors
  // In the order of their places; the command line's come last.
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
};

ParseResult parse_file(const std::string& path, std::span<const Algorithm> algorithms,
                       const ParseOptions& options = {});

// As if `text` stood in a file of this name.
ParseResult parse_text(std::string_view text, const std::string& file,
                       std::span<const Algorithm> algorithms, const ParseOptions& options = {});

// Every map of a scenario with its keys: types, defaults and what they are for.
std::vector<MapDescription> describe_scenario();

}  // namespace troupe::scenario
