// Late, lost, and in order.
#include "remote/internal/held_messages.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe::internal {

void HeldMessages::set(Peer& peer, const LinkFault& fault) {
  const std::lock_guard lock(mutex_);
  links_[&peer].fault = fault;
  any_.store(true, std::memory_order_release);
}

Clock::time_point HeldMessages::send(Peer& peer, Message* message) {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(&peer);
  if (found == links_.end()) {
    peer.send(message);
    return Clock::time_point::max();
  }
  Link& link = found->second;
  const LinkFault& fault = link.fault;
  if (!message->of_system() && fault.loss > 0 && random_.chance(fault.loss)) {
    lose_(message);
    return Clock::time_point::max();
  }
  Duration late = fault.latency;
  if (fault.jitter > Duration::zero()) late += random_.uniform(Duration::zero(), fault.jitter);
  if (link.held.empty() && late <= Duration::zero()) {
    peer.send(message);
    return Clock::time_point::max();
  }
  Clock::time_point due = Clock::now() + late;
  if (!link.held.empty()) due = std::max(due, link.held.back().due);
  link.held.push_back({due, message});
  return link.held.front().due;
}

Clock::time_point HeldMessages::release(Clock::time_point now) {
  Clock::time_point next = Clock::time_point::max();
  if (!any()) return next;
  const std::lock_guard lock(mutex_);
  for (auto link = links_.begin(); link != links_.end();) {
    std::deque<Held>& held = link->second.held;
    while (!held.empty() && held.front().due <= now) {
      Message* const message = held.front().message;
      held.pop_front();
      link->first->send(message);
    }
    if (!held.empty()) next = std::min(next, held.front().due);
    const bool is_over = held.empty() && !link->second.fault.is_of_messages();
    link = is_over ? links_.erase(link) : std::next(link);
  }
  if (links_.empty()) any_.store(false, std::memory_order_release);
  return next;
}

void HeldMessages::take_all(const std::function<void(Message*)>& end) {
  std::map<Peer*, Link> links;
  {
    const std::lock_guard lock(mutex_);
    links = std::exchange(links_, {});
    any_.store(false, std::memory_order_release);
  }
  for (auto& [peer, link] : links) {
    for (const Held& held : link.held) end(held.message);
  }
}

}  // namespace troupe::internal
