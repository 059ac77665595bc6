// What waits for a future and what follows from it, whatever its type.
#include "actor/future.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

namespace troupe::internal {

void used_outside_every_actor(std::string_view what) {
  std::fprintf(stderr,
               "troupe: %.*s was used outside every actor. A future is an actor's: use it in its "
               "methods.\n",
               static_cast<int>(what.size()), what.data());
  std::abort();
}

FutureWait::~FutureWait() {
  if (state == nullptr || activation == nullptr) return;
  state->remove_wait(*this);
  if (lent) state->lend_to(nullptr);
}

bool is_done(FutureWait& wait) {
  if (wait.state == nullptr) return false;
  if (wait.state->done()) return true;
  // Its answer may have come and wait for the turn, which this method keeps.
  Activation& activation = *current_activation;
  ActorBase& actor = *activation.actor;
  if (Turns::holder(actor) != &activation) return false;
  wait.state->lend_to(&activation);
  Turns::serve_holder(actor);
  if (!wait.state->done()) wait.state->lend_to(nullptr);
  return wait.state->done();
}

absl::Status begin(FutureWait& wait, Duration timeout) {
  Activation& activation = *wait.waiter->activation;
  ActorBase& actor = *activation.actor;
  if (wait.state == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("an empty Future was awaited in ", activation.method->full_name()));
  }
  FutureStateBase& state = *wait.state;
  if (state.done()) return state.failure();
  if (state.actor == nullptr) state.actor = &actor;
  if (state.actor != &actor) {
    return absl::FailedPreconditionError(
        absl::StrCat("a Future was awaited in ", activation.method->full_name(),
                     " by another actor than the one that made it"));
  }
  wait.lent = Turns::holder(actor) == &activation;
  if (wait.lent) {
    if (!state.can_be_done_by_answers()) {
      return absl::FailedPreconditionError(
          absl::StrCat("a future was awaited in ", activation.method->full_name(),
                       " that another method must complete, but this one keeps its actor's turn; "
                       "make it Parallel"));
    }
    state.lend_to(&activation);
    Turns::refuse_cycles(actor);
  }
  Turns::wait_for_future(activation, wait, timeout);
  return absl::OkStatus();
}

void FutureStateBase::add_continuation(std::unique_ptr<Continuation> continuation) {
  if (current_activation == nullptr) used_outside_every_actor("Future::then()");
  if (actor == nullptr) actor = current_activation->actor;
  if (done_) {
    continuation->future = shared_from_this();
    Turns::continue_with(*actor, std::move(continuation));
    return;
  }
  if (continuations_.empty()) {
    auto& continued = Turns::continued_futures(*actor);
    kept_ = continued.insert(continued.end(), shared_from_this());
  }
  continuations_.push_back(std::move(continuation));
}

void FutureStateBase::finish() {
  const auto self = shared_from_this();  // Whatever follows from this may let it go.
  done_ = true;
  for (const auto& dependent : std::exchange(dependents_, {})) {
    if (const auto alive = dependent.lock()) alive->source_done(*this);
  }
  if (!continuations_.empty()) {
    Turns::continued_futures(*actor).erase(kept_);
    for (auto& continuation : std::exchange(continuations_, {})) {
      continuation->future = self;
      Turns::continue_with(*actor, std::move(continuation));
    }
  }
  for (FutureWait* wait : std::exchange(waits_, {})) Turns::wake(*wait);
}

}  // namespace troupe::internal
