// From a YAML tree to C++ values, with every mistake told and none thrown.
//
// A Format says how one kind of value is written; a KeyTable says which keys a map has. A key is
// one line, and the reference of the file format is made from the same lines:
//
//   const KeyTable<Network> table(
//       "network", {{"loss", into(&Network::loss, probability()), "0", "How many messages
//       vanish."}});
//   Network network;
//   table.read(reader, node, "'network'", network);   // false: not even a map
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "scenario/diagnostic.h"
#include "scenario/place.h"
#include "scenario/units.h"
#include "scenario/yaml_document.h"

namespace troupe::scenario {

// What formats and tables tell their mistakes to.
class Reader {
 public:
  Reader(const Document& document, std::vector<Diagnostic>& errors,
         std::vector<Diagnostic>& warnings)
      : document_(document), errors_(errors), warnings_(warnings) {}

  Place place(const Node& node) const { return document_.place(node); }
  // Where a file is that a value names: its path is relative to the folder of the file that it
  // stands in.
  std::string path_of_file(const Node& value) {
    return *files_.insert(document_.path_of_file(value)).first;
  }
  // All files that were asked for.
  const std::set<std::string>& files() const { return files_; }

  void error(const Node& node, std::string message, std::string remedy = {}) {
    if (node.refused) return;
    error(place(node), std::move(message), std::move(remedy));
  }
  void error(Place place, std::string message, std::string remedy = {}) {
    // So many are never shown; a large file can have a mistake in each line.
    constexpr std::size_t kMostErrors = 10'000;
    if (errors_.size() >= kMostErrors) return;
    errors_.push_back({std::move(place), std::move(message), std::move(remedy)});
  }
  void warn(Place place, std::string message, std::string remedy = {}) {
    warnings_.push_back({std::move(place), std::move(message), std::move(remedy)});
  }

  bool has_errors() const { return !errors_.empty(); }

  // "'hosts' must be a whole number, not 'abc'"
  void refuse(const Node& node, std::string_view what, std::string_view wanted,
              std::string remedy = {});

 private:
  const Document& document_;
  std::vector<Diagnostic>& errors_;
  std::vector<Diagnostic>& warnings_;
  std::set<std::string> files_;
};

// --- Formats ----------------------------------------------------------------------------------

// How a T is written.
template <class T>
struct Format {
  using Type = T;
  std::string name;  // "a duration": continues "must be"
  // `what` is the value in messages: "'hosts'". Nothing after a mistake, which it has told.
  std::function<std::optional<T>(Reader& reader, const Node& node, std::string_view what)> read;
  std::vector<std::string> words = {};  // where only these are allowed
  std::string schema = "{}";            // the same as a JSON Schema; {}: anything
};

// A format for text that `parse` takes to a Parsed<T>.
template <class T, class Parse>
Format<T> text_format(const std::string& name, Parse parse, std::string schema = "{}") {
  return {name,
          [name, parse = std::move(parse)](Reader& reader, const Node& node,
                                           std::string_view what) -> std::optional<T> {
            Parsed<T> parsed;
            if (node.kind == Node::Kind::kText) parsed = parse(std::string_view(node.text));
            if (!parsed.value) reader.refuse(node, what, name, std::move(parsed.remedy));
            return std::move(parsed.value);
          },
          {},
          std::move(schema)};
}

// As the largest number: messages do not mention it.
inline constexpr double kNoLimit = 1e18;

Format<std::string> text();
Format<bool> flag();
Format<std::int64_t> whole_number(std::int64_t least, std::int64_t most);
Format<std::uint64_t> unsigned_number(std::uint64_t most);
Format<double> number(double least, double most = kNoLimit);
Format<double> probability();
Format<Duration> duration();           // 0s or longer
Format<Duration> positive_duration();  // longer than 0s
Format<Duration> any_duration();       // also negative ones
Format<Duration> duration_between(Duration least, Duration most);
Format<std::int64_t> size();           // in bytes
Format<std::int64_t> positive_rate();  // in bits a second
// One of these words; `noun` says what they are: "an algorithm".
Format<std::string> one_of(const std::string& noun, std::vector<std::string> words);

// `$name` as a JSON Schema: it may stand wherever a value does.
std::string schema_of_a_variable();
// This, or a variable.
std::string or_variable(const std::string& schema);
std::string schema_of_list(const std::string& item);  // also nothing, which is an empty one
// One of these two; a list of two of these.
std::string either(const std::string& one, const std::string& other);
std::string schema_of_pair(const std::string& item);

// A list. Nothing at all is an empty one, as when all its lines are commented out.
template <class T>
Format<std::vector<T>> list_of(const Format<T>& item) {
  std::string name = "a list";
  return {name,
          [name, item](Reader& reader, const Node& node,
                       std::string_view what) -> std::optional<std::vector<T>> {
            std::vector<T> values;
            if (node.kind == Node::Kind::kNothing) return values;
            if (node.kind != Node::Kind::kList) {
              reader.refuse(node, what, name, "begin each item with '- '");
              return std::nullopt;
            }
            const std::string each = absl::StrCat("each of ", std::string(what));
            for (const Node* one : node.items) {
              std::optional<T> value = item.read(reader, *one, each);
              if (value) values.push_back(std::move(*value));
            }
            return values;
          },
          {},
          schema_of_list(item.schema)};
}

template <class T>
Format<std::vector<T>> one_or_more(const Format<T>& item) {
  return {item.name + ", or a list of such",
          [item](Reader& reader, const Node& node,
                 std::string_view what) -> std::optional<std::vector<T>> {
            if (node.kind == Node::Kind::kList) return list_of(item).read(reader, node, what);
            std::vector<T> values;
            std::optional<T> value = item.read(reader, node, what);
            if (value) values.push_back(std::move(*value));
            return values;
          },
          {},
          either(item.schema, list_of(item).schema)};
}

// --- Keys -------------------------------------------------------------------------------------

// How the value of a key reaches the struct that is being read.
template <class Owner>
struct Slot {
  std::string type;
  std::function<void(Reader& reader, const Node& node, std::string_view what, Owner& owner)> read;
  std::vector<std::string> words = {};
  std::string schema = "{}";
};

template <class Owner, class Member, class T>
Slot<Owner> into(Member Owner::* member, const Format<T>& format) {
  return {format.name,
          [member, format](Reader& reader, const Node& node, std::string_view what, Owner& owner) {
            std::optional<T> value = format.read(reader, node, what);
            if (value) owner.*member = std::move(*value);
          },
          format.words, format.schema};
}

// Adds all values of a list to a vector of the struct.
template <class Owner, class Element, class T>
Slot<Owner> append_to(std::vector<Element> Owner::* member, const Format<std::vector<T>>& format) {
  return {format.name,
          [member, format](Reader& reader, const Node& node, std::string_view what, Owner& owner) {
            std::optional<std::vector<T>> values = format.read(reader, node, what);
            if (!values) return;
            for (T& value : *values) (owner.*member).push_back(std::move(value));
          },
          format.words, format.schema};
}

// As the default of a key that must be there.
inline constexpr std::string_view kRequired = "required";

template <class Owner>
struct Key {
  std::string name;
  Slot<Owner> slot;
  std::string fallback;  // the default, as a scenario would write it, or in words
  std::string help;
};

// The keys of one map, as data: for the reference, and for what is the same for all maps.
struct KeyDescription {
  std::string name;
  std::string type;
  std::vector<std::string> words;  // where only these are allowed
  std::string fallback;
  std::string help;
  std::string schema;
};
// How the keys of a map belong together. For its description; telling mistakes is the business of
// the table's check, which knows the words.
struct KeyRules {
  std::vector<std::string> exactly_one = {};  // of these
  std::vector<std::string> at_least_one = {};
  std::vector<std::pair<std::string, std::string>> needs = {};     // the first goes with the second
  std::vector<std::pair<std::string, std::string>> excludes = {};  // one of the two at most
};
struct MapDescription {
  std::string name;
  std::vector<KeyDescription> keys;
  KeyRules rules = {};
};
// "uniform, normal, pareto"
std::string key_names(const MapDescription& map);

// The value of each key in the order of `keys`, null where it is absent. Tells unknown and missing
// keys. Nothing where `map` is no map.
std::optional<std::vector<const Node*>> match_keys(Reader& reader, const Node& map,
                                                   std::string_view what,
                                                   std::span<const KeyDescription> keys);

template <class Owner>
class KeyTable {
 public:
  // What can only be judged when all keys have been read.
  using Check = std::function<void(Reader&, const Node& map, Owner&)>;

