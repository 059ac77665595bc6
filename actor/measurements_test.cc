// Statistics against their definitions.
#include "actor/measurements.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "actor/random.h"
#include "gtest/gtest.h"

namespace troupe {
namespace {

Series series_of(const std::vector<double>& values) {
  Series series;
  for (const double value : values) series.add(value);
  return series;
}

void expect_good_histogram(const std::vector<double>& values, std::size_t most_bins) {
  const Series series = series_of(values);
  const std::vector<Series::Bin> bins = series.histogram(most_bins);
  ASSERT_FALSE(bins.empty());
  EXPECT_LE(bins.size(), std::max<std::size_t>(most_bins, 2));
  EXPECT_LE(bins.front().low, series.min());
  EXPECT_GE(bins.back().high, series.max());
  std::uint64_t counted = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const bool last = i + 1 == bins.size();
    if (!last) {
      EXPECT_EQ(bins[i].high, bins[i + 1].low);
    }
    const auto right = std::count_if(values.begin(), values.end(), [&](double value) {
      return value >= bins[i].low && (last || value < bins[i].high);
    });
    EXPECT_EQ(bins[i].count, static_cast<std::uint64_t>(right));
    counted += bins[i].count;
  }
  EXPECT_EQ(counted, values.size());
}

TEST(Series, HasNoStatisticsWhereNothingWasMeasured) {
  const Series none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.sum(), 0);
  for (const char* name : {"mean", "min", "max", "deviation", "last", "p0", "p50", "p100"}) {
    EXPECT_EQ(none.statistic(name), std::nullopt) << name;
  }
  EXPECT_EQ(none.statistic("count"), 0);
  EXPECT_EQ(none.statistic("sum"), 0);
  EXPECT_TRUE(std::isnan(none.mean()));
  EXPECT_TRUE(std::isnan(none.percentile(50)));
  EXPECT_TRUE(none.histogram().empty());
}

TEST(Series, KnowsItsSumMeanAndExtremes) {
  const Series series = series_of({3, -1, 2.5, 0});
  EXPECT_EQ(series.count(), 4u);
  EXPECT_EQ(series.sum(), 4.5);
  EXPECT_EQ(series.mean(), 1.125);
  EXPECT_EQ(series.min(), -1);
  EXPECT_EQ(series.max(), 3);
}

TEST(Series, KnowsStatisticsByTheirNames) {
  const Series series = series_of({4, 1, 3, 2});
  EXPECT_EQ(series.statistic("count"), 4);
  EXPECT_EQ(series.statistic("mean"), 2.5);
  EXPECT_EQ(series.statistic("p25"), 1);
  EXPECT_EQ(series.statistic("p25.1"), 2);
  EXPECT_EQ(series.statistic("p99.9"), 4);
  EXPECT_EQ(series.statistic("last"), 2);
  EXPECT_DOUBLE_EQ(*series.statistic("deviation"), std::sqrt(5.0 / 3));
  for (const char* name : {"p0", "p100", "p99.99", "p5", "sum", "deviation"}) {
    EXPECT_TRUE(is_statistic(name)) << name;
  }
  for (const char* name : {"p", "p101", "p-1", "p1e1", "p5x", "median", "", "p99.9.9", "pinf"}) {
    EXPECT_FALSE(is_statistic(name)) << name;
  }
  for (const std::string& name : main_statistics()) EXPECT_TRUE(is_statistic(name)) << name;
}

TEST(Series, HasTheDeviationOfItsDefinition) {
  Random random(5);
  for (int round = 0; round < 100; ++round) {
    std::vector<double> values;
    const double offset = std::exp2(static_cast<double>(random.below(30)));
    for (std::uint64_t i = 2 + random.below(50); i > 0; --i) {
      values.push_back(offset + random.unit());
    }
    double mean = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double right = std::sqrt(squares / static_cast<double>(values.size() - 1));
    EXPECT_NEAR(series_of(values).deviation(), right, 1e-6 * right) << round;
  }
  EXPECT_EQ(series_of({0.1, 0.1, 0.1}).deviation(), 0);
  EXPECT_TRUE(std::isnan(series_of({7}).deviation())) << "one value says nothing about others";
}

TEST(Series, HasASumWithoutRounding) {
  EXPECT_EQ(series_of({1, 1e100, 1, -1e100}).sum(), 2);
  EXPECT_EQ(series_of({0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}).sum(), 1);
  EXPECT_EQ(series_of({1e16, 1, 1e-16}).sum(), 1e16 + 2) << "half-way, and a little more";
  EXPECT_TRUE(std::isinf(series_of({1e308, 1e308, 5}).sum()));
  EXPECT_EQ(series_of({1e308, 1e308}).mean(), 1e308);
}

