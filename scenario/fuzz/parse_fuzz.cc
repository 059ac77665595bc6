// What must hold for every text that somebody may take for a scenario: it is read or refused, with
// messages that are lines of text. A fuzzer calls this (--config=fuzz), and a test does with the
// texts that the fuzzer has found worth keeping.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/parse.h"
#include "scenario/test_algorithms.h"

namespace {

using troupe::scenario::Diagnostic;
using troupe::scenario::ParseResult;

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "a scenario's text breaks a promise: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const kAlgorithms =
      new std::vector<troupe::Algorithm>(troupe::scenario_test::algorithms());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The last line may be an option of the command line: "--set network.loss=1%".
  troupe::scenario::ParseOptions options;
  std::string_view file = text;
  const std::size_t option = text.rfind("\n--set ");
  if (option != std::string_view::npos) {
    file = text.substr(0, option + 1);
    options.set.emplace_back(text.substr(option + 7));
  }
  const ParseResult result = troupe::scenario::parse_text(file, "f.yaml", *kAlgorithms, options);
  require(result.scenario.has_value() == result.errors.empty(), "a scenario or errors");
  for (const auto* diagnostics : {&result.errors, &result.warnings}) {
    for (const Diagnostic& diagnostic : *diagnostics) {
      const std::string line = to_string(diagnostic);
      require(!diagnostic.message.empty(), "a message says something");
      require(line.find('\n') == std::string::npos, "a message is one line");
    }
  }
  return 0;
}
