// Call<T>: one request on its way. What a method of a Ref gives; it is sent when it is awaited.
//
//   Peer next = co_await node.find_successor(id);        // the value, or this method fails too
//   absl::StatusOr<Peer> next = co_await node.find_successor(id).status_or();  // or look at it
//   Peer next = co_await node.find_successor(id).value_or(self_peer());        // or fall back
//   Peer next = co_await node.find_successor(id).within(500ms);                // with a deadline
//   node.find_successor(id).tell();                      // nobody waits, no reply
//   return delegate(node.find_successor(id));            // its answer is this method's answer
//   Future<Peer> next = node.find_successor(id).to_future();     // sent now, awaited later
//   Peer next = co_await node.find_successor(id).retry({.attempts = 3});
//
// Every call has a deadline: its own (`within`), else its method's, else the runtime's default;
// and never later than the deadline of the call that this method answers. When it has passed,
// the call fails with DEADLINE_EXCEEDED; the callee is not disturbed, and its late reply is
// dropped. A dead actor gives NOT_FOUND, a dead host UNAVAILABLE, at once.
#pragma once

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "actor/internal/actor_base.h"
#include "actor/internal/coroutine.h"
#include "actor/internal/turn.h"

namespace troupe {

namespace internal {

// A deadline of what an activation does in a part of its method: where a call to itself is a plain
// method, its `within` holds for the calls that this method makes.
class InlineDeadline {
 public:
  InlineDeadline() = default;
  InlineDeadline(const InlineDeadline&) = delete;
  InlineDeadline& operator=(const InlineDeadline&) = delete;
  ~InlineDeadline() {
    if (activation_ != nullptr) activation_->deadline = previous_;
  }
  void limit(Activation& activation, Duration timeout) {
    activation_ = &activation;
    previous_ = activation.deadline;
    const Time end = saturated_sum(activation.actor->runtime().now(), timeout);
    activation.deadline = std::min(previous_, end.time_since_epoch().count());
  }

 private:
  Activation* activation_ = nullptr;
  std::int64_t previous_ = 0;
};

// Awaits a call: by message, or, where the target is the caller itself, as a plain method.
template <class T, class Awaiter>
class CallAwaiter : public Awaiter {
 public:
  template <class... Fallback>
  CallAwaiter(MessagePtr message, Duration timeout, Fallback&&... fallback)
      : Awaiter(Outcome<T>(), std::forward<Fallback>(fallback)...),
        message_(std::move(message)),
        timeout_(timeout) {}

  bool await_ready() { return false; }

  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> handle) {
    PromiseBase& waiter = handle.promise();
    Activation& caller = *waiter.activation;
    if (is_stable(message_->target)) [[unlikely]] {
      message_->target = caller.actor->runtime().true_id(message_->target);
    }
    if (message_->target == caller.actor->id()) {
      if (timeout_ != Duration::zero()) deadline_.limit(caller, timeout_);
      const MethodInfo* method = message_->method;
      method->invoke_inline(*caller.actor, message_.release(), &this->outcome_);
    } else {
      this->outcome_ = Outcome<T>(message_.release(), timeout_);
    }
    return this->start(waiter);
  }

 private:
  MessagePtr message_;
  Duration timeout_;
  InlineDeadline deadline_;
};

[[noreturn]] void called_outside_every_actor(const MethodInfo& method);

}  // namespace internal

template <class T>
class Future;
template <class T>
class RetriedCall;
struct RetryPolicy;

template <class T = void>
class [[nodiscard(
    "a call is sent when it is awaited: write co_await before it, or .tell() after "
    "it")]] Call {
 public:
  // `message` holds the target, the method and the arguments.
  explicit Call(MessagePtr message) : message_(std::move(message)) {}

  // The longest that the caller waits; kNoTimeout for ever.
  Call within(Duration timeout) && {
    timeout_ = timeout > Duration::zero() ? timeout : Duration(1);
    return std::move(*this);
  }

  // When nobody waits for the answer any more (its deadline has passed, its future is gone, the
  // caller has ended), the callee stops working on it: its method is unwound at the co_await where
  // it waits, and the calls that it made in the same way end, too. Else the callee goes on. Not
  // beyond a delegate(), and not where the caller's whole host is gone.
  Call cancel_if_abandoned() && {
    message_->cancel_if_abandoned = true;
    return std::move(*this);
  }

  // Sends the call and does not wait for its answer here: see future.h.
  Future<T> to_future() &&;

  // Asks again where an answer may have been lost: see retry.h.
  RetriedCall<T> retry(RetryPolicy policy) &&;

  // Sends the call without waiting; no reply is made. A failure is the callee's own.
  void tell() && {
    if (internal::current_activation == nullptr) {
      internal::called_outside_every_actor(*message_->method);
    }
    internal::Turns::one_way(*internal::current_activation, message_.release());
  }

  auto troupe_awaiter() && {
    return internal::CallAwaiter<T, internal::OutcomeAwaiter<T, false>>(std::move(message_),
                                                                        timeout_);
  }

  // Each of these is awaited instead of the call itself.
  class StatusOrAwaitable {
   public:
    StatusOrAwaitable(MessagePtr message, Duration timeout)
        : message_(std::move(message)), timeout_(timeout) {}
    auto troupe_awaiter() && {
      return internal::CallAwaiter<T, internal::OutcomeAwaiter<T, true>>(std::move(message_),
                                                                         timeout_);
    }

   private:
    MessagePtr message_;
    Duration timeout_;
  };
  StatusOrAwaitable status_or() && { return {std::move(message_), timeout_}; }

  class ValueOrAwaitable {
   public:
    ValueOrAwaitable(MessagePtr message, Duration timeout, internal::Value<T> fallback)
        : message_(std::move(message)), timeout_(timeout), fallback_(std::move(fallback)) {}
    auto troupe_awaiter() && {
      return internal::CallAwaiter<T, internal::ValueOrAwaiter<T>>(std::move(message_), timeout_,
                                                                   std::move(fallback_));
    }

   private:
    MessagePtr message_;
    Duration timeout_;
    internal::Value<T> fallback_;
  };
  ValueOrAwaitable value_or(internal::Value<T> fallback) && {
    return {std::move(message_), timeout_, std::move(fallback)};
  }

  // For runtimes: the call as a message, and its timeout (zero: the method's).
  MessagePtr release() && { return std::move(message_); }
  Duration timeout() const { return timeout_; }

 private:
  MessagePtr message_;
  Duration timeout_{};
};

// The reply goes from the last actor straight to the first caller: this actor does not wait.
//   return delegate(next.find_successor(id));
// The caller's deadline stays; a `within` of the delegated call counts only where a method of
// this actor waits for the answer.
template <class T>
internal::DelegatedTag<T> delegate(Call<T> call) {
  const Duration timeout = call.timeout();
  return {std::move(call).release().release(), timeout};
}

}  // namespace troupe
