// HeldMessages: messages to other hosts that are late or lost on purpose. In the order in which
// they came, for each host: a message that is held holds those behind it.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "actor/internal/message.h"
#include "actor/random.h"
#include "remote/internal/peer.h"
#include "remote/link_fault.h"

namespace troupe::internal {

class HeldMessages {
 public:
  // What becomes of a message that is lost.
  using Lose = std::function<void(Message*)>;

  HeldMessages(std::uint64_t seed, Lose lose)
      : random_(Random::stream(seed, "network faults")), lose_(std::move(lose)) {}

  void set(Peer& peer, const LinkFault& fault);

  // Whether send() is to be called; where it is not, all is as if this were not there.
  bool any() const { return any_.load(std::memory_order_acquire); }
  // Takes the message to the peer, now or later or never. Gives when release() is wanted next.
  Clock::time_point send(Peer& peer, Message* message);
  // Takes on what is due; gives when it wants to be called next.
  Clock::time_point release(Clock::time_point now);
  // Takes all that is held, for the end.
  void take_all(const std::function<void(Message*)>& end);

 private:
  struct Held {
    Clock::time_point due;
    Message* message;
  };
  struct Link {
    LinkFault fault;
    std::deque<Held> held;
  };

  // Held while messages are taken on, so that none overtakes another. What is refused then may come
  // back at once.
  std::recursive_mutex mutex_;
  std::atomic<bool> any_ = false;
  std::map<Peer*, Link> links_;
  Random random_;
  const Lose lose_;
};

}  // namespace troupe::internal
