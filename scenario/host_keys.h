// How a scenario says which hosts: "all", 20%, 3, random, [0, 5, 7..9], clients, "20% of clients".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// `facts` must outlive the formats.
Format<Hosts> hosts_format(const Facts& facts);
// The same, or a map {where: a role, hosts: of which}: hosts whose actors have a role just then.
Format<Hosts> hosts_or_role_format(const Facts& facts);

// A role of the algorithm, or "not" and a role. Without `among`, of all hosts. Null where the
// algorithm is not known.
Format<HostsWhere> role_format(const Facts& facts);
// Those of some hosts that have a role.
Hosts those_with(HostsWhere where, Hosts among);
KeyTable<HostsWhere> hosts_where_keys(const Facts& facts);

// The names of groups, and the numbers of their hosts.
using Groups = std::map<std::string, std::vector<std::int64_t>>;
Format<Groups> groups_format(const Facts& facts);

}  // namespace troupe::scenario
