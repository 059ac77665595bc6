// Trace: what happened in a run, as plain data: names instead of pointers, so that it can be
// written to a file, read back on another machine, and drawn.
//
// The fields and kinds here are the trace format; docs/reference/trace.md explains each of them.
// trace/recorder.h and trace/jsonl.h make traces of a run, trace/mermaid.h draws one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::trace {

// A change that makes an old reader misunderstand a file raises this.
inline constexpr int kFormatVersion = 1;

enum class Kind : std::uint8_t {
  kSpawn,    // the actor exists
  kStop,     // the actor has ended: it was asked to, or with the failure in `status`
  kCrash,    // the actor is gone with its host
  kSend,     // a one-way message leaves the actor
  kCall,     // a call leaves the actor; the caller waits
  kReceive,  // a message's method starts
  kTimer,    // a timer's method starts
  kReply,    // a call's answer leaves the actor
  kReturn,   // a call's answer has come, and the caller goes on
  kTimeout,  // a wait has ended with its deadline
  kFailure,  // a method has failed
  kDrop,     // a message is lost
  kNote,     // what an actor wants to be read here; without an actor: a partition, a failed check
};

// "spawn", "receive", ...
std::string_view to_string(Kind kind);
std::optional<Kind> kind_of(std::string_view name);
// All of them, for messages: "spawn, stop, ...".
std::string all_kinds();

struct Event {
  std::int64_t time = 0;  // nanoseconds since the start of the run
  Kind kind = Kind::kNote;
  std::string actor{};        // where it happens: of a drop, who would have got the message
  std::string peer{};         // the other end; empty: none
  std::string method{};       // "Node.notify"; empty: none
  std::uint64_t message = 0;  // the events of one message's way, and of its answer's, share it
  std::uint64_t cause = 0;    // another message, whose handling did this; 0: none
  bool of_answer = false;     // of a drop: an answer is lost, not the call
  std::string status{};       // "NOT_FOUND"; empty: no failure
  std::string detail{};       // for people: a status's text, why a message was dropped, a class

  friend bool operator==(const Event&, const Event&) = default;
};

struct Trace {
  std::string scenario{};  // where the run comes from; may be empty
  std::uint64_t seed = 0;
  std::vector<Event> events{};  // in the order in which they happened
  std::uint64_t left_out = 0;   // events that came after these, beyond the writer's bound
  bool complete = true;         // false: the writer did not come to the end of its file

  friend bool operator==(const Trace&, const Trace&) = default;
};

}  // namespace troupe::trace
