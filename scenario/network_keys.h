// How a scenario writes its network. A new kind of latency is one line in latency_keys().
#pragma once

#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

KeyTable<Network> network_keys();
// The forms of a latency that are maps: one key each.
KeyTable<Latency> latency_keys();
KeyTable<Lognormal> lognormal_keys();

}  // namespace troupe::scenario
