// What a method's return type says: who waits, and whether others may run meanwhile.
//
//   Sync<Peer> predecessor();               the caller waits for a Peer
//   Sync<> ping();                          the caller waits for nothing but the success
//   Async notify(Peer candidate);           the caller goes on at once
//   Parallel<Sync<Peer>> find_successor(Id id);   while this method waits, other messages may run
//   Parallel<Async> stabilize();
//   Sync<Peer, Seconds<20>> join(Peer known);     a call's timeout, where the default is not right
//
// A Sync or Async method keeps its actor's turn until it ends, also while it waits: messages that
// arrive meanwhile queue. A Parallel one gives the turn up at each co_await; after it, the actor's
// state may have changed.
//
// A method that does not wait need not be a coroutine: it returns a value or an absl::Status.
//
// One line before the class lists the methods that others may call. It gives Ref<Node> and
// Multi<Node> member functions of the same names:
//
//   ACTOR_METHODS(Node, find_successor, predecessor, notify, stabilize)
//   class Node : public Actor<Node> { ... };
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/codec.h"
#include "actor/internal/coroutine.h"
#include "actor/internal/for_each.h"
#include "actor/internal/method_info.h"

namespace troupe {

// Timeouts that are part of a method's type. The runtime's default is DefaultTimeout.
struct DefaultTimeout {
  static constexpr Duration kValue{};
};
template <std::int64_t kSeconds>
struct Seconds {
  static_assert(kSeconds > 0, "A timeout is positive.");
  static constexpr Duration kValue = std::chrono::seconds(kSeconds);
};
template <std::int64_t kMilliseconds>
struct Milliseconds {
  static_assert(kMilliseconds > 0, "A timeout is positive.");
  static constexpr Duration kValue = std::chrono::milliseconds(kMilliseconds);
};
// The call ends only with its answer or its callee's death.
struct NoTimeout {
  static constexpr Duration kValue = kNoTimeout;
};

namespace internal {

// What a Sync method gives.
template <class T>
struct ResultOf {
  static constexpr bool kIsStatus = std::is_same_v<T, absl::Status> || kIsStatusOr<T>;
  static_assert(
      !kIsStatus,
      "A Sync method's failure already is a status: write Sync<> where nothing else comes "
      "back, and Sync<T> in place of Sync<absl::StatusOr<T>>.");
  using Type = std::conditional_t<kIsStatus, void, T>;
};

}  // namespace internal

// The caller waits for a T, or for the failure. Awaiting it runs a method of the same actor.
template <class T = void, class Timeout = DefaultTimeout>
class [[nodiscard(
    "a method of this actor runs when it is awaited: co_await it, or call it "
    "through self()")]] Sync : public internal::Outcome<typename internal::ResultOf<T>::Type> {
 public:
  using Result = T;
  using TimeoutType = Timeout;
  using Base = internal::Outcome<T>;
  static constexpr bool kOneWay = false;
  static constexpr bool kParallel = false;

  Sync()
    requires std::is_void_v<T>
      : Base(Nothing{}) {}
  template <class U>
    requires(!std::is_void_v<T> && std::is_convertible_v<U &&, internal::Value<T>> &&
             !std::is_same_v<std::remove_cvref_t<U>, absl::Status> &&
             !std::is_same_v<std::remove_cvref_t<U>, absl::StatusOr<internal::Value<T>>>)
  Sync(U&& value) : Base(internal::Value<T>(std::forward<U>(value))) {}
  Sync(absl::Status failure) : Base(checked(std::move(failure))) {}
  Sync(absl::StatusOr<internal::Value<T>> result)
      : Base(result.ok() ? Base(*std::move(result)) : Base(std::move(result).status())) {}
  Sync(internal::DelegatedTag<T> call) : Base(call.message, call.timeout) {}
  explicit Sync(Base outcome) : Base(std::move(outcome)) {}

  // For the coroutine machinery.
  explicit Sync(internal::Promise<T>* promise) : Base(promise) {}
  struct promise_type : internal::Promise<T> {
    Sync get_return_object() {
      this->handle = std::coroutine_handle<promise_type>::from_promise(*this);
      return Sync(static_cast<internal::Promise<T>*>(this));
    }
  };

  // co_await own_method(...): as a call, without a message.
  auto troupe_awaiter() && { return internal::OutcomeAwaiter<T, false>(std::move(*this)); }

  class StatusOrAwaitable {
   public:
    explicit StatusOrAwaitable(Base&& outcome) : outcome_(std::move(outcome)) {}
    auto troupe_awaiter() && { return internal::OutcomeAwaiter<T, true>(std::move(outcome_)); }

   private:
    Base outcome_;
  };
  StatusOrAwaitable status_or() && { return StatusOrAwaitable(std::move(*this)); }

 private:
  // An ok status is the success of a method without a value, and a mistake in any other.
  static Base checked(absl::Status failure) {
    if (!failure.ok()) return Base(std::move(failure));
    if constexpr (std::is_void_v<T>) {
      return Base(Nothing{});
    } else {
      return Base(absl::InternalError("a method returned an ok status instead of its value"));
    }
  }
};

// The caller goes on at once. A failure goes to on_failure() of this actor.
class [[nodiscard(
    "a method of this actor runs when it is awaited: co_await it, or call it "
    "through self()")]] Async : public internal::Outcome<void> {
 public:
  using Result = void;
  using TimeoutType = DefaultTimeout;
  using Base = internal::Outcome<void>;
  static constexpr bool kOneWay = true;
  static constexpr bool kParallel = false;

  Async() : Base(Nothing{}) {}
  explicit Async(Base outcome) : Base(std::move(outcome)) {}
  Async(absl::Status status) : Base(status.ok() ? Base(Nothing{}) : Base(std::move(status))) {}

  explicit Async(internal::Promise<void>* promise) : Base(promise) {}
  struct promise_type : internal::Promise<void> {
    Async get_return_object() {
      handle = std::coroutine_handle<promise_type>::from_promise(*this);
      return Async(static_cast<internal::Promise<void>*>(this));
    }
  };

  auto troupe_awaiter() && { return internal::OutcomeAwaiter<void, false>(std::move(*this)); }
};

// While such a method waits, other messages of its actor may run.
template <class Annotated>
class [[nodiscard(
    "a method of this actor runs when it is awaited: co_await it, or call it "
    "through self()")]] Parallel : public Annotated {
 public:
  static constexpr bool kParallel = true;
  using Annotated::Annotated;

  struct promise_type : internal::Promise<typename Annotated::Result> {
    Parallel get_return_object() {
      this->handle = std::coroutine_handle<promise_type>::from_promise(*this);
      return Parallel(static_cast<internal::Promise<typename Annotated::Result>*>(this));
    }
  };
};

// Ends the method with this failure, as `co_await absl::...Error(...)` does, but readable:
//   if (votes.empty()) co_await fail(absl::FailedPreconditionError("nobody voted"));
inline absl::Status fail(absl::Status status) {
  return status.ok() ? absl::InternalError("fail() with an ok status") : std::move(status);
}

template <class T>
class Attribute;  // attribute.h
template <class T>
struct AttributeAccess;

namespace internal {

// A string as a template argument.
template <std::size_t kSize>
struct FixedString {
  char text[kSize];
  consteval FixedString(const char (&literal)[kSize]) {
    for (std::size_t i = 0; i < kSize; ++i) text[i] = literal[i];
  }
  constexpr std::string_view view() const { return {text, kSize - 1}; }
};

template <class R>
concept Annotated = requires {
  typename R::Result;
  typename R::TimeoutType;
  { R::kOneWay } -> std::convertible_to<bool>;
  { R::kParallel } -> std::convertible_to<bool>;
};

template <class P>
constexpr bool kPassable = !std::is_reference_v<P> && !std::is_pointer_v<P>;

template <class Method>
struct MethodTraits {
  static constexpr bool kIsMethod = std::is_void_v<Method>;  // Never.
  static_assert(kIsMethod,
                "ACTOR_METHODS lists methods of the class, and Attributes: not other data members, "
                "not static functions, and each name only once, without overloads.");
};
// An Attribute<T> is called as a method is.
template <class T, class C>
struct MethodTraits<Attribute<T> C::*> {
  using Return = Sync<T>;
  using Class = C;
  using Arguments = std::tuple<AttributeAccess<T>>;
  static constexpr bool kAnnotated = true;
  static constexpr bool check() {
    constexpr bool kCanBeSent = Marshallable<T>;
    static_assert(kCanBeSent,
                  "An Attribute cannot be sent: it is not a number, string, container, Ref or "
                  "protobuf message, nor a struct with FIELDS. Give the struct one FIELDS(...) "
                  "line that names its members.");
    return true;
  }
};
template <class R, class C, class... P>
struct MethodTraits<R (C::*)(P...)> {
  using Return = R;
  using Class = C;
  using Arguments = std::tuple<P...>;
  static constexpr bool kByValue = (kPassable<P> && ...);
  static constexpr bool kAnnotated = Annotated<R>;
  static constexpr bool check() {
    static_assert(kAnnotated,
                  "A method that others call says how: it returns Sync<T>, Async, "
                  "Parallel<Sync<T>> or Parallel<Async>.");
    static_assert(kByValue,
                  "An actor's method takes its parameters by value: the caller may be gone, or on "
                  "another host, when it runs. Write T instead of const T& or T*.");
    constexpr bool kOrdered = !(internal::kUnordered<P> || ...);
    static_assert(kOrdered,
                  "A parameter is an unordered container: its order would differ from run to run. "
                  "Write std::map or std::set.");
    constexpr bool kCanBeSent = !kByValue || !kOrdered || (Marshallable<P> && ...);
    static_assert(kCanBeSent,
                  "A parameter cannot be sent: it is not a number, string, container, Ref or "
                  "protobuf message, nor a struct with FIELDS. Give the struct one FIELDS(...) "
                  "line that names its members.");
    if constexpr (kAnnotated) {
      using T = typename R::Result;
      if constexpr (!std::is_void_v<T>) {
        constexpr bool kOrdered = !internal::kUnordered<T>;
        static_assert(kOrdered,
                      "A result is an unordered container: its order would differ from run to run. "
                      "Write std::map or std::set.");
        constexpr bool kCanBeSent = !kOrdered || Marshallable<T>;
        static_assert(kCanBeSent,
                      "A result cannot be sent: it is not a number, string, container, Ref or "
                      "protobuf message, nor a struct with FIELDS. Give the struct one FIELDS(...) "
                      "line that names its members.");
      }
    }
    return true;
  }
};
template <class R, class C, class... P>
struct MethodTraits<R (C::*)(P...) const> : MethodTraits<R (C::*)(P...)> {};
template <class R, class C, class... P>
struct MethodTraits<R (C::*)(P...) noexcept> : MethodTraits<R (C::*)(P...)> {};
template <class R, class C, class... P>
struct MethodTraits<R (C::*)(P...) const noexcept> : MethodTraits<R (C::*)(P...)> {};

// --- Running a method for a message: the parts that know its types -------------------------------

// Runs the method's body up to its first wait. Takes the arguments out of the message.
template <auto kMethod>
typename MethodTraits<decltype(kMethod)>::Return::Base run_method(ActorBase& actor,
                                                                  Message& message) {
  using Traits = MethodTraits<decltype(kMethod)>;
  using Arguments = typename Traits::Arguments;
  using Class = typename Traits::Class;
  auto& arguments = message.payload_as<Arguments>();
  struct Taken {
    Message& message;
    Arguments& arguments;
    ~Taken() {
      arguments.~Arguments();
      message.arguments_taken = true;
    }
  } taken{message, arguments};
  try {
    return std::apply(
        [&](auto&... argument) {
          return (static_cast<Class&>(actor).*kMethod)(std::move(argument)...);
        },
        arguments);
  } catch (...) {
    return typename Traits::Return::Base(status_of_current_exception(message.method));
  }
}

// Defined in turn.h: hands an outcome on to whoever waits for the activation.
template <class T>
void settle(Activation& starting, Outcome<T> outcome);

struct CurrentActivation {  // Makes an activation the current one in a scope.
  explicit CurrentActivation(Activation* activation)
      : previous(std::exchange(current_activation, activation)) {}
  ~CurrentActivation() { current_activation = previous; }
  CurrentActivation(const CurrentActivation&) = delete;
  CurrentActivation& operator=(const CurrentActivation&) = delete;
  Activation* previous;
};

template <auto kMethod>
void invoke(ActorBase& actor, Message* message) {
  Activation starting;
  starting.actor = &actor;
  starting.method = message->method;
  starting.deadline = message->deadline;
  starting.chain = std::exchange(message->chain, nullptr);
  starting.ticket = message;
  starting.sender = message->sender;
  if (message->timer) {
    starting.timer_slot = message->slot;
    starting.timer_generation = message->generation;
  }
  CurrentActivation scope(&starting);
  settle(starting, run_method<kMethod>(actor, *message));
}

template <auto kMethod>
void invoke_inline(ActorBase& actor, Message* message, void* outcome) {
  using T = typename MethodTraits<decltype(kMethod)>::Return::Result;
  MessagePtr owned(message);
  *static_cast<Outcome<T>*>(outcome) = run_method<kMethod>(actor, *message);
}

// --- The method's constant -----------------------------------------------------------------------

constexpr std::uint32_t method_id(std::string_view actor, std::string_view name) {
  std::uint32_t hash = 2166136261;  // FNV-1a
  for (const char c : actor) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  hash = (hash ^ '.') * 16777619;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return hash;
}

template <class T>
void destroy(void* object) {
  static_cast<T*>(object)->~T();
}

// How a method's arguments, a tuple, and its result travel.
template <class Arguments, class T>
constexpr void set_codec(MethodInfo& info) {
  using Result = Value<T>;
  static_assert(alignof(Arguments) <= kPoolStep && alignof(Result) <= kPoolStep);
  info.payload_size = std::max({sizeof(Arguments), sizeof(Result), sizeof(absl::Status)});
  info.destroy_arguments = &destroy<Arguments>;
  info.encode_arguments = [](const void* arguments, std::string* bytes) {
    *bytes = encode_fields(*static_cast<const Arguments*>(arguments));
  };
  info.decode_arguments = [](std::string_view bytes, void* place) {
    auto arguments = std::make_unique<Arguments>();
    if (!decode_fields(bytes, *arguments)) return false;
    new (place) Arguments(std::move(*arguments));
    return true;
  };
  info.describe_arguments = [] { return describe_fields<Arguments>(); };
  info.destroy_result = &destroy<Result>;
  if constexpr (std::is_void_v<T>) {
    info.encode_result = [](const void*, std::string* bytes) { bytes->clear(); };
    info.decode_result = [](std::string_view bytes, void* place) {
      new (place) Nothing;
      return decode_fields(bytes, std::tuple<>());
    };
    info.describe_result = [] { return std::vector<TypeDescription>(); };
  } else {
    info.encode_result = [](const void* result, std::string* bytes) {
      *bytes = encode_fields(std::tie(*static_cast<const Result*>(result)));
    };
    info.decode_result = [](std::string_view bytes, void* place) {
      auto result = std::make_unique<Result>();
      if (!decode_fields(bytes, std::tie(*result))) return false;
      new (place) Result(std::move(*result));
      return true;
    };
    info.describe_result = [] { return describe_fields<std::tuple<Result>>(); };
  }
}

template <auto kMethod, FixedString kActor, FixedString kName>
constexpr MethodInfo make_method_info() {
  using Traits = MethodTraits<decltype(kMethod)>;
  MethodInfo info;
  if constexpr (Traits::check()) {
    using Arguments = typename Traits::Arguments;
    using Return = typename Traits::Return;
    info.actor = kActor.view();
    info.name = kName.view();
    info.id = method_id(kActor.view(), kName.view());
    info.one_way = Return::kOneWay;
    info.parallel = Return::kParallel;
    info.timeout = Return::TimeoutType::kValue;
    info.invoke = &invoke<kMethod>;
    info.invoke_inline = &invoke_inline<kMethod>;
    set_codec<Arguments, typename Return::Result>(info);
  }
  return info;
}

template <auto kMethod, FixedString kActor, FixedString kName>
inline constexpr MethodInfo kMethodInfo = make_method_info<kMethod, kActor, kName>();

// Takes what ACTOR_METHODS may list: a name that means one thing.
template <class Method>
void is_one_method(Method);

// The type of a method's parameter; none where it has not so many.
template <auto kMethod, std::size_t kIndex>
using ParameterAt =
    std::tuple_element_t<kIndex, typename MethodTraits<decltype(kMethod)>::Arguments>;

// One entry of ACTOR_METHODS.
template <auto kMethod, FixedString kActor, FixedString kName>
struct ListedMethod {
  static constexpr auto kPointer = kMethod;
  static constexpr const MethodInfo* info() { return &kMethodInfo<kMethod, kActor, kName>; }
};

// What every actor can be called with: see ref.h.
struct RootInterface;

// Found by ADL where ACTOR_METHODS stands before the class; this one where it does not.
struct NoInterface {
  template <class Target>
  struct Methods {};
};
NoInterface troupe_interface(...);

template <class A>
using InterfaceOf = decltype(troupe_interface(static_cast<const A*>(nullptr)));

template <class A>
concept HasInterface = !std::is_same_v<InterfaceOf<A>, NoInterface>;

// The MethodInfo of a pointer to a method, or null where ACTOR_METHODS does not list it.
template <class A, class Method>
constexpr const MethodInfo* find_listed(Method method) {
  const MethodInfo* found = nullptr;
  auto compare = [&]<class Entry>(Entry) {
    if constexpr (std::is_same_v<std::remove_const_t<decltype(Entry::kPointer)>, Method>) {
      if (Entry::kPointer == method) found = Entry::info();
    }
  };
  std::apply([&](auto... entry) { (compare(entry), ...); }, InterfaceOf<A>::template table<A>());
  return found;
}

}  // namespace internal

// All methods of an actor class, in the order of ACTOR_METHODS.
template <class A>
std::vector<const MethodInfo*> methods_of() {
  std::vector<const MethodInfo*> methods;
  std::apply([&](auto... entry) { (methods.push_back(decltype(entry)::info()), ...); },
             internal::InterfaceOf<A>::template table<A>());
  return methods;
}

}  // namespace troupe

