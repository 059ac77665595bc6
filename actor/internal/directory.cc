// Names of actors, and what is said where one is missing or taken.
#include "actor/internal/directory.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "actor/spelling.h"

namespace troupe::internal {

std::vector<std::string> class_names(const ActorType& type) {
  std::vector<std::string> names;
  for (const ActorType* at = &type; at != nullptr; at = at->base) names.emplace_back(at->name);
  return names;
}

absl::Status wrong_class(std::string_view is, std::string_view expected) {
  return absl::FailedPreconditionError(
      absl::StrCat("is a ", std::string(is), ", not a ", std::string(expected)));
}

namespace {

// How many bytes the character at the beginning of the text has, which is not empty; 0: it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what is beyond Unicode.
  const unsigned second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Names come from other hosts, too, and are listed for them.
absl::Status check_name(std::string_view name) {
  constexpr std::size_t kLongest = 255;
  if (name.empty()) return absl::InvalidArgumentError("an actor's name is not empty");
  if (name.size() > kLongest) {
    return absl::InvalidArgumentError(
        absl::StrCat("the name that begins with ", in_quotes(name.substr(0, 40)), " has ",
                     name.size(), " bytes, and ", kLongest, " are allowed"));
  }
  if (!is_utf8(name)) return absl::InvalidArgumentError("an actor's name must be UTF-8");
  return absl::OkStatus();
}

}  // namespace

absl::Status Directory::taken(HostId host, std::string_view name, const DynamicRef& holder) const {
  return absl::AlreadyExistsError(absl::StrCat(
      "the name ", in_quotes(name), " on ", runtime_.host_name(host), " belongs to ",
      holder ? runtime_.name_of(holder.id) : absl::StrCat("a ", holder.class_name(), " to be")));
}

// With the lock held.
absl::Status Directory::nobody(HostId host, std::string_view name) const {
  std::vector<std::string> known;
  if (const auto names = hosts_.find(host); names != hosts_.end()) {
    for (const auto& [other, actor] : names->second) known.push_back(other);
  }
  const std::string meant = nearest(name, known);
  return absl::NotFoundError(
      absl::StrCat("nobody on ", runtime_.host_name(host), " is called ", in_quotes(name),
                   meant.empty() ? "" : absl::StrCat("; did you mean ", in_quotes(meant), "?")));
}

absl::Status Directory::bind(HostId host, std::string_view name, const DynamicRef& actor,
                             bool replace) {
  if (absl::Status status = check_name(name); !status.ok()) return status;
  if (actor.id.host != host) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot call ", runtime_.name_of(actor.id), " ", in_quotes(name), " on ",
                     runtime_.host_name(host), ": a name belongs to the actor's own host"));
  }
  const std::lock_guard lock(mutex_);
  in_use_.store(true, std::memory_order_release);
  // Looked at after in_use_ is set: an actor that ends from now on takes the name with it.
  const ActorType* type = runtime_.type_of(actor.id);
  if (type == nullptr) {
    return absl::NotFoundError(absl::StrCat("cannot call ", runtime_.name_of(actor.id), " ",
                                            in_quotes(name), ": the actor has ended"));
  }
  Names& names = hosts_[host];
  auto entry = names.find(name);
  if (entry != names.end()) {
    if (entry->second.id == actor.id) return absl::OkStatus();
    if (!replace || !entry->second) return taken(host, name, entry->second);
    erase(host, entry);
  }
  names.emplace(name, DynamicRef(actor.id, class_names(*type)));
  names_of_[actor.id].emplace_back(name);
  return absl::OkStatus();
}

absl::Status Directory::unbind(HostId host, std::string_view name) {
  const std::lock_guard lock(mutex_);
  Names& names = hosts_[host];
  const auto entry = names.find(name);
  if (entry == names.end() || !entry->second) return nobody(host, name);
  erase(host, entry);
  return absl::OkStatus();
}

void Directory::erase(HostId host, Names::iterator entry) {
  const auto own = names_of_.find(entry->second.id);
  std::erase(own->second, entry->first);
  if (own->second.empty()) names_of_.erase(own);
  hosts_[host].erase(entry);
}

absl::StatusOr<DynamicRef> Directory::lookup(HostId host, std::string_view name) const {
  // Nobody has such a name; and to look for the nearest one would take long.
  if (absl::Status status = check_name(name); !status.ok()) {
    return absl::NotFoundError(absl::StrCat("nobody on ", runtime_.host_name(host),
                                            " is called so: ", std::string(status.message())));
  }
  const std::lock_guard lock(mutex_);
  if (const auto names = hosts_.find(host); names != hosts_.end()) {
    const auto entry = names->second.find(name);
    if (entry != names->second.end() && entry->second) return entry->second;
  }
  return nobody(host, name);
}

