// A small run as a Mermaid sequence diagram: Markdown on GitHub and in many editors shows it.
//
//   absl::StatusOr<std::string> diagram =
//       trace::to_mermaid(trace, {.actors = {"Client@*", "Server@n1"}, .until = 2s});
//
// Arrows:
//   ->>   a call           -->>  its answer, also a failure
//   -)    a one-way message
//   -x    a lost message   --x   a lost answer          -    still on its way at the end
// Notes: timers, failures, timeouts, and actors that are spawned, stop or crash.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "trace/event.h"
#include "trace/sequence.h"

namespace troupe::trace {

using MermaidOptions = SequenceOptions;

std::string to_mermaid(const Sequence& sequence);
// Fails as draw_sequence() does.
absl::StatusOr<std::string> to_mermaid(const Trace& trace, const SequenceOptions& options = {});

}  // namespace troupe::trace
