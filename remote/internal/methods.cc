// Names of others' methods.
#include "remote/internal/methods.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
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

namespace {

void describe(const TypeDescription& type, std::string& text) {
  absl::StrAppend(&text, static_cast<int>(type.kind), ":", type.bits, ":", type.name, "(");
  for (std::size_t i = 0; i < type.parts.size(); ++i) {
    if (i < type.field_names.size()) absl::StrAppend(&text, type.field_names[i], "=");
    if (i < type.has_default.size() && type.has_default[i]) text += '?';
    describe(type.parts[i], text);
  }
  text += ')';
}

}  // namespace

std::uint64_t digest_of(const MethodInfo& method) {
  if (method.describe_arguments == nullptr || method.describe_result == nullptr) return 0;
  std::string text = method.one_way ? "one way(" : "(";
  for (const TypeDescription& type : method.describe_arguments()) describe(type, text);
  text += ")(";
  for (const TypeDescription& type : method.describe_result()) describe(type, text);
  std::uint64_t digest = 0xcbf29ce484222325;  // FNV-1a
  for (const char letter : text) {
    digest = (digest ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  }
  return std::max<std::uint64_t>(digest, 1);
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
