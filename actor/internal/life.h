// Life: how actors watch each other's ends, and end each other. The engine's part of actor/life.h.
//
// To watch an actor is to make a call which that actor answers when it ends. So all that a runtime
// knows of calls holds for it: a dead target gives NOT_FOUND, a crashed host UNAVAILABLE, at once.
// A link is two such calls, one each way; the second follows when the first has arrived. Should an
// actor end between the two, it sends its peer a signal instead.
//
// The messages of this are methods of every actor. Most are `system` methods: a network loses none
// of them by chance, and where they come to nobody, nobody misses them.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/exit.h"
#include "actor/internal/actor_base.h"
#include "actor/internal/extras.h"
#include "actor/internal/message.h"

namespace troupe::internal {

// A method that every actor has, by its id; null where there is none. For runtimes that decode.
const MethodInfo* find_system_method(std::uint32_t id);

// How a new actor is tied to the one that spawned it.
struct Tie {
  bool link = false;          // else a monitor
  bool let_it_crash = false;  // see Bonds
};

struct Spawned {
  ActorId id;  // none: it could not be made, as its notice says
  Monitor monitor;
};

class Life {
 public:
  static Monitor monitor(ActorBase& actor, ActorId target);
  static bool demonitor(ActorBase& actor, Monitor monitor);
  static void link(ActorBase& actor, ActorId peer);
  static void unlink(ActorBase& actor, ActorId peer);
  static void trap_exits(ActorBase& actor, bool traps);
  static void set_exit_value(ActorBase& actor, std::string encoded);

  // A watch that its owner keeps; `watch.ended` is set. It may be destroyed at any time.
  static void watch(ActorBase& actor, Watch& watch, ActorId target);
  static void unwatch(Watch& watch);

  // Places a child that notifies its parent of its end from the first moment on; also of the
  // failure that kept it from being made.
  static Spawned spawn(ActorBase& parent, absl::StatusOr<std::unique_ptr<ActorBase>> child,
                       Tie tie);

  // Calls, for join(), graceful_stop() and ping().
  static MessagePtr watch_call(ActorId target);
  static MessagePtr end_call(ActorId target, const absl::Status& why, bool at_once);
  static MessagePtr ping_call(ActorId target);

  // For the turn engine.

  // A message that does not wait for the turn: it ends the actor as it stands.
  static bool overtakes(ActorBase& actor, const Message& message);
  // Tells everybody who watches the actor.
  static void announce(ActorBase& actor, const absl::Status& why);
  // Answers a message that waits for the actor's end. False where it does not.
  static bool answer_at_end(ActorBase& actor, Message* message, const absl::Status& why);
  static Bonds& bonds_of(ActorBase& actor);

 private:
  friend struct SystemMethods;

  static Exit exit_of(const ActorBase& actor, const absl::Status& why);
  static void answer(ActorBase& actor, Message* ticket, const Exit& exit);
  static void begin(ActorBase& actor, Watch& watch, Message* call);
  static void begin_link(ActorBase& actor, Message* call, bool returned);
  static MessagePtr prepare(ActorBase& actor, Watch& watch, Time now);
  static void completed(PendingCall& call);
  static void monitored_ended(Watch& watch, Exit exit);
  static void linked_ended(Watch& watch, Exit exit);
  static void link_is_over(ActorBase& actor, Exit exit);
  static bool drop_link(ActorBase& actor, ActorId peer);
  static void drop_tickets(ActorBase& actor, ActorId watcher, bool links_only);
  static void park(ActorBase& actor, Message* ticket);
  static void run_hook(ActorBase& actor, const MethodInfo& hook, Async (ActorBase::*method)(Exit),
                       Exit exit);
};

}  // namespace troupe::internal
