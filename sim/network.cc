// Latencies of pairs, the order of each pair, and all that may befall a message.
#include "sim/network.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "sim/distributions.h"
#include "sim/portable_math.h"

namespace troupe::sim {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kEndOfTime = std::numeric_limits<std::int64_t>::max() - 1;

std::int64_t later(std::int64_t time, std::int64_t by) {
  return by < kEndOfTime - time ? time + by : kEndOfTime;
}

std::uint64_t pair_of(std::uint32_t from, std::uint32_t to) {
  return std::uint64_t{from} << 32 | to;
}

Duration draw_from(const scenario::Latency& latency, Random& random) {
  return std::visit(
      [&](const auto& distribution) -> Duration {
        if constexpr (requires { draw(distribution, random); }) {
          return draw(distribution, random);
        } else {
          return {};  // What depends on the pair of hosts needs no chance.
        }
      },
      latency);
}

double distance(const scenario::Coordinates::Point& a, const scenario::Coordinates::Point& b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i]) * (a[i] - b[i]);
  return portable_sqrt(squares);
}

}  // namespace

Network::Network(scenario::Network options, Choices& choices, bool links_change)
    : options_(std::move(options)), choices_(choices) {
  plain_ = !links_change && !options_.jitter && options_.duplication <= 0 &&
           options_.corruption <= 0 && options_.reordering <= 0 && !options_.bandwidth &&
           options_.links.empty();
  everywhere_ = {.latency = &options_.latency,
                 .jitter = options_.jitter ? &*options_.jitter : nullptr,
                 .loss = options_.loss,
                 .duplication = options_.duplication,
                 .corruption = options_.corruption,
                 .reordering = options_.reordering};
  choose_rows();
}

// --- Where hosts are ----------------------------------------------------------------------------

void Network::choose_rows() {
  const auto* matrix = std::get_if<scenario::Matrix>(&options_.latency);
  if (matrix == nullptr || !matrix->shuffled) return;
  rows_.resize(matrix->size);
  std::iota(rows_.begin(), rows_.end(), 0U);
  Random random = choices_.rows();
  for (std::size_t i = 0; i + 1 < rows_.size(); ++i) {
    std::swap(rows_[i], rows_[i + random.below(rows_.size() - i)]);
  }
}

std::uint16_t Network::region_of(const scenario::Regions& regions, HostId host) const {
  if (regions.of_host != nullptr && host < regions.of_host->size()) return (*regions.of_host)[host];
  return static_cast<std::uint16_t>(host % regions.table->names.size());
}

const scenario::Coordinates::Point& Network::place_of(const scenario::Coordinates& coordinates,
                                                      HostId host) {
  if (coordinates.places != nullptr) {
    return (*coordinates.places)[host % coordinates.places->size()];
  }
  while (places_.size() <= host) {
    Random random = choices_.place_of(static_cast<HostId>(places_.size()));
    scenario::Coordinates::Point& place = places_.emplace_back();
    for (std::size_t i = 0; i < place.size(); ++i) place[i] = random.unit() * coordinates.box[i];
  }
  return places_[host];
}

Network::Members Network::members(const scenario::HostSet& set, std::uint64_t index,
                                  std::size_t count) const {
  Members members;
  if (const auto* numbered = std::get_if<scenario::NumberedHosts>(&set)) {
    for (const std::int64_t number : numbered->numbers) {
      const auto host = static_cast<std::size_t>(number);
      if (host >= members.size()) members.resize(host + 1);
      members[host] = true;
    }
  } else if (const auto* chosen = std::get_if<scenario::ChosenHosts>(&set)) {
    // The first of a random permutation.
    members.resize(count);
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Random random = choices_.host_set(index);
    const std::size_t wanted = std::min(count, static_cast<std::size_t>(chosen->count));
    for (std::size_t i = 0; i < wanted; ++i) {
      std::swap(order[i], order[i + random.below(count - i)]);
      members[order[i]] = true;
    }
  }
  return members;
}

bool Network::fits(const scenario::HostSet& set, const Members& members, HostId host) const {
  if (std::holds_alternative<scenario::EveryHost>(set)) return true;
  if (const auto* in = std::get_if<scenario::HostsInRegion>(&set)) {
    const auto* regions = std::get_if<scenario::Regions>(&options_.latency);
    return regions != nullptr && region_of(*regions, host) == in->region;
  }
  return host < members.size() && members[host];
}

