// Inbox: what has been sent to one actor and not been looked at. Any thread adds, one takes all.
//
// An intrusive stack that is turned round when it is taken, so that adding, of one message or of a
// chain, is one compare-and-swap. Whether the actor is in a run queue is part of the same word:
// who adds to an idle inbox has to put the actor there.
#pragma once

#include <atomic>

#include "actor/internal/message.h"

namespace troupe::internal {

class Inbox {
 public:
  // Adds a chain of messages, linked from the newest to the oldest. True where the inbox was idle.
  bool push(Message* newest, Message* oldest) {
    Message* head = head_.load(std::memory_order_relaxed);
    do {
      oldest->next = head == idle() ? nullptr : head;
    } while (!head_.compare_exchange_weak(head, newest, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    return head == idle();
  }

  // All that is there, from the oldest to the newest; null where there is nothing. Does not make
  // the inbox idle.
  Message* take() {
    if (head_.load(std::memory_order_relaxed) == nullptr) return nullptr;
    Message* at = head_.exchange(nullptr, std::memory_order_acq_rel);
    Message* turned = nullptr;
    while (at != nullptr) {
      Message* next = at->next;
      at->next = turned;
      turned = at;
      at = next;
    }
    return turned;
  }

  bool is_idle() const { return head_.load(std::memory_order_acquire) == idle(); }

  // Nothing is left, it seems: idle from now on. False where something has come.
  bool rest() {
    Message* empty = nullptr;
    return head_.compare_exchange_strong(empty, idle(), std::memory_order_acq_rel,
                                         std::memory_order_relaxed);
  }

 private:
  // No message has an odd address.
  static Message* idle() { return reinterpret_cast<Message*>(std::uintptr_t{1}); }

  std::atomic<Message*> head_{idle()};
};

}  // namespace troupe::internal
