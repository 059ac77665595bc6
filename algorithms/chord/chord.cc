// The description of Chord, and the checks that compare a ring with the oracle.
#include "algorithms/chord/chord.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "algorithms/chord/node.h"
#include "algorithms/chord/oracle.h"

namespace chord {
namespace {

NodeOptions options_from(const Parameters& parameters) {
  return {
      .circle = Circle(static_cast<int>(parameters.integer("bits"))),
      .successors = static_cast<std::size_t>(parameters.integer("successors")),
      .route_with_successors = parameters.flag("route_with_successors"),
      .iterative = parameters.text("lookups") == "iterative",
      .stabilize_every = parameters.duration("stabilize_every"),
      .fix_fingers_every = parameters.duration("fix_fingers_every"),
      .check_predecessor_every = parameters.duration("check_predecessor_every"),
      .answer_within = parameters.duration("answer_within"),
      .patience = static_cast<int>(parameters.integer("patience")),
      .lookup_timeout = parameters.duration("lookup_timeout"),
      .lookup_attempts = static_cast<int>(parameters.integer("lookup_attempts")),
      .lookup_pause = parameters.duration("lookup_pause"),
      .most_hops = static_cast<std::size_t>(parameters.integer("most_hops")),
      .join_retry = parameters.duration("join_retry"),
      .join_attempts = static_cast<int>(parameters.integer("join_attempts")),
      .remember = static_cast<std::size_t>(parameters.integer("remember")),
      .check_partition_every = parameters.duration("check_partition_every"),
  };
}

// --- Identifiers --------------------------------------------------------------------------------

// `identifiers` is one of these words, or a list.
constexpr std::string_view kHashed = "hash";
constexpr std::string_view kRandom = "random";
constexpr std::string_view kOfName = "sha1:";

std::vector<std::string> listed_identifiers(const std::string& text) {
  if (text == kHashed || text == kRandom) return {};
  return absl::StrSplit(text, absl::ByAnyChar(" ,"), absl::SkipEmpty());
}

// The identifier that is written so, or nothing.
std::optional<Id> read_identifier(const Circle& circle, const std::string& text) {
  if (text.starts_with(kOfName)) return circle.hash(text.substr(kOfName.size()));
  Id id = 0;
  if (!absl::SimpleAtoi(text, &id) || circle.wrap(id) != id) return std::nullopt;
  return id;
}

// What is wrong with the parameter `identifiers`.
std::string mistake_in_identifiers(const std::string& text, const Parameters& parameters) {
  const Circle circle(static_cast<int>(parameters.integer("bits")));
  std::map<Id, std::string> seen;
  for (const std::string& one : listed_identifiers(text)) {
    const std::optional<Id> id = read_identifier(circle, one);
    if (!id) {
      return absl::StrCat("must be 'hash', 'random', or a list of numbers below 2^", circle.bits(),
                          " and of names to hash ('sha1:NAME'); '", one, "' is none");
    }
    const auto [place, is_new] = seen.emplace(*id, one);
    if (!is_new) {
      return absl::StrCat("names an identifier twice: '", place->second, "' and '", one,
                          "' are both ", *id);
    }
  }
  return "";
}

// The identifier of the i-th node: from the list if there is one; else from its host's name, and
// from the seed where they are random.
Id identifier_of(const Parameters& parameters, const Circle& circle, const Spawning& spawning) {
  const std::string& text = parameters.text("identifiers");
  const std::vector<std::string> listed = listed_identifiers(text);
  const auto index = static_cast<std::size_t>(spawning.index());
  if (index < listed.size()) return *read_identifier(circle, listed[index]);
  if (text != kRandom) return circle.hash(spawning.host_name());
  return circle.hash(absl::StrCat(spawning.seed(), " ", spawning.host_name()));
}

// --- Checks -------------------------------------------------------------------------------------

std::string name(const World& world, const Node& node) {
  return absl::StrCat("node ", node.identifier(), " (", world.name_of(node.id()), ")");
}

std::string identifier_or_none(const std::optional<Peer>& peer) {
  return peer ? absl::StrCat(peer->id) : "none";
}

// Whether the state of the nodes is that of an ideal ring; `fingers` too, if asked for.
absl::Status compare_with_oracle(const World& world, bool fingers) {
  const std::vector<Node*> nodes = world.actors<Node>();
  const Oracle oracle(nodes);
  if (oracle.size() == 0) return absl::FailedPreconditionError("no node has joined");
  if (oracle.size() < nodes.size()) {
    return absl::FailedPreconditionError(
        absl::StrCat(nodes.size() - oracle.size(), " of ", nodes.size(), " nodes have not joined"));
  }
  for (std::size_t i = 0; i < oracle.size(); ++i) {
    const Node& node = oracle.at(i, 0);
    const std::vector<Peer>& list = node.successor_list();
    const std::size_t length =
        std::max<std::size_t>(1, std::min(node.options().successors, oracle.size() - 1));
    if (list.size() != length) {
      return absl::FailedPreconditionError(
          absl::StrCat(name(world, node), " knows ", list.size(), " successors, not ", length));
    }
    for (std::size_t k = 0; k < length; ++k) {
      const Node& right = oracle.at(i, static_cast<std::ptrdiff_t>(k) + 1);
      if (list[k] != right.me()) {
        return absl::FailedPreconditionError(absl::StrCat(name(world, node), ": successor ", k + 1,
                                                          " is ", list[k].id, ", not ",
                                                          right.identifier()));
      }
    }
    const Node& before = oracle.at(i, -1);
    const bool alone = oracle.size() == 1;
    if (!alone && node.predecessor() != before.me()) {
      return absl::FailedPreconditionError(absl::StrCat(name(world, node), ": predecessor is ",
                                                        identifier_or_none(node.predecessor()),
                                                        ", not ", before.identifier()));
    }
    for (int k = 1; fingers && k < node.circle().bits(); ++k) {
      const Node& right = oracle.owner(node.start(k));
      if (node.finger(k) != right.me()) {
        return absl::FailedPreconditionError(
            absl::StrCat(name(world, node), ": finger of ", node.start(k), " is ",
                         node.finger(k).ref ? absl::StrCat(node.finger(k).id) : "none", ", not ",
                         right.identifier()));
      }
    }
  }
  return absl::OkStatus();
}

// Gives every node the state that it would have after joining and stabilizing for ever.
absl::Status make_ideal(const World& world, const Parameters&) {
  std::vector<Peer> peers;
  std::vector<Node*> nodes = world.actors<Node>();
  std::ranges::sort(nodes, {}, [](const Node* node) { return node->identifier(); });
  for (const Node* node : nodes) {
    if (!peers.empty() && peers.back().id == node->identifier()) {
      return absl::AlreadyExistsError(
          absl::StrCat("two nodes have the identifier ", node->identifier(), "; use more bits"));
    }
    peers.push_back(node->me());
  }
  const std::size_t size = peers.size();
  auto successor_of = [&](Id key) {
    const auto found = std::ranges::lower_bound(peers, key, {}, &Peer::id);
    return found == peers.end() ? peers.front() : *found;
  };
  for (std::size_t i = 0; i < size; ++i) {
    Node& node = *nodes[i];
    std::vector<Peer> successors;
    const std::size_t length =
        std::max<std::size_t>(1, std::min(node.options().successors, size - 1));
    for (std::size_t k = 1; k <= length; ++k) successors.push_back(peers[(i + k) % size]);
    std::vector<Peer> fingers;
    for (int k = 0; k < node.circle().bits(); ++k) {
      fingers.push_back(successor_of(node.start(k)));
    }
    node.start_with(size == 1 ? std::nullopt : std::optional(peers[(i + size - 1) % size]),
                    std::move(successors), std::move(fingers));
  }
  return absl::OkStatus();
}

// The members at this moment, kept until somebody comes or goes. A node that joins counts as the
// owner of its range from the moment it has joined, before its predecessor knows it.
struct RememberedOracle {
  std::uint64_t changes = ~std::uint64_t{0};
  std::size_t waiting = 1;  // nodes that had not joined
  Oracle oracle;

