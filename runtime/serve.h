// serve(): for a program whose actors run until somebody ends it.
//
//   int main() {
//     ThreadRuntime runtime;
//     runtime.spawn<Server>(runtime.add_host());
//     serve(runtime);   // until Ctrl-C, or kill
//   }
#pragma once

#include <array>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "actor/time.h"
#include "runtime/thread_runtime.h"

namespace troupe {

// While this lives, SIGINT and SIGTERM do not end the process, but are waited for: the first one.
// A second one ends it at once, as it would without this. One at a time in a process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Whether one has come.
  bool have_come();
  // Returns when one has come.
  void wait();

 private:
  bool wait_for(int milliseconds);
  void give_back();

  bool come_ = false;
  bool given_back_ = false;
  std::array<struct sigaction, 2> before_{};
};

// Waits for SIGINT or SIGTERM, and then stops all actors in an orderly way (see
// System::shutdown()): gives the names of those that had to be killed. A second signal ends the
// process at once, as it would without this. One thread of a process serves at a time.
// `ready` is called when a signal would be taken: whoever is told of it may send one at once.
std::vector<std::string> serve(ThreadRuntime& runtime,
                               Duration stop_within = std::chrono::seconds(10),
                               const std::function<void()>& ready = {});

}  // namespace troupe
