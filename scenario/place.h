// Place: where something of a scenario was written, for messages about it.
#pragma once

#include <string>

namespace troupe::scenario {

struct Place {
  std::string file;  // or the option that it came from: "--set hosts=100"
  int line = 0;      // lines and columns count from 1; 0: the whole file, or an option
  int column = 0;
};

}  // namespace troupe::scenario
