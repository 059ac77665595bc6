// HTML by hand: headings, tables, figures.
#include "cli/page.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace troupe::cli {
namespace {

constexpr std::size_t kMostColumns = 6;
constexpr std::size_t kMostFailures = 100;

constexpr char kStyle[] = R"(
:root { color-scheme: light; }
body { font: 15px/1.5 sans-serif; max-width: 84rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff; }
h1 { margin-bottom: 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.8rem; border-bottom: 1px solid #ddd; text-align: right; }
th { border-bottom: 2px solid #888; vertical-align: bottom; }
th.key, td.key { text-align: left; }
td.failed { color: #b00020; font-weight: bold; }
.wide { overflow-x: auto; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; flex: 1 1 34rem; max-width: 48rem; }
figure svg { width: 100%; height: auto; }
figcaption { font-weight: bold; }
code { font-family: monospace; overflow-wrap: anywhere; }
details { margin: 0.5rem 0; }
)";

std::string escaped(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

struct Cell {
  std::string text;
  std::string style = {};  // a class of kStyle
};

std::string row(const std::vector<Cell>& cells, const char* element) {
  std::string text = "<tr>";
  for (const Cell& cell : cells) {
    absl::StrAppend(&text, "<", element,
                    cell.style.empty() ? "" : absl::StrCat(" class=\"", cell.style, "\""), ">",
                    escaped(cell.text), "</", element, ">");
  }
  return text + "</tr>\n";
}

std::string table(const std::vector<Cell>& head, const std::vector<std::vector<Cell>>& rows) {
  std::string text = "<div class=\"wide\"><table>\n<thead>" + row(head, "th") + "</thead>\n<tbody>";
  for (const std::vector<Cell>& cells : rows) absl::StrAppend(&text, row(cells, "td"));
  return text + "</tbody>\n</table></div>\n";
}

std::vector<Cell> keys_of(const Plan& plan) {
  std::vector<Cell> cells;
  for (const std::string& key : plan.keys) cells.push_back({key, "key"});
  return cells;
}

std::vector<Cell> values_of(const Plan& plan, std::size_t point) {
  std::vector<Cell> cells;
  for (const std::string& value : plan.points[point].values) cells.push_back({value, "key"});
  return cells;
}

std::string table_of_points(const Evaluation& evaluation) {
  const Plan& plan = evaluation.plan();
  const std::vector<std::size_t> columns = main_columns(evaluation, kMostColumns);
  std::vector<Cell> head = keys_of(plan);
  head.insert(head.end(), {{"runs"}, {"not passed"}});
  if (evaluation.left_out() > 0) head.push_back({"left out"});
  if (plan.precision) head.push_back({"ended by"});
  for (const std::size_t column : columns) head.push_back({plan.columns[column]});
  std::vector<std::vector<Cell>> rows;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    std::vector<Cell> cells = values_of(plan, i);
    cells.push_back({absl::StrCat(evaluation.runs(i))});
    cells.push_back(
        {absl::StrCat(evaluation.not_passed(i)), evaluation.not_passed(i) > 0 ? "failed" : ""});
    if (evaluation.left_out() > 0) cells.push_back({absl::StrCat(evaluation.left_out(i))});
    if (plan.precision) cells.push_back({evaluation.ended_by(i)});
    for (const std::size_t column : columns) {
      cells.push_back({with_interval(evaluation.sample(i, column), plan.confidence, "±")});
    }
    rows.push_back(std::move(cells));
  }
  return table(head, rows);
}

std::string shown(double value) { return absl::StrFormat("%.6g", value); }

std::string table_of_column(const Evaluation& evaluation, std::size_t column) {
  const Plan& plan = evaluation.plan();
  std::vector<Cell> head = keys_of(plan);
  head.insert(head.end(), {{"runs"},
                           {"mean"},
                           {"deviation"},
                           {"min"},
                           {"p5"},
                           {"p25"},
                           {"p50"},
                           {"p75"},
                           {"p95"},
                           {"max"}});
  std::vector<std::vector<Cell>> rows;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    const Sample& sample = evaluation.sample(i, column);
    std::vector<Cell> cells = values_of(plan, i);
    cells.push_back({absl::StrCat(sample.count())});
    cells.push_back({with_interval(sample, plan.confidence, "±")});
    cells.push_back({sample.deviation() ? shown(*sample.deviation()) : ""});
    for (const double percent : {0, 5, 25, 50, 75, 95, 100}) {
      cells.push_back({sample.count() > 0 ? shown(sample.percentile(percent)) : ""});
    }
    rows.push_back(std::move(cells));
  }
  return absl::StrCat("<details><summary>", escaped(plan.columns[column]), "</summary>\n",
                      table(head, rows), "</details>\n");
}

std::string figures(const PageFacts& facts) {
  if (facts.drawings.empty()) return absl::StrCat("<p>", escaped(facts.no_plots), "</p>\n");
  std::string text = "<div class=\"plots\">\n";
  for (std::size_t i = 0; i < facts.drawings.size(); ++i) {
    if (facts.drawings[i].empty()) continue;
    const scenario::Plot& plot = facts.plots[i];
    absl::StrAppend(&text, "<figure><figcaption>", escaped(plot.measurement),
                    plot.kind == scenario::Plot::Kind::kLine ? ": means and intervals"
                                                             : ": quartiles, least and most",
                    "</figcaption>\n", facts.drawings[i], "\n</figure>\n");
  }
  return text + "</div>\n";
}

std::string failures(const Evaluation& evaluation, const PageFacts& facts) {
  if (evaluation.not_passed() == 0) return "";
  std::string text = "<h2>Runs that did not pass</h2>\n<ul>\n";
  std::size_t told = 0;
  for (const auto& [run, result] : evaluation.results()) {
    if (result.status == "passed") continue;
    if (told++ == kMostFailures) break;
    absl::StrAppend(&text, "<li>", escaped(result.failure), "<br><code>",
                    escaped(facts.repeat_command(run)), "</code></li>\n");
  }
  absl::StrAppend(&text, "</ul>\n");
  if (evaluation.not_passed() > kMostFailures) {
    absl::StrAppend(&text, "<p>and ", evaluation.not_passed() - kMostFailures, " more</p>\n");
  }
  return text;
}

// A sentence about runs that have no part in the statistics, with a space before it.
std::string left_out(const Evaluation& evaluation) {
  if (evaluation.left_out() == 0) return "";
  return absl::StrCat(" ", evaluation.left_out(),
                      " of the runs ended early and have no part in the statistics.");
}

}  // namespace

std::string page(const Evaluation& evaluation, const PageFacts& facts) {
  const Plan& plan = evaluation.plan();
  const std::string confidence = absl::StrCat(plan.confidence * 100, "%");
  std::string text = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      escaped(plan.name), "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<h1>",
      escaped(plan.name), "</h1>\n<p>", escaped(plan.description), "</p>\n");
  absl::StrAppend(&text, "<p>", escaped(plan.algorithm), ", ", evaluation.results().size(),
                  " runs, ", evaluation.not_passed(), " of which did not pass. Intervals hold the ",
                  "true mean with a probability of ", confidence, ".", left_out(evaluation),
                  "</p>\n<h2>Results</h2>\n", table_of_points(evaluation), "<h2>Plots</h2>\n",
                  figures(facts), failures(evaluation, facts), "<h2>All measurements</h2>\n");
  for (std::size_t column = 0; column < plan.columns.size(); ++column) {
    if (evaluation.is_measured(column)) {
      absl::StrAppend(&text, table_of_column(evaluation, column));
    }
  }
  absl::StrAppend(&text, "<p>Made by <code>", escaped(facts.command), "</code></p>\n",
                  "</body>\n</html>\n");
  return text;
}

}  // namespace troupe::cli
