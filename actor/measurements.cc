// Statistics over the values of a run.
#include "actor/measurements.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace troupe {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

// "p99.9" -> 99.9
std::optional<double> percent_of(std::string_view name) {
  if (name.size() < 2 || name[0] != 'p') return std::nullopt;
  double percent = 0;
  const char* const end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data() + 1, end, percent, std::chars_format::fixed);
  if (error != std::errc() || at != end || !(percent >= 0 && percent <= 100)) return std::nullopt;
  return percent;
}

}  // namespace

// --- Series -------------------------------------------------------------------------------------

void Series::add(double value) {
  if (!std::isfinite(value)) {
    ++(std::isnan(value) ? not_a_number_ : infinite_);
    return;
  }
  least_ = count_ == 0 ? value : std::min(least_, value);
  greatest_ = count_ == 0 ? value : std::max(greatest_, value);
  last_ = value;
  ++count_;
  whole_ = whole_ && value == std::floor(value);
  sum_.add(value);
  const double distance = value - running_mean_;
  running_mean_ += distance / static_cast<double>(count_);
  squares_ += distance * (value - running_mean_);
  if (counts_) {
    counts_->add(value);
    return;
  }
  values_.add(value);
  if (values_.size() <= kMostExact) return;
  counts_.emplace();
  for (const double each : values_.all()) counts_->add(each);
  values_ = {};
}

double Series::sum() const { return sum_.value(); }
double Series::mean() const {
  if (count_ == 0) return kNothing;
  const double all = sum();
  return std::isfinite(all) ? all / static_cast<double>(count_) : running_mean_;
}
double Series::min() const { return count_ == 0 ? kNothing : least_; }
double Series::max() const { return count_ == 0 ? kNothing : greatest_; }
double Series::last() const { return count_ == 0 ? kNothing : last_; }

double Series::deviation() const {
  if (count_ < 2) return kNothing;
  return least_ == greatest_ ? 0 : std::sqrt(squares_ / static_cast<double>(count_ - 1));
}

double Series::percentile(double percent) const {
  if (count_ == 0) return kNothing;
  const double rank = std::ceil(percent / 100 * static_cast<double>(count_));
  const std::size_t index = std::min(static_cast<std::size_t>(std::max(rank, 1.0)), count_) - 1;
  if (index == 0) return least_;
  if (index + 1 == count_) return greatest_;
  if (!counts_) return values_.at(index);
  return std::clamp(counts_->at(index), least_, greatest_);
}

std::optional<double> Series::statistic(std::string_view name) const {
  double value = kNothing;
  if (name == "count") {
    value = static_cast<double>(count_);
  } else if (name == "sum") {
    value = sum();
  } else if (name == "mean") {
    value = mean();
  } else if (name == "min") {
    value = min();
  } else if (name == "max") {
    value = max();
  } else if (name == "deviation") {
    value = deviation();
  } else if (name == "last") {
    value = last();
  } else if (const std::optional<double> percent = percent_of(name)) {
    value = percentile(*percent);
  }
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

std::vector<Series::Bin> Series::histogram(std::size_t most_bins) const {
  if (count_ == 0) return {};
  const double low = least_;
  const double high = greatest_;
  if (low == high && (!whole_ || low + 1 == low)) return {{low, low, count_}};
  // Values on both sides of a border, zero perhaps, need two.
  const auto most = static_cast<double>(std::max<std::size_t>(most_bins, 2));
  const auto bins_of = [&](double width) {
    return std::floor(high / width) - std::floor(low / width) + 1;
  };
  // The smallest of 1, 2, 5, 10, ... times a power of ten that needs no more bins than allowed.
  double width = 1;
  if (high > low && !(whole_ && bins_of(1) <= most)) {
    const double share = std::isfinite(high - low) ? (high - low) / most : high / most - low / most;
    width = std::pow(10, std::floor(std::log10(share)));
    for (int step = 0; bins_of(width) > most; ++step) width *= step % 3 == 1 ? 2.5 : 2;
  }
  const double first = std::floor(low / width);
  const double count = bins_of(width);
  std::vector<Bin> bins;
  std::uint64_t before = 0;
  for (double i = 0; i < count; ++i) {
    const double to = (first + i + 1) * width;
    const std::uint64_t up_to = i + 1 == count ? count_ : count_below(to);
    bins.push_back({(first + i) * width, to, up_to - before});
    before = up_to;
  }
  return bins;
}

std::uint64_t Series::count_below(double bound) const {
  if (counts_) return counts_->below(bound);
  const std::vector<double>& values = values_.all();
  return static_cast<std::uint64_t>(std::lower_bound(values.begin(), values.end(), bound) -
                                    values.begin());
}

bool is_statistic(std::string_view name) {
  constexpr std::string_view kNames[] = {"count", "sum", "mean", "min", "max", "deviation", "last"};
  return std::ranges::find(kNames, name) != std::end(kNames) || percent_of(name).has_value();
}

const std::vector<std::string>& main_statistics() {
  static const auto* const kNames =
      new std::vector<std::string>{"count", "sum", "mean", "deviation", "min", "p1",    "p5",
                                   "p10",   "p50", "p90",  "p95",       "p99", "p99.9", "max"};
  return *kNames;
}

// --- Measurements -------------------------------------------------------------------------------

void Measurements::add(std::string_view name, double value) {
  auto found = series_.find(name);
  if (found == series_.end()) found = series_.try_emplace(std::string(name)).first;
  found->second.add(value);
  for (Measurements* const part : parts_) part->add(name, value);
}

void Measurements::count(std::string_view name, std::int64_t by) {
  auto found = counters_.find(name);
  if (found == counters_.end()) found = counters_.emplace(std::string(name), 0).first;
  found->second += by;
  for (Measurements* const part : parts_) part->count(name, by);
}

std::int64_t Measurements::counter(std::string_view name) const {
  const auto found = counters_.find(name);
  return found == counters_.end() ? 0 : found->second;
}

const Series& Measurements::operator[](std::string_view name) const {
  static const Series kNone;
  const auto found = series_.find(name);
  return found == series_.end() ? kNone : found->second;
}

void Measurements::open_part(Measurements& part) {
  part = {};
  for (const auto& [name, series] : series_) part.declare(name);
  for (const auto& [name, value] : counters_) part.count(name, 0);
  parts_.push_back(&part);
}

void Measurements::close_part(Measurements& part) { std::erase(parts_, &part); }

}  // namespace troupe