std::map<std::string, DynamicRef> Directory::list(HostId host) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, DynamicRef> found;
  if (const auto names = hosts_.find(host); names != hosts_.end()) {
    for (const auto& [name, actor] : names->second) {
      if (actor) found.emplace(name, actor);
    }
  }
  return found;
}

absl::Status Directory::reserve(HostId host, std::string_view name, std::string_view class_name) {
  if (absl::Status status = check_name(name); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  in_use_.store(true, std::memory_order_release);
  const auto [entry, is_new] = hosts_[host].try_emplace(
      std::string(name), ActorId(), std::vector<std::string>{std::string(class_name)});
  return is_new ? absl::OkStatus() : taken(host, name, entry->second);
}

void Directory::fulfil(HostId host, std::string_view name, ActorId actor, const ActorType& type) {
  const std::lock_guard lock(mutex_);
  hosts_[host].find(name)->second = DynamicRef(actor, class_names(type));
  names_of_[actor].emplace_back(name);
}

void Directory::give_up(HostId host, std::string_view name) {
  const std::lock_guard lock(mutex_);
  Names& names = hosts_[host];
  names.erase(names.find(name));
}

void Directory::allow_spawning(SpawnableClass spawnable) {
  const std::lock_guard lock(mutex_);
  const std::string class_name = spawnable.classes.front();
  spawnables_.insert_or_assign(class_name, std::move(spawnable));
}

absl::StatusOr<SpawnableClass> Directory::find_spawnable(HostId host,
                                                         const std::string& class_name) const {
  const std::lock_guard lock(mutex_);
  const auto found = spawnables_.find(class_name);
  if (found != spawnables_.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [name, spawnable] : spawnables_) known.push_back(name);
  return absl::NotFoundError(absl::StrCat(
      runtime_.host_name(host), " does not spawn ", in_quotes(class_name), "; it spawns ",
      known.empty() ? "nothing: see allow_spawning() in host.h" : absl::StrJoin(known, ", ")));
}

std::vector<const ActorType*> Directory::spawnable_types() const {
  const std::lock_guard lock(mutex_);
  std::vector<const ActorType*> types;
  for (const auto& [name, spawnable] : spawnables_) types.push_back(spawnable.type);
  return types;
}

absl::StatusOr<ActorId> Directory::host_object(
    HostId host, const std::function<absl::StatusOr<ActorId>()>& make) {
  const std::lock_guard lock(mutex_);
  ActorId& object = host_objects_[host];
  if (runtime_.type_of(object) != nullptr) return object;
  absl::StatusOr<ActorId> made = make();
  if (made.ok()) object = *made;
  return made;
}

// --- Stable references --------------------------------------------------------------------------

ActorId Directory::add_stable(HostId host, std::string name) {
  const std::lock_guard lock(mutex_);
  std::vector<Stable>& stables = stables_[host];
  stables.push_back({.actor = {}, .name = std::move(name), .waiting = {}});
  return stable_id(host, static_cast<std::uint32_t>(stables.size() - 1));
}

const Directory::Stable* Directory::find_stable(ActorId stable) const {
  const auto host = stables_.find(stable.host);
  if (host == stables_.end() || !is_stable(stable) || stable.incarnation == 0 ||
      stable.incarnation > host->second.size()) {
    return nullptr;
  }
  return &host->second[stable.incarnation - 1];
}

std::vector<Message*> Directory::put_behind(ActorId stable, ActorId actor) {
  const std::lock_guard lock(mutex_);
  std::vector<Message*> waiting;
  auto* found = const_cast<Stable*>(find_stable(stable));
  if (found == nullptr) return waiting;
  found->actor = actor;
  for (MessagePtr& message : found->waiting) {
    message->target = actor;
    waiting.push_back(message.release());
  }
  found->waiting.clear();
  return waiting;
}

ActorId Directory::behind(ActorId stable) const {
  const std::lock_guard lock(mutex_);
  const Stable* found = find_stable(stable);
  return found == nullptr ? ActorId() : found->actor;
}

std::string Directory::name_of_stable(ActorId stable) const {
  const std::lock_guard lock(mutex_);
  const Stable* found = find_stable(stable);
  return found == nullptr ? "nobody" : found->name;
}

bool Directory::hold(Message* message) {
  const std::lock_guard lock(mutex_);
  auto* found = const_cast<Stable*>(find_stable(message->target));
  if (found == nullptr || found->actor) return false;
  found->waiting.emplace_back(message);
  return true;
}

void Directory::forget_names(ActorId actor) {
  const std::lock_guard lock(mutex_);
  const auto own = names_of_.find(actor);
  if (own == names_of_.end()) return;
  Names& names = hosts_[actor.host];
  for (const std::string& name : own->second) names.erase(names.find(name));
  names_of_.erase(own);
}

}  // namespace troupe::internal
