// The sorted set behind Oracle.
#include "algorithms/chord/oracle.h"

#include <algorithm>

namespace chord {

Oracle::Oracle(const std::vector<Node*>& nodes) {
  for (Node* node : nodes) {
    if (node->is_member()) members_.push_back(node);
  }
  std::ranges::sort(members_, {}, [](const Node* node) { return node->identifier(); });
}

std::size_t Oracle::place_of(Id key) const {
  const auto found = std::ranges::lower_bound(members_, key, {},
                                              [](const Node* node) { return node->identifier(); });
  return found == members_.end() ? 0 : static_cast<std::size_t>(found - members_.begin());
}

const Node& Oracle::at(std::size_t place, std::ptrdiff_t steps) const {
  const auto size = static_cast<std::ptrdiff_t>(members_.size());
  const std::ptrdiff_t index = (static_cast<std::ptrdiff_t>(place) + steps % size + size) % size;
  return *members_[static_cast<std::size_t>(index)];
}

std::size_t Oracle::wrong_successors() const {
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    wrong += members_[i]->successor_list().front() == at(i, 1).me() ? 0 : 1;
  }
  return wrong;
}

std::size_t Oracle::wrong_fingers() const {
  std::size_t wrong = 0;
  for (const Node* node : members_) {
    for (int k = 1; k < node->circle().bits(); ++k) {
      wrong += node->finger(k) == owner(node->start(k)).me() ? 0 : 1;
    }
  }
  return wrong;
}

}  // namespace chord
