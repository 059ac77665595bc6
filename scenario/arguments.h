// The arguments of a scenario's calls, typed by what the method takes.
//
//   arguments: [random, {uniform: [0, 100]}, 42, 1.5s, "text", true]
#pragma once

#include <cstddef>

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// Reads into Calls::arguments; Calls::method must have been read before.
Slot<Calls> arguments(const Facts& facts);

KeyTable<ZipfArgument> zipf_keys();

// Tells where the method takes another number of arguments.
bool check_argument_count(Reader& reader, const Node& at, const Calls& calls, std::size_t given);

}  // namespace troupe::scenario