// Chance falls on hosts that are there when the first message is sent; whoever comes later is not
// chosen any more.
void Network::place_hosts(std::size_t count) {
  const bool first = hosts_ == 0;
  std::uint64_t index = 0;
  if (first) {
    for (const scenario::Link& link : options_.links) {
      link_members_.push_back(
          {members(link.from, index, count), members(link.to, index + 1, count)});
      index += 2;
    }
  }
  if (!options_.links.empty()) {
    for (auto host = static_cast<HostId>(hosts_); host < count; ++host) {
      std::vector<bool> ends;
      ends.reserve(2 * options_.links.size());
      for (std::size_t i = 0; i < options_.links.size(); ++i) {
        ends.push_back(fits(options_.links[i].from, link_members_[i].from, host));
        ends.push_back(fits(options_.links[i].to, link_members_[i].to, host));
      }
      const auto [place, is_new] =
          classes_.try_emplace(std::move(ends), static_cast<std::uint32_t>(ends_.size()));
      if (is_new) ends_.push_back(&place->first);
      class_of_.push_back(place->second);
    }
  }
  if (options_.bandwidth) {
    rate_.resize(count, options_.bandwidth->up);
    free_at_.resize(count, 0);
    for (const scenario::Bandwidth::Exception& exception : options_.bandwidth->exceptions) {
      const Members slow = first || !std::holds_alternative<scenario::ChosenHosts>(exception.hosts)
                               ? members(exception.hosts, index, count)
                               : Members();
      ++index;
      for (auto host = static_cast<HostId>(hosts_); host < count; ++host) {
        if (fits(exception.hosts, slow, host)) rate_[host] = exception.up;
      }
    }
  }
  hosts_ = count;
}

// --- What holds between two hosts ---------------------------------------------------------------

void Network::apply(const scenario::Link& link, Path& path) {
  const auto take = [](const auto& said, auto& here) {
    if (said) here = *said;
  };
  const auto point_to = [](const std::optional<scenario::Latency>& said,
                           const scenario::Latency*& here) {
    if (said) here = &*said;
  };
  point_to(link.latency, path.latency);
  point_to(link.jitter, path.jitter);
  take(link.loss, path.loss);
  take(link.duplication, path.duplication);
  take(link.corruption, path.corruption);
  take(link.reordering, path.reordering);
}

Network::Path Network::path_between_classes(std::uint32_t from, std::uint32_t to) const {
  Path path = everywhere_;
  for (std::size_t i = 0; i < options_.links.size(); ++i) {
    const scenario::Link& link = options_.links[i];
    const bool there = (*ends_[from])[2 * i] && (*ends_[to])[2 * i + 1];
    const bool back = link.both_ways && (*ends_[to])[2 * i] && (*ends_[from])[2 * i + 1];
    if (there || back) apply(link, path);
  }
  return path;
}

const Network::Path& Network::lasting_path(HostId from, HostId to) {
  if (class_of_.empty()) return everywhere_;
  const std::uint64_t key = pair_of(class_of_[from], class_of_[to]);
  const auto [place, is_new] = paths_.try_emplace(key);
  if (is_new) place->second = path_between_classes(class_of_[from], class_of_[to]);
  return place->second;
}

const Network::Path& Network::path(HostId from, HostId to) {
  const Path& lasting = lasting_path(from, to);
  if (changes_.empty()) return lasting;
  changed_ = lasting;
  const auto is_among = [](const std::vector<bool>& hosts, HostId host) {
    return host < hosts.size() && hosts[host];
  };
  for (const auto& [id, change] : changes_) {
    const bool there = is_among(change.from, from) && is_among(change.to, to);
    const bool back =
        change.link.both_ways && is_among(change.from, to) && is_among(change.to, from);
    if (there || back) apply(change.link, changed_);
  }
  return changed_;
}

std::uint64_t Network::change_link(LinkChange change) {
  changes_.emplace_back(++last_change_, std::move(change));
  return last_change_;
}

void Network::end_link_change(std::uint64_t id) {
  std::erase_if(changes_, [id](const auto& entry) { return entry.first == id; });
}

// --- Latencies ----------------------------------------------------------------------------------

