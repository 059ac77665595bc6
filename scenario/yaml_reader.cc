// The formats that every map needs, and the matching of keys.
#include "scenario/yaml_reader.h"

#include <algorithm>

#include "absl/strings/str_join.h"

namespace troupe::scenario {
namespace {

// "'abc'", "a list": what was found instead.
std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNothing:
      return "nothing";
    case Node::Kind::kText:
      return in_quotes(node.text);
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
  }
  return {};
}

// "a whole number from 1 to 10"
template <class T>
std::string with_range(std::string_view noun, T least, T most, bool no_limit) {
  const std::string start(noun);
  if (no_limit) return absl::StrCat(start, ", at least ", written(least));
  return absl::StrCat(start, " from ", written(least), " to ", written(most));
}

// Numbers and texts as other readers of YAML see them: 1_000 is a text there, and 1 is no text.
constexpr char kTextSchema[] = R"({"type":["string","number","boolean"]})";
constexpr char kDurationSchema[] =
    R"({"type":"string","pattern":"^([0-9._]+(ns|us|µs|ms|s|m|h|d))+$"})";
constexpr char kPositiveDurationSchema[] =
    R"({"type":"string","pattern":"^(?!([0._]+[a-zµ]+)+$)([0-9._]+(ns|us|µs|ms|s|m|h|d))+$"})";

template <class T>
std::string number_schema(std::string_view type, T least, T most, bool no_limit) {
  return absl::StrCat(
      R"({"anyOf":[{"type":")", std::string(type), R"(","minimum":)", least,
      no_limit ? "" : absl::StrCat(R"(,"maximum":)", most),
      R"(},{"type":"string","pattern":"^[+-]?[0-9][0-9_.]*([eE][+-]?[0-9]+)?$"}]})");
}

// Refuses what a parser accepts but does not lie between two bounds.
template <class T, class Parse>
auto within(Parse parse, T least, T most) {
  return [parse, least, most](std::string_view text) {
    Parsed<T> parsed = parse(text);
    if (parsed.value && (*parsed.value < least || *parsed.value > most)) parsed.value.reset();
    return parsed;
  };
}

}  // namespace

void Reader::refuse(const Node& node, std::string_view what, std::string_view wanted,
                    std::string remedy) {
  error(node,
        absl::StrCat(std::string(what), " must be ", std::string(wanted), ", not ", found(node)),
        std::move(remedy));
}

std::string schema_name_of_map(std::string_view name) {
  std::string word(name);
  std::replace(word.begin(), word.end(), ' ', '_');
  return word;
}

std::string key_names(const MapDescription& map) {
  return absl::StrJoin(map.keys, ", ", [](std::string* out, const KeyDescription& key) {
    absl::StrAppend(out, key.name);
  });
}

std::string schema_of_map(std::string_view name) {
  return absl::StrCat(R"({"$ref":"#/definitions/)", schema_name_of_map(name), R"("})");
}

std::string schema_of_a_variable() { return R"({"$ref":"#/definitions/variable"})"; }

std::string either(const std::string& one, const std::string& other) {
  return absl::StrCat(R"({"anyOf":[)", one, ",", other, "]}");
}

std::string or_variable(const std::string& schema) {
  return either(schema, schema_of_a_variable());
}

std::string schema_of_list(const std::string& item) {
  return absl::StrCat(R"({"type":["array","null"],"items":)", or_variable(item), "}");
}

std::string schema_of_pair(const std::string& item) {
  return absl::StrCat(R"({"type":"array","minItems":2,"maxItems":2,"items":)", or_variable(item),
                      "}");
}

Format<std::string> text() {
  return text_format<std::string>(
      "a text", [](std::string_view text) { return Parsed<std::string>{std::string(text)}; },
      kTextSchema);
}

Format<bool> flag() {
  return text_format<bool>("true or false", parse_flag, R"({"type":"boolean"})");
}

Format<std::int64_t> whole_number(std::int64_t least, std::int64_t most) {
  const bool no_limit = most == static_cast<std::int64_t>(kNoLimit);
  return text_format<std::int64_t>(with_range("a whole number", least, most, no_limit),
                                   within<std::int64_t>(parse_integer, least, most),
                                   number_schema("integer", least, most, no_limit));
}

Format<std::uint64_t> unsigned_number(std::uint64_t most) {
  return text_format<std::uint64_t>(with_range("a whole number", std::uint64_t{0}, most, false),
                                    within<std::uint64_t>(parse_unsigned, 0, most),
                                    number_schema("integer", std::uint64_t{0}, most, false));
}

Format<double> number(double least, double most) {
  return text_format<double>(with_range("a number", least, most, most == kNoLimit),
                             within<double>(parse_number, least, most),
                             number_schema("number", least, most, most == kNoLimit));
}

Format<double> probability() {
  return text_format<double>("a probability from 0 to 1, or from 0% to 100%", parse_probability,
                             R"({"anyOf":[{"type":"number","minimum":0,"maximum":1},)"
                             R"({"type":"string","pattern":)"
                             R"("^(([0-9]{1,2}(\\.[0-9]*)?|\\.[0-9]+|100(\\.0*)?)%|)"
                             R"([0-9.]+[eE]-[0-9]+)$"}]})");
}