#define TROUPE_CALL_THROUGH_(Class, method)                                                      \
  template <class... TroupeArguments, class TroupeActor = Class>                                 \
  auto method(TroupeArguments&&... arguments) const {                                            \
    static_assert(                                                                               \
        requires { ::troupe::internal::is_one_method(&TroupeActor::method); },                   \
        "ACTOR_METHODS lists " #Class "::" #method                                               \
        ", which must be one public method of the class, without overloads.");                   \
    return call_through<&TroupeActor::method, #Class, #method>(                                  \
        static_cast<const TroupeTarget&>(*this), ::std::forward<TroupeArguments>(arguments)...); \
  }                                                                                              \
  /* For arguments in braces, which have no type of their own: f({.key = 7}), f(7, {1, 2}). */   \
  template <class TroupeActor = Class,                                                           \
            class Troupe0 = ::troupe::internal::ParameterAt<&TroupeActor::method, 0>>            \
  auto method(Troupe0&& first) const {                                                           \
    return call_through<&TroupeActor::method, #Class, #method>(                                  \
        static_cast<const TroupeTarget&>(*this), ::std::forward<Troupe0>(first));                \
  }                                                                                              \
  template <class TroupeActor = Class,                                                           \
            class Troupe0 = ::troupe::internal::ParameterAt<&TroupeActor::method, 0>,            \
            class Troupe1 = ::troupe::internal::ParameterAt<&TroupeActor::method, 1>>            \
  auto method(Troupe0&& first, Troupe1&& second) const {                                         \
    return call_through<&TroupeActor::method, #Class, #method>(                                  \
        static_cast<const TroupeTarget&>(*this), ::std::forward<Troupe0>(first),                 \
        ::std::forward<Troupe1>(second));                                                        \
  }

