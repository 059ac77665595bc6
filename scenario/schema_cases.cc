// Prints what //tests/cli:schema_test needs: the JSON Schema of the test algorithms, and the wrong
// files of the parser's tests.
#include <iostream>
#include <nlohmann/json.hpp>

#include "scenario/parse_testing.h"
#include "scenario/schema.h"
#include "scenario/wrong_files.h"

int main() {
  nlohmann::json cases;
  cases["schema"] =
      nlohmann::json::parse(troupe::scenario::json_schema(troupe::scenario::known_algorithms()));
  for (const troupe::scenario::Wrong& wrong : troupe::scenario::wrong_files()) {
    cases["wrong"].push_back({{"promise", wrong.promise}, {"text", wrong.text}});
  }
  std::cout << cases.dump() << "\n";
}
