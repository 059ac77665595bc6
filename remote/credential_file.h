// Files that a host shows or asks for: a token, a key, certificates. Small, and not for everybody.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace troupe {

// What is in the file, of at most a megabyte. INVALID_ARGUMENT where it cannot be read: "the key
// /etc/key cannot be read: it is a folder".
absl::StatusOr<std::string> read_credential_file(std::string_view what, const std::string& path);

// Whether others than its owner and its group may read the file.
bool everybody_may_read(const std::string& path);

}  // namespace troupe
