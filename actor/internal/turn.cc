// The turn engine: see turn.h for the rules.
#include "actor/internal/turn.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "actor/error.h"
#include "actor/internal/directory.h"
#include "actor/internal/life.h"
#include "actor/internal/mailbox.h"
#include "actor/note.h"
#include "actor/saved.h"
#include "actor/spawn.h"

namespace troupe {

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::kSpawn:
      return "spawn";
    case EventKind::kStop:
      return "stop";
    case EventKind::kCrash:
      return "crash";
    case EventKind::kSend:
      return "send";
    case EventKind::kCall:
      return "call";
    case EventKind::kReceive:
      return "receive";
    case EventKind::kTimer:
      return "timer";
    case EventKind::kReply:
      return "reply";
    case EventKind::kReturn:
      return "return";
    case EventKind::kTimeout:
      return "timeout";
    case EventKind::kFailure:
      return "failure";
    case EventKind::kDrop:
      return "drop";
    case EventKind::kNote:
      return "note";
  }
  return "?";
}

std::string_view to_string(DropReason reason) {
  switch (reason) {
    case DropReason::kLost:
      return "lost";
    case DropReason::kPartition:
      return "partition";
    case DropReason::kNoActor:
      return "no_actor";
    case DropReason::kHostDown:
      return "host_down";
    case DropReason::kLateReply:
      return "late_reply";
    case DropReason::kMalformed:
      return "malformed";
    case DropReason::kMailboxFull:
      return "mailbox_full";
    case DropReason::kCorrupted:
      return "corrupted";
    case DropReason::kCongested:
      return "congested";
    case DropReason::kCount:
      break;
  }
  return "?";
}

void Runtime::show_drop(const Message& message, DropReason reason) const {
  Event event;
  event.kind = EventKind::kDrop;
  event.time = now();
  event.actor = message.target;
  event.peer = message.sender;
  event.method = message.method;
  event.message = message.id;
  event.of_answer = message.kind == MessageKind::kReply || message.kind == MessageKind::kFailure;
  event.detail = to_string(reason);
  observer()->on_event(event);
}

ActorBase::~ActorBase() {
  if (runtime_ != nullptr && phase_ != Phase::kEnded) {
    internal::Turns::end(*this, absl::UnavailableError("the run is over"));
  }
}

namespace internal {

constinit thread_local Activation* current_activation = nullptr;

namespace {

std::string demangled(const std::type_info& type) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : type.name();
}

}  // namespace

absl::Status status_of_current_exception(const MethodInfo* method) {
  std::string type;
  std::string text;
  try {
    throw;
  } catch (const std::exception& error) {
    type = demangled(typeid(error));
    text = error.what();
  } catch (...) {
    const std::type_info* thrown = abi::__cxa_current_exception_type();
    type = thrown == nullptr ? "something" : demangled(*thrown);
  }
  absl::Status status =
      absl::UnknownError(absl::StrCat(method == nullptr ? "a method" : method->full_name(),
                                      " threw ", type, text.empty() ? "" : ": ", text));
  set_exception(status, type, text);
  return status;
}

// --- Slots --------------------------------------------------------------------------------------

SlotTable::~SlotTable() {
  for (std::uint32_t i = 0; i < size_; ++i) {
    if (slots_[i].what() == Kind::kPeriodicTimer) {
      delete static_cast<PeriodicTimer*>(slots_[i].object);
    }
  }
}

std::uint32_t SlotTable::add(Kind kind, void* object) {
  std::uint32_t place = free_;
  if (place != kNone) {
    free_ = slots_[place].next_free;
  } else {
    if (size_ == capacity_) {
      const std::uint32_t larger = capacity_ == 0 ? 2 : capacity_ * 2;
      auto moved = std::make_unique<Slot[]>(larger);
      std::copy(slots_.get(), slots_.get() + size_, moved.get());
      slots_ = std::move(moved);
      capacity_ = larger;
    }
    place = size_++;
  }
  Slot& slot = slots_[place];
  slot.object = object;
  slot.kind = static_cast<std::uint32_t>(kind);
  slot.generation = slot.generation + 1;
  if (slot.generation == 0) slot.generation = 1;
  return place;
}

void SlotTable::release(std::uint32_t place) {
  Slot& slot = slots_[place];
  if (slot.what() == Kind::kPeriodicTimer) delete static_cast<PeriodicTimer*>(slot.object);
  slot.object = nullptr;
  slot.kind = static_cast<std::uint32_t>(Kind::kFree);
  slot.next_free = free_;
  free_ = place;
}

// --- Waiting ------------------------------------------------------------------------------------

PendingCall::~PendingCall() {
  if (activation != nullptr) {
    // A sleep, whose message is still to come.
    if (method == nullptr && completed == nullptr && kind == WaitKind::kPlain) {
      ActorBase& actor = *activation->actor;
      actor.runtime().gave_up_timer(actor, slot, generation);
    }
    Turns::forget(*this);
  }
  if (reply != nullptr) Message::destroy(reply);
}

void begin_call(Activation& caller, PendingCall& pending, Message* message, Duration timeout) {
  Turns::call(caller, pending, message, timeout);
}

void begin_sleep(Activation& sleeper, PendingCall& pending, Time wake) {
  Turns::sleep(sleeper, pending, wake);
}

void Activation::end_tick() { Turns::end_tick(*this); }

const MethodInfo& on_start_info();

