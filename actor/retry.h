// Call::retry(): asks again where an answer may only have been late or lost.
//
//   const Value value = co_await store.get(key).within(200ms).retry({.attempts = 5}).within(2s);
//
// The first `within` is of each attempt, the second one of them all; and no attempt lasts longer
// than the caller of this very method waits. Between two attempts lies a pause that grows and is
// partly random, from the actor's own stream, so that those who failed together do not come back
// together.
//
// Only for methods that may run twice: a call whose answer is lost has been handled.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/call.h"
#include "actor/internal/turn.h"

namespace troupe {

struct RetryPolicy {
  int attempts = 3;                                 // at most, the first included
  Duration pause = std::chrono::milliseconds(100);  // before the second attempt
  double growth = 2;                                // of the pause, from one to the next
  Duration longest_pause = std::chrono::seconds(10);
  double jitter = 0.5;  // the part of a pause that is random, from 0 to 1
  // The failures after which it is worth it to ask again.
  std::vector<absl::StatusCode> on = {absl::StatusCode::kUnavailable,
                                      absl::StatusCode::kDeadlineExceeded};
};

namespace internal {

// Makes one attempt after the other. Lives in the waiting frame.
class Retries {
 public:
  Retries(MessagePtr message, Duration attempt_timeout, RetryPolicy policy, Duration timeout)
      : message_(std::move(message)),
        attempt_timeout_(attempt_timeout),
        policy_(std::move(policy)),
        timeout_(timeout) {}
  virtual ~Retries() = default;
  Retries(const Retries&) = delete;
  Retries& operator=(const Retries&) = delete;

 protected:
  void begin(PromiseBase& waiter);
  virtual void done(absl::Status failure) = 0;  // ok: current().reply has the answer
  PendingCall& current() { return *pending_; }
  PromiseBase& waiter() { return *waiter_; }

 private:
  struct Pending : PendingCall {
    Retries* all = nullptr;
  };
  void attempt();
  static void attempt_is_over(PendingCall& call);
  static void pause_is_over(PendingCall& call);
  Pending& make_pending(void (*completed)(PendingCall&));

  MessagePtr message_;
  Duration attempt_timeout_;
  RetryPolicy policy_;
  Duration timeout_;
  PromiseBase* waiter_ = nullptr;
  std::unique_ptr<Pending> pending_;  // the attempt or the pause that is going on
  Time begin_{};
  Time end_ = kNever;
  int attempts_ = 0;
  Duration next_pause_{};
};

template <class T, bool kTakesStatus>
class RetryAwaiter : public Retries {
 public:
  using Retries::Retries;

  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    begin(handle.promise());
  }
  auto await_resume() {
    if constexpr (kTakesStatus) {
      return std::move(result_);
    } else if constexpr (!std::is_void_v<T>) {
      return *std::move(result_);
    }
  }

 protected:
  void done(absl::Status failure) final {
    Activation& activation = *waiter().activation;
    if (failure.ok()) {
      result_ = current().template take<Value<T>>();
    } else if (kTakesStatus) {
      result_ = std::move(failure);
    } else {
      waiter().fail(std::move(failure));
      Turns::resume_failed(activation);
      return;
    }
    Turns::resume(activation, waiter().handle);
  }

 private:
  absl::StatusOr<Value<T>> result_;
};

template <class T>
class RetryValueOrAwaiter : public RetryAwaiter<T, true> {
 public:
  RetryValueOrAwaiter(MessagePtr message, Duration attempt_timeout, RetryPolicy policy,
                      Duration timeout, Value<T> fallback)
      : RetryAwaiter<T, true>(std::move(message), attempt_timeout, std::move(policy), timeout),
        fallback_(std::move(fallback)) {}
  Value<T> await_resume() {
    return RetryAwaiter<T, true>::await_resume().value_or(std::move(fallback_));
  }

 private:
  Value<T> fallback_;
};

}  // namespace internal

// What retry() gives: await it, as a call.
template <class T>
class [[nodiscard("a call is sent when it is awaited: write co_await before it")]] RetriedCall {
 public:
  RetriedCall(MessagePtr message, Duration attempt_timeout, RetryPolicy policy)
      : message_(std::move(message)),
        attempt_timeout_(attempt_timeout),
        policy_(std::move(policy)) {}

  // The longest that all attempts and pauses take.
  RetriedCall within(Duration timeout) && {
    timeout_ = timeout > Duration::zero() ? timeout : Duration(1);
    return std::move(*this);
  }

  auto troupe_awaiter() && { return awaiter<internal::RetryAwaiter<T, false>>(); }

  class StatusOrAwaitable {
   public:
    explicit StatusOrAwaitable(RetriedCall&& call) : call_(std::move(call)) {}
    auto troupe_awaiter() && { return call_.template awaiter<internal::RetryAwaiter<T, true>>(); }

   private:
    RetriedCall call_;
  };
  StatusOrAwaitable status_or() && { return StatusOrAwaitable(std::move(*this)); }

  class ValueOrAwaitable {
   public:
    ValueOrAwaitable(RetriedCall&& call, internal::Value<T> fallback)
        : call_(std::move(call)), fallback_(std::move(fallback)) {}
    auto troupe_awaiter() && {
      return call_.template awaiter<internal::RetryValueOrAwaiter<T>>(std::move(fallback_));
    }

   private:
    RetriedCall call_;
    internal::Value<T> fallback_;
  };
  ValueOrAwaitable value_or(internal::Value<T> fallback) && {
    return {std::move(*this), std::move(fallback)};
  }

 private:
  template <class Awaiter, class... Fallback>
  Awaiter awaiter(Fallback&&... fallback) {
    return Awaiter(std::move(message_), attempt_timeout_, std::move(policy_), timeout_,
                   std::forward<Fallback>(fallback)...);
  }

  MessagePtr message_;
  Duration attempt_timeout_;
  RetryPolicy policy_;
  Duration timeout_ = kNoTimeout;
};

template <class T>
RetriedCall<T> Call<T>::retry(RetryPolicy policy) && {
  return RetriedCall<T>(std::move(message_), timeout_, std::move(policy));
}

}  // namespace troupe
