// Actor<A>: the base class of every actor, and all that an algorithm's author needs.
//
//   ACTOR_METHODS(Counter, add, total)
//
//   class Counter : public Actor<Counter> {
//    public:
//     Async add(int amount) {
//       total_ += amount;
//       return {};
//     }
//     Sync<int> total() { return total_; }
//
//    private:
//     int total_ = 0;
//   };
//
// At most one piece of an actor's code runs at any instant. Time, randomness and identity come
// from the actor itself: now(), sleep(), every(), after(), random(), self(). Take nothing from the
// real clock, threads or the network, or the algorithm is no longer the same in the simulator.
//
// The constructor gets what spawn() was given; self() and everything below work from on_start() on.
#pragma once

#include "actor/internal/compiler.h"
// The compiler is looked at before anything else.

#include <array>
#include <concepts>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/address.h"
#include "actor/call.h"
#include "actor/codec.h"
#include "actor/dead_letter.h"
#include "actor/error.h"
#include "actor/exit.h"
#include "actor/future.h"
#include "actor/group.h"
#include "actor/handlers.h"
#include "actor/internal/actor_base.h"
#include "actor/internal/actor_type.h"
#include "actor/internal/life.h"
#include "actor/internal/turn.h"
#include "actor/life.h"
#include "actor/method.h"
#include "actor/names.h"
#include "actor/note.h"
#include "actor/random.h"
#include "actor/ref.h"
#include "actor/reply.h"
#include "actor/retry.h"
#include "actor/saved.h"
#include "actor/spawn.h"
#include "actor/stopwatch.h"
#include "actor/time.h"

namespace troupe {

// A timer of one actor; ends with it.
struct Timer {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // 0: none
};

namespace internal {

// A timer or spawn was asked for before on_start().
[[noreturn]] void used_before_start(std::string_view what);

// Not constexpr: reaching it while compiling is the error.
void the_method_is_not_listed_in_ACTOR_METHODS();

// A pointer to an Async method, checked while compiling: what every() and after() call.
template <class A, class... Arguments>
class TimerMethod {
 public:
  template <class Method>
  consteval TimerMethod(Method method) {
    using Traits = MethodTraits<Method>;
    if constexpr (Traits::check()) {
      constexpr bool kOneWay = Traits::Return::kOneWay;
      static_assert(kOneWay,
                    "A timer calls an Async or Parallel<Async> method: nobody waits for it.");
      constexpr bool kFit = Fits<typename Traits::Arguments, Arguments...>::value;
      static_assert(kFit, "The arguments after the method do not fit its parameters.");
      if constexpr (kFit) {
        info = find_listed<A>(method);
        if (info == nullptr) the_method_is_not_listed_in_ACTOR_METHODS();
        construct = [](void* place, Arguments&&... arguments) {
          new (place) typename Traits::Arguments(std::move(arguments)...);
        };
      }
    }
  }

  const MethodInfo* info = nullptr;
  void (*construct)(void* place, Arguments&&... arguments) = nullptr;
};

class SleepAwaiter {
 public:
  explicit SleepAwaiter(Time wake) : wake_(wake) {}
  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    pending_.waiter = &handle.promise();
    begin_sleep(*pending_.waiter->activation, pending_, wake_);
  }
  void await_resume() {}

 private:
  Time wake_;
  PendingCall pending_;
};

struct [[nodiscard("write co_await before sleep()")]] Sleep {
  Time wake;
  SleepAwaiter troupe_awaiter() && { return SleepAwaiter(wake); }
};

class SavedAwaiter {
 public:
  explicit SavedAwaiter(ActorBase& actor) : actor_(actor) {}
  bool await_ready() {
    stored_at_ = Disk::stored_at(actor_);
    return stored_at_ <= actor_.runtime().now();
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    pending_.waiter = &handle.promise();
    begin_sleep(*pending_.waiter->activation, pending_, stored_at_);
  }
  void await_resume() {}

 private:
  ActorBase& actor_;
  Time stored_at_{};
  PendingCall pending_;
};

struct [[nodiscard("write co_await before saved()")]] Saved {
  ActorBase* actor;
  SavedAwaiter troupe_awaiter() && { return SavedAwaiter(*actor); }
};

class ExitAwaiter {
 public:
  explicit ExitAwaiter(absl::Status why) : why_(std::move(why)) {}
  bool await_ready() const { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    ActorBase& actor = *handle.promise().activation->actor;
    Turns::request_end(actor,
                       {.why = std::move(why_), .failed = "exit", .by = actor.id(), .message = 0});
  }
  void await_resume() {}