namespace {

// What the activation handles: its message, which it has until it waits or answers.
std::uint64_t message_of(const Activation& activation) {
  return activation.ticket == nullptr ? activation.message : activation.ticket->id;
}

std::uint64_t message_of_current_activation() {
  return current_activation == nullptr ? 0 : message_of(*current_activation);
}

// What follows shows events, where somebody observes. It stands apart from the functions that it
// belongs to, so that these cost nothing more where nobody does.

[[gnu::noinline, gnu::cold]] void show(const ActorBase& actor, Event event) {
  event.time = actor.runtime().now();
  event.actor = actor.id();
  actor.runtime().observer()->on_event(event);
}

// Gives the message its number, unless it has the one of the call that it hands on.
[[gnu::noinline, gnu::cold]] void show_departure(EventKind kind, const ActorBase& actor,
                                                 Message& message, std::uint64_t cause,
                                                 std::string_view detail) {
  if (message.id == 0) message.id = actor.runtime().next_message_id();
  show(actor, {.kind = kind,
               .peer = message.target,
               .method = message.method,
               .message = message.id,
               .cause = cause == message.id ? 0 : cause,
               .detail = detail});
}

[[gnu::noinline, gnu::cold]] void show_spawn(const ActorBase& actor, Message& start) {
  start.id = actor.runtime().next_message_id();
  show(actor, {.kind = EventKind::kSpawn,
               .peer = current_activation == nullptr ? ActorId() : current_activation->actor->id(),
               .message = start.id,
               .cause = message_of_current_activation(),
               .detail = actor.type().name});
}

[[gnu::noinline, gnu::cold]] void show_arrival(const ActorBase& actor, Message& message) {
  if (message.id == 0) message.id = actor.runtime().next_message_id();
  if (message.method == &on_start_info()) return;  // It belongs to the spawn, which has been seen.
  show(actor, {.kind = message.timer ? EventKind::kTimer : EventKind::kReceive,
               .peer = message.timer ? ActorId() : message.sender,
               .method = message.method,
               .message = message.id});
}

[[gnu::noinline, gnu::cold]] void show_failure(const ActorBase& actor, const Activation& activation,
                                               const absl::Status& status) {
  show(actor, {.kind = EventKind::kFailure,
               .method = activation.method,
               .message = message_of(activation),
               .status = status});
}

[[gnu::noinline, gnu::cold]] void show_answer(const ActorBase& actor, Message& answer) {
  Event event;
  event.kind = EventKind::kReply;
  event.peer = answer.target;
  event.method = answer.method;
  event.message = answer.id;
  if (answer.kind == MessageKind::kFailure) event.status = answer.payload_as<absl::Status>();
  show(actor, event);
}

// The end of a wait: with an answer, or with a deadline.
[[gnu::noinline, gnu::cold]] void show_return(const ActorBase& actor, const PendingCall& pending,
                                              Message& message) {
  Event event;
  event.peer = message.sender;
  event.method = message.method;
  event.message = message.id;
  event.cause = message_of(*pending.activation);
  if (message.kind == MessageKind::kFailure) event.status = message.payload_as<absl::Status>();
  if (message.timer) {
    event.kind = EventKind::kTimeout;
    show(actor, event);
  }
  if (message.method != nullptr) {
    event.kind = EventKind::kReturn;
    show(actor, event);
  }
}

}  // namespace

[[gnu::noinline, gnu::cold]] void show_note(const ActorBase& actor, std::string_view text) {
  show(actor, {.kind = EventKind::kNote, .cause = message_of_current_activation(), .detail = text});
}

namespace {

[[gnu::noinline, gnu::cold]] void show_stop(const ActorBase& actor, const Ending& ending) {
  show(actor, {.kind = EventKind::kStop,
               .peer = ending.by,
               .message = ending.message,
               .status = ending.why,
               .detail = actor.type().name});
}

}  // namespace

void Turns::one_way(Activation& sender, Message* message) {
  ActorBase& actor = *sender.actor;
  message->sender = actor.id_;
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    show_departure(EventKind::kSend, actor, *message, message_of(sender), {});
  }
  actor.runtime_->send(actor, message);
}

void Turns::stop(const ActorBase& sender, ActorId target) {
  Message* message = Message::create(MessageKind::kStop, nullptr, 0);
  message->target = target;
  message->sender = sender.id_;
  if (sender.runtime_->observer() != nullptr) [[unlikely]] {
    show_departure(EventKind::kSend, sender, *message, message_of_current_activation(), "stop");
  }
  sender.runtime_->send(sender, message);
}

void Turns::call(Activation& caller, PendingCall& pending, Message* message, Duration timeout) {
  ActorBase& actor = *caller.actor;
  Runtime& runtime = *actor.runtime_;
  const Time now = runtime.now();

  open(caller, pending, now);
  pending.method = message->method;
  pending.target = message->target;
  pending.cancels = false;

  message->sender = actor.id_;
  message->slot = pending.slot;
  message->generation = pending.generation;

  if (timeout == Duration::zero()) timeout = message->method->timeout;
  if (timeout == Duration::zero()) timeout = runtime.default_timeout();
  std::int64_t deadline = saturated_sum(now, timeout).time_since_epoch().count();
  if (caller.deadline < deadline) {
    deadline = caller.deadline;
    timeout = Duration::zero();
  }
  message->deadline = pending.deadline = deadline;
  if (Time(Duration(deadline)) < now) {
    // Whoever waits for this has gone: the call fails as soon as control is back.
    pending.unsent = true;
    pending.deadline = now.time_since_epoch().count();
    Message::destroy(message);
    runtime.watch_deadline(actor, pending.slot, pending.generation, now, Duration::zero());
    return;
  }

  pending.cancels = message->cancel_if_abandoned;
  // The call of a future is in the chain, too: whoever makes it may wait for it later.
  if (actor.holder_ == &caller || pending.kind == WaitKind::kFutureCall) {
    message->chain = new CallChain{.above = CallChain::retain(caller.chain),
                                   .actor = actor.id_,
                                   .slot = pending.slot,
                                   .generation = pending.generation,
                                   .method = caller.method};
  } else {
    message->chain = CallChain::retain(caller.chain);
  }
  if (message->kind == MessageKind::kPutOff) [[unlikely]] {
    if (deadline != Message::kNoDeadline) {
      runtime.watch_deadline(actor, pending.slot, pending.generation, Time(Duration(deadline)),
                             timeout);
    }
    wait_for_put_off(caller, message);
    return;
  }
  if (runtime.observer() != nullptr) [[unlikely]] {
    show_departure(EventKind::kCall, actor, *message, message_of(caller), {});
    pending.message = message->id;
  }
  if (deadline != Message::kNoDeadline) {
    runtime.watch_deadline(actor, pending.slot, pending.generation, Time(Duration(deadline)),
                           timeout);
  }
  runtime.send(actor, message);
}

// The activation waits for `pending` from now on.
void Turns::open(Activation& activation, PendingCall& pending, Time now) {
  ActorBase& actor = *activation.actor;
  pending.activation = &activation;
  pending.since = now.time_since_epoch().count();
  pending.slot = actor.slots_.add(SlotTable::Kind::kCall, &pending);
  pending.generation = actor.slots_[pending.slot].generation;
}

Message* Turns::wake_for(Activation& sleeper, PendingCall& pending, std::size_t payload_size) {
  ActorBase& actor = *sleeper.actor;
  open(sleeper, pending, actor.runtime_->now());
  Message* message = Message::create(MessageKind::kWake, nullptr, payload_size);
  message->target = message->sender = actor.id_;
  message->slot = pending.slot;
  message->generation = pending.generation;
  message->timer = true;
  return message;
}

void Turns::sleep(Activation& sleeper, PendingCall& pending, Time wake) {
  schedule(*sleeper.actor, wake, wake_for(sleeper, pending, 0));
}

