// Runtime: what the world must offer to actors. The one seam between an algorithm and where it
// runs: the simulator, the threads of a host, and hosts across a network differ behind it alone.
//
// For writers of runtimes. A runtime moves messages and keeps time; turns, replies and failures
// are the engine's (actor/internal/turn.h), which a runtime calls with one message at a time per
// actor.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>

#include "absl/status/statusor.h"
#include "actor/actor_id.h"
#include "actor/internal/message.h"
#include "actor/observe.h"
#include "actor/time.h"

namespace troupe {

class ActorBase;
struct ActorType;
struct DeadLetter;
class Storage;
namespace internal {
class DeadLetters;
class Directory;
class ReferenceCodec;
struct PendingCall;
}  // namespace internal

// Why a message came to nobody.
enum class DropReason : std::uint8_t {
  kLost,         // by the network
  kPartition,    // it would have had to cross one
  kNoActor,      // the actor has ended, or never was
  kHostDown,     // its host is gone
  kLateReply,    // its call had ended before
  kMalformed,    // it could not be decoded
  kMailboxFull,  // its mailbox had a limit: see mailbox.h
  kCorrupted,    // it came damaged, which its receiver noticed
  kCongested,    // too much waited already to leave its host
  kCount
};

std::string_view to_string(DropReason reason);

// Something that an actor reports to whoever judges the run: a value of any struct type.
struct Report {
  const std::type_info* type = nullptr;
  const void* value = nullptr;
};

// Where a new actor shall live, and what it is called.
struct Placement {
  HostId host = 0;
};

class Runtime {
 public:
  virtual ~Runtime();
  Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  virtual Time now() const = 0;

  // What the clock of a host shows, and how long something truly takes that takes `span` by that
  // clock. Only a simulation can set clocks wrong; elsewhere a host has no other clock than now().
  Time clock_of(HostId host) const { return clocks_differ_ ? shown_by_clock(host) : now(); }
  Duration true_span(HostId host, Duration span) const {
    return clocks_differ_ ? measured_by_clock(host, span) : span;
  }

  // Takes a message to its target, in order for each pair of actors. A call that cannot be
  // delivered comes back as a failure: NOT_FOUND for a dead actor, UNAVAILABLE for a dead host.
  // A message of_system() is not lost by chance.
  virtual void send(const ActorBase& from, Message* message) = 0;

  // A message from another process has to wait for its actor, which keeps its turn: whether there
  // is room for it. And: it waits no more.
  virtual bool may_wait(const Message&) { return true; }
  virtual void waits_no_more(const Message&) {}

  // Hands a message to its target, an actor of this host, at `time`.
  virtual void schedule(Time time, Message* message) = 0;

  // Calls Turns::expire(actor, slot, generation) at `deadline`, if the call is then open.
  // `timeout` is what the call was given: calls of one timeout expire in the order of sending.
  virtual void watch_deadline(ActorBase& actor, std::uint32_t slot, std::uint32_t generation,
                              Time deadline, Duration timeout) = 0;

  // Runs `job` where it may block, outside the actor's turn, and then hands `done` (a kWake with
  // room for a status) to its target: as it is, or as a kFailure with the job's status.
  virtual void run_blocking(const ActorBase& actor, std::function<absl::Status()> job,
                            Message* done) = 0;

  // Gives an actor its place, and sends it its start.
  virtual absl::StatusOr<ActorId> adopt(std::unique_ptr<ActorBase> actor, Placement placement) = 0;

  // The actor has ended; the runtime destroys it when its turn is over.
  virtual void retire(ActorBase& actor) = 0;

  // The timeout of a call where neither it nor its method says one.
  virtual Duration default_timeout() const = 0;

  // What the run measures and counts, under a name.
  virtual void measure(std::string_view name, double value) = 0;
  virtual void count(std::string_view name, std::int64_t by) = 0;
  virtual void report(const ActorBase& from, const Report& report) = 0;

  virtual void count_drop(DropReason reason) = 0;
  // A method whose caller does not wait has failed; nobody but the runtime hears of it.
  virtual void note_failure(const ActorBase& actor, const MethodInfo& method,
                            const absl::Status& failure) = 0;

