// What the main() of every small example here has in common: where to run, and --help.
//
//   int main(int argc, char** argv) { return run_example(argc, argv, "Two actors greet.", greet); }
//
//   hello                        in the simulator
//   hello --on threads           on all cores of this machine
//   hello --seed 7               other latencies, other random numbers
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "actor/attribute.h"
#include "actor/future.h"
#include "actor/handlers.h"
#include "actor/pool.h"
#include "actor/system.h"

namespace troupe::examples {

// The one line that chooses the world stands in here. Gives main()'s result: 0, or 2 for a wrong
// command line.
int run_example(int argc, char** argv, std::string_view what, void (*play)(System& system));

// A simulator with latencies of 1 ms to 20 ms, for what seeds can show.
std::unique_ptr<System> simulator_with(std::uint64_t seed);

}  // namespace troupe::examples
