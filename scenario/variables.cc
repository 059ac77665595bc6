// Copies what holds a variable, and shares the rest.
#include "scenario/variables.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace troupe::scenario {
namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_of_a_name(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

bool can_be_a_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), is_of_a_name);
}

// The name at the beginning of `text`; empty where there is none.
std::string_view name_at(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_of_a_name(text[length])) ++length;
  return length > 0 && is_letter(text.front()) ? text.substr(0, length) : std::string_view();
}

class Expansion {
 public:
  Expansion(Document& document, const std::vector<std::string>& keys, Reader& reader)
      : document_(document), keys_(keys), reader_(reader) {}

  const Node* expand(const Node& root) {
    const Node* variables = root.find("variables");
    const Node* defined = variables == nullptr ? nullptr : define(*variables);
    Node copy = root;
    for (Node::Entry& entry : copy.entries) {
      entry.value = entry.value == variables ? defined : of(*entry.value);
    }
    warn_of_unused();
    return &document_.add(std::move(copy));
  }

 private:
  // What texts may become, all together.
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;

  struct Variable {
    const Node* key = nullptr;
    const Node* value = nullptr;
    bool used = false;
  };
  // What has become of a node.
  struct Done {
    const Node* node = nullptr;
    int height = 0;
  };

  // --- Names ---

  // The map with the values that the variables have.
  const Node* define(const Node& map) {
    // That will be told, and not of each use, too.
    unreadable_ = map.kind != Node::Kind::kMap && map.kind != Node::Kind::kNothing;
    if (map.kind != Node::Kind::kMap) return &map;
    Node copy = map;
    for (const Node::Entry& entry : map.entries) later_.push_back(entry.key->text);
    for (Node::Entry& entry : copy.entries) {
      const std::string& name = entry.key->text;
      if (!can_be_a_name(name)) {
        reader_.error(*entry.key, in_quotes(name) + " cannot name a variable",
                      "a name begins with a letter; letters, digits and _ follow");
      } else if (std::find(keys_.begin(), keys_.end(), name) != keys_.end()) {
        reader_.error(*entry.key, absl::StrCat(in_quotes(name),
                                               " cannot name a variable: it is a key of a "
                                               "scenario"));
      } else if (entry.value->kind == Node::Kind::kNothing) {
        reader_.error(*entry.key, absl::StrCat("the variable ", in_quotes(name), " has no value"),
                      absl::StrCat("give it one here, or with --set ", name, "=VALUE"));
        entry.value = &refused(*entry.value);
      } else {
        entry.value = of(*entry.value);
      }
      later_.erase(later_.begin());
      names_.push_back(name);
      variables_[name] = {entry.key, entry.value};
    }
    done_.clear();  // What could not be known there may be known from here on.
    return &document_.add(std::move(copy));
  }

  void warn_of_unused() {
    for (const std::string& name : names_) {
      const Variable& variable = variables_.at(name);
      if (variable.used) continue;
      reader_.warn(reader_.place(*variable.key),
                   absl::StrCat("nothing uses the variable ", in_quotes(name)),
                   absl::StrCat("$", name, " stands for it"));
    }
  }

  // Null where there is no such variable, which is told.
  const Node* value_of(std::string_view name, const Node& at) {
    const auto found = variables_.find(std::string(name));
    if (found != variables_.end()) {
      found->second.used = true;
      return found->second.value;
    }
    if (unreadable_) return nullptr;
    if (std::find(later_.begin(), later_.end(), name) != later_.end()) {
      reader_.error(at, absl::StrCat("$", std::string(name), " has no value yet"),
                    "a variable may use those above it");
    } else {
      reader_.error(at, absl::StrCat("no variable is called ", in_quotes(name)),
                    names_.empty() ? "'variables' at the top of the scenario names some"
                                   : did_you_mean(name, names_));
    }
    return nullptr;
  }

  // --- Values ---

  const Node* of(const Node& node) { return expanded(node).node; }

  Done expanded(const Node& node) {
    if (node.kind == Node::Kind::kNothing) return {&node, 0};
    const auto known = done_.find(&node);
    if (known != done_.end()) return known->second;
    const Done done = node.kind == Node::Kind::kText ? text(node) : parts(node);
    done_.emplace(&node, done);
    return done;
  }

