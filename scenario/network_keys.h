// How a scenario writes its network. A new kind of latency is one line in latency_keys().
#pragma once

#include <vector>

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// `facts` must outlive the table.
KeyTable<Network> network_keys(const Facts& facts);

// What a message takes on a link, drawn for each message.
Format<Latency> link_latency();

// What the disks of the hosts are like.
KeyTable<Disk> disk_keys();

// The maps of the network and all below it, and of disks.
std::vector<MapDescription> describe_network(const Facts& facts);

}  // namespace troupe::scenario
