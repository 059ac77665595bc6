// Conditions over states and measurements.
#include "sim/judge.h"

#include <cstdlib>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

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

double statistic_of(const Series& series, const std::string& statistic) {
  if (statistic == "count") return static_cast<double>(series.count());
  if (statistic == "mean") return series.mean();
  if (statistic == "min") return series.min();
  if (statistic == "max") return series.max();
  if (statistic.size() > 1 && statistic[0] == 'p') {
    return series.percentile(std::strtod(statistic.c_str() + 1, nullptr));
  }
  return series.sum();
}

}  // namespace

Verdict Judge::look_at(const scenario::Condition& condition, std::optional<std::int64_t> sample) {
  Verdict verdict;
  simulator_.note_names_in(&verdict.named);
  if (const auto* check = std::get_if<scenario::StateCheck>(&condition.what)) {
    verdict.status = state(*check, sample);
  } else if (const auto* check = std::get_if<scenario::MeasurementCheck>(&condition.what)) {
    const double value = measured(check->measurement, check->statistic, {});
    verdict.found = absl::StrFormat("found %g", value);
    if (!holds(value, check->comparison, check->bound)) {
      verdict.status = absl::FailedPreconditionError(verdict.found);
    }
  } else {
    first_failure_ = absl::OkStatus();
    std::string found;
    const auto& expression = std::get<std::shared_ptr<const scenario::Expression>>(condition.what);
    const bool good = value(*expression, &found) != 0;
    if (!found.empty()) verdict.found = "found " + found;
    if (!good) {
      std::string why = verdict.found;
      if (!first_failure_.ok()) {
        absl::StrAppend(&why, why.empty() ? "" : "; ", std::string(first_failure_.message()));
      }
      verdict.status = absl::FailedPreconditionError(why);
    }
  }
  simulator_.note_names_in(nullptr);
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

// The value of an expression; of one that holds or not, 1 or 0. `found` collects what was measured.
double Judge::value(const scenario::Expression& expression, std::string* found) {
  const auto operand = [&](std::size_t i) { return value(expression.operands[i], found); };
  switch (expression.kind) {
    case Kind::kNumber:
      return expression.number;
    case Kind::kMeasured: {
      const double value = measured(expression.measurement, expression.statistic, expression.phase);
      absl::StrAppend(found, found->empty() ? "" : ", ", absl::StrFormat("%g", value));
      return value;
    }
    case Kind::kState: {
      absl::Status status = state(expression.state, {});
      const bool good = status.ok();
      if (!good && first_failure_.ok()) first_failure_ = std::move(status);
      return good ? 1 : 0;
    }
    case Kind::kNegative:
      return -operand(0);
    case Kind::kSum: {
      const double left = operand(0);
      return left + operand(1);
    }
    case Kind::kDifference: {
      const double left = operand(0);
      return left - operand(1);
    }
    case Kind::kProduct: {
      const double left = operand(0);
      return left * operand(1);
    }
    case Kind::kQuotient: {
      const double left = operand(0);
      const double right = operand(1);
      return left == 0 && right == 0 ? 0 : left / right;
    }
    case Kind::kComparison: {
      const double left = operand(0);
      return holds(left, expression.comparison, operand(1)) ? 1 : 0;
    }
    case Kind::kNot:
      return operand(0) == 0 ? 1 : 0;
    // Both sides are looked at, so that the report has both.
    case Kind::kAnd: {
      const bool left = operand(0) != 0;
      return operand(1) != 0 && left ? 1 : 0;
    }
    case Kind::kOr: {
      const bool left = operand(0) != 0;
      return operand(1) != 0 || left ? 1 : 0;
    }
  }
  return 0;
}

// --- Measurements
// ---------------------------------------------------------------------------------

double Judge::measured(const std::string& name, const std::string& statistic,
                       std::optional<std::size_t> phase) const {
  const Measurements& all = simulator_.measurements();
  const bool counted = all.counters().contains(name);
  if (!phase) {
    return counted ? static_cast<double>(all.counter(name)) : statistic_of(all[name], statistic);
  }
  if (*phase >= phases_.size()) return 0;
  const Mark end = *phase + 1 < phases_.size() ? phases_[*phase + 1] : mark();
  const auto at = [](const auto& marks, const std::string& key) {
    const auto found = marks.find(key);
    return found == marks.end() ? 0 : found->second;
  };
  const Mark& begin = phases_[*phase];
  if (counted) return static_cast<double>(at(end.counters, name) - at(begin.counters, name));
  return statistic_of(all[name].part(static_cast<std::size_t>(at(begin.series, name)),
                                     static_cast<std::size_t>(at(end.series, name))),
                      statistic);
}

void Judge::begin_phase() { phases_.push_back(mark()); }

Judge::Mark Judge::mark() const {
  Mark mark;
  for (const auto& [name, series] : simulator_.measurements().all()) {
    mark.series[name] = series.count();
  }
  for (const auto& [name, count] : simulator_.measurements().counters()) {
    mark.counters[name] = count;
  }
  return mark;
}

Measurements Judge::measured_in(std::size_t phase) const {
  if (phase >= phases_.size()) return {};
  return between(phases_[phase], phase + 1 < phases_.size() ? phases_[phase + 1] : mark());
}

Measurements Judge::measured_since(const Mark& mark) const { return between(mark, this->mark()); }

Measurements Judge::between(const Mark& from, const Mark& to) const {
  Measurements part;
  for (const auto& [name, end] : to.series) {
    const auto begin = from.series.find(name);
    part.put(name, simulator_.measurements()[name].part(
                       begin == from.series.end() ? 0 : begin->second, end));
  }
  for (const auto& [name, end] : to.counters) {
    const auto begin = from.counters.find(name);
    part.count(name, end - (begin == from.counters.end() ? 0 : begin->second));
  }
  return part;
}

}  // namespace troupe::sim
