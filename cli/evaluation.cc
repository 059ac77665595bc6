// Statistics to text and CSV.
#include "cli/evaluation.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace troupe::cli {
namespace {

constexpr std::size_t kMainColumns = 4;
// The columns before those of the algorithm: reached_end, events, messages, ...
constexpr std::size_t kOfEveryRun = 6;

// As RFC 4180 has it.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string csv_line(const std::vector<std::string>& cells) {
  return absl::StrJoin(cells, ",", [](std::string* out, const std::string& cell) {
    absl::StrAppend(out, csv_cell(cell));
  });
}

std::string csv_row(const std::vector<std::string>& cells) { return csv_line(cells) + "\n"; }

std::string exact_or_none(std::optional<double> value) { return value ? exact(*value) : ""; }

// What ended a point, in words.
std::string ending(const Evaluation& evaluation, std::size_t point) {
  const std::string by = evaluation.ended_by(point);
  if (by == "precision") return "precision reached";
  return by == "seeds" ? "no more seeds" : by;
}

// Columns under each other: the first ones, which are words, to the left.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t words) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      absl::StrAppend(&line, i < words ? " " : "   ", i < words ? row[i] + space : space + row[i]);
    }
    absl::StrAppend(&text, line.substr(0, line.find_last_not_of(' ') + 1), "\n");
  }
  return text;
}

// Whether the short table has a column. The files have all of them.
bool is_shown(const Evaluation& evaluation, const std::string& column) {
  if (column == scenario::kReachedEnd) return evaluation.left_out() > 0;
  const std::size_t dot = column.find('.');
  if (dot == std::string::npos) return true;
  constexpr std::string_view kLeftOut[] = {"deviation", "p5", "p10", "p95", "p99.9"};
  return std::ranges::find(kLeftOut, column.substr(dot + 1)) == std::end(kLeftOut);
}

// Mean, confidence interval, least and most of every column.
std::string table_of_columns(const Evaluation& evaluation) {
  const Plan& plan = evaluation.plan();
  std::vector<std::vector<std::string>> rows = {
      {"", "mean", absl::StrCat("+- ", plan.confidence * 100, "%"), "least", "most"}};
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const Sample& sample = evaluation.sample(0, i);
    if (sample.count() == 0 || !is_shown(evaluation, plan.columns[i])) continue;
    const std::optional<double> half = sample.half_width(plan.confidence);
    rows.push_back({plan.columns[i], absl::StrFormat("%.6g", sample.mean()),
                    half ? absl::StrFormat("%.3g", *half) : "",
                    absl::StrFormat("%.6g", sample.least()),
                    absl::StrFormat("%.6g", sample.most())});
  }
  return aligned(rows, 1);
}

// One row for each point.
std::string table_of_points(const Evaluation& evaluation) {
  const Plan& plan = evaluation.plan();
  const std::vector<std::size_t> columns = main_columns(evaluation, kMainColumns);
  std::vector<std::string> head = plan.keys;
  head.insert(head.end(), {"runs", "not passed"});
  if (evaluation.left_out() > 0) head.emplace_back("left out");
  if (plan.precision) head.emplace_back("ended by");
  for (const std::size_t column : columns) head.push_back(plan.columns[column]);
  std::vector<std::vector<std::string>> rows = {head};
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    if (evaluation.runs(i) == 0) continue;
    std::vector<std::string> row = plan.points[i].values;
    row.push_back(absl::StrCat(evaluation.runs(i)));
    row.push_back(absl::StrCat(evaluation.not_passed(i)));
    if (evaluation.left_out() > 0) row.push_back(absl::StrCat(evaluation.left_out(i)));
    if (plan.precision) row.push_back(ending(evaluation, i));
    for (const std::size_t column : columns) {
      row.push_back(with_interval(evaluation.sample(i, column), plan.confidence, "+-"));
    }
    rows.push_back(std::move(row));
  }
  return aligned(rows, plan.keys.size());
}

}  // namespace

Evaluation::Evaluation(const Plan& plan, const Results& results) : plan_(plan), results_(results) {
  points_.resize(plan.points.size());
  auto at = results.begin();
  for (std::size_t i = 0; i < points_.size(); ++i) {
    std::vector<std::vector<double>> values(plan.columns.size());
    for (; at != results.end() && at->first.point == i; ++at) {
      const RunResult& result = at->second;
      ++points_[i].runs;
      points_[i].not_passed += result.status == "passed" ? 0 : 1;
      const std::vector<std::optional<double>> numbers = numbers_of(result);
      const bool counts = reached_end(plan, numbers);
      points_[i].left_out += counts ? 0 : 1;
      for (std::size_t column = 0; column < numbers.size(); ++column) {
        const bool of_all_runs = plan.columns[column] == scenario::kReachedEnd;
        if (numbers[column] && (counts || of_all_runs)) values[column].push_back(*numbers[column]);
      }
    }
    for (std::vector<double>& column : values) points_[i].samples.emplace_back(std::move(column));
  }
}

std::size_t Evaluation::not_passed() const {
  std::size_t sum = 0;
  for (const Point& point : points_) sum += point.not_passed;
  return sum;
}

std::size_t Evaluation::left_out() const {
  std::size_t sum = 0;
  for (const Point& point : points_) sum += point.left_out;
  return sum;
}

