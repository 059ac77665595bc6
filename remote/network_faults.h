// NetworkFaults: an actor that makes the network of its host bad, for tests on real hosts. Each
// host whose faults shall be switched has one; `troupe host --faults` has it under the name
// "faults".
//
//   spawn_with<NetworkFaults>(*host, 0, {.name = "faults"}, *host);
//   co_await faults.set("two", {.latency = 50ms, .jitter = 10ms, .loss = 0.01});
//   co_await faults.set("two", {.no_way_out = true});      // one-way; both: a partition
//   co_await faults.heal();
//
// Faults are of this host's own end. A partition between two groups is switched at each host of one
// of them; through a gRPC client that is no host, since what goes through the network that is bad
// may not come through.
#pragma once

#include <map>
#include <string>

#include "actor/actor.h"
#include "remote/remote_host.h"

namespace troupe {

ACTOR_METHODS(NetworkFaults, set, heal, list)

class NetworkFaults : public Actor<NetworkFaults> {
 public:
  explicit NetworkFaults(RemoteHost& host) : host_(host) {}

  // In place of what was set before, for a host by its name or address. INVALID_ARGUMENT,
  // NOT_FOUND: what is wrong.
  Sync<> set(std::string host, LinkFault fault);
  // All of them.
  Sync<> heal();
  Sync<std::map<std::string, LinkFault>> list() { return faults_; }

 private:
  RemoteHost& host_;
  std::map<std::string, LinkFault> faults_;  // by what the host was called
};

}  // namespace troupe
