// Network: how long a message takes between two hosts, and whether it arrives.
//
// Messages of one pair of hosts arrive in the order of sending, whatever the latencies drawn, as
// over one stream: a message that would overtake waits. Only where a network reorders does it not.
//
// Everything that may befall a message between two hosts is decided in one place, pass(): a new
// fault has its line there, and makes the network one that is not plain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "actor/actor_id.h"
#include "actor/runtime.h"
#include "actor/time.h"
#include "scenario/network.h"
#include "sim/choice.h"

namespace troupe::sim {

// A message that is about to leave its host.
struct Departure {
  HostId from = 0;
  HostId to = 0;             // another host
  std::int64_t now = 0;      // as Message::time
  std::int64_t payload = 0;  // bytes, where the network wants_sizes()
  bool of_system = false;    // no chance takes, damages or doubles it, and it keeps its place
};

// What becomes of it.
struct Passage {
  std::optional<DropReason> dropped = {};  // at its start; nothing else is said then
  std::int64_t arrival = 0;
  bool damaged = false;                   // the receiver drops it
  std::optional<std::int64_t> copy = {};  // when it arrives once more
};

// What is different for messages from some hosts to some others, for a while.
struct LinkChange {
  std::vector<bool> from;  // by host
  std::vector<bool> to;    // by host
  scenario::Link link;     // what it says of ends is not looked at
};

class Network {
 public:
  // Requires `links_change` where change_link() will be called.
  Network(scenario::Network options, Choices& choices, bool links_change = false);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Whether there is nothing but one kind of latency, and loss: then loses() and arrival() are all.
  bool is_plain() const { return plain_; }

  // Whether a message from `from` to another host is lost on its way.
  bool loses(HostId from) { return options_.loss > 0 && choices_.lose(from, options_.loss); }

  // When a message sent at `now` arrives.
  std::int64_t arrival(HostId from, HostId to, std::int64_t now) {
    if (const auto* constant = std::get_if<scenario::Constant>(&options_.latency)) {
      return now + constant->value.count();  // Equal delays keep the order.
    }
    return in_order(from, to, now, now + latency(options_.latency, from, to, Draw::kFirst).count());
  }

  // --- Where it is not plain ---

  // There are so many hosts, which may become more.
  void know_hosts(std::size_t count) {
    if (count != hosts_) [[unlikely]]
      place_hosts(count);
  }

  // Whether Departure::payload matters.
  bool wants_sizes() const { return options_.bandwidth && !options_.bandwidth->payload; }

  // Where bandwidth is limited, a message that is sent leaves its host later.
  bool has_uplinks() const { return options_.bandwidth.has_value(); }
  // When its last bit has left the host; nothing where the queue before it is full.
  std::optional<std::int64_t> leave(const Departure& message);
  // A host that starts anew has nothing left to send.
  void free_uplink(HostId host) {
    if (host < free_at_.size()) free_at_[host] = 0;
  }

  // What becomes of a message that leaves its host at Departure::now.
  Passage travel(const Departure& message);
  // leave() and travel().
  Passage pass(const Departure& message);

  // From now on, until end_link_change(), messages between these hosts travel as the change says.
  // Where several say something of one message, the one that has begun last holds.
  std::uint64_t change_link(LinkChange change);
  void end_link_change(std::uint64_t id);

 private:
  // Which of a message's two copies a latency is for: each has random numbers of its own, so that
  // what arrives twice shifts nothing else.
  enum class Draw : std::uint8_t { kFirst, kCopy };

  // What holds between two hosts. Latencies point into options_.
  struct Path {
    const scenario::Latency* latency = nullptr;
    const scenario::Latency* jitter = nullptr;  // none: null
    double loss = 0;
    double duplication = 0;
    double corruption = 0;
    double reordering = 0;
  };
  // Which hosts a HostSet means in this run.
  using Members = std::vector<bool>;

  void place_hosts(std::size_t count);
  void choose_rows();
  Members members(const scenario::HostSet& set, std::uint64_t index, std::size_t count) const;
  bool fits(const scenario::HostSet& set, const Members& members, HostId host) const;
  std::uint16_t region_of(const scenario::Regions& regions, HostId host) const;
  const scenario::Coordinates::Point& place_of(const scenario::Coordinates& coordinates,
                                               HostId host);

  const Path& path(HostId from, HostId to);
  const Path& lasting_path(HostId from, HostId to);
  Path path_between_classes(std::uint32_t from, std::uint32_t to) const;
  static void apply(const scenario::Link& link, Path& path);
  Duration latency(const scenario::Latency& latency, HostId from, HostId to, Draw draw);
  Duration delay(const Path& path, HostId from, HostId to, Draw draw);
  std::int64_t in_order(HostId from, HostId to, std::int64_t now, std::int64_t arrival);

  scenario::Network options_;
  Choices& choices_;
  bool plain_ = true;
  std::size_t hosts_ = 0;  // that have been placed

  // The latest arrival of each pair that still matters. Never iterated where an event can feel it.
  absl::flat_hash_map<std::uint64_t, std::int64_t> latest_;
  std::size_t sweep_at_ = 1024;

  std::vector<std::uint32_t> rows_;                   // of the matrix, where they are shuffled
  std::vector<scenario::Coordinates::Point> places_;  // of hosts, where they are random

  // Hosts that are in the same sets of all links are of one class.
  struct LinkMembers {
    Members from;
    Members to;
  };
  std::vector<LinkMembers> link_members_;
  std::vector<std::uint32_t> class_of_;                 // of each host
  std::map<std::vector<bool>, std::uint32_t> classes_;  // by the ends of links that they are at
  std::vector<const std::vector<bool>*> ends_;          // of each class: from, to, from, to, ...
  Path everywhere_;
  absl::flat_hash_map<std::uint64_t, Path> paths_;  // of two classes

  std::vector<std::pair<std::uint64_t, LinkChange>> changes_;  // in the order of their beginnings
  std::uint64_t last_change_ = 0;
  Path changed_;  // the last path that a change holds for

  // Where bandwidth is limited.
  std::vector<std::int64_t> rate_;     // of each host
  std::vector<std::int64_t> free_at_;  // when its last message has left
};

}  // namespace troupe::sim
