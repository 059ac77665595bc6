// Who is cut off, who is paused or slow, and what each host's clock shows.
#include "sim/faults.h"

#include <algorithm>
#include <cmath>

namespace troupe::sim {

Partition Partition::of(std::span<const HostId> hosts, Direction direction,
                        std::size_t host_count) {
  Partition partition{.group = std::vector<std::uint32_t>(host_count), .direction = direction};
  for (const HostId host : hosts) {
    if (host < host_count) partition.group[host] = 1;
  }
  return partition;
}

Partition Partition::of(std::span<const std::vector<HostId>> groups, std::size_t host_count) {
  Partition partition{.group = std::vector<std::uint32_t>(host_count)};
  std::uint32_t number = 0;
  for (const std::vector<HostId>& hosts : groups) {
    ++number;
    for (const HostId host : hosts) {
      if (host < host_count) partition.group[host] = number;
    }
  }
  return partition;
}

PartitionId Faults::partition(Partition partition) {
  partitions_.emplace_back(++last_partition_, std::move(partition));
  return last_partition_;
}

bool Faults::heal(PartitionId id) {
  return std::erase_if(partitions_, [id](const auto& entry) { return entry.first == id; }) > 0;
}

Faults::Host& Faults::at(HostId host) {
  if (host >= hosts_.size()) hosts_.resize(std::size_t{host} + 1);
  return hosts_[host];
}

// Keeps count of the hosts that are delayed.
template <class Change>
void Faults::change(HostId number, Change change) {
  Host& host = at(number);
  if (is_delayed(host)) --delayed_;
  change(host);
  if (is_delayed(host)) ++delayed_;
}

bool Faults::pause(HostId host) {
  if (is_paused(host)) return false;
  change(host, [](Host& it) { it.paused = true; });
  return true;
}

bool Faults::resume(HostId host) {
  if (!is_paused(host)) return false;
  change(host, [](Host& it) { it.paused = false; });
  return true;
}

void Faults::slow(HostId host, Duration each_message) {
  change(host, [&](Host& it) { it.each_message = each_message; });
}

std::int64_t Faults::done_at(HostId host, std::int64_t now) {
  if (host >= hosts_.size()) return now;
  Host& it = hosts_[host];
  if (it.each_message == Duration::zero() && it.busy_until < now) {
    if (it.busy_until != kIdle) change(host, [](Host& idle) { idle.busy_until = kIdle; });
    return now;
  }
  it.busy_until = std::max(it.busy_until, now) + it.each_message.count();
  return it.busy_until;
}

void Faults::forget(HostId host) {
  if (host < hosts_.size()) change(host, [](Host& it) { it = Host(); });
}

void Faults::set_clock(HostId host, Duration ahead, double drift, Time now) {
  if (host >= clocks_.size()) clocks_.resize(std::size_t{host} + 1);
  clocks_[host] = {.since = now, .ahead = ahead, .drift = drift};
}

Time Faults::clock_of(HostId host, Time now) const {
  if (host >= clocks_.size()) return now;
  const HostClock& clock = clocks_[host];
  const auto gained = static_cast<double>((now - clock.since).count()) * clock.drift;
  return now + clock.ahead + Duration(std::llround(gained));
}

Duration Faults::true_span(HostId host, Duration span) const {
  if (host >= clocks_.size() || clocks_[host].drift == 0 || span == kNoTimeout) return span;
  const auto shown = static_cast<double>(span.count());
  constexpr double kLongest = 9e18;
  return Duration(std::llround(std::min(shown / (1 + clocks_[host].drift), kLongest)));
}

}  // namespace troupe::sim
