// Diagnostic: one mistake in an input, said so that its author can mend it without asking.
//
//   ring.yaml:4:3: unknown key 'latncy' in 'network'; did you mean 'latency'? allowed: latency,
//   loss
//
// nearest() finds the spelling that was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/place.h"

namespace troupe::scenario {

struct Diagnostic {
  Place place;
  std::string message;  // what is wrong, and what was found
  std::string remedy;   // what to write instead; may be empty
};

// "file:line:column: message; remedy", one line without its end.
std::string to_string(const Place& place);
std::string to_string(const Diagnostic& diagnostic);

// Of `known`, what `written` probably means; empty where nothing is near. Case does not count.
std::string nearest(std::string_view written, std::span<const std::string> known);

// "did you mean 'latency'? allowed: latency, loss"
std::string did_you_mean(std::string_view written, std::span<const std::string> known);

// Text of a user for a message: 'abc', on one line and not too long.
std::string in_quotes(std::string_view text);

// How many letters must be changed, added, left out or swapped with their neighbour.
int edit_distance(std::string_view a, std::string_view b);

}  // namespace troupe::scenario
