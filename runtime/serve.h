// serve(): for a program whose actors run until somebody ends it.
//
//   int main() {
//     ThreadRuntime runtime;
//     runtime.spawn<Server>(runtime.add_host());
//     serve(runtime);   // until Ctrl-C, or kill
//   }
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actor/time.h"
#include "runtime/thread_runtime.h"

namespace troupe {

// Waits for SIGINT or SIGTERM, and then stops all actors in an orderly way (see
// System::shutdown()): gives the names of those that had to be killed. A second signal ends the
// process at once, as it would without this. One thread of a process serves at a time.
// `ready` is called when a signal would be taken: whoever is told of it may send one at once.
std::vector<std::string> serve(ThreadRuntime& runtime,
                               Duration stop_within = std::chrono::seconds(10),
                               const std::function<void()>& ready = {});

}  // namespace troupe