void Turns::until(Activation& waiter, UntilWait& wait, Duration timeout) {
  timeout = std::max(timeout, Duration::zero());
  ActorBase& actor = *waiter.actor;
  if (actor.holder_ == &waiter) {
    wait.waiter->fail(absl::FailedPreconditionError(
        absl::StrCat("until() in ", waiter.method->full_name(),
                     ": the method keeps its actor's turn, so what it waits for can never become "
                     "true; make it Parallel")));
    return;
  }
  const Time now = actor.runtime_->now();
  open(waiter, wait, now);
  wait.completed = &Turns::until_is_over;
  UntilWait** end = &actor.untils_;
  while (*end != nullptr) end = &(*end)->next;
  *end = &wait;
  wait.registered = true;
  const Time own = saturated_sum(now, timeout);
  const std::int64_t deadline = std::min(own.time_since_epoch().count(), waiter.deadline);
  wait.deadline = deadline;
  if (deadline != Message::kNoDeadline) {
    actor.runtime_->watch_deadline(actor, wait.slot, wait.generation, Time(Duration(deadline)),
                                   Duration::zero());
  }
}

void Turns::forget(PendingCall& pending) {
  if (pending.cancels) [[unlikely]]
    tell_callee(pending);
  pending.activation->actor->slots_.release(pending.slot);
  pending.activation = nullptr;
}

// Nobody waits for the call any more: the callee stops working on it.
void Turns::tell_callee(PendingCall& pending) {
  const ActorBase& actor = *pending.activation->actor;
  Message* message = Message::create(MessageKind::kCancel, pending.method, 0);
  message->target = pending.target;
  message->sender = actor.id_;
  message->slot = pending.slot;
  message->generation = pending.generation;
  pending.cancels = false;
  actor.runtime_->send(actor, message);
}

void Turns::stop_looking(UntilWait& wait) {
  if (!wait.registered) return;
  UntilWait** link = &wait.waiter->activation->actor->untils_;
  while (*link != &wait) link = &(*link)->next;
  *link = wait.next;
  wait.registered = false;
}

// What is due at the end of time never happens.
void Turns::schedule(ActorBase& actor, Time time, Message* message) {
  if (time == kNever) {
    Message::destroy(message);
  } else {
    actor.runtime_->schedule(time, message);
  }
}

std::pair<std::uint32_t, std::uint32_t> Turns::start_timer(ActorBase& actor, Time first,
                                                           Message* message) {
  message->timer = true;
  message->target = message->sender = actor.id_;
  message->slot = actor.slots_.add(SlotTable::Kind::kTimer, nullptr);
  message->generation = actor.slots_[message->slot].generation;
  const std::pair<std::uint32_t, std::uint32_t> place(message->slot, message->generation);
  schedule(actor, first, message);
  return place;
}

std::pair<std::uint32_t, std::uint32_t> Turns::start_periodic_timer(ActorBase& actor, Time first,
                                                                    Duration period,
                                                                    const MethodInfo* method) {
  auto timer = std::make_unique<PeriodicTimer>(PeriodicTimer{.period = period, .method = method});
  Message* message = Message::create(MessageKind::kCall, method, method->payload_size);
  message->arguments_taken = true;  // There are none.
  message->timer = true;
  message->target = message->sender = actor.id_;
  message->slot = actor.slots_.add(SlotTable::Kind::kPeriodicTimer, timer.release());
  message->generation = actor.slots_[message->slot].generation;
  const std::pair<std::uint32_t, std::uint32_t> place(message->slot, message->generation);
  schedule(actor, first, message);
  return place;
}

bool Turns::cancel_timer(ActorBase& actor, std::uint32_t slot, std::uint32_t generation) {
  if (actor.slots_.find(slot, generation) == nullptr) return false;
  actor.slots_.release(slot);
  actor.runtime_->gave_up_timer(actor, slot, generation);
  return true;
}

void Turns::end_tick(const Activation& activation) {
  SlotTable::Slot* slot =
      activation.actor->slots_.find(activation.timer_slot, activation.timer_generation);
  if (slot != nullptr) static_cast<PeriodicTimer*>(slot->object)->busy = false;
}

// --- Futures ------------------------------------------------------------------------------------

namespace {

// The method's wait for a future is over: it goes on with the result, or without one.
void future_wait_is_over(PendingCall& call) {
  auto& wait = static_cast<FutureWait&>(call);
  Activation& activation = *wait.waiter->activation;
  const std::shared_ptr<FutureStateBase> state = wait.state;  // The wait may go with its frame.
  state->remove_wait(wait);
  if (wait.lent) state->lend_to(nullptr);
  if (!wait.takes_status) {
    absl::Status failure = wait.failed() ? wait.failure() : state->failure();
    if (!failure.ok()) {
      wait.waiter->fail(std::move(failure));
      Turns::resume_failed(activation);
      return;
    }
  }
  Turns::resume(activation, wait.waiter->handle);
}

}  // namespace

void Turns::wait_for_future(Activation& waiter, FutureWait& wait, Duration timeout) {
  timeout = std::max(timeout, Duration::zero());
  ActorBase& actor = *waiter.actor;
  const Time now = actor.runtime_->now();
  wait.activation = &waiter;
  wait.completed = &future_wait_is_over;
  wait.target = wait.state->callee();
  wait.since = now.time_since_epoch().count();
  wait.slot = actor.slots_.add(SlotTable::Kind::kCall, static_cast<PendingCall*>(&wait));
  wait.generation = actor.slots_[wait.slot].generation;
  wait.state->add_wait(wait);
  const std::int64_t deadline =
      std::min(saturated_sum(now, timeout).time_since_epoch().count(), waiter.deadline);
  wait.deadline = deadline;
  if (deadline != Message::kNoDeadline) {
    actor.runtime_->watch_deadline(actor, wait.slot, wait.generation, Time(Duration(deadline)),
                                   Duration::zero());
  }
}

void Turns::wake(FutureWait& wait) {
  ActorBase& actor = *wait.activation->actor;
  Message* message = Message::create(MessageKind::kWake, nullptr, 0);
  message->target = message->sender = actor.id_;
  message->slot = wait.slot;
  message->generation = wait.generation;
  message->timer = true;
  enqueue(actor, message);
}

Message* Turns::take_for_holder(ActorBase& actor) {
  if (actor.holder_ == nullptr) return nullptr;
  return dequeue_first(actor, [&](const Message& message) {
    return message.kind != MessageKind::kCancel && is_for_holder(actor, message);
  });
}

void Turns::serve_holder(ActorBase& actor) {
  while (Message* message = take_for_holder(actor)) handle(actor, message);
}

void Turns::refuse_cycles(ActorBase& actor) {
  while (Message* call = dequeue_first(
             actor, [&](const Message& message) { return closes_cycle(actor, message); })) {
    refuse_cycle(actor, call);
  }
}

const MethodInfo& Turns::continuation_info() {
  static constexpr MethodInfo kInfo = {
      .actor = "Future",
      .name = "then",
      .id = method_id("Future", "then"),
      .one_way = true,
      .payload_size = sizeof(std::unique_ptr<Continuation>),
      .invoke = &Turns::invoke_continuation,
      .destroy_arguments = &destroy<std::unique_ptr<Continuation>>,
  };
  return kInfo;
}

