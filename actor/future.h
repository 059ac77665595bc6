// Future<T>: a result that will come. The call is on its way; the caller goes on.
//
//   Future<int> price = shop.price("tea").to_future();      // sent now
//   Future<int> stock = store.stock("tea").to_future();
//   const int total = co_await price;                       // as a call: the value, or fail too
//   const auto [p, s] = co_await all(price, stock).within(1s);     // one deadline for both
//   Future<std::string> label = price.map([](int cents) { return std::to_string(cents); });
//   price.then([this](absl::StatusOr<int> cents) { remember(cents); });   // a message to oneself
//
// and for results that an actor makes itself:
//
//   Completer<Decision> decision_;
//   Parallel<Sync<Decision>> wait() { co_return co_await decision_.future(); }
//   Async decide(Decision d) { return decision_.complete(d); }
//
// A future belongs to the actor that made it. It can be a member, awaited by several methods, or
// never. Whoever waits gets a copy of the result. When the last copy of a future is gone, its call
// is given up: a late reply is dropped and counted.
//
// Turns. A Parallel method that waits for a future lets others run. A method that keeps its turn
// gets the future's result while it waits, and nothing else happens in its actor: so the functions
// that map(), filter() and reduce() take compute, and change nothing. What then() takes is a
// message: it runs when the turn is free, and may change the actor. A method that keeps its turn
// and waits for what only another method could complete fails at once.
//
// Deadlines. A future's call has its own deadline (`within` before to_future(), else its method's,
// else the runtime's): it may live longer than the method that made it, and than that method's
// caller. Each wait for it ends with its own `within`, and no later than its method's caller waits.
//
// Cycles. A callee that calls back while the asking actor keeps its turn and waits for the future
// gets FAILED_PRECONDITION. A longer way round, through the callers of the asking method, is found
// only by the deadline.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/call.h"
#include "actor/internal/future_state.h"
#include "actor/internal/turn.h"

namespace troupe {

template <class T>
class Future;

namespace internal {

[[noreturn]] void used_outside_every_actor(std::string_view what);

// The result of a future.
template <class T>
class FutureState : public FutureStateBase {
 public:
  absl::Status failure() const final { return result_.status(); }
  const absl::StatusOr<Value<T>>& result() const { return result_; }  // once it is done

  void finish_with(absl::StatusOr<Value<T>> result) {
    result_ = std::move(result);
    finish();
  }

 private:
  absl::StatusOr<Value<T>> result_;
};

// Of a call that is on its way.
template <class T>
class CallFuture final : public FutureState<T> {
 public:
  // The call belongs to the actor, and not to the method that makes it.
  explicit CallFuture(const Activation& maker) {
    this->actor = background_.actor = maker.actor;
    background_.method = maker.method;
    background_.message = maker.ticket == nullptr ? maker.message : maker.ticket->id;
    pending_.kind = WaitKind::kFutureCall;
    pending_.completed = &CallFuture::completed;
    pending_.future = this;
  }
  void start(Message* message, Duration timeout) {
    begin_call(background_, pending_, message, timeout);
  }

  void lend_to(Activation* holder) override {
    if (pending_.activation != nullptr) {
      pending_.activation = holder == nullptr ? &background_ : holder;
    }
  }
  bool can_be_done_by_answers() const override { return pending_.activation != nullptr; }
  ActorId callee() const override { return pending_.target; }
  std::string describe() const override {
    return pending_.method->full_name() + " of " + this->actor->runtime().name_of(pending_.target) +
           " did not answer";
  }

 private:
  struct Pending : PendingCall {
    CallFuture* future = nullptr;
  };
  static void completed(PendingCall& call) {
    CallFuture& future = *static_cast<Pending&>(call).future;
    const auto alive = future.shared_from_this();
    ActorBase& actor = *future.actor;
    if (call.failed()) {
      future.finish_with(call.failure());
    } else {
      future.finish_with(call.template take<Value<T>>());
    }
    Turns::serve_holder(actor);
  }

  Activation background_;
  Pending pending_;
};

// Of other futures' results: the first failure, or what `gather` makes of their values.
template <class R>
class GatheredFuture final : public FutureState<R> {
 public:
  using Sources = std::vector<std::shared_ptr<FutureStateBase>>;
  using Gather = std::function<absl::StatusOr<Value<R>>()>;

