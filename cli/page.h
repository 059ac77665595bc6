// report.html: what a sweep has come to, on one page that needs nothing else.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/evaluation.h"

namespace troupe::cli {

struct PageFacts {
  std::string command;  // that makes the same page again
  // The command that repeats one run.
  std::function<std::string(const Run& run)> repeat_command;
  // As draw() gives them, for `plots`; none: `no_plots` says why.
  std::vector<scenario::Plot> plots;
  std::vector<std::string> drawings;
  std::string no_plots;
};

std::string page(const Evaluation& evaluation, const PageFacts& facts);

}  // namespace troupe::cli
