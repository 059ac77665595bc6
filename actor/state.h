// StateMachine<A, S>: an actor whose behavior changes. Says for each state which methods it
// handles, and whether what else comes is refused or waits for a state that handles it.
//
//   class Door : public Actor<Door> {
//     enum class State { kOpen, kClosed };
//     Async on_start() override {
//       states_.state(State::kOpen, "open").only({&Door::close}).others_wait();
//       states_.state(State::kClosed, "closed")
//           .only({&Door::open, &Door::inspect})
//           .after(5s, &Door::alarm)             // when it has been closed for so long
//           .on_entry([this] { ++closings_; });
//       states_.become(State::kClosed);
//       return {};
//     }
//     Sync<> open() {
//       states_.become(State::kOpen);
//       return {};
//     }
//     StateMachine<Door, State> states_{this};
//   };
//
// What is refused fails with FAILED_PRECONDITION. What waits keeps its order, and comes before
// what is newer. States themselves are data: a change of state calls nothing, however many there
// are. In a function actor, whose state is where it stands, see Become in receive.h.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "actor/actor.h"
#include "actor/internal/behavior.h"

namespace troupe {

namespace internal {

// A method that ACTOR_METHODS lists, checked while compiling.
template <class A>
struct ListedOf {
  template <class Method>
  consteval ListedOf(Method method) : info(find_listed<A>(method)) {
    if (info == nullptr) the_method_is_not_listed_in_ACTOR_METHODS();
  }
  const MethodInfo* info;
};

}  // namespace internal

template <class A, class S>
class StateMachine {
 public:
  class State {
   public:
    // Handles these methods alone, and messages that on() names; else it handles all.
    State& only(std::initializer_list<internal::ListedOf<A>> methods) {
      behavior_.all = false;
      for (const auto& method : methods) behavior_.methods.push_back(method.info);
      return *this;
    }
    State& others_wait() {
      behavior_.others_wait = true;
      return *this;
    }
    State& others_are_refused() {
      behavior_.others_wait = false;
      return *this;
    }
    // A message handler (handlers.h) of this state, in front of those of the class:
    //   states_.state(State::kOpen, "open").on<&Door::on_knock>();
    template <auto kMethod>
    State& on() {
      behavior_.handlers.push_back(internal::HandlerOf<kMethod>::handler());
      return *this;
    }
    State& on_entry(std::function<void()> action) {
      entry_ = std::move(action);
      return *this;
    }
    State& on_exit(std::function<void()> action) {
      exit_ = std::move(action);
      return *this;
    }
    // Calls an Async method when the state has lasted so long.
    State& after(Duration timeout, internal::TimerMethod<A> method) {
      timeout_ = timeout;
      event_ = method.info;
      if (!behavior_.all) behavior_.methods.push_back(event_);
      return *this;
    }

   private:
    friend class StateMachine;
    internal::Behavior behavior_;
    std::function<void()> entry_;
    std::function<void()> exit_;
    Duration timeout_{};
    const MethodInfo* event_ = nullptr;
  };

  explicit StateMachine(A* actor) : actor_(*actor) {}
  StateMachine(const StateMachine&) = delete;
  StateMachine& operator=(const StateMachine&) = delete;

  // Describes a state. `name` is for people.
  State& state(S id, std::string name) {
    State& state = states_[id];
    state.behavior_.name = std::move(name);
    return state;
  }

  // Changes the state: from the next message on, the actor behaves so. In the state that it is in,
  // it leaves and enters it again. Within an action, the change comes after it.
  void become(S id) {
    next_ = id;
    if (changing_) return;
    changing_ = true;
    while (next_) {
      change(*std::exchange(next_, std::nullopt));
    }
    changing_ = false;
  }

  // The state; before the first become() there is none.
  std::optional<S> current() const { return current_; }

 private:
  void change(S id) {
    if (current_) {
      if (timer_.generation != 0) {
        internal::Turns::cancel_timer(actor_, timer_.slot, timer_.generation);
        timer_ = {};
      }
      if (const auto& leave = states_[*current_].exit_) leave();
    }
    current_ = id;
    State& state = states_[id];
    internal::Turns::become(actor_, &state.behavior_);
    if (state.event_ != nullptr) {
      Message* message =
          Message::create(MessageKind::kCall, state.event_, state.event_->payload_size);
      message->arguments_taken = true;  // There are none.
      const auto [slot, generation] = internal::Turns::start_timer(
          actor_, internal::date_after(actor_, state.timeout_), message);
      timer_ = {slot, generation};
    }
    if (state.entry_) state.entry_();
  }

  A& actor_;
  std::map<S, State> states_;
  std::optional<S> current_;
  std::optional<S> next_;
  bool changing_ = false;
  Timer timer_;
};

}  // namespace troupe
