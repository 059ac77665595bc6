// Each parameter of a method decides what its argument may be.
#include "scenario/arguments.h"

#include <cmath>
#include <limits>

namespace troupe::scenario {
namespace {

using Kind = TypeDescription::Kind;

// The largest value of a number with so many bits.
std::uint64_t most_unsigned(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

std::int64_t most_signed(int bits) { return static_cast<std::int64_t>(most_unsigned(bits) >> 1); }

std::int64_t least_signed(int bits) { return -most_signed(bits) - 1; }

// A duration argument may be negative: that is the method's business.
Format<Duration> any_duration() { return text_format<Duration>("a duration", parse_duration); }

Format<double> any_float() {
  return text_format<double>("a number that fits into 32 bits", [](std::string_view text) {
    Parsed<double> parsed = parse_number(text);
    constexpr double kMost = std::numeric_limits<float>::max();
    if (parsed.value && std::abs(*parsed.value) > kMost) parsed.value.reset();
    return parsed;
  });
}

// What a scenario cannot write, for people; empty for what it can.
std::string cannot_be_written(const TypeDescription& type) {
  switch (type.kind) {
    case Kind::kUnsigned:
    case Kind::kSigned:
    case Kind::kBool:
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kString:
    case Kind::kDuration:
      return {};
    case Kind::kTime:
      return "a point in time";
    case Kind::kReference:
      return type.name.empty() ? "a reference" : "a Ref<" + type.name + ">";
    case Kind::kMessage:
    case Kind::kProtobuf:
      return type.name.empty() ? "a struct" : "a " + type.name;
    case Kind::kRepeated:
      return "a list";
    case Kind::kOptional:
      return "an optional value";
    case Kind::kMap:
      return "a map";
  }
  return "a value of an unknown kind";
}

// One argument of a call.
class ArgumentReader {
 public:
  ArgumentReader(Reader& reader, const Node& node, std::string what, const TypeDescription& type)
      : reader_(reader), node_(node), what_(std::move(what)), type_(type) {}

  std::optional<Argument> read() {
    const std::string unwritable = cannot_be_written(type_);
    if (!unwritable.empty()) {
      reader_.error(node_,
                    absl::StrCat(what_, " is ", unwritable, ", which no scenario can write yet"));
      return std::nullopt;
    }
    if (node_.kind == Node::Kind::kMap) return uniform();
    if (node_.kind == Node::Kind::kText && node_.text == "random" && !node_.quoted) return random();
    const std::optional<Literal> value = literal(node_, what_);
    if (!value) return std::nullopt;
    return Argument{reader_.place(node_), *value};
  }

 private:
  std::optional<Argument> random() {
    if (type_.kind != Kind::kDuration) return Argument{reader_.place(node_), RandomArgument{}};
    reader_.error(node_, what_ + " cannot be random: a duration has no limits of its own",
                  "write for example {uniform: [1s, 2s]}");
    return std::nullopt;
  }

  // {uniform: [0, 100]}
  std::optional<Argument> uniform() {
    const Node* bounds = node_.find("uniform");
    const bool is_uniform = node_.entries.size() == 1 && bounds != nullptr &&
                            bounds->kind == Node::Kind::kList && bounds->items.size() == 2;
    if (!is_uniform) {
      reader_.refuse(node_, what_, "a value, random, or {uniform: [low, high]}");
      return std::nullopt;
    }
    if (type_.kind != Kind::kUnsigned && type_.kind != Kind::kSigned &&
        type_.kind != Kind::kDuration) {
      reader_.error(node_, what_ + " cannot be uniform: only a whole number or a duration can");
      return std::nullopt;
    }
    const auto low = bound(*bounds->items[0], "the low end of 'uniform'");
    const auto high = bound(*bounds->items[1], "the high end of 'uniform'");
    if (!low || !high) return std::nullopt;
    if (*low > *high) {
      reader_.error(*bounds->items[0], "the low end of 'uniform' is above the high end");
      return std::nullopt;
    }
    return Argument{reader_.place(node_), UniformArgument{*low, *high}};
  }

  std::optional<std::int64_t> bound(const Node& node, std::string_view what) {
    if (type_.kind == Kind::kDuration) {
      const std::optional<Duration> duration = any_duration().read(reader_, node, what);
      if (!duration) return std::nullopt;
      return duration->count();
    }
    const bool is_signed = type_.kind == Kind::kSigned;
    const std::int64_t least = is_signed ? least_signed(type_.bits) : 0;
    // UniformArgument holds signed numbers.
    const std::int64_t most = most_signed(is_signed ? type_.bits : std::min(type_.bits + 1, 64));
    return whole_number(least, most).read(reader_, node, what);
  }

  template <class T>
  std::optional<Literal> as_literal(const Format<T>& format, const Node& node,
                                    std::string_view what) {
    const std::optional<T> value = format.read(reader_, node, what);
    if (!value) return std::nullopt;
    return Literal(*value);
  }

  std::optional<Literal> literal(const Node& node, std::string_view what) {
    switch (type_.kind) {
      case Kind::kUnsigned:
        return as_literal(unsigned_number(most_unsigned(type_.bits)), node, what);
      case Kind::kSigned:
        return as_literal(whole_number(least_signed(type_.bits), most_signed(type_.bits)), node,
                          what);
      case Kind::kBool:
        return as_literal(flag(), node, what);
      case Kind::kFloat:
        return as_literal(any_float(), node, what);
      case Kind::kDouble:
        return as_literal(text_format<double>("a number", parse_number), node, what);
      case Kind::kString:
        return as_literal(text(), node, what);
      default:
        return as_literal(any_duration(), node, what);
    }
  }

  Reader& reader_;
  const Node& node_;
  const std::string what_;
  const TypeDescription& type_;
};

void read_arguments(Reader& reader, const Node& node, std::string_view what, Calls& calls) {
  if (node.kind != Node::Kind::kList) {
    reader.refuse(node, what, "a list, one value for each parameter of the method");
    return;
  }
  if (calls.method == nullptr) return;
  const std::vector<TypeDescription> types = calls.method->describe_arguments();
  if (!check_argument_count(reader, node, calls, node.items.size())) return;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string name =
        absl::StrCat("argument ", i + 1, " of ", in_quotes(calls.method->full_name()));
    std::optional<Argument> argument =
        ArgumentReader(reader, *node.items[i], name, types[i]).read();
    if (argument) calls.arguments.push_back(std::move(*argument));
  }
}

}  // namespace

Slot<Calls> arguments() { return {"a list of values", read_arguments}; }

bool check_argument_count(Reader& reader, const Node& at, const Calls& calls, std::size_t given) {
  const std::size_t taken = calls.method->describe_arguments().size();
  if (given == taken) return true;
  reader.error(at, absl::StrCat(in_quotes(calls.method->full_name()), " takes ", taken,
                                taken == 1 ? " argument" : " arguments", ", not ", given));
  return false;
}

}  // namespace troupe::scenario
