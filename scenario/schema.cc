// Maps become definitions, keys their properties.
#include "scenario/schema.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "scenario/parse.h"

namespace troupe::scenario {
namespace {

using Json = nlohmann::ordered_json;

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
    property["anyOf"] = Json::array({Json::parse(key.schema), Json::parse(schema_of_a_variable())});
    properties[key.name] = std::move(property);
  }
  Json schema = Json::object();
  // A map whose lines are all commented out is nothing.
  schema["type"] = required.empty() ? Json::array({"object", "null"}) : Json("object");
  schema["additionalProperties"] = false;
  if (!required.empty()) schema["required"] = std::move(required);
  schema["properties"] = std::move(properties);
  return schema;
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
  Json definitions = Json::object();
  definitions["variable"] = {{"type", "string"}, {"pattern", "\\$[A-Za-z_]"}};
  for (const MapDescription& map : maps) definitions[schema_name_of_map(map.name)] = schema_of(map);
  whole["definitions"] = std::move(definitions);
  return whole.dump(2) + "\n";
}

}  // namespace troupe::scenario
