// ActorBase: the state that every actor has, whatever its class. Authors derive from Actor<A>.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "actor/actor_id.h"
#include "actor/exit.h"
#include "actor/internal/coroutine.h"
#include "actor/internal/extras.h"
#include "actor/method.h"
#include "actor/random.h"
#include "actor/runtime.h"

namespace troupe {

// An actor class, at run time.
struct ActorType {
  std::string_view name;
  std::span<const MethodInfo* const> methods;  // its own and those of what it extends
  const ActorType* base = nullptr;             // what it extends
};

// Whether actors of `type` are also of class `base`.
inline bool is_a(const ActorType& type, const ActorType& base) {
  const ActorType* at = &type;
  while (at != nullptr && at != &base) at = at->base;
  return at != nullptr;
}

class Term;

namespace internal {

struct PeriodicTimer {
  Duration period;
  const MethodInfo* method;
  bool busy = false;  // the last tick's method has not ended
};

// The open calls and timers of one actor: slots that are used again, told apart by generations.
class SlotTable {
 public:
  enum class Kind : std::uint8_t { kFree, kCall, kTimer, kPeriodicTimer };
  struct Slot {
    void* object = nullptr;
    std::uint32_t generation : 30 = 0;
    std::uint32_t kind : 2 = 0;
    std::uint32_t next_free = 0;

    Kind what() const { return static_cast<Kind>(kind); }
  };

  ~SlotTable();

  // Gives the place of `object`; its generation is never 0.
  std::uint32_t add(Kind kind, void* object);
  Slot& operator[](std::uint32_t slot) { return slots_[slot]; }
  Slot* find(std::uint32_t slot, std::uint32_t generation) {
    if (slot >= size_ || slots_[slot].generation != generation ||
        slots_[slot].what() == Kind::kFree) {
      return nullptr;
    }
    return &slots_[slot];
  }
  void release(std::uint32_t slot);
  std::uint32_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::unique_ptr<Slot[]> slots_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t free_ = kNone;
};

// A frame that waits for something to become true of its actor. As a call, it has a deadline.
struct UntilWait : PendingCall {
  bool (*ready)(UntilWait&) = nullptr;
  UntilWait* next = nullptr;
  bool registered = false;
};

class Turns;
struct MessageMethods;
struct Disk;
class Life;
class Mailboxes;

}  // namespace internal

class ActorBase {
 public:
  virtual ~ActorBase();
  ActorBase(const ActorBase&) = delete;
  ActorBase& operator=(const ActorBase&) = delete;

  ActorId id() const { return id_; }
  // Whether what SAVED names is to be stored as soon as it has changed: see storage.h.
  bool saves_at_once() const { return saves_at_once_; }
  Runtime& runtime() const { return *runtime_; }
  virtual const ActorType& type() const = 0;

 protected:
  ActorBase() = default;

  // Runs before the first message. May wait: messages queue meanwhile. Where it fails, the actor
  // ends with this failure.
  virtual Async on_start() { return {}; }
  // Runs after the last message of an actor that was asked to stop; on_failure() runs instead
  // where it ends with a failure, and neither where it is killed or its host crashes.
  virtual void on_stop() {}
  // An Async method of this actor has failed; the actor lives on, unless the failure is fatal. The
  // failure is counted and traced in any case. `method` is "exit", "link" or "stop" where no method
  // failed but this ends the actor.
  virtual void on_failure(std::string_view method, const absl::Status& status) {
    static_cast<void>(method);
    static_cast<void>(status);
  }
  // Whether a method's failure ends the actor. Its caller, if any, gets it in any case.
  virtual bool is_fatal(std::string_view method, const absl::Status& failure) const {
    static_cast<void>(method);
    static_cast<void>(failure);
    return false;
  }
  // An actor that this one monitors has ended. Runs as an Async method does.
  virtual Async on_down(Exit exit) {
    static_cast<void>(exit);
    return {};
  }
  // An actor that this one is linked to has ended; only where this one traps exits.
  virtual Async on_exit(Exit exit) {
    static_cast<void>(exit);
    return {};
  }

  // For test probes and their like: take_call() gets the calls instead of their methods. It takes
  // the message.
  void divert_calls() { diverts_calls_ = true; }
  virtual void take_call(Message* call) { call->method->invoke(*this, call); }
  // What is sent to this actor by send() and by request(), which everybody can: see actor/term.h.
  // Actor<A> hands it to the handlers that MESSAGE_HANDLERS lists; without any it is refused with
  // UNIMPLEMENTED.
  virtual Async on_message(Term message);
  virtual Sync<Term> on_request(Term request);

  // What SAVED names, as bytes, and back: see saved.h.
  virtual std::optional<std::string> troupe_saved() const { return std::nullopt; }
  virtual bool troupe_restore(std::string_view bytes) {
    static_cast<void>(bytes);
    return false;
  }

  // This actor's own stream of random numbers.
  Random& random_stream() { return random_; }

 private:
  friend class internal::Turns;
  friend struct internal::MessageMethods;
  friend struct internal::Disk;
  friend class internal::Life;
  friend class internal::Mailboxes;

  enum class Phase : std::uint8_t { kAlive, kEnding, kEnded };

  Runtime* runtime_ = nullptr;
  ActorId id_;
  bool diverts_calls_ = false;
  bool muted_ = false;  // handles no calls for now: see mailbox.h
  bool saves_at_once_ = false;
  Phase phase_ = Phase::kAlive;  // kEnding: as soon as its code gives control back
  Random random_{0};
  internal::Activation* activations_ = nullptr;  // those that wait, newest first
  internal::Activation* holder_ = nullptr;       // the one that keeps the turn while it waits
  Message* queue_ = nullptr;                     // the last of a ring: what waits for the turn
  internal::UntilWait* untils_ = nullptr;        // in the order of their co_await
  internal::SlotTable slots_;
  std::unique_ptr<internal::Extras> extras_;  // after the slots, which its watches use
};

namespace internal {

// When it will be, in the runtime's time, that `delay` has passed by the clock of the actor's host.
inline Time date_after(const ActorBase& actor, Duration delay) {
  const Runtime& runtime = actor.runtime();
  return saturated_sum(runtime.now(), runtime.true_span(actor.id().host, delay));
}

struct MessageMethods {
  static constexpr auto kOnMessage = &ActorBase::on_message;
  static constexpr auto kOnRequest = &ActorBase::on_request;
};

}  // namespace internal

}  // namespace troupe
