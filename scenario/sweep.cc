// The columns of results.csv.
#include "scenario/sweep.h"

namespace troupe::scenario {

const std::vector<std::string>& result_statistics() {
  static const auto* const kStatistics =
      new std::vector<std::string>{"count", "sum", "mean", "min", "p1", "p50", "p90", "p99", "max"};
  return *kStatistics;
}

std::vector<std::string> result_columns(const Algorithm& algorithm) {
  std::vector<std::string> columns = {"events", "messages", "virtual_seconds", "calls",
                                      "failed_calls"};
  for (const Algorithm::Measurement& measured : algorithm.measurements()) {
    if (measured.kind == Algorithm::Measurement::Kind::kCounter) {
      columns.push_back(measured.name);
      continue;
    }
    for (const std::string& statistic : result_statistics()) {
      columns.push_back(measured.name + "." + statistic);
    }
  }
  return columns;
}

}  // namespace troupe::scenario
