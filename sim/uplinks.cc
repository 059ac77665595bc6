// Lists of messages, by host.
#include "sim/uplinks.h"

#include <utility>

namespace troupe::sim {

Uplinks::~Uplinks() {
  for (HostId host = 0; host < uplinks_.size(); ++host) {
    for (Message* message : take_all(host)) Message::destroy(message);
  }
}

Message* Uplinks::add(HostId host, Message* message) {
  if (host >= uplinks_.size()) uplinks_.resize(std::size_t{host} + 1);
  Uplink& uplink = uplinks_[host];
  message->next = nullptr;
  if (uplink.first != nullptr) {
    uplink.last->next = message;
    uplink.last = message;
    return nullptr;
  }
  uplink.first = uplink.last = message;
  Message* departure = Message::create(MessageKind::kWake, nullptr, 0);
  departure->departs = true;
  departure->sender.host = host;
  departure->generation = uplink.life;
  departure->time = message->time;
  return departure;
}

Message* Uplinks::leave(const Message& departure) {
  Uplink& uplink = uplinks_[host_of(departure)];
  if (uplink.life != departure.generation) return nullptr;
  return std::exchange(uplink.first, uplink.first->next);
}

bool Uplinks::departs_again(Message& departure) const {
  const Uplink& uplink = uplinks_[host_of(departure)];
  if (uplink.life != departure.generation || uplink.first == nullptr) return false;
  departure.time = uplink.first->time;
  return true;
}

std::vector<Message*> Uplinks::take_all(HostId host) {
  std::vector<Message*> taken;
  if (host >= uplinks_.size()) return taken;
  Uplink& uplink = uplinks_[host];
  ++uplink.life;
  while (uplink.first != nullptr) {
    taken.push_back(std::exchange(uplink.first, uplink.first->next));
  }
  return taken;
}

}  // namespace troupe::sim
