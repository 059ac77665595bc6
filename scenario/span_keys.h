// How a scenario writes a length of time that it may leave to chance: 10s, {exponential: {mean:
// 10s}}; and how often something comes: 5/s.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/facts.h"
#include "scenario/scenario.h"
#include "scenario/yaml_reader.h"

namespace troupe::scenario {

// --- What is one of several distributions -------------------------------------------------------
// Also for what is no span: for the latencies of a network.

Format<Uniform> uniform();
Format<Constant> constant();

// One alternative of a variant.
template <class Variant, class T>
Slot<Variant> alternative(const Format<T>& format) {
  return {format.name,
          [format](Reader& reader, const Node& node, std::string_view what, Variant& variant) {
            std::optional<T> value = format.read(reader, node, what);
            if (value) variant = *std::move(value);
          },
          format.words, format.schema};
}

// A duration, or a map with one of the keys of `table`.
template <class Variant>
Format<Variant> duration_or(KeyTable<Variant> table) {
  const MapDescription& map = table.description();
  std::string name = "a duration, or a map with one of " + key_names(map);
  std::string schema = either(schema_of_map(map.name), duration().schema);
  return {name,
          [name, table = std::move(table)](Reader& reader, const Node& node,
                                           std::string_view what) -> std::optional<Variant> {
            Variant variant;
            if (node.kind == Node::Kind::kMap) {
              if (!table.read(reader, node, what, variant)) return std::nullopt;
              return variant;
            }
            if (node.kind != Node::Kind::kText) {
              reader.refuse(node, what, name);
              return std::nullopt;
            }
            const std::optional<Duration> value = duration().read(reader, node, what);
            if (!value) return std::nullopt;
            return Constant{*value};
          },
          {},
          std::move(schema)};
}

// --- Spans --------------------------------------------------------------------------------------

Format<Span> span();           // 0s or longer
Format<Span> positive_span();  // of which no constant and no scale is 0s
Format<Rate> rate();

KeyTable<Span> span_keys();
// Longer ones than as latencies of a network.
KeyTable<Exponential> exponential_span_keys();
KeyTable<Pareto> pareto_span_keys();
KeyTable<Lognormal> lognormal_span_keys();
KeyTable<Weibull> weibull_keys();
KeyTable<Rate> rate_keys();

// "5/s", "0.5/m": how many a second.
Parsed<double> parse_frequency(std::string_view text);

}  // namespace troupe::scenario
