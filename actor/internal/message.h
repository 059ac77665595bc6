// Message: what travels between actors. One pooled object that holds the arguments themselves;
// the same object goes back with the reply. It is encoded only where it leaves the process.
//
// For runtimes and the turn engine. An algorithm's author never sees one.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <utility>

#include "absl/status/status.h"
#include "actor/actor_id.h"
#include "actor/internal/method_info.h"
#include "actor/internal/pool.h"

namespace troupe {

// One caller that keeps its turn while it waits, and above it the caller that waits for it.
// A call that comes back to such an actor can never be served: that is how a cycle is found.
struct CallChain {
  CallChain* above = nullptr;  // owned
  ActorId actor;
  std::uint32_t slot = 0;  // which of the actor's open calls, as in Message
  std::uint32_t generation = 0;
  const MethodInfo* method = nullptr;
  std::atomic<std::uint32_t> references{1};

  static void* operator new(std::size_t size) { return internal::pool_allocate(size); }
  static void operator delete(void* memory, std::size_t size) { internal::pool_free(memory, size); }

  static CallChain* retain(CallChain* chain) {
    if (chain != nullptr) chain->references.fetch_add(1, std::memory_order_relaxed);
    return chain;
  }
  static void release(CallChain* chain) {
    while (chain != nullptr && chain->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      CallChain* above = chain->above;
      delete chain;
      chain = above;
    }
  }
};

enum class MessageKind : std::uint8_t {
  kCall,     // payload: the arguments
  kReply,    // payload: the result
  kFailure,  // payload: an absl::Status; answers a call
  kWake,     // a sleep or a deadline is over; no payload
  kStop,     // the target shall end; no payload
  kCancel,   // nobody waits for the sender's call of this slot any more; no payload
  kPutOff,   // never sent: what a method gives that answers later; payload: its PutOff
};

struct Message {
  static constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

  Message* next = nullptr;  // in whatever list holds it now
  std::int64_t time = 0;    // the runtime's: when it is due
  ActorId target;
  ActorId sender;  // of a call: who gets the reply
  // Which of the open calls of the sender (of a timer: of the target's timers) this belongs to.
  // Generation 0: none; nobody waits.
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  MessageKind kind = MessageKind::kCall;
  bool arguments_taken = false;          // a call whose arguments have moved on
  bool timer = false;                    // comes from the target's own timer
  bool cancel_if_abandoned : 1 = false;  // of a call: the callee learns when nobody waits any more
  bool is_notice : 1 = false;            // of a dead letter: it never becomes one itself
  bool damaged : 1 = false;              // on its way; whoever receives it notices, and drops it
  bool counted : 1 = false;              // the runtime's: by who brought it, until it has its turn
  bool from_afar : 1 = false;            // the runtime's: has come from another process
  bool served : 1 = false;               // a simulated slow host has spent its time on it
  bool departs : 1 = false;              // stands for what leaves a simulated host's uplink next
  std::uint16_t blocks = 0;              // size in kPoolStep
  std::int64_t deadline = kNoDeadline;
  const MethodInfo* method = nullptr;
  CallChain* chain = nullptr;  // owned; of a call
  std::uint64_t id = 0;        // while somebody observes: ties the ends of a message together

  void* payload() { return this + 1; }
  const void* payload() const { return this + 1; }
  template <class T>
  T& payload_as() {
    return *static_cast<T*>(payload());
  }

  bool wants_reply() const { return generation != 0 && !timer; }
  bool of_system() const { return method != nullptr && method->system; }

  static Message* create(MessageKind kind, const MethodInfo* method, std::size_t payload_size) {
    const std::size_t blocks =
        (sizeof(Message) + payload_size + internal::kPoolStep - 1) / internal::kPoolStep;
    auto* message = new (internal::pool_allocate(blocks * internal::kPoolStep)) Message;
    message->kind = kind;
    message->method = method;
    message->blocks = static_cast<std::uint16_t>(blocks);
    return message;
  }

  static void release_put_off(void* payload);  // put_off.h

  // Ends the message, whatever it holds.
  static void destroy(Message* message) {
    message->destroy_payload();
    CallChain::release(message->chain);
    const std::size_t size = message->blocks * internal::kPoolStep;
    message->~Message();
    internal::pool_free(message, size);
  }

  void destroy_payload() {
    switch (kind) {
      case MessageKind::kCall:
        if (!arguments_taken) method->destroy_arguments(payload());
        arguments_taken = true;
        break;
      case MessageKind::kReply:
        method->destroy_result(payload());
        break;
      case MessageKind::kFailure:
        payload_as<absl::Status>().~Status();
        break;
      case MessageKind::kPutOff:
        release_put_off(payload());
        break;
      case MessageKind::kWake:
      case MessageKind::kStop:
      case MessageKind::kCancel:
        break;
    }
  }

  // Turns a call whose arguments are gone into its answer, on the way back from `from`. The
  // caller of this constructs the payload that `answer` promises.
  void turn_around(MessageKind answer, ActorId from) {
    kind = answer;
    target = sender;
    sender = from;
    timer = false;
    CallChain::release(chain);
    chain = nullptr;
  }

  void turn_into_failure(ActorId from, absl::Status status) {
    destroy_payload();
    turn_around(MessageKind::kFailure, from);
    new (payload()) absl::Status(std::move(status));
  }
};

namespace internal {

// What a blocking job gave, in the message that ends the wait for it.
inline void finish_blocking(Message& done, absl::Status status) {
  if (status.ok()) return;
  done.kind = MessageKind::kFailure;
  done.timer = false;  // A failure of its own, not the end of a deadline.
  new (done.payload()) absl::Status(std::move(status));
}

}  // namespace internal

// For those who hold a message by unique_ptr.
struct MessageDeleter {
  void operator()(Message* message) const { Message::destroy(message); }
};
using MessagePtr = std::unique_ptr<Message, MessageDeleter>;

}  // namespace troupe
