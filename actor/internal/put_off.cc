// Answers that were put off: given once, handed on, or abandoned.
#include "actor/internal/put_off.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "actor/internal/turn.h"

namespace troupe {

void Message::release_put_off(void* payload) {
  internal::PutOff::release(*static_cast<internal::PutOff**>(payload));
}

namespace internal {

Message* PutOff::message_of(PutOff& put_off, const MethodInfo& answer) {
  Message* message = Message::create(MessageKind::kPutOff, &answer, answer.payload_size);
  new (message->payload()) PutOff*(&put_off);
  ++put_off.references;
  return message;
}

absl::StatusOr<PutOff::Taken> PutOff::take() {
  switch (state) {
    case State::kNew:
      return absl::FailedPreconditionError(
          "the answer cannot be given before the method has returned what defer() gives");
    case State::kAnswered:
      return absl::FailedPreconditionError(
          absl::StrCat("this call of ", method->full_name(), " has been answered before"));
    case State::kEnded:
      return absl::FailedPreconditionError(
          absl::StrCat("the actor that was asked for ", method->full_name(), " has ended"));
    case State::kOpen:
      break;
  }
  const Taken taken{actor, std::exchange(ticket, nullptr)};
  Turns::close(*this, State::kAnswered);
  return taken;
}

void PutOff::abandon() {
  if (state != State::kOpen) return;
  ActorBase& answerer = *actor;
  Message* open = std::exchange(ticket, nullptr);
  Turns::close(*this, State::kAnswered);
  if (open == nullptr) return;
  Turns::answer_for(answerer, open,
                    absl::AbortedError(absl::StrCat(
                        method->full_name(), " of ", answerer.runtime().name_of(answerer.id()),
                        " will not be answered: its Responder was dropped")));
}

}  // namespace internal
}  // namespace troupe
