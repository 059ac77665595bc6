// Responder<T>: the answer of a Sync method, given later than the method ends. For locks, queues,
// barriers: whoever asks waits, and the actor serves others meanwhile, without a Parallel method.
//
//   Sync<Ticket> take() {                       // of a class with
//     if (free_.empty()) return defer(waiting_.emplace_back());
//     ...                                       //   std::deque<Responder<Ticket>> waiting_;
//   }
//   Async put_back(Ticket ticket) {
//     absl::Status sent = waiting_.front().reply(ticket);
//     waiting_.pop_front();
//     return sent;
//   }
//
// An answer is given once: the second is an error. A Responder that is dropped without one lets the
// call fail at once, with ABORTED. When the actor ends, its callers learn that, as ever. The
// caller's deadline stays what it was.
#pragma once

#include <concepts>
#include <memory>
#include <new>
#include <utility>

#include "absl/status/status.h"
#include "actor/call.h"
#include "actor/internal/put_off.h"
#include "actor/internal/turn.h"

namespace troupe {

template <class T = void>
class Responder {
 public:
  Responder() = default;

  // Whether the call has not been answered yet, as far as this actor knows.
  explicit operator bool() const {
    return put_off_ != nullptr && put_off_->state == internal::PutOff::State::kOpen;
  }

  absl::Status reply(internal::Value<T> value)
    requires(!std::is_void_v<T>)
  {
    return send(std::move(value));
  }
  absl::Status reply()
    requires std::is_void_v<T>
  {
    return send(Nothing{});
  }

  absl::Status fail(absl::Status why) {
    absl::StatusOr<internal::PutOff::Taken> taken = take();
    if (!taken.ok()) return std::move(taken).status();
    if (taken->ticket != nullptr) {
      internal::Turns::answer_for(*taken->actor, taken->ticket, troupe::fail(std::move(why)));
    }
    return absl::OkStatus();
  }

  // The answer of `call` becomes this answer, as with delegate().
  absl::Status delegate(Call<T> call) {
    const std::int64_t deadline = put_off_ == nullptr || put_off_->ticket == nullptr
                                      ? Message::kNoDeadline
                                      : put_off_->ticket->deadline;
    absl::StatusOr<internal::PutOff::Taken> taken = take();
    if (!taken.ok()) return std::move(taken).status();
    internal::Turns::hand_on(*taken->actor, taken->ticket, deadline,
                             std::exchange(put_off_->chain, nullptr), 0,
                             std::move(call).release().release());
    return absl::OkStatus();
  }

  // What a Sync<T> method returns, or co_returns, so that its answer is this one's.
  template <class U>
  friend internal::DelegatedTag<U> defer(Responder<U>& responder);

 private:
  absl::StatusOr<internal::PutOff::Taken> take() {
    if (put_off_ == nullptr) return absl::FailedPreconditionError("an empty Responder");
    return put_off_->take();
  }
  absl::Status send(internal::Value<T> value) {
    absl::StatusOr<internal::PutOff::Taken> taken = take();
    if (!taken.ok()) return std::move(taken).status();
    if (taken->ticket != nullptr) {
      new (taken->ticket->payload()) internal::Value<T>(std::move(value));
      internal::Turns::send_late(*taken->actor, taken->ticket);
    }
    return absl::OkStatus();
  }

  std::unique_ptr<internal::PutOff, internal::PutOffHolder> put_off_;
};

// Puts the answer of the method that returns this off: `responder` gives it. What the responder
// held before is dropped.
template <class T>
internal::DelegatedTag<T> defer(Responder<T>& responder) {
  responder.put_off_.reset(new internal::PutOff);
  return {internal::PutOff::message_of(*responder.put_off_, internal::kPutOffInfo<T>), Duration{}};
}

}  // namespace troupe