void Turns::continue_with(ActorBase& actor, std::unique_ptr<Continuation> continuation) {
  if (has_ended(actor)) return;
  const MethodInfo& info = continuation_info();
  Message* message = Message::create(MessageKind::kCall, &info, info.payload_size);
  new (message->payload()) std::unique_ptr<Continuation>(std::move(continuation));
  message->target = message->sender = actor.id_;
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    show_departure(EventKind::kSend, actor, *message, message_of_current_activation(), {});
  }
  actor.runtime_->send(actor, message);
}

void Turns::invoke_continuation(ActorBase& actor, Message* message) {
  Activation starting;
  starting.actor = &actor;
  starting.method = message->method;
  starting.ticket = message;
  CurrentActivation scope(&starting);
  Outcome<void> outcome{Nothing{}};
  try {
    message->payload_as<std::unique_ptr<Continuation>>()->run();
  } catch (...) {
    outcome = Outcome<void>(status_of_current_exception(message->method));
  }
  settle(starting, std::move(outcome));
}

std::list<std::shared_ptr<FutureStateBase>>& Turns::continued_futures(ActorBase& actor) {
  if (actor.extras_ == nullptr) actor.extras_ = std::make_unique<Extras>();
  return actor.extras_->continued;
}

// --- Life ---------------------------------------------------------------------------------------

void Turns::prepare(ActorBase& actor, SpawnOptions&& options) {
  if (options.name.empty() && options.mailbox.limit == 0) return;
  if (actor.extras_ == nullptr) actor.extras_ = std::make_unique<Extras>();
  actor.extras_->reserved_name = std::move(options.name);
  if (options.mailbox.limit != 0) Mailboxes::limit(actor, options.mailbox);
}

void Turns::place(ActorBase& actor, Runtime& runtime, ActorId id, Random random) {
  actor.runtime_ = &runtime;
  actor.id_ = id;
  actor.random_ = random;
  if (actor.extras_ != nullptr && !actor.extras_->reserved_name.empty()) {
    runtime.directory().fulfil(id.host, std::exchange(actor.extras_->reserved_name, {}), id,
                               actor.type());
  }
}

bool Turns::is_start(const Message& message) {
  return message.method == &on_start_info() && message.kind == MessageKind::kCall;
}

ActorBase* Turns::take_starting(Message& message) {
  return is_start(message) ? std::exchange(message.payload_as<ActorBase*>(), nullptr) : nullptr;
}

void Turns::invoke_on_start(ActorBase& actor, Message* message) {
  Activation starting;
  starting.actor = &actor;
  starting.method = message->method;
  starting.ticket = message;
  CurrentActivation scope(&starting);
  Outcome<void> outcome;
  try {
    outcome = actor.on_start();
  } catch (...) {
    outcome = Outcome<void>(status_of_current_exception(message->method));
  }
  settle(starting, std::move(outcome));
}

const MethodInfo& on_start_info() {
  static constexpr MethodInfo kInfo = {
      .actor = "",
      .name = "on_start",
      .id = method_id("", "on_start"),
      .one_way = true,
      .invoke = &Turns::invoke_on_start,
      .destroy_arguments = [](void*) {},
  };
  return kInfo;
}

Message* Turns::start_message(ActorBase& actor) {
  Message* message = Message::create(MessageKind::kCall, &on_start_info(), sizeof(ActorBase*));
  new (message->payload()) ActorBase*(&actor);
  message->target = message->sender = actor.id_;
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    show_spawn(actor, *message);
  }
  return message;
}

// The answer to a call that the actor itself will not give.
void Turns::answer_for(ActorBase& actor, Message* call, absl::Status status) {
  Runtime& runtime = *actor.runtime_;
  call->turn_into_failure(actor.id_, std::move(status));
  if (runtime.observer() != nullptr) [[unlikely]] {
    show_answer(actor, *call);
  }
  runtime.send(actor, call);
}

// The last hook, as a method that has no message.
void Turns::last_words(ActorBase& actor, const Ending& ending) {
  static constexpr MethodInfo kInfo = {
      .actor = "", .name = "on_stop", .id = method_id("", "on_stop"), .one_way = true};
  Activation stopping;
  stopping.actor = &actor;
  stopping.method = &kInfo;
  CurrentActivation scope(&stopping);
  try {
    if (ending.why.ok()) {
      actor.on_stop();
    } else if (!ending.failed.empty()) {
      actor.on_failure(ending.failed, ending.why);
    }
  } catch (...) {
    answer_failure(stopping, status_of_current_exception(nullptr));
  }
}

void Turns::end_extras(ActorBase& actor, const absl::Status& why) {
  while (actor.extras_->put_offs != nullptr) {
    PutOff& put_off = *actor.extras_->put_offs;
    Message* ticket = std::exchange(put_off.ticket, nullptr);
    close(put_off, PutOff::State::kEnded);
    if (ticket != nullptr) answer_for(actor, ticket, why);
  }
  become(actor, nullptr);
}

void Turns::request_end(ActorBase& actor, Ending ending) {
  if (actor.phase_ != ActorBase::Phase::kAlive) return;
  actor.phase_ = ActorBase::Phase::kEnding;
  Life::bonds_of(actor).ending = std::move(ending);
}

// Everything that the end of an actor takes, where its own world goes on.
void Turns::finish(ActorBase& actor, const Ending& ending) {
  Runtime& runtime = *actor.runtime_;
  actor.phase_ = ActorBase::Phase::kEnding;
  last_words(actor, ending);
  if (runtime.observer() != nullptr) show_stop(actor, ending);
  absl::Status answer;
  if (actor.activations_ != nullptr || actor.queue_ != nullptr || actor.extras_ != nullptr) {
    // Somebody may be told. Mostly nobody is, and a text costs more than the actor.
    const std::string name = runtime.name_of(actor.id_);
    answer = absl::NotFoundError(ending.why.ok()
                                     ? absl::StrCat(name, " has stopped")
                                     : absl::StrCat(name, " has ended: ", to_string(ending.why)));
  }
  end(actor, answer, ending.why);
  runtime.retire(actor);
}

void Turns::end(ActorBase& actor, const absl::Status& why) { end(actor, why, why); }

