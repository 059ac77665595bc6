// yaml-cpp's events to a tree. The only file that sees yaml-cpp, and the only one that catches.
#include "scenario/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "scenario/text_file.h"
#include "scenario/units.h"

namespace troupe::scenario {
namespace {

// yaml-cpp takes a quote that is never closed for one that ends with the file, and the rest of the
// scenario would silently be text. This comment ends each file: a text that contains it has
// swallowed the end.
constexpr std::string_view kEnd = "\n# The end of this file, which no quote may hold.\n";
constexpr std::string_view kEndInText = "# The end of this file, which no quote may hold.";

// Ends yaml-cpp's run from inside its events.
struct Refused : std::exception {
  Refused(const YAML::Mark& mark, std::string message, std::string remedy = {})
      : mark(mark), message(std::move(message)), remedy(std::move(remedy)) {}
  YAML::Mark mark;
  std::string message;
  std::string remedy;
};

// yaml-cpp's messages, and what is usually behind them.
struct Cause {
  std::string_view message;
  std::string_view remedy;
};

std::string usual_remedy(std::string_view message) {
  const std::array<Cause, 8> causes = {{
      {YAML::ErrorMsg::MAP_VALUE,
       "check the indentation, or put a text with ': ' in it into quotes"},
      {YAML::ErrorMsg::END_OF_MAP, "check the indentation"},
      {YAML::ErrorMsg::END_OF_SEQ, "check the indentation"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a ',' or ']' is missing before"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "a ',' or '}' is missing before"},
      {YAML::ErrorMsg::CHAR_IN_BLOCK, "put a text that begins with '>' or '|' into quotes"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN,
       "put a text that begins with a special character into quotes"},
      {YAML::ErrorMsg::UNKNOWN_ANCHOR, "an anchor '&name' stands before its aliases '*name'"},
  }};
  for (const Cause& cause : causes) {
    if (cause.message == message) return std::string(cause.remedy);
  }
  return {};
}

// "  - hosts:3"
bool lacks_a_space(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" -"), line.size()));
  std::size_t word = 0;
  while (word < line.size() &&
         (std::isalnum(static_cast<unsigned char>(line[word])) != 0 || line[word] == '_')) {
    ++word;
  }
  return word > 0 && word + 1 < line.size() && line[word] == ':' && line[word + 1] != ' ';
}

bool is_indented_with_a_tab(std::string_view line) {
  return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

// The parser often stumbles a line after the mistake.
std::string remedy_for(std::string_view message, const std::vector<std::string_view>& lines,
                       int line) {
  for (const int near : {line, line - 1}) {
    if (near < 0 || near >= static_cast<int>(lines.size())) continue;
    const std::string_view text = lines[static_cast<std::size_t>(near)];
    if (is_indented_with_a_tab(text)) return "indent with spaces, not with tabs";
    if (text.find("${") != std::string_view::npos) {
      return "a variable is written without braces: $name";
    }
    if (lacks_a_space(text)) {
      return absl::StrCat("a space belongs behind the ':' in line ", near + 1);
    }
  }
  return usual_remedy(message);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// What yaml-cpp must not see: bytes that are no text (it takes some for the end of the file), and
// more punctuation than a scenario has (it keeps all of a flow list's tokens in memory).
std::optional<Refused> unfit(std::string_view text) {
  if (text.size() > Document::kMostBytes) {
    return Refused(YAML::Mark::null_mark(), "the file has more than 16 MiB");
  }
  YAML::Mark mark;
  std::size_t punctuation = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char letter = text[i];
    const std::size_t length = character_length(text.substr(i));
    const bool control =
        (letter >= 0 && letter < 0x20 && letter != '\t' && letter != '\n' && letter != '\r') ||
        letter == 0x7F;
    if (length == 0 || control) {
      return Refused(mark, "this is not text in UTF-8", "is it a YAML file?");
    }
    if (std::string_view("[]{},:?&*!'\"").find(letter) != std::string_view::npos &&
        ++punctuation > Document::kMostValues) {
      return Refused(mark, "the file holds more than 1_000_000 values");
    }
    i += length;
    if (letter == '\n') {
      ++mark.line;
      mark.column = 0;
    } else {
      ++mark.column;
    }
  }
  return std::nullopt;
}

// A text that means itself without quotes, also between brackets.
bool is_plain(std::string_view text) {
  const auto fits = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
           std::string_view("_-+.%/ ").find(letter) != std::string_view::npos;
  };
  return !text.empty() && text != "~" && text.front() != ' ' && text.back() != ' ' && text != "-" &&
         !text.starts_with("- ") && std::all_of(text.begin(), text.end(), fits);
}

