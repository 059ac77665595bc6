// Depth first, each file once; what comes later replaces what was there.
#include "scenario/includes.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "scenario/text_file.h"

namespace troupe::scenario {
namespace {

constexpr std::size_t kMostFiles = 100;

// Maps in which each key is replaced by itself.
constexpr std::array<std::string_view, 5> kMapsOfKeys = {"parameters", "groups", "variables",
                                                         "network", "sweep"};
// Lists of which one follows the other.
constexpr std::array<std::string_view, 2> kLists = {"phases", "checks"};
// What a file says of itself.
constexpr std::array<std::string_view, 3> kOwn = {"name", "description", "includes"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

class Includer {
 public:
  Includer(Document& document, std::set<std::string>& files, std::vector<Diagnostic>& errors)
      : document_(document), files_(files), errors_(errors) {
    document_.set_root(whole(*document_.root(), document_.sources().front()));
  }

  // Whether every file could be read.
  bool complete() const { return complete_; }

 private:
  // The root of the file at `path`, with all that it includes.
  const Node* whole(const Node& root, const std::string& path) {
    const Node* list = root.find("includes");
    if (list == nullptr || list->kind == Node::Kind::kNothing) return &root;
    chain_.push_back(identity(path));
    const Node* base = nullptr;
    std::set<std::string> here;
    const std::vector<const Node*> one = {list};
    for (const Node* item : list->kind == Node::Kind::kList ? list->items : one) {
      const Node* file = included(*item, here);
      if (file == nullptr) continue;
      base = base == nullptr ? without_own(*file) : merged(*base, *without_own(*file));
    }
    chain_.pop_back();
    return base == nullptr ? &root : merged(*base, root);
  }

  // Null where there is nothing more to read.
  const Node* included(const Node& item, std::set<std::string>& here) {
    if (item.kind != Node::Kind::kText || item.text.empty()) {
      error(item, "each of 'includes' must be a file", "write for example [network.yaml]");
      return nullptr;
    }
    const std::string path = document_.path_of_file(item);
    const std::string file = identity(path);
    const auto begin = std::find(chain_.begin(), chain_.end(), file);
    if (begin != chain_.end()) {
      error(item, absl::StrCat("this file includes itself: ",
                               absl::StrJoin(begin, chain_.end(), " -> "), " -> ", file));
      return nullptr;
    }
    if (!here.insert(file).second) {
      error(item, in_quotes(item.text) + " is included twice");
      return nullptr;
    }
    // What several files include counts once, where it came first.
    if (!read_.insert(file).second) return nullptr;
    if (read_.size() > kMostFiles) {
      error(item, absl::StrCat("more than ", kMostFiles, " files are included"));
      return nullptr;
    }
    files_.insert(path);
    std::string problem;
    const std::optional<std::string> text = read_text_file(path, Document::kMostBytes, problem);
    if (!text) {
      error(item, absl::StrCat("'includes': ", on_one_line(path), " ", problem),
            "paths are relative to the folder of the file that includes");
      return nullptr;
    }
    const Node* root = document_.read(*text, path, errors_);
    complete_ &= root != nullptr;
    return root == nullptr ? nullptr : whole(*root, path);
  }

  // --- Putting together ---

  const Node* without_own(const Node& root) {
    Node copy = root;
    std::erase_if(copy.entries,
                  [](const Node::Entry& entry) { return is_one_of(kOwn, entry.key->text); });
    return &document_.add(std::move(copy));
  }

  // A scenario's maps: what `over` says replaces what `base` says.
  const Node* merged(const Node& base, const Node& over) {
    return combined(base, over, [this](std::string_view key, const Node& old, const Node& more) {
      const bool maps = old.kind == Node::Kind::kMap && more.kind == Node::Kind::kMap;
      if (maps && is_one_of(kMapsOfKeys, key)) {
        return combined(old, more,
                        [](std::string_view, const Node&, const Node& value) { return &value; });
      }
      const bool lists = old.kind == Node::Kind::kList && more.kind == Node::Kind::kList;
      if (lists && is_one_of(kLists, key)) return joined(old, more);
      return &more;
    });
  }

  template <class Both>
  const Node* combined(const Node& base, const Node& over, Both both) {
    Node copy = over;
    copy.entries = base.entries;
    for (const Node::Entry& entry : over.entries) {
      const auto same = [&](const Node::Entry& old) { return old.key->text == entry.key->text; };
      const auto found = std::find_if(copy.entries.begin(), copy.entries.end(), same);
      if (found == copy.entries.end()) {
        copy.entries.push_back(entry);
      } else {
        *found = {entry.key, both(entry.key->text, *found->value, *entry.value)};
      }
    }
    return &document_.add(std::move(copy));
  }

  const Node* joined(const Node& first, const Node& second) {
    Node copy = second;
    copy.items = first.items;
    copy.items.insert(copy.items.end(), second.items.begin(), second.items.end());
    return &document_.add(std::move(copy));
  }

  static std::string identity(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().string();
  }

  void error(const Node& node, std::string message, std::string remedy = {}) {
    complete_ = false;
    errors_.push_back({document_.place(node), std::move(message), std::move(remedy)});
  }

  Document& document_;
  std::set<std::string>& files_;
  std::vector<Diagnostic>& errors_;
  std::vector<std::string> chain_;  // the files that are being read
  std::set<std::string> read_;
  bool complete_ = true;
};

}  // namespace

bool read_includes(Document& document, std::set<std::string>& files,
                   std::vector<Diagnostic>& errors) {
  if (document.root() == nullptr) return true;
  return Includer(document, files, errors).complete();
}

}  // namespace troupe::scenario
