// Plots of a sweep, drawn by gnuplot as SVG.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/evaluation.h"
#include "scenario/sweep.h"

namespace troupe::cli {

// The plots that the sweep asks for; without any, lines and boxes of what differs.
std::vector<scenario::Plot> plots_of(const Evaluation& evaluation);

// One <svg> element for each plot, in order; empty where a plot has no data. All ids in the n-th
// begin with "plot<n>-", so that all can stand on one page. NOT_FOUND where there is no gnuplot.
absl::StatusOr<std::vector<std::string>> draw(const Evaluation& evaluation,
                                              const std::vector<scenario::Plot>& plots);

}  // namespace troupe::cli
