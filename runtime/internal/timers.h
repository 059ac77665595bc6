// Timers: messages to be handed over later, in the order of their dates.
//
// Of one date, first what happens then, in the order of adding, and then the deadlines: what
// happens at the very time of a deadline is in time, as in the simulator.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "actor/internal/message.h"

namespace troupe::internal {

class Timers {
 public:
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

  Timers() = default;
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  ~Timers() { clear(); }

  // True where nothing else is due before it.
  bool add(std::int64_t time, bool deadline, Message* message) {
    const std::lock_guard lock(mutex_);
    heap_.push_back({time, deadline, order_++, message});
    std::push_heap(heap_.begin(), heap_.end());
    const bool first = heap_.front().message == message;
    next_.store(heap_.front().time, std::memory_order_release);
    return first;
  }

  // No message is due before this.
  std::int64_t next() const { return next_.load(std::memory_order_acquire); }

  // One message that is due at `now` or before, or null.
  Message* take(std::int64_t now) {
    const std::lock_guard lock(mutex_);
    if (heap_.empty() || heap_.front().time > now) return nullptr;
    std::pop_heap(heap_.begin(), heap_.end());
    Message* message = heap_.back().message;
    heap_.pop_back();
    next_.store(heap_.empty() ? kNone : heap_.front().time, std::memory_order_release);
    if (!given_up_.empty()) [[unlikely]]
      given_up_.erase(key_of(*message));
    return message;
  }

  // A message of an actor's timer will not be wanted when it is due. Such messages stay here until
  // they are half of all; then they are dropped.
  void give_up(ActorId actor, std::uint32_t slot, std::uint32_t generation) {
    const std::lock_guard lock(mutex_);
    if (heap_.empty()) return;
    given_up_.insert({actor, slot, generation});
    if (given_up_.size() <= kGivenUpAtLeast || given_up_.size() <= heap_.size() / 2) return;
    std::erase_if(heap_, [&](const Entry& entry) {
      const bool gone = entry.message->timer && given_up_.contains(key_of(*entry.message));
      if (gone) Message::destroy(entry.message);
      return gone;
    });
    std::make_heap(heap_.begin(), heap_.end());
    given_up_.clear();  // Others had been taken before they were given up.
    next_.store(heap_.empty() ? kNone : heap_.front().time, std::memory_order_release);
  }

  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return heap_.size();
  }

  template <class Predicate>
  bool any(const Predicate& predicate) {
    const std::lock_guard lock(mutex_);
    return std::any_of(heap_.begin(), heap_.end(),
                       [&](const Entry& entry) { return predicate(*entry.message); });
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : heap_) Message::destroy(entry.message);
    heap_.clear();
    given_up_.clear();
    next_.store(kNone, std::memory_order_release);
  }

 private:
  struct Entry {
    std::int64_t time;
    bool deadline;
    std::uint64_t order;
    Message* message;
    bool operator<(const Entry& other) const {  // A heap's top is its largest: turned round.
      if (time != other.time) return time > other.time;
      if (deadline != other.deadline) return deadline;
      return order > other.order;
    }
  };

  struct Key {
    ActorId actor;
    std::uint32_t slot;
    std::uint32_t generation;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      const std::uint64_t actor = std::uint64_t{key.actor.index} << 32 | key.actor.incarnation;
      const std::uint64_t timer = std::uint64_t{key.slot} << 32 | key.generation;
      return static_cast<std::size_t>((actor * 0x9e3779b97f4a7c15 ^ timer) * 0xbf58476d1ce4e5b9);
    }
  };
  static Key key_of(const Message& message) {
    return {message.target, message.slot, message.generation};
  }
  static constexpr std::size_t kGivenUpAtLeast = 1024;

  std::mutex mutex_;
  std::vector<Entry> heap_;
  std::unordered_set<Key, Hash> given_up_;  // nothing goes by its order
  std::uint64_t order_ = 0;
  std::atomic<std::int64_t> next_ = kNone;
};

}  // namespace troupe::internal
