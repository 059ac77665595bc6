// Maps become definitions, keys their properties, and the types of parameters what an argument may
// be.
#include "scenario/schema.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "scenario/parse.h"

namespace troupe::scenario {
namespace {

using Json = nlohmann::ordered_json;

Json any_of(std::vector<Json> choices) {
  if (choices.size() == 1) return std::move(choices.front());
  Json schema = Json::object();
  schema["anyOf"] = std::move(choices);
  return schema;
}

Json variable() { return Json::parse(schema_of_a_variable()); }
Json word(const std::string& text) { return {{"const", text}}; }

// A map with just this key.
Json map_with(const std::string& key, Json value) {
  Json schema = {{"type", "object"}, {"required", {key}}, {"additionalProperties", false}};
  schema["properties"][key] = std::move(value);
  return schema;
}

Json list_of(const Json& item) {
  return {{"type", "array"}, {"items", any_of({item, variable()})}};
}

// A list of just these, one after the other.
Json tuple_of(std::vector<Json> items) {
  const std::size_t size = items.size();
  Json schema = {{"type", "array"}, {"minItems", size}, {"maxItems", size}};
  for (Json& item : items) item = any_of({std::move(item), variable()});
  if (size > 0) schema["items"] = std::move(items);
  return schema;
}

// --- Maps ---------------------------------------------------------------------------------------

Json schema_of(const MapDescription& map) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const KeyDescription& key : map.keys) {
    std::string help = key.help;
    if (key.fallback == kRequired) {
      required.push_back(key.name);
    } else if (!key.fallback.empty()) {
      help += (help.empty() ? "" : " ") + ("Default: " + key.fallback + ".");
    }
    Json property = Json::object();
    property["description"] = help;
    property["anyOf"] = Json::array({Json::parse(key.schema), variable()});
    properties[key.name] = std::move(property);
  }
  Json schema = Json::object();
  // A map whose lines are all commented out is nothing.
  const KeyRules& rules = map.rules;
  const bool may_be_nothing =
      required.empty() && rules.exactly_one.empty() && rules.at_least_one.empty();
  schema["type"] = may_be_nothing ? Json::array({"object", "null"}) : Json("object");
  schema["additionalProperties"] = false;
  if (!required.empty()) schema["required"] = std::move(required);
  for (const std::string& key : rules.exactly_one) schema["oneOf"].push_back({{"required", {key}}});
  for (const std::string& key : rules.at_least_one) {
    schema["anyOf"].push_back({{"required", {key}}});
  }
  for (const auto& [key, other] : rules.needs) schema["dependencies"][key] = {other};
  for (const auto& [key, other] : rules.excludes) {
    schema["not"]["anyOf"].push_back({{"required", {key, other}}});
  }
  schema["properties"] = std::move(properties);
  return schema;
}

// --- Arguments ----------------------------------------------------------------------------------

using Kind = TypeDescription::Kind;

Json schema_of(const TypeDescription& type);

// A value, or what is left to chance.
Json drawn(std::vector<Json> choices) {
  choices.push_back(
      map_with("one_of", {{"type", "array"}, {"minItems", 1}, {"items", any_of(choices)}}));
  return any_of(std::move(choices));
}

Json whole_number(const TypeDescription& type) {
  Json number = {{"type", "integer"}};
  if (type.kind == Kind::kUnsigned) number["minimum"] = 0;
  // Beyond, numbers of JSON are not exact.
  constexpr int kExact = 53;
  const int bits = type.kind == Kind::kUnsigned ? type.bits : type.bits - 1;
  if (bits < kExact) {
    const auto most = static_cast<std::int64_t>((std::uint64_t{1} << bits) - 1);
    number["maximum"] = most;
    if (type.kind == Kind::kSigned) number["minimum"] = -most - 1;
  }
  const Json written = any_of({number, {{"type", "string"}, {"pattern", "^[+-]?[0-9][0-9_]*$"}}});
  return drawn({written, word("random"), map_with("uniform", tuple_of({written, written})),
                map_with("zipf", Json::parse(schema_of_map("zipf"))),
                map_with("key", Json::parse(text().schema))});
}

Json duration_argument() {
  const Json duration = Json::parse(any_duration().schema);
  return drawn({duration, Json::parse(schema_of_map("a span of time")),
                map_with("uniform", tuple_of({duration, duration}))});
}

Json schema_of_message(const TypeDescription& type) {
  if (type.field_names.empty()) {
    std::vector<Json> parts;
    for (const TypeDescription& part : type.parts) parts.push_back(schema_of(part));
    return tuple_of(std::move(parts));
  }
  Json schema = {{"type", {"object", "null"}}, {"additionalProperties", false}};
  schema["properties"] = Json::object();
  for (std::size_t i = 0; i < type.parts.size(); ++i) {
    schema["properties"][type.field_names[i]] = any_of({schema_of(type.parts[i]), variable()});
  }
  return schema;
}