std::string double_quoted(std::string_view text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    if (letter == '\n') {
      result += "\\n";
    } else if (letter == '\t') {
      result += "\\t";
    } else if (letter == '\r') {
      result += "\\r";
    } else {
      result += letter;
    }
  }
  return result + "\"";
}

}  // namespace

std::string written(const Node& node) {
  std::vector<std::string> parts;
  switch (node.kind) {
    case Node::Kind::kNothing:
      return "~";
    case Node::Kind::kText: {
      // Where variables have been put in, a '$' is text, and would name a variable again.
      const std::string text =
          node.settled ? absl::StrReplaceAll(node.text, {{"$", "$$"}}) : node.text;
      return node.quoted || !is_plain(text) ? double_quoted(text) : text;
    }
    case Node::Kind::kList:
      for (const Node* item : node.items) parts.push_back(written(*item));
      return absl::StrCat("[", absl::StrJoin(parts, ", "), "]");
    case Node::Kind::kMap:
      for (const Node::Entry& entry : node.entries) {
        parts.push_back(absl::StrCat(written(*entry.key), ": ", written(*entry.value)));
      }
      return absl::StrCat("{", absl::StrJoin(parts, ", "), "}");
  }
  return {};
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key->text == key) return entry.value;
  }
  return nullptr;
}

// Receives yaml-cpp's events.
class Document::Builder : public YAML::EventHandler {
 public:
  Builder(Document& document, int source, const std::vector<std::string_view>& lines,
          std::vector<Diagnostic>& errors)
      : document_(document), source_(source), lines_(lines), errors_(errors) {}

  const Node* root() const { return root_; }