  GatheredFuture(Sources sources, Gather gather)
      : sources_(std::move(sources)), gather_(std::move(gather)) {}

  void start() {
    left_ = sources_.size();
    const Sources sources = sources_;  // They go when all is done.
    for (const auto& source : sources) {
      this->actor = this->actor == nullptr ? source->actor : this->actor;
      if (!source->done()) {
        source->add_dependent(this->shared_from_this());
      } else if (!this->done()) {
        source_done(*source);
      }
    }
    if (sources.empty()) gather_all();
  }

  void lend_to(Activation* holder) override {
    for (const auto& source : sources_) source->lend_to(holder);
  }
  bool can_be_done_by_answers() const override {
    return std::all_of(sources_.begin(), sources_.end(), [](const auto& source) {
      return source->done() || source->can_be_done_by_answers();
    });
  }
  ActorId callee() const override {
    const FutureStateBase* open = first_open();
    return open == nullptr ? ActorId() : open->callee();
  }
  std::string describe() const override {
    const FutureStateBase* open = first_open();
    return open == nullptr ? FutureStateBase::describe() : open->describe();
  }

 private:
  void source_done(FutureStateBase& source) override {
    if (this->done()) return;
    if (absl::Status failure = source.failure(); !failure.ok()) {
      conclude(std::move(failure));
    } else if (--left_ == 0) {
      gather_all();
    }
  }
  void gather_all() {
    try {
      conclude(gather_());
    } catch (...) {
      conclude(status_of_current_exception(nullptr));
    }
  }
  void conclude(absl::StatusOr<Value<R>> result) {
    const Sources sources = std::exchange(sources_, {});
    const Gather gather = std::exchange(gather_, nullptr);
    for (const auto& source : sources) source->lend_to(nullptr);
    this->finish_with(std::move(result));
  }
  const FutureStateBase* first_open() const {
    for (const auto& source : sources_) {
      if (!source->done()) return source.get();
    }
    return nullptr;
  }

  Sources sources_;
  Gather gather_;
  std::size_t left_ = 0;
};

// Of other futures' results: the first value, or a failure when all have failed.
template <class R>
class FirstFuture final : public FutureState<R> {
 public:
  using Sources = std::vector<std::shared_ptr<FutureStateBase>>;
  using Pick = std::function<Value<R>(std::size_t index)>;

  FirstFuture(Sources sources, Pick pick) : sources_(std::move(sources)), pick_(std::move(pick)) {}

  void start() {
    left_ = sources_.size();
    const Sources sources = sources_;
    for (const auto& source : sources) {
      this->actor = this->actor == nullptr ? source->actor : this->actor;
      if (!source->done()) {
        source->add_dependent(this->shared_from_this());
      } else if (!this->done()) {
        source_done(*source);
      }
    }
    if (sources.empty()) {
      conclude(absl::InvalidArgumentError("any() was given no future"));
    }
  }

  void lend_to(Activation* holder) override {
    for (const auto& source : sources_) source->lend_to(holder);
  }
  bool can_be_done_by_answers() const override {
    return std::any_of(sources_.begin(), sources_.end(),
                       [](const auto& source) { return source->can_be_done_by_answers(); });
  }
  std::string describe() const override { return "none of several futures succeeded"; }

 private:
  void source_done(FutureStateBase& source) override {
    if (this->done()) return;
    --left_;
    if (absl::Status failure = source.failure(); !failure.ok()) {
      if (first_failure_.ok()) first_failure_ = std::move(failure);
      if (left_ == 0) conclude(std::move(first_failure_));
      return;
    }
    std::size_t index = 0;
    while (sources_[index].get() != &source) ++index;
    conclude(pick_(index));
  }
  // Gives up what the others would still bring.
  void conclude(absl::StatusOr<Value<R>> result) {
    const Sources sources = std::exchange(sources_, {});
    const Pick pick = std::exchange(pick_, nullptr);
    for (const auto& source : sources) source->lend_to(nullptr);
    this->finish_with(std::move(result));
  }