TEST(Series, CountsWhatIsNotFiniteApart) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Series series = series_of({3, infinity, 1, std::nan(""), -infinity, -std::nan(""), 2});
  EXPECT_EQ(series.count(), 3u);
  EXPECT_EQ(series.infinite(), 2u);
  EXPECT_EQ(series.not_a_number(), 2u);
  EXPECT_FALSE(series.all_finite());
  EXPECT_EQ(series.max(), 3);
  EXPECT_EQ(series.last(), 2);
  EXPECT_EQ(series.percentile(50), 2);
  expect_good_histogram({3, 1, 2}, 20);
  EXPECT_EQ(series.histogram().size(), 3u);
}

TEST(Series, HasRightPercentilesWhileItGrows) {
  Random random(6);
  for (int round = 0; round < 20; ++round) {
    Series series;
    std::vector<double> values;
    for (int i = 0; i < 3000; ++i) {
      const double value = static_cast<double>(random.below(round % 2 == 0 ? 50 : 1'000'000));
      series.add(value);
      values.insert(std::ranges::upper_bound(values, value), value);
      // Many looks in a row, and few.
      if (random.below(1000) >= static_cast<std::uint64_t>(round) * 50) continue;
      const double percent = static_cast<double>(random.below(1001)) / 10;
      const auto rank = static_cast<std::size_t>(
          std::max(std::ceil(percent / 100 * static_cast<double>(values.size())), 1.0));
      ASSERT_EQ(series.percentile(percent), values[rank - 1]) << round << ", " << i;
    }
  }
}

// Above a size, percentiles have an error that is stated; everything else stays exact.
TEST(Series, KeepsItsStatedErrorWithVeryManyValues) {
  Random random(7);
  std::vector<double> values;
  Series series;
  while (values.size() < 3 * Series::kMostExact) {
    double value = std::exp2(random.unit() * 60 - 30);
    if (random.below(4) == 0) value = -value;
    if (random.below(100) == 0) value = 0;
    values.push_back(value);
    series.add(value);
    EXPECT_EQ(series.is_exact(), values.size() <= Series::kMostExact);
  }
  std::ranges::sort(values);
  for (double percent = 0; percent <= 100; percent += 0.1) {
    const auto rank = static_cast<std::size_t>(
        std::max(std::ceil(percent / 100 * static_cast<double>(values.size())), 1.0));
    const double right = values[rank - 1];
    const double found = series.percentile(percent);
    ASSERT_LE(std::abs(found), std::abs(right)) << percent;
    ASSERT_GE(std::abs(found), std::abs(right) * (1 - Series::kPercentileError)) << percent;
  }
  EXPECT_EQ(series.percentile(0), values.front());
  EXPECT_EQ(series.percentile(100), values.back());
  EXPECT_EQ(series.count(), values.size());
  std::uint64_t counted = 0;
  for (const Series::Bin& bin : series.histogram()) counted += bin.count;
  EXPECT_EQ(counted, values.size());
}

TEST(Series, IsExactForSmallWholeNumbersHoweverManyThereAre) {
  Random random(8);
  std::vector<double> values;
  Series series;
  while (values.size() < 2 * Series::kMostExact) {
    values.push_back(static_cast<double>(random.below(2048)) - 1000);
    series.add(values.back());
  }
  std::ranges::sort(values);
  for (double percent = 0; percent <= 100; percent += 0.7) {
    const auto rank = static_cast<std::size_t>(
        std::max(std::ceil(percent / 100 * static_cast<double>(values.size())), 1.0));
    ASSERT_EQ(series.percentile(percent), values[rank - 1]) << percent;
  }
}

TEST(Series, IsIndependentOfItsCopies) {
  Series one;
  for (std::size_t i = 0; i <= Series::kMostExact; ++i) one.add(1);
  Series other = one;
  for (std::size_t i = 0; i <= Series::kMostExact; ++i) other.add(5);
  EXPECT_EQ(one.percentile(99), 1);
  EXPECT_EQ(other.percentile(99), 5);
}

TEST(Series, CanBeAddedToAfterItWasAsked) {
  Series series = series_of({5});
  EXPECT_EQ(series.max(), 5);
  series.add(3);
  EXPECT_EQ(series.min(), 3);
  series.add(9);
  EXPECT_EQ(series.max(), 9);
  EXPECT_EQ(series.sum(), 17);
}

TEST(Series, HasTheSameSumInWhateverOrderItWasMeasured) {
  std::vector<double> values;
  Random random(1);
  for (int i = 0; i < 1000; ++i) values.push_back(random.unit() * std::exp2(random.below(60)));
  const double sum = series_of(values).sum();
  for (int i = 0; i < 10; ++i) {
    for (std::size_t j = values.size(); j > 1; --j)
      std::swap(values[j - 1], values[random.below(j)]);
    EXPECT_EQ(series_of(values).sum(), sum);
  }
}

