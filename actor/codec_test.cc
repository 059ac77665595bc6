// Codec<T> against protobuf's own library, and against bytes that nobody should send.
#include "actor/codec.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actor/codec_test.pb.h"
#include "actor/random.h"
#include "actor/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe {
namespace {

using testing::ElementsAre;
using wire::AllKinds;

enum class Unsigned : std::uint16_t { kNone = 0, kMost = 65535 };
enum class Signed : std::int8_t { kLeast = -128, kNone = 0, kMost = 127 };

struct Point {
  std::int32_t x = 0;
  std::string label;
  FIELDS(x, label)
  friend bool operator==(const Point&, const Point&) = default;
};

// The C++ twin of AllKinds in codec_test.proto.
struct Twin {
  std::uint64_t large = 0;
  std::int32_t small = 0;
  bool flag = false;
  double real = 0;
  float single = 0;
  std::string text;
  Point point;
  std::vector<std::uint32_t> numbers;
  std::vector<std::string> texts;
  std::vector<Point> points;
  std::map<std::string, std::int64_t> table;
  std::optional<std::int32_t> maybe;
  std::vector<double> reals;
  std::vector<bool> flags;
  Duration span{};
  std::vector<Duration> spans;
  std::set<std::int32_t> set;
  std::vector<float> singles;
  FIELDS(large, small, flag, real, single, text, point, numbers, texts, points, table, maybe, reals,
         flags, span, spans, set, singles)
  friend bool operator==(const Twin&, const Twin&) = default;
};

Twin full_twin() {
  return {.large = ~std::uint64_t{0},
          .small = std::numeric_limits<std::int32_t>::min(),
          .flag = true,
          .real = -0.1,
          .single = 1.5e-40f,
          .text = std::string("a\0b", 3),
          .point = {-1, "p"},
          .numbers = {0, 1, 127, 128, 4294967295u},
          .texts = {"", "x"},
          .points = {{}, {2147483647, "q"}},
          .table = {{"", 0}, {"k", std::numeric_limits<std::int64_t>::min()}},
          .maybe = 0,
          .reals = {0.0, -1.0, std::numeric_limits<double>::infinity()},
          .flags = {true, false, true},
          .span = -1ns,
          .spans = {0ns, 1h},
          .set = {-5, 0, 5},
          .singles = {0.5f, -2.0f}};
}

AllKinds full_message() {
  const Twin twin = full_twin();
  AllKinds message;
  message.set_large(twin.large);
  message.set_small(twin.small);
  message.set_flag(twin.flag);
  message.set_real(twin.real);
  message.set_single(twin.single);
  message.set_text(twin.text);
  message.mutable_point()->set_x(twin.point.x);
  message.mutable_point()->set_label(twin.point.label);
  for (const auto number : twin.numbers) message.add_numbers(number);
  for (const auto& text : twin.texts) message.add_texts(text);
  for (const Point& point : twin.points) {
    wire::Point* added = message.add_points();
    added->set_x(point.x);
    added->set_label(point.label);
  }
  for (const auto& [key, value] : twin.table) (*message.mutable_table())[key] = value;
  message.set_maybe(*twin.maybe);
  for (const auto real : twin.reals) message.add_reals(real);
  for (const bool flag : twin.flags) message.add_flags(flag);
  message.set_span(twin.span.count());
  for (const Duration span : twin.spans) message.add_spans(span.count());
  for (const auto number : twin.set) message.add_set(number);
  for (const float single : twin.singles) message.add_singles(single);
  return message;
}

std::string encode(const Twin& twin) { return encode_fields(twin.troupe_fields()); }
bool decode(std::string_view bytes, Twin& twin) {
  return decode_fields(bytes, twin.troupe_fields());
}

// Encodes and decodes one value as a method's only parameter.
template <class T>
T round_trip(const T& value) {
  const std::string bytes = encode_fields(std::tie(value));
  T copy{};
  EXPECT_TRUE(decode_fields(bytes, std::tie(copy))) << testing::PrintToString(bytes);
  return copy;
}
template <class T>
void expect_round_trip(const T& value) {
  EXPECT_TRUE(round_trip(value) == value);
}

template <class T>
bool decodes(std::string_view bytes) {
  T value{};
  return decode_fields(bytes, std::tie(value));
}

// --- Round trips ---------------------------------------------------------------------------------

template <class T>
void expect_integers_round_trip() {
  using Limits = std::numeric_limits<T>;
  for (const T value : {Limits::min(), T(0), T(1), T(Limits::max() / 2), Limits::max()}) {
    expect_round_trip(value);
  }
}

TEST(Codec, RoundTripsEveryInteger) {
  expect_integers_round_trip<bool>();
  expect_integers_round_trip<char>();
  expect_integers_round_trip<std::int8_t>();
  expect_integers_round_trip<std::uint8_t>();
  expect_integers_round_trip<std::int16_t>();
  expect_integers_round_trip<std::uint16_t>();
  expect_integers_round_trip<std::int32_t>();
  expect_integers_round_trip<std::uint32_t>();
  expect_integers_round_trip<std::int64_t>();
  expect_integers_round_trip<std::uint64_t>();
  for (const Unsigned value : {Unsigned::kNone, Unsigned::kMost}) expect_round_trip(value);
  for (const Signed value : {Signed::kLeast, Signed::kNone, Signed::kMost}) {
    expect_round_trip(value);
  }
}

TEST(Codec, RoundTripsEveryReal) {
  for (const double value : {0.0, -0.0, 1.0 / 3, 1e308, 5e-324, HUGE_VAL, -HUGE_VAL}) {
    expect_round_trip(value);
    EXPECT_EQ(std::signbit(round_trip(value)), std::signbit(value));
  }
  for (const float value : {0.0f, -1.5f, 3e38f, 1e-45f}) expect_round_trip(value);
  EXPECT_TRUE(std::isnan(round_trip(std::nan(""))));
}

TEST(Codec, RoundTripsTimesAndTexts) {
  for (const Duration value : {Duration::min(), Duration(-1), 0ns, Duration::max()}) {
    expect_round_trip(value);
    expect_round_trip(Time(value));
  }
  expect_round_trip(std::chrono::milliseconds(7));
  expect_round_trip(std::chrono::hours(-7));
  for (const std::string& value :
       {std::string(), std::string("\0\xff", 2), std::string(100000, 'x')}) {
    expect_round_trip(value);
  }
}

TEST(Codec, RoundTripsContainersOfContainers) {
  expect_round_trip(std::vector<std::vector<int>>{{}, {1}, {2, 3}});
  expect_round_trip(
      std::vector<std::vector<std::vector<std::string>>>{{{"a"}, {}}, {}, {{}, {"b"}}});
  expect_round_trip(std::optional<std::vector<int>>(std::in_place));
  expect_round_trip(std::optional<std::vector<int>>());
  expect_round_trip(std::optional<std::optional<int>>(std::in_place));
  expect_round_trip(std::optional<std::optional<int>>(std::optional<int>(0)));
  expect_round_trip(std::vector<std::optional<int>>{1, std::nullopt, 0});
  expect_round_trip(
      std::map<int, std::map<std::string, std::set<bool>>>{{1, {{"a", {true}}}}, {2, {}}});
  expect_round_trip(std::set<std::vector<int>>{{}, {1, 2}});
  expect_round_trip(std::array<int, 3>{1, 0, -1});
  expect_round_trip(std::array<std::vector<int>, 2>{{{1}, {}}});
  expect_round_trip(std::pair<std::string, std::vector<Point>>("x", {{1, "y"}}));
  expect_round_trip(std::tuple<int, std::tuple<>, std::tuple<bool, double>>(1, {}, {true, 2.0}));
  expect_round_trip(std::vector<bool>{true, false, false});
  expect_round_trip(std::vector<Signed>{Signed::kLeast, Signed::kMost});
  expect_round_trip(std::vector<Time>{Time(1s), Time(-1s)});
}

TEST(Codec, RoundTripsStructsProtobufsAndActors) {
  expect_round_trip(Point{-7, "seven"});
  expect_round_trip(full_twin());
  expect_round_trip(ActorId{1, 2, 3});
  const AllKinds message = full_message();
  EXPECT_EQ(round_trip(message).DebugString(), message.DebugString());
  EXPECT_EQ(round_trip(std::vector<AllKinds>{message})[0].text(), message.text());
}

// --- Together with protobuf ----------------------------------------------------------------------

TEST(Codec, WritesWhatProtobufReads) {
  AllKinds message;
  ASSERT_TRUE(message.ParseFromString(encode(full_twin())));
  EXPECT_EQ(message.DebugString(), full_message().DebugString());
  EXPECT_TRUE(message.GetReflection()->GetUnknownFields(message).empty());
}

TEST(Codec, ReadsWhatProtobufWrites) {
  Twin twin;
  ASSERT_TRUE(decode(full_message().SerializeAsString(), twin));
  EXPECT_TRUE(twin == full_twin());
}

TEST(Codec, ReadsProtobufsDefaultsWhichAreNotSent) {
  Twin twin;
  ASSERT_TRUE(decode(AllKinds().SerializeAsString(), twin));
  EXPECT_TRUE(twin == Twin{});
}

TEST(Codec, ReadsRepeatedNumbersPackedAndOneByOne) {
  wire::Unpacked unpacked;
  for (const auto number : {0u, 1u, 300u}) unpacked.add_numbers(number);
  for (const auto real : {0.5, -0.5}) unpacked.add_reals(real);
  for (const auto single : {0.25f}) unpacked.add_singles(single);
  for (const auto span : {-1, 0, 1}) unpacked.add_spans(span);
  for (const bool flag : {true, false}) unpacked.add_flags(flag);
  Twin twin;
  ASSERT_TRUE(decode(unpacked.SerializeAsString(), twin));
  EXPECT_THAT(twin.numbers, ElementsAre(0, 1, 300));
  EXPECT_THAT(twin.reals, ElementsAre(0.5, -0.5));
  EXPECT_THAT(twin.singles, ElementsAre(0.25f));
  EXPECT_THAT(twin.spans, ElementsAre(-1ns, 0ns, 1ns));
  EXPECT_THAT(twin.flags, ElementsAre(true, false));
  // And in pieces, some packed, some not.
  Twin mixed;
  ASSERT_TRUE(decode(unpacked.SerializeAsString() + encode(twin), mixed));
  EXPECT_THAT(mixed.numbers, ElementsAre(0, 1, 300, 0, 1, 300));
}

TEST(Codec, WritesRepeatedNumbersPacked) {
  EXPECT_EQ(encode_fields(std::tuple(std::vector<int>{1, -1})), "\x0a\x02\x02\x01");
  EXPECT_EQ(encode_fields(std::tuple(std::vector<int>())), "");
}

// --- Evolution -----------------------------------------------------------------------------------

TEST(Codec, SkipsFieldsThatItDoesNotKnow) {
  const std::string bytes = full_message().SerializeAsString();
  std::tuple<std::uint64_t> only_the_first;
  ASSERT_TRUE(decode_fields(bytes, only_the_first));
  EXPECT_EQ(std::get<0>(only_the_first), ~std::uint64_t{0});
  std::tuple<> nothing;
  EXPECT_TRUE(decode_fields(bytes, nothing));
}

TEST(Codec, LeavesWhatIsAbsentAsItWas) {
  std::tuple<int, int, std::string> fields = {1, 2, "three"};
  ASSERT_TRUE(decode_fields(encode_fields(std::tuple(10)), fields));
  EXPECT_EQ(fields, std::tuple(10, 2, std::string("three")));
}

TEST(Codec, TakesTheLastOfTwoScalarsAndOfTwoEqualKeys) {
  const std::string twice = encode_fields(std::tuple(1)) + encode_fields(std::tuple(2));
  int number = 0;
  ASSERT_TRUE(decode_fields(twice, std::tie(number)));
  EXPECT_EQ(number, 2);
  using Map = std::map<int, std::string>;
  const std::string entries = encode_fields(std::tuple(Map{{1, "old"}})) +
                              encode_fields(std::tuple(Map{{1, "new"}, {2, "x"}}));
  Map map;
  ASSERT_TRUE(decode_fields(entries, std::tie(map)));
  EXPECT_EQ(map, (Map{{1, "new"}, {2, "x"}}));
}

// --- What is refused -----------------------------------------------------------------------------

TEST(Codec, RefusesIntegersOutOfRange) {
  const auto refused = [](auto sent, auto received) {
    return !decode_fields(encode_fields(std::tuple(sent)), std::tie(received));
  };
  EXPECT_TRUE(refused(std::uint64_t{256}, std::uint8_t{}));
  EXPECT_FALSE(refused(std::uint64_t{255}, std::uint8_t{}));
  EXPECT_TRUE(refused(std::int64_t{-129}, std::int8_t{}));
  EXPECT_FALSE(refused(std::int64_t{-128}, std::int8_t{}));
  EXPECT_TRUE(refused(std::uint64_t{1} << 32, std::uint32_t{}));
  EXPECT_TRUE(refused(std::uint64_t{2}, bool{}));
  EXPECT_TRUE(refused(std::uint64_t{65536}, Unsigned{}));
  EXPECT_TRUE(refused(std::int64_t{128}, Signed{}));
  EXPECT_TRUE(refused(std::vector<std::uint64_t>{1, 256}, std::vector<std::uint8_t>{}));
}

TEST(Codec, RefusesAValueOfAnotherKind) {
  EXPECT_FALSE(decodes<std::string>(encode_fields(std::tuple(5))));
  EXPECT_FALSE(decodes<int>(encode_fields(std::tuple(std::string("5")))));
  EXPECT_FALSE(decodes<double>(encode_fields(std::tuple(5))));
  EXPECT_FALSE(decodes<float>(encode_fields(std::tuple(5.0))));
  EXPECT_FALSE(decodes<Point>(encode_fields(std::tuple(5.0))));
}

TEST(Codec, RefusesMalformedBytes) {
  using namespace std::string_literals;
  EXPECT_FALSE(decodes<int>("\x08"s)) << "a tag without its value";
  EXPECT_FALSE(decodes<int>("\x08\x80"s)) << "half a varint";
  EXPECT_FALSE(decodes<int>("\x08" + std::string(10, '\x80') + "\x01")) << "an overlong varint";
  EXPECT_FALSE(decodes<int>("\x00\x00"s)) << "field 0";
  EXPECT_FALSE(decodes<int>("\x0b"s)) << "a group";
  EXPECT_FALSE(decodes<int>("\x0f\x00"s)) << "wire type 7";
  EXPECT_FALSE(
      decodes<std::string>("\x0a\x05"
                           "four"s))
      << "a length beyond the end";
  EXPECT_FALSE(decodes<std::string>("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s))
      << "a length of nearly 2^64";
  EXPECT_FALSE(
      decodes<double>("\x09"
                      "1234567"s))
      << "seven of eight bytes";
  EXPECT_FALSE(
      decodes<std::vector<double>>("\x0a\x09"
                                   "123456789"s))
      << "one double and a byte";
  EXPECT_FALSE(decodes<Point>("\x0a\x02\x0a\x05"s)) << "an inner length beyond the outer end";
  EXPECT_FALSE(decodes<int>("\x92\x80\x80\x80\x80\x01\x00"s)) << "a field number beyond 2^29";
  EXPECT_FALSE(decodes<AllKinds>("\x0a\x02\x32\x05"s)) << "what protobuf itself refuses";
}

TEST(Codec, RefusesEveryTruncationInsideAField) {
  const std::string bytes = encode(full_twin());
  int accepted = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    // A block of exactly this size: AddressSanitizer sees a step beyond.
    const std::unique_ptr<char[]> copy(new char[length]);
    std::copy_n(bytes.data(), length, copy.get());
    Twin twin;
    if (decode(std::string_view(copy.get(), length), twin)) ++accepted;
  }
  // Only between two of its fields and entries is a shorter message one.
  EXPECT_EQ(accepted, 21);
}

struct Tree {
  int value = 0;
  std::vector<Tree> children;
  FIELDS(value, children)
};

TEST(Codec, TakesRecursiveStructsAndRefusesBottomlessOnes) {
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i)
      bytes = encode_fields(std::tuple(0, std::vector<std::string>{bytes}));
    return bytes;
  };
  Tree tree;
  ASSERT_TRUE(decode_fields(nested(50), tree.troupe_fields()));
  int depth = 0;
  for (const Tree* at = &tree; !at->children.empty(); at = &at->children[0]) ++depth;
  EXPECT_EQ(depth, 50);
  EXPECT_FALSE(decode_fields(nested(3000), tree.troupe_fields()));
}

