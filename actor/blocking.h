// blocking(): work that waits for something other than actors (a file, a socket, a long
// computation) without holding up anybody else.
//
//   std::string text = co_await blocking([path] { return read_file(path); });
//
// The function runs outside the actor, on a thread of the runtime's own; the method goes on with
// its result. It gives any value, an absl::Status or an absl::StatusOr; a failure or an exception
// ends the method, as that of a call does. Give it all it needs by value, never a reference to the
// actor or to a local: the actor may end while it runs, and then its result is dropped.
//
// The simulator runs it at once, in no virtual time; a run stays deterministic if the function is.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/internal/coroutine.h"
#include "actor/internal/turn.h"

namespace troupe {

namespace internal {

// What a blocking function's result is to the method: a StatusOr<T> is a T or a failure.
template <class R>
struct BlockingResult {
  using type = R;
};
template <class T>
struct BlockingResult<absl::StatusOr<T>> {
  using type = T;
};
template <>
struct BlockingResult<absl::Status> {
  using type = void;
};

// The function and its result: shared by the frame that waits and the thread that runs it.
template <class F>
struct BlockingJob {
  using Return = std::invoke_result_t<F&>;
  using T = typename BlockingResult<Return>::type;

  explicit BlockingJob(F given) : function(std::move(given)) {}

  absl::Status run(const MethodInfo* method) {
    try {
      if constexpr (std::is_void_v<Return>) {
        function();
        result = Nothing{};
      } else if constexpr (std::is_same_v<Return, absl::Status>) {
        absl::Status status = function();
        if (!status.ok()) return status;
        result = Nothing{};
      } else {
        result = function();
      }
    } catch (...) {
      return status_of_current_exception(method);
    }
    return result.status();
  }

  F function;
  absl::StatusOr<Value<T>> result;
};

template <class F>
class BlockingAwaiter {
 public:
  using Job = BlockingJob<F>;
  using T = typename Job::T;

  explicit BlockingAwaiter(F function) : job_(std::make_shared<Job>(std::move(function))) {}

  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    pending_.waiter = &handle.promise();
    Activation& activation = *pending_.waiter->activation;
    Message* done = Turns::wake_for(activation, pending_, sizeof(absl::Status));
    activation.actor->runtime().run_blocking(
        *activation.actor, [job = job_, method = activation.method] { return job->run(method); },
        done);
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return *std::move(job_->result);
  }

 private:
  std::shared_ptr<Job> job_;
  PendingCall pending_;
};

}  // namespace internal

template <class F>
class [[nodiscard("write co_await before blocking()")]] Blocking {
 public:
  explicit Blocking(F function) : function_(std::move(function)) {}
  auto troupe_awaiter() && { return internal::BlockingAwaiter<F>(std::move(function_)); }

 private:
  F function_;
};

template <std::invocable F>
auto blocking(F function) {
  return Blocking<F>(std::move(function));
}

}  // namespace troupe
