// Document: a YAML file as a tree that remembers where everything stands; with what other files and
// the command line add to it.
//
// It is built from yaml-cpp's events and not from YAML::Node, which forgets duplicate keys and
// throws when asked the wrong thing. An alias shares the node of its anchor, so a small file cannot
// become a large tree; a document that would unfold to too many values is refused.
//
//   std::vector<Diagnostic> errors;
//   Document document;
//   document.load("hosts: 3\n", "ring.yaml", errors);
//   document.set({.path = "hosts", .value = "5", .shown = "--set hosts=5"}, errors);
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/diagnostic.h"
#include "scenario/place.h"

namespace troupe::scenario {

struct Node {
  enum class Kind : std::uint8_t { kNothing, kText, kList, kMap };
  struct Entry {
    const Node* key = nullptr;  // text
    const Node* value = nullptr;
  };

  Kind kind = Kind::kNothing;
  bool quoted = false;   // of text: "random" is not random
  bool settled = false;  // of text: its variables have been put in
  bool refused = false;  // a mistake in it has been told; more of them say nothing new
  int source = 0;
  int line = 0;
  int column = 0;
  std::string text;
  std::vector<const Node*> items;  // of a list
  std::vector<Entry> entries;      // of a map, without duplicates
  std::size_t size = 1;            // with all that is below, aliases unfolded
  int depth = 0;                   // of the lists and maps in it, aliases unfolded

  // The value of a key, or null.
  const Node* find(std::string_view key) const;
};

// YAML that is this value again, on one line: "{uniform: [1ms, 5ms]}".
std::string written(const Node& node);

// One value of a document, replaced by an option of the command line.
struct Override {
  std::string path;   // "network.loss"; "phases.0.lasts" and "phases.join.lasts" name a list's item
  std::string value;  // YAML
  std::string shown;  // how messages call it: "--set network.loss=2%"
};

class Document {
 public:
  // What is refused. Real scenarios stay far below.
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMostValues = 1'000'000;
  static constexpr int kDeepest = 64;

  // Reads the one document of a file. Whatever is wrong with it as YAML is added to `errors`; the
  // root is null where there is nothing to go on with.
  void load(std::string_view text, std::string file, std::vector<Diagnostic>& errors);
  // Reads one more file, and gives its root; null likewise.
  const Node* read(std::string_view text, std::string file, std::vector<Diagnostic>& errors);

  // Replaces or adds one value, with the maps above it. Does nothing where load() failed.
  void set(const Override& change, std::vector<Diagnostic>& errors);

  // A copy of `root` in which the value at `path` is another; the document stays what it is.
  // Mistakes are told at the place of `at`.
  const Node* replaced(const Node& root, std::string_view path, const Node& at, const Node& value,
                       std::vector<Diagnostic>& errors);

  const Node* root() const { return root_; }
  void set_root(const Node* root) { root_ = root; }
  Place place(const Node& node) const;
  // Where a file is that a value names: its path is relative to the folder of the file that the
  // value stands in; of an override, to that of the first file.
  std::string path_of_file(const Node& value) const;
  // Files and overrides, in the order in which their mistakes are told.
  std::vector<std::string> sources() const;
  // Whether there is a '$' in any text.
  bool has_dollar() const { return has_dollar_; }

  // Owns a node from now on.
  Node& add(Node node) { return nodes_.emplace_back(std::move(node)); }
  // Forgets the nodes that were added since there were so many.
  std::size_t node_count() const { return nodes_.size(); }
  void forget_nodes_from(std::size_t count) { nodes_.resize(count); }

 private:
  class Builder;
  struct Source {
    std::string name;
    bool is_file = false;  // else an override, whose author sees no lines
  };

  const Node* parse(std::string_view text, int source, std::vector<Diagnostic>& errors);
  const Node* changed(const Node* node, std::span<const std::string> path, std::size_t depth,
                      const Node& value, const Node& at, std::vector<Diagnostic>& errors);
  const Source& source_of(const Node& node) const {
    return sources_[static_cast<std::size_t>(node.source)];
  }

  std::deque<Node> nodes_;  // owns all; nodes point to each other
  std::vector<Source> sources_;
  bool has_dollar_ = false;
  const Node* root_ = nullptr;
};

}  // namespace troupe::scenario