Format<Duration> duration() {
  return text_format<Duration>("a duration",
                               within<Duration>(parse_duration, Duration::zero(), kLongestDuration),
                               kDurationSchema);
}

Format<Duration> any_duration() {
  return text_format<Duration>(
      "a duration", parse_duration,
      R"({"type":"string","pattern":"^-?([0-9._]+(ns|us|µs|ms|s|m|h|d))+$"})");
}

Format<Duration> positive_duration() {
  return text_format<Duration>("a duration longer than 0s",
                               within<Duration>(parse_duration, Duration(1), kLongestDuration),
                               kPositiveDurationSchema);
}

Format<Duration> duration_between(Duration least, Duration most) {
  if (least <= Duration::zero() && most >= kLongestDuration) return duration();
  std::string name = "a duration, at least " + troupe::to_string(least);
  if (most < kLongestDuration) {
    name =
        absl::StrCat("a duration from ", troupe::to_string(least), " to ", troupe::to_string(most));
  }
  return text_format<Duration>(
      name, within<Duration>(parse_duration, least, most),
      least > Duration::zero() ? kPositiveDurationSchema : kDurationSchema);
}

Format<std::int64_t> size() {
  return text_format<std::int64_t>("a size such as 512B or 64kB", parse_size,
                                   R"({"type":"string","pattern":"^[0-9_.]+ ?([kMG]|[KMG]i)?B$"})");
}

Format<std::int64_t> positive_rate() {
  return text_format<std::int64_t>("a rate such as 10Mbit/s or 1MB/s",
                                   within<std::int64_t>(parse_rate, 1, kLargestAmount),
                                   R"({"type":"string","pattern":"^[0-9_.]+ ?[kMG]?(bit|B)/s$"})");
}

Format<std::string> one_of(const std::string& noun, std::vector<std::string> words) {
  const auto choose = [words](std::string_view text) {
    Parsed<std::string> parsed;
    if (std::find(words.begin(), words.end(), text) != words.end()) {
      parsed.value = std::string(text);
    } else {
      parsed.remedy = did_you_mean(text, words);
    }
    return parsed;
  };
  std::string schema;
  for (const std::string& word : words) {
    absl::StrAppend(&schema, schema.empty() ? "" : ",", "\"", word, "\"");
  }
  Format<std::string> format =
      text_format<std::string>(noun, choose, absl::StrCat(R"({"enum":[)", schema, "]}"));
  format.words = std::move(words);
  return format;
}

std::optional<std::vector<const Node*>> match_keys(Reader& reader, const Node& map,
                                                   std::string_view what,
                                                   std::span<const KeyDescription> keys) {
  const std::string owner(what);
  std::vector<const Node*> values(keys.size());
  // Nothing is a map without keys, as when all its lines are commented out.
  if (map.kind != Node::Kind::kMap && map.kind != Node::Kind::kNothing) {
    reader.refuse(map, what, "a map of keys");
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const KeyDescription& key : keys) names.push_back(key.name);
  for (const Node::Entry& entry : map.entries) {
    const auto known = std::find(names.begin(), names.end(), entry.key->text);
    if (known != names.end()) {
      values[static_cast<std::size_t>(known - names.begin())] = entry.value;
      continue;
    }
    const bool no_space =
        entry.value->kind == Node::Kind::kNothing && entry.key->text.find(':') != std::string::npos;
    reader.error(
        *entry.key, absl::StrCat("unknown key ", in_quotes(entry.key->text), " in ", owner),
        no_space ? "a space belongs behind the ':'" : did_you_mean(entry.key->text, names));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (values[i] != nullptr || keys[i].fallback != kRequired) continue;
    reader.error(map, absl::StrCat(in_quotes(keys[i].name), " is missing in ", owner),
                 keys[i].words.empty()
                     ? "it is " + keys[i].type
                     : absl::StrCat("it is one of ", absl::StrJoin(keys[i].words, ", ")));
  }
  return values;
}

}  // namespace troupe::scenario
