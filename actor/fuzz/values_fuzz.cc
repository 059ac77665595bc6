// What must hold for all bytes that somebody sends as the arguments of a call, or as its result:
// they are refused, or they are values that come out of their own encoding as they went in. A
// fuzzer calls this (--config=fuzz), and a test does with what the fuzzer has found worth keeping.
//
// The first byte chooses the types; the rest are the bytes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "actor/actor_id.h"
#include "actor/codec.h"
#include "actor/error.h"
#include "actor/time.h"
#include "tools/fuzz/require.h"

namespace {

using troupe::decode_fields;
using troupe::encode_fields;
using troupe::fuzz::require;

enum class Color : std::uint8_t { kRed, kGreen };

struct Point {
  double x = 0;
  float y = 1;
  FIELDS(x, y)
};

struct Tree {
  std::int16_t value = -1;
  std::vector<Tree> branches;
  FIELDS(value, branches)
};

template <class... Values>
void try_values(std::string_view bytes) {
  std::tuple<Values...> values;
  if (!decode_fields(bytes, values)) return;
  const std::string encoded = encode_fields(values);
  std::tuple<Values...> again;
  require(decode_fields(encoded, again), "what was written can be read");
  require(encode_fields(again) == encoded, "what was read is what was written");
}

constexpr void (*kTypes[])(std::string_view) = {
    try_values<std::int32_t, std::uint64_t, bool, std::string, Color>,
    try_values<std::vector<std::uint32_t>, std::vector<std::string>, std::vector<bool>>,
    try_values<std::map<std::string, std::vector<int>>, std::set<std::string>, std::set<int>>,
    try_values<Tree, std::optional<Tree>, std::vector<Point>>,
    try_values<troupe::Duration, troupe::Time, double, float, troupe::Bytes>,
    try_values<std::array<std::uint16_t, 4>, std::pair<int, std::string>, std::tuple<int, Point>>,
    try_values<std::optional<int>, std::optional<std::vector<Point>>, std::map<int, Tree>>,
    try_values<troupe::ActorId, std::vector<troupe::ActorId>, std::optional<troupe::ActorId>>,
    try_values<absl::Status>,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  kTypes[data[0] % std::size(kTypes)](bytes);
  return 0;
}
