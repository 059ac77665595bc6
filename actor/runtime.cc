// What every runtime keeps, whichever it is.
#include "actor/runtime.h"

#include <utility>

#include "actor/internal/dead_letters.h"
#include "actor/internal/directory.h"

namespace troupe {

Runtime::Runtime()
    : directory_(std::make_unique<internal::Directory>(*this)),
      dead_letters_(std::make_unique<internal::DeadLetters>(*this)) {}
Runtime::~Runtime() = default;

void Runtime::on_dead_letter(std::function<void(const DeadLetter&)> reader) {
  dead_letters_->read_outside(std::move(reader));
}

void Runtime::subscribe_dead_letters(ActorId actor, const MethodInfo* method,
                                     void (*construct)(void* place, DeadLetter&& letter)) {
  dead_letters_->subscribe(actor, method, construct);
}

void Runtime::unsubscribe_dead_letters(ActorId actor) { dead_letters_->unsubscribe(actor); }

void Runtime::tell_drop(const Message& message, DropReason reason) {
  if (dead_letters_->anybody() && !message.is_notice) dead_letters_->tell(message, reason);
}

void Runtime::forget(ActorId actor) {
  directory_->forget(actor);
  if (dead_letters_->anybody()) dead_letters_->unsubscribe(actor);
}

ActorId Runtime::true_id(ActorId id) const {
  if (!internal::is_stable(id)) return id;
  const ActorId actor = directory_->behind(id);
  return actor ? actor : id;
}

void Runtime::put_behind(ActorId stable, ActorId actor) {
  for (Message* message : directory_->put_behind(stable, actor)) schedule(now(), message);
}

bool Runtime::holds_until_started(Message* message) {
  return internal::is_stable(message->target) && directory_->hold(message);
}

bool Runtime::show_events(bool show) {
  Observer* observer = attached_observer_.load(std::memory_order_acquire);
  observer_.store(show ? observer : nullptr, std::memory_order_release);
  return observer != nullptr;
}

}  // namespace troupe
