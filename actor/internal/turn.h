// Turns: how one actor handles its messages, one at a time. The same engine under every runtime.
//
// A runtime calls receive() and expire(), never two at once for one actor. The rules:
//  - A Sync or Async method keeps the turn until it ends. What arrives meanwhile queues, but for
//    the answers that the method itself waits for.
//  - A Parallel method gives the turn up at each wait. Bodies start in arrival order.
//  - A reply reaches its own call or nobody: it is matched by slot and generation.
//  - A call that would wait for an actor which waits for that very call fails at once.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/internal/actor_base.h"
#include "actor/internal/behavior.h"
#include "actor/internal/future_state.h"
#include "actor/internal/message.h"
#include "actor/internal/put_off.h"

namespace troupe {
struct SpawnOptions;
}

namespace troupe::internal {

// One call that waits for its answer, for reports of who waits for whom.
struct OpenCall {
  ActorId caller;
  const MethodInfo* caller_method;
  ActorId callee;
  const MethodInfo* method;  // null: a sleep or an until
  Time since;
  bool keeps_turn;
};

class Turns {
 public:
  // Before an actor gets its place: what spawn_with() was told.
  static void prepare(ActorBase& actor, SpawnOptions&& options);

  // Prepares an actor for its first message.
  static void place(ActorBase& actor, Runtime& runtime, ActorId id, Random random);

  // The actor is in its place: shows that, and gives the message that runs on_start().
  static Message* start_message(ActorBase& actor);
  static bool is_start(const Message& message);
  // Whom this message starts, for the runtime to put into its place; null the second time, and
  // where it is another message.
  static ActorBase* take_starting(Message& message);

  static void receive(ActorBase& actor, Message* message);

  // For runtimes that have several messages for an actor at once, where its mailbox has a limit:
  // all calls and one-way messages but the next one wait in it. Then go_on() handles those.
  static bool is_limited(const ActorBase& actor);
  static void let_wait(ActorBase& actor, Message* message);
  static void go_on(ActorBase& actor) { drain(actor); }

  // The deadline of one of the actor's calls has passed.
  static void expire(ActorBase& actor, std::uint32_t slot, std::uint32_t generation);

  // For runtimes that look at all of an actor's deadlines at once: expires what is due at `now`,
  // and gives the next deadline, or kNever.
  static Time expire_due(ActorBase& actor, Time now);
  static Time next_deadline(ActorBase& actor);

  // Whether a call or a timer is still wanted.
  static bool is_open(ActorBase& actor, std::uint32_t slot, std::uint32_t generation) {
    return actor.slots_.find(slot, generation) != nullptr;
  }

  // Ends the actor as it stands: what waits is destroyed, callers get `why`.
  static void end(ActorBase& actor, const absl::Status& why);

  // Ends the actor as soon as its code gives control back to the engine.
  static void request_end(ActorBase& actor, Ending ending);

  static bool has_ended(const ActorBase& actor) { return actor.phase_ == ActorBase::Phase::kEnded; }

  // What the actor waits for.
  static std::vector<OpenCall> open_calls(ActorBase& actor);

  // The method that keeps the actor's turn while it waits, or null.
  static const Activation* holder(const ActorBase& actor) { return actor.holder_; }
  static std::size_t queue_length(const ActorBase& actor);

  // What an activation does to its actor.
  static void one_way(Activation& sender, Message* message);
  static void stop(const ActorBase& sender, ActorId target);
  static void call(Activation& caller, PendingCall& pending, Message* message, Duration timeout);
  static void sleep(Activation& sleeper, PendingCall& pending, Time wake);
  // Makes `pending` a wait that ends when the message this gives, a kWake, is handed to the actor.
  static Message* wake_for(Activation& sleeper, PendingCall& pending, std::size_t payload_size);
  static void until(Activation& waiter, UntilWait& wait, Duration timeout);
  static void forget(PendingCall& pending);
  static void stop_looking(UntilWait& wait);
  static void wait_for_future(Activation& waiter, FutureWait& wait, Duration timeout);
  // What a future waits for has come: the method goes on when it has the turn.
  static void wake(FutureWait& wait);
  // For a method that keeps the turn and has been lent a future's calls: handles those of their
  // answers that have queued; and refuses the queued calls that wait for this very method.
  static void serve_holder(ActorBase& actor);
  static void refuse_cycles(ActorBase& actor);
  // Runs `continuation` as a message of the actor.
  static void continue_with(ActorBase& actor, std::unique_ptr<Continuation> continuation);
  // The actor's futures that live until they are done, whoever holds them.
  static std::list<std::shared_ptr<FutureStateBase>>& continued_futures(ActorBase& actor);
  static std::pair<std::uint32_t, std::uint32_t> start_timer(ActorBase& actor, Time first,
                                                             Message* message);
  static std::pair<std::uint32_t, std::uint32_t> start_periodic_timer(ActorBase& actor, Time first,
                                                                      Duration period,
                                                                      const MethodInfo* method);
  static bool cancel_timer(ActorBase& actor, std::uint32_t slot, std::uint32_t generation);

  static Random& random_of(const Activation& activation) { return activation.actor->random_; }

  // For a wait for several messages: goes on with a frame that waited, or with its failure.
  static void resume(Activation& activation, std::coroutine_handle<> frame) {
    run(activation, frame);
  }
  static void resume_failed(Activation& activation) {
    CurrentActivation scope(&activation);
    after_run(activation);
  }

