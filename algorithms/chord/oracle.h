// Oracle: who owns what on a ring, from a sorted set of its members. Stupid and right.
#pragma once

#include <cstddef>
#include <vector>

#include "algorithms/chord/node.h"

namespace chord {

class Oracle {
 public:
  Oracle() = default;
  // Those of `nodes` that have joined.
  explicit Oracle(const std::vector<Node*>& nodes);

  std::size_t size() const { return members_.size(); }
  const std::vector<Node*>& members() const& { return members_; }
  const std::vector<Node*>& members() && = delete;  // They go with the oracle.

  // The member that owns `key`: the first at it or after it. Requires members.
  const Node& owner(Id key) const { return *members_[place_of(key)]; }
  // The member `steps` after the one at `place`, clockwise (or, negative, before).
  const Node& at(std::size_t place, std::ptrdiff_t steps) const;
  std::size_t place_of(Id key) const;

  // How many members have a successor that is not the next member.
  std::size_t wrong_successors() const;
  // How many fingers, over all members, are not the owner of their start; without the first finger
  // of each, which is its successor.
  std::size_t wrong_fingers() const;

 private:
  std::vector<Node*> members_;  // by identifier
};

}  // namespace chord
