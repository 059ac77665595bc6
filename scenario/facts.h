// Facts: what has been read of a scenario, where later keys depend on earlier ones.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "actor/algorithm.h"

namespace troupe::scenario {

// A simulator holds so many; a testbed has fewer.
inline constexpr std::int64_t kMostHosts = 10'000'000;

struct Node;

struct Facts {
  const Algorithm* algorithm =
      nullptr;  // none: its name was wrong, so its own names are not judged
  std::optional<std::int64_t> hosts = 1;  // nothing: what was written is wrong
  bool spawned = false;                   // somebody lives
  std::map<std::string, std::vector<std::int64_t>> groups = {};
  mutable std::int64_t listed_hosts = 0;   // in all lists together
  std::vector<std::string> phases = {};    // the names of those that have been read
  Parameters parameters = {};              // as the scenario has them
  std::vector<std::string> measured = {};  // the states that `measure` takes
  // Conditions that ask for a statistic of a state, which `measure` must then take.
  struct Asked {
    const Node* node = nullptr;
    std::string state;
    std::optional<std::size_t> phase;  // of which the statistic is
  };
  mutable std::vector<Asked> asked = {};
};

// The names of what has a member or a member function `name`.
template <class Range>
std::vector<std::string> names_of(const Range& range) {
  std::vector<std::string> names;
  names.reserve(range.size());
  for (const auto& one : range)
    names.push_back(std::invoke(&std::remove_cvref_t<decltype(one)>::name, one));
  return names;
}

template <class Range>
const auto* find_named(const Range& range, std::string_view name) {
  decltype(&*range.begin()) found = nullptr;
  for (const auto& one : range) {
    if (std::invoke(&std::remove_cvref_t<decltype(one)>::name, one) == name) found = &one;
  }
  return found;
}

}  // namespace troupe::scenario
