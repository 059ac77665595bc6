// From statistics to a script for gnuplot, and from its SVG to what a page can hold.
#include "cli/plot.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/program.h"
#include "scenario/units.h"

namespace troupe::cli {
namespace {

using scenario::Plot;

constexpr auto kDeadline = std::chrono::seconds(60);
constexpr std::size_t kMostMeasurements = 6;
// Colours that also those see apart who see few (Okabe and Ito).
constexpr const char* kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                    "#e69f00", "#56b4e9", "#000000"};

// A text as gnuplot takes it.
std::string gnuplot_string(const std::string& text) {
  return absl::StrCat(
      "\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", " "}, {"`", "'"}}),
      "\"");
}

// A value of a key as a number, where it is one: durations in seconds, percentages as they are.
std::optional<double> number_of(const std::string& text) {
  if (const auto number = scenario::parse_number(text).value) return number;
  if (text.ends_with('%')) return scenario::parse_number(text.substr(0, text.size() - 1)).value;
  if (const auto time = scenario::parse_duration(text).value) return to_seconds(*time);
  return std::nullopt;
}

// Where the points of a plot stand: along one key, in one series for each combination of the
// others.
struct Layout {
  std::vector<std::string> ticks;          // the values of the key, in order
  std::vector<double> positions;           // of the ticks
  bool numbers = false;                    // positions are the values themselves
  std::vector<std::string> series;         // names
  std::vector<std::size_t> tick_of_point;  // for each point
  std::vector<std::size_t> series_of_point;
};

std::size_t index_in(std::vector<std::string>& all, const std::string& one) {
  const auto found = std::find(all.begin(), all.end(), one);
  if (found != all.end()) return static_cast<std::size_t>(found - all.begin());
  all.push_back(one);
  return all.size() - 1;
}

Layout layout_of(const Plan& plan, const Plot& plot) {
  Layout layout;
  std::size_t along = 0;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    if (plan.keys[i] == plot.over) along = i;
  }
  for (const scenario::Point& point : plan.points) {
    std::vector<std::string> others;
    for (std::size_t i = 0; i < plan.keys.size(); ++i) {
      if (i != along) others.push_back(absl::StrCat(plan.keys[i], " = ", point.values[i]));
    }
    layout.series_of_point.push_back(index_in(layout.series, absl::StrJoin(others, ", ")));
    const std::string tick = plan.keys.empty() ? "" : point.values[along];
    layout.tick_of_point.push_back(index_in(layout.ticks, tick));
  }
  for (const std::string& tick : layout.ticks) {
    if (const std::optional<double> number = number_of(tick)) layout.positions.push_back(*number);
  }
  layout.numbers = plot.kind == Plot::Kind::kLine && layout.positions.size() == layout.ticks.size();
  if (layout.numbers && plot.logarithmic) {
    layout.numbers = *std::min_element(layout.positions.begin(), layout.positions.end()) > 0;
  }
  if (!layout.numbers) {
    layout.positions.clear();
    for (std::size_t i = 0; i < layout.ticks.size(); ++i) {
      layout.positions.push_back(static_cast<double>(i));
    }
  }
  return layout;
}

std::string number(double value) { return absl::StrFormat("%.9g", value); }

