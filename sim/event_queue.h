// EventQueue: the messages to come, in order of (time, order of push).
//
// A calendar queue in two levels: fine buckets for the near future, each sorted when its turn
// comes; coarse ones behind, spread over the fine ones when time reaches them; a map for what is
// farther still. Buckets keep the order of push, so equal times need no sequence number. They hold
// dates and pointers side by side: a message's own memory is not touched before its turn is near,
// and then it is asked for early. The width of a bucket follows the density of events, which
// changes the speed but never the order.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "actor/internal/message.h"

namespace troupe::sim {

class EventQueue {
 public:
  EventQueue();
  ~EventQueue();
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  // Takes the message; it is due at message->time. That may lie before the last popped one where
  // that one did not count (a timer that had been cancelled); it is then the next.
  void push(Message* message) {
    ++size_;
    const std::int64_t time = message->time;
    if (time == now_) {
      message->next = nullptr;
      (instant_ == nullptr ? instant_ : instant_last_->next) = message;
      instant_last_ = message;
    } else if (time < ready_end_) {
      push_soon(message);
    } else {
      place({time, message});
    }
  }

  // The next message if it is due at `limit` or before, else null.
  Message* pop(std::int64_t limit) {
    for (;;) {
      if (ready_next_ < ready_.size() || !soon_.empty()) {
        const bool from_ready = soon_.empty() || (ready_next_ < ready_.size() &&
                                                  ready_[ready_next_].time <= soon_.front().time);
        const std::int64_t time = from_ready ? ready_[ready_next_].time : soon_.front().time;
        if (instant_ == nullptr || time == now_) {
          if (time > limit) return nullptr;
          now_ = time;
          --size_;
          return from_ready ? ready_[ready_next_++].message : pop_soon();
        }
      }
      if (instant_ != nullptr) {
        if (now_ > limit) return nullptr;
        --size_;
        return std::exchange(instant_, instant_->next);
      }
      if (!load_next(limit)) return nullptr;
    }
  }

  // The message that pop() probably gives after n others, to prefetch what it will touch.
  const Message* ahead(std::size_t n) const {
    return ready_next_ + n < ready_.size() ? ready_[ready_next_ + n].message : nullptr;
  }

  std::size_t size() const { return size_; }

  // Ends the messages for which `unwanted` holds. The others keep their order.
  template <class Unwanted>
  void remove_if(Unwanted unwanted);

 private:
  struct Entry {
    std::int64_t time;
    Message* message;
  };
  // Entries in the order of push, in chunks; the newest chunk first.
  struct Chunk {
    static constexpr std::uint32_t kRoom = 15;
    Chunk* older = nullptr;
    std::uint32_t used = 0;
    Entry entries[kRoom];
  };
  using Bucket = Chunk*;