// Bytes that were valid once. Whatever they say now, decoding ends, reads nothing outside, and what
// it accepts can be encoded again.
TEST(Codec, SurvivesEveryMutation) {
  const std::string valid = encode(full_twin());
  Random random(1);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = valid;
    for (std::uint64_t change = 1 + random.below(4); change > 0; --change) {
      const std::size_t at = random.below(bytes.size());
      switch (random.below(5)) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] ^= static_cast<char>(1 << random.below(8));
          break;
        case 2:
          bytes.erase(at, 1 + random.below(4));
          break;
        case 3:
          bytes.insert(at, 1 + random.below(3), static_cast<char>(random()));
          break;
        case 4:
          bytes.insert(at, bytes, random.below(bytes.size()), random.below(20));
          break;
      }
      if (bytes.empty()) bytes = valid;
    }
    const std::unique_ptr<char[]> copy(new char[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), copy.get());
    Twin twin;
    if (!decode(std::string_view(copy.get(), bytes.size()), twin)) continue;
    ++accepted;
    Twin again;
    ASSERT_TRUE(decode(encode(twin), again));
    EXPECT_EQ(encode(again), encode(twin));
  }
  EXPECT_GT(accepted, 500);
  EXPECT_LT(accepted, 19'500);
}

TEST(Codec, SurvivesRandomBytes) {
  Random random(2);
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t size = random.below(40);
    const std::unique_ptr<char[]> bytes(new char[size]);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(random());
    Twin twin;
    decode(std::string_view(bytes.get(), size), twin);
  }
}

