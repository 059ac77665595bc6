// Conditions over states and measurements.
#include "sim/judge.h"

#include <cmath>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace troupe::sim {
namespace {

using Comparison = scenario::MeasurementCheck::Comparison;
using Kind = scenario::Expression::Kind;

bool holds(double left, Comparison comparison, double right) {
  switch (comparison) {
    case Comparison::kLess:
      return left < right;
    case Comparison::kAtMost:
      return left <= right;
    case Comparison::kEqual:
      return left == right;
    case Comparison::kNotEqual:
      return left != right;
    case Comparison::kAtLeast:
      return left >= right;
    case Comparison::kMore:
      return left > right;
  }
  return false;
}

// A number as reports have it.
std::string shown(double number, bool known) {
  return known ? absl::StrFormat("%g", number) : "nothing";
}

}  // namespace

Verdict Judge::look_at(const scenario::Condition& condition, std::optional<std::int64_t> sample) {
  std::vector<ActorId> named;
  simulator_.note_names_in(&named);
  first_failure_ = absl::OkStatus();
  unknown_.clear();
  not_finite_.clear();
  Verdict verdict;
  if (const auto* check = std::get_if<scenario::StateCheck>(&condition.what)) {
    verdict.status = state(*check, sample);
  } else if (const auto* check = std::get_if<scenario::MeasurementCheck>(&condition.what)) {
    verdict = compared(*check);
  } else {
    verdict = evaluated(*std::get<std::shared_ptr<const scenario::Expression>>(condition.what));
  }
  simulator_.note_names_in(nullptr);
  verdict.named = std::move(named);
  // Values that are no numbers have no part in a statistic, which is then not that of all values.
  if (!not_finite_.empty()) {
    verdict.trouble = Verdict::Trouble::kNotFinite;
    verdict.status = absl::FailedPreconditionError(not_finite_);
  }
  return verdict;
}

Verdict Judge::compared(const scenario::MeasurementCheck& check) {
  const Value value = check.named_number != nullptr
                          ? number_now(*check.named_number)
                          : measured(check.measurement, check.statistic, {});
  Verdict verdict;
  if (!value.known) {
    verdict.trouble = Verdict::Trouble::kNothingMeasured;
    verdict.status = absl::FailedPreconditionError(unknown_);
    return verdict;
  }
  verdict.found = absl::StrCat("found ", shown(value.number, true));
  if (!holds(value.number, check.comparison, check.bound)) {
    verdict.status = absl::FailedPreconditionError(verdict.found);
  }
  return verdict;
}

Verdict Judge::evaluated(const scenario::Expression& expression) {
  Verdict verdict;
  std::string found;
  const Value whole = value(expression, &found);
  if (!found.empty()) verdict.found = "found " + found;
  if (whole.known && whole.number != 0) return verdict;
  std::vector<std::string> reasons;
  if (!verdict.found.empty()) reasons.push_back(verdict.found);
  if (!first_failure_.ok()) reasons.emplace_back(first_failure_.message());
  if (!whole.known) {
    verdict.trouble = Verdict::Trouble::kNothingMeasured;
    reasons.push_back(unknown_);
  }
  verdict.status = absl::FailedPreconditionError(absl::StrJoin(reasons, "; "));
  return verdict;
}

