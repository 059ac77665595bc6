// Supervisor: an actor that starts others, and starts them again when they fail.
//
//   const Ref<Supervisor> supervisor = spawn<Supervisor>(
//       SupervisorOptions{.strategy = Strategy::kRestForOne, .max_restarts = 3, .within = 5s},
//       std::vector{child_spec<Store>("store"),
//                   child_spec<Index>("index", 64).let_it_crash(),
//                   child_spec<Import>("import").restart(Restart::kTransient)});
//   const Ref<Index> index = co_await child_of<Index>(supervisor, "index");
//
// Children live on their supervisor's host, start in the order of the list, each after the
// on_start() of those before it, and stop in reverse order. Each start makes a new actor: old Refs
// do not reach it, child_of() gives the new one.
//
// A child that fails more often than `max_restarts` times within `within` takes all others with
// it: the supervisor ends with RESOURCE_EXHAUSTED. It is linked to its children both ways; spawn it
// with spawn_link, and your own supervisor or actor learns it. A child's on_start() must not call
// its supervisor, which waits for it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "actor/actor.h"

namespace troupe {

// Who is started again when a child fails: it alone, all, or it and those that started after it.
enum class Strategy : std::uint8_t { kOneForOne, kOneForAll, kRestForOne };

// When a child that has ended is started again: always, after an abnormal end, never.
enum class Restart : std::uint8_t { kPermanent, kTransient, kTemporary };

struct SupervisorOptions {
  Strategy strategy = Strategy::kOneForOne;
  int max_restarts = 3;  // more than so many within this time are too many
  Duration within = std::chrono::seconds(5);
};

// How to make one child. See child_spec().
class ChildSpec {
 public:
  ChildSpec(std::string name, std::string_view type,
            std::function<absl::StatusOr<std::unique_ptr<ActorBase>>()> make)
      : name_(std::move(name)), type_(type), make_(std::move(make)) {}

  ChildSpec restart(Restart when) && {
    restart_ = when;
    return std::move(*this);
  }
  // A failure of one of its Async methods ends the child, and so has it restarted.
  ChildSpec let_it_crash() && {
    let_it_crash_ = true;
    return std::move(*this);
  }
  // How long it has to stop when asked to; then it is killed.
  ChildSpec stops_within(Duration span) && {
    stops_within_ = span;
    return std::move(*this);
  }
  // How long its on_start() has before those after it are started all the same.
  ChildSpec starts_within(Duration span) && {
    starts_within_ = span;
    return std::move(*this);
  }

 private:
  friend class Supervisor;

  std::string name_;
  std::string type_;
  std::function<absl::StatusOr<std::unique_ptr<ActorBase>>()> make_;
  Restart restart_ = Restart::kPermanent;
  bool let_it_crash_ = false;
  Duration stops_within_ = std::chrono::seconds(5);
  Duration starts_within_ = std::chrono::seconds(5);
};

// A child of class A, made from these arguments each time it is started.
template <class A, class... Arguments>
ChildSpec child_spec(std::string name, Arguments... arguments) {
  return ChildSpec(
      std::move(name), internal::InterfaceOf<A>::kName,
      [... arguments = std::move(arguments)] { return internal::make_actor<A>(arguments...); });
}

// One child, as it is now.
struct ChildState {
  std::string name;
  std::string type;
  ActorId actor;  // none: it has ended, and is not to be started again
  std::int64_t starts = 0;
  FIELDS(name, type, actor, starts)
};

ACTOR_METHODS(Supervisor, child, children, shut_down)

class Supervisor : public Actor<Supervisor> {
 public:
  Supervisor(SupervisorOptions options, std::vector<ChildSpec> specs);

  Sync<ChildState> child(std::string name);
  Sync<std::vector<ChildState>> children();

  // Stops the children, each after those that started after it, and then the supervisor.
  Sync<void, NoTimeout> shut_down();

 private:
  struct Child {
    ChildSpec spec;
    ActorId actor;
    bool unborn = false;  // its constructor has failed; the notice is on its way
    std::int64_t starts = 0;
  };

  Async on_start() override;
  Async on_exit(Exit exit) override;
  void on_stop() override;

  // Of the children in [first, last): starts them in order, stops them in reverse order.
  Sync<> start(std::size_t first, std::size_t last);
  Sync<> halt(std::size_t first, std::size_t last);
  Sync<> restart(std::size_t failed, Exit exit);
  bool too_many_restarts();

  SupervisorOptions options_;
  std::vector<Child> children_;
  std::set<ActorId> leaving_;  // stopped by this supervisor; the notices are on their way
  std::deque<Time> restarts_;  // those that still count
};

// The child of this name as it is now. NOT_FOUND where there is none or it has ended for good.
template <class A>
Sync<Ref<A>> child_of(Ref<Supervisor> supervisor, std::string name) {
  const ChildState child = co_await supervisor.child(name);
  if (child.type != internal::InterfaceOf<A>::kName) {
    co_await fail(absl::InvalidArgumentError(
        absl::StrCat("the child \"", name, "\" is a ", child.type, ", not a ",
                     std::string(internal::InterfaceOf<A>::kName))));
  }
  if (!child.actor) {
    co_await fail(absl::NotFoundError(absl::StrCat("the child \"", name, "\" has ended")));
  }
  co_return Ref<A>(child.actor);
}

}  // namespace troupe
