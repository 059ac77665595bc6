// Statistics over the values of a run.
#include "actor/measurements.h"

#include <algorithm>
#include <cmath>

namespace troupe {

double Series::sum() const {
  // In the order of measuring would differ after sorting; so always sorted.
  sort();
  double sum = 0;
  for (const double value : values_) sum += value;
  return sum;
}

void Series::sort() const {
  if (sorted_) return;
  std::sort(values_.begin(), values_.end());
  sorted_ = true;
}

double Series::percentile(double percent) const {
  if (values_.empty()) return 0;
  sort();
  const double rank = std::ceil(percent / 100 * static_cast<double>(values_.size()));
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  return values_[std::min(index, values_.size() - 1)];
}

std::vector<Series::Bin> Series::histogram(std::size_t most_bins) const {
  std::vector<Bin> bins;
  if (values_.empty()) return bins;
  sort();
  const double low = values_.front();
  const double high = values_.back();
  // Values on both sides of a border, zero perhaps, need two.
  const auto most = static_cast<double>(std::max<std::size_t>(most_bins, 2));
  const auto bins_of = [&](double width) {
    return std::floor(high / width) - std::floor(low / width) + 1;
  };
  const bool whole = std::all_of(values_.begin(), values_.end(),
                                 [](double value) { return value == std::floor(value); });
  // The smallest of 1, 2, 5, 10, ... times a power of ten that needs no more bins than allowed.
  double width = 1;
  if (high > low && !(whole && bins_of(1) <= most)) {
    width = std::pow(10, std::floor(std::log10((high - low) / most)));
    for (int step = 0; bins_of(width) > most; ++step) width *= step % 3 == 1 ? 2.5 : 2;
  }
  const double first = std::floor(low / width);
  const double count = bins_of(width);
  auto at = values_.begin();
  for (double i = 0; i < count; ++i) {
    const double to = (first + i + 1) * width;
    const auto end = i + 1 == count ? values_.end() : std::lower_bound(at, values_.end(), to);
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
