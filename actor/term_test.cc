// Terms: values there and back, also over the wire, and what is refused.
#include "actor/term.h"

#include <limits>
#include <sstream>

#include "actor/codec_test.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe {
namespace {

using testing::Eq;
using testing::Optional;

enum class Colour : std::uint8_t { kRed = 1, kBlue = 200 };

struct Point {
  int x = 0;
  std::optional<int> y;
  FIELDS(x, y)
  friend bool operator==(const Point&, const Point&) = default;
};

struct Tree {
  std::string name;
  std::vector<Tree> children;
  FIELDS(name, children)
  friend bool operator==(const Tree&, const Tree&) = default;
};

struct Order {
  int number = 0;
  FIELDS(number)
};
struct RushOrder : Order {
  using Extends = Order;
  Duration within{};
  FIELDS(number, within)
};

Term over_the_wire(const Term& term) {
  Term result = "not read";
  EXPECT_TRUE(decode_fields(encode_fields(std::tie(term)), std::tie(result)));
  return result;
}

// A value is the same after it was a Term, and after that Term was on the wire.
template <class T>
void expect_round_trip(const T& value) {
  const Term term = value;
  EXPECT_THAT(term.as<T>(), Optional(Eq(value))) << term;
  const Term received = over_the_wire(term);
  EXPECT_EQ(received, term);
  EXPECT_EQ(received.kind(), term.kind());
  EXPECT_THAT(received.as<T>(), Optional(Eq(value))) << received;
}

TEST(Term, TakesEveryKindOfValueThereAndBack) {
  expect_round_trip(true);
  expect_round_trip(false);
  expect_round_trip(-5);
  expect_round_trip(std::numeric_limits<std::int64_t>::min());
  expect_round_trip(std::numeric_limits<std::uint64_t>::max());
  expect_round_trip(std::uint8_t{255});
  expect_round_trip(Colour::kBlue);
  expect_round_trip(1.5);
  expect_round_trip(1.5f);
  expect_round_trip(std::string("text\0with", 9));
  expect_round_trip(Bytes{std::string("\xff\0", 2)});
  expect_round_trip(Duration(17));
  expect_round_trip(Time(Duration(18)));
  expect_round_trip(std::optional<int>(3));
  expect_round_trip(std::optional<int>());
  expect_round_trip(std::vector<int>{1, 2, 3});
  expect_round_trip(std::vector<int>());
  expect_round_trip(std::vector<std::vector<std::string>>{{"a"}, {}});
  expect_round_trip(std::set<int>{3, 1});
  expect_round_trip(std::map<std::string, int>{{"a", 1}, {"b", 2}});
  expect_round_trip(std::array<int, 2>{1, 2});
  expect_round_trip(std::tuple<int, std::string>(1, "a"));
  expect_round_trip(std::pair<bool, double>(true, 0.5));
  expect_round_trip(ActorId{1, 2, 3});
  expect_round_trip(Point{1, 2});
  expect_round_trip(Point{1, std::nullopt});
  expect_round_trip(Tree{"root", {{"leaf", {}}, {"branch", {{"leaf", {}}}}}});
}

TEST(Term, TakesAProtobufMessage) {
  wire::AllKinds message;
  message.set_text("hello");
  const Term received = over_the_wire(message);
  EXPECT_TRUE(received.is_a("troupe.wire.AllKinds"));
  const std::optional<wire::AllKinds> result = received.as<wire::AllKinds>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text(), "hello");
}

TEST(Term, IsNothingElseThanWhatItIs) {
  EXPECT_FALSE(Term(5).as<double>()) << "an integer is no double";
  EXPECT_FALSE(Term(5.0).as<int>());
  EXPECT_FALSE(Term(1).as<bool>());
  EXPECT_FALSE(Term(true).as<int>());
  EXPECT_FALSE(Term("5").as<int>());
  EXPECT_FALSE(Term("text").as<Bytes>()) << "text is not bytes";
  EXPECT_FALSE(Term(300).as<std::uint8_t>()) << "too large";
  EXPECT_FALSE(Term(-1).as<unsigned>());
  EXPECT_FALSE(Term(std::vector<int>{1, 2}).as<std::vector<bool>>());
  EXPECT_FALSE((Term(std::vector<int>{1, 2}).as<std::array<int, 3>>())) << "of another length";
  EXPECT_FALSE(Term(Point{}).as<Tree>()) << "a record of another type";
}