#define TROUPE_TABLE_ENTRY_(Class, method) \
  , ::std::tuple<::troupe::internal::ListedMethod<&TroupeActor::method, #Class, #method>> {}

// Lists the methods of `Class` that others may call. Stands before the class, in its namespace.
#define ACTOR_METHODS(Class, ...) \
  TROUPE_INTERFACE_(Class, ::troupe::internal::RootInterface, __VA_ARGS__)

// The same for a class that has the methods of another actor class, too:
//   ACTOR_METHODS_WITH_BASE(Dog, Animal, bark)
//   class Dog : public Actor<Dog, Animal> { ... };
#define ACTOR_METHODS_WITH_BASE(Class, Parent, ...) \
  TROUPE_INTERFACE_(Class, Parent##Interface, __VA_ARGS__)

#define TROUPE_INTERFACE_(Class, ParentInterface, ...)                                       \
  class Class;                                                                               \
  struct Class##Interface {                                                                  \
    using TroupeClass = Class;                                                               \
    using TroupeParent = ParentInterface;                                                    \
    static constexpr ::std::string_view kName = #Class;                                      \
    template <class TroupeTarget>                                                            \
    struct Methods : ParentInterface::template Methods<TroupeTarget> {                       \
      TROUPE_FOR_EACH(TROUPE_CALL_THROUGH_, Class, __VA_ARGS__)                              \
    };                                                                                       \
    template <class TroupeActor = Class>                                                     \
    static constexpr auto own_table() {                                                      \
      return ::std::tuple_cat(::std::tuple<>()                                               \
                                  TROUPE_FOR_EACH(TROUPE_TABLE_ENTRY_, Class, __VA_ARGS__)); \
    }                                                                                        \
    template <class TroupeActor = Class>                                                     \
    static constexpr auto table() {                                                          \
      return ::std::tuple_cat(own_table<TroupeActor>(),                                      \
                              TroupeParent::template table<TroupeActor>());                  \
    }                                                                                        \
  };                                                                                         \
  [[maybe_unused]] Class##Interface troupe_interface(const Class*);
