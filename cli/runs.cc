// One run, and the schedule of many.
#include "cli/runs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/guard.h"
#include "cli/statistics.h"
#include "cli/summary.h"

namespace troupe::cli {
namespace {

// In the order of result_columns(). Nothing that depends on the machine or its load.
std::string cells_of(const scenario::Scenario& scenario, const sim::Outcome& outcome) {
  std::vector<std::string> cells = {
      outcome.reached_end ? "1" : "0", absl::StrCat(outcome.events),
      absl::StrCat(outcome.messages),  absl::StrFormat("%.9f", to_seconds(outcome.virtual_time)),
      absl::StrCat(outcome.calls),     absl::StrCat(outcome.failed_calls)};
  const auto add = [&cells](const Series& series, const std::vector<std::string>& statistics) {
    for (const std::string& statistic : statistics) {
      const std::optional<double> value = series.statistic(statistic);
      cells.push_back(value && std::isfinite(*value) ? exact(*value) : "");
    }
  };
  for (const Algorithm::Measurement& measured : scenario.algorithm->measurements()) {
    if (measured.kind == Algorithm::Measurement::Kind::kCounter) {
      cells.push_back(absl::StrCat(outcome.measurements.counter(measured.name)));
    } else {
      add(outcome.measurements[measured.name], scenario::result_statistics());
    }
  }
  for (const scenario::StateMeasurement& state : scenario.measure) {
    add(outcome.measurements[state.name], scenario::state_statistics());
  }
  return absl::StrJoin(cells, ",");
}

// A result shares a line with other things.
std::string on_one_line(const std::string& text) {
  return absl::StrJoin(absl::StrSplit(text, absl::ByAnyChar("\n\r\t")), " ");
}

std::string first_failure(const sim::Outcome& outcome) {
  for (const sim::CheckResult& check : outcome.checks) {
    if (check.status == sim::CheckResult::Status::kFailed) {
      return absl::StrCat(check.name, " (", check.detail, ")");
    }
  }
  return "";
}

}  // namespace

std::size_t Plan::column(const std::string& name) const {
  return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) -
                                  columns.begin());
}

std::string exact(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), error == std::errc() ? end : buffer.data()};
}

bool reached_end(const Plan& plan, const std::vector<std::optional<double>>& numbers) {
  if (numbers.empty()) return false;
  const std::size_t column = plan.column(std::string(scenario::kReachedEnd));
  return column >= numbers.size() || numbers[column] == 1;
}

bool is_narrow(const Plan& plan, const Sample& sample) {
  const std::optional<double> half = sample.half_width(plan.confidence);
  const double allowed =
      plan.precision->within * (plan.precision->relative ? std::abs(sample.mean()) : 1);
  return half && *half <= allowed;
}

std::vector<std::optional<double>> numbers_of(const RunResult& result) {
  std::vector<std::optional<double>> numbers;
  if (result.cells.empty()) return numbers;
  for (const auto cell : absl::StrSplit(result.cells, ',')) {
    double value = 0;
    numbers.push_back(absl::SimpleAtod(cell, &value) ? std::optional(value) : std::nullopt);
  }
  return numbers;
}

bool is_worth_another_try(const RunResult& result) {
  return result.status == "crashed" || result.status == "killed" || result.status == "timed out" ||
         result.status == "out of memory";
}

RunResult run_one(const Plan& plan, const Run& run) {
  scenario::Scenario scenario = plan.points[run.point].scenario;
  scenario.seed = run.seed;
  sim::ExperimentOptions how;
  how.encode_everything = plan.encode;
  how.on_progress = [](const sim::Progress& at) {
    tell_guard(at.virtual_time, at.events);
    return true;
  };
  sim::Experiment experiment(scenario, how);
  const GuardedSimulator guarded(experiment.simulator());
  const absl::StatusOr<sim::Outcome> outcome = experiment.run();
  RunResult result;
  if (!outcome.ok()) {
    result.status = "cannot be made";
    result.failure = on_one_line(std::string(outcome.status().message()));
    return result;
  }
  result.status = outcome->status == sim::Outcome::Status::kPassed ? "passed" : "failed";
  result.event_hash = hash_text(outcome->event_hash);
  result.cells = cells_of(scenario, *outcome);
  result.failure = on_one_line(first_failure(*outcome));
  return result;
}

