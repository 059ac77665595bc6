// The command line of the examples.
#include "examples/example.h"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "runtime/thread_runtime.h"
#include "sim/simulator.h"

namespace troupe::examples {
namespace {

void print_help(std::FILE* to, const char* program, std::string_view what) {
  const char* name = std::strrchr(program, '/');
  std::fprintf(to,
               "%.*s\n\n"
               "usage: %s [--on sim|threads] [--seed N]\n"
               "  --on sim      in the simulator, in virtual time (this is the default)\n"
               "  --on threads  on all cores of this machine, in real time\n"
               "  --seed N      of all that is left to chance: latencies, the actors' random()\n",
               static_cast<int>(what.size()), what.data(), name == nullptr ? program : name + 1);
}

}  // namespace

std::unique_ptr<System> simulator_with(std::uint64_t seed) {
  return std::make_unique<sim::Simulator>(
      sim::SimulatorOptions{.seed = seed, .network = {.latency = scenario::Uniform{1ms, 20ms}}});
}

int run_example(int argc, char** argv, std::string_view what, void (*play)(System& system)) {
  bool threads = false;
  std::uint64_t seed = 1;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--help" || option == "-h") {
      print_help(stdout, argv[0], what);
      return 0;
    }
    if (option == "--on" && (value == "sim" || value == "threads")) {
      threads = value == "threads";
    } else if (option == "--seed" &&
               std::from_chars(value.data(), value.data() + value.size(), seed).ptr ==
                   value.data() + value.size() &&
               !value.empty()) {
      // It is read.
    } else {
      std::fprintf(stderr, "This is not understood: %s %s\n\n", argv[i],
                   std::string(value).c_str());
      print_help(stderr, argv[0], what);
      return 2;
    }
  }
  std::unique_ptr<System> system;
  if (threads) {
    system = std::make_unique<ThreadRuntime>(ThreadRuntimeOptions{.seed = seed});
  } else {
    system = simulator_with(seed);
  }
  play(*system);
  return 0;
}

}  // namespace troupe::examples
