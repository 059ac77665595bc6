// Drawing latencies, and keeping the order of each pair of hosts.
#include "sim/network.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"

namespace troupe::sim {

std::int64_t Network::draw(HostId from) {
  if (const auto* uniform = std::get_if<scenario::Uniform>(&options_.latency)) {
    return choices_.latency(from).uniform(uniform->low, uniform->high).count();
  }
  const auto& lognormal = std::get<scenario::Lognormal>(options_.latency);
  const double factor = portable_exp(lognormal.sigma * standard_normal(choices_.latency(from)));
  constexpr double kLongest = 3.6e12;  // An hour: what a tail may not exceed.
  return static_cast<std::int64_t>(
      std::min(static_cast<double>(lognormal.median.count()) * factor, kLongest));
}

std::int64_t Network::in_order(HostId from, HostId to, std::int64_t now, std::int64_t arrival) {
  if (latest_.size() >= sweep_at_) {
    absl::erase_if(latest_, [now](const auto& entry) { return entry.second <= now; });
    sweep_at_ = std::max<std::size_t>(1024, latest_.size() * 2);
  }
  std::int64_t& latest = latest_[std::uint64_t{from} << 32 | to];
  latest = std::max(latest, arrival);
  return latest;
}

}  // namespace troupe::sim