 private:
  absl::Status why_;
};

struct [[nodiscard("write co_await before exit()")]] ExitNow {
  absl::Status why;
  ExitAwaiter troupe_awaiter() && { return ExitAwaiter(std::move(why)); }
};

template <class Predicate>
class UntilAwaiter : private UntilWait {
 public:
  UntilAwaiter(Predicate predicate, Duration timeout)
      : predicate_(std::move(predicate)), timeout_(timeout) {
    ready = [](UntilWait& wait) { return static_cast<UntilAwaiter&>(wait).predicate_(); };
  }
  ~UntilAwaiter() { Turns::stop_looking(*this); }
  UntilAwaiter(const UntilAwaiter&) = delete;
  UntilAwaiter& operator=(const UntilAwaiter&) = delete;

  bool await_ready() { return predicate_(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    waiter = &handle.promise();
    Turns::until(*waiter->activation, *this, timeout_);
  }
  void await_resume() {}

 private:
  Predicate predicate_;
  Duration timeout_;
};

}  // namespace internal

// What until() gives: await it, or give it a deadline first.
template <class Predicate>
class [[nodiscard("write co_await before until()")]] Until {
 public:
  explicit Until(Predicate predicate) : predicate_(std::move(predicate)) {}
  Until within(Duration timeout) && {
    timeout_ = timeout;
    return std::move(*this);
  }
  auto troupe_awaiter() && {
    return internal::UntilAwaiter<Predicate>(std::move(predicate_), timeout_);
  }

 private:
  Predicate predicate_;
  Duration timeout_ = kNoTimeout;
};

// `Base` is another actor class, where A is one of its kind: it has its methods and handlers, and
// Ref<A> converts to Ref<Base>.
//
//   ACTOR_METHODS_WITH_BASE(Dog, Animal, bark)
//   class Dog : public Actor<Dog, Animal> { ... };
template <class A, class Base = ActorBase>
class Actor : public Base {
 public:
  using TroupeActorClass = A;
  using TroupeParentClass = Base;

  using ActorBase::id;
  using ActorBase::runtime;

  const ActorType& type() const override {
    constexpr bool kExtends =
        std::is_same_v<Base, ActorBase> ||
        internal::interface_extends<internal::InterfaceOf<A>, internal::InterfaceOf<Base>>();
    static_assert(kExtends,
                  "The class extends another actor class. Before it, write "
                  "ACTOR_METHODS_WITH_BASE(Class, Base, ...), which names both.");
    return actor_type<A>();
  }

 protected:
  using Base::Base;
  Actor() = default;

  // Whose message this is: who made the call, or, where it was handed on by delegate(), who made
  // the first. The actor itself in what its own timers call, and in on_start(); nobody, an empty
  // AnyRef, where the call came from outside every actor.
  AnyRef sender() const {
    if (internal::current_activation == nullptr) return {};
    const ActorId sender = internal::current_activation->sender;
    return sender.host == kOutsideHost ? AnyRef() : AnyRef(sender);
  }

  Async on_message(Term message) override {
    return internal::handle_message(*this, internal::HandlerTable<A>::kHandlers,
                                    std::move(message));
  }
  Sync<Term> on_request(Term request) override {
    return internal::handle_request(*this, internal::HandlerTable<A>::kHandlers,
                                    std::move(request));
  }

  Ref<A> self() const {
    require_started("self()");
    return Ref<A>(id());
  }

  // What the clock of this host shows. A simulation may set it wrong, and then it differs from
  // those of other hosts, as real ones do. To measure how long something takes, use a stopwatch.
  Time now() const {
    require_started("now()");
    return runtime().clock_of(id().host);
  }

  // Measures true time from now on, also where the clock of this host is wrong: see stopwatch.h.
  Stopwatch start_stopwatch() const {
    require_started("start_stopwatch()");
    return Stopwatch(runtime());
  }

  // This actor's own stream of random numbers, derived from the run's seed.
  Random& random() {
    require_started("random()");
    return this->random_stream();
  }

  // Calls an Async method without parameters again and again, through the mailbox: first after
  // `first` (or one period), then at a fixed rate. A tick whose predecessor has not ended is left
  // out; a tick that fails does not end the timer.
  Timer every(Duration period, internal::TimerMethod<A> method) {
    return every(period, method, period);
  }
  Timer every(Duration period, internal::TimerMethod<A> method, Duration first) {
    require_started("every()");
    if (period <= Duration::zero()) period = Duration(1);
    const auto [slot, generation] = internal::Turns::start_periodic_timer(
        *this, internal::date_after(*this, first), period, method.info);
    return {slot, generation};
  }

