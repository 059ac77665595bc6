// A small run as a Mermaid sequence diagram: Markdown on GitHub and in many editors shows it.
//
//   absl::StatusOr<std::string> diagram =
//       trace::to_mermaid(trace, {.actors = {"Client@*", "Server@n1"}, .until = 2s});
//
// One lifeline per actor, in the order in which the diagram comes to them. Arrows:
//   ->>   a call           -->>  its answer, also a failure
//   -)    a one-way message
//   -x    a lost message   --x   a lost answer          -    still on its way at the end
// Notes: timers, failures, timeouts, and actors that are spawned, stop or crash.
//
// An arrow of Mermaid is level: it has one place on both lifelines, though a message leaves at one
// time and is handled at another. It stands where the message is handled, since what an actor does
// is decided by the order in which it handles messages: read down any lifeline, and that order is
// right. (Drawn where they are sent, messages that overtake each other would lie about it.) The
// times of both ends stand in brackets: `ask [10ms → 60ms]`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/time.h"
#include "trace/event.h"

namespace troupe::trace {

struct MermaidOptions {
  // Only what is between these actors; none: all. `*` stands for any text: "Node@*", "*@n3".
  std::vector<std::string> actors{};
  // With `actors`: also what they have to do with others.
  bool neighbours = false;
  // Only these methods, with or without their class, `*` as above: "find_successor", "Node.*".
  std::vector<std::string> methods{};
  // Only this message, and all that came of it.
  std::uint64_t message = 0;
  // Only what is drawn at these times, both included.
  Duration from = Duration::zero();
  Duration until = Duration::max();
  // Arrows and notes. What comes after them is counted in a last note.
  std::size_t most = 200;
  bool times = true;  // in brackets
};

// INVALID_ARGUMENT where `actors` or `methods` has what is not in the trace; NOT_FOUND where the
// options leave nothing to draw.
absl::StatusOr<std::string> to_mermaid(const Trace& trace, const MermaidOptions& options = {});

}  // namespace troupe::trace
