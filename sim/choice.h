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
  explicit Choices(std::uint64_t seed)
      : seed_(seed),
        scenario_(Random::stream(seed, "scenario")),
        faults_(Random::stream(seed, "faults")),
        times_(Random::stream(seed, "times")),
        checks_(Random::stream(seed, "checks")) {}

  // Whether the next message that leaves `from` for another host is lost.
  bool lose(HostId from, double probability) { return at(loss_, "loss", from).chance(probability); }

  // The stream that the latencies of messages from `from` are drawn from.
  Random& latency(HostId from) { return at(latency_, "latency", from); }

  // The same of what may differ from the latency: what is added to it, and what the second copy of
  // a message that arrives twice takes.
  Random& jitter(HostId from) { return at(jitter_, "jitter", from); }
  Random& copy(HostId from) { return at(copy_, "copy", from); }

  // Whether the next message that leaves `from` for another host arrives twice, damaged, or not in
  // its place.
  bool duplicate(HostId from, double probability) {
    return at(duplication_, "duplication", from).chance(probability);
  }
  bool corrupt(HostId from, double probability) {
    return at(corruption_, "corruption", from).chance(probability);
  }
  bool reorder(HostId from, double probability) {
    return at(reordering_, "reordering", from).chance(probability);
  }

  // What is chosen once a run: where a host stands, which row of a matrix each has, and which hosts
  // the `index`-th choice of a network falls on.
  Random place_of(HostId host) const { return Random::stream(seed_, "place", host); }
  Random rows() const { return Random::stream(seed_, "rows"); }
  Random host_set(std::uint64_t index) const { return Random::stream(seed_, "host set", index); }

  // What a scenario leaves to chance: which host, which actor, which argument.
  Random& scenario() { return scenario_; }

  // What befalls hosts, where a scenario leaves that to chance: whom, when, for how long.
  Random& faults() { return faults_; }

  // When a scenario calls, where it leaves that to chance.
  Random& times() { return times_; }

  // How long this host stays and is away.
  Random& churn(HostId host) { return at(churn_, "churn", host); }

  // Which actors a check looks at that does not look at all of them.
  Random& checks() { return checks_; }

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
  Random faults_;
  Random times_;
  Random checks_;
  std::vector<Random> loss_;
  std::vector<Random> latency_;
  std::vector<Random> jitter_;
  std::vector<Random> copy_;
  std::vector<Random> duplication_;
  std::vector<Random> corruption_;
  std::vector<Random> reordering_;
  std::vector<Random> churn_;
};

}  // namespace troupe::sim