  // Where the innermost list or map begins that has not ended; null outside all.
  const Node* innermost() const { return open_.empty() ? nullptr : open_.back().node; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_ != nullptr) {
      // yaml-cpp also says so where the indentation ends a list or map at the top.
      throw Refused(mark, "a second document starts here",
                    "a file holds one: check the indentation, or leave '---' out");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(begin(place_of_nothing(mark), Node::Kind::kNothing, anchor));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused(mark, "an alias stands for what it is a part of");
    take(*found->second, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node& node = begin(mark, Node::Kind::kText, anchor);
    check_tag(node, tag);
    node.quoted = tag == "!";
    if (node.quoted && value.find(kEndInText) != std::string::npos) {
      throw Refused(mark, "not YAML: this quote is never closed");
    }
    node.text = value;
    document_.has_dollar_ |= value.find('$') != std::string::npos;
    finish(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, Node::Kind::kList, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, Node::Kind::kMap, tag, anchor);
  }
  void OnMapEnd() override {
    drop_duplicates(*open_.back().node);
    close();
  }

 private:
  // A list or map that has not ended.
  struct Open {
    Node* node = nullptr;
    const Node* key = nullptr;  // of a map: waits for its value
    YAML::anchor_t anchor = 0;
  };

  Node& begin(const YAML::Mark& mark, Node::Kind kind, YAML::anchor_t anchor) {
    if (document_.nodes_.size() >= kMostValues) {
      throw Refused(mark, "the file holds more than 1_000_000 values");
    }
    Node& node = document_.add({});
    node.kind = kind;
    node.source = source_;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    anchor_ = anchor;
    return node;
  }

  // yaml-cpp gives the mark of what comes next. In a map, the key is the place; in a list, the '-'.
  YAML::Mark place_of_nothing(YAML::Mark mark) const {
    if (open_.empty()) return mark;
    const Open& open = open_.back();
    if (open.key != nullptr) {
      mark.line = open.key->line - 1;
      mark.column = open.key->column - 1;
    } else if (open.node->kind == Node::Kind::kList) {
      const auto column = static_cast<std::size_t>(open.node->column - 1);
      const int end = std::min(mark.line, static_cast<int>(lines_.size()));
      for (int line = end; --line >= open.node->line - 1;) {
        const std::string_view text = lines_[static_cast<std::size_t>(line)];
        if (column >= text.size() || text[column] != '-') continue;
        mark.line = line;
        mark.column = open.node->column - 1;
        break;
      }
    }
    return mark;
  }

  void check_tag(const Node& node, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    errors_.push_back({document_.place(node), "a scenario has no tags such as " + in_quotes(tag),
                       "leave the tag out"});
  }

  void finish(const Node& node) {
    if (anchor_ != YAML::NullAnchor) anchors_[anchor_] = &node;
    take(node, {});
  }

  void open(const YAML::Mark& mark, Node::Kind kind, const std::string& tag,
            YAML::anchor_t anchor) {
    if (open_.size() >= static_cast<std::size_t>(kDeepest)) refuse_depth(mark);
    Node& node = begin(mark, kind, anchor);
    node.depth = 1;
    check_tag(node, tag);
    open_.push_back({&node, nullptr, anchor});
  }

  // Whoever reads a document goes down as deep as it is nested.
  [[noreturn]] static void refuse_depth(const YAML::Mark& mark) {
    throw Refused(mark, absl::StrCat("lists and maps are nested more than ", kDeepest, " deep"));
  }

  void close() {
    const Open closed = open_.back();
    open_.pop_back();
    anchor_ = closed.anchor;
    finish(*closed.node);
  }

  // Puts a whole node where it belongs.
  void take(const Node& node, const YAML::Mark& alias) {
    if (open_.empty()) {
      root_ = &node;
      return;
    }
    Open& open = open_.back();
    if (open.node->kind == Node::Kind::kList) {
      open.node->items.push_back(&node);
    } else if (open.key != nullptr) {
      open.node->entries.push_back({open.key, &node});
      open.key = nullptr;
    } else if (node.kind == Node::Kind::kText) {
      open.key = &node;
    } else {
      YAML::Mark mark = alias;
      mark.line = node.line - 1;
      mark.column = node.column - 1;
      throw Refused(mark, "a key must be a word");
    }
    open.node->depth = std::max(open.node->depth, node.depth + 1);
    if (open.node->depth > kDeepest) {
      YAML::Mark mark = alias;
      if (mark.line == 0) mark.line = node.line - 1;
      refuse_depth(mark);
    }
    open.node->size += node.size;
    if (open.node->size > kMostValues) {
      throw Refused(alias, "the aliases of this file stand for more than 1_000_000 values");
    }
  }

  // The first of two stays, and the second is told.
  void drop_duplicates(Node& map) {
    std::map<std::string_view, const Node*> seen;
    std::erase_if(map.entries, [&](const Node::Entry& entry) {
      const auto [first, is_new] = seen.emplace(entry.key->text, entry.key);
      if (is_new) return false;
      errors_.push_back({document_.place(*entry.key),
                         absl::StrCat(in_quotes(entry.key->text), " is given twice"),
                         absl::StrCat("the first is in line ", first->second->line)});
      return true;
    });
  }

  Document& document_;
  const int source_;
  const std::vector<std::string_view>& lines_;
  std::vector<Diagnostic>& errors_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, const Node*> anchors_;
  YAML::anchor_t anchor_ = YAML::NullAnchor;  // of the node that finish() gets
  const Node* root_ = nullptr;
};

const Node* Document::parse(std::string_view as_it_is, int source,
                            std::vector<Diagnostic>& errors) {
  const std::string text = with_newlines(std::string(as_it_is));
  const auto [name, is_file] = sources_[static_cast<std::size_t>(source)];
  // A place within an option says nothing to its author.
  const auto place = [name = name, is_file = is_file](const YAML::Mark& mark) {
    return !is_file || mark.is_null() ? Place{name, 0, 0}
                                      : Place{name, mark.line + 1, mark.column + 1};
  };
  if (const std::optional<Refused> refused = unfit(text)) {
    errors.push_back({place(refused->mark), refused->message, refused->remedy});
    return nullptr;
  }
  const std::vector<std::string_view> lines = split_lines(text);
  Builder builder(*this, source, lines, errors);
  try {
    std::istringstream stream(absl::StrCat(text, std::string(kEnd)));
    YAML::Parser parser(stream);
    bool more = true;
    while (more) more = parser.HandleNextDocument(builder);
    return builder.root();
  } catch (const Refused& refused) {
    errors.push_back({place(refused.mark), refused.message, refused.remedy});
  } catch (const YAML::Exception& exception) {
    const Node* open = builder.innermost();
    const bool at_the_end = exception.mark.line >= static_cast<int>(lines.size());
    if (at_the_end && open != nullptr) {
      errors.push_back(
          {this->place(*open), "not YAML: what begins here never ends", "a ']' or '}' is missing"});
    } else {
      errors.push_back({place(exception.mark), "not YAML: " + exception.msg,
                        remedy_for(exception.msg, lines, exception.mark.line)});
    }
  } catch (const std::exception& exception) {
    errors.push_back({place(YAML::Mark::null_mark()),
                      absl::StrCat("cannot be read as YAML: ", exception.what()), ""});
  }
  return nullptr;
}

Place Document::place(const Node& node) const {
  const Source& source = source_of(node);
  if (!source.is_file) return {source.name, 0, 0};
  return {source.name, node.line, node.column};
}

std::string Document::path_of_file(const Node& value) const {
  const Source& source = source_of(value).is_file ? source_of(value) : sources_[0];
  const std::size_t slash = source.name.rfind('/');
  if (value.text.starts_with('/') || slash == std::string::npos) return value.text;
  return source.name.substr(0, slash + 1) + value.text;
}

std::vector<std::string> Document::sources() const {
  std::vector<std::string> names;
  for (const Source& source : sources_) names.push_back(source.name);
  return names;
}

void Document::load(std::string_view text, std::string file, std::vector<Diagnostic>& errors) {
  root_ = read(text, std::move(file), errors);
}

const Node* Document::read(std::string_view text, std::string file,
                           std::vector<Diagnostic>& errors) {
  sources_.push_back({std::move(file), true});
  const std::size_t errors_before = errors.size();
  const Node* root = parse(text, static_cast<int>(sources_.size()) - 1, errors);
  if (root == nullptr || root->kind == Node::Kind::kNothing) {
    if (errors.size() == errors_before) {
      errors.push_back({{sources_.back().name, 0, 0},
                        "the file is empty",
                        "a scenario begins with 'algorithm: NAME'"});
    }
    return nullptr;
  }
  if (root->kind == Node::Kind::kMap) return root;
  const std::string_view found = root->kind == Node::Kind::kList ? "a list" : "a single text";
  errors.push_back({place(*root),
                    absl::StrCat("the file must hold 'key: value' lines, not ", std::string(found)),
                    ""});
  return nullptr;
}

void Document::set(const Override& change, std::vector<Diagnostic>& errors) {
  sources_.push_back({change.shown, false});
  const int source = static_cast<int>(sources_.size()) - 1;
  Node at;
  at.source = source;
  const std::size_t errors_before = errors.size();
  const Node* value = parse(change.value, source, errors);
  if (errors.size() > errors_before) return;
  if (value == nullptr) value = &add(at);
  if (root_ != nullptr) root_ = replaced(*root_, change.path, at, *value, errors);
}

const Node* Document::replaced(const Node& root, std::string_view path, const Node& at,
                               const Node& value, std::vector<Diagnostic>& errors) {
  const std::vector<std::string> keys = absl::StrSplit(std::string(path), '.');
  if (std::find(keys.begin(), keys.end(), "") != keys.end()) {
    errors.push_back({place(at), in_quotes(path) + " is no dotted path of keys",
                      "write for example network.loss"});
    return &root;
  }
  if (keys.size() > static_cast<std::size_t>(kDeepest)) {
    errors.push_back({place(at), absl::StrCat("the path has more than ", kDeepest, " keys"), ""});
    return &root;
  }
  return changed(&root, keys, 0, value, at, errors);
}

// A copy of `node` in which the value at path[depth...] is another. What is above it is copied and
// not changed, since aliases may share it.
const Node* Document::changed(const Node* node, std::span<const std::string> path,
                              std::size_t depth, const Node& value, const Node& at,
                              std::vector<Diagnostic>& errors) {
  if (depth == path.size()) return &value;
  const Place place = this->place(at);
  const std::string& key = path[depth];
  const std::string parent = depth == 0 ? "the file" : in_quotes(path[depth - 1]);
  const auto below = [&](const Node* old) {
    return changed(old, path, depth + 1, value, at, errors);
  };

  Node copy;
  if (node != nullptr && node->kind != Node::Kind::kNothing) {
    copy = *node;
  } else {
    copy.kind = Node::Kind::kMap;
    copy.source = at.source;
    copy.line = at.line;
    copy.column = at.column;
  }
  if (copy.kind == Node::Kind::kText) {
    errors.push_back({place, parent + " is no map, so it has no " + in_quotes(key), ""});
    return node;
  }
  if (copy.kind == Node::Kind::kMap) {
    for (Node::Entry& entry : copy.entries) {
      if (entry.key->text != key) continue;
      entry.value = below(entry.value);
      return &add(std::move(copy));
    }
    Node name;
    name.kind = Node::Kind::kText;
    name.source = at.source;
    name.line = at.line;
    name.column = at.column;
    name.text = key;
    copy.entries.push_back({&add(std::move(name)), below(nullptr)});
    return &add(std::move(copy));
  }

  // A list: its items go by number, or by the name that each of them has.
  std::vector<std::string> names;
  for (const Node*& item : copy.items) {
    const Node* name = item->find("name");
    if (name == nullptr) continue;
    if (name->text == key) {
      item = below(item);
      return &add(std::move(copy));
    }
    names.push_back(name->text);
  }
  const std::optional<std::uint64_t> number = parse_unsigned(key).value;
  if (number && *number < copy.items.size()) {
    copy.items[*number] = below(copy.items[*number]);
    return &add(std::move(copy));
  }
  if (number) {
    errors.push_back({place,
                      absl::StrCat(parent, " has no item ", *number, ": it has ", copy.items.size(),
                                   ", counted from 0"),
                      ""});
  } else {
    errors.push_back(
        {place, parent + " has no item with the name " + in_quotes(key), did_you_mean(key, names)});
  }
  return node;
}

}  // namespace troupe::scenario
