// The small grammar of conditions.
#include "scenario/conditions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "actor/measurements.h"

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

// What both parsers find wrong with a name.
class Names {
 public:
  Names(Reader& reader, const Node& node, const Facts& facts)
      : reader_(reader), node_(node), facts_(facts) {}

  bool fail(std::string message, std::string remedy = {}) {
    reader_.error(node_, std::move(message), std::move(remedy));
    return false;
  }

  // A check of the algorithm; null, and told, where there is none.
  std::optional<StateCheck> state(std::string_view name) {
    if (facts_.algorithm == nullptr) return StateCheck{};
    const auto& checks = facts_.algorithm->checks();
    if (const auto* check = find_named(checks, name)) return StateCheck{check};
    std::string remedy = checks.empty() ? "it has none" : did_you_mean(name, names_of(checks));
    fail(absl::StrCat(in_quotes(name), " is no check of ", in_quotes(facts_.algorithm->name())),
         absl::StrCat(remedy, "; a comparison looks like ", std::string(kExample)));
    return std::nullopt;
  }

  bool is_measurement(std::string_view name) const {
    return facts_.algorithm != nullptr &&
           (find_named(facts_.algorithm->measurements(), name) != nullptr ||
            number(name) != nullptr);
  }

  // A number of the algorithm; null where there is none of this name.
  const Algorithm::Named<Algorithm::Number>* number(std::string_view name) const {
    return facts_.algorithm == nullptr ? nullptr : find_named(facts_.algorithm->numbers(), name);
  }

  // Whether a condition can ask for this. A measurement that nobody makes has no values, so a check
  // of it would say nothing.
  bool measurement(std::string_view name, std::optional<std::string_view> statistic,
                   std::optional<std::size_t> phase = {}) {
    if (facts_.algorithm != nullptr) {
      const Algorithm::Measurement* measured = find_named(facts_.algorithm->measurements(), name);
      if (measured == nullptr) {
        if (!state_measurement(name, statistic, phase)) return false;
      } else if (measured->kind == Algorithm::Measurement::Kind::kCounter && statistic) {
        return fail(absl::StrCat(in_quotes(name), " is a counter, which has no statistics"),
                    absl::StrCat("write ", std::string(name), " alone"));
      }
    }
    if (!statistic || is_statistic(*statistic)) return true;
    std::vector<std::string> known = main_statistics();
    known.emplace_back("last");
    return fail(absl::StrCat("a measurement has no statistic ", in_quotes(*statistic)),
                statistic->starts_with('p') && statistic->size() > 1 &&
                        std::isdigit(static_cast<unsigned char>((*statistic)[1])) != 0
                    ? "a percentile is from p0 to p100, such as p99.9"
                    : did_you_mean(*statistic, known));
  }

  // The number of a phase that has been read.
  std::optional<std::size_t> phase(std::string_view name) {
    const auto& known = facts_.phases;
    const auto found = std::find(known.begin(), known.end(), name);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    fail(absl::StrCat("no phase before this is called ", in_quotes(name)),
         did_you_mean(name, known));
    return std::nullopt;
  }

 private:
  // Whether a condition can ask for this check or number of the algorithm.
  bool state_measurement(std::string_view name, std::optional<std::string_view> statistic,
                         std::optional<std::size_t> phase) {
    const bool is_check = find_named(facts_.algorithm->checks(), name) != nullptr;
    if (!is_check && number(name) == nullptr) {
      std::vector<std::string> known = names_of(facts_.algorithm->measurements());
      for (std::string& other : names_of(facts_.algorithm->numbers())) {
        known.push_back(std::move(other));
      }
      return fail(absl::StrCat(in_quotes(name), " is no measurement of ",
                               in_quotes(facts_.algorithm->name())),
                  did_you_mean(name, known));
    }
    if (statistic) {
      facts_.asked.push_back({&node_, std::string(name), phase});
    } else if (is_check) {
      return fail(absl::StrCat(in_quotes(name), " is a check, which holds or does not"),
                  absl::StrCat("write it alone; or measure it, and write for example ",
                               std::string(name), ".mean > 0.99"));
    }
    return true;
  }