  static void end_tick(const Activation& activation);

  // Hands on the outcome of a message's method.
  static void answer_failure(Activation& activation, absl::Status status);
  // The message to answer with, for the caller of this to construct the result in; null where
  // nobody waits for it.
  static Message* reply_ticket(Activation& activation);
  static void send_reply(Activation& activation, Message* reply);
  static void forward(Activation& activation, Message* call);
  // The answer comes later, by `put_off`.
  static void put_off(Activation& activation, PutOff& put_off);
  static void close(PutOff& put_off, PutOff::State state);
  // Sends a ticket with its result in it.
  static void send_late(ActorBase& actor, Message* reply);
  static void hand_on(ActorBase& actor, Message* ticket, std::int64_t deadline, CallChain* chain,
                      std::uint64_t cause, Message* call);
  static void answer_for(ActorBase& actor, Message* call, absl::Status status);

  // From now on the actor handles what `behavior` (which must stay; null: nothing special) says;
  // what waited is looked at again, before what is newer.
  static void become(ActorBase& actor, const Behavior* behavior);
  static const Behavior* behavior_of(const ActorBase& actor);
  static void wait_for(Activation&& starting, PromiseBase& root, void (*finish)(Activation&));

  // Runs the method of a call that has its turn.
  static void handle_call(ActorBase& actor, Message* message);

 private:
  static void open(Activation& activation, PendingCall& pending, Time now);
  friend class Life;
  friend class Mailboxes;
  friend struct SystemMethods;

  static void finish(ActorBase& actor, const Ending& ending);
  static void end(ActorBase& actor, const absl::Status& answer, const absl::Status& why);
  static void handle(ActorBase& actor, Message* message);
  static void handle_timer(ActorBase& actor, Message* message);
  static void complete(PendingCall& pending, Message* reply);
  static void run(Activation& activation, std::coroutine_handle<> frame);
  static void after_run(Activation& activation);
  static void leave(Activation& activation);
  static void drain(ActorBase& actor);
  static bool resume_one_until(ActorBase& actor);
  static void until_is_over(PendingCall& call);
  static bool is_for_holder(ActorBase& actor, const Message& message);
  static bool is_about_holder(ActorBase& actor, const Message& cancel);
  static Message* take_for_holder(ActorBase& actor);
  static void handle_cancel(ActorBase& actor, Message* message);
  static void tell_callee(PendingCall& pending);
  static bool closes_cycle(ActorBase& actor, const Message& message);
  static void refuse_cycle(ActorBase& actor, Message* message);
  static std::string describe_cycle(ActorBase& actor, const Message& message);
  static bool has_to_wait(ActorBase& actor, const Message& message);
  static void enqueue(ActorBase& actor, Message* message);
  static Message* dequeue(ActorBase& actor);
  template <class Predicate>
  static Message* dequeue_first(ActorBase& actor, Predicate is_meant);
  static void last_words(ActorBase& actor, const Ending& ending);
  static void schedule(ActorBase& actor, Time time, Message* message);
  static void invoke_on_start(ActorBase& actor, Message* message);
  static void invoke_continuation(ActorBase& actor, Message* message);
  static const MethodInfo& continuation_info();
  static void end_extras(ActorBase& actor, const absl::Status& why);
  static void wait_for_put_off(Activation& caller, Message* message);
  static void open(ActorBase& actor, PutOff& put_off, const MethodInfo* method, Message* ticket);
  static bool holds_back(ActorBase& actor, Message* message);

  friend const MethodInfo& on_start_info();
};

// Gives what a method returned to whoever waits for it.
template <class T>
void answer(Activation& activation, absl::StatusOr<Value<T>>&& result) {
  if (!result.ok()) {
    Turns::answer_failure(activation, std::move(result).status());
  } else if (Message* reply = Turns::reply_ticket(activation); reply != nullptr) {
    new (reply->payload()) Value<T>(*std::move(result));
    Turns::send_reply(activation, reply);
  }
}

template <class T>
void finish_root(Activation& activation) {
  auto& promise = static_cast<Promise<T>&>(*activation.root_promise);
  if (promise.delegated != nullptr) {
    Turns::forward(activation, std::exchange(promise.delegated, nullptr));
  } else {
    answer<T>(activation, std::move(promise.result));
  }
}

template <class T>
void settle(Activation& starting, Outcome<T> outcome) {
  using State = typename Outcome<T>::State;
  switch (outcome.state()) {
    case State::kValue:
      if (Message* reply = Turns::reply_ticket(starting); reply != nullptr) {
        new (reply->payload()) Value<T>(std::move(outcome.value()));
        Turns::send_reply(starting, reply);
      }
      break;
    case State::kFailure:
      Turns::answer_failure(starting, std::move(outcome.status()));
      break;
    case State::kDelegated:
      Turns::forward(starting, outcome.release_delegated().first);
      break;
    case State::kRunning: {
      PromiseBase* root = outcome.release_promise();
      Turns::wait_for(std::move(starting), *root, &finish_root<T>);
      return;
    }
    case State::kEmpty:
      Turns::answer_failure(starting, absl::InternalError("the method's result was moved away"));
      break;
  }
}

}  // namespace troupe::internal
