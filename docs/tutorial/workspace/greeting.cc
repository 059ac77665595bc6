// What a guest does, and what a scenario sees of it.
#include "greeting.h"

#include <memory>

namespace greeting {

Parallel<Sync<std::string>> Guest::arrive(std::string name) {
  const Stopwatch stopwatch = start_stopwatch();
  const std::string answer = co_await host_.greet(name);
  measure("round_trip", to_seconds(stopwatch.elapsed()));
  co_return answer;
}

Algorithm greeting() {
  return Algorithm("greeting", "A guest greets a host.")
      .actor<Host>("answers",
                   [](const Parameters&, const Spawning&) { return std::make_unique<Host>(); })
      .actor<Guest>("greets a host that is there before it",
                    [](const Parameters&, const Spawning& spawning) {
                      return std::make_unique<Guest>(spawning.contact<Host>());
                    })
      .measures("round_trip", "seconds from a greeting to its answer");
}

}  // namespace greeting
