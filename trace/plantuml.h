// A small run as a PlantUML sequence diagram, for documents that are built with it.
//
//   absl::StatusOr<std::string> diagram = trace::to_plantuml(trace, {.until = 2s});
//
// Arrows:
//   ->    a call           -->   its answer, also a failure
//   ->>   a one-way message
//   ->x   a lost message   -->x  a lost answer          ->o  still on its way at the end
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "trace/event.h"
#include "trace/sequence.h"

namespace troupe::trace {

std::string to_plantuml(const Sequence& sequence);
// Fails as draw_sequence() does.
absl::StatusOr<std::string> to_plantuml(const Trace& trace, const SequenceOptions& options = {});

}  // namespace troupe::trace