  KeyTable(std::string name, std::vector<Key<Owner>> keys, Check check = {}, KeyRules rules = {}) {
    auto contents = std::make_shared<Contents>();
    contents->description.rules = std::move(rules);
    contents->check = std::move(check);
    contents->description.name = std::move(name);
    for (Key<Owner>& key : keys) {
      contents->description.keys.push_back({std::move(key.name), std::move(key.slot.type),
                                            std::move(key.slot.words), std::move(key.fallback),
                                            std::move(key.help), std::move(key.slot.schema)});
      contents->slots.push_back(std::move(key.slot));
    }
    contents_ = std::move(contents);
  }

  // Reads the keys in the order of the table, whatever their order in the file.
  bool read(Reader& reader, const Node& map, std::string_view what, Owner& owner) const {
    const std::vector<KeyDescription>& keys = contents_->description.keys;
    const auto values = match_keys(reader, map, what, keys);
    if (!values) return false;
    if constexpr (requires { owner.place; }) owner.place = reader.place(map);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if ((*values)[i] == nullptr) continue;
      contents_->slots[i].read(reader, *(*values)[i], in_quotes(keys[i].name), owner);
    }
    if (contents_->check) contents_->check(reader, map, owner);
    return true;
  }

  const MapDescription& description() const { return contents_->description; }

 private:
  struct Contents {
    MapDescription description;
    std::vector<Slot<Owner>> slots;
    Check check;
  };
  // Shared, so that the formats that are made of a table do not each have one of their own.
  std::shared_ptr<const Contents> contents_;
};

// Of which a map has exactly one: the alternatives of `noun`, "a latency".
template <class Owner>
KeyTable<Owner> alternatives(std::string name, const std::string& noun,
                             std::vector<Key<Owner>> keys) {
  std::vector<std::string> names;
  for (const Key<Owner>& key : keys) names.push_back(key.name);
  std::string message = absl::StrCat(noun, " has exactly one of ", absl::StrJoin(names, ", "));
  return {std::move(name),
          std::move(keys),
          [message = std::move(message)](Reader& reader, const Node& map, Owner&) {
            if (map.entries.size() != 1) reader.error(map, message);
          },
          {.exactly_one = std::move(names)}};
}

// As a part of a JSON Schema: the map of this name.
std::string schema_of_map(std::string_view name);
// What the map is called there: "a_span_of_time".
std::string schema_name_of_map(std::string_view name);

template <class Owner>
Format<Owner> map_of(KeyTable<Owner> table) {
  std::string schema = schema_of_map(table.description().name);
  return {"a map of keys",
          [table = std::move(table)](Reader& reader, const Node& node,
                                     std::string_view what) -> std::optional<Owner> {
            Owner owner{};
            if (!table.read(reader, node, what, owner)) return std::nullopt;
            return owner;
          },
          {},
          std::move(schema)};
}

}  // namespace troupe::scenario
