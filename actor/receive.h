// Process: an actor that is a function. It takes its messages when it wants them, and which.
//
//   Task<int> adder(Process& process, int total) {
//     while (true) {
//       std::variant<Add, Get, Done> next = co_await process.receive<Add, Get, Done>();
//       if (const Add* add = std::get_if<Add>(&next)) {
//         total += add->amount;
//       } else if (std::holds_alternative<Get>(next)) {
//         co_await process.reply(total);
//       } else {
//         co_return total;  // Ends the actor; the value of whoever joins it.
//       }
//     }
//   }
//   Ref<Process> ref = spawn<Process>(adder, 0);
//   ref.send(Add{5});
//   Term total = co_await ref.request(Get{});
//
// Reach for it where an algorithm is a sequence of phases, each with the messages that it waits
// for. What it does not take stays in its mailbox, in order. Patterns are in pattern.h, what can be
// a message in term.h. For functions that only answer there is serve().
//
// A failure that the function does not handle ends the actor with it. The function's parameters
// after the Process are values; its Process lives as long as it runs.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/actor.h"
#include "actor/pattern.h"

namespace troupe {

// What a function actor returns: its value when it ends.
template <class T = void>
using Task = Parallel<Sync<T>>;

// Ends a server: see serve().
struct Quit {
  FIELDS()
};

// A state of a function actor: a function that gives the next state. See states().
struct Become {
  Become() = default;  // No state: the actor ends.
  template <class F>
    requires std::invocable<F&, class Process&>
  Become(F function) : run(std::move(function)) {}

  std::function<Task<Become>(class Process&)> run;
};

// What a process receives in place of on_down() and on_exit(): see life.h.
struct Down {
  AnyRef actor;
  std::string name;
  std::int32_t code = 0;
  std::string text;
  FIELDS(actor, name, code, text)
  absl::Status why() const { return absl::Status(static_cast<absl::StatusCode>(code), text); }
};
struct Exited : Down {
  using Extends = Down;
  FIELDS(actor, name, code, text)
};

template <class Selector>
class Receive;

ACTOR_METHODS(Process)

class Process : public Actor<Process> {
 public:
  template <class F, class... Arguments>
    requires(!std::same_as<std::remove_cvref_t<F>, Process>)
  explicit Process(F function, Arguments... arguments)
      : body_(make_body(std::move(function), std::move(arguments)...)) {}

  // --- Messages ---

  // The next message that is one of these; of any type where none is named. One type gives it
  // itself, several a std::variant. Waits for ever, but for a within().
  template <class... Ts>
  auto receive();
  // The next that the predicate takes: of this type, or any Term.
  template <class T = Term, class Predicate>
    requires std::predicate<Predicate&, const T&>
  auto receive(Predicate predicate);
  // The next that matches one of these: gives a Match.
  template <class... Patterns>
    requires(sizeof...(Patterns) > 0 && (std::constructible_from<Pattern, Patterns> && ...))
  auto receive(Patterns... patterns);

  // Of the message that was received last:
  AnyRef sender() const { return current_.sender; }
  bool is_request() const { return current_.is_request; }
  // Answers it; does nothing where nobody has asked. A second answer is an error. A request that is
  // not answered fails with the next receive().
  absl::Status reply(Term answer = Term()) {
    if (!current_.is_request) return absl::OkStatus();
    return current_.responder.reply(std::move(answer));
  }
  absl::Status refuse(absl::Status why) {
    if (!current_.is_request) return absl::OkStatus();
    return current_.responder.fail(std::move(why));
  }
  // To answer it later.
  Responder<Term> take_responder() { return std::move(current_.responder); }

  // How many messages have not been received.
  std::size_t mailbox_size() const { return mailbox_.size(); }

  // send() to another, or to this one itself, after a while.
  Timer send_after(Duration delay, Term message) {
    Message* call =
        internal::make_call<internal::MessageMethods::kOnMessage, "Actor", "on_message">(
            id(), std::move(message))
            .release();
    const auto [slot, generation] =
        internal::Turns::start_timer(*this, internal::date_after(*this, delay), call);
    return {slot, generation};
  }