  Sources sources_;
  Pick pick_;
  std::size_t left_ = 0;
  absl::Status first_failure_;
};

template <class T, class Function>
class FunctionContinuation final : public Continuation {
 public:
  explicit FunctionContinuation(Function function) : function_(std::move(function)) {}
  void run() override {
    const auto& result = static_cast<const FutureState<T>&>(*future).result();
    if constexpr (std::is_void_v<T>) {
      std::move(function_)(result.status());
    } else {
      std::move(function_)(result);
    }
  }

 private:
  Function function_;
};

// Waits for a future; lives in the waiting frame.
template <class T, bool kTakesStatus>
class FutureAwaiter : protected FutureWait {
 public:
  FutureAwaiter(std::shared_ptr<FutureState<T>> future, Duration timeout) : timeout_(timeout) {
    state = std::move(future);
    takes_status = kTakesStatus;
  }

  bool await_ready() { return is_done(*this) && (kTakesStatus || state->failure().ok()); }

  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> handle) {
    waiter = &handle.promise();
    refusal_ = begin(*this, timeout_);
    if (refusal_.ok()) return std::noop_coroutine();
    if (kTakesStatus) return handle;
    waiter->fail(std::move(refusal_));
    return std::noop_coroutine();
  }

  auto await_resume() {
    if constexpr (kTakesStatus) {
      return take();
    } else if constexpr (!std::is_void_v<T>) {
      return *take();
    }
  }

 protected:
  absl::StatusOr<Value<T>> take() {
    if (!refusal_.ok()) return std::move(refusal_);
    if (reply != nullptr && failed()) return failure();
    return static_cast<const FutureState<T>&>(*state).result();
  }

 private:
  Duration timeout_;
  absl::Status refusal_;
};

template <class T>
class FutureValueOrAwaiter : public FutureAwaiter<T, true> {
 public:
  FutureValueOrAwaiter(std::shared_ptr<FutureState<T>> future, Duration timeout, Value<T> fallback)
      : FutureAwaiter<T, true>(std::move(future), timeout), fallback_(std::move(fallback)) {}
  Value<T> await_resume() { return this->take().value_or(std::move(fallback_)); }

 private:
  Value<T> fallback_;
};

}  // namespace internal

// A future, and how long to wait for it. The future itself stays open.
template <class T>
class [[nodiscard("write co_await before it")]] FutureWithin {
 public:
  FutureWithin(std::shared_ptr<internal::FutureState<T>> state, Duration timeout)
      : state_(std::move(state)), timeout_(timeout) {}

  auto troupe_awaiter() && {
    return internal::FutureAwaiter<T, false>(std::move(state_), timeout_);
  }

  struct StatusOrAwaitable {
    std::shared_ptr<internal::FutureState<T>> state;
    Duration timeout;
    auto troupe_awaiter() && { return internal::FutureAwaiter<T, true>(std::move(state), timeout); }
  };
  StatusOrAwaitable status_or() && { return {std::move(state_), timeout_}; }

  struct ValueOrAwaitable {
    std::shared_ptr<internal::FutureState<T>> state;
    Duration timeout;
    internal::Value<T> fallback;
    auto troupe_awaiter() && {
      return internal::FutureValueOrAwaiter<T>(std::move(state), timeout, std::move(fallback));
    }
  };
  ValueOrAwaitable value_or(internal::Value<T> fallback) && {
    return {std::move(state_), timeout_, std::move(fallback)};
  }

 private:
  std::shared_ptr<internal::FutureState<T>> state_;
  Duration timeout_;
};

template <class T = void>
class [[nodiscard("a future that nobody keeps is given up at once")]] Future {
 public:
  using Result = T;

  // Of nothing: waiting for it fails.
  Future() = default;
  explicit Future(std::shared_ptr<internal::FutureState<T>> state) : state_(std::move(state)) {}

  explicit operator bool() const { return state_ != nullptr; }
  // Whether its result is there: a value or a failure.
  bool done() const { return state_ != nullptr && state_->done(); }
  // The result of one that is done.
  const absl::StatusOr<internal::Value<T>>& result() const { return state_->result(); }

