// Which hosts are in which region, as a scenario writes it.
#pragma once

#include <string_view>

#include "scenario/facts.h"
#include "scenario/network.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// Reads "round_robin", or a map from the regions of the table to hosts, into `regions`.
void read_region_hosts(Reader& reader, const Node& node, std::string_view what, const Facts& facts,
                       Regions& regions);

inline constexpr std::string_view kRegionHosts = "round_robin, or a map from regions to hosts";

}  // namespace troupe::scenario