// Callers get `answer`; those who watch the actor get `why`.
void Turns::end(ActorBase& actor, const absl::Status& answer, const absl::Status& why) {
  if (has_ended(actor)) return;
  if (actor.extras_ != nullptr && actor.extras_->saved != nullptr) Disk::store(actor);
  actor.phase_ = ActorBase::Phase::kEnded;
  Runtime& runtime = *actor.runtime_;
  runtime.forget(actor.id_);
  Mailboxes::end(actor);
  actor.holder_ = nullptr;
  if (actor.extras_ != nullptr) end_extras(actor, answer);
  while (actor.activations_ != nullptr) {
    Activation* activation = actor.activations_;
    actor.activations_ = activation->next;
    {
      CurrentActivation scope(activation);  // Destructors of locals may send messages.
      activation->root_promise->destroy_children();
      activation->root.destroy();
    }
    if (Message* ticket = std::exchange(activation->ticket, nullptr); ticket != nullptr) {
      answer_for(actor, ticket, answer);
    }
    delete activation;
  }
  if (actor.extras_ != nullptr) Life::announce(actor, why);
  // Calls that are not a frame's, but somebody's outside: they never get their answer.
  for (std::uint32_t i = 0; i < actor.slots_.size(); ++i) {
    const SlotTable::Kind what = actor.slots_[i].what();
    if (what == SlotTable::Kind::kCall) {
      forget(*static_cast<PendingCall*>(actor.slots_[i].object));
    } else if (what != SlotTable::Kind::kFree) {
      runtime.gave_up_timer(actor, i, actor.slots_[i].generation);
    }
  }
  if (actor.extras_ != nullptr) {
    for (const auto& future : std::exchange(actor.extras_->continued, {})) {
      future->drop_continuations();
    }
  }
  while (actor.queue_ != nullptr) {
    Message* message = dequeue(actor);
    if (Life::answer_at_end(actor, message, why)) continue;
    if (message->kind == MessageKind::kCall && message->wants_reply()) {
      answer_for(actor, message, answer);
    } else {
      if (!message->timer && message->kind != MessageKind::kStop &&
          message->kind != MessageKind::kCancel) {
        runtime.note_drop(*message, DropReason::kNoActor);
      }
      Message::destroy(message);
    }
  }
}

// --- Messages -----------------------------------------------------------------------------------

namespace {

// `last` is the last of a ring.
void append(Message*& last, Message* message) {
  if (last == nullptr) {
    message->next = message;
  } else {
    message->next = last->next;
    last->next = message;
  }
  last = message;
}

}  // namespace

void Turns::enqueue(ActorBase& actor, Message* message) { append(actor.queue_, message); }

Message* Turns::dequeue(ActorBase& actor) {
  Message* first = actor.queue_->next;
  if (first == actor.queue_) {
    actor.queue_ = nullptr;
  } else {
    actor.queue_->next = first->next;
  }
  first->next = nullptr;
  if (first->from_afar) [[unlikely]]
    actor.runtime_->waits_no_more(*first);
  if (actor.extras_ != nullptr) Mailboxes::left(actor, *first);
  return first;
}

// Takes the first message of the queue that is meant out of it; null where there is none.
template <class Predicate>
Message* Turns::dequeue_first(ActorBase& actor, Predicate is_meant) {
  if (actor.queue_ == nullptr) return nullptr;
  Message* before = actor.queue_;
  do {
    Message* at = before->next;
    if (is_meant(*at)) {
      before->next = at->next;
      if (at == actor.queue_) actor.queue_ = at == before ? nullptr : before;
      at->next = nullptr;
      if (at->from_afar) [[unlikely]]
        actor.runtime_->waits_no_more(*at);
      if (actor.extras_ != nullptr) Mailboxes::left(actor, *at);
      return at;
    }
    before = at;
  } while (before != actor.queue_);
  return nullptr;
}

std::size_t Turns::queue_length(const ActorBase& actor) {
  if (actor.queue_ == nullptr) return 0;
  std::size_t length = 1;
  for (Message* at = actor.queue_->next; at != actor.queue_; at = at->next) ++length;
  return length;
}

// An answer that the method which keeps the turn waits for; or an answer that nobody waits for.
bool Turns::is_for_holder(ActorBase& actor, const Message& message) {
  if (message.kind == MessageKind::kCall || message.kind == MessageKind::kStop) return false;
  if (message.kind == MessageKind::kCancel) return is_about_holder(actor, message);
  SlotTable::Slot* slot = actor.slots_.find(message.slot, message.generation);
  return slot == nullptr || static_cast<PendingCall*>(slot->object)->activation == actor.holder_;
}

bool Turns::closes_cycle(ActorBase& actor, const Message& message) {
  if (message.kind != MessageKind::kCall) return false;
  for (const CallChain* caller = message.chain; caller != nullptr; caller = caller->above) {
    if (caller->actor != actor.id_) continue;
    const SlotTable::Slot* slot = actor.slots_.find(caller->slot, caller->generation);
    // The call of a future is open also while nobody waits for it.
    if (slot != nullptr &&
        static_cast<const PendingCall*>(slot->object)->activation == actor.holder_) {
      return true;
    }
  }
  return false;
}

// "Left.ask of Left@n1 -> Right.answer of Right@n2 -> Left.confirm".
std::string Turns::describe_cycle(ActorBase& actor, const Message& message) {
  std::string path;
  for (const CallChain* caller = message.chain; caller != nullptr; caller = caller->above) {
    const std::string step =
        absl::StrCat(caller->method->full_name(), " of ", actor.runtime_->name_of(caller->actor));
    path = absl::StrCat(step, path.empty() ? "" : " -> ", path);
    if (caller->actor == actor.id_) break;
  }
  return absl::StrCat("call cycle: ", path, " -> ", message.method->full_name(), " of ",
                      actor.runtime_->name_of(actor.id_),
                      ", which waits for this call and keeps its turn; make the first method "
                      "Parallel, or do not call back");
}

void Turns::refuse_cycle(ActorBase& actor, Message* message) {
  const std::string cycle = describe_cycle(actor, *message);
  answer_for(actor, message, absl::FailedPreconditionError(cycle));
}

// Of an actor whose turn is kept, or that is muted.
bool Turns::has_to_wait(ActorBase& actor, const Message& message) {
  return actor.holder_ != nullptr ? !is_for_holder(actor, message)
                                  : Mailboxes::waits_for_unmuting(message);
}

void Turns::let_wait(ActorBase& actor, Message* message) {
  if (message->of_system() &&
      (Life::overtakes(actor, *message) || Mailboxes::overtakes(*message))) {
    handle(actor, message);
  } else if (message->chain != nullptr && closes_cycle(actor, *message)) {
    refuse_cycle(actor, message);
  } else {
    const bool lifts = actor.muted_ && message->chain != nullptr;
    if (message->from_afar && !actor.runtime_->may_wait(*message)) [[unlikely]] {
      Mailboxes::refuse(actor, message, "as much of that host as may waits for the turn it keeps");
    } else if (Mailboxes::admit(actor, message)) {
      enqueue(actor, message);
    }
    if (lifts) Mailboxes::lift(actor);
  }
}

