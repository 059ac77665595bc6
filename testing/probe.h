// Probe<A>: stands in for an actor of class A in a test. Its calls are recorded, not run.
//
//   Probe<Store> probe;
//   probe.expect<&Store::get>().with("tea").replies(350);
//   probe.expect<&Store::put>().with(kAnything, [](int price) { return price > 0; });
//   const Ref<Store> store = simulator.spawn<ProbeActor<Store>>(host, probe);
//   const Ref<Shop> shop = simulator.spawn<Shop>(host, store);       // what is tested
//   ...
//   EXPECT_EQ(probe.verify(), absl::OkStatus());
//
// An argument is compared with ==, or looked at by a function that gives a bool; GoogleMock's
// matchers are such functions: testing::Matches(HasSubstr("te")). Calls must come in the order in
// which they are expected, unless in_any_order() says otherwise. A call that nobody expects is
// remembered for verify(); its caller gets FAILED_PRECONDITION.
//
// Say what is expected before the calls come. The probe may be looked at while other threads run.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "actor/actor.h"

namespace troupe {

// For `with`: any argument will do.
struct Anything {
  template <class T>
  bool operator()(const T&) const {
    return true;
  }
};
inline constexpr Anything kAnything;

template <class A>
class Probe;
template <class A>
class ProbeActor;

namespace internal {

// One call, or several, that a probe expects; and what it does then.
class Expectation {
 public:
  virtual ~Expectation() = default;
  virtual bool matches(const Message& call) const = 0;
  virtual void run(ActorBase& actor, Message* call) = 0;

  const MethodInfo* method = nullptr;
  int least = 1;
  int most = 1;
  int seen = 0;
};

struct RecordedCall {
  std::uint32_t method;
  std::string arguments;  // encoded
};

struct ProbeState {
  std::mutex mutex;
  bool in_order = true;
  std::vector<std::shared_ptr<Expectation>> expectations;
  std::vector<RecordedCall> calls;
  std::vector<std::string> unexpected;

  // The expectation that takes the call; null where there is none.
  std::shared_ptr<Expectation> take(const Message& call) {
    const std::lock_guard lock(mutex);
    RecordedCall& recorded = calls.emplace_back(RecordedCall{call.method->id, {}});
    call.method->encode_arguments(call.payload(), &recorded.arguments);
    bool only_optional = false;
    for (const auto& expectation : expectations) {
      const bool optional = expectation->least == 0;
      if (only_optional && !optional) continue;
      if (expectation->seen < expectation->most && expectation->method->id == call.method->id &&
          expectation->matches(call)) {
        ++expectation->seen;
        return expectation;
      }
      if (in_order && expectation->seen < expectation->least) only_optional = true;
    }
    unexpected.push_back(call.method->full_name());
    return nullptr;
  }
};

template <class T>
Parallel<Sync<T>> give_later(Time when, absl::StatusOr<Value<T>> result) {
  co_await Sleep{when};
  if constexpr (std::is_void_v<T>) {
    co_await result.status();
  } else {
    co_return result;
  }
}

template <class Matcher, class Argument>
bool argument_matches(const Matcher& matcher, const Argument& argument) {
  if constexpr (std::is_invocable_r_v<bool, const Matcher&, const Argument&>) {
    return matcher(argument);
  } else {
    return argument == matcher;
  }
}

}  // namespace internal

// What a probe does with the calls of one method. Each of these says one more thing about it.
template <class A, auto kMethod>
class ExpectedCall final : public internal::Expectation {
  using Traits = internal::MethodTraits<decltype(kMethod)>;
  using Arguments = typename Traits::Arguments;
  using Result = typename Traits::Return::Result;
  using Value = internal::Value<Result>;

 public:
  ExpectedCall() { method = internal::find_listed<A>(kMethod); }

  // Only calls with these arguments: a value or a predicate for each.
  template <class... Matchers>
  ExpectedCall& with(Matchers... matchers) {
    static_assert(sizeof...(Matchers) == std::tuple_size_v<Arguments>,
                  "with() takes one value or predicate for each parameter of the method.");
    matches_ = [... matchers = std::move(matchers)](const Arguments& arguments) {
      return std::apply(
          [&](const auto&... argument) {
            return (internal::argument_matches(matchers, argument) && ...);
          },
          arguments);
    };
    return *this;
  }

  // Replies with a value, or with what a function of the arguments gives: a value, an absl::Status
  // or an absl::StatusOr. Without it: with a default value.
  template <class Reply>
  ExpectedCall& replies(Reply reply) {
    if constexpr (std::is_convertible_v<Reply, Value>) {
      reply_ = [value = Value(std::move(reply))](const Arguments&) { return value; };
    } else {
      reply_ = [reply = std::move(reply)](const Arguments& arguments) {
        return absl::StatusOr<Value>(
            internal::as_result([&]() -> decltype(auto) { return std::apply(reply, arguments); }));
      };
    }
    return *this;
  }
  ExpectedCall& fails(absl::Status failure) {
    reply_ = [failure = std::move(failure)](const Arguments&) -> absl::StatusOr<Value> {
      return failure;
    };
    return *this;
  }
  // The caller waits until its deadline.
  ExpectedCall& never_replies() {
    silent_ = true;
    return *this;
  }
  // Replies so much later; other calls are taken meanwhile.
  ExpectedCall& after(Duration delay) {
    delay_ = delay;
    return *this;
  }

