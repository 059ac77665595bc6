// Inbox: what has been sent to one actor and not been looked at. Any thread adds, one takes all.
//
// An intrusive stack that is turned round when it is taken, so that adding is one compare-and-swap.
// Whether the actor is in a run queue is part of the same word: who adds to an idle inbox has to
// put the actor there.
//
// Many messages from one thread go in as packs, entries that list them: one compare-and-swap for
// all, and whoever takes them can fetch several at the same time, where a list through the messages
// themselves would cost a cache miss each, one after the other.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include "actor/internal/message.h"
#include "actor/internal/pool.h"

namespace troupe::internal {

// A worker, as the one who makes packs.
struct PackMaker {
  const std::uint32_t number = 0;
  std::atomic<std::uint32_t> packs = 0;  // whose messages have not all been handled
};

// Messages to one actor that one worker has sent, from the oldest to the newest.
struct Pack {
  static constexpr std::uint32_t kRoom = 64;

  std::uintptr_t next = 0;  // the entry behind it, wherever it is
  PackMaker* maker = nullptr;
  std::uint32_t first = 0;  // the oldest that is still in it
  std::uint32_t end = 0;
  std::array<Message*, kRoom> messages;

  static Pack* create(PackMaker& maker) {
    auto* pack = new (pool_allocate(sizeof(Pack))) Pack;
    pack->maker = &maker;
    maker.packs.fetch_add(1, std::memory_order_relaxed);
    return pack;
  }
  static void destroy(Pack* pack) {
    pack->maker->packs.fetch_sub(1, std::memory_order_relaxed);
    pool_free(pack, sizeof(Pack));
  }
};

// An entry of an inbox: the address of a message, or of a pack with a mark; 0: none. Both have
// addresses that four divides.
class Entry {
 public:
  static std::uintptr_t of(Message* message) { return reinterpret_cast<std::uintptr_t>(message); }
  static std::uintptr_t of(Pack* pack) { return reinterpret_cast<std::uintptr_t>(pack) | kIsPack; }
  // Null where it is no pack.
  static Pack* pack(std::uintptr_t entry) {
    return (entry & kIsPack) != 0 ? reinterpret_cast<Pack*>(entry & ~kIsPack) : nullptr;
  }
  static Message* message(std::uintptr_t entry) { return reinterpret_cast<Message*>(entry); }

  static std::uintptr_t next(std::uintptr_t entry) {
    return pack(entry) != nullptr ? pack(entry)->next : of(message(entry)->next);
  }
  static void set_next(std::uintptr_t entry, std::uintptr_t next) {
    if (pack(entry) != nullptr) {
      pack(entry)->next = next;
    } else {
      message(entry)->next = message(next);
    }
  }

 private:
  static constexpr std::uintptr_t kIsPack = 2;
};

// What a worker has sent to one actor and keeps for now.
class Kept {
 public:
  bool empty() const { return newest_ == nullptr; }

  // True where it has filled a pack.
  bool add(Message* message, PackMaker& maker) {
    if (newest_ == nullptr || newest_->end == Pack::kRoom) {
      Pack* pack = Pack::create(maker);
      if (newest_ == nullptr) {
        oldest_ = pack;
      } else {
        pack->next = Entry::of(newest_);
      }
      newest_ = pack;
    }
    newest_->messages[newest_->end++] = message;
    return newest_->end == Pack::kRoom;
  }

 private:
  friend class Inbox;
  Pack* newest_ = nullptr;  // and behind it the others
  Pack* oldest_ = nullptr;
};

// What has been taken out of an inbox, from the oldest to the newest.
class Taken {
 public:
  bool empty() const { return first_ == 0; }

  // Not where it is empty.
  Message* pop() {
    Pack* pack = Entry::pack(first_);
    if (pack == nullptr) {
      Message* message = Entry::message(first_);
      first_ = Entry::of(std::exchange(message->next, nullptr));
      return message;
    }
    Message* message = pack->messages[pack->first++];
    if (pack->first == pack->end) {
      first_ = pack->next;
      Pack::destroy(pack);
    }
    return message;
  }

  void push_front(Message* message) {
    message->next = Entry::message(first_);
    first_ = Entry::of(message);
  }

  // The pack that is next as a whole, or null.
  const Pack* whole_pack() const {
    const Pack* pack = Entry::pack(first_);
    return pack != nullptr && pack->first == 0 ? pack : nullptr;
  }

 private:
  friend class Inbox;
  std::uintptr_t first_ = 0;
};

class Inbox {
 public:
  // True where the inbox was idle.
  bool push(Message* message) { return push(Entry::of(message), Entry::of(message)); }

  // Empties `kept`.
  bool push(Kept& kept) {
    return push(Entry::of(std::exchange(kept.newest_, nullptr)), Entry::of(kept.oldest_));
  }

  // All that is there. Does not make the inbox idle.
  Taken take() {
    Taken taken;
    if (head_.load(std::memory_order_relaxed) == 0) return taken;
    std::uintptr_t entry = head_.exchange(0, std::memory_order_acq_rel);
    while (entry != 0) {
      const std::uintptr_t older = Entry::next(entry);
      Entry::set_next(entry, taken.first_);
      taken.first_ = entry;
      entry = older;
    }
    return taken;
  }

  bool is_idle() const { return head_.load(std::memory_order_acquire) == kIdle; }

  // Nothing is left, it seems: idle from now on. False where something has come.
  bool rest() {
    std::uintptr_t empty = 0;
    return head_.compare_exchange_strong(empty, kIdle, std::memory_order_acq_rel,
                                         std::memory_order_relaxed);
  }

 private:
  static constexpr std::uintptr_t kIdle = 1;

  bool push(std::uintptr_t newest, std::uintptr_t oldest) {
    std::uintptr_t head = head_.load(std::memory_order_relaxed);
    do {
      Entry::set_next(oldest, head == kIdle ? 0 : head);
    } while (!head_.compare_exchange_weak(head, newest, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    return head == kIdle;
  }

  // The newest entry; none; or kIdle.
  std::atomic<std::uintptr_t> head_{kIdle};
};

}  // namespace troupe::internal
