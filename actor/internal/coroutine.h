// The coroutines behind an actor's methods: frames, their results, and how a failure goes up.
//
// A running method is a chain of frames: the root, which a message started, and the own methods
// that it waits for. A failed await does not resume its frame: the frame's waiter gets the
// failure, up to the root, whose caller gets it. Then the root is destroyed, and its locals with
// it. Nothing is thrown.
#pragma once

#include "actor/internal/compiler.h"
// The compiler is looked at before anything else.

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/internal/message.h"
#include "actor/internal/pool.h"
#include "actor/time.h"

namespace troupe {

class ActorBase;

// The value of what has no value but its success.
struct Nothing {
  friend bool operator==(Nothing, Nothing) = default;
};

namespace internal {

template <class T>
using Value = std::conditional_t<std::is_void_v<T>, Nothing, T>;

class PromiseBase;

// One message being handled: the context of everything that its method does.
struct Activation {
  ActorBase* actor = nullptr;
  const MethodInfo* method = nullptr;
  Message* ticket = nullptr;                     // owned: the call to answer; null when one-way
  std::int64_t deadline = Message::kNoDeadline;  // of the caller
  CallChain* chain = nullptr;                    // owned: who waits for this, keeping its turn
  std::uint32_t timer_slot = 0;                  // whose tick this is, where
  std::uint32_t timer_generation = 0;            // it is a periodic timer's
  std::uint64_t message = 0;  // of one that waits, while somebody observes: what it handles
  ActorId sender;             // of the message

  // Of one that waits:
  std::coroutine_handle<> root;
  PromiseBase* root_promise = nullptr;
  void (*finish)(Activation&) = nullptr;  // the root is done: hand on its result
  Activation* previous = nullptr;         // among the actor's activations
  Activation* next = nullptr;

  // A frame that must not be resumed but unwound, and why.
  PromiseBase* failed = nullptr;
  absl::Status failure;

  Activation() = default;
  Activation(const Activation&) = delete;
  Activation& operator=(const Activation&) = delete;
  ~Activation() {
    if (timer_generation != 0) [[unlikely]]
      end_tick();
    if (ticket != nullptr) Message::destroy(ticket);
    CallChain::release(chain);
  }
  void end_tick();

  static void* operator new(std::size_t size) { return pool_allocate(size); }
  static void operator delete(void* memory, std::size_t size) { pool_free(memory, size); }
};

// What runs on this thread right now; null outside every actor.
extern constinit thread_local Activation* current_activation;

enum class WaitKind : unsigned char {
  kPlain,
  kFutureCall,  // the call behind a future
  kFuture,      // a method that waits for a future: a FutureWait
};

// A wait for a message: lives in the frame (or group, or future) that waits.
struct PendingCall {
  Activation* activation = nullptr;  // set while registered with its actor
  PromiseBase* waiter = nullptr;     // the frame to resume
  // Called instead of resuming the waiter, where set. May destroy this.
  void (*completed)(PendingCall& call) = nullptr;
  Message* reply = nullptr;  // owned: kReply, kFailure or kWake
  const MethodInfo* method = nullptr;
  ActorId target;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool takes_status = false;  // resume also with a failure
  bool unsent = false;        // the caller's own deadline had passed
  bool cancels = false;       // the callee learns when this ends without its answer
  WaitKind kind = WaitKind::kPlain;
  std::int64_t since = 0;  // nanoseconds on the runtime's clock
  std::int64_t deadline = Message::kNoDeadline;
  std::uint64_t message = 0;  // while somebody observes: the call's number

  PendingCall() = default;
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;
  ~PendingCall();

  bool failed() const { return reply->kind == MessageKind::kFailure; }
  const absl::Status& failure() const { return reply->payload_as<absl::Status>(); }
  template <class T>
  T take() {
    return std::move(reply->payload_as<T>());
  }
};

// Sends `message` as a call whose answer completes `pending`.
void begin_call(Activation& caller, PendingCall& pending, Message* message, Duration timeout);

// Completes `pending` at `wake`.
void begin_sleep(Activation& sleeper, PendingCall& pending, Time wake);

// What a method has given so far.
enum class OutcomeState : unsigned char { kValue, kFailure, kRunning, kDelegated, kEmpty };

class PromiseBase {
 public:
  Activation* activation = nullptr;
  PromiseBase* parent = nullptr;  // the own method that waits for this one
  PromiseBase* child = nullptr;   // the own method that this one waits for
  OutcomeState* owner = nullptr;  // of the outcome that destroys this frame, while parent is set
  PendingCall* parent_pending = nullptr;
  bool parent_takes_status = false;
  std::coroutine_handle<> handle;
  Message* delegated = nullptr;  // owned: the call whose answer is this method's result
  Duration delegated_timeout{};

  static void* operator new(std::size_t size) { return pool_allocate(size); }
  static void operator delete(void* memory, std::size_t size) { pool_free(memory, size); }

  PromiseBase() = default;
  PromiseBase(const PromiseBase&) = delete;
  PromiseBase& operator=(const PromiseBase&) = delete;
  virtual ~PromiseBase() {
    if (parent != nullptr && parent->child == this) parent->child = nullptr;
    if (delegated != nullptr) Message::destroy(delegated);
  }