void Turns::receive(ActorBase& actor, Message* message) {
  if ((actor.holder_ != nullptr || actor.muted_) && has_to_wait(actor, *message)) {
    let_wait(actor, message);
    if (actor.holder_ != nullptr) return;
  } else {
    handle(actor, message);
  }
  drain(actor);
}

bool Turns::is_limited(const ActorBase& actor) {
  return actor.extras_ != nullptr && Mailboxes::is_limited(actor);
}

// After a message: what has become true, then what has queued.
void Turns::drain(ActorBase& actor) {
  while (actor.phase_ == ActorBase::Phase::kAlive && actor.holder_ == nullptr) {
    if (actor.untils_ != nullptr && resume_one_until(actor)) continue;
    if (actor.queue_ == nullptr || actor.muted_) return;
    handle(actor, dequeue(actor));
  }
  if (actor.phase_ == ActorBase::Phase::kEnding) [[unlikely]] {
    finish(actor, Ending(actor.extras_->bonds.ending));
  }
}

bool Turns::resume_one_until(ActorBase& actor) {
  for (UntilWait* wait = actor.untils_; wait != nullptr; wait = wait->next) {
    Activation& activation = *wait->activation;
    CurrentActivation scope(&activation);
    absl::Status failure;
    try {
      if (!wait->ready(*wait)) continue;
    } catch (...) {
      failure = status_of_current_exception(activation.method);
    }
    stop_looking(*wait);
    forget(*wait);
    if (failure.ok()) {
      run(activation, wait->waiter->handle);
    } else {
      wait->waiter->fail(std::move(failure));
      after_run(activation);
    }
    return true;
  }
  return false;
}

// The deadline of an until() has passed: its frame fails.
void Turns::until_is_over(PendingCall& call) {
  auto& wait = static_cast<UntilWait&>(call);
  Activation& activation = *wait.waiter->activation;
  stop_looking(wait);
  wait.waiter->fail(wait.failure());
  resume_failed(activation);
}

void Turns::handle(ActorBase& actor, Message* message) {
  switch (message->kind) {
    case MessageKind::kCall:
      if (message->timer) {
        handle_timer(actor, message);
      } else {
        handle_call(actor, message);
      }
      return;
    case MessageKind::kReply:
    case MessageKind::kFailure:
    case MessageKind::kWake: {
      SlotTable::Slot* slot = actor.slots_.find(message->slot, message->generation);
      if (slot == nullptr) {
        // A deadline that passed while the answer waited for the turn is nothing that was lost.
        if (!message->timer) actor.runtime_->note_drop(*message, DropReason::kLateReply);
        Message::destroy(message);
        return;
      }
      auto& pending = *static_cast<PendingCall*>(slot->object);
      if (actor.runtime_->observer() != nullptr && message->kind != MessageKind::kWake)
          [[unlikely]] {
        show_return(actor, pending, *message);
      }
      complete(pending, message);
      return;
    }
    case MessageKind::kCancel:
      handle_cancel(actor, message);
      return;
    case MessageKind::kPutOff:
      break;
    case MessageKind::kStop: {
      const Ending ending{.why = {}, .failed = {}, .by = message->sender, .message = message->id};
      Message::destroy(message);
      finish(actor, ending);
      return;
    }
  }
}

namespace {

// Whether `call` is the one that `cancel` is about.
bool is_same_call(const Message& call, const Message& cancel) {
  return call.kind == MessageKind::kCall && !call.timer && call.sender == cancel.sender &&
         call.slot == cancel.slot && call.generation == cancel.generation;
}

}  // namespace

// Whether it can be handled at once although a method keeps the turn: it is about that method, or
// about one that has not begun. Else locals would end within that method's turn.
bool Turns::is_about_holder(ActorBase& actor, const Message& cancel) {
  for (const Activation* at = actor.activations_; at != nullptr; at = at->next) {
    if (at->ticket != nullptr && is_same_call(*at->ticket, cancel)) return at == actor.holder_;
  }
  return true;
}

void Turns::handle_cancel(ActorBase& actor, Message* message) {
  const MessagePtr owned(message);
  if (Message* call = dequeue_first(
          actor, [&](const Message& queued) { return is_same_call(queued, *message); })) {
    Message::destroy(call);
    return;
  }
  Activation* activation = actor.activations_;
  while (activation != nullptr &&
         (activation->ticket == nullptr || !is_same_call(*activation->ticket, *message))) {
    activation = activation->next;
  }
  if (activation == nullptr) return;  // It has been answered, or handed on.
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    show_failure(actor, *activation, absl::CancelledError("nobody waits for the answer any more"));
  }
  {
    CurrentActivation scope(activation);  // Destructors of locals may send messages.
    activation->root_promise->destroy_children();
    activation->root.destroy();
  }
  leave(*activation);
}

void Turns::handle_timer(ActorBase& actor, Message* message) {
  SlotTable::Slot* slot = actor.slots_.find(message->slot, message->generation);
  if (slot == nullptr) {  // cancelled
    Message::destroy(message);
    return;
  }
  if (slot->what() == SlotTable::Kind::kTimer) {
    actor.slots_.release(message->slot);
    message->generation = 0;
    handle_call(actor, message);
    return;
  }
  auto& timer = *static_cast<PeriodicTimer*>(slot->object);
  Message* next = Message::create(MessageKind::kCall, timer.method, timer.method->payload_size);
  next->arguments_taken = true;
  next->timer = true;
  next->target = next->sender = actor.id_;
  next->slot = message->slot;
  next->generation = message->generation;
  // At a fixed rate; ticks that the actor was too busy for are left out.
  const Time now = actor.runtime_->now();
  const Duration period =
      std::max(actor.runtime_->true_span(actor.id_.host, timer.period), Duration(1));
  Time date = saturated_sum(Time(Duration(message->time)), period);
  if (date <= now) date = saturated_sum(date, period * ((now - date) / period + 1));
  schedule(actor, date, next);
  if (timer.busy) {
    Message::destroy(message);
    return;
  }
  timer.busy = true;
  handle_call(actor, message);
}

void Turns::handle_call(ActorBase& actor, Message* message) {
  if (actor.extras_ != nullptr && actor.extras_->behavior != nullptr) [[unlikely]] {
    if (holds_back(actor, message)) return;
  }
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    show_arrival(actor, *message);
  }
  if (actor.diverts_calls_) [[unlikely]] {
    actor.take_call(message);
    return;
  }
  message->method->invoke(actor, message);
}

void Turns::complete(PendingCall& pending, Message* reply) {
  Activation& activation = *pending.activation;
  if (!reply->timer) pending.cancels = false;  // It is an answer and not the deadline.
  forget(pending);
  pending.reply = reply;
  if (pending.completed != nullptr) {
    pending.completed(pending);
  } else if (reply->kind == MessageKind::kFailure && !pending.takes_status) {
    pending.waiter->fail(reply->payload_as<absl::Status>());
    CurrentActivation scope(&activation);
    after_run(activation);
  } else {
    run(activation, pending.waiter->handle);
  }
}

