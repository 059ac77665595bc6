// Each parameter of a method decides what its argument may be.
#include "scenario/arguments.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "scenario/span_keys.h"

namespace troupe::scenario {
namespace {

using Kind = TypeDescription::Kind;

// The largest value of a number with so many bits.
std::uint64_t most_unsigned(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

std::int64_t most_signed(int bits) { return static_cast<std::int64_t>(most_unsigned(bits) >> 1); }

std::int64_t least_signed(int bits) { return -most_signed(bits) - 1; }

Format<double> any_float() {
  return text_format<double>("a number that fits into 32 bits", [](std::string_view text) {
    Parsed<double> parsed = parse_number(text);
    constexpr double kMost = std::numeric_limits<float>::max();
    if (parsed.value && std::abs(*parsed.value) > kMost) parsed.value.reset();
    return parsed;
  });
}

// A value whose own bits say nothing: of a message of protobuf's, which only its library can write.
bool can_be_written(const TypeDescription& type) { return type.kind != Kind::kProtobuf; }

// What a scenario may write for a type, for people.
std::string forms(const TypeDescription& type) {
  switch (type.kind) {
    case Kind::kReference:
      return "random, or {host: NUMBER}";
    case Kind::kMessage:
      return type.field_names.empty() ? "a list of values" : "a map from fields to values";
    case Kind::kRepeated:
      return "a list of values";
    case Kind::kMap:
      return "a map";
    case Kind::kTime:
      return "a duration since the start of the run, now, or {now: DURATION}";
    default:
      return "a value";
  }
}

bool is_whole(const TypeDescription& type) {
  return type.kind == Kind::kUnsigned || type.kind == Kind::kSigned;
}

bool is_word(const Node& node, std::string_view word) {
  return node.kind == Node::Kind::kText && node.text == word && !node.quoted;
}

// One argument of a call, or a part of one.
class ArgumentReader {
 public:
  ArgumentReader(Reader& reader, const Node& node, std::string what, const TypeDescription& type,
                 const Facts& facts)
      : reader_(reader), node_(node), what_(std::move(what)), type_(type), facts_(facts) {}

  std::optional<Argument> read() {
    if (!can_be_written(type_)) {
      reader_.error(node_, absl::StrCat(what_, " is the message ", type_.name,
                                        " of Protocol Buffers, which no scenario can write"));
      return std::nullopt;
    }
    switch (type_.kind) {
      case Kind::kOptional:
        if (node_.kind == Node::Kind::kNothing) return made(NothingArgument{});
        return part(node_, what_, type_.parts[0]);
      case Kind::kReference:
        return reference();
      case Kind::kRepeated:
        return list();
      case Kind::kMap:
        return map();
      case Kind::kMessage:
        return type_.field_names.empty() ? tuple() : fields();
      case Kind::kTime:
        return time();
      default:
        break;
    }
    if (node_.kind == Node::Kind::kMap) return drawn();
    if (is_word(node_, "random")) return random();
    const std::optional<Literal> value = literal(node_, what_);
    if (!value) return std::nullopt;
    return made(*value);
  }

 private:
  template <class T>
  std::optional<Argument> made(T value) const {
    return Argument{reader_.place(node_), std::move(value)};
  }

  std::optional<Argument> part(const Node& node, std::string what, const TypeDescription& type) {
    return ArgumentReader(reader_, node, std::move(what), type, facts_).read();
  }

  std::optional<Argument> refuse(std::string remedy = {}) {
    reader_.refuse(node_, what_, forms(type_), std::move(remedy));
    return std::nullopt;
  }

  // --- What is made of parts ---

  std::optional<Argument> list() {
    if (node_.kind != Node::Kind::kList) return refuse();
    auto whole = std::make_shared<CompoundArgument>();
    bool good = true;
    for (const Node* item : node_.items) {
      std::optional<Argument> one = part(*item, "each of " + what_, type_.parts[0]);
      good = good && one.has_value();
      whole->parts.push_back(std::move(one));
    }
    if (!good) return std::nullopt;
    return made(std::shared_ptr<const CompoundArgument>(std::move(whole)));
  }

  std::optional<Argument> map() {
    if (node_.kind != Node::Kind::kMap) return refuse();
    auto whole = std::make_shared<CompoundArgument>();
    bool good = true;
    for (const Node::Entry& entry : node_.entries) {
      std::optional<Argument> key = part(*entry.key, "a key of " + what_, type_.parts[0]);
      std::optional<Argument> value = part(
          *entry.value, absl::StrCat(in_quotes(entry.key->text), " of ", what_), type_.parts[1]);
      good = good && key && value;
      whole->parts.push_back(std::move(key));
      whole->parts.push_back(std::move(value));
    }
    if (!good) return std::nullopt;
    return made(std::shared_ptr<const CompoundArgument>(std::move(whole)));
  }

  // A pair, a tuple or an array: all its parts, in order.
  std::optional<Argument> tuple() {
    if (type_.parts.empty()) {
      reader_.error(node_, what_ + " contains itself, which no scenario can write");
      return std::nullopt;
    }
    if (node_.kind != Node::Kind::kList) return refuse();
    if (node_.items.size() != type_.parts.size()) {
      reader_.error(node_, absl::StrCat(what_, " has ", type_.parts.size(), " parts, not ",
                                        node_.items.size()));
      return std::nullopt;
    }
    auto whole = std::make_shared<CompoundArgument>();
    bool good = true;
    for (std::size_t i = 0; i < type_.parts.size(); ++i) {
      std::optional<Argument> one =
          part(*node_.items[i], absl::StrCat("part ", i + 1, " of ", what_), type_.parts[i]);
      good = good && one.has_value();
      whole->parts.push_back(std::move(one));
    }
    if (!good) return std::nullopt;
    return made(std::shared_ptr<const CompoundArgument>(std::move(whole)));
  }

  // A struct: the fields that are left out keep their defaults.
  std::optional<Argument> fields() {
    if (node_.kind != Node::Kind::kMap && node_.kind != Node::Kind::kNothing) return refuse();
    auto whole = std::make_shared<CompoundArgument>();
    whole->parts.resize(type_.parts.size());
    bool good = true;
    for (const Node::Entry& entry : node_.entries) {
      const auto found =
          std::find(type_.field_names.begin(), type_.field_names.end(), entry.key->text);
      if (found == type_.field_names.end()) {
        reader_.error(
            *entry.key,
            absl::StrCat(what_, ", a ", type_.name, ", has no field ", in_quotes(entry.key->text)),
            did_you_mean(entry.key->text, type_.field_names));
        good = false;
        continue;
      }
      const auto index = static_cast<std::size_t>(found - type_.field_names.begin());
      whole->parts[index] =
          part(*entry.value, absl::StrCat(in_quotes(*found), " of ", what_), type_.parts[index]);
      good = good && whole->parts[index].has_value();
    }
    if (!good) return std::nullopt;
    return made(std::shared_ptr<const CompoundArgument>(std::move(whole)));
  }

  // --- Somebody, and some time ---

  // random, {host: 5}
  std::optional<Argument> reference() {
    ReferenceArgument reference;
    if (facts_.algorithm != nullptr) {
      for (const Algorithm::ActorClass& actor : facts_.algorithm->actors()) {
        if (actor.type->name == type_.name) reference.actor = &actor;
      }
      const bool is_any = type_.name.empty() || type_.name == "AnyActor";
      if (reference.actor == nullptr && !is_any) {
        reader_.error(node_, absl::StrCat(what_, " is a Ref<", type_.name,
                                          ">, and no scenario can spawn such an actor"));
        return std::nullopt;
      }
    }
    if (is_word(node_, "random")) return made(reference);
    const Node* host = node_.find("host");
    if (node_.kind != Node::Kind::kMap || host == nullptr || node_.entries.size() != 1) {
      return refuse();
    }
    reference.host = whole_number(0, facts_.hosts.value_or(kMostHosts) - 1)
                         .read(reader_, *host, "the host of " + what_);
    if (!reference.host) return std::nullopt;
    return made(reference);
  }

  // 10s, now, {now: 5s}
  std::optional<Argument> time() {
    if (is_word(node_, "now")) return made(NowArgument{});
    if (node_.kind == Node::Kind::kMap) {
      const Node* later = node_.find("now");
      if (later == nullptr || node_.entries.size() != 1) return refuse();
      const std::optional<Duration> span = any_duration().read(reader_, *later, "'now'");
      if (!span) return std::nullopt;
      return made(NowArgument{*span});
    }
    if (node_.kind != Node::Kind::kText) return refuse();
    const std::optional<Duration> since = any_duration().read(reader_, node_, what_);
    if (!since) return std::nullopt;
    return made(Literal(*since));
  }

  // --- What is left to chance ---

  std::optional<Argument> random() {
    if (type_.kind != Kind::kDuration) return made(RandomArgument{});
    reader_.error(node_, what_ + " cannot be random: a duration has no limits of its own",
                  "write for example {uniform: [1s, 2s]}");
    return std::nullopt;
  }

  std::optional<Argument> drawn() {
    const std::string_view word =
        node_.entries.size() == 1 ? std::string_view(node_.entries[0].key->text) : "";
    if (word == "one_of") return one_of_these(*node_.entries[0].value);
    if (word == "key" && is_whole(type_)) return key(*node_.entries[0].value);
    if (word == "zipf" && is_whole(type_)) return zipf(*node_.entries[0].value);
    if (type_.kind == Kind::kDuration && word != "uniform" && !word.empty()) {
      const std::optional<Span> value = span().read(reader_, node_, what_);
      if (!value) return std::nullopt;
      return made(SpanArgument{*value});
    }
    return uniform();
  }

  std::optional<Argument> one_of_these(const Node& list) {
    if (list.kind != Node::Kind::kList || list.items.empty()) {
      reader_.refuse(list, "'one_of'", "a list of values");
      return std::nullopt;
    }
    auto choices = std::make_shared<OneOfArgument>();
    bool good = true;
    for (const Node* item : list.items) {
      std::optional<Argument> one = part(*item, "each of 'one_of'", type_);
      good = good && one.has_value();
      if (one) choices->choices.push_back(*std::move(one));
    }
    if (!good) return std::nullopt;
    return made(std::shared_ptr<const OneOfArgument>(std::move(choices)));
  }

  // {key: "a text"}: the number that the algorithm makes of it.
  std::optional<Argument> key(const Node& node) {
    const std::optional<std::string> name = text().read(reader_, node, "'key'");
    if (!name || facts_.algorithm == nullptr) return std::nullopt;
    if (!facts_.algorithm->keys()) {
      reader_.error(node, absl::StrCat(in_quotes(facts_.algorithm->name()), " has no keys"));
      return std::nullopt;
    }
    const std::uint64_t number = facts_.algorithm->keys()(facts_.parameters, *name);
    const std::uint64_t most = type_.kind == Kind::kSigned
                                   ? static_cast<std::uint64_t>(most_signed(type_.bits))
                                   : most_unsigned(type_.bits);
    if (number > most) {
      reader_.error(node, absl::StrCat("the key of ", in_quotes(*name), " does not fit into ",
                                       what_, ", which has ", type_.bits, " bits"));
      return std::nullopt;
    }
    if (type_.kind == Kind::kSigned) return made(Literal(static_cast<std::int64_t>(number)));
    return made(Literal(number));
  }

  // {zipf: {most: 1000, exponent: 0.9}}
  std::optional<Argument> zipf(const Node& node) {
    const KeyTable<ZipfArgument> table = zipf_keys();
    ZipfArgument argument;
    if (!table.read(reader_, node, "'zipf'", argument)) return std::nullopt;
    const std::int64_t most = type_.bits >= 64 ? argument.most : most_signed(type_.bits);
    if (argument.most > most) {
      reader_.error(node, absl::StrCat(what_, " holds numbers up to ", written(most)));
      return std::nullopt;
    }
    return made(argument);
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
    if (type_.kind == Kind::kDouble || type_.kind == Kind::kFloat) return uniform_number(*bounds);
    if (!is_whole(type_) && type_.kind != Kind::kDuration) {
      reader_.error(node_, what_ + " cannot be uniform: only a number or a duration can");
      return std::nullopt;
    }
    const auto low = bound(*bounds->items[0], "the low end of 'uniform'");
    const auto high = bound(*bounds->items[1], "the high end of 'uniform'");
    if (!low || !high) return std::nullopt;
    if (*low > *high) {
      reader_.error(*bounds->items[0], "the low end of 'uniform' is above the high end");
      return std::nullopt;
    }
    return made(UniformArgument{*low, *high});
  }

  std::optional<Argument> uniform_number(const Node& bounds) {
    const auto any =
        type_.kind == Kind::kFloat ? any_float() : text_format<double>("a number", parse_number);
    const auto low = any.read(reader_, *bounds.items[0], "the low end of 'uniform'");
    const auto high = any.read(reader_, *bounds.items[1], "the high end of 'uniform'");
    if (!low || !high) return std::nullopt;
    if (*low > *high) {
      reader_.error(*bounds.items[0], "the low end of 'uniform' is above the high end");
      return std::nullopt;
    }
    return made(UniformNumber{*low, *high});
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
      case Kind::kBytes:
        return as_literal(text(), node, what);
      default:
        return as_literal(any_duration(), node, what);
    }
  }

  Reader& reader_;
  const Node& node_;
  const std::string what_;
  const TypeDescription& type_;
  const Facts& facts_;
};

void read_arguments(Reader& reader, const Node& node, std::string_view what, Calls& calls,
                    const Facts& facts) {
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
        ArgumentReader(reader, *node.items[i], name, types[i], facts).read();
    if (argument) calls.arguments.push_back(std::move(*argument));
  }
}

}  // namespace

Slot<Calls> arguments(const Facts& facts) {
  return {"a list of values",
          [&facts](Reader& reader, const Node& node, std::string_view what, Calls& calls) {
            read_arguments(reader, node, what, calls, facts);
          },
          {},
          R"({"type":"array"})"};
}

KeyTable<ZipfArgument> zipf_keys() {
  // Each rank's probability is kept while the scenario runs.
  constexpr std::int64_t kMostRanks = 1'000'000;
  return {"zipf",
          {
              {"most", into(&ZipfArgument::most, whole_number(1, kMostRanks)),
               std::string(kRequired), "The numbers are 0 to this, without it."},
              {"exponent", into(&ZipfArgument::exponent, number(0, 10)), "1",
               "0 is uniform; the larger, the more often the smallest numbers come."},
          }};
}

bool check_argument_count(Reader& reader, const Node& at, const Calls& calls, std::size_t given) {
  const std::size_t taken = calls.method->describe_arguments().size();
  if (given == taken) return true;
  reader.error(at, absl::StrCat(in_quotes(calls.method->full_name()), " takes ", taken,
                                taken == 1 ? " argument" : " arguments", ", not ", given));
  return false;
}

}  // namespace troupe::scenario