  Reader& reader_;
  const Node& node_;
  const Facts& facts_;
};

// A condition with more than a name or one comparison with a number:
//
//   either   = both {"or" both}
//   both     = negation {"and" negation}
//   negation = ["not"] comparison
//   comparison = sum [("<" | "<=" | ...) sum]
//   sum      = product {("+" | "-") product}
//   product  = factor {("*" | "/") factor}
//   factor   = number | "-" factor | "(" either ")" | name ["[" phase "]"] ["." statistic]
//
// Each part is a number or something that holds or not, and may stand only where its kind fits.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, Names& names) : rest_(text), names_(names) {}

  std::optional<Expression> parse() {
    std::optional<Expression> whole = either();
    skip_spaces();
    if (!whole) return std::nullopt;
    if (!rest_.empty()) {
      std::string message = absl::StrCat("nothing can follow here: ", in_quotes(rest_));
      if (rest_.starts_with('[')) {
        return fail(std::move(message), "a phase stands before the statistic: hops[join].count");
      }
      if (rest_.starts_with('=')) return fail(std::move(message), "equality is written ==");
      if (rest_.starts_with('%')) return fail(std::move(message), "write 0.01 for 1%");
      return fail(std::move(message));
    }
    if (!is_condition(*whole)) return fail("this is a number, compared with nothing");
    return whole;
  }

 private:
  using Kind = Expression::Kind;

  static bool is_condition(const Expression& expression) {
    switch (expression.kind) {
      case Kind::kState:
      case Kind::kComparison:
      case Kind::kNot:
      case Kind::kAnd:
      case Kind::kOr:
        return true;
      default:
        return false;
    }
  }

  std::optional<Expression> fail(
      std::string message,
      std::string remedy = "for example lookup_wrong / lookup_correct < 0.01") {
    names_.fail(std::move(message), std::move(remedy));
    return std::nullopt;
  }

  void skip_spaces() { rest_ = trimmed_front(rest_); }
  static std::string_view trimmed_front(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
      text.remove_prefix(1);
    }
    return text;
  }

  bool take(std::string_view symbol) {
    skip_spaces();
    if (!rest_.starts_with(symbol)) return false;
    rest_.remove_prefix(symbol.size());
    return true;
  }

  static bool is_letter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  }

  static bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

  bool take_word(std::string_view word) {
    skip_spaces();
    const bool ends = rest_.size() == word.size() ||
                      (rest_.size() > word.size() && !is_letter(rest_[word.size()]));
    return rest_.starts_with(word) && ends && take(word);
  }

  // Each part is looked at by functions that call themselves.
  bool has_too_many_parts() { return ++parts_ > kMostParts; }
  std::optional<Expression> refuse_size() {
    return fail(absl::StrCat("a condition has at most ", written(kMostParts), " parts"),
                "several checks may say the same");
  }

  static Expression made_of(Kind kind, Expression left, Expression right) {
    Expression whole;
    whole.kind = kind;
    whole.operands.push_back(std::move(left));
    whole.operands.push_back(std::move(right));
    return whole;
  }

  std::optional<Expression> either() { return joined("or", Kind::kOr, &ExpressionParser::both); }
  std::optional<Expression> both() {
    return joined("and", Kind::kAnd, &ExpressionParser::negation);
  }

  using Part = std::optional<Expression> (ExpressionParser::*)();
  std::optional<Expression> joined(std::string_view word, Kind kind, Part part) {
    std::optional<Expression> left = (this->*part)();
    while (left && take_word(word)) {
      std::optional<Expression> right = (this->*part)();
      if (!right) return std::nullopt;
      if (!is_condition(*left) || !is_condition(*right)) {
        return fail(
            absl::StrCat("a number on one side of ", in_quotes(word), " is compared with nothing"));
      }
      left = made_of(kind, *std::move(left), *std::move(right));
    }
    return left;
  }

  std::optional<Expression> negation() {
    if (!take_word("not")) return comparison();
    if (++depth_ > kDeepest) return fail("this is nested too deeply");
    std::optional<Expression> negated = negation();
    --depth_;
    if (!negated) return std::nullopt;
    if (!is_condition(*negated)) return fail("a number cannot be negated with 'not'");
    Expression whole;
    whole.kind = Kind::kNot;
    whole.operands.push_back(*std::move(negated));
    return whole;
  }

  std::optional<Expression> comparison() {
    std::optional<Expression> left = sum();
    if (!left) return std::nullopt;
    skip_spaces();
    for (const Operator& known : kOperators) {
      if (!take(known.text)) continue;
      std::optional<Expression> right = sum();
      if (!right) return std::nullopt;
      if (is_condition(*left) || is_condition(*right)) {
        return fail("a check holds or does not: it cannot be compared");
      }
      Expression whole = made_of(Kind::kComparison, *std::move(left), *std::move(right));
      whole.comparison = known.comparison;
      return whole;
    }
    return left;
  }

  std::optional<Expression> sum() {
    return calculated({"+", Kind::kSum}, {"-", Kind::kDifference}, &ExpressionParser::product);
  }
  std::optional<Expression> product() {
    return calculated({"*", Kind::kProduct}, {"/", Kind::kQuotient}, &ExpressionParser::factor);
  }

  struct Symbol {
    std::string_view text;
    Kind kind;
  };
  std::optional<Expression> calculated(const Symbol& one, const Symbol& other, Part part) {
    std::optional<Expression> left = (this->*part)();
    while (left) {
      const Symbol* symbol = take(one.text) ? &one : take(other.text) ? &other : nullptr;
      if (symbol == nullptr) break;
      std::optional<Expression> right = (this->*part)();
      if (!right) return std::nullopt;
      if (is_condition(*left) || is_condition(*right)) {
        return fail("a check holds or does not: one cannot calculate with it");
      }
      left = made_of(symbol->kind, *std::move(left), *std::move(right));
    }
    return left;
  }

  std::optional<Expression> factor() {
    if (++depth_ > kDeepest) return fail("this is nested too deeply");
    if (has_too_many_parts()) return refuse_size();
    std::optional<Expression> whole = factor_within();
    --depth_;
    return whole;
  }

  std::optional<Expression> factor_within() {
    if (take("(")) {
      std::optional<Expression> whole = either();
      if (whole && !take(")")) return fail("a ')' is missing");
      return whole;
    }
    skip_spaces();
    if (rest_.empty()) return fail("something is missing at the end");
    if (std::isdigit(static_cast<unsigned char>(rest_.front())) != 0 || rest_.front() == '.') {
      return a_number();
    }
    if (take("-")) {
      std::optional<Expression> of = factor();
      if (!of) return std::nullopt;
      if (is_condition(*of)) return fail("a check has no negative; write 'not'");
      Expression whole;
      whole.kind = Kind::kNegative;
      whole.operands.push_back(*std::move(of));
      return whole;
    }
    return a_name();
  }

  std::optional<Expression> a_number() {
    std::size_t length = 0;
    while (length < rest_.size() &&
           (is_letter(rest_[length]) || rest_[length] == '.' ||
            (rest_[length] == '+' && (rest_[length - 1] == 'e' || rest_[length - 1] == 'E')))) {
      // A minus belongs to the number only behind an e.
      if (rest_[length] == '-' && rest_[length - 1] != 'e' && rest_[length - 1] != 'E') break;
      ++length;
    }
    const std::string_view text = rest_.substr(0, length);
    const Parsed<double> parsed = parse_number(text);
    if (!parsed.value) {
      names_.fail(absl::StrCat(in_quotes(text), " is no number"),
                  parse_duration(text).value ? "a measurement has no unit" : "");
      return std::nullopt;
    }
    rest_.remove_prefix(length);
    Expression whole;
    whole.number = *parsed.value;
    return whole;
  }

  std::optional<Expression> a_name() {
    std::size_t length = 0;
    while (length < rest_.size() && is_letter(rest_[length])) ++length;
    const std::string_view name = rest_.substr(0, length);
    if (!is_word(name)) return fail(absl::StrCat("nothing is written like ", in_quotes(rest_)));
    rest_.remove_prefix(length);
    Expression whole;
    const bool in_phase = rest_.starts_with('[');
    if (!in_phase && !rest_.starts_with('.') && !names_.is_measurement(name)) {
      const std::optional<StateCheck> state = names_.state(name);
      if (!state) return std::nullopt;
      whole.kind = Kind::kState;
      whole.state = *state;
      return whole;
    }
    whole.kind = Kind::kMeasured;
    whole.measurement = std::string(name);
    if (in_phase) {
      const std::size_t end = rest_.find(']');
      if (end == std::string_view::npos) return fail("a ']' is missing");
      whole.phase = names_.phase(trimmed(rest_.substr(1, end - 1)));
      if (!whole.phase) return std::nullopt;
      rest_.remove_prefix(end + 1);
    }
    std::optional<std::string_view> statistic;
    if (rest_.starts_with('.')) {
      length = 1;
      while (length < rest_.size() && is_letter(rest_[length])) ++length;
      // "p99.9"
      const bool percentile = length > 2 && rest_[1] == 'p' && is_digit(rest_[2]);
      if (percentile && length + 1 < rest_.size() && rest_[length] == '.' &&
          is_digit(rest_[length + 1])) {
        ++length;
        while (length < rest_.size() && is_letter(rest_[length])) ++length;
      }
      statistic = rest_.substr(1, length - 1);
      rest_.remove_prefix(length);
      whole.statistic = std::string(*statistic);
    }
    if (!names_.measurement(name, statistic, whole.phase)) return std::nullopt;
    if (!statistic) whole.named_number = names_.number(name);
    if (whole.named_number != nullptr && in_phase) {
      return fail(absl::StrCat(in_quotes(name), " has statistics in a phase, but no value"),
                  absl::StrCat("for example ", std::string(name), "[a phase].mean"));
    }
    return whole;
  }

  static constexpr int kDeepest = 50;
  static constexpr std::int64_t kMostParts = 1000;
  std::string_view rest_;
  Names& names_;
  int depth_ = 0;
  std::int64_t parts_ = 0;
};

