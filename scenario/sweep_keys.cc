// The keys of `sweep`.
#include "scenario/sweep_keys.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_format.h"
#include "scenario/parse.h"

namespace troupe::scenario {
namespace {

constexpr std::uint64_t kMostSeeds = 1'000'000;
constexpr std::size_t kMostValues = 1'000;
constexpr std::size_t kMostPoints = 10'000;
constexpr std::uint64_t kMostRuns = 1'000'000;

// --- Ranges -----------------------------------------------------------------------------------

std::optional<Quantity> quantity(std::string_view text) {
  using Kind = Quantity::Kind;
  if (const auto whole = parse_integer(text).value) {
    return Quantity{Kind::kWhole, static_cast<double>(*whole)};
  }
  if (const auto number = parse_number(text).value) return Quantity{Kind::kNumber, *number};
  if (const auto time = parse_duration(text).value) {
    return Quantity{Kind::kDuration, static_cast<double>(time->count())};
  }
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  if (const auto percent = parse_number(text).value) return Quantity{Kind::kPercent, *percent};
  return std::nullopt;
}

std::string written(const Quantity& quantity) {
  std::string number = absl::StrFormat("%.12g", quantity.value);
  switch (quantity.kind) {
    case Quantity::Kind::kWhole:
      return absl::StrFormat("%.0f", quantity.value);
    case Quantity::Kind::kNumber:
      return number;
    case Quantity::Kind::kPercent:
      return number + "%";
    case Quantity::Kind::kDuration:
      return troupe::to_string(Duration(std::llround(quantity.value)));
  }
  return number;
}

constexpr std::string_view kRangeExample =
    "{from: 10, to: 100, step: 10} or {from: 16, to: 1024, factor: 2}";

// The values of a range; nothing where it is none, which has been told.
std::vector<std::string> values_of(Reader& reader, const Node& map, const Range& range) {
  if (!range.from || !range.to) return {};
  if (range.step.has_value() == range.factor.has_value()) {
    reader.error(map, "a range has exactly one of step, factor",
                 absl::StrCat("write ", std::string(kRangeExample)));
    return {};
  }
  using Kind = Quantity::Kind;
  const Quantity& from = *range.from;
  const Quantity& to = *range.to;
  const Quantity step = range.step.value_or(from);
  Kind kind = from.kind;
  for (const Quantity* other : {&to, &step}) {
    if (other->kind == kind) continue;
    const auto plain = [](Kind k) { return k == Kind::kWhole || k == Kind::kNumber; };
    if (!plain(other->kind) || !plain(kind)) {
      reader.error(map, "the ends and the step of a range have different units",
                   "write for example {from: 10ms, to: 50ms, step: 10ms}");
      return {};
    }
    kind = Kind::kNumber;
  }
  if (to.value < from.value) {
    reader.error(*map.find("to"), "this range is empty: it ends before it begins");
    return {};
  }
  if (range.step && step.value <= 0) {
    reader.error(*map.find("step"), "'step' must be more than 0");
    return {};
  }
  if (range.factor && (*range.factor <= 1 || from.value <= 0)) {
    reader.error(map, "a range with a factor begins above 0 and has a factor above 1");
    return {};
  }

  std::vector<std::string> values;
  const double end = to.value + (range.step ? 1e-9 * step.value : 1e-9 * to.value);
  for (std::size_t i = 0;; ++i) {
    const auto n = static_cast<double>(i);
    const double value =
        range.step ? from.value + n * step.value : from.value * std::pow(*range.factor, n);
    if (value > end) return values;
    if (i == kMostValues) {
      reader.error(map, absl::StrCat("this range has more than ", kMostValues, " values"));
      return {};
    }
    // Whole numbers stay whole; of two that are rounded to the same, one.
    std::string text = written(Quantity{kind, kind == Kind::kWhole ? std::round(value) : value});
    if (values.empty() || values.back() != text) values.push_back(std::move(text));
  }
}

// --- What varies ------------------------------------------------------------------------------

constexpr char kValuesForm[] = "a list of values, or a range";

void read_values(Reader& reader, const Node& node, std::string_view what, Varied& varied,
                 Varied::Axis& axis) {
  if (node.kind == Node::Kind::kMap) {
    Range range;
    const bool whole = range_keys().read(reader, node, what, range);
    if (!whole) return;
    for (std::string& text : values_of(reader, node, range)) {
      Node& value = varied.made.emplace_back();
      value.kind = Node::Kind::kText;
      value.source = node.source;
      value.line = node.line;
      value.column = node.column;
      value.text = std::move(text);
      axis.values.push_back(&value);
    }
    return;
  }
  if (node.kind != Node::Kind::kList) {
    reader.refuse(node, what, kValuesForm,
                  absl::StrCat("write for example [16, 64], or ", std::string(kRangeExample)));
    return;
  }
  if (node.items.empty()) reader.error(node, absl::StrCat(std::string(what), " has no values"));
  if (node.items.size() > kMostValues) {
    reader.error(node, absl::StrCat(std::string(what), " has more than ", kMostValues, " values"));
    return;
  }
  std::set<std::string> seen;
  for (const Node* item : node.items) {
    if (item->kind == Node::Kind::kNothing) {
      reader.error(*item, absl::StrCat("a value of ", std::string(what), " is missing"));
    } else if (!seen.insert(written(*item)).second) {
      reader.error(*item, absl::StrCat(std::string(what), " has the value ",
                                       in_quotes(written(*item)), " twice"));
    } else {
      axis.values.push_back(item);
    }
  }
}

// What cannot vary, and what to do instead.
std::optional<std::string> why_fixed(std::string_view key) {
  const std::string_view first = key.substr(0, key.find('.'));
  if (key == "seed") return "the seeds of a sweep are in 'seeds'";
  if (first == "sweep") return "a sweep cannot change itself";
  if (first == "measure") return "every run of a sweep measures the same";
  if (first == "includes") return "every run is of the same files";
  if (first == "variables") return "a variable varies by its own name";
  if (first == "name" || first == "description") return "it changes nothing in a run";
  return std::nullopt;
}

Format<Quantity> quantity_format() {
  return text_format<Quantity>(
      "a number, a percentage or a duration",
      [](std::string_view text) { return Parsed<Quantity>{quantity(text)}; },
      R"({"anyOf":[{"type":"number"},{"type":"string","pattern":"^[+-]?[0-9]"}]})");
}

Slot<Sweep> vary(Varied& varied) {
  return {absl::StrCat("a map of dotted paths, each with ", kValuesForm),
          [&varied](Reader& reader, const Node& node, std::string_view what, Sweep& sweep) {
            if (node.kind != Node::Kind::kMap) {
              reader.refuse(node, what, absl::StrCat("a map of keys, each with ", kValuesForm),
                            "write for example {hosts: [16, 64]}");
              return;
            }
            for (const Node::Entry& entry : node.entries) {
              const std::string& key = entry.key->text;
              if (const std::optional<std::string> reason = why_fixed(key)) {
                reader.error(*entry.key, absl::StrCat(in_quotes(key), " cannot vary"), *reason);
                continue;
              }
              for (const Varied::Axis& other : varied.axes) {
                const std::string& known = other.key->text;
                const auto holds = [](const std::string& whole, const std::string& part) {
                  return part.starts_with(whole + ".");
                };
                if (holds(known, key) || holds(key, known)) {
                  reader.error(*entry.key,
                               absl::StrCat(in_quotes(key), " and ", in_quotes(known),
                                            " cannot both vary: one is a part of the other"));
                }
              }
              Varied::Axis axis{.key = entry.key, .values = {}};
              read_values(reader, *entry.value, in_quotes(key), varied, axis);
              Sweep::Axis texts{.key = key, .values = {}};
              for (const Node* value : axis.values) texts.values.push_back(written(*value));
              varied.axes.push_back(std::move(axis));
              sweep.vary.push_back(std::move(texts));
            }
          },
          {},
          absl::StrCat(R"({"type":"object","additionalProperties":)",
                       either(R"({"type":"array","minItems":1})", schema_of_map("vary")), "}")};
}

// --- Precision and plots ----------------------------------------------------------------------

// A column of results.csv.
Format<std::string> column(const Facts& facts) {
  return {"a measurement, as in results.csv",
          [&facts](Reader& reader, const Node& node,
                   std::string_view what) -> std::optional<std::string> {
            if (node.kind != Node::Kind::kText) {
              reader.refuse(node, what, "a measurement, as in results.csv");
              return std::nullopt;
            }
            if (facts.algorithm == nullptr) return node.text;
            const std::vector<std::string> known = result_columns(*facts.algorithm, facts.measured);
            if (std::find(known.begin(), known.end(), node.text) != known.end()) return node.text;
            const bool series =
                std::find(known.begin(), known.end(), node.text + ".mean") != known.end();
            reader.error(node, absl::StrCat(in_quotes(node.text), " is no column of results.csv"),
                         series ? absl::StrCat("add a statistic, as in ", node.text, ".mean")
                                : did_you_mean(node.text, known));
            return std::nullopt;
          },
          {},
          R"({"type":"string"})"};
}

Slot<Precision> within() {
  const std::string name = "a number, or a percentage of the mean such as 1%";
  return {name,
          [name](Reader& reader, const Node& node, std::string_view what, Precision& precision) {
            const std::optional<Quantity> value =
                node.kind == Node::Kind::kText ? quantity(node.text) : std::nullopt;
            if (!value || value->kind == Quantity::Kind::kDuration || value->value <= 0) {
              reader.refuse(node, what, name + ", more than 0");
              return;
            }
            precision.relative = value->kind == Quantity::Kind::kPercent;
            precision.within = precision.relative ? value->value / 100 : value->value;
          },
          {},
          R"({"anyOf":[{"type":"number","exclusiveMinimum":0},)"
          R"({"type":"string","pattern":"^[0-9_.]+%?$"}]})"};
}

Slot<Plot> plotted(const Facts& facts, Plot::Kind kind) {
  const Format<std::string> format = column(facts);
  return {format.name,
          [format, kind](Reader& reader, const Node& node, std::string_view what, Plot& plot) {
            const std::optional<std::string> measurement = format.read(reader, node, what);
            plot.kind = kind;
            if (measurement) plot.measurement = *measurement;
          },
          {},
          format.schema};
}

Slot<Plot> over(const Varied& varied) {
  return {"a key of `vary`",
          [&varied](Reader& reader, const Node& node, std::string_view what, Plot& plot) {
            std::vector<std::string> keys;
            for (const Varied::Axis& axis : varied.axes) keys.push_back(axis.key->text);
            if (node.kind == Node::Kind::kText &&
                std::find(keys.begin(), keys.end(), node.text) != keys.end()) {
              plot.over = node.text;
            } else {
              reader.refuse(node, what, "a key of 'vary'",
                            keys.empty() ? "nothing varies" : did_you_mean(node.text, keys));
            }
          },
          {},
          R"({"type":"string"})"};
}

Slot<Plot> scale() {
  const Format<std::string> format = one_of("a scale", {"linear", "logarithmic"});
  return {"linear or logarithmic",
          [format](Reader& reader, const Node& node, std::string_view what, Plot& plot) {
            const std::optional<std::string> word = format.read(reader, node, what);
            plot.logarithmic = word == "logarithmic";
          },
          format.words, format.schema};
}

Slot<Sweep> confidence() {
  return {"a percentage from 50% to 99.9%",
          [](Reader& reader, const Node& node, std::string_view what, Sweep& sweep) {
            const std::optional<double> value =
                node.kind == Node::Kind::kText ? parse_probability(node.text).value : std::nullopt;
            if (!value || *value < 0.5 || *value > 0.999) {
              reader.refuse(node, what, "a percentage from 50% to 99.9%");
              return;
            }
            sweep.confidence = *value;
          },
          {},
          R"({"anyOf":[{"type":"number","minimum":0.5,"maximum":0.999},)"
          R"({"type":"string","pattern":"^[5-9][0-9](\\.[0-9]+)?%$"}]})"};
}

void complete_sweep(Reader& reader, const Node& map, const Sweep& sweep, Varied& varied) {
  if (map.find("vary") == nullptr && map.find("seeds") == nullptr) {
    reader.error(map, "this sweep is a single run", "it needs at least one of vary, seeds");
  }
  std::size_t points = 1;
  for (const Sweep::Axis& axis : sweep.vary) {
    points *= std::max<std::size_t>(axis.values.size(), 1);
    if (points > kMostPoints) {
      reader.error(*map.find("vary"),
                   absl::StrCat("these are more than ", kMostPoints, " combinations"));
      varied.too_many = true;
      return;
    }
  }
  const std::uint64_t seeds = sweep.seeds ? sweep.seeds->count() : 1;
  if (points * seeds > kMostRuns) {
    reader.error(map, absl::StrCat("these are more than ", kMostRuns, " runs"));
  }
  if (!sweep.precision) return;
  if (static_cast<std::uint64_t>(sweep.precision->at_least) > seeds) {
    reader.error(*map.find("precision"),
                 absl::StrCat("there are fewer seeds than 'at_least': ", seeds, ", not ",
                              sweep.precision->at_least),
                 "give more 'seeds'");
  }
}

}  // namespace

Parsed<SeedRange> parse_seed_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return {std::nullopt, "write 1..100"};
  const std::optional<std::uint64_t> first = parse_unsigned(text.substr(0, dots)).value;
  const std::optional<std::uint64_t> last = parse_unsigned(text.substr(dots + 2)).value;
  if (!first || !last) return {std::nullopt, "write 1..100"};
  if (*last < *first) return {std::nullopt, "the first comes after the last"};
  if (*last - *first >= kMostSeeds) {
    return {std::nullopt, absl::StrCat("at most ", kMostSeeds, " in one go")};
  }
  return {SeedRange{*first, *last}};
}