  Done parts(const Node& node) {
    Node copy = node;
    copy.size = 1;
    int height = 0;
    bool changed = false;
    const auto take = [&](const Node*& part) {
      const Done done = expanded(*part);
      changed |= done.node != part;
      part = done.node;
      height = std::max(height, done.height + 1);
      copy.size += part->size;
    };
    for (const Node*& item : copy.items) take(item);
    for (Node::Entry& entry : copy.entries) {
      take(entry.value);
      ++copy.size;
    }
    if (!changed) return {&node, height};
    if (copy.size > Document::kMostValues || height > Document::kDeepest) {
      reader_.error(node, "the variables in this stand for too much");
      return {&refused(node), 0};
    }
    return {&document_.add(std::move(copy)), height};
  }

  Done text(const Node& node) {
    if (node.settled || node.text.find('$') == std::string::npos) return {&node, 0};
    const std::string_view text = node.text;
    // A variable alone is its whole value, whatever that is.
    const std::string_view alone = text.front() == '$' ? name_at(text.substr(1)) : "";
    if (!alone.empty() && alone.size() + 1 == text.size()) {
      const Node* value = value_of(alone, node);
      return value == nullptr ? Done{&refused(node), 0} : Done{value, height_of(*value)};
    }
    Node copy = node;
    copy.settled = true;
    copy.text.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '$') {
        copy.text += text[i];
        continue;
      }
      const std::string_view rest = text.substr(i + 1);
      const std::string_view name = name_at(rest);
      if (rest.starts_with('$')) {
        copy.text += '$';
        ++i;
      } else if (rest.starts_with('{')) {
        reader_.error(node, "a variable is written without braces",
                      "write $name, and $$ for a '$' that is text");
        return {&refused(node), 0};
      } else if (name.empty()) {
        copy.text += '$';
      } else if (const Node* value = value_of(name, node); value == nullptr) {
        return {&refused(node), 0};
      } else if (value->kind != Node::Kind::kText) {
        reader_.error(node, absl::StrCat("$", std::string(name), " is ",
                                         value->kind == Node::Kind::kMap ? "a map" : "a list",
                                         ", which cannot be a part of a text"));
        return {&refused(node), 0};
      } else {
        copy.refused |= value->refused;
        copy.text += value->text;
        i += name.size();
      }
      if (copy.text.size() > kMostBytes) break;
    }
    bytes_ += copy.text.size();
    if (bytes_ > kMostBytes) {
      reader_.error(node, "the variables in this stand for too much");
      return {&refused(node), 0};
    }
    return {&document_.add(std::move(copy)), 0};
  }

  int height_of(const Node& value) {
    const auto known = done_.find(&value);
    return known != done_.end() ? known->second.height : expanded(value).height;
  }

  // As it stands, for those who read it; they have nothing to say of it.
  Node& refused(const Node& node) {
    Node copy;
    copy.kind = Node::Kind::kText;
    copy.source = node.source;
    copy.line = node.line;
    copy.column = node.column;
    copy.text = "?";
    copy.settled = true;
    copy.refused = true;
    return document_.add(std::move(copy));
  }

  Document& document_;
  const std::vector<std::string>& keys_;
  Reader& reader_;
  std::map<std::string, Variable> variables_;
  bool unreadable_ = false;           // `variables` is no map
  std::vector<std::string> names_;    // in the order of the file
  std::vector<std::string> later_;    // that have no value yet
  std::map<const Node*, Done> done_;  // aliases share nodes
  std::size_t bytes_ = 0;             // of all texts that were made
};

}  // namespace

const Node* with_variables(Document& document, const Node& root,
                           const std::vector<std::string>& keys, Reader& reader) {
  if (!document.has_dollar() && root.find("variables") == nullptr) return &root;
  return Expansion(document, keys, reader).expand(root);
}

std::optional<std::string> path_of_change(const Node& root, const std::string& path,
                                          const std::vector<std::string>& keys, const Place& at,
                                          std::vector<Diagnostic>& errors) {
  const std::string first = path.substr(0, path.find('.'));
  const bool is_key = std::find(keys.begin(), keys.end(), first) != keys.end();
  const Node* variables = root.find("variables");
  if (is_key || variables == nullptr || variables->entries.empty()) return path;
  if (variables->find(first) != nullptr) return "variables." + path;
  std::vector<std::string> names;
  for (const Node::Entry& entry : variables->entries) names.push_back(entry.key->text);
  names.insert(names.end(), keys.begin(), keys.end());
  errors.push_back(
      {at, absl::StrCat("no variable and no key of a scenario is called ", in_quotes(first)),
       did_you_mean(first, names)});
  return std::nullopt;
}

}  // namespace troupe::scenario
