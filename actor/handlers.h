// MESSAGE_HANDLERS: methods that are found by the type of a message, as in papers that write "upon
// receiving (PREPARE, n)". For what comes by send() and request(); see ref.h.
//
//   MESSAGE_HANDLERS(Shop, on_order, on_price, on_anything)
//   class Shop : public Actor<Shop> {
//    public:
//     Async on_order(Order order);       // messages of type Order, and of types that extend it
//     Sync<int> on_price(Price price);   // requests: the answer
//     Async on_anything(Term message);   // all others
//   };
//   shop.send(Order{7});
//   Term price = co_await shop.request(Price{"tea"});
//
// The handler of a message's very type comes first, then those of what it extends, then the one
// that takes a Term. A class has the handlers of the class that it extends, too; its own come
// first. What nobody takes fails with UNIMPLEMENTED. A handler that waits keeps its actor's turn.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "actor/internal/behavior.h"
#include "actor/internal/interface.h"
#include "actor/internal/turn.h"
#include "actor/method.h"
#include "actor/term.h"

namespace troupe {

namespace internal {

template <class R>
constexpr bool kIsSync = false;
template <class T, class Timeout>
constexpr bool kIsSync<Sync<T, Timeout>> = true;

// Goes on with what a handler gave, where that is not known yet.
template <class Return>
Async ended(Return running) {
  co_await std::move(running);
}
template <class Return>
Sync<Term> answered(Return running) {
  if constexpr (std::is_void_v<typename Return::Result>) {
    co_await std::move(running);
    co_return Term();
  } else {
    auto value = co_await std::move(running);
    co_return Term(std::move(value));
  }
}

// What a handler gave, for a message that nobody waits for.
template <class Return>
Async without_answer(Return given) {
  switch (given.state()) {
    case OutcomeState::kValue:
      return {};
    case OutcomeState::kFailure:
      return std::move(given.status());
    case OutcomeState::kDelegated: {
      const auto [message, timeout] = given.release_delegated();
      return Async(Outcome<void>(message, timeout));
    }
    default:
      return ended(std::move(given));
  }
}

// What a handler gave, as the answer of a request.
template <class Return>
Sync<Term> as_answer(Return given) {
  using T = typename Return::Result;
  if constexpr (std::is_same_v<T, Term>) {
    return Sync<Term>(static_cast<Outcome<Term>&&>(given));
  } else {
    switch (given.state()) {
      case OutcomeState::kValue:
        if constexpr (std::is_void_v<T>) {
          return Term();
        } else {
          return Term(std::move(given.value()));
        }
      case OutcomeState::kFailure:
        return std::move(given.status());
      case OutcomeState::kDelegated:
        return absl::InternalError(
            "a handler whose answer comes from elsewhere or later returns Sync<Term>");
      default:
        return answered(std::move(given));
    }
  }
}

// One entry of MESSAGE_HANDLERS.
template <auto kMethod>
struct HandlerOf {
  using Traits = MethodTraits<decltype(kMethod)>;
  using Return = typename Traits::Return;
  using Arguments = typename Traits::Arguments;

  static constexpr bool check() {
    if constexpr (Traits::check()) {
      constexpr bool kOneParameter = std::tuple_size_v<Arguments> == 1;
      static_assert(kOneParameter, "A message handler has one parameter: the message.");
      constexpr bool kKeepsTurn = std::is_same_v<Return, Async> || kIsSync<Return>;
      static_assert(kKeepsTurn, "A message handler returns Async or Sync<T>.");
      if constexpr (kOneParameter) {
        constexpr bool kIsTerm = TermValue<std::tuple_element_t<0, Arguments>>;
        static_assert(kIsTerm, "A message handler takes what can be a Term: see term.h.");
        return kKeepsTurn && kIsTerm;
      }
    }
    return false;
  }

  template <class Give>
  static auto run(ActorBase& actor, Term message, Give give) {
    using Parameter = std::tuple_element_t<0, Arguments>;
    std::optional<Parameter> parameter = message.as<Parameter>();
    return give((static_cast<typename Traits::Class&>(actor).*kMethod)(*std::move(parameter)));
  }
  static Async message(ActorBase& actor, Term message) {
    return run(actor, std::move(message),
               [](Return given) { return without_answer(std::move(given)); });
  }
  static Sync<Term> request(ActorBase& actor, Term request) {
    return run(actor, std::move(request), [](Return given) { return as_answer(std::move(given)); });
  }