absl::Status Judge::state(const scenario::StateCheck& check, std::optional<std::int64_t> sample) {
  if (!sample || check.check->each == nullptr) {
    return check.check->function(simulator_.world(), scenario_.parameters);
  }
  for (const ActorId id :
       deployment_.sample(*check.check->type, *sample, simulator_.choices().checks())) {
    const ActorBase* actor = simulator_.find(id);
    absl::Status status = check.check->each(simulator_.world(), scenario_.parameters, *actor);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

Judge::Value Judge::unknown(std::string why) {
  if (unknown_.empty()) unknown_ = std::move(why);
  return {.number = 0, .known = false};
}

// `found` collects what was measured.
Judge::Value Judge::value(const scenario::Expression& expression, std::string* found) {
  switch (expression.kind) {
    case Kind::kNumber:
      return {expression.number};
    case Kind::kMeasured: {
      const Value value =
          expression.named_number != nullptr
              ? number_now(*expression.named_number)
              : measured(expression.measurement, expression.statistic, expression.phase);
      absl::StrAppend(found, found->empty() ? "" : ", ", shown(value.number, value.known));
      return value;
    }
    case Kind::kState: {
      absl::Status status = state(expression.state, {});
      const bool good = status.ok();
      if (!good && first_failure_.ok()) first_failure_ = std::move(status);
      return {good ? 1.0 : 0.0};
    }
    case Kind::kNegative:
    case Kind::kSum:
    case Kind::kDifference:
    case Kind::kProduct:
    case Kind::kQuotient:
    case Kind::kComparison:
      return calculated(expression, found);
    case Kind::kNot:
    case Kind::kAnd:
    case Kind::kOr:
      return logical(expression, found);
  }
  return {};
}

// What is made of numbers. Nothing is known of what is made of something unknown.
Judge::Value Judge::calculated(const scenario::Expression& expression, std::string* found) {
  const Value left = value(expression.operands[0], found);
  const Value right =
      expression.operands.size() > 1 ? value(expression.operands[1], found) : Value{};
  if (!left.known || !right.known) return {.number = 0, .known = false};
  double result = 0;
  switch (expression.kind) {
    case Kind::kNegative:
      result = -left.number;
      break;
    case Kind::kSum:
      result = left.number + right.number;
      break;
    case Kind::kDifference:
      result = left.number - right.number;
      break;
    case Kind::kProduct:
      result = left.number * right.number;
      break;
    case Kind::kQuotient:
      result = left.number / right.number;
      break;
    default:
      result = holds(left.number, expression.comparison, right.number) ? 1 : 0;
  }
  if (!std::isnan(result)) return {result};
  return unknown(expression.kind == Kind::kQuotient && right.number == 0
                     ? "0 / 0 has no value"
                     : "the result of a calculation is not a number");
}

// As in Kleene's logic: what is known decides where it can. Both sides are looked at, so that the
// report has both.
Judge::Value Judge::logical(const scenario::Expression& expression, std::string* found) {
  const Value left = value(expression.operands[0], found);
  if (expression.kind == Kind::kNot) {
    return {.number = left.number == 0 ? 1.0 : 0.0, .known = left.known};
  }
  const Value right = value(expression.operands[1], found);
  const bool decides = expression.kind == Kind::kOr;
  for (const Value& side : {left, right}) {
    if (side.known && (side.number != 0) == decides) return {decides ? 1.0 : 0.0};
  }
  return {.number = decides ? 0.0 : 1.0, .known = left.known && right.known};
}

// --- Measurements -------------------------------------------------------------------------------

Judge::Value Judge::measured(const std::string& name, const std::string& statistic,
                             std::optional<std::size_t> phase) {
  const bool there = !phase || *phase < phases_.size();
  static const Measurements kNone;
  const Measurements& all = !phase ? simulator_.measurements() : there ? *phases_[*phase] : kNone;
  if (simulator_.measurements().counters().contains(name)) {
    return {static_cast<double>(all.counter(name))};
  }
  const Series& series = all[name];
  if (!series.all_finite() && not_finite_.empty()) {
    not_finite_ = absl::StrCat(series.infinite() + series.not_a_number(), " of ",
                               series.count() + series.infinite() + series.not_a_number(),
                               " values of ", name, " are infinite or not a number");
  }
  if (const std::optional<double> value = series.statistic(statistic)) return {*value};
  return unknown(absl::StrCat(
      series.count() == 0 ? "nothing was measured under " : "only one value was measured under ",
      name, phase ? absl::StrCat(" in phase ", scenario_.phases[*phase].name) : ""));
}

Judge::Value Judge::number_now(const Algorithm::Named<Algorithm::Number>& number) {
  const std::optional<double> value = number.function(simulator_.world(), scenario_.parameters);
  if (!value) return unknown(absl::StrCat(number.name, " has no value just now"));
  if (std::isfinite(*value)) return {*value};
  if (not_finite_.empty()) not_finite_ = absl::StrCat(number.name, " is ", shown(*value, true));
  return {.number = 0, .known = false};
}

std::optional<double> Judge::value_of(const scenario::StateMeasurement& state) {
  if (state.number != nullptr) {
    return state.number->function(simulator_.world(), scenario_.parameters);
  }
  return state.check->function(simulator_.world(), scenario_.parameters).ok() ? 1 : 0;
}

void Judge::begin_phase() {
  Measurements& all = simulator_.measurements();
  if (!phases_.empty()) all.close_part(*phases_.back());
  phases_.push_back(std::make_unique<Measurements>());
  all.open_part(*phases_.back());
}

void Judge::begin_interval() {
  simulator_.measurements().close_part(interval_);
  simulator_.measurements().open_part(interval_);
}

void Judge::stop_measuring() {
  simulator_.measurements().close_part(interval_);
  if (!phases_.empty()) simulator_.measurements().close_part(*phases_.back());
}

}  // namespace troupe::sim
