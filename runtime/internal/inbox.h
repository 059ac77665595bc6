// Inbox: what has been sent to one actor and not been looked at. Any thread adds, one takes all.
//
// An intrusive stack that is turned round when it is taken, so that adding is one compare-and-swap.
// Whether the actor is in a run queue is part of the same word: who adds to an idle inbox has to
// put the actor there.
//
// Many messages from one thread go in as a pack, one entry that lists them. To walk through
// messages that another core has written costs a cache miss each, one after the other if each says
// where the next is; from a list, they are fetched at the same time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "actor/internal/message.h"
#include "actor/internal/pool.h"

namespace troupe::internal {

class Inbox {
 public:
  // Messages to one actor, from the oldest to the newest.
  struct Pack {
    static constexpr std::uint32_t kRoom = 64;
    std::uintptr_t next = 0;
    std::uint32_t count = 0;
    std::array<Message*, kRoom> messages;

    static Pack* create() { return new (pool_allocate(sizeof(Pack))) Pack; }
    static void destroy(Pack* pack) { pool_free(pack, sizeof(Pack)); }
  };

  // True where the inbox was idle.
  bool push(Message* message) {
    return push(reinterpret_cast<std::uintptr_t>(message), [message](std::uintptr_t below) {
      message->next = reinterpret_cast<Message*>(below);
    });
  }

  // Takes the pack over.
  bool push(Pack* pack) {
    return push(reinterpret_cast<std::uintptr_t>(pack) | kIsPack,
                [pack](std::uintptr_t below) { pack->next = below; });
  }

  // All that is there, from the oldest to the newest; null where there is nothing. Does not make
  // the inbox idle.
  Message* take() {
    if (head_.load(std::memory_order_relaxed) == 0) return nullptr;
    std::uintptr_t at = head_.exchange(0, std::memory_order_acq_rel);
    Message* turned = nullptr;
    while (at != 0) {
      if ((at & kIsPack) == 0) {
        auto* message = reinterpret_cast<Message*>(at);
        at = reinterpret_cast<std::uintptr_t>(message->next);
        message->next = turned;
        turned = message;
        continue;
      }
      auto* pack = reinterpret_cast<Pack*>(at & ~kIsPack);
      at = pack->next;
      for (std::uint32_t i = pack->count; i-- > 0;) {
        pack->messages[i]->next = turned;
        turned = pack->messages[i];
      }
      Pack::destroy(pack);
    }
    return turned;
  }

  bool is_idle() const { return head_.load(std::memory_order_acquire) == kIdle; }

  bool has_entries() const { return head_.load(std::memory_order_relaxed) > kIdle; }

  // Nothing is left, it seems: idle from now on. False where something has come.
  bool rest() {
    std::uintptr_t empty = 0;
    return head_.compare_exchange_strong(empty, kIdle, std::memory_order_acq_rel,
                                         std::memory_order_relaxed);
  }

 private:
  // Neither messages nor packs have an odd address, or one that is only even.
  static constexpr std::uintptr_t kIdle = 1;
  static constexpr std::uintptr_t kIsPack = 2;

  template <class PutOn>
  bool push(std::uintptr_t entry, PutOn put_on) {
    std::uintptr_t head = head_.load(std::memory_order_relaxed);
    do {
      put_on(head == kIdle ? 0 : head);
    } while (!head_.compare_exchange_weak(head, entry, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    return head == kIdle;
  }

  // The newest entry: a message, or a pack with the mark; none; or kIdle.
  std::atomic<std::uintptr_t> head_{kIdle};
};

}  // namespace troupe::internal