void Turns::expire(ActorBase& actor, std::uint32_t slot, std::uint32_t generation) {
  SlotTable::Slot* found = actor.slots_.find(slot, generation);
  if (found == nullptr) return;
  auto& pending = *static_cast<PendingCall*>(found->object);
  const Duration waited = actor.runtime_->now() - Time(Duration(pending.since));
  std::string text;
  if (pending.kind == WaitKind::kFuture) {
    const auto& wait = static_cast<const FutureWait&>(pending);
    text = absl::StrCat(wait.state->describe(), " within ", to_string(waited));
    const std::string reason = wait.target ? actor.runtime_->explain(pending) : "";
    if (!reason.empty()) absl::StrAppend(&text, "; ", reason);
  } else if (pending.method == nullptr) {
    text = absl::StrCat("what until() waited for did not become true within ", to_string(waited));
  } else if (pending.unsent) {
    text =
        absl::StrCat(pending.method->full_name(), " of ", actor.runtime_->name_of(pending.target),
                     " was not called: the deadline of ", pending.activation->method->full_name(),
                     " had passed");
  } else {
    text =
        absl::StrCat(pending.method->full_name(), " of ", actor.runtime_->name_of(pending.target),
                     " did not answer within ", to_string(waited));
    const std::string reason = actor.runtime_->explain(pending);
    if (!reason.empty()) absl::StrAppend(&text, "; ", reason);
  }
  pending.deadline = Message::kNoDeadline;  // It expires once, also where that has to queue.
  const MethodInfo* method = pending.method;
  Message* message = Message::create(MessageKind::kFailure, method, sizeof(absl::Status));
  new (message->payload()) absl::Status(absl::StatusCode::kDeadlineExceeded, text);
  message->target = actor.id_;
  message->sender = pending.target;
  message->slot = slot;
  message->generation = generation;
  message->timer = true;  // Not an answer: when one is handled before it, this is nothing.
  message->id = pending.message;
  receive(actor, message);
}

Time Turns::expire_due(ActorBase& actor, Time now) {
  struct Due {
    std::int64_t deadline;
    std::int64_t since;
    std::uint32_t slot;
    std::uint32_t generation;
    auto operator<=>(const Due&) const = default;
  };
  const std::int64_t limit = now.time_since_epoch().count();
  std::vector<Due> due;
  for (std::uint32_t i = 0; i < actor.slots_.size(); ++i) {
    if (actor.slots_[i].what() != SlotTable::Kind::kCall) continue;
    const auto& pending = *static_cast<PendingCall*>(actor.slots_[i].object);
    if (pending.deadline <= limit) {
      due.push_back({pending.deadline, pending.since, i, actor.slots_[i].generation});
    }
  }
  std::sort(due.begin(), due.end());
  for (const Due& one : due) {
    if (has_ended(actor)) return kNever;
    expire(actor, one.slot, one.generation);
  }
  return next_deadline(actor);
}

Time Turns::next_deadline(ActorBase& actor) {
  std::int64_t next = Message::kNoDeadline;
  for (std::uint32_t i = 0; i < actor.slots_.size(); ++i) {
    if (actor.slots_[i].what() != SlotTable::Kind::kCall) continue;
    next = std::min(next, static_cast<PendingCall*>(actor.slots_[i].object)->deadline);
  }
  return Time(Duration(next));
}

// --- Running ------------------------------------------------------------------------------------

void Turns::wait_for(Activation&& starting, PromiseBase& root, void (*finish)(Activation&)) {
  ActorBase& actor = *starting.actor;
  auto* activation = new Activation;
  activation->actor = starting.actor;
  activation->method = starting.method;
  activation->deadline = starting.deadline;
  activation->chain = std::exchange(starting.chain, nullptr);
  activation->message = message_of(starting);
  activation->sender = starting.sender;
  activation->timer_slot = starting.timer_slot;
  activation->timer_generation = std::exchange(starting.timer_generation, 0);
  if (starting.ticket != nullptr && starting.ticket->wants_reply()) {
    activation->ticket = std::exchange(starting.ticket, nullptr);
  }
  activation->root = root.handle;
  activation->root_promise = &root;
  activation->finish = finish;
  activation->next = actor.activations_;
  if (activation->next != nullptr) activation->next->previous = activation;
  actor.activations_ = activation;
  root.activation = activation;
  if (!activation->method->parallel) actor.holder_ = activation;
  run(*activation, root.handle);
}

void Turns::run(Activation& activation, std::coroutine_handle<> frame) {
  CurrentActivation scope(&activation);
  frame.resume();
  after_run(activation);
}

// Control is back: unwinds frames that failed, and ends the activation if its root is done.
void Turns::after_run(Activation& activation) {
  while (activation.failed != nullptr) {
    PromiseBase* frame = std::exchange(activation.failed, nullptr);
    frame->destroy_children();
    if (frame->parent == nullptr) {
      const absl::Status failure = std::move(activation.failure);
      activation.root.destroy();
      activation.root = nullptr;
      answer_failure(activation, failure);
      leave(activation);
      return;
    }
    if (frame->parent_takes_status) {
      frame->set_failure(std::exchange(activation.failure, absl::OkStatus()));
      frame->parent->handle.resume();
    } else {
      activation.failed = frame->parent;
    }
  }
  if (activation.root.done()) {
    activation.finish(activation);
    activation.root.destroy();
    leave(activation);
  }
}

void Turns::leave(Activation& activation) {
  ActorBase& actor = *activation.actor;
  if (actor.holder_ == &activation) actor.holder_ = nullptr;
  if (activation.previous != nullptr) {
    activation.previous->next = activation.next;
  } else {
    actor.activations_ = activation.next;
  }
  if (activation.next != nullptr) activation.next->previous = activation.previous;
  delete &activation;
}

// --- Outcomes -----------------------------------------------------------------------------------

Message* Turns::reply_ticket(Activation& activation) {
  Message* ticket = std::exchange(activation.ticket, nullptr);
  if (ticket == nullptr || ticket->wants_reply()) return ticket;
  Message::destroy(ticket);
  return nullptr;
}

void Turns::send_reply(Activation& activation, Message* reply) {
  ActorBase& actor = *activation.actor;
  reply->turn_around(MessageKind::kReply, actor.id_);
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    show_answer(actor, *reply);
  }
  actor.runtime_->send(actor, reply);
}

