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

Cut Cut::of(std::span<const HostId> from, std::span<const HostId> to, std::size_t host_count) {
  Cut cut;
  cut.from.resize(host_count);
  cut.to.resize(host_count);
  for (const HostId host : from) {
    if (host < host_count) cut.from[host] = true;
  }
  for (const HostId host : to) {
    if (host < host_count) cut.to[host] = true;
  }
  return cut;
}

PartitionId Faults::partition(Partition partition) {
  partitions_.emplace_back(++last_partition_, std::move(partition));
  is_partitioned_ = true;
  return last_partition_;
}

PartitionId Faults::cut(Cut cut) {
  cuts_.emplace_back(++last_partition_, std::move(cut));
  is_partitioned_ = true;
  return last_partition_;
}

bool Faults::heal(PartitionId id) {
  const auto is_meant = [id](const auto& entry) { return entry.first == id; };
  const std::size_t healed = std::erase_if(partitions_, is_meant) + std::erase_if(cuts_, is_meant);
  is_partitioned_ = !partitions_.empty() || !cuts_.empty();
  return healed > 0;
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

FaultId Faults::pause(HostId host) {
  change(host, [id = ++last_](Host& it) { it.pauses.push_back(id); });
  return last_;
}

bool Faults::end_pause(HostId host, FaultId id) {
  if (!is_paused(host)) return false;
  change(host, [id](Host& it) { std::erase(it.pauses, id); });
  return !is_paused(host);
}

bool Faults::resume(HostId host) {
  if (!is_paused(host)) return false;
  change(host, [](Host& it) { it.pauses.clear(); });
  return true;
}

void Faults::slow(HostId host, Duration each_message) {
  change(host, [&](Host& it) {
    it.slow.clear();
    if (each_message > Duration::zero()) it.slow.push_back({++last_, each_message});
  });
}

FaultId Faults::begin_slow(HostId host, Duration each_message) {
  change(host, [&](Host& it) { it.slow.push_back({++last_, each_message}); });
  return last_;
}

void Faults::end_slow(HostId host, FaultId id) {
  if (host >= hosts_.size()) return;
  change(host, [id](Host& it) {
    std::erase_if(it.slow, [id](const Slowness& one) { return one.id == id; });
  });
}

std::int64_t Faults::done_at(HostId host, std::int64_t now) {
  if (host >= hosts_.size()) return now;
  Host& it = hosts_[host];
  const Duration each_message = it.each_message();
  if (each_message == Duration::zero() && it.busy_until < now) {
    if (it.busy_until != kIdle) change(host, [](Host& idle) { idle.busy_until = kIdle; });
    return now;
  }
  it.busy_until = std::max(it.busy_until, now) + each_message.count();
  return it.busy_until;
}

void Faults::forget(HostId host) {
  if (host < hosts_.size()) change(host, [](Host& it) { it = Host(); });
}

std::vector<Faults::WrongClock>& Faults::clocks_of(HostId host) {
  if (host >= clocks_.size()) clocks_.resize(std::size_t{host} + 1);
  return clocks_[host];
}

void Faults::set_clock(HostId host, Duration ahead, double drift, Time now) {
  clocks_of(host) = {{.id = ++last_, .since = now, .ahead = ahead, .drift = drift}};
}

FaultId Faults::begin_clock(HostId host, Duration ahead, double drift, Time now) {
  clocks_of(host).push_back({.id = ++last_, .since = now, .ahead = ahead, .drift = drift});
  return last_;
}

void Faults::end_clock(HostId host, FaultId id) {
  if (host >= clocks_.size()) return;
  std::erase_if(clocks_[host], [id](const WrongClock& one) { return one.id == id; });
}

Time Faults::clock_of(HostId host, Time now) const {
  if (host >= clocks_.size() || clocks_[host].empty()) return now;
  const WrongClock& clock = clocks_[host].back();
  const auto gained = static_cast<double>((now - clock.since).count()) * clock.drift;
  return now + clock.ahead + Duration(std::llround(gained));
}

Duration Faults::true_span(HostId host, Duration span) const {
  if (host >= clocks_.size() || clocks_[host].empty() || span == kNoTimeout) return span;
  const double drift = clocks_[host].back().drift;
  if (drift == 0) return span;
  const auto shown = static_cast<double>(span.count());
  constexpr double kLongest = 9e18;
  return Duration(std::llround(std::min(shown / (1 + drift), kLongest)));
}

}  // namespace troupe::sim