// The lines of one series: x, and the statistics that its kind of plot needs.
std::string data_of(const Evaluation& evaluation, const Plot& plot, const Layout& layout,
                    std::size_t series) {
  const std::size_t column = evaluation.plan().column(plot.measurement);
  std::map<double, std::string> lines;
  bool any = false;
  for (std::size_t i = 0; i < evaluation.plan().points.size(); ++i) {
    const Sample& sample = evaluation.sample(i, column);
    if (layout.series_of_point[i] != series) continue;
    double x = layout.positions[layout.tick_of_point[i]];
    if (sample.count() == 0) {
      lines[x] = "\n";  // A line is not drawn across where nothing was measured.
      continue;
    }
    any = true;
    std::vector<std::string> values;
    if (plot.kind == Plot::Kind::kLine) {
      const double half = sample.half_width(evaluation.plan().confidence).value_or(0);
      values = {number(sample.mean()), number(sample.mean() - half), number(sample.mean() + half)};
    } else {
      const auto count = static_cast<double>(layout.series.size());
      x += (static_cast<double>(series) - (count - 1) / 2) * 0.8 / count;
      for (const double percent : {25, 0, 100, 75, 50}) {
        values.push_back(number(sample.percentile(percent)));
      }
    }
    lines[x] = absl::StrCat(number(x), " ", absl::StrJoin(values, " "), "\n");
  }
  std::string text;
  if (!any) return text;
  for (const auto& [x, line] : lines) absl::StrAppend(&text, line);
  return text;
}

std::string ticks_of(const Layout& layout) {
  constexpr std::size_t kMostTicks = 16;
  const std::size_t each = (layout.ticks.size() + kMostTicks - 1) / kMostTicks;
  std::vector<std::string> ticks;
  for (std::size_t i = 0; i < layout.ticks.size(); i += each) {
    // A tick's text is a format.
    ticks.push_back(
        absl::StrCat(gnuplot_string(absl::StrReplaceAll(layout.ticks[i], {{"%", "%%"}})), " ",
                     number(layout.positions[i])));
  }
  return absl::StrJoin(ticks, ", ");
}

// The horizontal axis of numbers: a little more than what there is.
std::string range_of(const Layout& layout, bool logarithmic) {
  const auto [least, most] = std::minmax_element(layout.positions.begin(), layout.positions.end());
  const double edge = *most > *least ? (*most - *least) * 0.05 : 0.5;
  return absl::StrCat("set xrange [",
                      logarithmic ? absl::StrCat(number(*least / 1.2), ":", number(*most * 1.2))
                                  : absl::StrCat(number(*least - edge), ":", number(*most + edge)),
                      "]\nset offsets 0, 0, graph 0.05, graph 0.05\n");
}

// The commands for one plot; empty where it has no data.
std::string script_of(const Evaluation& evaluation, const Plot& plot, std::size_t index) {
  const Layout layout = layout_of(evaluation.plan(), plot);
  const bool line = plot.kind == Plot::Kind::kLine;
  std::string blocks;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < layout.series.size(); ++i) {
    const std::string data = data_of(evaluation, plot, layout, i);
    if (data.empty()) continue;
    const std::string name = absl::StrCat("$data_", index, "_", i);
    absl::StrAppend(&blocks, name, " << END\n", data, "END\n");
    const std::string colour = absl::StrCat(" lc rgb \"", kColours[i % std::size(kColours)], "\"");
    const std::string title =
        layout.series[i].empty() ? " notitle" : " title " + gnuplot_string(layout.series[i]);
    if (line) {
      parts.push_back(
          absl::StrCat(name, " using 1:2 with linespoints pt 7 ps 0.5 lw 1.5", colour, title));
      parts.push_back(
          absl::StrCat(name, " using 1:2:3:4 with yerrorbars pt 7 ps 0.5", colour, " notitle"));
    } else {
      parts.push_back(absl::StrCat(name, " using 1:2:3:4:5 with candlesticks whiskerbars 0.5",
                                   colour, " fs solid 0.25 border", title));
      parts.push_back(
          absl::StrCat(name, " using 1:6:6:6:6 with candlesticks lw 2", colour, " notitle"));
    }
  }
  if (parts.empty()) return "";
  const std::string over =
      plot.over.empty() && !evaluation.plan().keys.empty() ? evaluation.plan().keys[0] : plot.over;
  return absl::StrCat(
      "reset\n", blocks, "set output \"", index, ".svg\"\n", "set grid lc rgb \"#dddddd\"\n",
      "set border 3\nset tics nomirror\nset xtics rotate by -30\nset xtics (", ticks_of(layout),
      ")\n", "set xlabel ", gnuplot_string(over), "\nset ylabel ", gnuplot_string(plot.measurement),
      "\n", layout.numbers && plot.logarithmic ? "set logscale x\n" : "",
      layout.numbers ? range_of(layout, plot.logarithmic)
                     : absl::StrCat("set xrange [-0.6:", layout.ticks.size() - 1, ".6]\n",
                                    "set offsets 0, 0, graph 0.05, graph 0.05\n", "set boxwidth ",
                                    number(0.6 / static_cast<double>(layout.series.size())), "\n"),
      layout.series.size() > 1 ? "set key outside bottom center horizontal\n" : "unset key\n",
      "plot ", absl::StrJoin(parts, ", \\\n  "), "\nunset output\n");
}

