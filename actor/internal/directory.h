// Directory: who is called what on which host of a runtime, and what hosts may spawn. Behind
// actor/names.h and actor/host.h.
//
// The one place that several actors share, so it stands behind a lock. An actor costs it nothing
// until somebody has a name.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/actor_id.h"
#include "actor/dynamic_ref.h"
#include "actor/internal/message.h"
#include "actor/runtime.h"

namespace troupe::internal {

// Where a new actor shall live, and what it will be called.
struct SpawnPlace {
  Runtime& runtime;
  HostId host;
  const std::string& name;
};

// A class that hosts spawn by its name: see host.h.
struct SpawnableClass {
  const ActorType* type = nullptr;
  std::vector<std::string> classes;  // its own name first, then what it extends
  std::string parameters;
  std::function<absl::StatusOr<std::unique_ptr<ActorBase>>(const std::string& arguments,
                                                           const SpawnPlace& place)>
      make;
};

class Directory {
 public:
  explicit Directory(const Runtime& runtime) : runtime_(runtime) {}

  absl::Status bind(HostId host, std::string_view name, const DynamicRef& actor, bool replace);
  absl::Status unbind(HostId host, std::string_view name);
  absl::StatusOr<DynamicRef> lookup(HostId host, std::string_view name) const;
  std::map<std::string, DynamicRef> list(HostId host) const;

  // Keeps a name for an actor that is about to be made, which then either has its place or is given
  // up.
  absl::Status reserve(HostId host, std::string_view name, std::string_view class_name);
  void fulfil(HostId host, std::string_view name, ActorId actor, const ActorType& type);
  void give_up(HostId host, std::string_view name);

  void allow_spawning(SpawnableClass spawnable);
  absl::StatusOr<SpawnableClass> find_spawnable(HostId host, const std::string& class_name) const;

  std::vector<const ActorType*> spawnable_types() const;

  // The host object of a host; made where there is none.
  absl::StatusOr<ActorId> host_object(HostId host,
                                      const std::function<absl::StatusOr<ActorId>()>& make);

  // --- Stable references: see peers.h ---

  // A new one on this host, which nobody is behind yet. `name` is for people.
  ActorId add_stable(HostId host, std::string name);
  // From now on, `actor` is behind it. Gives the messages that have waited for the first one.
  std::vector<Message*> put_behind(ActorId stable, ActorId actor);
  // Who is behind it, or was last; nobody where there has never been one, or no such reference.
  ActorId behind(ActorId stable) const;
  std::string name_of_stable(ActorId stable) const;
  // Keeps a message until somebody is behind its target. False where somebody has been, or no such
  // reference is known.
  bool hold(Message* message);

  // The actor has ended: its names are free.
  void forget(ActorId actor) {
    if (in_use_.load(std::memory_order_acquire)) [[unlikely]]
      forget_names(actor);
  }

 private:
  using Names = std::map<std::string, DynamicRef, std::less<>>;  // without an id: reserved

  absl::Status taken(HostId host, std::string_view name, const DynamicRef& holder) const;
  absl::Status nobody(HostId host, std::string_view name) const;
  void erase(HostId host, Names::iterator entry);
  void forget_names(ActorId actor);

  struct Stable {
    ActorId actor;
    std::string name;
    std::vector<MessagePtr> waiting;  // for the first actor
  };
  // With the lock held; null where there is none.
  const Stable* find_stable(ActorId stable) const;

  const Runtime& runtime_;
  std::atomic<bool> in_use_ = false;  // somebody has had a name
  mutable std::mutex mutex_;
  std::map<HostId, Names> hosts_;
  std::map<ActorId, std::vector<std::string>> names_of_;
  std::map<std::string, SpawnableClass> spawnables_;
  std::map<HostId, ActorId> host_objects_;
  std::map<HostId, std::vector<Stable>> stables_;
};

}  // namespace troupe::internal
