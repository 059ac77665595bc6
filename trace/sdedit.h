// A small run as the text that the Quick Sequence Diagram Editor (sdedit) draws.
//
//   absl::StatusOr<std::string> diagram = trace::to_sdedit(trace, {.until = 2s});
//
// Each actor is a process there, so every message is a signal: an answer is an arrow of its own,
// "answer: ask". What is lost or still on its way says so.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "trace/event.h"
#include "trace/sequence.h"

namespace troupe::trace {

std::string to_sdedit(const Sequence& sequence);
// Fails as draw_sequence() does.
absl::StatusOr<std::string> to_sdedit(const Trace& trace, const SequenceOptions& options = {});

}  // namespace troupe::trace
