// A small run as a sequence diagram: lifelines, arrows and notes, before any tool's own text.
//
// For those who write it as text: trace/mermaid.h, trace/plantuml.h, trace/sdedit.h.
//
// One lifeline per actor, in the order in which the diagram comes to them. An arrow stands where
// its message is handled, since what an actor does is decided by the order in which it handles
// messages: read down any lifeline, and that order is right. (Drawn where they are sent, messages
// that overtake each other would lie about it.) The times of both ends stand in brackets:
// `ask [10ms → 60ms]`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/time.h"
#include "trace/event.h"

namespace troupe::trace {

struct SequenceOptions {
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

enum class Arrow : std::uint8_t {
  kNone,  // a note
  kCall,
  kAnswer,  // also a failure
  kOneWay,
  kLost,
  kLostAnswer,
  kOpen,  // still on its way at the end
  kOpenAnswer,
};

struct Step {
  std::int64_t time = 0;
  std::string from{};  // a lifeline; of a note, empty: all of them
  std::string to{};    // of an arrow
  Arrow arrow = Arrow::kNone;
  std::string text{};
};

struct Sequence {
  std::string title{};  // may be empty
  std::vector<std::string> lifelines{};
  std::vector<Step> steps{};
  std::vector<std::vector<std::string>> remarks{};  // about the diagram, each of some sentences

  std::size_t number_of(const std::string& lifeline) const;
};

// Draws while events come in, so that a trace need not fit into memory: what is kept are the steps
// that are chosen, and the messages that are on their way.
class SequenceDrawer {
 public:
  explicit SequenceDrawer(SequenceOptions options = {});
  ~SequenceDrawer();
  SequenceDrawer(const SequenceDrawer&) = delete;
  SequenceDrawer& operator=(const SequenceDrawer&) = delete;

  // The next event of the trace.
  void add(const Event& event);
  // Once all have been added. `trace` says where they come from and how they end; events in it are
  // not looked at. Fails as draw_sequence() does.
  absl::StatusOr<Sequence> finish(const Trace& trace);

 private:
  class Drawing;
  const SequenceOptions options_;
  std::unique_ptr<Drawing> drawing_;
};

// INVALID_ARGUMENT where `actors` or `methods` has what is not in the trace; NOT_FOUND where the
// options leave nothing to draw.
absl::StatusOr<Sequence> draw_sequence(const Trace& trace, const SequenceOptions& options = {});

}  // namespace troupe::trace