  // What to await: the future itself, or one of these.
  auto troupe_awaiter() const { return internal::FutureAwaiter<T, false>(state_, kNoTimeout); }
  FutureWithin<T> within(Duration timeout) const { return {state_, timeout}; }
  auto status_or() const { return within(kNoTimeout).status_or(); }
  auto value_or(internal::Value<T> fallback) const {
    return within(kNoTimeout).value_or(std::move(fallback));
  }

  // The future of what `function` makes of the value: it may give an absl::StatusOr. Failures pass.
  template <class Function>
  auto map(Function function) const;
  // Of a container: the future of those elements of which `predicate` is true.
  template <class Predicate>
  Future filter(Predicate predicate) const;
  // Of a container: the future of function(... function(function(initial, first), second) ...).
  template <class Accumulator, class Function>
  Future<Accumulator> reduce(Accumulator initial, Function function) const;

  // Runs `function` with the result, an absl::StatusOr (of a Future<>: an absl::Status), as a
  // message of this actor. The future need not be kept for it.
  template <class Function>
  void then(Function function) const {
    using Taken =
        std::conditional_t<std::is_void_v<T>, absl::Status, absl::StatusOr<internal::Value<T>>>;
    static_assert(std::is_invocable_v<Function, Taken>,
                  "then() takes a function of an absl::StatusOr of the future's value; of a "
                  "Future<>, of an absl::Status.");
    state_->add_continuation(
        std::make_unique<internal::FunctionContinuation<T, Function>>(std::move(function)));
  }

  // For combinators.
  const std::shared_ptr<internal::FutureState<T>>& state() const { return state_; }

 private:
  std::shared_ptr<internal::FutureState<T>> state_;
};

// --- Combinators ---------------------------------------------------------------------------------

namespace internal {

template <class State>
auto started(std::shared_ptr<State> state) {
  state->start();
  return state;
}

template <class R>
Future<R> gathered(typename GatheredFuture<R>::Sources sources,
                   typename GatheredFuture<R>::Gather gather) {
  return Future<R>(
      started(std::make_shared<GatheredFuture<R>>(std::move(sources), std::move(gather))));
}

template <class R>
Future<R> first_of(typename FirstFuture<R>::Sources sources, typename FirstFuture<R>::Pick pick) {
  return Future<R>(started(std::make_shared<FirstFuture<R>>(std::move(sources), std::move(pick))));
}

template <class R>
struct Mapped {
  using Type = R;
};
template <>
struct Mapped<absl::Status> {
  using Type = void;
};
template <class R>
struct Mapped<absl::StatusOr<R>> {
  using Type = R;
};

// A function's result as a result of a future.
template <class Invoke>
auto as_result(Invoke invoke) {
  using R = std::invoke_result_t<Invoke>;
  if constexpr (std::is_void_v<R>) {
    invoke();
    return absl::StatusOr<Nothing>(Nothing{});
  } else if constexpr (std::is_same_v<R, absl::Status>) {
    absl::Status status = invoke();
    return status.ok() ? absl::StatusOr<Nothing>(Nothing{}) : absl::StatusOr<Nothing>(status);
  } else {
    return absl::StatusOr<typename Mapped<R>::Type>(invoke());
  }
}

}  // namespace internal

template <class T>
template <class Function>
auto Future<T>::map(Function function) const {
  auto invoke = [state = state_.get(), function = std::move(function)]() mutable {
    if constexpr (std::is_void_v<T>) {
      return function();
    } else {
      return function(*state->result());
    }
  };
  using R = typename internal::Mapped<std::invoke_result_t<decltype(invoke)&>>::Type;
  return internal::gathered<R>({state_}, [invoke = std::move(invoke)]() mutable {
    return internal::as_result([&] { return invoke(); });
  });
}

template <class T>
template <class Predicate>
Future<T> Future<T>::filter(Predicate predicate) const {
  return map([predicate = std::move(predicate)](const T& all) mutable {
    T kept;
    for (const auto& element : all) {
      if (predicate(element)) kept.insert(kept.end(), element);
    }
    return kept;
  });
}

