// Which events pass.
#include "trace/switch.h"

namespace troupe::trace {

void Switch::everything(bool on) {
  const std::lock_guard lock(mutex_);
  everything_ = on;
}

void Switch::actor(ActorId actor, bool on) {
  const std::lock_guard lock(mutex_);
  actors_[actor] = on;
}

void Switch::of_class(const std::string& name, bool on) {
  const std::lock_guard lock(mutex_);
  classes_[name] = on;
}

void Switch::host(HostId host, bool on) {
  const std::lock_guard lock(mutex_);
  hosts_[host] = on;
}

void Switch::on_event(const troupe::Event& event) {
  {
    const std::lock_guard lock(mutex_);
    if (event.kind == EventKind::kSpawn) class_names_[event.actor] = event.detail;
    if (!is_on(event.actor) && !is_on(event.peer)) return;
  }
  to_.on_event(event);
}

bool Switch::is_on(ActorId actor) {
  if (!actor) return everything_;
  if (const auto found = actors_.find(actor); found != actors_.end()) return found->second;
  if (!classes_.empty()) {
    const auto found = classes_.find(class_of(actor));
    if (found != classes_.end()) return found->second;
  }
  if (const auto found = hosts_.find(actor.host); found != hosts_.end()) return found->second;
  return everything_;
}

// Of an actor that was there before anybody looked: from its name, "Node#4@n17".
const std::string& Switch::class_of(ActorId actor) {
  const auto [place, is_new] = class_names_.try_emplace(actor);
  if (is_new) {
    const std::string name = runtime_.name_of(actor);
    place->second = name.substr(0, name.find_first_of("#@"));
  }
  return place->second;
}

}  // namespace troupe::trace