void Turns::answer_failure(Activation& activation, absl::Status status) {
  ActorBase& actor = *activation.actor;
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    show_failure(actor, activation, status);
  }
  const MethodInfo& method = *activation.method;
  const std::uint64_t id = message_of(activation);
  Message* ticket = reply_ticket(activation);
  const bool one_way = ticket == nullptr;
  if (one_way) {
    actor.runtime_->note_failure(actor, method, status);
  } else {
    set_origin(status, actor.id_, method);
    answer_for(actor, ticket, status);
  }
  bool fatal = &method == &on_start_info() ||
               (one_way && actor.extras_ != nullptr && actor.extras_->bonds.let_it_crash);
  try {
    fatal = fatal || actor.is_fatal(method.name, status);
    if (one_way || fatal) actor.on_failure(method.name, status);
  } catch (...) {
    actor.runtime_->note_failure(actor, method, status_of_current_exception(nullptr));
  }
  if (fatal) {
    request_end(actor, {.why = std::move(status), .failed = {}, .by = actor.id_, .message = id});
  }
}

void Turns::forward(Activation& activation, Message* call) {
  if (call->kind == MessageKind::kPutOff) {
    put_off(activation, PutOff::of(*call));
    Message::destroy(call);
    return;
  }
  ActorBase& actor = *activation.actor;
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    activation.message = message_of(activation);  // It stays when its ticket goes.
  }
  hand_on(actor, reply_ticket(activation), activation.deadline,
          std::exchange(activation.chain, nullptr), message_of(activation), call);
}

// Sends `call`, whose answer is that of `ticket`.
void Turns::hand_on(ActorBase& actor, Message* ticket, std::int64_t deadline, CallChain* chain,
                    std::uint64_t cause, Message* call) {
  call->sender = actor.id_;
  if (ticket != nullptr) {
    call->sender = ticket->sender;
    call->slot = ticket->slot;
    call->generation = ticket->generation;
    call->deadline = deadline;
    call->chain = chain;
    call->id = ticket->id;
    Message::destroy(ticket);
  } else {
    CallChain::release(chain);
  }
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    show_departure(call->wants_reply() ? EventKind::kCall : EventKind::kSend, actor, *call, cause,
                   "delegated");
  }
  actor.runtime_->send(actor, call);
}

// --- Answers that come later --------------------------------------------------------------------

void Turns::put_off(Activation& activation, PutOff& put_off) {
  put_off.chain = std::exchange(activation.chain, nullptr);
  open(*activation.actor, put_off, activation.method, reply_ticket(activation));
}

// An own method waits for an answer that was put off: the message becomes the ticket of its call.
void Turns::wait_for_put_off(Activation& caller, Message* message) {
  PutOff& put_off = PutOff::of(*message);
  message->kind = MessageKind::kCall;
  message->arguments_taken = true;
  put_off.chain = std::exchange(message->chain, nullptr);
  open(*caller.actor, put_off, caller.method, message);
  PutOff::release(&put_off);
}

void Turns::open(ActorBase& actor, PutOff& put_off, const MethodInfo* method, Message* ticket) {
  if (actor.extras_ == nullptr) actor.extras_ = std::make_unique<Extras>();
  put_off.state = PutOff::State::kOpen;
  put_off.actor = &actor;
  put_off.method = method;
  put_off.ticket = ticket;
  put_off.next = actor.extras_->put_offs;
  if (put_off.next != nullptr) put_off.next->previous = &put_off;
  actor.extras_->put_offs = &put_off;
  if (put_off.references == 1) put_off.abandon();  // Its responder has gone already.
}

void Turns::close(PutOff& put_off, PutOff::State state) {
  if (put_off.previous != nullptr) {
    put_off.previous->next = put_off.next;
  } else {
    put_off.actor->extras_->put_offs = put_off.next;
  }
  if (put_off.next != nullptr) put_off.next->previous = put_off.previous;
  put_off.previous = put_off.next = nullptr;
  put_off.state = state;
  put_off.actor = nullptr;
}

void Turns::send_late(ActorBase& actor, Message* reply) {
  reply->turn_around(MessageKind::kReply, actor.id_);
  if (actor.runtime_->observer() != nullptr) [[unlikely]] {
    show_answer(actor, *reply);
  }
  actor.runtime_->send(actor, reply);
}

// --- Behavior -----------------------------------------------------------------------------------

void Turns::become(ActorBase& actor, const Behavior* behavior) {
  if (actor.extras_ == nullptr) actor.extras_ = std::make_unique<Extras>();
  Extras& extras = *actor.extras_;
  extras.behavior = behavior;
  Message* stash = std::exchange(extras.stash, nullptr);
  if (stash == nullptr) return;
  if (actor.queue_ == nullptr) {
    actor.queue_ = stash;
  } else {
    std::swap(stash->next, actor.queue_->next);  // Two rings become one, the stash in front.
  }
  Mailboxes::recount(actor);
}

const Behavior* Turns::behavior_of(const ActorBase& actor) {
  return actor.extras_ == nullptr ? nullptr : actor.extras_->behavior;
}

// Whether the actor's behavior lets the message wait, or refuses it. Then it has been taken.
bool Turns::holds_back(ActorBase& actor, Message* message) {
  const Behavior& behavior = *actor.extras_->behavior;
  const bool of_engine = message->method == &on_start_info() || message->of_system();
  if (of_engine || behavior.allows(*message)) return false;
  if (behavior.others_wait) {
    message->from_afar = false;  // It has had its turn, and waits by the actor's own will.
    append(actor.extras_->stash, message);
    return true;
  }
  if (actor.runtime_->observer() != nullptr) show_arrival(actor, *message);
  Activation refused;
  refused.actor = &actor;
  refused.method = message->method;
  refused.ticket = message;
  if (message->timer) {
    refused.timer_slot = message->slot;
    refused.timer_generation = message->generation;
  }
  CurrentActivation scope(&refused);
  answer_failure(
      refused, absl::FailedPreconditionError(absl::StrCat(message->method->full_name(), " of ",
                                                          actor.runtime_->name_of(actor.id_),
                                                          " is refused in state ", behavior.name)));
  return true;
}

std::vector<OpenCall> Turns::open_calls(ActorBase& actor) {
  std::vector<OpenCall> calls;
  for (std::uint32_t i = 0; i < actor.slots_.size(); ++i) {
    if (actor.slots_[i].what() != SlotTable::Kind::kCall) continue;
    const auto& pending = *static_cast<PendingCall*>(actor.slots_[i].object);
    if (actor.extras_ != nullptr && pending.activation == &actor.extras_->bonds.background) {
      continue;  // A watch: nobody waits in it.
    }
    calls.push_back({.caller = actor.id_,
                     .caller_method = pending.activation->method,
                     .callee = pending.target,
                     .method = pending.method,
                     .since = Time(Duration(pending.since)),
                     .keeps_turn = pending.activation == actor.holder_});
  }
  return calls;
}

}  // namespace internal
}  // namespace troupe