  // How often it comes; once where nothing is said.
  ExpectedCall& times(int number) {
    least = most = number;
    return *this;
  }
  ExpectedCall& at_least(int number) {
    least = number;
    most = std::numeric_limits<int>::max();
    return *this;
  }
  // As often as it likes, in any place of the order.
  ExpectedCall& any_times() { return at_least(0); }

  bool matches(const Message& call) const override {
    return !matches_ || matches_(*static_cast<const Arguments*>(call.payload()));
  }

  void run(ActorBase& actor, Message* call) override {
    // A probe serves all its callers at once, whatever the real method does.
    static constexpr MethodInfo kParallel = [] {
      MethodInfo info = *internal::find_listed<A>(kMethod);
      info.parallel = true;
      return info;
    }();
    internal::Activation starting;
    starting.actor = &actor;
    starting.method = &kParallel;
    starting.deadline = call->deadline;
    starting.chain = std::exchange(call->chain, nullptr);
    starting.ticket = call;
    internal::CurrentActivation scope(&starting);
    absl::StatusOr<Value> result = Value{};
    if (reply_) {
      try {
        result = reply_(call->payload_as<Arguments>());
      } catch (...) {
        result = internal::status_of_current_exception(call->method);
      }
    }
    call->destroy_payload();
    if (silent_) return;
    internal::Outcome<Result> outcome;
    if (delay_ > Duration::zero()) {
      const Time when = saturated_sum(actor.runtime().now(), delay_);
      outcome = internal::give_later<Result>(when, std::move(result));
    } else if (result.ok()) {
      outcome = internal::Outcome<Result>(*std::move(result));
    } else {
      outcome = internal::Outcome<Result>(std::move(result).status());
    }
    internal::settle<Result>(starting, std::move(outcome));
  }

 private:
  std::function<bool(const Arguments&)> matches_;
  std::function<absl::StatusOr<Value>(const Arguments&)> reply_;
  bool silent_ = false;
  Duration delay_{};
};

// The test's side of a probe. Copies are the same probe.
template <class A>
class Probe {
 public:
  // A call that must come; see ExpectedCall for what can be said about it.
  template <auto kMethod>
  ExpectedCall<A, kMethod>& expect() {
    constexpr bool kListed = internal::find_listed<A>(kMethod) != nullptr;
    static_assert(kListed, "A probe expects a method that ACTOR_METHODS lists.");
    auto expectation = std::make_shared<ExpectedCall<A, kMethod>>();
    const std::lock_guard lock(state_->mutex);
    state_->expectations.push_back(expectation);
    return *expectation;
  }
  // The expected calls may come in any order.
  void in_any_order() {
    const std::lock_guard lock(state_->mutex);
    state_->in_order = false;
  }

  // The arguments of all calls of a method so far, also of those that nobody expected.
  template <auto kMethod>
  std::vector<typename internal::MethodTraits<decltype(kMethod)>::Arguments> calls() const {
    using Arguments = typename internal::MethodTraits<decltype(kMethod)>::Arguments;
    const std::lock_guard lock(state_->mutex);
    std::vector<Arguments> calls;
    for (const internal::RecordedCall& call : state_->calls) {
      if (call.method != internal::find_listed<A>(kMethod)->id) continue;
      Arguments arguments{};
      if (decode_fields(call.arguments, arguments)) calls.push_back(std::move(arguments));
    }
    return calls;
  }
  std::size_t call_count() const {
    const std::lock_guard lock(state_->mutex);
    return state_->calls.size();
  }

  // Ok where all has come that was expected, and nothing else; else a text that says what.
  absl::Status verify() const {
    const std::lock_guard lock(state_->mutex);
    std::vector<std::string> wrong;
    for (const std::string& name : state_->unexpected) {
      wrong.push_back(absl::StrCat("unexpected call of ", name));
    }
    for (const auto& expectation : state_->expectations) {
      if (expectation->seen >= expectation->least) continue;
      wrong.push_back(absl::StrCat(expectation->method->full_name(), " was called ",
                                   expectation->seen, " of ", expectation->least, " times"));
    }
    if (wrong.empty()) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrJoin(wrong, "; "));
  }

 private:
  friend class ProbeActor<A>;
  std::shared_ptr<internal::ProbeState> state_ = std::make_shared<internal::ProbeState>();
};

// The actor that a Ref<A> refers to: spawn<ProbeActor<A>>(probe) gives one.
template <class A>
class ProbeActor final : public ActorBase {
 public:
  explicit ProbeActor(const Probe<A>& probe) : state_(probe.state_) { divert_calls(); }
  const ActorType& type() const override { return actor_type<A>(); }

 private:
  void take_call(Message* call) override {
    bool is_listed = false;
    for (const MethodInfo* method : type().methods) is_listed |= method->id == call->method->id;
    if (!is_listed) {  // on_start() and its like
      ActorBase::take_call(call);
      return;
    }
    if (const auto expectation = state_->take(*call)) {
      expectation->run(*this, call);
      return;
    }
    internal::Activation starting;
    starting.actor = this;
    starting.method = call->method;
    starting.ticket = call;
    call->destroy_payload();
    internal::Turns::answer_failure(starting, absl::FailedPreconditionError(absl::StrCat(
                                                  "unexpected call of ", call->method->full_name(),
                                                  " of ", runtime().name_of(id()))));
  }

  std::shared_ptr<internal::ProbeState> state_;
};

// What spawn() gives for a probe: a Ref<A> as any other.
template <class A>
class Ref<ProbeActor<A>> : public Ref<A> {
 public:
  using Ref<A>::Ref;
};

}  // namespace troupe