  // Calls an Async method once, after `delay`, through the mailbox.
  template <class... Arguments>
  Timer after(Duration delay,
              std::type_identity_t<internal::TimerMethod<A, std::decay_t<Arguments>...>> method,
              Arguments&&... arguments) {
    require_started("after()");
    Message* message = Message::create(MessageKind::kCall, method.info, method.info->payload_size);
    method.construct(message->payload(),
                     std::decay_t<Arguments>(std::forward<Arguments>(arguments))...);
    const auto [slot, generation] =
        internal::Turns::start_timer(*this, internal::date_after(*this, delay), message);
    return {slot, generation};
  }

  // Ends a timer. False where it had ended before.
  bool cancel(Timer timer) {
    return timer.generation != 0 &&
           internal::Turns::cancel_timer(*this, timer.slot, timer.generation);
  }

  // co_await sleep(200ms): suspends this method only.
  internal::Sleep sleep(Duration delay) const {
    require_started("sleep()");
    return {internal::date_after(*this, delay)};
  }
  // Until this host's clock shows `wake`.
  internal::Sleep sleep_until(Time wake) const {  // tidy_tree: the actor's own
    return wake == kNever ? internal::Sleep{kNever} : sleep(wake - now());
  }

  // co_await until([&] { return votes_ > n / 2; }).within(1s): goes on when the condition holds,
  // which is looked at after each message of this actor. For Parallel methods.
  template <std::predicate Predicate>
  Until<Predicate> until(Predicate predicate) const {
    return Until<Predicate>(std::move(predicate));
  }

  // A new actor on this actor's host. Its on_start() runs before any message. An exception of its
  // constructor fails the method that spawns it; try_spawn() gives it as a status.
  template <class B, class... Arguments>
  Ref<B> spawn(Arguments&&... arguments) {
    require_started("spawn()");
    absl::StatusOr<ActorId> id = runtime().adopt(
        new_actor<B>(std::forward<Arguments>(arguments)...), Placement{this->id().host});
    return id.ok() ? Ref<B>(*id) : Ref<B>();
  }

  // The same, with a name from its first moment on, or with other options: see spawn.h.
  template <class B, class... Arguments>
  absl::StatusOr<Ref<B>> spawn_named(std::string name, Arguments&&... arguments) {
    return names().template spawn<B>(std::move(name), std::forward<Arguments>(arguments)...);
  }
  template <class B, class... Arguments>
  absl::StatusOr<Ref<B>> spawn_with(SpawnOptions options, Arguments&&... arguments) {
    require_started("spawn_with()");
    return troupe::spawn_with<B>(runtime(), id().host, std::move(options),
                                 std::forward<Arguments>(arguments)...);
  }

  // What the actors of this host are called: see names.h.
  Names names() const {
    require_started("names()");
    return Names(runtime(), id().host);
  }
  // The actors of this host that are a B, or of a class derived from it, in the order of their
  // starts.
  template <class B>
  std::vector<Ref<B>> actors_of() const {
    require_started("actors_of()");
    return troupe::actors_of<B>(runtime(), id().host);
  }

  template <class B, class... Arguments>
  absl::StatusOr<Ref<B>> try_spawn(Arguments&&... arguments) {
    require_started("try_spawn()");
    auto actor = internal::make_actor<B>(std::forward<Arguments>(arguments)...);
    if (!actor.ok()) return actor.status();
    absl::StatusOr<ActorId> id = runtime().adopt(*std::move(actor), Placement{this->id().host});
    if (!id.ok()) return id.status();
    return Ref<B>(*id);
  }

  // Spawns an actor that is linked to this one, or monitored by it, from its first moment on: its
  // end is told even where its constructor or on_start() fails. No Ref comes of a constructor that
  // failed.
  template <class B, class... Arguments>
  Ref<B> spawn_link(Arguments&&... arguments) {
    require_started("spawn_link()");
    const internal::Spawned child = internal::Life::spawn(
        *this, internal::make_actor<B>(std::forward<Arguments>(arguments)...), {.link = true});
    return Ref<B>(child.id);
  }
  template <class B, class... Arguments>
  Monitored<B> spawn_monitor(Arguments&&... arguments) {
    require_started("spawn_monitor()");
    const internal::Spawned child = internal::Life::spawn(
        *this, internal::make_actor<B>(std::forward<Arguments>(arguments)...), {});
    return {Ref<B>(child.id), child.monitor};
  }

  // An actor as text: see address.h.
  template <class B>
  std::string address_of(const Ref<B>& actor) const {
    require_started("address_of()");
    return troupe::address_of(runtime(), DynamicRef(actor));
  }

