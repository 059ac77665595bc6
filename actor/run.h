// run(): a program that is one actor. Spawns it, waits until it has ended, and stops the others.
//
//   int main() {
//     ThreadRuntime runtime;
//     const absl::StatusOr<Exit> exit = run<Main>(runtime, runtime.add_host(), {}, "argument");
//     return exit.ok() && exit->why.ok() ? 0 : 1;
//   }
//
// The actor ends itself with stop() or exit(); a function actor (receive.h) with its co_return,
// whose value is exit->value<T>(). For a program that runs until it is told to end there is
// runtime/serve.h.
#pragma once

#include <optional>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "actor/actor.h"
#include "actor/system.h"

namespace troupe {

struct RunOptions {
  // Also wait until nothing can happen any more, before the others are stopped. Never comes where a
  // timer goes on for ever.
  bool until_quiet = false;
  // For the others to stop; those that have not are killed.
  Duration stop_within = std::chrono::seconds(10);
};

ACTOR_METHODS(Guardian, run_main)

// Sees the main actor from its first moment to its last.
class Guardian : public Actor<Guardian> {
 public:
  explicit Guardian(internal::MakeActor make) : make_(std::move(make)) {}

  Parallel<Sync<Exit, NoTimeout>> run_main() {
    internal::Life::spawn(*this, make_(), {});
    co_await until([this] { return exit_.has_value(); });
    co_return *exit_;
  }

 private:
  Async on_down(Exit exit) override {
    exit_ = std::move(exit);
    return {};
  }

  internal::MakeActor make_;
  std::optional<Exit> exit_;
};

template <class A, class... Arguments>
absl::StatusOr<Exit> run(System& system, HostId host, RunOptions options, Arguments... arguments) {
  const Ref<Guardian> guardian =
      system.spawn<Guardian>(host, internal::MakeActor([... arguments = std::move(arguments)] {
                               return internal::make_actor<A>(arguments...);
                             }));
  absl::StatusOr<Exit> exit = system.ask(guardian.run_main().within(kNoTimeout));
  if (options.until_quiet) system.run_until_quiet();
  system.shutdown(options.stop_within);
  return exit;
}

}  // namespace troupe
