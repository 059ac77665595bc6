// Reading a whole text file, with a reason where that cannot be done.
//
//   std::string problem;
//   const std::optional<std::string> text = read_text_file("ring.yaml", kMostBytes, problem);
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::scenario {

// Its bytes, one more than `most` at most; or, in `problem`, what the system says: "cannot be read:
// No such file or directory".
std::optional<std::string> read_text_file(const std::string& path, std::size_t most,
                                          std::string& problem);

// The length of the UTF-8 character at the front; 0 for bytes that are none. Requires some text.
std::size_t character_length(std::string_view text);

}  // namespace troupe::scenario
