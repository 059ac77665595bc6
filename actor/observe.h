// What happens in a run, event by event, for those who watch it: traces, diagrams, test probes.
//
// A runtime has at most one Observer. Watching never changes a run.
//
// Each message has a number, which the events of its way have in common: `send` or `call`, then
// `receive` or `drop`. An answer has the number of its call: `reply`, then `return` or `drop`. A
// call that a method delegates keeps its number: there is one `call` for each actor that hands it
// on. A message that the network doubles keeps its number, too: both copies arrive. What a method
// sends, calls and waits for while it handles a message has that message as its cause.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "actor/actor_id.h"
#include "actor/internal/method_info.h"
#include "actor/time.h"

namespace troupe {

enum class EventKind : std::uint8_t {
  kSpawn,    // the actor exists; what its on_start() does has this as its cause
  kStop,     // the actor has ended: it was asked to, or with the failure in `status`
  kCrash,    // the actor is gone with its host; without an actor: a host that had none is gone
  kSend,     // a one-way message leaves, or the wish that the peer stop
  kCall,     // a call leaves; its caller waits
  kReceive,  // a message's method starts
  kTimer,    // a timer's method starts
  kReply,    // a call's answer leaves; for an actor that has ended, its runtime's answer
  kReturn,   // a call's answer has come, and its caller goes on
  kTimeout,  // a wait has ended with its deadline; of a call, a return follows
  kFailure,  // a method has failed
  kDrop,     // a message is lost: by the network, or because nobody is there
  kNote,     // what an actor wants to be read in a trace; without an actor: something that none
             // did, such as a partition. `detail` says what
};

std::string_view to_string(EventKind kind);

struct Event {
  EventKind kind = EventKind::kSend;
  Time time{};
  ActorId actor{};                     // where it happens
  ActorId peer{};                      // the other end, where there is one
  const MethodInfo* method = nullptr;  // none for spawn, stop and crash
  std::uint64_t message = 0;           // whose event this is
  std::uint64_t cause = 0;             // another, whose handling did this; 0: none
  bool of_answer = false;              // of a drop: it was a call's answer, not the call
  absl::Status status{};               // of a reply, return, timeout, failure or stop
  std::string_view detail{};  // drop: why. note: what. spawn, stop: the class. crash: the host.
                              // send: "stop". call, send: "delegated"; call, send, reply:
                              // "duplicated", of the second copy that a network makes. Else empty.
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace troupe
