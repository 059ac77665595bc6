// Names of others' methods.
#include "remote/internal/methods.h"

#include "actor/host.h"

namespace troupe::internal {

const ActorType* living_type(ThreadRuntime& runtime, ActorId& actor) {
  const ActorType* type = runtime.type_of(actor);
  if (type != nullptr || (actor != host_object_id(actor.host) && !is_stable(actor))) return type;
  Message probe;
  probe.target = actor;
  if (!runtime.wakes_host_object(probe)) return nullptr;
  actor = probe.target;
  return runtime.type_of(actor);
}

const MethodInfo& Methods::named(std::string_view full_name) {
  const std::lock_guard lock(mutex_);
  auto found = names_.find(full_name);
  if (found == names_.end()) {
    if (names_.size() >= kMostNames) full_name = "another host's method";
    const std::size_t dot = full_name.find('.');
    found = names_.try_emplace(std::string(full_name)).first;
    Named& named = found->second;
    named.actor = std::string(full_name.substr(0, dot));
    if (dot != std::string_view::npos) named.name = std::string(full_name.substr(dot + 1));
    named.method.actor = named.actor;
    named.method.name = named.name;
  }
  return found->second.method;
}

}  // namespace troupe::internal