std::string Evaluation::ended_by(std::size_t point) const {
  if (plan_.precision && runs(point) >= static_cast<std::size_t>(plan_.precision->at_least) &&
      is_narrow(plan_, sample(point, plan_.column(plan_.precision->measurement)))) {
    return "precision";
  }
  return runs(point) < plan_.seeds.count() ? "interrupted" : "seeds";
}

bool Evaluation::is_measured(std::size_t column) const {
  return std::any_of(points_.begin(), points_.end(),
                     [&](const Point& point) { return point.samples[column].count() > 0; });
}

bool Evaluation::differs(std::size_t column) const {
  std::set<double> seen;
  for (const Point& point : points_) {
    if (point.samples[column].count() == 0) continue;
    seen.insert({point.samples[column].least(), point.samples[column].most()});
  }
  return seen.size() > 1;
}

std::string results_csv(const Plan& plan, const Results& results) {
  std::vector<std::string> head = plan.keys;
  head.insert(head.end(), {"seed", "status", "event_hash"});
  head.insert(head.end(), plan.columns.begin(), plan.columns.end());
  std::string text = csv_row(head);
  for (const auto& [run, result] : results) {
    std::vector<std::string> row = plan.points[run.point].values;
    row.insert(row.end(), {absl::StrCat(run.seed), result.status, result.event_hash});
    const std::string cells =
        result.cells.empty() ? std::string(plan.columns.size() - 1, ',') : result.cells;
    absl::StrAppend(&text, csv_line(row), ",", cells, "\n");
  }
  return text;
}

std::string points_csv(const Evaluation& evaluation) {
  const Plan& plan = evaluation.plan();
  std::vector<std::string> head = plan.keys;
  head.insert(head.end(), {"measurement", "runs", "left_out", "ended_by", "mean", "low", "high",
                           "deviation", "min", "p5", "p25", "p50", "p75", "p95", "max"});
  std::string text = csv_row(head);
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    for (std::size_t column = 0; column < plan.columns.size(); ++column) {
      const Sample& sample = evaluation.sample(i, column);
      std::vector<std::string> row = plan.points[i].values;
      const std::size_t left_out =
          plan.columns[column] == scenario::kReachedEnd ? 0 : evaluation.left_out(i);
      row.insert(row.end(), {plan.columns[column], absl::StrCat(sample.count()),
                             absl::StrCat(left_out), evaluation.ended_by(i)});
      if (sample.count() > 0) {
        const std::optional<double> half = sample.half_width(plan.confidence);
        row.push_back(exact(sample.mean()));
        row.push_back(half ? exact(sample.mean() - *half) : "");
        row.push_back(half ? exact(sample.mean() + *half) : "");
        row.push_back(exact_or_none(sample.deviation()));
        for (const double percent : {0, 5, 25, 50, 75, 95, 100}) {
          row.push_back(exact(sample.percentile(percent)));
        }
      }
      row.resize(head.size());
      absl::StrAppend(&text, csv_row(row));
    }
  }
  return text;
}

std::string with_interval(const Sample& sample, double confidence, const std::string& plus_minus) {
  if (sample.count() == 0) return "";
  const std::optional<double> half = sample.half_width(confidence);
  if (!half || *half == 0) return absl::StrFormat("%.6g", sample.mean());
  // Two digits of what is not known, and as many of what is.
  constexpr int kMostDecimals = 9;
  const int decimals =
      std::clamp(1 - static_cast<int>(std::floor(std::log10(*half))), 0, kMostDecimals);
  return absl::StrFormat("%.*f %s %.*f", decimals, sample.mean(), plus_minus, decimals, *half);
}

std::string name_of_point(const Plan& plan, std::size_t point) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    parts.push_back(absl::StrCat(plan.keys[i], "=", plan.points[point].values[i]));
  }
  return absl::StrJoin(parts, ", ");
}

std::vector<std::size_t> main_columns(const Evaluation& evaluation, std::size_t most) {
  const Plan& plan = evaluation.plan();
  std::vector<std::size_t> columns;
  const auto add = [&](std::size_t column) {
    if (column >= plan.columns.size() || columns.size() >= most) return;
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) return;
    columns.push_back(column);
  };
  if (plan.precision) add(plan.column(plan.precision->measurement));
  for (const scenario::Plot& plot : plan.plots) add(plan.column(plot.measurement));
  if (!columns.empty()) return columns;
  // Means of series, and counters; but not what never differs.
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const std::string& name = plan.columns[i];
    const std::size_t dot = name.rfind('.');
    const bool main = dot == std::string::npos ? i >= kOfEveryRun : name.substr(dot) == ".mean";
    if (main && evaluation.differs(i)) add(i);
  }
  if (columns.empty()) add(plan.column("messages"));
  return columns;
}

std::string evaluation_text(const Evaluation& evaluation) {
  const Plan& plan = evaluation.plan();
  std::string text =
      "\n" + (plan.keys.empty() ? table_of_columns(evaluation) : table_of_points(evaluation));
  if (plan.precision && plan.keys.empty()) {
    absl::StrAppend(&text, "\n  ", evaluation.runs(0), " runs: ", ending(evaluation, 0), "\n");
  }
  const std::size_t left_out = evaluation.left_out();
  if (left_out > 0) {
    absl::StrAppend(&text, "\n  left out of these figures: ", left_out,
                    left_out == 1 ? " run that ended early\n" : " runs that ended early\n");
  }
  return text;
}

}  // namespace troupe::cli
