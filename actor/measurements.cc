// Statistics over the values of a run.
#include "actor/measurements.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace troupe {

double Series::sum() const {
  // In an order that does not depend on when things were measured.
  double sum = 0;
  for (const double value : sorted()) sum += value;
  return sum;
}

const std::vector<double>& Series::sorted() const {
  const auto known = static_cast<std::ptrdiff_t>(sorted_.size());
  if (sorted_.size() < values_.size()) {
    std::vector<double> newer(values_.begin() + known, values_.end());
    std::sort(newer.begin(), newer.end());
    std::vector<double> all(values_.size());
    std::merge(sorted_.begin(), sorted_.end(), newer.begin(), newer.end(), all.begin());
    sorted_ = std::move(all);
  }
  return sorted_;
}

Series Series::part(std::size_t from, std::size_t to) const {
  Series part;
  to = std::min(to, values_.size());
  from = std::min(from, to);
  part.values_.assign(values_.begin() + static_cast<std::ptrdiff_t>(from),
                      values_.begin() + static_cast<std::ptrdiff_t>(to));
  return part;
}

double Series::percentile(double percent) const {
  const std::vector<double>& values = sorted();
  if (values.empty()) return 0;
  const double rank = std::ceil(percent / 100 * static_cast<double>(values.size()));
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  return values[std::min(index, values.size() - 1)];
}

std::vector<Series::Bin> Series::histogram(std::size_t most_bins) const {
  std::vector<Bin> bins;
  const std::vector<double>& values = sorted();
  if (values.empty()) return bins;
  const double low = values.front();
  const double high = values.back();
  // Values on both sides of a border, zero perhaps, need two.
  const auto most = static_cast<double>(std::max<std::size_t>(most_bins, 2));
  const auto bins_of = [&](double width) {
    return std::floor(high / width) - std::floor(low / width) + 1;
  };
  const bool whole = std::all_of(values.begin(), values.end(),
                                 [](double value) { return value == std::floor(value); });
  // The smallest of 1, 2, 5, 10, ... times a power of ten that needs no more bins than allowed.
  double width = 1;
  if (high > low && !(whole && bins_of(1) <= most)) {
    width = std::pow(10, std::floor(std::log10((high - low) / most)));
    for (int step = 0; bins_of(width) > most; ++step) width *= step % 3 == 1 ? 2.5 : 2;
  }
  const double first = std::floor(low / width);
  const double count = bins_of(width);
  auto at = values.begin();
  for (double i = 0; i < count; ++i) {
    const double to = (first + i + 1) * width;
    const auto end = i + 1 == count ? values.end() : std::lower_bound(at, values.end(), to);
    bins.push_back({(first + i) * width, to, static_cast<std::uint64_t>(end - at)});
    at = end;
  }
  return bins;
}

const Series& Measurements::operator[](std::string_view name) const {
  static const Series kNone;
  const auto found = series_.find(name);
  return found == series_.end() ? kNone : found->second;
}

}  // namespace troupe
