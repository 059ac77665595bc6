// Identifiers on Chord's circle: m bits, arithmetic modulo 2^m, and what lies between two of them.
#pragma once

#include <cstdint>
#include <string_view>

namespace chord {

using Id = std::uint64_t;

// The circle of identifiers of m bits, 1 <= m <= 64.
class Circle {
 public:
  explicit constexpr Circle(int bits)
      : bits_(bits), mask_(bits >= 64 ? ~Id{0} : (Id{1} << bits) - 1) {}

  constexpr int bits() const { return bits_; }
  constexpr Id wrap(Id number) const { return number & mask_; }

  // How far it is clockwise from `from` to `to`.
  constexpr Id distance(Id from, Id to) const { return wrap(to - from); }

  // x in (a, b). Where a == b that is everything but a.
  constexpr bool in_open(Id x, Id a, Id b) const {
    return a == b ? x != a : 0 < distance(a, x) && distance(a, x) < distance(a, b);
  }
  // x in (a, b]. Where a == b that is the whole circle.
  constexpr bool in_half_open(Id x, Id a, Id b) const {
    return a == b || (0 < distance(a, x) && distance(a, x) <= distance(a, b));
  }

  // The first m bits of the SHA-1 of `name`, as in the papers.
  Id hash(std::string_view name) const;

 private:
  int bits_;
  Id mask_;
};

}  // namespace chord
