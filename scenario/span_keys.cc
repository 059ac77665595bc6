// Distributions of times, and rates.
#include "scenario/span_keys.h"

#include "absl/strings/str_cat.h"

namespace troupe::scenario {
namespace {

constexpr double kLargestShape = 100;
// More arrivals than this no run lives to see.
constexpr double kLargestFrequency = 1e9;

constexpr char kRateSchema[] =
    R"({"type":"string","pattern":"^[0-9][0-9_.]*(e[+-]?[0-9]+)? ?/ ?(ns|us|µs|ms|s|m|h|d)$"})";

Format<double> frequency() {
  return text_format<double>(
      "a rate such as 5/s",
      [](std::string_view text) {
        Parsed<double> parsed = parse_frequency(text);
        if (parsed.value && (*parsed.value < 0 || *parsed.value > kLargestFrequency)) {
          parsed = {std::nullopt,
                    *parsed.value < 0 ? "a rate is not negative" : "the most is 1e9/s"};
        }
        return parsed;
      },
      kRateSchema);
}

}  // namespace

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
      },
      {},
      schema_of_pair(duration().schema)};
}

Format<Constant> constant() {
  return {duration().name,
          [](Reader& reader, const Node& node, std::string_view what) -> std::optional<Constant> {
            const std::optional<Duration> value = duration().read(reader, node, what);
            if (!value) return std::nullopt;
            return Constant{*value};
          },
          {},
          duration().schema};
}

Parsed<double> parse_frequency(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    if (!parse_number(text).value) return {};
    return {std::nullopt, absl::StrCat("write ", std::string(text),
                                       "/s, or with another unit: /ms, /s, /m, /h, /d")};
  }
  std::string_view left = text.substr(0, slash);
  while (left.ends_with(' ')) left.remove_suffix(1);
  std::string_view unit = text.substr(slash + 1);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const std::optional<double> number = parse_number(left).value;
  const std::optional<Duration> each =
      unit.empty() || unit.front() == '-'
          ? std::nullopt
          : parse_duration(absl::StrCat("1", std::string(unit))).value;
  if (!number) return {};
  if (!each) return {std::nullopt, "the units are /ms, /s, /m, /h, /d"};
  return {*number / to_seconds(*each)};
}

Format<Span> span() { return duration_or(span_keys()); }

Format<Span> positive_span() {
  Format<Span> any = span();
  return {any.name,
          [any](Reader& reader, const Node& node, std::string_view what) -> std::optional<Span> {
            std::optional<Span> value = any.read(reader, node, what);
            if (!value) return value;
            const auto* constant = std::get_if<Constant>(&*value);
            const auto* uniform = std::get_if<Uniform>(&*value);
            const bool is_zero = (constant != nullptr && constant->value == Duration::zero()) ||
                                 (uniform != nullptr && uniform->high == Duration::zero());
            if (is_zero) {
              reader.error(node, absl::StrCat(std::string(what), " must be longer than 0s"));
              return std::nullopt;
            }
            return value;
          },
          {},
          any.schema};
}

KeyTable<Span> span_keys() {
  // Made once: a scenario has many spans.
  static const auto* const kTable = new KeyTable<Span>(alternatives<Span>(
      "a span of time", "a span of time",
      {
          {"constant", alternative<Span>(constant()), "", "Always the same."},
          {"uniform", alternative<Span>(uniform()), "", "Anything between two durations."},
          {"exponential", alternative<Span>(map_of(exponential_span_keys())), "",
           "However long it has lasted, what is left is the same."},
          {"pareto", alternative<Span>(map_of(pareto_span_keys())), "",
           "Most are short, and a few very long."},
          {"weibull", alternative<Span>(map_of(weibull_keys())), "",
           "With a shape below 1, who has stayed long will stay longer."},
          {"lognormal", alternative<Span>(map_of(lognormal_span_keys())), "",
           "Most near the median, a few much longer."},
      }));
  return *kTable;
}

KeyTable<Exponential> exponential_span_keys() {
  return {"exponential span",
          {
              {"mean", into(&Exponential::mean, positive_duration()), std::string(kRequired),
               "How long it is on average."},
          }};
}

KeyTable<Pareto> pareto_span_keys() {
  return {"pareto span",
          {
              {"least", into(&Pareto::least, positive_duration()), std::string(kRequired),
               "None is shorter."},
              {"shape", into(&Pareto::shape, number(0.01, kLargestShape)), std::string(kRequired),
               "How quickly the tail thins out. The mean is `least` x shape / (shape - 1), and "
               "infinite where the shape is 1 or less."},
          }};
}

KeyTable<Lognormal> lognormal_span_keys() {
  constexpr double kLargestSigma = 10;
  return {"lognormal span",
          {
              {"median", into(&Lognormal::median, positive_duration()), std::string(kRequired),
               "Half are longer."},
              {"sigma", into(&Lognormal::sigma, number(0, kLargestSigma)), std::string(kRequired),
               "The standard deviation of the logarithm: the larger, the longer the tail."},
          }};
}

KeyTable<Weibull> weibull_keys() {
  return {"weibull",
          {
              {"scale", into(&Weibull::scale, positive_duration()), std::string(kRequired),
               "63% are shorter."},
              {"shape", into(&Weibull::shape, number(0.01, kLargestShape)), std::string(kRequired),
               "1 is exponential; below, most end early and a few stay."},
          }};
}

KeyTable<Rate> rate_keys() {
  return {"rate",
          {
              {"from", into(&Rate::from, frequency()), "0/s", "At the beginning."},
              {"to", into(&Rate::to, frequency()), std::string(kRequired), "At the end."},
              {"over", into(&Rate::over, positive_duration()), std::string(kRequired),
               "How long it takes to get there; then it is over."},
          },
          [](Reader& reader, const Node& map, Rate& rate) {
            if (rate.from == 0 && rate.to == 0)
              reader.error(map, "at this rate nothing ever comes");
          }};
}

Format<Rate> rate() {
  const std::string name = "a rate such as 5/s, or a map of keys";
  return {name,
          [name](Reader& reader, const Node& node, std::string_view what) -> std::optional<Rate> {
            Rate rate;
            if (node.kind == Node::Kind::kMap) {
              if (!rate_keys().read(reader, node, what, rate)) return std::nullopt;
              return rate;
            }
            if (node.kind != Node::Kind::kText) {
              reader.refuse(node, what, name);
              return std::nullopt;
            }
            const std::optional<double> value = frequency().read(reader, node, what);
            if (!value) return std::nullopt;
            if (*value == 0) {
              reader.error(node, "at this rate nothing ever comes");
              return std::nullopt;
            }
            rate.from = rate.to = *value;
            return rate;
          },
          {},
          either(schema_of_map("rate"), kRateSchema)};
}

}  // namespace troupe::scenario
