// Methods: those that have been seen, by number and by name. A process has the description of each
// method of its own classes; of others' it knows what they are called.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "actor/internal/method_info.h"
#include "actor/method.h"
#include "runtime/thread_runtime.h"

namespace troupe::internal {

// Host::spawn.
inline constexpr std::uint32_t kSpawnMethod = method_id("Host", "spawn");

// The class of an actor of this process; null where it has ended. Of a host object, which is made
// when it is first called, also the true place.
const ActorType* living_type(ThreadRuntime& runtime, ActorId& actor);

// A number for what a method takes and gives: the kinds, names and order of all fields of its
// parameters and its result, and whether it has one. It is the same in every build where these are.
// Never 0, but where the method has no description.
std::uint64_t digest_of(const MethodInfo& method);

class Methods {
 public:
  void add(const MethodInfo& method) {
    std::atomic<const MethodInfo*>& last = last_[method.id % last_.size()];
    if (last.load(std::memory_order_relaxed) == &method) [[likely]]
      return;
    last.store(&method, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    methods_.emplace(method.id, &method);
  }

  // Null where none has been seen.
  const MethodInfo* find(std::uint32_t id) const {
    const std::lock_guard lock(mutex_);
    const auto found = methods_.find(id);
    return found == methods_.end() ? nullptr : found->second;
  }

  // A method of this name, for texts: "Store.get".
  const MethodInfo& named(std::string_view full_name);

 private:
  static constexpr std::size_t kMostNames = 10'000;

  std::array<std::atomic<const MethodInfo*>, 1024> last_{};
  mutable std::mutex mutex_;
  std::map<std::uint32_t, const MethodInfo*> methods_;
  struct Named {
    std::string actor;
    std::string name;
    MethodInfo method;
  };
  std::map<std::string, Named, std::less<>> names_;
};

}  // namespace troupe::internal