  const Oracle& at(const World& world) {
    if (changes != world.changes() || waiting > 0) {
      const std::vector<Node*> nodes = world.actors<Node>();
      oracle = Oracle(nodes);
      waiting = nodes.size() - oracle.size();
      changes = world.changes();
    }
    return oracle;
  }
};

// The place of the first entry of a node's successor list that is a live member; the node's own
// where there is none.
std::size_t best_successor(const Oracle& oracle, std::size_t place) {
  for (const Peer& peer : oracle.at(place, 0).successor_list()) {
    const std::size_t there = oracle.place_of(peer.id);
    if (oracle.at(there, 0).me() == peer) return there;
  }
  return place;
}

// Zave's AtLeastOneRing, AtMostOneRing, OrderedRing and ConnectedAppendages together.
absl::Status look_for_one_ring(const World& world) {
  const Oracle& oracle = world.memory<RememberedOracle>().at(world);
  if (oracle.size() == 0) return absl::FailedPreconditionError("no node has joined");
  // Whoever starts anywhere and follows for long enough is on a ring.
  std::vector<std::size_t> next;
  for (std::size_t i = 0; i < oracle.size(); ++i) next.push_back(best_successor(oracle, i));
  std::vector<bool> on_ring(oracle.size());
  std::size_t start = 0;
  for (std::size_t i = 0; i < oracle.size(); ++i) start = next[start];
  std::size_t laps = 0;
  std::size_t at = start;
  do {
    on_ring[at] = true;
    if (next[at] <= at) ++laps;
    at = next[at];
  } while (at != start);
  if (laps != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("the ring of ", name(world, oracle.at(start, 0)), " goes round ", laps,
                     " times before it comes back"));
  }
  // 0: not known yet; 1: leads to the ring; 2: on the way that is being followed.
  std::vector<std::uint8_t> leads(oracle.size());
  for (std::size_t i = 0; i < oracle.size(); ++i) leads[i] = on_ring[i] ? 1 : 0;
  for (std::size_t i = 0; i < oracle.size(); ++i) {
    std::size_t end = i;
    while (leads[end] == 0) {
      leads[end] = 2;
      end = next[end];
    }
    if (leads[end] == 2) {
      return absl::FailedPreconditionError(
          absl::StrCat("there are two rings, that of ", name(world, oracle.at(start, 0)),
                       " and that of ", name(world, oracle.at(end, 0))));
    }
    for (std::size_t back = i; leads[back] == 2; back = next[back]) leads[back] = 1;
  }
  return absl::OkStatus();
}

absl::Status look_at_successor(const World& world, const Parameters&, const Node& node) {
  if (!node.is_member()) return absl::OkStatus();
  const Oracle& oracle = world.memory<RememberedOracle>().at(world);
  const std::size_t place = oracle.place_of(node.identifier());
  const Node& right = oracle.at(place, 1);
  const Node& found = oracle.at(best_successor(oracle, place), 0);
  if (&right == &found) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      name(world, node), " leads to ", name(world, found), ", not to ", name(world, right)));
}

