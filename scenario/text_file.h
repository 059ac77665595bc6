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

// Its bytes, one more than `most` at most; or, in `problem`, why it cannot be read: "cannot be
// read: No such file or directory". What is no regular file (a folder, a pipe, a device) is not
// read: it might have no end, or keep the reader waiting, and cannot be read a second time.
std::optional<std::string> read_text_file(const std::string& path, std::size_t most,
                                          std::string& problem);

// The same text where each line ends with '\n', or "\r\n": a carriage return without a newline
// behind it, as old files have it, becomes one.
std::string with_newlines(std::string text);

// The length of the UTF-8 character at the front; 0 for bytes that are none. Requires some text.
std::size_t character_length(std::string_view text);

}  // namespace troupe::scenario