  // From now on `method`, an Async of this class that takes a DeadLetter, is called with every
  // message that comes to nobody on this host: see dead_letter.h.
  void subscribe_dead_letters(internal::TimerMethod<A, DeadLetter> method) {
    require_started("subscribe_dead_letters()");
    runtime().subscribe_dead_letters(id(), method.info, method.construct);
  }
  void unsubscribe_dead_letters() { runtime().unsubscribe_dead_letters(id()); }

  // --- How actors end: see life.h ---

  // Ends an actor, after the messages that it has before this one; of one that has ended, nothing
  // comes. With a cause, it ends abnormally.
  template <class B>
  void stop(const Ref<B>& actor) {
    internal::Turns::stop(*this, id_of(actor));
  }
  void stop() { stop(self()); }
  template <class B>
  void stop(const Ref<B>& actor, const absl::Status& why) {
    Call<Exit>(internal::Life::end_call(id_of(actor), why, false)).tell();
  }

  // Ends an actor as soon as none of its code runs: it overtakes what waits for the actor's turn,
  // and no hook of the actor runs. Whoever watches it sees ABORTED, "killed by ...".
  template <class B>
  void kill(const Ref<B>& actor) {
    Call<Exit>(internal::Life::end_call(id_of(actor), absl::OkStatus(), true)).tell();
  }

  // As stop(), and waits for the end. Gives whether the actor was alive.
  //   const bool was_alive = co_await graceful_stop(worker, 5s);
  template <class B>
  Sync<bool> graceful_stop(Ref<B> actor, Duration timeout) {
    absl::StatusOr<Exit> exit =
        co_await Call<Exit>(internal::Life::end_call(id_of(actor), absl::OkStatus(), false))
            .within(timeout)
            .status_or();
    if (exit.ok()) co_return true;
    if (absl::IsNotFound(exit.status())) co_return false;
    co_return exit.status();
  }

  // co_await exit(why): ends this actor here and now. Nothing that stands after it runs.
  internal::ExitNow exit(absl::Status why = absl::OkStatus()) const { return {std::move(why)}; }

  // What join() gives when this actor has ended.
  template <class T>
  void set_exit_value(const T& value) {
    static_assert(Marshallable<T>, "An exit value is sent: see codec.h for what can be.");
    internal::Life::set_exit_value(*this, encode_fields(std::tie(value)));
  }

  // --- Seeing others end: see life.h ---

  // on_down() is called once when that actor has ended, also where it had ended before.
  template <class B>
  Monitor monitor(const Ref<B>& actor) {
    require_started("monitor()");
    return internal::Life::monitor(*this, id_of(actor));
  }
  // No notice comes after this. False where it has come.
  bool demonitor(Monitor monitor) { return internal::Life::demonitor(*this, monitor); }

  // Ties two actors together: where one ends abnormally the other ends, too, with that cause;
  // unless it traps exits. A normal end does nothing to the other.
  template <class B>
  void link(const Ref<B>& peer) {
    require_started("link()");
    internal::Life::link(*this, id_of(peer));
  }
  template <class B>
  void unlink(const Ref<B>& peer) {
    require_started("unlink()");
    internal::Life::unlink(*this, id_of(peer));
  }
  // From now on the end of a linked actor, also a normal one, calls on_exit() instead.
  void trap_exits(bool traps = true) { internal::Life::trap_exits(*this, traps); }

  // A value for the run's measurements: count, mean, percentiles and so on appear under `name`.
  void measure(std::string_view name, double value) {
    require_started("measure()");
    runtime().measure(name, value);
  }

  // Adds to the run's counter of this name.
  void count(std::string_view name, std::int64_t by = 1) {
    require_started("count()");
    runtime().count(name, by);
  }

  // Leaves a note in the trace: text, numbers, durations and Refs, one after another. Costs a look
  // at a pointer where nobody observes the run: see note.h.
  template <class... Parts>
  void note(const Parts&... parts) const {
    require_started("note()");
    if (runtime().observer() == nullptr) [[likely]]
      return;
    internal::show_note(*this, absl::StrCat(internal::note_part(runtime(), parts)...));
  }
  template <std::invocable<> MakeText>
  void note(MakeText make_text) const {
    require_started("note()");
    if (runtime().observer() != nullptr) internal::show_note(*this, std::string(make_text()));
  }

  // co_await saved(): goes on when what SAVED names is on the disk as it is now: see saved.h.
  internal::Saved saved() {
    require_started("saved()");
    return {this};
  }

  // Tells whoever judges the run that something has come out: see Algorithm::on_report().
  template <class T>
  void report(const T& value) {
    require_started("report()");
    runtime().report(*this, Report{&typeid(T), &value});
  }

 private:
  void require_started(std::string_view what) const {
    if (!id()) [[unlikely]]
      internal::used_before_start(what);
  }
};

}  // namespace troupe