TEST(Term, OfATypeMayLackFieldsAndHaveMore) {
  const Term more = Term::record("Point", {{"z", 3}, {"x", 1}});
  EXPECT_THAT(more.as<Point>(), Optional(Eq(Point{1, std::nullopt})));
}

TEST(Term, OfNoTypeIsAStructWithAllOfItsFields) {
  EXPECT_TRUE(Term::record({{"x", 1}, {"y", 2}, {"z", 3}}).as<Point>());
  EXPECT_FALSE(Term::record({{"x", 1}}).as<Point>());
}

TEST(Term, WhoseFieldIsSomethingElseIsNoSuchStruct) {
  EXPECT_FALSE(Term::record("Point", {{"x", "one"}}).as<Point>());
}

TEST(Term, OfATypeThatExtendsAnotherIsOneOfThose) {
  RushOrder rush;
  rush.number = 7;
  const Term term = over_the_wire(rush);
  EXPECT_EQ(term.type_name(), "RushOrder");
  EXPECT_TRUE(term.is_a("Order"));
  ASSERT_TRUE(term.as<Order>());
  EXPECT_EQ(term.as<Order>()->number, 7);
  EXPECT_FALSE(Term(Order{}).as<RushOrder>());
}

TEST(Term, IsEqualWhereTypeAndFieldsAreInWhateverOrder) {
  EXPECT_EQ(Term::record("P", {{"x", 1}, {"y", 2}}), Term::record("P", {{"y", 2}, {"x", 1}}));
  EXPECT_FALSE(Term::record("P", {{"x", 1}}) == Term::record("Q", {{"x", 1}}));
  EXPECT_FALSE(Term::record("P", {{"x", 1}}) == Term::record("P", {{"x", 2}}));
  EXPECT_FALSE(Term::record("P", {{"x", 1}}) == Term::record("P", {{"y", 1}}));
  EXPECT_FALSE(Term(1) == Term(1.0));
  EXPECT_EQ(Term(std::uint64_t{1}), Term(std::int8_t{1})) << "integers of any size";
}

TEST(Term, SharesNothingWithItsCopy) {
  Tree tree{"root", {{"leaf", {}}}};
  const Term term = tree;
  const Term copy = term;
  tree.children[0].name = "changed";
  EXPECT_EQ(copy.as<Tree>()->children[0].name, "leaf");
  EXPECT_NE(copy.field("children"), term.field("children"));
}

TEST(Term, IsReadable) {
  std::ostringstream out;
  out << Term(Tree{"root", {{"leaf", {}}}}) << Term() << Term(std::vector{1.5, 2.0})
      << Term(Bytes{"abc"}) << Term(true) << Term(ActorId{1, 2, 3});
  EXPECT_EQ(out.str(),
            "Tree{name: \"root\", children: [Tree{name: \"leaf\", children: []}]}null[1.5, 2]"
            "<3 bytes>trueactor@1:2:3");
}

TEST(Term, ThatIsMalformedIsRefused) {
  const auto refused = [](const std::string& body) {
    std::string bytes;
    Encoder(&bytes).write_bytes(1, body);
    Term term;
    return !decode_fields(bytes, std::tie(term));
  };
  const std::string good = encode_fields(std::tuple(Term(Tree{"root", {{"leaf", {}}}})));
  Term term;
  for (std::size_t length = 1; length < good.size(); ++length) {
    EXPECT_FALSE(decode_fields(std::string_view(good).substr(0, length), std::tie(term))) << length;
  }
  std::string unknown_kind;
  Encoder(&unknown_kind).write_uint(1, 99);
  EXPECT_TRUE(refused(unknown_kind));
  std::string name_without_field;
  Encoder(&name_without_field).write_uint(1, static_cast<std::uint64_t>(Term::Kind::kRecord));
  Encoder(&name_without_field).write_bytes(7, "x");
  EXPECT_TRUE(refused(name_without_field));
}

TEST(Term, OfTooManyLevelsIsRefusedOnTheWire) {
  Term deep;
  for (int level = 0; level < 200; ++level) deep = Term::list({deep});
  Term result;
  EXPECT_FALSE(decode_fields(encode_fields(std::tie(deep)), std::tie(result)));
}

}  // namespace
}  // namespace troupe