Duration Network::latency(const scenario::Latency& latency, HostId from, HostId to, Draw draw) {
  if (const auto* matrix = std::get_if<scenario::Matrix>(&latency)) {
    const auto row_of = [&](HostId host) -> std::size_t {
      return rows_.empty() ? host % matrix->size : rows_[host % matrix->size];
    };
    return (*matrix->latency)[row_of(from) * matrix->size + row_of(to)];
  }
  if (const auto* regions = std::get_if<scenario::Regions>(&latency)) {
    const std::size_t size = regions->table->names.size();
    return regions->table->latency[region_of(*regions, from) * size + region_of(*regions, to)];
  }
  if (const auto* coordinates = std::get_if<scenario::Coordinates>(&latency)) {
    const scenario::Coordinates::Point here = place_of(*coordinates, from);
    const double units = distance(here, place_of(*coordinates, to));
    constexpr auto kFarthest = static_cast<double>(kLongestDraw.count());
    return coordinates->base +
           Duration(static_cast<std::int64_t>(
               std::min(units * static_cast<double>(coordinates->scale.count()), kFarthest)));
  }
  return draw_from(latency, draw == Draw::kFirst ? choices_.latency(from) : choices_.copy(from));
}

Duration Network::delay(const Path& path, HostId from, HostId to, Draw draw) {
  Duration sum = latency(*path.latency, from, to, draw);
  if (path.jitter != nullptr) {
    sum +=
        draw_from(*path.jitter, draw == Draw::kFirst ? choices_.jitter(from) : choices_.copy(from));
  }
  return sum;
}

// --- Messages -----------------------------------------------------------------------------------

std::int64_t Network::in_order(HostId from, HostId to, std::int64_t now, std::int64_t arrival) {
  if (latest_.size() >= sweep_at_) {
    absl::erase_if(latest_, [now](const auto& entry) { return entry.second <= now; });
    sweep_at_ = std::max<std::size_t>(1024, latest_.size() * 2);
  }
  std::int64_t& latest = latest_[pair_of(from, to)];
  latest = std::max(latest, arrival);
  return latest;
}

std::optional<std::int64_t> Network::leave(const Departure& message) {
  const scenario::Bandwidth& bandwidth = *options_.bandwidth;
  const std::int64_t bytes = bandwidth.payload.value_or(message.payload) + bandwidth.overhead;
  const std::int64_t rate = rate_[message.from];
  std::int64_t& free_at = free_at_[message.from];
  const std::int64_t start = std::max(free_at, message.now);
  constexpr Wide kSecond = 1'000'000'000;
  if (bandwidth.queue && !message.of_system) {
    const Wide waiting = Wide{start - message.now} * rate / (8 * kSecond);
    if (waiting + bytes > *bandwidth.queue && waiting > 0) return std::nullopt;
  }
  const Wide takes = (Wide{bytes} * 8 * kSecond + rate - 1) / rate;
  free_at = later(start, static_cast<std::int64_t>(std::min<Wide>(takes, kEndOfTime)));
  return free_at;
}

Passage Network::pass(const Departure& message) {
  if (!options_.bandwidth) return travel(message);
  const std::optional<std::int64_t> leaves = leave(message);
  if (!leaves) return {.dropped = DropReason::kCongested};
  Departure left = message;
  left.now = *leaves;
  return travel(left);
}

Passage Network::travel(const Departure& message) {
  const HostId from = message.from;
  const HostId to = message.to;
  const Path& path = this->path(from, to);
  // Drawn for messages of the system, too: what they are takes nobody else's numbers away.
  const auto befalls = [&](double probability, bool (Choices::*choose)(HostId, double)) {
    return probability > 0 && (choices_.*choose)(from, probability) && !message.of_system;
  };
  const bool lost = befalls(path.loss, &Choices::lose);
  const bool damaged = befalls(path.corruption, &Choices::corrupt);
  const bool twice = befalls(path.duplication, &Choices::duplicate);
  const bool leaves_order = befalls(path.reordering, &Choices::reorder);
  if (lost) return {.dropped = DropReason::kLost};

  const auto arrival = [&](Draw draw) {
    const std::int64_t time = later(message.now, delay(path, from, to, draw).count());
    return leaves_order ? time : in_order(from, to, message.now, time);
  };
  Passage passage;
  passage.arrival = arrival(Draw::kFirst);
  passage.damaged = damaged;
  if (twice) passage.copy = arrival(Draw::kCopy);
  return passage;
}

}  // namespace troupe::sim
