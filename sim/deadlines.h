// Deadlines: the open calls of a run in the order in which they expire.
//
// Every call has a deadline and nearly none is reached, so it must cost next to nothing: calls of
// one timeout expire in the order of sending, so each timeout has a queue. Deadlines that a call
// inherited come in any order and have a heap. An answered call is skipped when its turn comes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "actor/actor_id.h"
#include "actor/time.h"

namespace troupe::sim {

class Deadlines {
 public:
  struct Entry {
    std::int64_t time;
    ActorId actor;
    std::uint32_t slot;
    std::uint32_t generation;
  };

  // `timeout` zero: an inherited deadline.
  void add(const Entry& entry, Duration timeout) {
    if (timeout == Duration::zero() || !add_to_queue(entry, timeout)) {
      heap_.push_back({entry, order_++});
      std::push_heap(heap_.begin(), heap_.end());
    }
    if (entry.time < next_) next_ = entry.time;
  }

  // No entry is due before this.
  std::int64_t next() const { return next_; }

  // Takes one entry that is due at next(), or brings next() up to date and gives false.
  bool take(Entry& entry) {
    for (Queue& queue : queues_) {
      if (!queue.entries.empty() && queue.entries.front().time == next_) {
        entry = queue.entries.front();
        queue.entries.pop_front();
        return true;
      }
    }
    if (!heap_.empty() && heap_.front().entry.time == next_) {
      std::pop_heap(heap_.begin(), heap_.end());
      entry = heap_.back().entry;
      heap_.pop_back();
      return true;
    }
    next_ = std::numeric_limits<std::int64_t>::max();
    for (const Queue& queue : queues_) {
      if (!queue.entries.empty()) next_ = std::min(next_, queue.entries.front().time);
    }
    if (!heap_.empty()) next_ = std::min(next_, heap_.front().entry.time);
    return false;
  }

 private:
  struct Queue {
    Duration timeout;
    std::deque<Entry> entries;
  };
  struct HeapEntry {
    Entry entry;
    std::uint64_t order;
    bool operator<(const HeapEntry& other) const {  // A heap's top is its largest: turned round.
      return entry.time != other.entry.time ? entry.time > other.entry.time : order > other.order;
    }
  };
  static constexpr std::size_t kMostQueues = 16;

  bool add_to_queue(const Entry& entry, Duration timeout) {
    for (Queue& queue : queues_) {
      if (queue.timeout == timeout) {
        queue.entries.push_back(entry);
        return true;
      }
    }
    if (queues_.size() == kMostQueues) return false;
    queues_.push_back({timeout, {entry}});
    return true;
  }

  std::vector<Queue> queues_;
  std::vector<HeapEntry> heap_;
  std::uint64_t order_ = 0;
  std::int64_t next_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace troupe::sim