// What stands between <svg and </svg>, with ids of its own.
std::string element_of(const std::string& file, std::size_t index) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream contents;
  contents << in.rdbuf();
  const std::string text = contents.str();
  const std::size_t begin = text.find("<svg");
  const std::size_t end = text.rfind("</svg>");
  if (begin == std::string::npos || end == std::string::npos) return "";
  const std::string prefix = absl::StrCat("plot", index + 1, "-");
  return absl::StrReplaceAll(text.substr(begin, end - begin) + "</svg>",
                             {{" id='", absl::StrCat(" id='", prefix)},
                              {" id=\"", absl::StrCat(" id=\"", prefix)},
                              {"href='#", absl::StrCat("href='#", prefix)},
                              {"href=\"#", absl::StrCat("href=\"#", prefix)},
                              {"url(#", absl::StrCat("url(#", prefix)}});
}

absl::Status temporary_folder_is_full(const TemporaryFolder& folder) {
  return absl::DataLossError(
      absl::StrCat("a file in ", folder.path(), " could not be written: is the disk full?"));
}

}  // namespace

std::vector<Plot> plots_of(const Evaluation& evaluation) {
  const Plan& plan = evaluation.plan();
  if (!plan.plots.empty()) return plan.plots;
  std::vector<Plot> plots;
  for (const std::size_t column : main_columns(evaluation, kMostMeasurements)) {
    Plot plot;
    plot.measurement = plan.columns[column];
    if (!plan.keys.empty()) {
      plot.over = plan.keys[0];
      plots.push_back(plot);
    }
    plot.kind = Plot::Kind::kBox;
    plots.push_back(plot);
  }
  return plots;
}

absl::StatusOr<std::vector<std::string>> draw(const Evaluation& evaluation,
                                              const std::vector<Plot>& plots) {
  const TemporaryFolder folder;
  if (!folder.ok()) return folder.status();
  std::string script =
      "set encoding utf8\nset terminal svg size 640,400 noenhanced font \"sans-serif,13\"\n";
  std::vector<bool> has_data;
  for (std::size_t i = 0; i < plots.size(); ++i) {
    const std::string commands = script_of(evaluation, plots[i], i);
    has_data.push_back(!commands.empty());
    absl::StrAppend(&script, commands);
  }
  std::ofstream file(folder.file("script"), std::ios::binary);
  file << script;
  file.close();
  if (!file) return temporary_folder_is_full(folder);
  // What the user or the machine has set for gnuplot must not change a report.
  const absl::StatusOr<Finished> finished =
      run_program({"gnuplot", "--default-settings", "script"}, folder.path(), kDeadline);
  if (!finished.ok()) return finished.status();
  if (finished->exit_code != 0) {
    return absl::InternalError(absl::StrCat("gnuplot did not draw: ", finished->errors));
  }
  std::vector<std::string> elements;
  for (std::size_t i = 0; i < plots.size(); ++i) {
    elements.push_back(element_of(folder.file(absl::StrCat(i, ".svg")), i));
    if (has_data[i] && elements.back().empty()) return temporary_folder_is_full(folder);
  }
  return elements;
}

}  // namespace troupe::cli
