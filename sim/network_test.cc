// Network: latencies are distributed as asked for, and messages of a pair arrive in order.
#include "sim/network.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actor/random.h"
#include "gtest/gtest.h"
#include "sim/choice.h"
#include "sim/goodness_of_fit.h"

namespace troupe::sim {
namespace {

constexpr int kDraws = 20'000;

// Latencies of messages that are too far apart to wait for each other.
std::vector<double> latencies(const scenario::Latency& latency, std::uint64_t seed) {
  Choices choices(seed);
  const scenario::Network options{.latency = latency};
  Network network(options, choices);
  std::vector<double> values(kDraws);
  std::int64_t now = 0;
  for (double& value : values) {
    now += 4'000'000'000'000;  // more than the longest latency
    value = static_cast<double>(network.arrival(0, 1, now) - now);
  }
  return values;
}

const double kFarthest = farthest(kDraws);

TEST(Network, TakesAConstantTime) {
  for (const double latency : latencies(scenario::Constant{20ms}, 1)) EXPECT_EQ(latency, 20e6);
}

TEST(Network, DrawsUniformLatencies) {
  const auto cdf = [](double x) { return std::clamp((x - 10e6) / 40e6, 0.0, 1.0); };
  EXPECT_LT(distance(latencies(scenario::Uniform{10ms, 50ms}, 1), cdf), kFarthest);
  const std::vector<double> values = latencies(scenario::Uniform{10ms, 50ms}, 2);
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 10e6);
  EXPECT_LT(*std::max_element(values.begin(), values.end()), 50e6);
}

TEST(Network, DrawsLognormalLatencies) {
  for (const double sigma : {0.1, 0.5, 1.5}) {
    const auto cdf = [sigma](double x) { return normal_part(std::log(x / 20e6) / sigma); };
    EXPECT_LT(distance(latencies(scenario::Lognormal{20ms, sigma}, 1), cdf), kFarthest) << sigma;
  }
}

TEST(Network, DrawsNormalLatenciesCutOffAtZero) {
  for (const Duration mean : {0ms, 5ms, 20ms, 100ms}) {
    const double middle = static_cast<double>(mean.count());
    const auto cdf = [middle](double x) {
      const double below = normal_part(-middle / 10e6);
      return (normal_part((x - middle) / 10e6) - below) / (1 - below);
    };
    const std::vector<double> values = latencies(scenario::Normal{mean, 10ms}, 1);
    EXPECT_LT(distance(values, cdf), kFarthest) << to_string(mean);
    EXPECT_GE(*std::min_element(values.begin(), values.end()), 0);
  }
}

TEST(Network, DrawsExponentialLatencies) {
  const auto cdf = [](double x) { return 1 - std::exp(-x / 20e6); };
  EXPECT_LT(distance(latencies(scenario::Exponential{20ms}, 1), cdf), kFarthest);
}

TEST(Network, DrawsParetoLatencies) {
  for (const double shape : {0.8, 1.5, 2.5, 100.0}) {
    const auto cdf = [shape](double x) { return x < 20e6 ? 0 : 1 - std::pow(20e6 / x, shape); };
    EXPECT_LT(distance(latencies(scenario::Pareto{20ms, shape}, 1), cdf), kFarthest) << shape;
  }
}

scenario::Empirical measured(std::vector<scenario::Empirical::Point> points) {
  return {std::make_shared<const std::vector<scenario::Empirical::Point>>(std::move(points))};
}

TEST(Network, DrawsMeasuredLatenciesInStraightLinesBetweenTheirPoints) {
  const auto cdf = [](double x) {
    if (x < 10e6) return 0.0;
    if (x < 20e6) return (x - 10e6) / 10e6 * 0.5;
    if (x < 50e6) return 0.5 + (x - 20e6) / 30e6 * 0.4;
    return std::min(1.0, 0.9 + (x - 50e6) / 350e6 * 0.1);
  };
  const scenario::Empirical points = measured({{10ms, 0}, {20ms, 0.5}, {50ms, 0.9}, {400ms, 1}});
  EXPECT_LT(distance(latencies(points, 1), cdf), kFarthest);
}

TEST(Network, DrawsMeasuredLatenciesThatManyMessagesHaveInCommon) {
  // 30% take just 10 ms, none takes 20 to 30 ms, 25% just 40 ms.
  const scenario::Empirical points =
      measured({{10ms, 0.3}, {20ms, 0.5}, {30ms, 0.5}, {40ms, 0.75}, {40ms, 1}});
  std::map<double, int> often;
  int between = 0;
  for (const double value : latencies(points, 1)) {
    ++often[value];
    between += value > 20e6 && value < 30e6;
    EXPECT_GE(value, 10e6);
    EXPECT_LE(value, 40e6);
  }
  EXPECT_NEAR(often[10e6], 0.3 * kDraws, 4 * std::sqrt(0.3 * 0.7 * kDraws));
  EXPECT_NEAR(often[40e6], 0.25 * kDraws, 4 * std::sqrt(0.25 * 0.75 * kDraws));
  EXPECT_EQ(between, 0);
  for (const double value : latencies(measured({{7ms, 1}}), 1)) EXPECT_EQ(value, 7e6);
}

TEST(Network, CutsTailsAtAnHour) {
  for (const scenario::Latency& latency :
       {scenario::Latency(scenario::Lognormal{1min, 5}),
        scenario::Latency(scenario::Pareto{1s, 0.1}), scenario::Latency(scenario::Exponential{1h}),
        scenario::Latency(scenario::Normal{1h, 1h})}) {
    const std::vector<double> values = latencies(latency, 1);
    EXPECT_EQ(*std::max_element(values.begin(), values.end()), 3.6e12) << latency.index();
    EXPECT_GE(*std::min_element(values.begin(), values.end()), 0) << latency.index();
  }
}

// The same in every build and on every machine. If this fails, a compiler has contracted or
// reordered: look at its flags, not at these numbers.
TEST(Network, DrawsTheSameBitsEverywhere) {
  std::uint64_t rolling = 0;
  for (const scenario::Latency& latency :
       {scenario::Latency(scenario::Uniform{10ms, 50ms}),
        scenario::Latency(scenario::Normal{20ms, 15ms}),
        scenario::Latency(scenario::Lognormal{20ms, 0.7}),
        scenario::Latency(scenario::Exponential{20ms}),
        scenario::Latency(scenario::Pareto{20ms, 1.3}),
        scenario::Latency(measured({{1ms, 0}, {30ms, 0.7}, {90ms, 1}}))}) {
    for (const double value : latencies(latency, 7)) {
      rolling = mix(rolling ^ static_cast<std::uint64_t>(value));
    }
  }
  EXPECT_EQ(rolling, 4591084718408199912u);
}

TEST(Network, LosesTheFractionThatItIsAskedTo) {
  for (const double loss : {0.0, 0.01, 0.5, 1.0}) {
    Choices choices(3);
    const scenario::Network options{.loss = loss};
    Network network(options, choices);
    int lost = 0;
    for (int i = 0; i < kDraws; ++i) lost += network.loses(0);
    EXPECT_NEAR(lost, loss * kDraws, 4 * std::sqrt(loss * (1 - loss) * kDraws)) << loss;
  }
}

// --- Latencies of pairs -------------------------------------------------------------------------

constexpr std::int64_t kMs = 1'000'000;

// When a message arrives, in milliseconds after its start.
double way(Network& network, HostId from, HostId to, std::int64_t now = 0) {
  return static_cast<double>(network.arrival(from, to, now) - now) / 1e6;
}

scenario::Matrix matrix_of(std::vector<Duration> latencies, std::size_t size,
                           bool shuffled = false) {
  return {size, std::make_shared<const std::vector<Duration>>(std::move(latencies)), shuffled};
}

TEST(Network, TakesLatenciesOfPairsFromAMatrix) {
  Choices choices(1);
  Network network({.latency = matrix_of({0ms, 10ms, 20ms, 11ms, 0ms, 30ms, 21ms, 31ms, 0ms}, 3)},
                  choices);
  EXPECT_TRUE(network.is_plain());
  EXPECT_EQ(way(network, 0, 1), 10);
  EXPECT_EQ(way(network, 1, 0), 11);
  EXPECT_EQ(way(network, 0, 2), 20);
  EXPECT_EQ(way(network, 2, 0), 21);
  EXPECT_EQ(way(network, 1, 2), 30);
  EXPECT_EQ(way(network, 2, 1), 31);
}

TEST(Network, GivesEachHostARowOfItsOwnAtRandom) {
  // The latency tells both rows.
  constexpr std::size_t kSize = 20;
  std::vector<Duration> latencies(kSize * kSize);
  for (std::size_t i = 0; i < latencies.size(); ++i) latencies[i] = Duration(i);
  std::map<std::vector<std::int64_t>, int> orders;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Choices choices(seed);
    Network network({.latency = matrix_of(latencies, kSize, true)}, choices);
    std::vector<std::int64_t> rows(kSize);
    for (HostId host = 1; host < kSize; ++host) {
      const std::int64_t there = network.arrival(0, host, 0);
      rows[0] = there / static_cast<std::int64_t>(kSize);
      rows[host] = there % static_cast<std::int64_t>(kSize);
      EXPECT_EQ(network.arrival(host, 0, 0),
                rows[host] * static_cast<std::int64_t>(kSize) + rows[0]);
    }
    ++orders[rows];
    std::sort(rows.begin(), rows.end());
    for (std::size_t i = 0; i < kSize; ++i) EXPECT_EQ(rows[i], static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(orders.size(), 10u) << "each seed has rows of its own";
}

scenario::Regions two_regions(std::vector<std::uint16_t> of_host = {}) {
  scenario::Regions::Table table{{"here", "there"}, {1ms, 50ms, 60ms, 2ms}};
  scenario::Regions regions{std::make_shared<const scenario::Regions::Table>(std::move(table)), {}};
  if (!of_host.empty()) {
    regions.of_host = std::make_shared<const std::vector<std::uint16_t>>(std::move(of_host));
  }
  return regions;
}

TEST(Network, TakesLatenciesFromTheRegionsOfHosts) {
  Choices choices(1);
  Network network({.latency = two_regions({0, 0, 1, 1})}, choices);
  EXPECT_EQ(way(network, 0, 1), 1);
  EXPECT_EQ(way(network, 0, 2), 50);
  EXPECT_EQ(way(network, 2, 0), 60);
  EXPECT_EQ(way(network, 2, 3), 2);
}

TEST(Network, PutsHostsIntoRegionsInTurn) {
  Choices choices(1);
  Network network({.latency = two_regions()}, choices);
  EXPECT_EQ(way(network, 0, 2), 1);
  EXPECT_EQ(way(network, 0, 1), 50);
  EXPECT_EQ(way(network, 1, 0), 60);
  EXPECT_EQ(way(network, 1, 3), 2);
}

TEST(Network, TakesLatenciesFromDistances) {
  Choices choices(1);
  using Point = scenario::Coordinates::Point;
  const std::vector<Point> places = {{0, 0, 0}, {3, 4, 0}, {0, 0, 12}};
  Network network(
      {.latency =
           scenario::Coordinates{.places = std::make_shared<const std::vector<Point>>(places),
                                 .base = 2ms,
                                 .scale = 10ms}},
      choices);
  EXPECT_DOUBLE_EQ(way(network, 0, 1), 2 + 50);
  EXPECT_DOUBLE_EQ(way(network, 1, 0), 2 + 50);
  EXPECT_DOUBLE_EQ(way(network, 0, 2), 2 + 120);
  EXPECT_DOUBLE_EQ(way(network, 1, 2), 2 + 130);
}

TEST(Network, PutsHostsAnywhereInABoxAndLeavesThemThere) {
  // The mean distance of two random points in a unit square and a unit cube, as books have it.
  struct Box {
    scenario::Coordinates::Point sizes;
    double mean_distance;
  };
  for (const Box& box : {Box{{100, 100, 0}, 52.1405}, Box{{100, 100, 100}, 66.1707}}) {
    Choices choices(1);
    Network network({.latency = scenario::Coordinates{.box = box.sizes, .scale = 1ms}}, choices);
    double sum = 0;
    constexpr HostId kHosts = 400;
    for (HostId from = 0; from < kHosts; ++from) {
      for (HostId to = 0; to < from; ++to) {
        const double there = way(network, from, to);
        sum += there;
        EXPECT_LE(there, 174);
        if (to == 0) {
          EXPECT_EQ(way(network, to, from), there);
        }
      }
    }
    EXPECT_NEAR(sum / (kHosts * (kHosts - 1) / 2.0), box.mean_distance, 2);
  }
}

TEST(Network, HasTheDistancesOfRandomPlacesInASquare) {
  Choices choices(1);
  Network network(
      {.latency = scenario::Coordinates{.box = {100, 100, 0}, .base = 7ms, .scale = 1ms}}, choices);
  std::vector<double> distances;
  for (HostId host = 0; host < 20'000; host += 2) {
    distances.push_back((way(network, host, host + 1) - 7) / 100);
  }
  // For two sides, as books have it; up to one side.
  const auto part = [](double r) {
    return 3.141592653589793 * r * r - 8.0 / 3 * r * r * r + r * r * r * r / 2;
  };
  double worst = 0;
  for (double r = 0.02; r < 1; r += 0.02) {
    const auto nearer = std::count_if(distances.begin(), distances.end(),
                                      [r](double distance) { return distance <= r; });
    worst = std::max(worst, std::abs(static_cast<double>(nearer) / 10'000 - part(r)));
  }
  EXPECT_LT(worst, farthest(distances.size()));
}

// --- The order of pairs -------------------------------------------------------------------------

// Everything that makes a network one that is not plain, but nothing that would reorder.
scenario::Network busy_network(scenario::Latency latency) {
  scenario::Network network{.latency = std::move(latency)};
  network.jitter = scenario::Exponential{10ms};
  network.duplication = 0.2;
  network.corruption = 0.1;
  network.bandwidth = scenario::Bandwidth{.up = 5'000'000};
  network.links.push_back(
      {.to = scenario::NumberedHosts{{3}}, .latency = scenario::Pareto{5ms, 1}});
  return network;
}

TEST(Network, KeepsTheOrderOfEachPair) {
  const std::vector<scenario::Latency> latencies = {
      scenario::Uniform{0ms, 100ms},
      scenario::Lognormal{20ms, 2},
      scenario::Normal{20ms, 50ms},
      scenario::Exponential{30ms},
      scenario::Pareto{5ms, 0.8},
      measured({{0ms, 0}, {100ms, 1}}),
      two_regions(),
  };
  for (std::uint64_t seed = 0; seed < 28; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const scenario::Latency& latency = latencies[seed % latencies.size()];
    const bool is_plain = seed % 2 == 0 && scenario::is_random(latency);
    Choices choices(seed);
    Network network(is_plain ? scenario::Network{.latency = latency} : busy_network(latency),
                    choices);
    ASSERT_EQ(network.is_plain(), is_plain);
    network.know_hosts(60);
    Random random(seed);
    std::map<std::pair<HostId, HostId>, std::int64_t> latest;
    std::int64_t now = 0;
    int waited = 0;
    // More pairs than the network keeps without looking which of them still matter.
    for (int i = 0; i < 20'000; ++i) {
      now += static_cast<std::int64_t>(random.below(1'000'000));
      const auto from = static_cast<HostId>(random.below(60));
      const auto to = static_cast<HostId>(random.below(60));
      Passage passage;
      if (is_plain) {
        passage.arrival = network.arrival(from, to, now);
      } else {
        passage = network.pass({.from = from, .to = to, .now = now, .payload = 100});
      }
      EXPECT_GE(passage.arrival, now);
      std::int64_t& before = latest[{from, to}];
      ASSERT_GE(passage.arrival, before);
      waited += passage.arrival == before;
      before = passage.arrival;
      if (!passage.copy) continue;
      ASSERT_GE(*passage.copy, before);
      before = *passage.copy;
    }
    EXPECT_GT(waited, 0) << "no message ever had to wait for another";
  }
}

TEST(Network, ReordersTheFractionThatItIsAskedToAndNothingElse) {
  for (const double reordering : {0.0, 0.1, 1.0}) {
    Choices choices(1);
    Network network({.latency = scenario::Uniform{0ms, 100ms}, .reordering = reordering}, choices);
    network.know_hosts(2);
    Choices same(1);
    Network straight({.latency = scenario::Uniform{0ms, 100ms}}, same);
    std::int64_t latest = 0;
    int overtaken = 0;
    for (int i = 0; i < kDraws; ++i) {
      const std::int64_t now = i * kMs;
      const std::int64_t arrival = network.pass({.from = 0, .to = 1, .now = now}).arrival;
      EXPECT_LE(arrival, straight.arrival(0, 1, now)) << "nobody waits longer than in order";
      EXPECT_GE(arrival, now);
      EXPECT_LT(arrival, now + 100 * kMs);
      overtaken += arrival < latest;
      latest = std::max(latest, arrival);
    }
    if (reordering == 0) {
      EXPECT_EQ(overtaken, 0);
    } else {
      EXPECT_GT(overtaken, reordering * kDraws / 2) << reordering;
      EXPECT_LT(overtaken, reordering < 1 ? kDraws / 4 : kDraws) << reordering;
    }
  }
}

TEST(Network, KeepsMessagesOfTheSystemInOrderAndWhole) {
  Choices choices(1);
  Network network({.latency = scenario::Uniform{0ms, 100ms},
                   .loss = 1,
                   .duplication = 1,
                   .corruption = 1,
                   .reordering = 1,
                   .bandwidth = scenario::Bandwidth{.up = 1'000'000, .queue = 0}},
                  choices);
  network.know_hosts(2);
  std::int64_t latest = 0;
  for (int i = 0; i < 1000; ++i) {
    const Passage passage =
        network.pass({.from = 0, .to = 1, .now = i * kMs, .payload = 1000, .of_system = true});
    EXPECT_FALSE(passage.dropped || passage.damaged || passage.copy);
    EXPECT_GE(passage.arrival, latest);
    latest = passage.arrival;
  }
}

// --- What may befall a message ------------------------------------------------------------------

TEST(Network, DoublesAndDamagesTheFractionThatItIsAskedTo) {
  for (const double part : {0.001, 0.1, 1.0}) {
    Choices choices(5);
    Network network({.latency = scenario::Constant{20ms}, .duplication = part, .corruption = part},
                    choices);
    network.know_hosts(2);
    int twice = 0;
    int damaged = 0;
    for (int i = 0; i < kDraws; ++i) {
      const Passage passage = network.pass({.from = 0, .to = 1, .now = i * kMs});
      EXPECT_FALSE(passage.dropped);
      EXPECT_EQ(passage.arrival, i * kMs + 20 * kMs);
      if (passage.copy) {
        EXPECT_EQ(*passage.copy, passage.arrival);
      }
      twice += passage.copy.has_value();
      damaged += passage.damaged;
    }
    const double spread = 4 * std::sqrt(part * (1 - part) * kDraws);
    EXPECT_NEAR(twice, part * kDraws, spread);
    EXPECT_NEAR(damaged, part * kDraws, spread);
  }
}

TEST(Network, FaultsShiftNothingElse) {
  // The same losses and latencies with and without all other faults.
  const scenario::Network calm{.latency = scenario::Uniform{10ms, 90ms}, .loss = 0.1};
  scenario::Network wild = calm;
  wild.duplication = 0.3;
  wild.corruption = 0.2;
  Choices calm_choices(6);
  Network one(calm, calm_choices);
  Choices wild_choices(6);
  Network other(wild, wild_choices);
  other.know_hosts(2);
  for (int i = 1; i < 5000; ++i) {
    const std::int64_t now = 1000 * kMs * i;  // too far apart to wait for each other
    const bool lost = one.loses(0);
    const Passage passage = other.pass({.from = 0, .to = 1, .now = now});
    ASSERT_EQ(passage.dropped.has_value(), lost);
    if (lost) continue;
    ASSERT_EQ(passage.arrival, one.arrival(0, 1, now));
  }
}

TEST(Network, AddsJitterToEachLatency) {
  Choices choices(1);
  Network network({.latency = scenario::Constant{50ms}, .jitter = scenario::Exponential{20ms}},
                  choices);
  network.know_hosts(2);
  std::vector<double> values(kDraws);
  std::int64_t now = 0;
  for (double& value : values) {
    now += 4'000'000'000'000;
    value = static_cast<double>(network.pass({.from = 0, .to = 1, .now = now}).arrival - now);
  }
  const auto cdf = [](double x) { return x < 50e6 ? 0 : 1 - std::exp(-(x - 50e6) / 20e6); };
  EXPECT_LT(distance(values, cdf), kFarthest);
}

// --- Links --------------------------------------------------------------------------------------

// In milliseconds, through all that a network has.
double passing(Network& network, HostId from, HostId to) {
  return static_cast<double>(network.pass({.from = from, .to = to, .now = 0}).arrival) / 1e6;
}

TEST(Network, HasLinksOfOneDirection) {
  Choices choices(1);
  scenario::Network options{.latency = scenario::Constant{10ms}};
  options.links.push_back({.from = scenario::NumberedHosts{{0}},
                           .to = scenario::NumberedHosts{{1, 2}},
                           .latency = scenario::Constant{70ms}});
  Network network(options, choices);
  network.know_hosts(4);
  EXPECT_EQ(passing(network, 0, 1), 70);
  EXPECT_EQ(passing(network, 0, 2), 70);
  EXPECT_EQ(passing(network, 0, 3), 10);
  EXPECT_EQ(passing(network, 1, 0), 10);
  EXPECT_EQ(passing(network, 1, 2), 10);
}

TEST(Network, HasLinksOfBothDirections) {
  Choices choices(1);
  scenario::Network options{.latency = scenario::Constant{10ms}};
  options.links.push_back({.from = scenario::NumberedHosts{{0}},
                           .both_ways = true,
                           .latency = scenario::Constant{70ms}});
  Network network(options, choices);
  network.know_hosts(3);
  EXPECT_EQ(passing(network, 0, 1), 70);
  EXPECT_EQ(passing(network, 2, 0), 70);
  EXPECT_EQ(passing(network, 1, 2), 10);
}

TEST(Network, TakesFromTheLastLinkThatSaysSomething) {
  Choices choices(1);
  scenario::Network options{.latency = scenario::Constant{10ms}};
  options.links.push_back(
      {.to = scenario::NumberedHosts{{1}}, .latency = scenario::Constant{20ms}, .loss = 1});
  options.links.push_back({.from = scenario::NumberedHosts{{0}}, .loss = 0});
  options.links.push_back(
      {.from = scenario::NumberedHosts{{2}}, .latency = scenario::Constant{30ms}});
  Network network(options, choices);
  network.know_hosts(4);
  EXPECT_EQ(passing(network, 0, 1), 20);
  EXPECT_EQ(network.pass({.from = 2, .to = 1}).dropped, DropReason::kLost);
  EXPECT_EQ(passing(network, 2, 3), 30);
  EXPECT_EQ(network.pass({.from = 3, .to = 1}).dropped, DropReason::kLost);
}

TEST(Network, HasLinksBetweenRegions) {
  Choices choices(1);
  scenario::Network options{.latency = two_regions()};
  options.links.push_back({.from = scenario::HostsInRegion{0},
                           .to = scenario::HostsInRegion{1},
                           .latency = scenario::Constant{500ms}});
  Network network(options, choices);
  network.know_hosts(4);
  EXPECT_EQ(passing(network, 0, 1), 500);
  EXPECT_EQ(passing(network, 2, 3), 500);
  EXPECT_EQ(passing(network, 1, 0), 60);
  EXPECT_EQ(passing(network, 0, 2), 1);
}

TEST(Network, ChoosesTheHostsOfALinkOnceARun) {
  std::set<std::vector<bool>> sets;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Choices choices(seed);
    scenario::Network options{.latency = scenario::Constant{10ms}};
    options.links.push_back({.from = scenario::ChosenHosts{30}, .loss = 1});
    Network network(options, choices);
    std::vector<bool> chosen(100);
    for (const int round : {0, 1, 2}) {
      network.know_hosts(round < 2 ? 100 : 150);
      for (HostId host = 0; host < 100; ++host) {
        const bool lost = network.pass({.from = host, .to = (host + 1) % 100}).dropped.has_value();
        if (round == 0) chosen[host] = lost;
        EXPECT_EQ(lost, chosen[host]);
      }
    }
    EXPECT_EQ(std::count(chosen.begin(), chosen.end(), true), 30);
    EXPECT_FALSE(network.pass({.from = 120, .to = 1}).dropped) << "who comes later is not chosen";
    sets.insert(chosen);
  }
  EXPECT_EQ(sets.size(), 10u);
}

// --- Bandwidth ----------------------------------------------------------------------------------

TEST(Network, SendsOneMessageAfterAnother) {
  Choices choices(1);
  // 1000 bytes take a millisecond.
  Network network({.latency = scenario::Constant{20ms},
                   .bandwidth = scenario::Bandwidth{.up = 8'000'000, .overhead = 100}},
                  choices);
  EXPECT_TRUE(network.wants_sizes());
  network.know_hosts(3);
  const auto arrives = [&](HostId from, HostId to, std::int64_t now, std::int64_t payload) {
    const Passage passage = network.pass({.from = from, .to = to, .now = now, .payload = payload});
    return static_cast<double>(passage.arrival) / 1e6;
  };
  EXPECT_DOUBLE_EQ(arrives(0, 1, 0, 900), 21);
  EXPECT_DOUBLE_EQ(arrives(0, 1, 0, 900), 22);
  EXPECT_DOUBLE_EQ(arrives(0, 2, 0, 3900), 26) << "to somebody else, over the same uplink";
  EXPECT_DOUBLE_EQ(arrives(1, 2, 0, 900), 21) << "another host has an uplink of its own";
  EXPECT_DOUBLE_EQ(arrives(0, 1, 4 * kMs, 0), 26.1) << "what was before has not left yet";
  EXPECT_DOUBLE_EQ(arrives(0, 1, 50 * kMs, 900), 71) << "the uplink is free again";
}

TEST(Network, SendsWhatItsBandwidthAllowsAndNoMore) {
  Choices choices(1);
  Network network({.latency = scenario::Uniform{0ms, 50ms},
                   .bandwidth = scenario::Bandwidth{.up = 1'000'000, .payload = 61}},
                  choices);
  EXPECT_FALSE(network.wants_sizes());
  network.know_hosts(2);
  // 125 bytes: one message in a millisecond. Twice as many want to leave.
  std::int64_t last = 0;
  for (int i = 0; i < 2000; ++i)
    last = network.pass({.from = 0, .to = 1, .now = i * kMs / 2}).arrival;
  EXPECT_GE(last, 2000 * kMs);
  EXPECT_LE(last, 2050 * kMs);
}

TEST(Network, DropsWhatFindsNoRoomInTheQueue) {
  Choices choices(1);
  Network network(
      {.latency = scenario::Constant{20ms},
       .bandwidth =
           scenario::Bandwidth{.up = 8'000'000, .payload = 1000, .overhead = 0, .queue = 3000}},
      choices);
  network.know_hosts(2);
  const auto is_dropped = [&](std::int64_t now) {
    const Passage passage = network.pass({.from = 0, .to = 1, .now = now});
    if (passage.dropped) {
      EXPECT_EQ(passage.dropped, DropReason::kCongested);
    }
    return passage.dropped.has_value();
  };
  EXPECT_FALSE(is_dropped(0));
  EXPECT_FALSE(is_dropped(0));
  EXPECT_FALSE(is_dropped(0));
  EXPECT_TRUE(is_dropped(0));
  EXPECT_TRUE(is_dropped(kMs / 2));
  EXPECT_FALSE(is_dropped(kMs)) << "one has left";
  EXPECT_TRUE(is_dropped(kMs));
  EXPECT_FALSE(is_dropped(100 * kMs));
}

TEST(Network, LetsAMessageThatIsLargerThanTheQueueLeaveAFreeHost) {
  Choices choices(1);
  Network network(
      {.latency = scenario::Constant{0ms},
       .bandwidth =
           scenario::Bandwidth{.up = 8'000'000, .payload = 1000, .overhead = 0, .queue = 10}},
      choices);
  network.know_hosts(2);
  EXPECT_FALSE(network.pass({.from = 0, .to = 1, .now = 0}).dropped);
  EXPECT_TRUE(network.pass({.from = 0, .to = 1, .now = 0}).dropped);
  EXPECT_FALSE(network.pass({.from = 0, .to = 1, .now = kMs}).dropped);
}

TEST(Network, HasHostsWithAnotherBandwidth) {
  Choices choices(1);
  scenario::Bandwidth bandwidth{.up = 8'000'000, .payload = 1000, .overhead = 0};
  bandwidth.exceptions.push_back({scenario::NumberedHosts{{1, 2}}, 4'000'000});
  bandwidth.exceptions.push_back({scenario::NumberedHosts{{2}}, 1'000'000});
  Network network({.latency = scenario::Constant{0ms}, .bandwidth = bandwidth}, choices);
  network.know_hosts(4);
  EXPECT_EQ(passing(network, 0, 3), 1);
  EXPECT_EQ(passing(network, 1, 3), 2);
  EXPECT_EQ(passing(network, 2, 3), 8);
  EXPECT_EQ(passing(network, 3, 0), 1);
}

TEST(Network, LosesMessagesAfterTheyHaveLeftTheHost) {
  Choices choices(1);
  scenario::Network options{
      .latency = scenario::Constant{0ms},
      .bandwidth = scenario::Bandwidth{.up = 8'000'000, .payload = 1000, .overhead = 0}};
  options.links.push_back({.to = scenario::NumberedHosts{{1}}, .loss = 1});
  Network network(options, choices);
  network.know_hosts(3);
  EXPECT_EQ(network.pass({.from = 0, .to = 1}).dropped, DropReason::kLost);
  EXPECT_EQ(passing(network, 0, 2), 2);
}

TEST(Network, BearsTheLargestNumbers) {
  Choices choices(1);
  const Duration longest = std::chrono::hours(24) * 36500;
  Network network({.latency = scenario::Constant{longest},
                   .jitter = scenario::Constant{longest},
                   .duplication = 1,
                   .bandwidth = scenario::Bandwidth{.up = 1, .payload = 1'000'000'000'000'000}},
                  choices);
  network.know_hosts(2);
  std::int64_t latest = longest.count();
  for (int i = 0; i < 10; ++i) {
    const Passage passage = network.pass({.from = 0, .to = 1, .now = longest.count()});
    EXPECT_GE(passage.arrival, latest);
    EXPECT_GE(*passage.copy, passage.arrival);
    latest = *passage.copy;
  }
}

// --- Streams ------------------------------------------------------------------------------------

TEST(Network, DrawsForOneHostDoNotShiftAnothers) {
  const scenario::Network options = {.latency = scenario::Uniform{0ms, 100ms}};
  Choices quiet_choices(4);
  Network quiet(options, quiet_choices);
  Choices busy_choices(4);
  Network busy(options, busy_choices);
  for (std::int64_t i = 1; i < 1000; ++i) {
    const std::int64_t now = i * 1'000'000'000;
    busy.arrival(0, 2, now);
    busy.loses(1);
    EXPECT_EQ(quiet.arrival(1, 2, now), busy.arrival(1, 2, now));
  }
}

TEST(Choices, GiveEachActorAStreamOfItsOwn) {
  const Choices choices(1);
  const std::uint64_t first = choices.of_actor({1, 2, 3})();
  EXPECT_EQ(first, choices.of_actor({1, 2, 3})());
  EXPECT_NE(first, choices.of_actor({2, 2, 3})());
  EXPECT_NE(first, choices.of_actor({1, 3, 3})());
  EXPECT_NE(first, choices.of_actor({1, 2, 4})());
  EXPECT_NE(first, Choices(2).of_actor({1, 2, 3})());
}

}  // namespace
}  // namespace troupe::sim
