// The .proto of actors, against the bytes that their codecs write and read.
#include "remote/describe.h"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/wrappers.pb.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe::describe_test {

namespace pb = google::protobuf;
using testing::HasSubstr;
using testing::Not;

ACTOR_METHODS(Everything, numbers, texts, lists, maps, options, structs, references, foreign, empty,
              told)

enum class Colour : std::uint8_t { kRed, kGreen };

struct Inner {
  int depth = 3;  // absent is not zero
  bool flag = false;
  FIELDS(depth, flag)
  friend bool operator==(const Inner&, const Inner&) = default;
};

// It contains itself, and has a name that a class has, too.
struct Tree {
  std::string label;
  std::vector<Tree> branches;
  std::optional<Inner> inner;
  Inner plain = {.depth = 7, .flag = true};
  FIELDS(label, branches, inner, plain)
};

namespace other {
struct Inner {
  std::string text_;
  FIELDS(text_)
};
}  // namespace other

class Everything : public Actor<Everything> {
 public:
  Sync<std::uint64_t> numbers(std::int8_t, std::int32_t, std::int64_t, std::uint16_t, std::uint32_t,
                              std::uint64_t, bool, float, double, Colour, Duration, Time) {
    return 0;
  }
  Sync<Bytes> texts(std::string, Bytes) { return Bytes{}; }
  Sync<std::vector<std::string>> lists(std::vector<std::int32_t>, std::vector<Inner>,
                                       std::set<std::string>, std::vector<std::vector<double>>,
                                       std::vector<Duration>, std::array<std::int16_t, 3>,
                                       std::vector<std::pair<int, std::string>>) {
    return std::vector<std::string>{};
  }
  Sync<std::map<std::string, int>> maps(std::map<std::string, Inner>,
                                        std::map<std::int32_t, std::string>,
                                        std::map<std::pair<int, int>, bool>,
                                        std::map<std::string, std::vector<int>>,
                                        std::map<std::string, std::map<bool, double>>) {
    return std::map<std::string, int>{};
  }
  Sync<std::optional<int>> options(std::optional<int>, std::optional<Inner>,
                                   std::optional<std::vector<int>>,
                                   std::vector<std::optional<std::string>>) {
    return std::optional<int>{};
  }
  Sync<std::tuple<Tree, other::Inner>> structs(Tree, Inner, other::Inner,
                                               std::tuple<int, std::vector<Tree>>) {
    return std::tuple<Tree, other::Inner>{};
  }
  Sync<Ref<Everything>> references(Ref<Host>, std::vector<Ref<Everything>>, std::optional<AnyRef>) {
    return self();
  }
  Sync<pb::StringValue> foreign(pb::StringValue greeting, Term) { return greeting; }
  Sync<> empty() { return {}; }
  Async told(int) { return {}; }
};

const ProtoFile& described() {
  static const ProtoFile file(
      {{&actor_type<Everything>(), "All kinds of values."}, {&actor_type<Host>(), "A host."}});
  return file;
}

// The messages of the description, made by protobuf's own library.
class Dynamic {
 public:
  Dynamic() : pool_(pb::DescriptorPool::generated_pool()) {
    file_ = pool_.BuildFile(described().descriptor());
  }
  const pb::FileDescriptor* file() const { return file_; }
  const pb::MethodDescriptor& method(const std::string& name) const {
    return *file_->FindServiceByName("Everything")->FindMethodByName(name);
  }
  std::unique_ptr<pb::Message> request(const std::string& name) {
    return std::unique_ptr<pb::Message>(messages_.GetPrototype(method(name).input_type())->New());
  }

 private:
  pb::DescriptorPool pool_;
  pb::DynamicMessageFactory messages_;
  const pb::FileDescriptor* file_ = nullptr;
};

bool has_unknown_fields(const pb::Message& message) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) return true;
  std::vector<const pb::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (has_unknown_fields(reflection.GetMessage(message, field))) return true;
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      if (has_unknown_fields(reflection.GetRepeatedMessage(message, field, i))) return true;
    }
  }
  return false;
}