  // --- What every actor has ---
  using Actor::cancel;
  using Actor::count;
  using Actor::demonitor;
  using Actor::exit;
  using Actor::kill;
  using Actor::link;
  using Actor::measure;
  using Actor::monitor;
  using Actor::note;
  using Actor::now;
  using Actor::random;
  using Actor::report;
  using Actor::self;
  using Actor::sleep;
  using Actor::spawn;
  using Actor::spawn_link;
  using Actor::spawn_monitor;
  using Actor::stop;
  using Actor::trap_exits;
  using Actor::unlink;

 protected:
  Async on_start() override;
  void on_stop() override;
  Async on_message(Term message) override;
  Sync<Term> on_request(Term request) override;
  Async on_down(Exit exit) override;
  Async on_exit(Exit exit) override;
  bool is_fatal(std::string_view method, const absl::Status& failure) const override;

 private:
  template <class Selector>
  friend class ReceiveAwaiter;
  template <class Selector>
  friend class Receive;

  struct Letter {
    Term message;
    AnyRef sender;
    bool is_request = false;
    Responder<Term> responder = {};
  };

  // The first letter from `from` on for which `take` gives something. `from` goes past what was
  // looked at.
  template <class Take>
  bool take_from(std::uint64_t& from, Take take) {
    for (auto at = mailbox_.lower_bound(from); at != mailbox_.end(); ++at) {
      from = at->first + 1;
      if (!take(at->second.message)) continue;
      current_ = std::move(at->second);
      mailbox_.erase(at);
      return true;
    }
    return false;
  }

  template <class F, class... Arguments>
  static std::function<Parallel<Async>(Process&)> make_body(F function, Arguments... arguments);
  template <class F, class Arguments>
  static Parallel<Async> run(Process& process, F& function, Arguments& arguments);

  void put(Letter letter) { mailbox_.emplace(arrivals_++, std::move(letter)); }

  std::function<Parallel<Async>(Process&)> body_;
  std::map<std::uint64_t, Letter> mailbox_;  // by number of arrival
  std::uint64_t arrivals_ = 0;
  Letter current_;
  // What a receive() of types alone has refused it will always refuse: where each goes on.
  std::map<const void*, std::uint64_t> refused_up_to_;
};

namespace internal {

template <class... Ts>
struct TypeSelector {
  using Result = std::variant<Ts...>;
  static constexpr bool kMemo = true;
  std::optional<Result> operator()(const Term& message) const {
    std::optional<Result> result;
    const auto take = [&]<class T>(std::type_identity<T>) {
      std::optional<T> value = message.as<T>();
      if (value) result.emplace(std::in_place_type<T>, *std::move(value));
      return value.has_value();
    };
    static_cast<void>((take(std::type_identity<Ts>()) || ...));
    return result;
  }
};
template <class T>
struct TypeSelector<T> {
  using Result = T;
  static constexpr bool kMemo = true;
  std::optional<T> operator()(const Term& message) const { return message.as<T>(); }
};
template <>
struct TypeSelector<> : TypeSelector<Term> {};

template <class T, class Predicate>
struct PredicateSelector {
  using Result = T;
  static constexpr bool kMemo = false;
  Predicate predicate;
  std::optional<T> operator()(const Term& message) {
    std::optional<T> value = message.as<T>();
    if (value && !predicate(static_cast<const T&>(*value))) value.reset();
    return value;
  }
};

struct PatternSelector {
  using Result = Match;
  static constexpr bool kMemo = false;
  std::vector<Pattern> patterns;
  std::optional<Match> operator()(const Term& message) const;
};

}  // namespace internal

// Waits for a message: as a wait for something to become true of the actor, which is looked at
// after each of its messages.
template <class Selector>
class ReceiveAwaiter : private internal::UntilWait {
 public:
  using Result = typename Selector::Result;

  ReceiveAwaiter(Process& process, Selector selector, Duration timeout, bool gives_status)
      : process_(process),
        selector_(std::move(selector)),
        timeout_(timeout),
        gives_status_(gives_status) {
    ready = [](UntilWait& wait) { return static_cast<ReceiveAwaiter&>(wait).look(); };
    if constexpr (Selector::kMemo) from_ = process_.refused_up_to_[&kMemoKey];
  }
  ~ReceiveAwaiter() { internal::Turns::stop_looking(*this); }
  ReceiveAwaiter(const ReceiveAwaiter&) = delete;
  ReceiveAwaiter& operator=(const ReceiveAwaiter&) = delete;