// --- Descriptions --------------------------------------------------------------------------------

TEST(Codec, DescribesWhatItSends) {
  using Kind = TypeDescription::Kind;
  const TypeDescription twin = Codec<Twin>::describe();
  EXPECT_EQ(twin.kind, Kind::kMessage);
  EXPECT_EQ(twin.name, "Twin");
  ASSERT_EQ(twin.parts.size(), 18u);
  EXPECT_EQ(twin.field_names.size(), 18u);
  EXPECT_EQ(twin.field_names[7], "numbers");
  EXPECT_EQ(twin.parts[0].kind, Kind::kUnsigned);
  EXPECT_EQ(twin.parts[1].kind, Kind::kSigned);
  EXPECT_EQ(twin.parts[1].bits, 32);
  EXPECT_EQ(twin.parts[2].kind, Kind::kBool);
  EXPECT_EQ(twin.parts[6].name, "Point");
  EXPECT_EQ(twin.parts[7].kind, Kind::kRepeated);
  EXPECT_EQ(twin.parts[7].parts[0].kind, Kind::kUnsigned);
  EXPECT_EQ(twin.parts[10].kind, Kind::kMap);
  EXPECT_EQ(twin.parts[11].kind, Kind::kOptional);
  EXPECT_EQ(Codec<AllKinds>::describe().name, "troupe.wire.AllKinds");
}

struct Branch {
  std::string name;
  std::vector<Branch> branches;
  FIELDS(name, branches)
};

TEST(Codec, DescribesAStructThatContainsItself) {
  const TypeDescription branch = Codec<Branch>::describe();
  ASSERT_EQ(branch.parts.size(), 2u);
  const TypeDescription& inner = branch.parts[1].parts[0];
  EXPECT_EQ(inner.kind, TypeDescription::Kind::kMessage);
  EXPECT_EQ(inner.name, "Branch");
  EXPECT_TRUE(inner.parts.empty()) << "by its name alone";
  EXPECT_EQ(Codec<Branch>::describe().parts.size(), 2u) << "and again, in full";
}

}  // namespace
}  // namespace troupe
