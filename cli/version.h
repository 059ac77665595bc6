// What this program is: printed by --version, and asked for in bug reports.
#pragma once

#include <string>

namespace troupe::cli {

// Returns the text of --version: the version, then one line each for the commit, the compiler and
// the kind of build. The commit is the one that tools/package built from, else the value of the
// environment variable TROUPE_COMMIT, which ./troupe sets, else "unknown".
std::string version_text();

}  // namespace troupe::cli
