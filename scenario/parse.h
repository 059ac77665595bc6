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
#include <set>
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
  std::vector<std::string> set = {};      // of each --set: "hosts=100", "phases.join.lasts=10s"
  std::optional<std::string> seed = {};   // of --seed
  std::optional<std::string> seeds = {};  // of --seeds, where it replaces those of the sweep
};

// The scenario where each varied key has one of its values. It has no sweep of its own.
struct Point {
  std::vector<std::string> values;  // of Sweep::vary, as --set takes them
  Scenario scenario;
};

struct ParseResult {
  std::optional<Scenario> scenario;  // there where there are no errors
  std::vector<Point> points;         // of the scenario's sweep, if it has one
  std::set<std::string> files;       // that the scenario names, besides itself
  // In the order of their places; the command line's come last.
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
};

ParseResult parse_file(const std::string& path, std::span<const Algorithm> algorithms,
                       const ParseOptions& options = {});

// As if `text` stood in a file of this name.
ParseResult parse_text(std::string_view text, const std::string& file,
                       std::span<const Algorithm> algorithms, const ParseOptions& options = {});

// "1..100"; at most a million seeds.
Parsed<SeedRange> parse_seed_range(std::string_view text);

// Every map of a scenario with its keys: types, defaults and what they are for.
std::vector<MapDescription> describe_scenario(std::span<const Algorithm> algorithms = {});
// The map `parameters` of an algorithm.
MapDescription describe_parameters(const Algorithm& algorithm);

}  // namespace troupe::scenario
