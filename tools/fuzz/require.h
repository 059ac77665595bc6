// require(): what a fuzzer's input must not bring about. The fuzzer keeps the input that has.
//
//   require(encode(read) == bytes, "what was read is what was written");
#pragma once

#include <cstdio>
#include <cstdlib>

namespace troupe::fuzz {

inline void require(bool good, const char* promise) {
  if (good) return;
  std::fprintf(stderr, "a promise is broken: %s\n", promise);
  std::abort();
}

}  // namespace troupe::fuzz
