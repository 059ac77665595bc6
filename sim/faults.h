// Faults: what is wrong with the hosts and the network of a run just now.
//
// A simulator asks this on its way; a scenario or a test sets it. Where nothing is wrong, asking
// costs one comparison.
//
//   const FaultId split = faults.partition(Partition::of({0, 1, 2}, Direction::kBoth, 10));
//   faults.cuts(0, 5);   // true: a message from host 0 to host 5 is lost
//   faults.heal(split);
//
// Faults of one host may overlap, and the end of one ends no other. A host is paused while any of
// its pauses holds. It is as slow, and its clock is as wrong, as the fault says that has begun
// last, of those that still hold.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
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

// Names one fault of a host that has begun, and one partition or cut. No two of a run have the
// same. 0: none.
using FaultId = std::uint64_t;
using PartitionId = std::uint64_t;

// Messages from each of some hosts to each of some others are lost. A host reaches itself always.
struct Cut {
  std::vector<bool> from;  // by host
  std::vector<bool> to;    // by host
  bool both_ways = false;  // whether what goes back is lost, too

  static Cut of(std::span<const HostId> from, std::span<const HostId> to, std::size_t host_count);

  bool cuts(HostId a, HostId b) const {
    if (a == b || a >= from.size() || b >= from.size()) return false;
    return (from[a] && to[b]) || (both_ways && from[b] && to[a]);
  }
};

class Faults {
 public:
  // --- Partitions and cuts ---

  PartitionId partition(Partition partition);
  PartitionId cut(Cut cut);
  // Ends a partition or a cut. False where it has healed before.
  bool heal(PartitionId id);
  bool is_partitioned() const { return is_partitioned_; }
  bool cuts(HostId from, HostId to) const {
    for (const auto& [id, partition] : partitions_) {
      if (partition.cuts(from, to)) return true;
    }
    for (const auto& [id, cut] : cuts_) {
      if (cut.cuts(from, to)) return true;
    }
    return false;
  }

  // --- Hosts that are not as quick as the others ---

  // Whether any host is paused or slow.
  bool delays() const { return delayed_ > 0; }

  // A paused host does nothing while any of its pauses holds.
  FaultId pause(HostId host);
  // Ends one pause of the host. Returns whether the host goes on now: no other pause holds.
  bool end_pause(HostId host, FaultId id);
  // Ends all pauses of the host. False where there was none.
  bool resume(HostId host);
  bool is_paused(HostId host) const { return host < hosts_.size() && !hosts_[host].pauses.empty(); }

  // A slow host takes so long for each message and each timer, one after another; zero: no longer.
  // slow() supersedes whatever has begun before, for good.
  void slow(HostId host, Duration each_message);
  // The same until end_slow(): then what held before holds again.
  FaultId begin_slow(HostId host, Duration each_message);
  void end_slow(HostId host, FaultId id);
  Duration slowness(HostId host) const {
    return host < hosts_.size() ? hosts_[host].each_message() : Duration::zero();
  }
  // When a slow host has done with what reaches it at `now`; `now` where it is not slow, and has
  // done with all that it took while it was.
  std::int64_t done_at(HostId host, std::int64_t now);
  // Whether something that it took while it was slow is still to be done.
  bool is_busy(HostId host) const {
    return host < hosts_.size() && hosts_[host].busy_until > kIdle;
  }
  // A host that starts anew is neither paused nor slow, and has no work left. What was wrong with
  // it has ended: a later end of such a fault ends nothing.
  void forget(HostId host);

  // --- Clocks ---

  // From `now` on, the clock of the host is ahead by `ahead` (behind, where that is negative), and
  // gains `drift` seconds each second. Requires drift > -1. This supersedes whatever has begun
  // before, for good.
  void set_clock(HostId host, Duration ahead, double drift, Time now);
  // The same until end_clock(): then the clock shows what it would show without this.
  FaultId begin_clock(HostId host, Duration ahead, double drift, Time now);
  void end_clock(HostId host, FaultId id);
  Time clock_of(HostId host, Time now) const;
  // How long it truly takes until the clock of the host has gone on by `span`.
  Duration true_span(HostId host, Duration span) const;

 private:
  static constexpr std::int64_t kIdle = -1;
  struct Slowness {
    FaultId id = 0;
    Duration each_message{};
  };
  struct Host {
    std::vector<FaultId> pauses;  // that hold
    std::vector<Slowness> slow;   // those that hold, in the order of their beginnings
    std::int64_t busy_until = kIdle;

    Duration each_message() const {
      return slow.empty() ? Duration::zero() : slow.back().each_message;
    }
  };
  struct WrongClock {
    FaultId id = 0;
    Time since{};
    Duration ahead{};  // at `since`
    double drift = 0;
  };

  Host& at(HostId host);
  static bool is_delayed(const Host& host) {
    return !host.pauses.empty() || host.each_message() > Duration::zero() ||
           host.busy_until > kIdle;
  }
  template <class Change>
  void change(HostId host, Change change);
  std::vector<WrongClock>& clocks_of(HostId host);

  FaultId last_ = 0;
  PartitionId last_partition_ = 0;
  // In the order of their beginnings.
  std::vector<std::pair<PartitionId, Partition>> partitions_;
  std::vector<std::pair<PartitionId, Cut>> cuts_;
  bool is_partitioned_ = false;  // whether there is a partition or a cut
  std::vector<Host> hosts_;
  std::size_t delayed_ = 0;  // hosts that are paused or slow
  // Of each host, the faults of its clock that hold, in the order of their beginnings.
  std::vector<std::vector<WrongClock>> clocks_;
};

}  // namespace troupe::sim
