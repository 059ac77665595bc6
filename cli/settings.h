// Settings: options of a verb that stand in a YAML file or in the environment, for programs that
// run for long.
//
//   listen: 10.0.0.1:7000          # --listen 10.0.0.1:7000
//   join: [10.0.0.2:7000]          # an option that may be given again has a list
//   insecure: true
//
// The command line goes before the environment, and the environment before the file: an option that
// one of them gives is not looked for in the next.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "cli/options.h"

namespace troupe::cli {

// The variables of the environment whose names begin so, without this beginning.
std::map<std::string, std::string> variables_with(const std::string& prefix);

// Adds to the options of a verb those that variables give (LISTEN is --listen; prefix + LISTEN is
// how messages call it) and those of the file that --config names. A variable that is empty gives
// nothing. INVALID_ARGUMENT: what is wrong, with its place.
absl::Status add_settings(const VerbSpec& verb, const std::string& prefix,
                          const std::map<std::string, std::string>& variables, Options& options);

}  // namespace troupe::cli
