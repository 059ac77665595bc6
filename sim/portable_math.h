// Logarithm and exponential that give the same bits on every machine.
//
// The C library's choose their code by the processor, and differ in the last bit: enough to make
// two machines disagree about a run. These use only additions, multiplications and divisions,
// which IEEE 754 rounds in one way (compile with -ffp-contract=off). Good to about 1e-15.
#pragma once

#include <bit>
#include <cstdint>

#include "actor/random.h"

namespace troupe::sim {

// The natural logarithm. Requires x > 0, normal.
constexpr double portable_log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    ++exponent;
  }
  // log m = 2 atanh((m - 1) / (m + 1)), as a series.
  const double s = (mantissa - 1) / (mantissa + 1);
  const double s2 = s * s;
  double sum = 0;
  for (int n = 23; n >= 1; n -= 2) sum = sum * s2 + 1.0 / n;
  return 2 * s * sum + exponent * 0.6931471805599453;
}

// e to the x, for |x| < 700.
constexpr double portable_exp(double x) {
  const double scaled = x * 1.4426950408889634;
  const auto n = static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
  // ln 2 in two parts, the first exact in few bits.
  const double r = (x - static_cast<double>(n) * 0.69314718036912382) -
                   static_cast<double>(n) * 1.9082149292705877e-10;
  double sum = 1;
  for (int k = 18; k >= 1; --k) sum = 1 + r / k * sum;
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

// Newton's method, from an estimate by halving the exponent. Requires x >= 0.
constexpr double portable_sqrt(double x) {
  if (x <= 0) return 0;
  double root = std::bit_cast<double>((std::bit_cast<std::uint64_t>(x) >> 1) + 0x1ff8000000000000);
  for (int i = 0; i < 6; ++i) root = 0.5 * (root + x / root);
  return root;
}

// A normal variate with mean 0 and deviation 1 (Marsaglia's polar method).
constexpr double standard_normal(Random& random) {
  for (;;) {
    const double u = 2 * random.unit() - 1;
    const double v = 2 * random.unit() - 1;
    const double s = u * u + v * v;
    if (s > 0 && s < 1) return u * portable_sqrt(-2 * portable_log(s) / s);
  }
}

}  // namespace troupe::sim