  // A message comes to nobody: counts it, and shows it to whoever watches. The caller of this
  // destroys it.
  void note_drop(const Message& message, DropReason reason) {
    if (message.of_system()) return;
    count_drop(reason);
    if (observer() != nullptr) show_drop(message, reason);
    tell_drop(message, reason);
  }

  // How references are encoded that an actor puts into a message as bytes; null: as numbers.
  virtual internal::ReferenceCodec* references() { return nullptr; }

  // "Node@n17", for people.
  virtual std::string name_of(ActorId actor) const = 0;

  // "n17", or the name that the host was given; and back.
  virtual std::string host_name(HostId host) const = 0;
  virtual std::optional<HostId> find_host(std::string_view name) const = 0;

  // The class of an actor that is there and has not ended; else null.
  virtual const ActorType* type_of(ActorId actor) const = 0;
  // Shows the actors of a host in the order of their starts. Each may run meanwhile, but does not
  // go away while it is shown: `visit` looks at what never changes, its id and class, and returns.
  virtual void visit_actors(HostId host,
                            const std::function<void(const ActorBase&)>& visit) const = 0;

  // What has happened so far.
  virtual std::uint64_t messages() const = 0;
  virtual std::uint64_t drops(DropReason reason) const = 0;
  virtual std::uint64_t failures() const = 0;  // of methods that nobody waits for

  // Called with every message that comes to nobody, on whatever thread notices it: see
  // dead_letter.h. None: nobody reads them any more.
  void on_dead_letter(std::function<void(const DeadLetter&)> reader);
  void subscribe_dead_letters(ActorId actor, const MethodInfo* method,
                              void (*construct)(void* place, DeadLetter&& letter));
  void unsubscribe_dead_letters(ActorId actor);

  // Names of actors.
  internal::Directory& directory() { return *directory_; }
  const internal::Directory& directory() const { return *directory_; }

  // An actor has ended: nothing that is kept of it here stays.
  void forget(ActorId actor);

  // A message for a host object, which may not exist before its first message, or through a stable
  // reference: its target is the true one from now on. False where the message is for somebody
  // else, or nobody is there.
  bool wakes_host_object(Message& message);
  // Takes a message through a stable reference that nobody has been behind yet: it is handed over
  // when somebody is. False where it is for anybody else.
  bool holds_until_started(Message* message);
  // The actor that `id` means: of a stable reference who is behind it, or was last.
  ActorId true_id(ActorId id) const;
  // From now on, `actor` is behind a stable reference.
  void put_behind(ActorId stable, ActorId actor);

  // Where the actors of this runtime keep what SAVED names; null: nowhere.
  virtual Storage* storage() { return nullptr; }

  // A timer or a sleep of the actor will not be wanted when it is due.
  virtual void gave_up_timer(const ActorBase& actor, std::uint32_t slot, std::uint32_t generation) {
    static_cast<void>(actor);
    static_cast<void>(slot);
    static_cast<void>(generation);
  }

  // Why an open call has no answer, where the runtime can see it; else empty.
  virtual std::string explain(const internal::PendingCall&) const { return {}; }

  Observer* observer() const { return observer_.load(std::memory_order_acquire); }
  // From now on; null: nobody any more. May be called while the actors run.
  virtual void observe_with(Observer* observer) {
    attached_observer_.store(observer, std::memory_order_release);
    observer_.store(observer, std::memory_order_release);
  }
  // Holds back the events, or shows them again. False where nobody observes.
  bool show_events(bool show);
  std::uint64_t next_message_id() {
    return message_ids_.fetch_add(1, std::memory_order_relaxed) + 1;
  }

 protected:
  void show_drop(const Message& message, DropReason reason) const;

  // From now on, clock_of() and true_span() ask these.
  void let_clocks_differ() { clocks_differ_ = true; }
  virtual Time shown_by_clock(HostId) const { return now(); }
  virtual Duration measured_by_clock(HostId, Duration span) const { return span; }

 private:
  void tell_drop(const Message& message, DropReason reason);

  std::unique_ptr<internal::Directory> directory_;
  std::unique_ptr<internal::DeadLetters> dead_letters_;
  std::atomic<Observer*> attached_observer_ = nullptr;
  std::atomic<Observer*> observer_ = nullptr;
  std::atomic<std::uint64_t> message_ids_ = 0;
  bool clocks_differ_ = false;  // set once, by a simulation, between two events
};

}  // namespace troupe
