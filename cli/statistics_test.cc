// Student's distribution against published tables, and samples against sums by hand.
#include "cli/statistics.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace troupe::cli {
namespace {

struct TableEntry {
  std::uint64_t degrees;
  double probability;
  double quantile;
};

TEST(Student, QuantilesAreThoseOfTheTables) {
  // NIST/SEMATECH e-Handbook, table of critical values of Student's t.
  const std::vector<TableEntry> table = {
      {1, 0.90, 3.078},    {1, 0.975, 12.706},   {1, 0.99, 31.821},       {2, 0.95, 2.920},
      {2, 0.975, 4.303},   {3, 0.975, 3.182},    {4, 0.995, 4.604},       {5, 0.975, 2.571},
      {9, 0.975, 2.262},   {10, 0.999, 4.144},   {15, 0.95, 1.753},       {19, 0.975, 2.093},
      {30, 0.975, 2.042},  {31, 0.995, 2.744},   {60, 0.95, 1.671},       {99, 0.975, 1.984},
      {100, 0.999, 3.174}, {1000, 0.975, 1.962}, {100'000, 0.975, 1.960},
  };
  for (const TableEntry& entry : table) {
    EXPECT_NEAR(student_quantile(entry.probability, entry.degrees), entry.quantile, 0.00051)
        << entry.degrees << " degrees, " << entry.probability;
  }
}

TEST(Student, TheMiddleIsZero) {
  for (const std::uint64_t degrees : {1, 2, 7, 999, 5000}) {
    EXPECT_NEAR(student_quantile(0.5, degrees), 0, 1e-12);
  }
}

// A quantile is right if the density, summed up from 0 to it, gives the probability.
double area(double to, double degrees) {
  const double scale = std::exp(std::lgamma((degrees + 1) / 2) - std::lgamma(degrees / 2)) /
                       std::sqrt(degrees * M_PI);
  const auto density = [&](double t) {
    return scale * std::pow(1 + t * t / degrees, -(degrees + 1) / 2);
  };
  constexpr int kSteps = 4000;  // Simpson's rule
  const double width = to / kSteps;
  double sum = density(0) + density(to);
  for (int i = 1; i < kSteps; ++i) sum += (i % 2 == 1 ? 4 : 2) * density(i * width);
  return sum * width / 3;
}

TEST(Student, QuantilesEncloseTheirProbability) {
  for (const std::uint64_t degrees :
       {1, 2, 3, 4, 5, 8, 17, 64, 255, 998, 999, 1000, 1001, 20'000}) {
    for (const double probability : {0.6, 0.75, 0.9, 0.95, 0.975, 0.995, 0.9995}) {
      const double t = student_quantile(probability, degrees);
      EXPECT_NEAR(0.5 + area(t, static_cast<double>(degrees)), probability, 1e-7)
          << degrees << " degrees";
    }
  }
}

TEST(Student, ManyDegreesJoinFewWithoutAStep) {
  for (const double probability : {0.75, 0.975, 0.9995}) {
    const double before = student_quantile(probability, 1000) - student_quantile(probability, 999);
    const double across = student_quantile(probability, 1001) - student_quantile(probability, 1000);
    EXPECT_NEAR(before, across, 5e-8);
  }
}

TEST(Sample, AFewValuesByHand) {
  const Sample sample({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(sample.count(), 8u);
  EXPECT_DOUBLE_EQ(sample.mean(), 5);
  EXPECT_DOUBLE_EQ(*sample.deviation(), std::sqrt(32.0 / 7));
  EXPECT_NEAR(*sample.half_width(0.95), 2.3646 * std::sqrt(32.0 / 7 / 8), 1e-4);
  EXPECT_EQ(sample.least(), 2);
  EXPECT_EQ(sample.percentile(25), 4);
  EXPECT_EQ(sample.percentile(50), 4);
  EXPECT_EQ(sample.percentile(75), 5);
  EXPECT_EQ(sample.percentile(87.6), 9);
  EXPECT_EQ(sample.most(), 9);
}

TEST(Sample, OneValueHasNoInterval) {
  const Sample sample({3});
  EXPECT_EQ(sample.mean(), 3);
  EXPECT_FALSE(sample.deviation());
  EXPECT_FALSE(sample.half_width(0.95));
  EXPECT_EQ(sample.percentile(50), 3);
}

// Ten runs without a failure do not tell that there will never be one.
TEST(Sample, EqualValuesHaveNoInterval) {
  for (const double value : {0.0, 0.1, 1e9}) {
    const Sample sample(std::vector<double>(10, value));
    EXPECT_FALSE(sample.half_width(0.95)) << value;
    EXPECT_EQ(*sample.deviation(), 0) << value;
  }
  EXPECT_TRUE(Sample({0, 0, 0, 1}).half_width(0.95));
}

// Of many intervals from samples of a known mean, so many hold it as they should.
TEST(Sample, IntervalsHoldTheMeanAsOftenAsTheySay) {
  std::mt19937_64 random(7);
  constexpr int kIntervals = 20'000;
  for (const std::size_t size : {2, 5, 30}) {
    int held = 0;
    for (int i = 0; i < kIntervals; ++i) {
      std::vector<double> values;
      // Twelve uniform values make nearly a normal one, on every machine the same.
      while (values.size() < size) {
        double sum = -6;
        for (int k = 0; k < 12; ++k) sum += static_cast<double>(random() >> 11) * 0x1p-53;
        values.push_back(10 + sum);
      }
      const Sample sample(std::move(values));
      held += std::abs(sample.mean() - 10) <= *sample.half_width(0.9) ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(held) / kIntervals, 0.9, 0.01) << "samples of " << size;
  }
}

}  // namespace
}  // namespace troupe::cli
