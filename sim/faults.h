// Faults: what is wrong with the hosts and the network of a run just now.
//
// A simulator asks this on its way; a scenario or a test sets it. Where nothing is wrong, asking
// costs one comparison.
//
//   const PartitionId split = faults.partition(Partition::of({0, 1, 2}, Direction::kBoth, 10));
//   faults.cuts(0, 5);   // true: a message from host 0 to host 5 is lost
//   faults.heal(split);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "actor/actor_id.h"
#include "actor/time.h"

namespace troupe::sim {

enum class Direction : std::uint8_t {
  kBoth,  // nothing gets through
  kIn,    // nothing reaches the first group; what it says is heard
  kOut,   // nothing leaves the first group; it hears all
};

// Hosts in groups, numbered from 0 in the order of being given; a host in none is in group 0. Two
// hosts of one group reach each other.
struct Partition {
  std::vector<std::uint32_t> group;  // of each host
  Direction direction = Direction::kBoth;

  // These hosts, as group 1, against all others.
  static Partition of(std::span<const HostId> hosts, Direction direction, std::size_t host_count);
  // Several groups, from 1 on, and all others.
  static Partition of(std::span<const std::vector<HostId>> groups, std::size_t host_count);

  std::uint32_t group_of(HostId host) const { return host < group.size() ? group[host] : 0; }
  bool cuts(HostId from, HostId to) const {
    const std::uint32_t a = group_of(from);
    const std::uint32_t b = group_of(to);
    if (a == b) return false;
    return direction == Direction::kBoth || (direction == Direction::kOut ? a == 1 : b == 1);
  }
};

using PartitionId = std::uint64_t;

class Faults {
 public:
  // --- Partitions ---

  PartitionId partition(Partition partition);
  // False where it has healed before.
  bool heal(PartitionId id);
  bool is_partitioned() const { return !partitions_.empty(); }
  bool cuts(HostId from, HostId to) const {
    for (const auto& [id, partition] : partitions_) {
      if (partition.cuts(from, to)) return true;
    }
    return false;
  }

  // --- Hosts that are not as quick as the others ---

  // Whether any host is paused or slow.
  bool delays() const { return delayed_ > 0; }
  // A paused host does nothing until it is resumed. False where that was so already.
  bool pause(HostId host);
  bool resume(HostId host);
  bool is_paused(HostId host) const { return host < hosts_.size() && hosts_[host].paused; }
  // A slow host takes so long for each message and each timer, one after another; zero: no longer.
  void slow(HostId host, Duration each_message);
  Duration slowness(HostId host) const {
    return host < hosts_.size() ? hosts_[host].each_message : Duration::zero();
  }
  // When a slow host has done with what reaches it at `now`; `now` where it is not slow, and has
  // done with all that it took while it was.
  std::int64_t done_at(HostId host, std::int64_t now);
  // Whether something that it took while it was slow is still to be done.
  bool is_busy(HostId host) const {
    return host < hosts_.size() && hosts_[host].busy_until > kIdle;
  }
  // A host that starts anew is neither paused nor slow, and has no work left.
  void forget(HostId host);

  // --- Clocks ---

  // From `now` on, the clock of the host is ahead by `ahead` (behind, where that is negative), and
  // gains `drift` seconds each second. Requires drift > -1.
  void set_clock(HostId host, Duration ahead, double drift, Time now);
  Time clock_of(HostId host, Time now) const;
  // How long it truly takes until the clock of the host has gone on by `span`.
  Duration true_span(HostId host, Duration span) const;

 private:
  static constexpr std::int64_t kIdle = -1;
  struct Host {
    bool paused = false;
    Duration each_message{};
    std::int64_t busy_until = kIdle;
  };
  struct HostClock {
    Time since{};
    Duration ahead{};  // at `since`
    double drift = 0;
  };

  Host& at(HostId host);
  static bool is_delayed(const Host& host) {
    return host.paused || host.each_message > Duration::zero() || host.busy_until > kIdle;
  }
  template <class Change>
  void change(HostId host, Change change);

  std::vector<std::pair<PartitionId, Partition>> partitions_;  // in the order of their beginnings
  PartitionId last_partition_ = 0;
  std::vector<Host> hosts_;
  std::size_t delayed_ = 0;  // hosts that are paused or slow
  std::vector<HostClock> clocks_;
};

}  // namespace troupe::sim
