// Dead letters on their way to those who read them.
#include "actor/internal/dead_letters.h"

#include <utility>

namespace troupe::internal {

namespace {

DeadLetter describe(const Message& message, DropReason reason) {
  DeadLetter letter;
  letter.reason = reason;
  letter.target = message.target;
  letter.sender = message.sender;
  letter.method = message.method == nullptr ? "stop" : message.method->full_name();
  letter.of_answer = message.kind == MessageKind::kReply || message.kind == MessageKind::kFailure;
  return letter;
}

// Where it is noticed.
HostId noticed_at(const DeadLetter& letter) {
  const bool at_sender =
      letter.reason == DropReason::kLost || letter.reason == DropReason::kPartition ||
      letter.reason == DropReason::kHostDown || letter.reason == DropReason::kCongested;
  return at_sender || !letter.target ? letter.sender.host : letter.target.host;
}

}  // namespace

void DeadLetters::read_outside(Reader reader) {
  const std::lock_guard lock(mutex_);
  reader_ = reader ? std::make_shared<const Reader>(std::move(reader)) : nullptr;
  look_who_reads();
}

void DeadLetters::subscribe(ActorId actor, const MethodInfo* method, Construct construct) {
  const std::lock_guard lock(mutex_);
  remove(actor);
  subscriptions_[actor.host].push_back({actor, method, construct});
  look_who_reads();
}

void DeadLetters::unsubscribe(ActorId actor) {
  const std::lock_guard lock(mutex_);
  remove(actor);
  look_who_reads();
}

// With the lock held.
void DeadLetters::remove(ActorId actor) {
  const auto own = subscriptions_.find(actor.host);
  if (own == subscriptions_.end()) return;
  std::erase_if(own->second, [&](const Subscription& one) { return one.actor == actor; });
  if (own->second.empty()) subscriptions_.erase(own);
}

// With the lock held.
void DeadLetters::look_who_reads() {
  anybody_.store(reader_ != nullptr || !subscriptions_.empty(), std::memory_order_release);
}

void DeadLetters::tell(const Message& message, DropReason reason) {
  const DeadLetter letter = describe(message, reason);
  std::shared_ptr<const Reader> reader;
  std::vector<Subscription> readers;
  {
    const std::lock_guard lock(mutex_);
    reader = reader_;
    const auto here = subscriptions_.find(noticed_at(letter));
    if (here != subscriptions_.end()) readers = here->second;
  }
  if (reader != nullptr) (*reader)(letter);
  for (const Subscription& one : readers) {
    Message* notice = Message::create(MessageKind::kCall, one.method, one.method->payload_size);
    one.construct(notice->payload(), DeadLetter(letter));
    notice->target = notice->sender = one.actor;
    notice->is_notice = true;
    runtime_.schedule(runtime_.now(), notice);
  }
}

}  // namespace troupe::internal