// What protobuf reads from the codec's bytes and writes again, the codec reads as the same value.
template <class... Ts>
std::string there_and_back(const std::string& method, const Ts&... values) {
  Dynamic dynamic;
  const std::string bytes = encode_fields(std::tie(values...));
  const std::unique_ptr<pb::Message> message = dynamic.request(method);
  EXPECT_EQ(message->GetDescriptor()->field_count(), static_cast<int>(sizeof...(Ts)));
  EXPECT_TRUE(message->ParseFromString(bytes)) << method;
  EXPECT_FALSE(has_unknown_fields(*message)) << message->DebugString();
  std::tuple<Ts...> back;
  EXPECT_TRUE(decode_fields(message->SerializeAsString(), back)) << message->DebugString();
  EXPECT_EQ(encode_fields(back), bytes) << message->DebugString();
  return message->DebugString();
}

TEST(DescribeTest, NumbersAreWhatTheCodecWrites) {
  const std::string text = there_and_back(
      "numbers", std::int8_t{-5}, std::numeric_limits<std::int32_t>::min(),
      std::numeric_limits<std::int64_t>::min(), std::uint16_t{65535},
      std::numeric_limits<std::uint32_t>::max(), std::numeric_limits<std::uint64_t>::max(), true,
      1.5F, -2.25, Colour::kGreen, Duration(-1500), Time(Duration(7)));
  for (const char* expected :
       {"argument_1: -5\n", "argument_2: -2147483648\n", "argument_3: -9223372036854775808\n",
        "argument_4: 65535\n", "argument_5: 4294967295\n", "argument_6: 18446744073709551615\n",
        "argument_7: true\n", "argument_8: 1.5\n", "argument_9: -2.25\n", "argument_10: 1\n",
        "argument_11: -1500\n", "argument_12: 7\n"}) {
    EXPECT_THAT(text, HasSubstr(expected));
  }
}

TEST(DescribeTest, TextsAndBytes) {
  EXPECT_THAT(there_and_back("texts", std::string("grüß"), Bytes{std::string("\xff\0\x80", 3)}),
              HasSubstr("argument_2: \"\\377\\000\\200\""));
}

TEST(DescribeTest, ListsAreRepeatedAndWrappedWhereProtobufHasNone) {
  const std::string text = there_and_back(
      "lists", std::vector<std::int32_t>{1, -2, 300}, std::vector<Inner>{{1, true}, {}},
      std::set<std::string>{"a", "b"}, std::vector<std::vector<double>>{{1, 2}, {}, {3}},
      std::vector<Duration>{Duration(-1), Duration(2)}, std::array<std::int16_t, 3>{1, -2, 3},
      std::vector<std::pair<int, std::string>>{{1, "one"}, {0, ""}});
  EXPECT_THAT(text, HasSubstr("argument_1: -2\n"));
  EXPECT_THAT(text, HasSubstr("field_2: -2"));
  there_and_back("lists", std::vector<std::int32_t>{}, std::vector<Inner>{},
                 std::set<std::string>{}, std::vector<std::vector<double>>{},
                 std::vector<Duration>{}, std::array<std::int16_t, 3>{},
                 std::vector<std::pair<int, std::string>>{});
}

TEST(DescribeTest, MapsAreMapsWhereProtobufAllowsTheirKeysAndValues) {
  there_and_back("maps", std::map<std::string, Inner>{{"a", {1, true}}},
                 std::map<std::int32_t, std::string>{{-3, "x"}},
                 std::map<std::pair<int, int>, bool>{{{1, 2}, true}, {{3, 4}, false}},
                 std::map<std::string, std::vector<int>>{{"x", {1, 2}}, {"y", {}}},
                 std::map<std::string, std::map<bool, double>>{{"z", {{true, 1.0}}}});
  EXPECT_THAT(described().text(), HasSubstr("map<string, .troupe.actors.Inner> argument_1 = 1;"));
  EXPECT_THAT(described().text(), HasSubstr("map<sint32, string> argument_2 = 2;"));
}

TEST(DescribeTest, WhatIsAbsentIsNotZero) {
  using Texts = std::vector<std::optional<std::string>>;
  there_and_back("options", std::optional<int>(0), std::optional<Inner>(Inner{.depth = 0}),
                 std::optional<std::vector<int>>(std::vector<int>{1}),
                 Texts{std::nullopt, "", "text"});
  there_and_back("options", std::optional<int>(), std::optional<Inner>(),
                 std::optional<std::vector<int>>(), Texts{});
  // A client that sets a field to zero, where the struct's own default is another.
  Dynamic dynamic;
  const std::unique_ptr<pb::Message> request = dynamic.request("structs");
  const pb::FieldDescriptor* field = request->GetDescriptor()->FindFieldByName("argument_2");
  pb::Message* inner = request->GetReflection()->MutableMessage(request.get(), field);
  const pb::FieldDescriptor* depth = inner->GetDescriptor()->FindFieldByName("depth");
  std::tuple<Tree, Inner> read;
  ASSERT_TRUE(decode_fields(request->SerializeAsString(), read));
  EXPECT_EQ(std::get<1>(read).depth, 3);
  inner->GetReflection()->SetInt32(inner, depth, 0);
  ASSERT_TRUE(decode_fields(request->SerializeAsString(), read));
  EXPECT_EQ(std::get<1>(read).depth, 0);
}