  struct SoonEntry {
    std::int64_t time;
    std::uint64_t order;
    Message* message;
    // A heap's top is its largest: turned round.
    bool operator<(const SoonEntry& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  static constexpr int kFineBits = 14;
  static constexpr std::int64_t kFine = std::int64_t{1} << kFineBits;
  static constexpr std::int64_t kCoarse = 1024;

  // Empties a bucket but for what stays. False where nothing does.
  template <class Gone>
  bool keep_rest(Bucket& bucket, Gone gone);

  void append(Bucket& bucket, const Entry& entry) {
    if (bucket == nullptr || bucket->used == Chunk::kRoom) add_chunk(bucket);
    bucket->entries[bucket->used++] = entry;
  }
  void add_chunk(Bucket& bucket);
  // Empties a bucket: gives each entry to `visit`, in the order of push. The chunk of an entry may
  // be filled again from the next one on.
  template <class Visit>
  void take_all(Bucket& bucket, Visit visit);

  void push_soon(Message* message);
  Message* pop_soon();
  void place(const Entry& entry);
  bool load_next(std::int64_t limit);
  bool open_next_coarse(std::int64_t limit);
  void sort_ready();
  void adapt_width();
  void set_width(int bits);

  std::int64_t now_ = std::numeric_limits<std::int64_t>::min();  // time of the last popped
  std::size_t size_ = 0;

  // Everything before ready_end_: the current bucket, sorted; what was pushed into it since then;
  // and what was pushed for the very instant.
  std::int64_t ready_end_ = 0;
  std::vector<Entry> ready_;
  std::vector<Entry> merged_;  // room for sorting
  std::size_t ready_next_ = 0;
  std::vector<SoonEntry> soon_;  // a heap
  std::uint64_t soon_order_ = 0;
  Message* instant_ = nullptr;  // a list by `next`
  Message* instant_last_ = nullptr;

  int width_bits_ = 20;         // a fine bucket is 2^width_bits_ nanoseconds
  std::int64_t coarse_at_ = 0;  // the coarse bucket that is spread over the fine ones
  std::unique_ptr<Bucket[]> fine_;
  std::array<std::uint64_t, kFine / 64> fine_used_{};
  std::array<std::uint64_t, kFine / 4096> fine_words_used_{};
  std::unique_ptr<Bucket[]> coarse_;
  std::array<std::uint64_t, kCoarse / 64> coarse_used_{};
  std::map<std::int64_t, Bucket> far_;  // by coarse bucket
  Chunk* free_chunks_ = nullptr;
  std::vector<std::unique_ptr<Chunk[]>> chunk_blocks_;

  // Since the width was last looked at.
  std::uint64_t loaded_events_ = 0;
  std::uint64_t loaded_buckets_ = 0;
  std::int64_t adapted_at_ = 0;
};

template <class Visit>
void EventQueue::take_all(Bucket& bucket, Visit visit) {
  // The oldest chunk first.
  Chunk* first = nullptr;
  for (Chunk* chunk = std::exchange(bucket, nullptr); chunk != nullptr;) {
    Chunk* older = std::exchange(chunk->older, first);
    first = std::exchange(chunk, older);
  }
  while (first != nullptr) {
    for (std::uint32_t i = 0; i < first->used; ++i) visit(first->entries[i]);
    Chunk* next = std::exchange(first->older, free_chunks_);
    free_chunks_ = std::exchange(first, next);
  }
}

template <class Gone>
bool EventQueue::keep_rest(Bucket& bucket, Gone gone) {
  Bucket rest = nullptr;
  take_all(bucket, [&](const Entry& entry) {
    if (!gone(entry)) append(rest, entry);
  });
  bucket = rest;
  return rest != nullptr;
}

template <class Unwanted>
void EventQueue::remove_if(Unwanted unwanted) {
  std::vector<Message*> all_gone;  // They end last: what they hold may push other messages.
  const auto gone_message = [&](Message* message) {
    if (!unwanted(*message)) return false;
    all_gone.push_back(message);
    return true;
  };
  const auto gone = [&](const Entry& entry) { return gone_message(entry.message); };

  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(ready_next_));
  ready_next_ = 0;
  std::erase_if(ready_, gone);
  std::erase_if(soon_, [&](const SoonEntry& entry) { return gone_message(entry.message); });
  std::make_heap(soon_.begin(), soon_.end());
  Message* instant = std::exchange(instant_, nullptr);
  while (instant != nullptr) {
    Message* message = std::exchange(instant, instant->next);
    if (gone_message(message)) continue;
    message->next = nullptr;
    (instant_ == nullptr ? instant_ : instant_last_->next) = message;
    instant_last_ = message;
  }
  for (std::int64_t i = 0; i < kFine; ++i) {
    if (fine_[i] == nullptr || keep_rest(fine_[i], gone)) continue;
    fine_used_[i / 64] &= ~(std::uint64_t{1} << (i & 63));
    if (fine_used_[i / 64] == 0) fine_words_used_[i / 4096] &= ~(std::uint64_t{1} << (i / 64 & 63));
  }
  for (std::int64_t i = 0; i < kCoarse; ++i) {
    if (coarse_[i] == nullptr || keep_rest(coarse_[i], gone)) continue;
    coarse_used_[i / 64] &= ~(std::uint64_t{1} << (i & 63));
  }
  for (auto bucket = far_.begin(); bucket != far_.end();) {
    bucket = keep_rest(bucket->second, gone) ? std::next(bucket) : far_.erase(bucket);
  }
  size_ -= all_gone.size();
  for (Message* message : all_gone) Message::destroy(message);
}

}  // namespace troupe::sim