// A count over all members just now; nothing while there are none.
std::optional<double> count_members(const World& world, std::size_t (Oracle::*count)() const) {
  const Oracle& oracle = world.memory<RememberedOracle>().at(world);
  if (oracle.size() == 0) return std::nullopt;
  return static_cast<double>((oracle.*count)());
}

void judge_lookup(const World& world, const Parameters&, const LookupDone& lookup) {
  if (!lookup.owner) return;
  const Oracle& oracle = world.memory<RememberedOracle>().at(world);
  if (oracle.size() == 0 || oracle.owner(lookup.key).me() != *lookup.owner) {
    world.count("lookup_wrong", 1);
  } else {
    world.count("lookup_correct", 1);
  }
}

}  // namespace

Algorithm chord() {
  Algorithm algorithm("chord",
                      "A distributed hash table: every key has an owner on a ring, found in "
                      "O(log N) hops (Stoica et al. 2003).");
  algorithm
      .parameter({.name = "bits",
                  .value = std::int64_t{32},
                  .help = "length of an identifier (m)",
                  .least = 1,
                  .most = 64})
      .parameter({.name = "successors",
                  .value = std::int64_t{8},
                  .help = "length of the successor list (r)",
                  .least = 1,
                  .most = 1000})
      .parameter("route_with_successors", true,
                 "lookups may also go to a successor, not only to a finger")
      .parameter({.name = "lookups",
                  .value = std::string("recursive"),
                  .help = "who walks the path: each node the next step, or the asking node all",
                  .choices = {"recursive", "iterative"}})
      .parameter({.name = "identifiers",
                  .value = std::string(kHashed),
                  .help = "`hash`: SHA-1 of the host's name; `random`: of the seed and that name, "
                          "so other seeds give other rings; or a list for the first nodes, numbers "
                          "or `sha1:NAME` with spaces between, and `hash` for the rest",
                  .mistake = mistake_in_identifiers})
      .parameter({.name = "stabilize_every",
                  .value = Duration(1s),
                  .help = "period of stabilize",
                  .least = 1e-6})
      .parameter({.name = "fix_fingers_every",
                  .value = Duration(1s),
                  .help = "period of fix_fingers, one finger at a time",
                  .least = 1e-6})
      .parameter({.name = "check_predecessor_every",
                  .value = Duration(2s),
                  .help = "period of check_predecessor",
                  .least = 1e-6})
      .parameter({.name = "answer_within",
                  .value = Duration(1s),
                  .help = "a neighbour that takes longer has missed",
                  .least = 1e-6})
      .parameter({.name = "patience",
                  .value = std::int64_t{4},
                  .help = "misses in a row before a silent neighbour counts as dead",
                  .least = 1,
                  .most = 1000})
      .parameter({.name = "lookup_timeout",
                  .value = Duration(3s),
                  .help = "the time of one attempt of a recursive lookup, over all its hops",
                  .least = 1e-6})
      .parameter({.name = "lookup_attempts",
                  .value = std::int64_t{10},
                  .help = "attempts before a lookup has failed",
                  .least = 1,
                  .most = 1000})
      .parameter({.name = "lookup_pause",
                  .value = Duration(100ms),
                  .help = "mean pause before the second attempt of a lookup; each further one is "
                          "twice as long, up to 10s",
                  .least = 1e-6})
      .parameter({.name = "most_hops",
                  .value = std::int64_t{1000},
                  .help = "a lookup that takes more hops has failed",
                  .least = 1,
                  .most = 1e6})
      .parameter({.name = "join_retry",
                  .value = Duration(1s),
                  .help = "pause before a node tries again to join",
                  .least = 1e-6})
      .parameter({.name = "join_attempts",
                  .value = std::int64_t{100},
                  .help = "attempts before a node gives up joining",
                  .least = 1,
                  .most = 1e6})
      .parameter({.name = "remember",
                  .value = std::int64_t{0},
                  .help = "nodes that each remembers for ever, so that rings which a partition has "
                          "split come together again",
                  .least = 0,
                  .most = 1000})
      .parameter({.name = "check_partition_every",
                  .value = Duration(10s),
                  .help = "period of asking one that is remembered",
                  .least = 1e-6})
      .actor<Node>("a member of the ring; joins through one of three random members",
                   [](const Parameters& parameters, const Spawning& spawning) {
                     const NodeOptions options = options_from(parameters);
                     // Some, because one may have crashed before it has answered.
                     std::vector<Ref<Node>> contacts;
                     for (int draws = 0; draws < 12 && contacts.size() < 3; ++draws) {
                       const Ref<Node> contact = spawning.contact<Node>();
                       if (std::ranges::count(contacts, contact) == 0) contacts.push_back(contact);
                     }
                     return std::make_unique<Node>(
                         options, identifier_of(parameters, options.circle, spawning), contacts);
                   })
      .leaves_by<Node>(&Node::leave)
      .keys([](const Parameters& parameters, std::string_view text) {
        return Circle(static_cast<int>(parameters.integer("bits"))).hash(text);
      })
      .start("ideal", "every pointer and finger as after joining and stabilizing", make_ideal)
      .check("ring_is_ideal", "successor lists and predecessors equal those of a sorted set",
             [](const World& world, const Parameters&) {
               return compare_with_oracle(world, /*fingers=*/false);
             })
      .check("fingers_are_exact",
             "as ring_is_ideal, and every finger is the successor of its start",
             [](const World& world, const Parameters&) {
               return compare_with_oracle(world, /*fingers=*/true);
             })
      .check(
          "ring_is_one",
          "who follows first live successors comes to one ring that is in order, from everywhere",
          [](const World& world, const Parameters&) { return look_for_one_ring(world); })
      .check_each<Node>("successor_is_right",
                        "the first live entry of its successor list is the next member",
                        look_at_successor)
      .number("wrong_successors", "members whose successor is not the next live member",
              [](const World& world, const Parameters&) {
                return count_members(world, &Oracle::wrong_successors);
              })
      .number("wrong_fingers",
              "fingers of all members that are not the live member that owns their start",
              [](const World& world, const Parameters&) {
                return count_members(world, &Oracle::wrong_fingers);
              })
      .measures("lookup_hops", "hops of a lookup to the key's predecessor, the owner excluded")
      .measures("lookup_seconds",
                "from a lookup's beginning to its answer, other attempts included")
      .counts("lookup_correct", "lookups that found the true owner")
      .counts("lookup_wrong", "lookups that found somebody else")
      .counts("lookup_failures", "lookups that failed after all attempts")
      .counts("lookup_timeouts",
              "nodes on the way of lookups, and owners, that did not answer; failed attempts")
      .counts("join_retries", "attempts to join that failed")
      .counts("join_failures", "nodes that gave up joining")
      .counts("partitions_found", "answers from another ring than one's own")
      .on_report<LookupDone>(judge_lookup);
  return algorithm;
}

}  // namespace chord