KeyTable<Sweep> sweep_keys(const Facts& facts, Varied& varied) {
  const Format<SeedRange> seeds =
      text_format<SeedRange>("a range of seeds such as 1..100", parse_seed_range,
                             R"({"type":"string","pattern":"^[0-9_]+\\.\\.[0-9_]+$"})");
  return {"sweep",
          {
              {"vary", vary(varied), "",
               "What varies: paths as in `--set`. Every value of one with every value of the "
               "others."},
              {"seeds", into(&Sweep::seeds, seeds), "the scenario's `seed`",
               "Each combination runs once with each of these."},
              {"confidence", confidence(), "95%", "Of the intervals around means."},
              {"precision", into(&Sweep::precision, map_of(precision_keys(facts))), "",
               "When a combination needs no more seeds."},
              {"plots", into(&Sweep::plots, list_of(map_of(plot_keys(facts, varied)))),
               "one of each kind for what the algorithm measures", "What the page draws."},
          },
          [&varied](Reader& reader, const Node& map, Sweep& sweep) {
            complete_sweep(reader, map, sweep, varied);
          },
          {.at_least_one = {"vary", "seeds"}}};
}

KeyTable<Range> range_keys() {
  return {"vary",
          {
              {"from", into(&Range::from, quantity_format()), std::string(kRequired),
               "The first value."},
              {"to", into(&Range::to, quantity_format()), std::string(kRequired),
               "No value is above this one."},
              {"step", into(&Range::step, quantity_format()), "",
               "What is added from one to the next."},
              {"factor", into(&Range::factor, number(0)), "",
               "What one is multiplied with for the next. Whole numbers are rounded."},
          },
          {},
          {.exactly_one = {"step", "factor"}}};
}

