// Diagnostic: one mistake in an input, said so that its author can mend it without asking.
//
//   ring.yaml:4:3: unknown key 'latncy' in 'network'; did you mean 'latency'? allowed: latency,
//   loss
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actor/spelling.h"
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

// "did you mean 'latency'? allowed: latency, loss"
std::string did_you_mean(std::string_view written, std::span<const std::string> known);

}  // namespace troupe::scenario
