// Which program this is, for those who compare hosts.
#pragma once

#include <string>

namespace troupe::internal {

// The beginning of the SHA-256 of the bytes of this program, in hexadecimal; empty where it cannot
// be read. Takes a tenth of a second, the first time.
const std::string& build_of_this_program();

}  // namespace troupe::internal