  // Destroys the frames of the own methods that this one waits for, innermost first. Left to their
  // owners they would nest as deeply as the calls did.
  void destroy_children() {
    PromiseBase* frame = this;
    while (frame->child != nullptr) frame = frame->child;
    while (frame != this) {
      PromiseBase* above = frame->parent;
      *frame->owner = OutcomeState::kEmpty;
      frame->handle.destroy();
      frame = above;
    }
  }

  // Makes this the result of the frame, for a waiter that takes a status.
  virtual void set_failure(absl::Status status) = 0;

  std::suspend_always initial_suspend() noexcept { return {}; }

  // Marks this frame as failed; the engine unwinds it when control is back there.
  void fail(absl::Status status) {
    activation->failed = this;
    activation->failure = std::move(status);
  }

 protected:
  // The frame is done. Whoever goes on: the waiting frame, or (noop) the engine.
  template <class T>
  std::coroutine_handle<> completed(absl::StatusOr<T>& result) noexcept {
    if (parent == nullptr) return std::noop_coroutine();
    if (delegated != nullptr) {
      begin_call(*activation, *parent_pending, std::exchange(delegated, nullptr),
                 delegated_timeout);
      return std::noop_coroutine();
    }
    if (result.ok() || parent_takes_status) return parent->handle;
    parent->fail(std::move(result).status());
    return std::noop_coroutine();
  }
};

// The exception that is being handled, as a status that names its type and text.
absl::Status status_of_current_exception(const MethodInfo* method);

template <class T>
class Promise;

// What a method gives: a value, a failure, a running coroutine, or a call that answers for it.
template <class T>
class [[nodiscard]] Outcome {
 public:
  using State = OutcomeState;

  Outcome() noexcept : state_(State::kEmpty) {}
  explicit Outcome(Value<T> value) : value_(std::move(value)), state_(State::kValue) {}
  explicit Outcome(absl::Status status) : status_(std::move(status)), state_(State::kFailure) {}
  explicit Outcome(Promise<T>* promise) noexcept : promise_(promise), state_(State::kRunning) {}
  Outcome(Message* delegated, Duration timeout) noexcept
      : delegated_{delegated, timeout}, state_(State::kDelegated) {}

  Outcome(Outcome&& other) noexcept : state_(State::kEmpty) { take(other); }
  Outcome& operator=(Outcome&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~Outcome() { reset(); }

  State state() const { return state_; }
  State* state_place() { return &state_; }
  Value<T>& value() { return value_; }
  absl::Status& status() { return status_; }
  Promise<T>& promise() { return *promise_; }
  // The caller takes the coroutine, or the call.
  Promise<T>* release_promise() {
    state_ = State::kEmpty;
    return promise_;
  }
  std::pair<Message*, Duration> release_delegated() {
    state_ = State::kEmpty;
    return {delegated_.message, delegated_.timeout};
  }

 private:
  struct DelegatedCall {
    Message* message;
    Duration timeout;
  };

  void reset() {
    switch (state_) {
      case State::kValue:
        value_.~Value<T>();
        break;
      case State::kFailure:
        status_.~Status();
        break;
      case State::kRunning:
        promise_->handle.destroy();
        break;
      case State::kDelegated:
        Message::destroy(delegated_.message);
        break;
      case State::kEmpty:
        break;
    }
    state_ = State::kEmpty;
  }
  void take(Outcome& other) {
    switch (other.state_) {
      case State::kValue:
        new (&value_) Value<T>(std::move(other.value_));
        break;
      case State::kFailure:
        new (&status_) absl::Status(std::move(other.status_));
        break;
      case State::kRunning:
        promise_ = other.promise_;
        break;
      case State::kDelegated:
        delegated_ = other.delegated_;
        break;
      case State::kEmpty:
        break;
    }
    state_ = other.state_;
    if (state_ == State::kRunning || state_ == State::kDelegated) {
      other.state_ = State::kEmpty;
    } else {
      other.reset();
    }
  }

  union {
    Value<T> value_;
    absl::Status status_;
    Promise<T>* promise_;
    DelegatedCall delegated_;
  };
  State state_;
};

template <class T>
struct [[nodiscard("return or co_return what delegate() gives")]] DelegatedTag {
  Message* message;
  Duration timeout;
};

// Anything that a method may await turns itself into an awaiter with this.
template <class Awaitable>
concept HasActorAwaiter =
    requires(Awaitable&& awaitable) { std::forward<Awaitable>(awaitable).troupe_awaiter(); };

// Waits for another frame of the same actor, or for the call it delegates to.
template <class T, bool kTakesStatus>
class OutcomeAwaiter {
 public:
  explicit OutcomeAwaiter(Outcome<T>&& outcome) : outcome_(std::move(outcome)) {}

  bool await_ready() {
    using State = typename Outcome<T>::State;
    return outcome_.state() == State::kValue ||
           (kTakesStatus && outcome_.state() == State::kFailure);
  }

  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> handle) {
    return start(handle.promise());
  }

