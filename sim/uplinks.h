// Uplinks: the messages that have been sent and have not left their hosts yet, where bandwidth is
// limited. They leave in order, at the times that the network gives them.
//
// The simulator queues one departure, a message of its own, for each host that has something to
// send. When that is due, the first message leaves. A crash takes all that has not left.
//
//   if (Message* departure = uplinks.add(host, message)) queue.push(departure);
//   ...
//   Message* departure = queue.pop(...);
//   if (Message* message = uplinks.leave(departure)) travel(message);
#pragma once

#include <cstdint>
#include <vector>

#include "actor/actor_id.h"
#include "actor/internal/message.h"

namespace troupe::sim {

class Uplinks {
 public:
  Uplinks() = default;
  ~Uplinks();
  Uplinks(const Uplinks&) = delete;
  Uplinks& operator=(const Uplinks&) = delete;

  // Takes a message that leaves the host at message->time, no earlier than those before it. Gives
  // the departure to be queued, at its time; null where one of the host is queued already.
  Message* add(HostId host, Message* message);

  // The host that a departure is for.
  static HostId host_of(const Message& departure) { return departure.sender.host; }
  // The message that leaves now; null where a crash has taken it.
  Message* leave(const Message& departure);
  // Whether more wait to leave; then the departure has the next one's time, and is to be queued
  // again.
  bool departs_again(Message& departure) const;

  // Takes all that has not left the host, in order.
  std::vector<Message*> take_all(HostId host);

 private:
  struct Uplink {
    Message* first = nullptr;  // owned; a list by `next`
    Message* last = nullptr;
    std::uint32_t life = 1;  // rises with each crash, so that earlier departures are for nothing
  };

  std::vector<Uplink> uplinks_;  // by host
};

}  // namespace troupe::sim