Json schema_of(const TypeDescription& type) {
  const Json number = {{"type", {"number", "string"}}, {"pattern", "^[+-]?[0-9.]"}};
  switch (type.kind) {
    case Kind::kUnsigned:
    case Kind::kSigned:
      return whole_number(type);
    case Kind::kBool:
      return drawn({{{"type", "boolean"}}, word("random")});
    case Kind::kFloat:
    case Kind::kDouble:
      return drawn({number, word("random"), map_with("uniform", tuple_of({number, number}))});
    case Kind::kString:
    case Kind::kBytes:
      return drawn({Json::parse(text().schema)});
    case Kind::kDuration:
      return duration_argument();
    case Kind::kTime: {
      const Json duration = Json::parse(any_duration().schema);
      return any_of({duration, word("now"), map_with("now", any_of({duration, variable()}))});
    }
    case Kind::kReference:
      return any_of({word("random"), map_with("host", {{"type", {"integer", "string"}}})});
    case Kind::kMessage:
      return schema_of_message(type);
    case Kind::kRepeated:
      return list_of(schema_of(type.parts[0]));
    case Kind::kMap:
      return {{"type", "object"},
              {"additionalProperties", any_of({schema_of(type.parts[1]), variable()})}};
    case Kind::kOptional:
      return any_of({schema_of(type.parts[0]), {{"type", "null"}}});
    case Kind::kProtobuf:
      break;
  }
  return false;
}

// What the arguments of each method are, where several algorithms have one of the name those of
// any.
void add_methods(Json& calls, std::span<const Algorithm> algorithms) {
  std::map<std::string, std::vector<Json>> methods;
  for (const Algorithm& algorithm : algorithms) {
    for (const Algorithm::ActorClass& actor : algorithm.actors()) {
      for (const MethodInfo* method : actor.type->methods) {
        std::vector<Json> arguments;
        for (const TypeDescription& type : method->describe_arguments()) {
          arguments.push_back(schema_of(type));
        }
        const Json all = tuple_of(std::move(arguments));
        methods[std::string(method->name)].push_back(all);
        methods[method->full_name()].push_back(all);
      }
    }
  }
  Json names = Json::array();
  for (auto& [name, arguments] : methods) {
    names.push_back(name);
    Json rule = Json::object();
    rule["if"] = {{"required", {"method"}}, {"properties", {{"method", {{"const", name}}}}}};
    rule["then"]["properties"]["arguments"] = any_of({any_of(arguments), variable()});
    if (arguments.size() == 1 && arguments[0]["minItems"] > 0) {
      rule["then"]["required"] = {"arguments"};
    }
    calls["allOf"].push_back(std::move(rule));
  }
  if (!names.empty()) calls["properties"]["method"]["anyOf"][0] = {{"enum", std::move(names)}};
}

// --- What each algorithm has of its own ---------------------------------------------------------

template <class Range, class Name>
Json enum_of(const Range& range, Name name) {
  Json names = Json::array();
  for (const auto& one : range) names.push_back(name(one));
  return {{"enum", std::move(names)}};
}

void add_algorithms(Json& whole, std::span<const Algorithm> algorithms) {
  for (const Algorithm& algorithm : algorithms) {
    Json rule = Json::object();
    rule["if"] = {{"required", {"algorithm"}},
                  {"properties", {{"algorithm", {{"const", algorithm.name()}}}}}};
    Json& then = rule["then"]["properties"];
    then["parameters"] = any_of({schema_of(describe_parameters(algorithm)), variable()});
    then["start"] = any_of(
        {enum_of(algorithm.starts(), [](const auto& start) { return start.name; }), variable()});
    whole["allOf"].push_back(std::move(rule));
  }
}

Json actor_names(std::span<const Algorithm> algorithms) {
  Json names = Json::array();
  for (const Algorithm& algorithm : algorithms) {
    for (const Algorithm::ActorClass& actor : algorithm.actors()) {
      names.push_back(std::string(actor.type->name));
    }
  }
  return {{"enum", std::move(names)}};
}

}  // namespace

std::string json_schema(std::span<const Algorithm> algorithms) {
  const std::vector<MapDescription> maps = describe_scenario(algorithms);
  Json schema = schema_of(maps.front());
  Json whole = Json::object();
  whole["$schema"] = "http://json-schema.org/draft-07/schema#";
  whole["title"] = "A scenario of Troupe";
  for (auto& [name, value] : schema.items()) whole[name] = value;
  // The algorithm can be in a file that is included.
  whole.erase("required");
  whole["anyOf"] = {{{"required", {"algorithm"}}}, {{"required", {"includes"}}}};
  add_algorithms(whole, algorithms);
  Json definitions = Json::object();
  definitions["variable"] = {{"type", "string"}, {"pattern", "\\$[A-Za-z_]"}};
  for (const MapDescription& map : maps) definitions[schema_name_of_map(map.name)] = schema_of(map);
  add_methods(definitions["calls"], algorithms);
  if (!algorithms.empty()) {
    for (const char* map : {"spawn", "join"}) {
      definitions[map]["properties"]["actor"]["anyOf"][0] = actor_names(algorithms);
    }
  }
  whole["definitions"] = std::move(definitions);
  return whole.dump(2) + "\n";
}

}  // namespace troupe::scenario
