// What happens in a run, event by event, for those who watch it: traces, diagrams, test probes.
//
// A runtime has at most one Observer. Watching never changes a run.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "actor/actor_id.h"
#include "actor/internal/method_info.h"
#include "actor/time.h"

namespace troupe {

enum class EventKind : std::uint8_t {
  kSpawn,    // the actor exists
  kStop,     // the actor has ended
  kCrash,    // the host is gone, with its actors
  kSend,     // a one-way message leaves
  kCall,     // a call leaves; its caller waits
  kReceive,  // a message's method starts
  kTimer,    // a timer's method starts
  kReply,    // a call's answer leaves
  kReturn,   // a call's answer has come
  kTimeout,  // a call's deadline has passed
  kFailure,  // a method has failed
  kDrop,     // a message is lost: by the network, or because nobody is there
};

std::string_view to_string(EventKind kind);

struct Event {
  EventKind kind = EventKind::kSend;
  Time time;
  ActorId actor;                       // where it happens
  ActorId peer;                        // the other end, where there is one
  const MethodInfo* method = nullptr;  // none for spawn, stop and crash
  std::uint64_t message = 0;           // ties send and receive, call and return together
  absl::Status status;                 // of a failure
  std::string_view detail;             // why a message was dropped; an actor's type
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace troupe
