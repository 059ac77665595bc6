// The columns of results.csv.
#include "scenario/sweep.h"

#include "actor/measurements.h"

namespace troupe::scenario {

const std::vector<std::string>& result_statistics() { return main_statistics(); }

const std::vector<std::string>& state_statistics() {
  static const auto* const kStatistics = [] {
    auto* const names = new std::vector<std::string>(main_statistics());
    names->emplace_back("last");
    return names;
  }();
  return *kStatistics;
}

std::vector<std::string> result_columns(const Algorithm& algorithm,
                                        const std::vector<std::string>& measured) {
  std::vector<std::string> columns = {std::string(kReachedEnd), "events", "messages",
                                      "virtual_seconds",        "calls",  "failed_calls"};
  for (const Algorithm::Measurement& declared : algorithm.measurements()) {
    if (declared.kind == Algorithm::Measurement::Kind::kCounter) {
      columns.push_back(declared.name);
      continue;
    }
    for (const std::string& statistic : result_statistics()) {
      columns.push_back(declared.name + "." + statistic);
    }
  }
  for (const std::string& state : measured) {
    for (const std::string& statistic : state_statistics()) {
      columns.push_back(state + "." + statistic);
    }
  }
  return columns;
}

}  // namespace troupe::scenario
