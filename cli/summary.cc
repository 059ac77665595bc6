// Turning an outcome into text and JSON.
#include "cli/summary.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"

namespace troupe::cli {
namespace {

using Json = nlohmann::ordered_json;
using sim::CheckResult;
using sim::Outcome;

std::string_view status_word(Outcome::Status status) {
  switch (status) {
    case Outcome::Status::kPassed:
      return "passed";
    case Outcome::Status::kFailed:
      return "failed";
    case Outcome::Status::kInterrupted:
      return "interrupted";
  }
  return "?";
}

std::string_view status_word(CheckResult::Status status) {
  switch (status) {
    case CheckResult::Status::kPassed:
      return "passed";
    case CheckResult::Status::kFailed:
      return "failed";
    case CheckResult::Status::kNotReached:
      return "not reached";
  }
  return "?";
}

// 1234567 -> "1,234,567"
std::string grouped(std::uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

// "3.2 M", "450 k"
std::string rounded(double number) {
  if (number >= 1e6) return absl::StrFormat("%.1f M", number / 1e6);
  if (number >= 1e3) return absl::StrFormat("%.0f k", number / 1e3);
  return absl::StrFormat("%.0f", number);
}

double messages_per_second(const Outcome& outcome, const RunFacts& facts) {
  return facts.wall_seconds > 0 ? static_cast<double>(outcome.messages) / facts.wall_seconds : 0;
}

// "3" for whole numbers of one value, "0.2..0.4" for others; with as many digits as tell both ends
// apart.
std::string label_of(const Series::Bin& bin, bool whole) {
  if (bin.low == bin.high) return absl::StrFormat("%g", bin.low);
  constexpr int kMostDigits = 17;
  for (int digits = 6; digits < kMostDigits; ++digits) {
    const std::string low = absl::StrFormat("%.*g", digits, bin.low);
    const std::string high = absl::StrFormat("%.*g", digits, bin.high);
    if (low == high) continue;
    return whole && bin.high - bin.low == 1 ? low : absl::StrCat(low, "..", high);
  }
  return absl::StrFormat("%.17g", bin.low);
}

std::string histogram_text(const Series& series) {
  const std::vector<Series::Bin> bins = series.histogram(16);
  std::uint64_t most = 1;
  for (const auto& bin : bins) most = std::max(most, bin.count);
  std::string text;
  for (const auto& bin : bins) {
    const auto length = static_cast<std::size_t>(
        std::ceil(40.0 * static_cast<double>(bin.count) / static_cast<double>(most)));
    absl::StrAppend(&text, absl::StrFormat("    %12s %9s %s\n", label_of(bin, series.is_whole()),
                                           grouped(bin.count), std::string(length, '#')));
  }
  return text;
}

// "  wait: 3 values are infinite and 2 are not a number, and have no part in this"; empty where all
// values are finite.
std::string not_finite_text(const std::string& name, const Series& series) {
  if (series.all_finite()) return "";
  std::vector<std::string> parts;
  const auto add = [&parts](std::uint64_t count, const char* what) {
    if (count == 0) return;
    parts.push_back(absl::StrCat(grouped(count), count == 1 ? " value is " : " values are ", what));
  };
  add(series.infinite(), "infinite");
  add(series.not_a_number(), "not a number");
  return absl::StrCat("\n  ", name, ": ", absl::StrJoin(parts, " and "),
                      "; no statistic has them in it\n");
}

}  // namespace

std::string hash_text(std::uint64_t hash) { return absl::StrFormat("0x%016x", hash); }

std::string human_summary(const scenario::Scenario& scenario, const Outcome& outcome,
                          const RunFacts& facts) {
  std::string text;
  absl::StrAppend(&text, scenario.name, ": ", scenario.algorithm->name(), " on ",
                  grouped(static_cast<std::uint64_t>(scenario.hosts)),
                  scenario.hosts == 1 ? " host" : " hosts", ", seed ", scenario.seed, "\n\n");
  if (!scenario.variables.empty()) {
    absl::StrAppend(&text, "  variables   ",
                    absl::StrJoin(scenario.variables, ", ", absl::PairFormatter("=")), "\n");
  }
  absl::StrAppend(&text, absl::StrFormat("  time        %s virtual, %.2f s wall\n",
                                         to_string(outcome.virtual_time), facts.wall_seconds));
  absl::StrAppend(&text, "  messages    ", grouped(outcome.messages), " (",
                  rounded(messages_per_second(outcome, facts)), "/s), ", grouped(outcome.events),
                  " events\n");
  absl::StrAppend(&text, absl::StrFormat("  memory      %.1f MB at most",
                                         static_cast<double>(facts.peak_memory_bytes) / 1e6));
  if (scenario.hosts >= 1000) {  // With fewer, it is the program itself.
    absl::StrAppend(&text, ", ",
                    grouped(facts.peak_memory_bytes / static_cast<std::uint64_t>(scenario.hosts)),
                    " bytes a host");
  }
  absl::StrAppend(&text, "\n");
  if (outcome.calls > 0) {
    absl::StrAppend(&text, "  calls       ", grouped(outcome.calls), ", ",
                    grouped(outcome.failed_calls), " failed");
    if (outcome.delayed_calls > 0) {
      absl::StrAppend(&text, ", ", grouped(outcome.delayed_calls), " made late (see in_flight)");
    }
    absl::StrAppend(&text, "\n");
    if (!outcome.first_failed_call.empty()) {
      absl::StrAppend(&text, "              the first: ", outcome.first_failed_call, "\n");
    }
  }
  if (!outcome.drops.empty()) {
    std::vector<std::string> parts;
    for (const auto& [reason, count] : outcome.drops) {
      parts.push_back(absl::StrCat(grouped(count), " ", reason));
    }
    absl::StrAppend(&text, "  dropped     ", absl::StrJoin(parts, ", "), "\n");
  }
  if (outcome.duplicates > 0) {
    absl::StrAppend(&text, "  duplicated  ", grouped(outcome.duplicates), "\n");
  }
  if (outcome.failures > 0) {
    absl::StrAppend(&text, "  failures    ", grouped(outcome.failures), " of one-way methods\n",
                    "              the first: ", outcome.first_failure, "\n");
  }
  for (const auto& [name, count] : outcome.measurements.counters()) {
    absl::StrAppend(&text, absl::StrFormat("  %-22s %d\n", name, count));
  }
  for (const auto& [name, series] : outcome.measurements.all()) {
    absl::StrAppend(&text, not_finite_text(name, series));
    if (series.count() == 0) continue;
    absl::StrAppend(
        &text, absl::StrFormat("\n  %s: mean %.4g, p1 %g, median %g, p99 %g, max %g of %s\n", name,
                               series.mean(), series.percentile(1), series.percentile(50),
                               series.percentile(99), series.max(), grouped(series.count())));
    absl::StrAppend(&text, histogram_text(series));
  }
  if (!outcome.checks.empty()) absl::StrAppend(&text, "\n  checks\n");
  for (const CheckResult& check : outcome.checks) {
    const char* mark = check.status == CheckResult::Status::kPassed   ? "pass"
                       : check.status == CheckResult::Status::kFailed ? "FAIL"
                                                                      : "  - ";
    absl::StrAppend(&text, "    ", mark, "  ", check.name,
                    check.detail.empty() ? "" : absl::StrCat("  (", check.detail, ")"), "\n");
    if (check.last_events.empty()) continue;
    absl::StrAppend(&text, "          what they did last, until ", to_string(check.at), ":\n");
    for (const std::string& event : check.last_events) {
      absl::StrAppend(&text, "            ", event, "\n");
    }
  }
  if (!outcome.notes.empty()) absl::StrAppend(&text, "\n  without effect\n");
  for (const std::string& note : outcome.notes) absl::StrAppend(&text, "    ", note, "\n");
  if (!outcome.who_waits.empty()) {
    constexpr std::size_t kMost = 20;
    absl::StrAppend(&text, "\n  who waits for whom\n");
    for (std::size_t i = 0; i < std::min(kMost, outcome.who_waits.size()); ++i) {
      absl::StrAppend(&text, "    ", outcome.who_waits[i], "\n");
    }
    if (outcome.who_waits.size() > kMost) {
      absl::StrAppend(&text, "    and ", outcome.who_waits.size() - kMost, " more\n");
    }
  }
  absl::StrAppend(&text, "\n  event hash  ", hash_text(outcome.event_hash), "\n");
  absl::StrAppend(&text, "  repeat      ", facts.repeat_command, "\n");
  for (const std::string& file : facts.written) {
    absl::StrAppend(&text, "  written     ", file, "\n");
  }
  absl::StrAppend(&text, "\n", scenario.name, " ", std::string(status_word(outcome.status)), "\n");
  return text;
}

std::string json_summary(const scenario::Scenario& scenario, const Outcome& outcome,
                         const RunFacts& facts) {
  Json summary;
  summary["scenario"] = scenario.name;
  summary["algorithm"] = scenario.algorithm->name();
  summary["seed"] = scenario.seed;
  Json variables = Json::object();
  for (const auto& [name, value] : scenario.variables) variables[name] = value;
  summary["variables"] = variables;
  summary["status"] = status_word(outcome.status);
  summary["reached_end"] = outcome.reached_end;
  summary["event_hash"] = hash_text(outcome.event_hash);
  summary["events"] = outcome.events;
  summary["messages"] = outcome.messages;
  summary["messages_per_second"] = std::round(messages_per_second(outcome, facts));
  summary["virtual_seconds"] = to_seconds(outcome.virtual_time);
  summary["wall_seconds"] = facts.wall_seconds;
  summary["peak_memory_bytes"] = facts.peak_memory_bytes;
  summary["hosts"] = scenario.hosts;
  summary["bytes_per_host"] = facts.peak_memory_bytes /
                              static_cast<std::uint64_t>(std::max<std::int64_t>(scenario.hosts, 1));
  summary["calls"] = outcome.calls;
  summary["failed_calls"] = outcome.failed_calls;
  summary["delayed_calls"] = outcome.delayed_calls;
  summary["one_way_failures"] = outcome.failures;
  Json drops = Json::object();
  for (const auto& [reason, count] : outcome.drops) drops[reason] = count;
  summary["drops"] = drops;
  summary["duplicated"] = outcome.duplicates;
  summary["checks"] = Json::array();
  for (const CheckResult& check : outcome.checks) {
    summary["checks"].push_back({{"name", check.name},
                                 {"status", status_word(check.status)},
                                 {"detail", check.detail},
                                 {"failed_at", to_seconds(check.at)},
                                 {"last_events", check.last_events}});
  }
  Json measurements = Json::object();
  for (const auto& [name, series] : outcome.measurements.all()) {
    Json histogram = Json::array();
    for (const auto& bin : series.histogram()) {
      histogram.push_back({{"low", bin.low}, {"high", bin.high}, {"count", bin.count}});
    }
    Json measured = Json::object();
    measured["count"] = series.count();
    for (const std::string& statistic : main_statistics()) {
      if (statistic == "count") continue;
      const std::optional<double> value = series.statistic(statistic);
      measured[statistic] = value && std::isfinite(*value) ? Json(*value) : Json();
    }
    measured["last"] = series.count() > 0 ? Json(series.last()) : Json();
    measured["infinite"] = series.infinite();
    measured["not_a_number"] = series.not_a_number();
    measured["percentile_error"] = series.is_exact() ? 0 : Series::kPercentileError;
    measured["histogram"] = histogram;
    measurements[name] = measured;
  }
  for (const auto& [name, count] : outcome.measurements.counters()) measurements[name] = count;
  summary["measurements"] = measurements;
  summary["without_effect"] = outcome.notes;
  summary["who_waits"] = outcome.who_waits;
  summary["repeat"] = facts.repeat_command;
  return summary.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

namespace {

// Empty where there is no number.
std::string number(double value) {
  return std::isnan(value) ? "" : absl::StrFormat("%.17g", value);
}

std::string metrics_head() {
  return absl::StrCat("name,", absl::StrJoin(main_statistics(), ","), ",not_finite\n");
}

// One line for each measurement, with something before it.
void append_metrics(std::string& text, const std::string& before,
                    const Measurements& measurements) {
  for (const auto& [name, count] : measurements.counters()) {
    absl::StrAppend(&text, before, name, ",", count, ",", count,
                    std::string(main_statistics().size() - 1, ','), "\n");
  }
  for (const auto& [name, series] : measurements.all()) {
    absl::StrAppend(&text, before, name);
    for (const std::string& statistic : main_statistics()) {
      const std::optional<double> value = series.statistic(statistic);
      absl::StrAppend(&text, ",", value ? number(*value) : "");
    }
    absl::StrAppend(&text, ",", series.infinite() + series.not_a_number(), "\n");
  }
}

// A cell as RFC 4180 has it.
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string metrics_csv(const Outcome& outcome) {
  std::string text = metrics_head();
  append_metrics(text, "", outcome.measurements);
  return text;
}

std::string phases_csv(const Outcome& outcome) {
  std::string text = absl::StrCat("phase,begin,end,", metrics_head());
  for (const sim::PhaseOutcome& phase : outcome.phases) {
    append_metrics(text,
                   absl::StrFormat("%s,%.17g,%.17g,", cell(phase.name), to_seconds(phase.begin),
                                   to_seconds(phase.end)),
                   phase.measurements);
  }
  return text;
}

bool has_series(const scenario::Scenario& scenario) {
  return scenario.measure_every > Duration::zero() || !scenario.measure.empty();
}

std::string series_csv(const Outcome& outcome) {
  std::string text = "time,name,count,mean,p50,p99,max\n";
  for (const sim::SeriesPoint& point : outcome.series) {
    absl::StrAppend(
        &text, absl::StrFormat("%.17g,%s,%.17g,", to_seconds(point.time), point.name, point.count));
    if (outcome.measurements.counters().contains(point.name)) {
      absl::StrAppend(&text, ",,,\n");
    } else {
      absl::StrAppend(&text, number(point.mean), ",", number(point.p50), ",", number(point.p99),
                      ",", number(point.max), "\n");
    }
  }
  return text;
}

}  // namespace troupe::cli
