// One attempt after the other, with pauses that grow.
#include "actor/retry.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace troupe::internal {

namespace {

// The call once more: its arguments through their own encoding. Null where that fails.
MessagePtr copy_of(const Message& call) {
  const MethodInfo& method = *call.method;
  std::string bytes;
  method.encode_arguments(call.payload(), &bytes);
  MessagePtr copy(Message::create(MessageKind::kCall, &method, method.payload_size));
  copy->target = call.target;
  copy->cancel_if_abandoned = call.cancel_if_abandoned;
  copy->arguments_taken = true;  // until they are there
  if (!method.decode_arguments(bytes, copy->payload())) return nullptr;
  copy->arguments_taken = false;
  return copy;
}

absl::Status with_text(const absl::Status& status, const std::string& text) {
  absl::Status result(status.code(), text);
  status.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& value) { result.SetPayload(url, value); });
  return result;
}

}  // namespace

void Retries::begin(PromiseBase& waiter) {
  waiter_ = &waiter;
  begin_ = waiter.activation->actor->runtime().now();
  end_ = std::min(saturated_sum(begin_, timeout_), Time(Duration(waiter.activation->deadline)));
  next_pause_ = policy_.pause;
  attempt();
}

Retries::Pending& Retries::make_pending(void (*completed)(PendingCall&)) {
  pending_ = std::make_unique<Pending>();
  pending_->completed = completed;
  pending_->all = this;
  return *pending_;
}

void Retries::attempt() {
  Activation& activation = *waiter_->activation;
  const Runtime& runtime = activation.actor->runtime();
  Pending& pending = make_pending(&Retries::attempt_is_over);
  MessagePtr message = ++attempts_ < policy_.attempts ? copy_of(*message_) : std::move(message_);
  if (message == nullptr) {  // The arguments do not survive their encoding, so once must do.
    policy_.attempts = attempts_;
    message = std::move(message_);
  }
  Duration timeout = attempt_timeout_;
  if (timeout == Duration::zero()) timeout = message->method->timeout;
  if (timeout == Duration::zero()) timeout = runtime.default_timeout();
  if (end_ != kNever) timeout = std::clamp(end_ - runtime.now(), Duration(1), timeout);
  begin_call(activation, pending, message.release(), timeout);
}

void Retries::attempt_is_over(PendingCall& call) {
  Retries& all = *static_cast<Pending&>(call).all;
  if (!call.failed()) {
    all.done(absl::OkStatus());
    return;
  }
  Activation& activation = *all.waiter_->activation;
  const Time now = activation.actor->runtime().now();
  const absl::Status failure = call.failure();
  const RetryPolicy& policy = all.policy_;
  const bool may_help =
      std::find(policy.on.begin(), policy.on.end(), failure.code()) != policy.on.end();
  if (may_help && all.attempts_ < policy.attempts) {
    Duration pause = std::min(all.next_pause_, policy.longest_pause);
    all.next_pause_ = Duration(static_cast<std::int64_t>(
        std::min(static_cast<double>(pause.count()) * std::max(policy.growth, 1.0), 9e18)));
    const double part = std::clamp(policy.jitter, 0.0, 1.0) * Turns::random_of(activation).unit();
    pause -= Duration(static_cast<std::int64_t>(static_cast<double>(pause.count()) * part));
    if (saturated_sum(now, pause) < all.end_) {
      begin_sleep(activation, all.make_pending(&Retries::pause_is_over), saturated_sum(now, pause));
      return;
    }
  }
  if (all.attempts_ == 1) {
    all.done(failure);
    return;
  }
  all.done(with_text(failure,
                     absl::StrCat(std::string(failure.message()), "; the last of ", all.attempts_,
                                  " attempts within ", to_string(now - all.begin_))));
}

void Retries::pause_is_over(PendingCall& call) { static_cast<Pending&>(call).all->attempt(); }

}  // namespace troupe::internal