  static constexpr Handler handler() {
    Handler handler;
    if constexpr (check()) {
      using Parameter = std::tuple_element_t<0, Arguments>;
      handler.takes_all = std::is_same_v<Parameter, Term>;
      if constexpr (HasFields<Parameter>) handler.type = short_type_name<Parameter>();
      handler.takes = [](const Term& term) { return term.as<Parameter>().has_value(); };
      handler.on_message = &message;
      handler.on_request = &request;
    }
    return handler;
  }
};

// What an actor class derives from besides: see Actor<A, Base>.
template <class A, class = void>
struct ParentOf {
  using Type = ActorBase;
};
template <class A>
struct ParentOf<A, std::void_t<typename A::TroupeParentClass>> {
  using Type = typename A::TroupeParentClass;
};

// The handlers of a class and of what it extends, its own first.
template <class A>
constexpr auto handlers_of() {
  using Own = HandlersOf<A>;
  if constexpr (std::is_same_v<Own, NoHandlers>) {
    return std::tuple<>();
  } else {
    using Parent = typename ParentOf<typename Own::TroupeClass>::Type;
    return std::tuple_cat(Own::template table<>(), handlers_of<Parent>());
  }
}

template <class... Methods>
constexpr auto to_array(std::tuple<Methods...>) {
  return std::array<Handler, sizeof...(Methods)>{Methods::handler()...};
}

// Whether no two handlers of one table are for the same type.
template <std::size_t kSize>
constexpr bool all_differ(const std::array<Handler, kSize>& handlers) {
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const bool same_type = !handlers[i].type.empty() && handlers[i].type == handlers[k].type;
      if (same_type || (handlers[i].takes_all && handlers[k].takes_all)) return false;
    }
  }
  return true;
}

template <class A>
struct HandlerTable {
  static constexpr auto make() {
    if constexpr (!std::is_same_v<HandlersOf<A>, NoHandlers>) {
      constexpr bool kAllDiffer = all_differ(to_array(HandlersOf<A>::template table<>()));
      static_assert(kAllDiffer, "Two handlers of this class take messages of one type.");
    }
    return to_array(handlers_of<A>());
  }
  static constexpr auto kHandlers = make();
};

template <class A, class M>
constexpr bool takes_message() {
  if constexpr (std::is_same_v<HandlersOf<A>, NoHandlers> || std::is_same_v<M, Term>) {
    return true;  // Only time can tell.
  } else {
    return std::apply(
        [](auto... method) {
          const auto takes = []<class Method>(Method) {
            using P = std::tuple_element_t<0, typename Method::Arguments>;
            return std::is_same_v<P, Term> || std::is_convertible_v<M, P>;
          };
          return (takes(method) || ...);
        },
        handlers_of<A>());
  }
}

// The handler of a message among these; null where there is none.
const Handler* find_handler(std::span<const Handler> handlers, const Term& message);

Async handle_message(ActorBase& actor, std::span<const Handler> handlers, Term message);
Sync<Term> handle_request(ActorBase& actor, std::span<const Handler> handlers, Term request);

}  // namespace internal
}  // namespace troupe

#define TROUPE_HANDLER_ENTRY_(Class, method) \
  , ::std::tuple<::troupe::internal::HandlerOf<&TroupeActor::method>> {}

// Lists the message handlers of `Class`. Stands before the class, in its namespace.
#define MESSAGE_HANDLERS(Class, ...)                                                           \
  class Class;                                                                                 \
  struct Class##Handlers {                                                                     \
    using TroupeClass = Class;                                                                 \
    template <class TroupeActor = Class>                                                       \
    static constexpr auto table() {                                                            \
      return ::std::tuple_cat(::std::tuple<>()                                                 \
                                  TROUPE_FOR_EACH(TROUPE_HANDLER_ENTRY_, Class, __VA_ARGS__)); \
    }                                                                                          \
  };                                                                                           \
  [[maybe_unused]] Class##Handlers troupe_handlers(const Class*);
