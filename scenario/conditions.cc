// The small grammar of conditions.
#include "scenario/conditions.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "absl/strings/str_join.h"

namespace troupe::scenario {
namespace {

using Comparison = MeasurementCheck::Comparison;

struct Operator {
  std::string_view text;
  Comparison comparison;
};

// Those of two letters first: "<" begins "<=".
constexpr std::array<Operator, 6> kOperators = {{
    {"<=", Comparison::kAtMost},
    {">=", Comparison::kAtLeast},
    {"==", Comparison::kEqual},
    {"!=", Comparison::kNotEqual},
    {"<", Comparison::kLess},
    {">", Comparison::kMore},
}};

constexpr std::string_view kExample = "lookup_hops.mean <= 5.2";

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char letter) {
    return std::isspace(static_cast<unsigned char>(letter)) != 0;
  };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_word(std::string_view text) {
  const auto fits = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '-';
  };
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         std::all_of(text.begin(), text.end(), fits);
}

// One condition, from its text.
class ConditionParser {
 public:
  ConditionParser(Reader& reader, const Node& node, std::string_view what, const Facts& facts)
      : reader_(reader), node_(node), what_(what), facts_(facts), text_(trimmed(node.text)) {}

  std::optional<Condition> parse() {
    const std::size_t at = text_.find_first_of("<>=!");
    if (at == std::string_view::npos) return state();
    const std::string_view rest = text_.substr(at);
    for (const Operator& known : kOperators) {
      if (!rest.starts_with(known.text)) continue;
      return measurement(trimmed(text_.substr(0, at)), known.comparison,
                         trimmed(rest.substr(known.text.size())));
    }
    return fail(absl::StrCat("unknown comparison ", in_quotes(rest.substr(0, 1))),
                absl::StrCat("allowed: ", absl::StrJoin(names_of_operators(), " ")));
  }

 private:
  static std::vector<std::string> names_of_operators() {
    std::vector<std::string> names;
    names.reserve(kOperators.size());
    for (const Operator& known : kOperators) names.emplace_back(known.text);
    return names;
  }

  std::optional<Condition> fail(std::string message, std::string remedy) {
    reader_.error(node_, std::move(message), std::move(remedy));
    return std::nullopt;
  }

  // Neither a check nor a comparison.
  std::optional<Condition> refuse() {
    reader_.refuse(node_, what_, "a check or a comparison", absl::StrCat("for example ", example_));
    return std::nullopt;
  }

  Condition whole(std::variant<StateCheck, MeasurementCheck> what) const {
    return {reader_.place(node_), std::string(text_), std::move(what)};
  }

  std::optional<Condition> state() {
    if (!is_word(text_)) {
      const std::size_t dot = text_.find('.');
      if (dot == std::string_view::npos || !is_word(text_.substr(0, dot))) return refuse();
      return fail(absl::StrCat(in_quotes(text_), " is compared with nothing"),
                  absl::StrCat("for example ", example_));
    }
    if (facts_.algorithm == nullptr) return whole(StateCheck{});
    const auto& checks = facts_.algorithm->checks();
    if (const auto* check = find_named(checks, text_)) return whole(StateCheck{check});
    std::string remedy = checks.empty() ? "it has none" : did_you_mean(text_, names_of(checks));
    return fail(
        absl::StrCat(in_quotes(text_), " is no check of ", in_quotes(facts_.algorithm->name())),
        absl::StrCat(remedy, "; a comparison looks like ", example_));
  }

  std::optional<Condition> measurement(std::string_view left, Comparison comparison,
                                       std::string_view right) {
    MeasurementCheck check;
    check.comparison = comparison;
    const std::size_t dot = left.find('.');
    const std::string_view name = left.substr(0, dot);
    if (!is_word(name)) return refuse();
    check.measurement = std::string(name);
    if (facts_.algorithm != nullptr) {
      // A measurement that nobody makes is 0 for ever, and a check of it says nothing.
      const auto& known = facts_.algorithm->measurements();
      const Algorithm::Measurement* measured = find_named(known, name);
      if (measured == nullptr) {
        return fail(absl::StrCat(in_quotes(name), " is no measurement of ",
                                 in_quotes(facts_.algorithm->name())),
                    did_you_mean(name, names_of(known)));
      }
      const bool counter = measured->kind == Algorithm::Measurement::Kind::kCounter;
      if (counter && dot != std::string_view::npos) {
        return fail(absl::StrCat(in_quotes(name), " is a counter, which has no statistics"),
                    absl::StrCat("write ", check.measurement, " alone"));
      }
    }
    if (dot != std::string_view::npos) {
      check.statistic = std::string(left.substr(dot + 1));
      const auto& known = statistics();
      if (std::find(known.begin(), known.end(), check.statistic) == known.end()) {
        return fail(absl::StrCat("a measurement has no statistic ", in_quotes(check.statistic)),
                    did_you_mean(check.statistic, known));
      }
    }
    const Parsed<double> bound = parse_number(right);
    if (!bound.value) {
      return fail(
          absl::StrCat(in_quotes(name), " must be compared with a number, not ", in_quotes(right)),
          parse_duration(right).value ? "a measurement has no unit" : "");
    }
    check.bound = *bound.value;
    return whole(std::move(check));
  }

  Reader& reader_;
  const Node& node_;
  const std::string_view what_;
  const Facts& facts_;
  const std::string_view text_;
  const std::string example_{kExample};
};

}  // namespace

const std::vector<std::string>& statistics() {
  static const auto* const kStatistics =
      new std::vector<std::string>{"count", "sum", "mean", "min", "max", "p1", "p50", "p90", "p99"};
  return *kStatistics;
}

Format<Condition> condition(const Facts& facts) {
  return {"a check or a comparison",
          [&facts](Reader& reader, const Node& node,
                   std::string_view what) -> std::optional<Condition> {
            if (node.kind != Node::Kind::kText) {
              reader.refuse(node, what, "a check or a comparison");
              return std::nullopt;
            }
            return ConditionParser(reader, node, what, facts).parse();
          }};
}

}  // namespace troupe::scenario
