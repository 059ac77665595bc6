// Extras: what few actors have. Made when it is first needed; costs the others a null pointer.
#pragma once

#include <compare>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "actor/exit.h"
#include "actor/internal/coroutine.h"
#include "actor/internal/future_state.h"
#include "actor/internal/message.h"
#include "actor/mailbox.h"

namespace troupe {
class Storage;
}

namespace troupe::internal {

struct Behavior;
struct PutOff;

// How an actor ends, decided while its code still runs.
struct Ending {
  absl::Status why;           // ok: it was asked to stop
  std::string_view failed;    // what on_failure() is told; empty: it has been told, or never is
  ActorId by;                 // who asked for it; itself, where nobody did
  std::uint64_t message = 0;  // while somebody observes: the message that did
};

// An actor that another one watches, on the watcher's side: a call that is answered when the
// watched one ends. It belongs to the watcher, not to a method of it.
struct Watch : PendingCall {
  // Called in the watcher's turn when the watched actor has ended. May destroy the watch.
  void (*ended)(Watch& watch, Exit exit) = nullptr;
  ActorBase* watcher = nullptr;
  bool is_link = false;

  bool is(std::uint32_t in_slot, std::uint32_t of_generation) const {
    return slot == in_slot && generation == of_generation;
  }
};

// What is between an actor and others: see life.h.
struct Bonds {
  struct Place {  // one open call of a watcher
    ActorId watcher;
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Link {
    std::uint32_t slot = 0;  // of the watch
    bool returned = false;   // the peer's own watch is among the tickets
  };

  Activation background;                // what the watches belong to: no method of the actor
  std::map<Place, MessagePtr> tickets;  // to answer at the end of this actor
  std::size_t sweep_at = 16;            // so many tickets: look for those that nobody waits for
  std::map<std::uint32_t, std::unique_ptr<Watch>> watches;  // by slot
  std::map<ActorId, Link> links;                            // by peer
  bool traps_exits = false;
  bool let_it_crash = false;  // a failed one-way method ends the actor
  std::string exit_value;     // encoded
  Ending ending;              // of an actor that is about to end
};

// See mailbox.h.
struct MailboxState {
  Mailbox limits;
  std::uint32_t waiting = 0;                 // messages that the limit counts
  bool overloaded = false;                   // from over the limit to half of it
  std::set<ActorId> muted;                   // whom this one has muted
  std::map<ActorId, std::int64_t> muted_by;  // who has muted this one, until when
};

// Where an actor keeps what SAVED names: see storage.h.
struct SavedPlace {
  Storage* storage = nullptr;
  HostId host = 0;
  std::string name;
  std::optional<std::string> last;  // what was stored last
};

struct Extras {
  // Reserved for the actor; its own as soon as it has its place.
  std::string reserved_name;
  std::unique_ptr<MailboxState> mailbox;  // of one that has a limit, or was muted
  Bonds bonds;                            // monitors, links, how the actor ends
  std::unique_ptr<SavedPlace> saved;      // of one that keeps what SAVED names
  // Futures that nobody may hold any more, but which have a continuation: see Future::then().
  std::list<std::shared_ptr<FutureStateBase>> continued;

  PutOff* put_offs = nullptr;          // open answers that methods have put off, newest first
  const Behavior* behavior = nullptr;  // which messages are handled now; null: all
  Message* stash = nullptr;            // the last of a ring: those that wait for another behavior
};

}  // namespace troupe::internal
