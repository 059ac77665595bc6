// The spelling that was probably meant, and a user's text in a message: for errors that help.
//
//   absl::StrCat("no actor is called ", in_quotes(name), "; did you mean ", nearest(name, names))
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace troupe {

// Of `known`, what `written` probably means; empty where nothing is near. Case does not count.
std::string nearest(std::string_view written, std::span<const std::string> known);

// On one line, whatever is in it.
std::string on_one_line(std::string_view text);

// Text of a user for a message: 'abc', on one line and not too long.
std::string in_quotes(std::string_view text);

// How many letters must be changed, added, left out or swapped with their neighbour.
int edit_distance(std::string_view a, std::string_view b);

}  // namespace troupe