  auto await_resume() {
    if constexpr (kTakesStatus) {
      return take();
    } else if constexpr (std::is_void_v<T>) {
      return;
    } else {
      return *take();
    }
  }

 protected:
  OutcomeAwaiter() = default;

  std::coroutine_handle<> start(PromiseBase& waiter) {
    using State = typename Outcome<T>::State;
    pending_.waiter = &waiter;
    pending_.takes_status = kTakesStatus;
    switch (outcome_.state()) {
      case State::kRunning: {
        PromiseBase& child = outcome_.promise();
        child.activation = waiter.activation;
        child.parent = &waiter;
        child.owner = outcome_.state_place();
        waiter.child = &child;
        child.parent_pending = &pending_;
        child.parent_takes_status = kTakesStatus;
        return child.handle;
      }
      case State::kDelegated: {
        auto [message, timeout] = outcome_.release_delegated();
        begin_call(*waiter.activation, pending_, message, timeout);
        return std::noop_coroutine();
      }
      case State::kFailure:
        if (kTakesStatus) return waiter.handle;
        waiter.fail(std::move(outcome_.status()));
        return std::noop_coroutine();
      case State::kValue:
        return waiter.handle;
      case State::kEmpty:
        break;
    }
    waiter.fail(absl::InternalError("a method's result was awaited twice"));
    return std::noop_coroutine();
  }

  absl::StatusOr<Value<T>> take() {
    if (pending_.reply != nullptr) {
      if (pending_.failed()) return pending_.failure();
      return pending_.take<Value<T>>();
    }
    using State = typename Outcome<T>::State;
    if (outcome_.state() == State::kValue) return std::move(outcome_.value());
    if (outcome_.state() == State::kFailure) return std::move(outcome_.status());
    return std::move(outcome_.promise().result);
  }

  Outcome<T> outcome_;
  PendingCall pending_;
};

// As above, with something to fall back on.
template <class T>
class ValueOrAwaiter : public OutcomeAwaiter<T, true> {
 public:
  ValueOrAwaiter(Outcome<T>&& outcome, Value<T> fallback)
      : OutcomeAwaiter<T, true>(std::move(outcome)), fallback_(std::move(fallback)) {}
  Value<T> await_resume() { return this->take().value_or(std::move(fallback_)); }

 private:
  Value<T> fallback_;
};

// co_await of a plain status or StatusOr: goes on where it is ok, fails the method where not.
template <class T>
struct StatusAwaiter {
  absl::StatusOr<Value<T>> result;
  bool await_ready() const { return result.ok(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    handle.promise().fail(std::move(result).status());
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }
};

template <class T>
constexpr bool kIsStatusOr = false;
template <class T>
constexpr bool kIsStatusOr<absl::StatusOr<T>> = true;

template <class Awaitable>
auto make_awaiter(Awaitable&& awaitable) {
  using Plain = std::remove_cvref_t<Awaitable>;
  if constexpr (std::is_same_v<Plain, absl::Status>) {
    if (awaitable.ok()) return StatusAwaiter<void>{Nothing{}};
    return StatusAwaiter<void>{std::forward<Awaitable>(awaitable)};
  } else if constexpr (kIsStatusOr<Plain>) {
    return StatusAwaiter<typename Plain::value_type>{std::forward<Awaitable>(awaitable)};
  } else {
    constexpr bool kCanBeAwaited = HasActorAwaiter<Awaitable>;
    static_assert(kCanBeAwaited,
                  "An actor's method can co_await a call, a method of its own, sleep(), until(), "
                  "an absl::Status or an absl::StatusOr. To await a named call, std::move it.");
    return std::forward<Awaitable>(awaitable).troupe_awaiter();
  }
}

// The part of a promise that knows its result's type.
template <class T>
class ResultPromise : public PromiseBase {
 public:
  absl::StatusOr<Value<T>> result;  // an error until the method has finished

  void set_failure(absl::Status status) final { result = std::move(status); }

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> handle) noexcept {
      return handle.promise().completed(handle.promise().result);
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }

  void unhandled_exception() {
    result = status_of_current_exception(activation == nullptr ? nullptr : activation->method);
  }

  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable) {
    return make_awaiter(std::forward<Awaitable>(awaitable));
  }

  using PromiseBase::completed;
};

template <class T>
class Promise : public ResultPromise<T> {
 public:
  template <class U = T>
  void return_value(U&& value) {
    constexpr bool kIsResult = std::is_constructible_v<absl::StatusOr<T>, U&&>;
    static_assert(
        kIsResult,
        "A method co_returns its result, an absl::Status, an absl::StatusOr of its result, "
        "or what delegate() gives.");
    if constexpr (kIsResult) this->result = std::forward<U>(value);
  }
  void return_value(DelegatedTag<T> call) {
    this->delegated = call.message;
    this->delegated_timeout = call.timeout;
  }
};

template <>
class Promise<void> : public ResultPromise<void> {
 public:
  void return_void() { result = Nothing{}; }
};

}  // namespace internal
}  // namespace troupe