TEST(DescribeTest, StructsThatContainThemselvesOrShareAName) {
  Tree leaf;
  leaf.label = "leaf";
  Tree tree;
  tree.label = "root";
  tree.branches = {leaf, leaf};
  tree.inner = Inner{};
  const std::string text =
      there_and_back("structs", tree, Inner{.depth = 0}, other::Inner{.text_ = "other"},
                     std::tuple<int, std::vector<Tree>>{1, {tree}});
  EXPECT_THAT(text, HasSubstr("label: \"leaf\""));
  EXPECT_THAT(text, HasSubstr("text: \"other\""));
  EXPECT_THAT(described().text(), HasSubstr("message Inner2 {"));
  EXPECT_THAT(described().text(), Not(HasSubstr("message Tree2 {")));
}

TEST(DescribeTest, ReferencesAndMessagesOfOthers) {
  pb::StringValue greeting;
  greeting.set_value("hello");
  there_and_back("foreign", greeting,
                 Term::list({Term(1), Term("text"), Term(2.5), Term(Bytes{"\xff"})}));
  EXPECT_THAT(described().text(), HasSubstr("import \"google/protobuf/wrappers.proto\";"));
  EXPECT_THAT(described().text(), HasSubstr("message Reference {"));
  // Within a process a reference has the first three fields.
  there_and_back("references", Ref<Host>(ActorId{0, 5, 6}),
                 std::vector<Ref<Everything>>{Ref<Everything>(ActorId{0, 1, 2}), {}},
                 std::optional<AnyRef>());
}

TEST(DescribeTest, MethodsWithoutArgumentsOrResults) {
  there_and_back("empty");
  Dynamic dynamic;
  EXPECT_EQ(dynamic.method("empty").output_type()->field_count(), 0);
  EXPECT_EQ(dynamic.method("told").output_type()->field_count(), 0);
  EXPECT_EQ(dynamic.method("told").input_type()->field_count(), 1);
}

// What protoc adds, and nobody else.
void drop_json_names(pb::DescriptorProto& message) {
  for (pb::FieldDescriptorProto& field : *message.mutable_field()) field.clear_json_name();
  for (pb::DescriptorProto& part : *message.mutable_nested_type()) drop_json_names(part);
}

TEST(DescribeTest, ProtocReadsTheText) {
  const std::string folder = testing::TempDir();
  std::ofstream(folder + "/actors.proto") << described().text();
  ASSERT_EQ(std::system(("protoc -I" + folder + " -I/usr/include --descriptor_set_out=" + folder +
                         "/actors.bin actors.proto")
                            .c_str()),
            0);
  std::ifstream in(folder + "/actors.bin", std::ios::binary);
  pb::FileDescriptorSet set;
  ASSERT_TRUE(set.ParseFromIstream(&in));
  ASSERT_EQ(set.file_size(), 1);
  set.mutable_file(0)->set_name(std::string(kActorsFile));
  for (pb::DescriptorProto& message : *set.mutable_file(0)->mutable_message_type()) {
    drop_json_names(message);
  }
  pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
  const pb::FileDescriptor* file = pool.BuildFile(set.file(0));
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->DebugString(), Dynamic().file()->DebugString());
}

TEST(DescribeTest, CommentsSayWhatTypesDoNot) {
  const std::string text = described().text();
  EXPECT_THAT(text, HasSubstr("// All kinds of values.\nservice Everything {"));
  EXPECT_THAT(text, HasSubstr("// nanoseconds\n  sint64 argument_11 = 11;"));
  EXPECT_THAT(text, HasSubstr("// of class Host\n  .troupe.actors.Reference argument_1 = 1;"));
  EXPECT_THAT(text, HasSubstr("// Answered before it has run.\n  rpc told("));
}

}  // namespace troupe::describe_test