// The smallest value that at least `percent` of the values do not exceed, by looking at all.
double naive_percentile(const std::vector<double>& values, double percent) {
  double best = std::numeric_limits<double>::infinity();
  for (const double candidate : values) {
    const auto not_above = std::count_if(values.begin(), values.end(),
                                         [&](double value) { return value <= candidate; });
    if (static_cast<double>(not_above) * 100 >= percent * static_cast<double>(values.size())) {
      best = std::min(best, candidate);
    }
  }
  return best;
}

TEST(Series, HasThePercentilesOfTheirDefinition) {
  Random random(2);
  for (int count = 1; count < 60; ++count) {
    std::vector<double> values;
    for (int i = 0; i < count; ++i) values.push_back(static_cast<double>(random.below(30)));
    const Series series = series_of(values);
    for (const double percent : {0.0, 1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 99.0, 100.0}) {
      EXPECT_EQ(series.percentile(percent), naive_percentile(values, percent))
          << percent << "% of " << count;
    }
  }
}

TEST(Series, HasHistogramsThatCoverEverything) {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values;
    const double scale = std::exp2(static_cast<double>(random.below(80)) - 40);
    const double offset = random.chance(0.5) ? 0 : (random.unit() - 0.5) * scale * 10;
    for (std::uint64_t i = 1 + random.below(50); i > 0; --i) {
      const double value = offset + scale * random.unit();
      values.push_back(round % 3 == 0 ? std::floor(value) : value);
    }
    SCOPED_TRACE(round);
    expect_good_histogram(values, 1 + random.below(30));
  }
}

TEST(Series, HasAHistogramWhereAllValuesAreTheSame) {
  for (const double value : {0.0, 1.0, -3.0, 0.5, 1e6, 1e15, 1e18, -1e300, 1e-300}) {
    SCOPED_TRACE(value);
    expect_good_histogram({value, value, value}, 20);
    EXPECT_EQ(series_of({value, value}).histogram().size(), 1u);
  }
}

TEST(Series, GivesEqualValuesABinThatTellsTheirValue) {
  const auto bins = series_of({0.0591, 0.0591}).histogram();
  ASSERT_EQ(bins.size(), 1u);
  EXPECT_EQ(bins[0].low, 0.0591);
  EXPECT_EQ(bins[0].high, 0.0591);
  EXPECT_EQ(bins[0].count, 2u);
}

TEST(Series, GivesWholeNumbersOfASmallRangeABinEach) {
  const auto bins = series_of({3, 5, 5, 7}).histogram();
  ASSERT_EQ(bins.size(), 5u);
  EXPECT_EQ(bins[0].low, 3);
  EXPECT_EQ(bins[2].count, 2u);
  EXPECT_EQ(bins[3].count, 0u);
}

TEST(Series, HasHistogramsWithRoundBorders) {
  std::vector<double> values;
  for (int i = 0; i <= 1000; ++i) values.push_back(i * 0.1);
  const auto bins = series_of(values).histogram(25);
  EXPECT_EQ(bins.front().low, 0);
  EXPECT_EQ(bins.front().high, 5);
  EXPECT_EQ(bins.size(), 21u);
}

TEST(Measurements, AreSeriesByName) {
  Measurements measurements;
  measurements.add("hops", 3);
  measurements.add("hops", 4);
  measurements.add("delay", 0.5);
  EXPECT_EQ(measurements["hops"].count(), 2u);
  EXPECT_EQ(measurements["delay"].sum(), 0.5);
  EXPECT_EQ(measurements["nothing"].count(), 0u);
  EXPECT_EQ(measurements.all().size(), 2u) << "asking does not add a name";
}

TEST(Measurements, PartsGetWhatIsAddedWhileTheyAreOpen) {
  Measurements whole;
  whole.add("hops", 1);
  whole.count("lost", 5);
  Measurements part;
  whole.open_part(part);
  EXPECT_TRUE(part.all().contains("hops"));
  EXPECT_TRUE(part.counters().contains("lost"));
  whole.add("hops", 2);
  whole.add("delay", 3);
  whole.count("lost", 7);
  whole.close_part(part);
  whole.add("hops", 4);
  EXPECT_EQ(part["hops"].count(), 1u);
  EXPECT_EQ(part["hops"].sum(), 2);
  EXPECT_EQ(part["delay"].sum(), 3);
  EXPECT_EQ(part.counter("lost"), 7);
  EXPECT_EQ(whole["hops"].sum(), 7);
  EXPECT_EQ(whole.counter("lost"), 12);
}

}  // namespace
}  // namespace troupe