template <class T>
template <class Accumulator, class Function>
Future<Accumulator> Future<T>::reduce(Accumulator initial, Function function) const {
  return map([initial = std::move(initial), function = std::move(function)](const T& all) mutable {
    Accumulator result = std::move(initial);
    for (const auto& element : all) result = function(std::move(result), element);
    return result;
  });
}

// All values in order, or the first failure as soon as there is one.
template <class T>
auto all(const std::vector<Future<T>>& futures) {
  using Values = std::vector<internal::Value<T>>;
  typename internal::GatheredFuture<Values>::Sources sources;
  std::vector<const internal::FutureState<T>*> states;
  for (const Future<T>& future : futures) {
    sources.push_back(future.state());
    states.push_back(future.state().get());
  }
  return internal::gathered<Values>(std::move(sources), [states = std::move(states)] {
    Values values;
    values.reserve(states.size());
    for (const auto* state : states) values.push_back(*state->result());
    return values;
  });
}
template <class... T>
  requires(sizeof...(T) > 0)
auto all(const Future<T>&... futures) {
  using Values = std::tuple<internal::Value<T>...>;
  return internal::gathered<Values>({futures.state()...}, [... states = futures.state().get()] {
    return Values(*states->result()...);
  });
}

// The first value that comes, or the first failure when all have failed. The others are given up.
template <class T>
Future<T> any(const std::vector<Future<T>>& futures) {
  typename internal::FirstFuture<T>::Sources sources;
  std::vector<const internal::FutureState<T>*> states;
  for (const Future<T>& future : futures) {
    sources.push_back(future.state());
    states.push_back(future.state().get());
  }
  return internal::first_of<T>(std::move(sources), [states = std::move(states)](std::size_t index) {
    return *states[index]->result();
  });
}
// Of different types: a std::variant, whose index says which it was.
template <class... T>
  requires(sizeof...(T) > 0)
auto any(const Future<T>&... futures) {
  using Values = std::variant<internal::Value<T>...>;
  return internal::first_of<Values>({futures.state()...}, [... states = futures.state().get()](
                                                              std::size_t index) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      std::optional<Values> value;
      ((index == I ? void(value.emplace(std::in_place_index<I>, *states->result())) : void()), ...);
      return *std::move(value);
    }(std::index_sequence_for<T...>());
  });
}

// --- Results that an actor makes itself ----------------------------------------------------------

// Completes a future, once. Whoever waits for one whose completer is gone fails at once.
template <class T = void>
class Completer {
 public:
  Completer() : state_(std::make_shared<internal::FutureState<T>>()) {}
  Completer(Completer&& other) noexcept = default;
  Completer& operator=(Completer&& other) noexcept {
    if (this != &other) {
      forget();
      state_ = std::move(other.state_);
    }
    return *this;
  }
  ~Completer() { forget(); }

  Future<T> future() const { return Future<T>(state_); }
  bool done() const { return state_->done(); }

  // FAILED_PRECONDITION where it was completed before.
  absl::Status complete(internal::Value<T> value)
    requires(!std::is_void_v<T>)
  {
    return finish(std::move(value));
  }
  absl::Status complete()
    requires std::is_void_v<T>
  {
    return finish(Nothing{});
  }
  absl::Status fail(absl::Status failure) {
    if (failure.ok()) return absl::InvalidArgumentError("a Completer was failed with an ok status");
    return finish(std::move(failure));
  }

 private:
  absl::Status finish(absl::StatusOr<internal::Value<T>> result) {
    if (state_->done()) {
      return absl::FailedPreconditionError("the future has been completed before");
    }
    state_->finish_with(std::move(result));
    return absl::OkStatus();
  }
  void forget() {
    if (state_ != nullptr && !state_->done()) {
      state_->finish_with(absl::AbortedError("the Completer is gone, and nobody can complete it"));
    }
  }

  std::shared_ptr<internal::FutureState<T>> state_;
};

template <class T>
Future<T> Call<T>::to_future() && {
  if (internal::current_activation == nullptr) {
    internal::called_outside_every_actor(*message_->method);
  }
  auto state = std::make_shared<internal::CallFuture<T>>(*internal::current_activation);
  state->start(message_.release(), timeout_);
  return Future<T>(std::move(state));
}

}  // namespace troupe