  bool await_ready() {
    if (look()) return true;
    if (timeout_ > Duration::zero()) return false;
    result_ = expired_status();
    return gives_status_;
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    waiter = &handle.promise();
    if (timeout_ <= Duration::zero()) {
      waiter->fail(result_.status());
      return;
    }
    internal::Turns::until(*waiter->activation, *this, timeout_);
    completed = [](PendingCall& call) {
      static_cast<ReceiveAwaiter&>(static_cast<UntilWait&>(call)).expire();
    };
  }

 protected:
  absl::StatusOr<Result> take() { return std::move(result_); }

 private:
  static constexpr char kMemoKey = 0;

  bool look() {
    const bool found = process_.take_from(from_, [this](const Term& message) {
      std::optional<Result> value = selector_(message);
      if (value) result_ = *std::move(value);
      return value.has_value();
    });
    if constexpr (Selector::kMemo) process_.refused_up_to_[&kMemoKey] = from_;
    return found;
  }
  absl::Status expired_status() const {
    return absl::DeadlineExceededError("no message that receive() takes came within " +
                                       to_string(timeout_));
  }
  void expire() {
    internal::PromiseBase& frame = *waiter;
    internal::Activation& activation = *frame.activation;
    internal::Turns::stop_looking(*this);
    if (gives_status_) {
      result_ = expired_status();
      internal::Turns::resume(activation, frame.handle);
    } else {
      frame.fail(expired_status());
      internal::Turns::resume_failed(activation);
    }
  }

  Process& process_;
  Selector selector_;
  Duration timeout_;
  bool gives_status_;
  std::uint64_t from_ = 0;
  absl::StatusOr<Result> result_;
};

// What receive() gives: await it, or give it a deadline first.
template <class Selector>
class [[nodiscard("write co_await before receive()")]] Receive {
 public:
  using Result = typename Selector::Result;

  Receive(Process& process, Selector selector)
      : process_(&process), selector_(std::move(selector)) {}

  // Fails with DEADLINE_EXCEEDED when no such message has come; within(0s) only looks.
  Receive within(Duration timeout) && {
    timeout_ = timeout;
    return std::move(*this);
  }

  struct Plain : ReceiveAwaiter<Selector> {
    using ReceiveAwaiter<Selector>::ReceiveAwaiter;
    Result await_resume() { return *this->take(); }
  };
  struct WithStatus : ReceiveAwaiter<Selector> {
    using ReceiveAwaiter<Selector>::ReceiveAwaiter;
    absl::StatusOr<Result> await_resume() { return this->take(); }
  };
  Plain troupe_awaiter() && { return Plain(*process_, std::move(selector_), timeout_, false); }

  class StatusOrAwaitable {
   public:
    explicit StatusOrAwaitable(Receive receive) : receive_(std::move(receive)) {}
    WithStatus troupe_awaiter() && {
      return WithStatus(*receive_.process_, std::move(receive_.selector_), receive_.timeout_, true);
    }

   private:
    Receive receive_;
  };
  StatusOrAwaitable status_or() && { return StatusOrAwaitable(std::move(*this)); }

