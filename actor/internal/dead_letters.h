// DeadLetters: who of a runtime reads its dead letters. Behind actor/dead_letter.h.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "actor/dead_letter.h"
#include "actor/internal/message.h"
#include "actor/runtime.h"

namespace troupe::internal {

class DeadLetters {
 public:
  using Reader = std::function<void(const DeadLetter&)>;
  // Constructs a method's arguments in `place`.
  using Construct = void (*)(void* place, DeadLetter&& letter);

  explicit DeadLetters(Runtime& runtime) : runtime_(runtime) {}

  // From outside; an empty one reads no more.
  void read_outside(Reader reader);
  void subscribe(ActorId actor, const MethodInfo* method, Construct construct);
  void unsubscribe(ActorId actor);

  // Whether anybody reads.
  bool anybody() const { return anybody_.load(std::memory_order_acquire); }

  void tell(const Message& message, DropReason reason);

 private:
  struct Subscription {
    ActorId actor;
    const MethodInfo* method;
    Construct construct;
  };

  void remove(ActorId actor);
  void look_who_reads();

  Runtime& runtime_;
  std::atomic<bool> anybody_ = false;
  std::mutex mutex_;
  std::shared_ptr<const Reader> reader_;
  std::map<HostId, std::vector<Subscription>> subscriptions_;
};

}  // namespace troupe::internal
