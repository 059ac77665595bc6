// The supervisor: its children in order, and what it does when one of them ends.
#include "actor/supervise.h"

#include <algorithm>

namespace troupe {

namespace {

// A child's class does not matter to who ends it.
Ref<Supervisor> any_ref(ActorId actor) { return Ref<Supervisor>(actor); }

}  // namespace

Supervisor::Supervisor(SupervisorOptions options, std::vector<ChildSpec> specs)
    : options_(options) {
  children_.reserve(specs.size());
  for (ChildSpec& spec : specs) {
    children_.push_back({.spec = std::move(spec), .actor = {}, .unborn = false, .starts = 0});
  }
}

Sync<ChildState> Supervisor::child(std::string name) {
  for (const Child& child : children_) {
    if (child.spec.name_ == name) {
      return ChildState{name, child.spec.type_, child.actor, child.starts};
    }
  }
  return absl::NotFoundError(absl::StrCat("no child is called \"", name, "\""));
}

Sync<std::vector<ChildState>> Supervisor::children() {
  std::vector<ChildState> states;
  for (const Child& child : children_) {
    states.push_back({child.spec.name_, child.spec.type_, child.actor, child.starts});
  }
  return states;
}

Sync<void, NoTimeout> Supervisor::shut_down() {
  co_await halt(0, children_.size());
  stop();
}

Async Supervisor::on_start() {
  trap_exits();
  co_await start(0, children_.size());
}

// For a plain stop(): it cannot wait, but keeps the order.
void Supervisor::on_stop() {
  for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
    if (child->actor) stop(any_ref(child->actor));
  }
}

Async Supervisor::on_exit(Exit exit) {
  if (leaving_.erase(exit.actor) > 0) co_return;
  const auto child = std::find_if(children_.begin(), children_.end(), [&](const Child& one) {
    return exit.actor ? one.actor == exit.actor : one.unborn;
  });
  if (child != children_.end()) {
    child->actor = {};
    child->unborn = false;
    co_await restart(static_cast<std::size_t>(child - children_.begin()), exit);
  } else if (exit.actor && !exit.why.ok()) {
    // Not a child: whoever this supervisor is linked to from above.
    co_await this->exit(exit.why);
  }
}

Sync<> Supervisor::restart(std::size_t failed, Exit exit) {
  const ChildSpec& spec = children_[failed].spec;
  if (spec.restart_ == Restart::kTemporary) co_return;
  if (spec.restart_ == Restart::kTransient && exit.why.ok()) co_return;
  if (too_many_restarts()) {
    co_await halt(0, children_.size());
    co_await this->exit(absl::ResourceExhaustedError(absl::StrCat(
        "more than ", options_.max_restarts, " restarts within ", to_string(options_.within),
        "; the last was of \"", spec.name_, "\": ", to_string(exit.why))));
  }
  const std::size_t first = options_.strategy == Strategy::kOneForAll ? 0 : failed;
  const std::size_t last =
      options_.strategy == Strategy::kOneForOne ? failed + 1 : children_.size();
  co_await halt(first, last);
  co_await start(first, last);
}

Sync<> Supervisor::start(std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    Child& child = children_[i];
    if (child.starts > 0 && child.spec.restart_ == Restart::kTemporary) continue;
    ++child.starts;
    child.actor = internal::Life::spawn(*this, child.spec.make_(),
                                        {.link = true, .let_it_crash = child.spec.let_it_crash_})
                      .id;
    child.unborn = !child.actor;
    if (child.unborn) continue;
    // Where it fails, on_exit() will hear of it.
    static_cast<void>(
        co_await ping(any_ref(child.actor)).within(child.spec.starts_within_).status_or());
  }
}

Sync<> Supervisor::halt(std::size_t first, std::size_t last) {
  for (std::size_t i = last; i-- > first;) {
    Child& child = children_[i];
    child.unborn = false;
    const ActorId actor = std::exchange(child.actor, {});
    if (!actor) continue;
    leaving_.insert(actor);
    const absl::StatusOr<bool> stopped =
        co_await graceful_stop(any_ref(actor), child.spec.stops_within_).status_or();
    if (stopped.ok()) continue;
    kill(any_ref(actor));
    static_cast<void>(co_await join(any_ref(actor)).within(child.spec.stops_within_).status_or());
  }
}

// Notes one more.
bool Supervisor::too_many_restarts() {
  const Time now = runtime().now();  // True time, also where the clock of the host is wrong.
  restarts_.push_back(now);
  while (restarts_.front() < now - options_.within) restarts_.pop_front();
  return restarts_.size() > static_cast<std::size_t>(options_.max_restarts);
}

}  // namespace troupe
