// Choices: every decision that the simulated world takes, in one place.
//
// Here they are random, each from a stream of its own, so that a new kind of choice never shifts
// another. An explorer of schedules drives these same choices on purpose.
#pragma once

#include <cstdint>
#include <vector>

#include "actor/actor_id.h"
#include "actor/random.h"
#include "sim/portable_math.h"

namespace troupe::sim {

class Choices {
 public:
  explicit Choices(std::uint64_t seed) : seed_(seed), scenario_(Random::stream(seed, "scenario")) {}

  // Whether the next message that leaves `from` for another host is lost.
  bool lose(HostId from, double probability) { return at(loss_, "loss", from).chance(probability); }

  // The stream that the latencies of messages from `from` are drawn from.
  Random& latency(HostId from) { return at(latency_, "latency", from); }

  // What a scenario leaves to chance: which host, which actor, which argument.
  Random& scenario() { return scenario_; }

  // The stream of one actor.
  Random of_actor(ActorId actor) const {
    return Random::stream(seed_, "actor", actor.host,
                          std::uint64_t{actor.index} << 32 | actor.incarnation);
  }

 private:
  Random& at(std::vector<Random>& streams, const char* label, HostId host) {
    while (streams.size() <= host) {
      streams.push_back(Random::stream(seed_, label, streams.size()));
    }
    return streams[host];
  }

  std::uint64_t seed_;
  Random scenario_;
  std::vector<Random> loss_;
  std::vector<Random> latency_;
};

}  // namespace troupe::sim
