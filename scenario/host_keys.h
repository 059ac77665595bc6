// How a scenario says which hosts: "all", 20%, 3, random, [0, 5, 7..9], clients, "20% of clients".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// `facts` must outlive the format.
Format<Hosts> hosts_format(const Facts& facts);

// The names of groups, and the numbers of their hosts.
using Groups = std::map<std::string, std::vector<std::int64_t>>;
Format<Groups> groups_format(const Facts& facts);

}  // namespace troupe::scenario
