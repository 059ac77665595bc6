// Statistics against their definitions.
#include "actor/measurements.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
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

TEST(Series, IsAllZeroWhereNothingWasMeasured) {
  const Series none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.sum(), 0);
  EXPECT_EQ(none.mean(), 0);
  EXPECT_EQ(none.min(), 0);
  EXPECT_EQ(none.max(), 0);
  EXPECT_EQ(none.percentile(50), 0);
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

TEST(Measurements, CountWhatIsNotANumberAndLeaveItOut) {
  Measurements measurements;
  for (const double value : {3.0, std::nan(""), 1.0, -std::nan(""), 2.0}) {
    measurements.add("wait", value);
  }
  measurements.add("never", std::nan(""));
  EXPECT_EQ(measurements["wait"].count(), 3u);
  EXPECT_EQ(measurements["wait"].percentile(50), 2);
  EXPECT_EQ(measurements["wait"].max(), 3);
  EXPECT_EQ(measurements.counter("wait.not_a_number"), 2);
  EXPECT_EQ(measurements.counter("never.not_a_number"), 1);
  EXPECT_TRUE(measurements.all().contains("never"));
}

}  // namespace
}  // namespace troupe
