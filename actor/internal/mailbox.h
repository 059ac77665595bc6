// Mailboxes: what becomes of messages that wait for an actor's turn where their number is limited.
// The engine's part of actor/mailbox.h.
//
// Back-pressure (WhenFull::kBlock), as in Pony: an actor over its limit accepts the message and
// mutes its sender. A muted actor lets calls wait, and handles answers only, until the overloaded
// one has come down to half its limit. No deadlock comes of it:
//  - An actor that is itself over its limit is never muted, so whoever mutes others goes on.
//  - A call of somebody who keeps its turn meanwhile lifts the mute: others may wait for that one.
//  - A mute lasts a second at most; so nobody stays muted by one whose host has crashed.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "actor/internal/actor_base.h"
#include "actor/internal/message.h"
#include "actor/mailbox.h"

namespace troupe::internal {

class Mailboxes {
 public:
  // Of an actor that is not placed yet.
  static void limit(ActorBase& actor, const Mailbox& mailbox);
  static bool is_limited(const ActorBase& actor) {
    return actor.extras_->mailbox != nullptr && actor.extras_->mailbox->limits.limit != 0;
  }

  // Whether a message has to wait where its actor is muted and nobody keeps the turn.
  static bool waits_for_unmuting(const Message& message) {
    return message.kind == MessageKind::kCall || message.kind == MessageKind::kStop;
  }

  // A message has to wait. False where it has been refused instead, or dropped.
  static bool admit(ActorBase& actor, Message* message);
  // It is told, or counted at least.
  static void refuse(ActorBase& actor, Message* message, std::string_view why);
  // It waits no more.
  static void left(ActorBase& actor, const Message& message);
  // The queue is another.
  static void recount(ActorBase& actor);

  // For runtimes that cannot take more to `by` for now: the messages that mute an actor, for a
  // second at most, and let it go on. `by` is anybody who is always the same.
  static Message* mute_message(ActorId actor, ActorId by);
  static Message* unmute_message(ActorId actor, ActorId by);

  static bool overtakes(const Message& message);
  static void lift(ActorBase& actor);
  // The actor has ended: it keeps nobody waiting.
  static void end(ActorBase& actor);

  // The messages of this are methods of every actor.
  static const std::array<const MethodInfo*, 2>& methods();

 private:
  friend struct MailboxMethods;

  static MailboxState& state_of(ActorBase& actor);
  static void update(ActorBase& actor);
  static bool somebody_keeps_its_turn(const ActorBase& actor);
  static void tell(ActorBase& actor, const MethodInfo& what, ActorId target);
  static void unmute_all(ActorBase& actor);
};

}  // namespace troupe::internal