// --- Schedule -----------------------------------------------------------------------------------

Schedule::Schedule(const Plan& plan, Results before)
    : plan_(plan), results_(std::move(before)), points_(plan.points.size()) {
  for (const auto& [run, result] : results_) {
    not_passed_ += result.status == "passed" ? 0 : 1;
    if (!plan_.precision) note_failure(run, result);
  }
  for (std::size_t i = 0; i < points_.size(); ++i) look(i);
}

void Schedule::note_failure(const Run& run, const RunResult& result) {
  if (!plan_.stop_at_failure || result.status == "passed" || is_after_failure(run)) return;
  first_failure_ = run;
}

void Schedule::add(const Run& run, RunResult result) {
  not_passed_ += result.status == "passed" ? 0 : 1;
  // Where a precision decides which runs count, that is known only when its turn comes.
  if (!plan_.precision) note_failure(run, result);
  results_.insert_or_assign(run, std::move(result));
  look(run.point);
}

// Looks at each result in the order of the seeds, as if there were one process.
void Schedule::look(std::size_t point) {
  Point& state = points_[point];
  while (!state.enough) {
    if (state.looked_at == plan_.seeds.count()) {
      state.enough = state.looked_at;
      return;
    }
    const auto found = results_.find(run_of(point, state.looked_at));
    if (found == results_.end()) return;
    ++state.looked_at;
    note_failure(found->first, found->second);
    if (!plan_.precision) continue;
    const std::vector<std::optional<double>> numbers = numbers_of(found->second);
    const std::size_t column = plan_.column(plan_.precision->measurement);
    if (column < numbers.size() && numbers[column] && reached_end(plan_, numbers)) {
      state.values.push_back(*numbers[column]);
    }
    if (state.looked_at >= static_cast<std::uint64_t>(plan_.precision->at_least) &&
        is_narrow(plan_, Sample(state.values))) {
      state.enough = state.looked_at;
    }
  }
}

std::optional<Run> Schedule::give_out(std::size_t point, std::uint64_t limit) {
  Point& state = points_[point];
  while (state.given_out < std::min(limit, plan_.seeds.count())) {
    const Run run = run_of(point, state.given_out++);
    if (is_after_failure(run)) return std::nullopt;
    if (!results_.contains(run)) return run;
  }
  return std::nullopt;
}

std::optional<Run> Schedule::next() {
  for (const bool certain : {true, false}) {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (points_[i].enough) continue;
      std::uint64_t limit = plan_.seeds.count();
      if (certain && plan_.precision) {
        limit = std::max(static_cast<std::uint64_t>(plan_.precision->at_least),
                         points_[i].looked_at + 1);
      }
      if (const std::optional<Run> run = give_out(i, limit)) return run;
    }
  }
  return std::nullopt;
}

std::vector<Run> Schedule::batch() {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (points_[i].enough) continue;
    std::uint64_t limit = plan_.seeds.count();
    if (plan_.precision) {
      limit = points_[i].looked_at + static_cast<std::uint64_t>(plan_.precision->at_least);
    }
    while (const std::optional<Run> run = give_out(i, limit)) runs.push_back(*run);
  }
  return runs;
}

bool Schedule::may_count(const Run& run) const {
  if (is_after_failure(run)) return false;
  const std::optional<std::uint64_t>& enough = points_[run.point].enough;
  return !enough || run.seed - plan_.seeds.first < *enough;
}

bool Schedule::complete() const {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (points_[i].enough) continue;
    // The runs up to the failure are all there is.
    if (!is_after_failure(run_of(i, points_[i].looked_at))) return false;
  }
  return true;
}

std::uint64_t Schedule::left(std::size_t point) const {
  const Point& state = points_[point];
  if (state.enough || is_after_failure(run_of(point, state.looked_at))) return 0;
  const bool stops_here = first_failure_ && first_failure_->point == point;
  const std::uint64_t count =
      stops_here ? first_failure_->seed - plan_.seeds.first + 1 : plan_.seeds.count();
  return count - std::min(count, state.looked_at);
}

std::uint64_t Schedule::left() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < points_.size(); ++i) sum += left(i);
  return sum;
}

Results Schedule::take_counted() {
  std::erase_if(results_, [this](const auto& entry) { return !may_count(entry.first); });
  return std::move(results_);
}

}  // namespace troupe::cli