// One condition, from its text.
class ConditionParser {
 public:
  ConditionParser(Reader& reader, const Node& node, std::string_view what, const Facts& facts)
      : reader_(reader),
        node_(node),
        what_(what),
        names_(reader, node, facts),
        text_(trimmed(node.text)) {}

  std::optional<Condition> parse() {
    if (is_expression()) {
      std::optional<Expression> whole = ExpressionParser(text_, names_).parse();
      if (!whole) return std::nullopt;
      return of(std::make_shared<const Expression>(*std::move(whole)));
    }
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
  // Whether it is more than one name, or one comparison with a number.
  bool is_expression() {
    if (text_.find_first_of("()[]*/+") != std::string_view::npos) {
      // "1e+3" has a plus, too.
      const std::string_view others = "()[]*/";
      if (text_.find_first_of(others) != std::string_view::npos) return true;
      const std::size_t plus = text_.find('+');
      if (plus == 0 || (text_[plus - 1] != 'e' && text_[plus - 1] != 'E')) return true;
    }
    const std::vector<std::string> words =
        absl::StrSplit(std::string(text_), absl::ByAnyChar(" \t"), absl::SkipEmpty());
    for (const std::string& word : words) {
      if (word == "and" || word == "or" || word == "not" || word == "-") return true;
    }
    // Another measurement on the right.
    const std::size_t at = text_.find_first_of("<>=!");
    if (at == std::string_view::npos) return false;
    const std::size_t behind = std::min(text_.find_first_not_of("<>=!", at), text_.size());
    const std::string_view right = trimmed(text_.substr(behind));
    return names_.is_measurement(right.substr(0, right.find('.')));
  }

  static std::vector<std::string> names_of_operators() {
    std::vector<std::string> names;
    names.reserve(kOperators.size());
    for (const Operator& known : kOperators) names.emplace_back(known.text);
    return names;
  }

  std::optional<Condition> fail(std::string message, std::string remedy) {
    names_.fail(std::move(message), std::move(remedy));
    return std::nullopt;
  }

  // Neither a check nor a comparison.
  std::optional<Condition> refuse() {
    reader_.refuse(node_, what_, "a check or a comparison", absl::StrCat("for example ", example_));
    return std::nullopt;
  }

  template <class T>
  Condition of(T what) const {
    return {reader_.place(node_), std::string(text_), std::move(what)};
  }

  std::optional<Condition> state() {
    if (!is_word(text_)) {
      const std::size_t dot = text_.find('.');
      if (dot == std::string_view::npos || !is_word(text_.substr(0, dot))) return refuse();
      return fail(absl::StrCat(in_quotes(text_), " is compared with nothing"),
                  absl::StrCat("for example ", example_));
    }
    const std::optional<StateCheck> check = names_.state(text_);
    if (!check) return std::nullopt;
    return of(*check);
  }

  std::optional<Condition> measurement(std::string_view left, Comparison comparison,
                                       std::string_view right) {
    MeasurementCheck check;
    check.comparison = comparison;
    const std::size_t dot = left.find('.');
    const std::string_view name = left.substr(0, dot);
    if (!is_word(name)) return refuse();
    check.measurement = std::string(name);
    std::optional<std::string_view> statistic;
    if (dot != std::string_view::npos) {
      statistic = left.substr(dot + 1);
      check.statistic = std::string(*statistic);
    }
    if (!names_.measurement(name, statistic)) return std::nullopt;
    if (!statistic) check.named_number = names_.number(name);
    const Parsed<double> bound = parse_number(right);
    if (!bound.value) {
      return fail(
          absl::StrCat(in_quotes(name), " must be compared with a number, not ", in_quotes(right)),
          parse_duration(right).value ? "a measurement has no unit"
          : right.ends_with('%')      ? "write 0.01 for 1%"
                                      : "");
    }
    check.bound = *bound.value;
    return of(std::move(check));
  }

  Reader& reader_;
  const Node& node_;
  const std::string_view what_;
  Names names_;
  const std::string_view text_;
  const std::string example_{kExample};
};

// --- When a check must hold -------------------------------------------------------------------

constexpr std::array<std::pair<std::string_view, Check::When>, 4> kWhens = {{
    {"at_end", Check::When::kAtEnd},
    {"always", Check::When::kAlways},
    {"never", Check::When::kNever},
    {"eventually", Check::When::kEventually},
}};

Slot<Check> judged(const Facts& facts, Check::When when) {
  const Format<Condition> format = condition(facts);
  return {format.name,
          [format, when](Reader& reader, const Node& node, std::string_view what, Check& check) {
            const Place place = check.place;
            std::optional<Condition> value = format.read(reader, node, what);
            if (!value) return;
            static_cast<Condition&>(check) = *std::move(value);
            check.place = place;
            check.when = when;
          },
          {},
          format.schema};
}

// A duration, or "event".
Format<Duration> looks() {
  const std::string name = "a duration longer than 0s, or event";
  return {
      name,
      [name](Reader& reader, const Node& node, std::string_view what) -> std::optional<Duration> {
        if (node.kind == Node::Kind::kText && node.text == "event") return Duration::zero();
        if (node.kind != Node::Kind::kText) {
          reader.refuse(node, what, name);
          return std::nullopt;
        }
        return positive_duration().read(reader, node, what);
      },
      {},
      either(R"({"const":"event"})", positive_duration().schema)};
}

Slot<Check> phase_of(const Facts& facts, std::optional<std::size_t> Check::* member) {
  return {"the name of a phase",
          [&facts, member](Reader& reader, const Node& node, std::string_view what, Check& check) {
            const std::optional<std::string> name = text().read(reader, node, what);
            if (name) check.*member = Names(reader, node, facts).phase(*name);
          },
          {},
          text().schema};
}

void complete_check(Reader& reader, const Node& map, Check& check) {
  std::vector<const Node*> given;
  for (const auto& [word, when] : kWhens) {
    if (const Node* node = map.find(word)) given.push_back(node);
  }
  if (given.size() != 1) {
    reader.error(map, "a check has exactly one of at_end, always, never, eventually");
    return;
  }
  const auto is_for = [&](std::string_view key, bool fits, std::string_view wanted) {
    const Node* node = map.find(key);
    if (node == nullptr || fits) return;
    reader.error(*node, absl::StrCat(in_quotes(key), " is for ", std::string(wanted)));
  };
  const bool eventually = check.when == Check::When::kEventually;
  const bool at_end = check.when == Check::When::kAtEnd;
  is_for("within", eventually, "'eventually'");
  is_for("every", !at_end, "'always', 'never' and 'eventually'");
  is_for("after", !at_end, "'always', 'never' and 'eventually'");
  is_for("during", !at_end && !eventually, "'always' and 'never'");
  if (eventually && map.find("within") == nullptr) {
    reader.error(map, "'within' is missing: until when must it have come true?");
  }
  if (check.after && check.during) {
    reader.error(*map.find("during"), "'during' does not go with 'after'");
  }
  if (!check.sample) return;
  const auto* state = std::get_if<StateCheck>(&check.what);
  if (state == nullptr || (state->check != nullptr && !state->check->each)) {
    reader.error(*map.find("sample"), absl::StrCat(in_quotes(check.text),
                                                   " is no check of each actor by itself, so it "
                                                   "cannot be sampled"));
  }
}

}  // namespace