KeyTable<Precision> precision_keys(const Facts& facts) {
  return {"precision",
          {
              {"measurement", into(&Precision::measurement, column(facts)), std::string(kRequired),
               "Whose mean must be known well."},
              {"within", within(), std::string(kRequired),
               "Half of the confidence interval's width, at most."},
              {"at_least", into(&Precision::at_least, whole_number(2, kMostSeeds)), "10",
               "So many seeds run before the interval is looked at."},
          }};
}

KeyTable<Plot> plot_keys(const Facts& facts, const Varied& varied) {
  return {"plots",
          {
              {"line", plotted(facts, Plot::Kind::kLine), "",
               "Means with their intervals, one line for each combination of the other keys."},
              {"box", plotted(facts, Plot::Kind::kBox), "",
               "Median, quartiles, least and most of the runs."},
              {"over", over(varied), "the first of `vary`", "The key along the horizontal axis."},
              {"scale", scale(), "linear", "Of the horizontal axis."},
          },
          [](Reader& reader, const Node& map, Plot&) {
            if ((map.find("line") == nullptr) == (map.find("box") == nullptr)) {
              reader.error(map, "a plot has exactly one of line, box");
            }
          },
          {.exactly_one = {"line", "box"}}};
}

}  // namespace troupe::scenario
