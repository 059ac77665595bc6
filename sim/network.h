// Network: how long a message takes between two hosts, and whether it arrives.
//
// Messages of one pair of hosts arrive in the order of sending, whatever the latencies drawn, as
// over one stream: a message that would overtake waits.
#pragma once

#include <cstdint>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "actor/actor_id.h"
#include "actor/time.h"
#include "scenario/network.h"
#include "sim/choice.h"

namespace troupe::sim {

class Network {
 public:
  Network(scenario::Network options, Choices& choices) : options_(options), choices_(choices) {}

  // Whether a message from `from` to `to` is lost on its way.
  bool loses(HostId from) { return options_.loss > 0 && choices_.lose(from, options_.loss); }

  // When a message sent at `now` arrives.
  std::int64_t arrival(HostId from, HostId to, std::int64_t now) {
    if (const auto* constant = std::get_if<scenario::Constant>(&options_.latency)) {
      return now + constant->value.count();  // Equal delays keep the order.
    }
    return in_order(from, to, now, now + draw(from));
  }

 private:
  std::int64_t draw(HostId from);
  std::int64_t in_order(HostId from, HostId to, std::int64_t now, std::int64_t arrival);

  scenario::Network options_;
  Choices& choices_;
  // The latest arrival of each pair that still matters. Never iterated where an event can feel it.
  absl::flat_hash_map<std::uint64_t, std::int64_t> latest_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace troupe::sim
