// Measurements: what a run has measured, by name, and its statistics.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {

// All values given under one name.
class Series {
 public:
  void add(double value) { values_.push_back(value); }
  std::size_t count() const { return values_.size(); }
  // Those that were added after the first `from`, up to the first `to`.
  Series part(std::size_t from, std::size_t to) const;
  double sum() const;
  double mean() const { return values_.empty() ? 0 : sum() / static_cast<double>(count()); }
  double min() const { return percentile(0); }
  double max() const { return percentile(100); }
  // The smallest value that at least `percent` of the values do not exceed (nearest rank).
  double percentile(double percent) const;

  struct Bin {
    double low;   // inclusive
    double high;  // exclusive, but for the last
    std::uint64_t count;
  };
  // Bins (at least two are allowed) of equal, round width that cover all values; whole numbers of a
  // small range get one each.
  std::vector<Bin> histogram(std::size_t most_bins = 20) const;

 private:
  const std::vector<double>& sorted() const;
  std::vector<double> values_;          // in the order of being added
  mutable std::vector<double> sorted_;  // as many as were there when they were last asked for
};

class Measurements {
 public:
  // What is not a number has no place among the others: it is counted, as "<name>.not_a_number".
  void add(std::string_view name, double value) {
    if (std::isnan(value)) {
      declare(name);
      count(std::string(name) + ".not_a_number", 1);
      return;
    }
    auto found = series_.find(name);
    if (found == series_.end()) found = series_.emplace(std::string(name), Series()).first;
    found->second.add(value);
  }
  void put(std::string_view name, Series series) {
    series_.insert_or_assign(std::string(name), std::move(series));
  }
  // A series that is there even if nothing is ever added to it.
  void declare(std::string_view name) { series_.try_emplace(std::string(name)); }

  void count(std::string_view name, std::int64_t by) {
    auto found = counters_.find(name);
    if (found == counters_.end()) found = counters_.emplace(std::string(name), 0).first;
    found->second += by;
  }
  // Zero where nothing was counted.
  std::int64_t counter(std::string_view name) const {
    const auto found = counters_.find(name);
    return found == counters_.end() ? 0 : found->second;
  }
  const std::map<std::string, std::int64_t, std::less<>>& counters() const { return counters_; }
  // An empty series where nothing was measured.
  const Series& operator[](std::string_view name) const;
  const std::map<std::string, Series, std::less<>>& all() const { return series_; }

 private:
  std::map<std::string, Series, std::less<>> series_;
  std::map<std::string, std::int64_t, std::less<>> counters_;
};

}  // namespace troupe
