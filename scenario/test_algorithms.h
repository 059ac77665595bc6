// Small algorithms for the tests of scenarios: `ring` has one actor class, `shop` has two.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/algorithm.h"

namespace troupe::scenario_test {

ACTOR_METHODS(Node, lookup, poke, join, tune, many, perhaps, meet, at, leave, prices, pair)

struct Peer {
  std::int64_t id = 0;
  FIELDS(id)
};

class Node : public Actor<Node> {
 public:
  Sync<std::uint32_t> lookup(std::uint32_t key) { return key; }
  Async poke() { return {}; }
  Sync<> join(Ref<Node>) { return {}; }
  Sync<> tune(std::int16_t, bool, double, float, std::string, Duration, std::uint64_t,
              std::int64_t) {
    return {};
  }
  Sync<> many(std::vector<int>) { return {}; }
  Sync<> perhaps(std::optional<int>) { return {}; }
  Sync<> meet(Peer) { return {}; }
  Sync<> at(Time) { return {}; }
  Sync<> leave() { return {}; }
  Sync<> prices(std::map<std::string, int>) { return {}; }
  Sync<> pair(std::pair<int, std::string>) { return {}; }
};

ACTOR_METHODS(Client, ping, buy)
class Client : public Actor<Client> {
 public:
  Sync<> ping() { return {}; }
  Sync<> buy(int) { return {}; }
};

ACTOR_METHODS(Server, ping)
class Server : public Actor<Server> {
 public:
  Sync<> ping() { return {}; }
};

template <class A>
Algorithm::Factory factory() {
  return [](const Parameters&, const Spawning&) { return std::make_unique<A>(); };
}

inline std::vector<Algorithm> algorithms() {
  const auto good = [](const World&, const Parameters&) { return absl::OkStatus(); };
  std::vector<Algorithm> result;
  result.push_back(
      Algorithm("ring", "Everybody knows the next.")
          .parameter(Parameter{.name = "bits",
                               .value = std::int64_t{32},
                               .help = "of an identifier",
                               .least = 1,
                               .most = 64})
          .parameter(Parameter{.name = "stabilize_every",
                               .value = Duration(1s),
                               .help = "the period of repairs",
                               .least = 1e-6})
          .parameter(Parameter{.name = "patience",
                               .value = Duration(1s),
                               .help = "with a silent neighbour",
                               .least = 0.001,
                               .most = 60})
          .parameter("successors", 4, "how many are known")
          .parameter("share", 0.5, "of the work")
          .parameter("careful", true, "ask twice")
          .parameter(Parameter{.name = "protocol",
                               .value = std::string("correct"),
                               .help = "which rules",
                               .choices = {"correct", "naive"}})
          .parameter("note", std::string("none"), "any text")
          .actor<Node>("a member", factory<Node>())
          .start("ideal", "a perfect ring", good)
          .start("chaos", "anything", good)
          .check("ring_is_ideal", "everybody knows the right one", good)
          .check("ring_is_one", "there is one ring", good)
          .check_each<Node>(
              "successor_is_right", "it knows the next",
              [](const World&, const Parameters&, const Node&) { return absl::OkStatus(); })
          .number("wrong_successors", "how many do not know the next",
                  [](const World& world, const Parameters&) {
                    return static_cast<double>(world.everybody().size());
                  })
          .role<Node>("is_first", "it was there before all others",
                      [](const World&, const Parameters&, const Node&) { return true; })
          .leaves_by<Node>(&Node::leave)
          .keys([](const Parameters& parameters, std::string_view text) {
            return std::uint64_t{text.size()} << parameters.integer("bits") / 2;
          })
          .measures("lookup_hops", "how far a lookup goes")
          .measures("hops", "the same, shorter")
          .counts("lookup_failures", "lookups without an answer"));
  result.push_back(Algorithm("shop", "Clients buy from servers.")
                       .actor<Client>("buys", factory<Client>())
                       .actor<Server>("sells", factory<Server>()));
  return result;
}

}  // namespace troupe::scenario_test