 private:
  Process* process_;
  Selector selector_;
  Duration timeout_ = kNoTimeout;
};

template <class... Ts>
auto Process::receive() {
  constexpr bool kAreTerms = (TermValue<Ts> && ...);
  static_assert(kAreTerms, "receive() names types that can be messages: see term.h.");
  return Receive<internal::TypeSelector<Ts...>>(*this, {});
}

template <class T, class Predicate>
  requires std::predicate<Predicate&, const T&>
auto Process::receive(Predicate predicate) {
  return Receive<internal::PredicateSelector<T, Predicate>>(*this, {std::move(predicate)});
}

template <class... Patterns>
  requires(sizeof...(Patterns) > 0 && (std::constructible_from<Pattern, Patterns> && ...))
auto Process::receive(Patterns... patterns) {
  return Receive<internal::PatternSelector>(
      *this, internal::PatternSelector{std::vector<Pattern>{Pattern(std::move(patterns))...}});
}

namespace internal {

template <class R>
constexpr bool kIsTask = false;
template <class T, class Timeout>
constexpr bool kIsTask<Sync<T, Timeout>> = true;
template <class T, class Timeout>
constexpr bool kIsTask<Parallel<Sync<T, Timeout>>> = true;

}  // namespace internal

template <class F, class... Arguments>
std::function<Parallel<Async>(Process&)> Process::make_body(F function, Arguments... arguments) {
  constexpr bool kCanBeCalled = std::is_invocable_v<F&, Process&, Arguments...>;
  static_assert(kCanBeCalled,
                "A function actor is a function of a Process& and of values, and gets just the "
                "values that stand after it: spawn<Process>(function, values...).");
  if constexpr (kCanBeCalled) {
    constexpr bool kReturnsTask =
        internal::kIsTask<std::invoke_result_t<F&, Process&, Arguments...>>;
    static_assert(kReturnsTask, "A function actor returns Task<T>.");
    if constexpr (kReturnsTask) {
      return [function = std::move(function),
              values = std::tuple<Arguments...>(std::move(arguments)...)](
                 Process& process) mutable { return run(process, function, values); };
    }
  }
}

template <class F, class Arguments>
Parallel<Async> Process::run(Process& process, F& function, Arguments& arguments) {
  auto result =
      co_await std::apply(
          [&](auto&... argument) { return std::invoke(function, process, std::move(argument)...); },
          arguments)
          .status_or();
  if (!result.ok()) co_await process.exit(std::move(result).status());
  if constexpr (!std::is_same_v<decltype(result), absl::StatusOr<Nothing>>) {
    process.set_exit_value(*result);
  }
  co_await process.exit();
}

// A function actor that goes from state to state, each of which says the next. However many they
// are, they need no stack.
//
//   Task<Become> red(Process& process) {
//     co_await process.receive<Go>();
//     co_return green;
//   }
//   Ref<Process> light = spawn<Process>(states(red));
inline auto states(Become first) {
  return [first = std::move(first)](Process& process) -> Task<> {
    Become state = first;
    while (state.run) {
      Become next = co_await state.run(process);
      state = std::move(next);
    }
  };
}

namespace internal {

template <class Method>
struct FunctionArguments;
template <class R, class... P>
struct FunctionArguments<R (*)(P...)> {
  using Tuple = std::tuple<std::remove_cvref_t<P>...>;
};
template <class R, class C, class... P>
struct FunctionArguments<R (C::*)(P...)> : FunctionArguments<R (*)(P...)> {};
template <class R, class C, class... P>
struct FunctionArguments<R (C::*)(P...) const> : FunctionArguments<R (*)(P...)> {};

template <class F>
struct ArgumentsOf : FunctionArguments<decltype(&F::operator())> {};
template <class R, class... P>
struct ArgumentsOf<R (*)(P...)> : FunctionArguments<R (*)(P...)> {};

// The arguments of a request: a list of them, or the only one itself.
template <class Tuple>
std::optional<Tuple> arguments_from(const Term& request) {
  if constexpr (std::tuple_size_v<Tuple> == 1) {
    auto only = request.as<std::tuple_element_t<0, Tuple>>();
    if (only) return Tuple(*std::move(only));
  }
  return request.as<Tuple>();
}

}  // namespace internal

// A function actor that answers each request with function(arguments...), until it gets a Quit:
//
//   Ref<Process> adder = spawn<Process>(serve([](int a, int b) { return a + b; }));
//   Term sum = co_await adder.request(std::tuple(1, 2));
//
// Arguments that do not fit are refused with INVALID_ARGUMENT. The function gives a value or an
// absl::StatusOr of one.
template <class F>
auto serve(F function) {
  return [function = std::move(function)](Process& process) -> Task<> {
    using Tuple = typename internal::ArgumentsOf<F>::Tuple;
    while (true) {
      const Term request = co_await process.receive();
      if (request.is_a("Quit")) {
        if (process.is_request()) co_await process.reply();
        co_return;
      }
      if (!process.is_request()) continue;
      std::optional<Tuple> arguments = internal::arguments_from<Tuple>(request);
      if (!arguments) {
        co_await process.refuse(absl::InvalidArgumentError("the server's function does not take " +
                                                           to_string(request)));
        continue;
      }
      auto result = std::apply(function, *std::move(arguments));
      if constexpr (internal::kIsStatusOr<decltype(result)>) {
        if (!result.ok()) {
          co_await process.refuse(std::move(result).status());
          continue;
        }
        co_await process.reply(*std::move(result));
      } else {
        co_await process.reply(std::move(result));
      }
    }
  };
}

}  // namespace troupe
