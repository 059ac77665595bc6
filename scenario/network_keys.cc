// The keys of `network` and of the distributions below it.
#include "scenario/network_keys.h"

namespace troupe::scenario {
namespace {

// With this, one message in a thousand takes 10^13 times the median: no more is asked for.
constexpr double kLargestSigma = 10;

Format<Uniform> uniform() {
  const std::string name = "two durations, [low, high]";
  return {
      name,
      [name](Reader& reader, const Node& node, std::string_view what) -> std::optional<Uniform> {
        if (node.kind != Node::Kind::kList || node.items.size() != 2) {
          reader.refuse(node, what, name);
          return std::nullopt;
        }
        const auto low = duration().read(reader, *node.items[0], "the low end of 'uniform'");
        const auto high = duration().read(reader, *node.items[1], "the high end of 'uniform'");
        if (!low || !high) return std::nullopt;
        if (*low > *high) {
          reader.error(*node.items[0], "the low end of 'uniform' is above the high end");
          return std::nullopt;
        }
        return Uniform{*low, *high};
      }};
}

// One alternative of a latency.
template <class T>
Slot<Latency> alternative(const Format<T>& format) {
  return {format.name,
          [format](Reader& reader, const Node& node, std::string_view what, Latency& latency) {
            const std::optional<T> value = format.read(reader, node, what);
            if (value) latency = *value;
          }};
}

Format<Latency> latency() {
  const std::string name = "a duration, or a map with one of constant, uniform, lognormal";
  return {
      name,
      [name](Reader& reader, const Node& node, std::string_view what) -> std::optional<Latency> {
        if (node.kind == Node::Kind::kMap) {
          Latency latency;
          if (!latency_keys().read(reader, node, what, latency)) return std::nullopt;
          return latency;
        }
        if (node.kind != Node::Kind::kText) {
          reader.refuse(node, what, name);
          return std::nullopt;
        }
        const std::optional<Duration> value = duration().read(reader, node, what);
        if (!value) return std::nullopt;
        return Constant{*value};
      }};
}

Format<Constant> constant() {
  return {duration().name,
          [](Reader& reader, const Node& node, std::string_view what) -> std::optional<Constant> {
            const std::optional<Duration> value = duration().read(reader, node, what);
            if (!value) return std::nullopt;
            return Constant{*value};
          }};
}

}  // namespace

KeyTable<Network> network_keys() {
  return {"network",
          {
              {"latency", into(&Network::latency, latency()), "50ms",
               "How long a message takes, one way, between two hosts."},
              {"loss", into(&Network::loss, probability()), "0",
               "The probability that a message between two hosts is lost."},
          }};
}

KeyTable<Latency> latency_keys() {
  return {"latency",
          {
              {"constant", alternative(constant()), "", "Always the same."},
              {"uniform", alternative(uniform()), "", "Anything between two durations."},
              {"lognormal", alternative(map_of(lognormal_keys())), "",
               "Most near the median, a few much longer."},
          },
          [](Reader& reader, const Node& map, Latency&) {
            if (map.entries.size() == 1) return;
            reader.error(map, "a latency has exactly one of constant, uniform, lognormal");
          }};
}

KeyTable<Lognormal> lognormal_keys() {
  return {"lognormal",
          {
              {"median", into(&Lognormal::median, positive_duration()), std::string(kRequired),
               "Half of the messages take longer."},
              {"sigma", into(&Lognormal::sigma, number(0, kLargestSigma)), std::string(kRequired),
               "The standard deviation of the logarithm: the larger, the longer the tail."},
          }};
}

}  // namespace troupe::scenario