Format<Condition> condition(const Facts& facts) {
  return {"a check or a comparison",
          [&facts](Reader& reader, const Node& node,
                   std::string_view what) -> std::optional<Condition> {
            if (node.kind != Node::Kind::kText) {
              reader.refuse(node, what, "a check or a comparison");
              return std::nullopt;
            }
            return ConditionParser(reader, node, what, facts).parse();
          },
          {},
          R"({"type":"string"})"};
}

KeyTable<Check> check_keys(const Facts& facts) {
  constexpr std::int64_t kMostSampled = 10'000'000;
  return {"a check",
          {
              {"at_end", judged(facts, Check::When::kAtEnd), "",
               "It must hold when the last phase has ended. The same as the condition alone."},
              {"always", judged(facts, Check::When::kAlways), "",
               "It must hold whenever it is looked at; the run ends where it does not."},
              {"never", judged(facts, Check::When::kNever), "",
               "It must not hold whenever it is looked at."},
              {"eventually", judged(facts, Check::When::kEventually), "",
               "It must come true; whether it stays so is not looked at."},
              {"within", into(&Check::within, positive_duration()), "",
               "With `eventually`: until when, counted from where it is looked at first. The run "
               "goes on for so long."},
              {"every", into(&Check::every, looks()), "1s",
               "How often it is looked at: a time, or event: after each event."},
              {"after", phase_of(facts, &Check::after), "the beginning of the run",
               "It is looked at from the end of this phase on."},
              {"during", phase_of(facts, &Check::during), "",
               "It is looked at only while this phase lasts."},
              {"sample", into(&Check::sample, whole_number(1, kMostSampled)), "all of them",
               "At how many actors it looks each time, chosen at random; for checks that the "
               "algorithm has for each actor by itself."},
          },
          complete_check,
          {.exactly_one = {"at_end", "always", "never", "eventually"},
           .needs = {{"within", "eventually"}}}};
}

Format<Check> check(const Facts& facts) {
  const Format<Condition> simple = condition(facts);
  const Format<Check> whole = map_of(check_keys(facts));
  return {simple.name + ", or a map of keys",
          [simple, whole](Reader& reader, const Node& node,
                          std::string_view what) -> std::optional<Check> {
            if (node.kind == Node::Kind::kMap) return whole.read(reader, node, what);
            std::optional<Condition> value = simple.read(reader, node, what);
            if (!value) return std::nullopt;
            Check check;
            static_cast<Condition&>(check) = *std::move(value);
            return check;
          },
          {},
          either(simple.schema, whole.schema)};
}

}  // namespace troupe::scenario
