// The keys of `phases`, and how their names become actor classes and methods of the algorithm.
#include "scenario/phase_keys.h"

#include <set>
#include <tuple>

#include "absl/strings/str_join.h"
#include "scenario/arguments.h"
#include "scenario/conditions.h"

namespace troupe::scenario {
namespace {

constexpr std::int64_t kMostCalls = 1'000'000'000;

using ActorClass = Algorithm::ActorClass;

std::vector<std::string> actor_names(const Algorithm& algorithm) {
  std::vector<std::string> names;
  for (const ActorClass& actor : algorithm.actors()) names.emplace_back(actor.type->name);
  return names;
}

const ActorClass* find_actor(const Algorithm& algorithm, std::string_view name) {
  for (const ActorClass& actor : algorithm.actors()) {
    if (actor.type->name == name) return &actor;
  }
  return nullptr;
}

std::vector<std::string> method_names(const ActorClass& actor) {
  std::vector<std::string> names;
  for (const MethodInfo* method : actor.type->methods) names.emplace_back(method->name);
  return names;
}

const MethodInfo* find_method(const ActorClass& actor, std::string_view name) {
  for (const MethodInfo* method : actor.type->methods) {
    if (method->name == name) return method;
  }
  return nullptr;
}

// --- Actors and hosts -------------------------------------------------------------------------

// Null where the algorithm is not known.
Format<const ActorClass*> actor_class(const Facts& facts) {
  std::vector<std::string> words;
  if (facts.algorithm != nullptr) words = actor_names(*facts.algorithm);
  return {"an actor class of the algorithm",
          [&facts](Reader& reader, const Node& node,
                   std::string_view what) -> std::optional<const ActorClass*> {
            const Algorithm* algorithm = facts.algorithm;
            const std::vector<std::string> names =
                algorithm == nullptr ? std::vector<std::string>{} : actor_names(*algorithm);
            const bool is_text = node.kind == Node::Kind::kText;
            if (is_text && algorithm == nullptr) return nullptr;
            if (is_text && find_actor(*algorithm, node.text) != nullptr) {
              return find_actor(*algorithm, node.text);
            }
            reader.refuse(node, what, "an actor class of the algorithm",
                          is_text ? did_you_mean(node.text, names) : "");
            return std::nullopt;
          },
          words};
}

constexpr std::string_view kHostForms =
    "'all', a percentage such as 20%, how many, or a list of host numbers such as [0, 5]";

std::optional<Hosts> read_host_list(Reader& reader, const Node& list, const Facts& facts) {
  HostList result;
  std::set<std::int64_t> seen;
  const std::int64_t hosts = facts.hosts.value_or(kMostHosts);
  for (const Node* item : list.items) {
    const auto number = whole_number(0, hosts - 1).read(reader, *item, "a host number");
    if (!number) continue;
    if (!seen.insert(*number).second) {
      reader.error(*item, absl::StrCat("host ", *number, " is given twice"));
    } else {
      result.numbers.push_back(*number);
    }
  }
  return result;
}

std::optional<Hosts> read_hosts(Reader& reader, const Node& node, std::string_view what,
                                const Facts& facts) {
  if (node.kind == Node::Kind::kList) return read_host_list(reader, node, facts);
  std::string remedy;
  if (node.kind == Node::Kind::kText) {
    if (node.text == "all") return AllHosts{};
    const Parsed<double> fraction = parse_probability(node.text);
    if (fraction.value && node.text.ends_with('%')) return HostFraction{*fraction.value};
    const Parsed<std::int64_t> count = parse_integer(node.text);
    if (count.value && *count.value >= 0) return HostCount{*count.value};
    if (fraction.value && *fraction.value > 0) {
      remedy = absl::StrCat("write ", written(*fraction.value * 100), "%");
    }
  }
  reader.refuse(node, what, kHostForms, std::move(remedy));
  return std::nullopt;
}

// --- Actions ----------------------------------------------------------------------------------

void complete_spawn(Reader& reader, const Node& map, Spawn& spawn, Facts& facts) {
  facts.spawned = true;
  if (map.find("actor") != nullptr || facts.algorithm == nullptr) return;
  const auto& actors = facts.algorithm->actors();
  if (actors.size() == 1) {
    spawn.actor = &actors.front();
  } else {
    reader.error(map, "'actor' is missing in 'spawn'",
                 absl::StrCat("one of ", absl::StrJoin(actor_names(*facts.algorithm), ", ")));
  }
}

Slot<Phase> crash(const Facts& facts) {
  const Format<Hosts> hosts = hosts_format(facts);
  return {hosts.name,
          [hosts, &facts](Reader& reader, const Node& node, std::string_view what, Phase& phase) {
            std::optional<Hosts> value = hosts.read(reader, node, what);
            if (!value) return;
            const auto* count = std::get_if<HostCount>(&*value);
            if (count != nullptr && facts.hosts && count->count > *facts.hosts) {
              reader.warn(reader.place(node),
                          absl::StrCat("only ", written(*facts.hosts), " hosts can crash, not ",
                                       written(count->count)));
            }
            phase.actions.emplace_back(Crash{reader.place(node), std::move(*value)});
          }};
}

// The methods of all actors that have this name.
using Candidates = std::vector<std::pair<const ActorClass*, const MethodInfo*>>;

Candidates methods_called(const Algorithm& algorithm, std::string_view name) {
  Candidates found;
  for (const ActorClass& actor : algorithm.actors()) {
    const MethodInfo* method = find_method(actor, name);
    if (method != nullptr) found.emplace_back(&actor, method);
  }
  return found;
}

// "Node.lookup"
void read_full_method(Reader& reader, const Node& node, Calls& calls, const Algorithm& algorithm) {
  const std::size_t dot = node.text.find('.');
  const std::string actor_name = node.text.substr(0, dot);
  const std::string method_name = node.text.substr(dot + 1);
  const ActorClass* actor = find_actor(algorithm, actor_name);
  if (actor == nullptr) {
    reader.error(
        node,
        absl::StrCat(in_quotes(actor_name), " is no actor class of ", in_quotes(algorithm.name())),
        did_you_mean(actor_name, actor_names(algorithm)));
    return;
  }
  const MethodInfo* method = find_method(*actor, method_name);
  if (method == nullptr) {
    reader.error(node,
                 absl::StrCat(in_quotes(actor_name), " has no method ", in_quotes(method_name)),
                 did_you_mean(method_name, method_names(*actor)));
    return;
  }
  calls.actor = actor;
  calls.method = method;
}

// "lookup", where only one actor class has it.
void read_short_method(Reader& reader, const Node& node, Calls& calls, const Algorithm& algorithm) {
  const Candidates found = methods_called(algorithm, node.text);
  if (found.size() == 1) {
    std::tie(calls.actor, calls.method) = found.front();
    return;
  }
  if (!found.empty()) {
    std::vector<std::string> names;
    for (const auto& [actor, method] : found) names.push_back(method->full_name());
    reader.error(node, absl::StrCat("several actors have a method ", in_quotes(node.text)),
                 absl::StrCat("write one of ", absl::StrJoin(names, ", ")));
    return;
  }
  std::vector<std::string> names;
  for (const ActorClass& actor : algorithm.actors()) {
    for (std::string& name : method_names(actor)) names.push_back(std::move(name));
  }
  reader.error(node,
               absl::StrCat("no actor of ", in_quotes(algorithm.name()), " has a method ",
                            in_quotes(node.text)),
               did_you_mean(node.text, names));
}

Slot<Calls> method(const Facts& facts) {
  const std::string type = "a method, as Actor.method";
  return {type,
          [type, &facts](Reader& reader, const Node& node, std::string_view what, Calls& calls) {
            if (node.kind != Node::Kind::kText) {
              reader.refuse(node, what, type);
            } else if (facts.algorithm == nullptr) {
              return;
            } else if (node.text.find('.') != std::string::npos) {
              read_full_method(reader, node, calls, *facts.algorithm);
            } else {
              read_short_method(reader, node, calls, *facts.algorithm);
            }
          }};
}

void complete_calls(Reader& reader, const Node& map, Calls& calls, const Facts& facts) {
  if (!facts.spawned) {
    reader.error(map, "nothing has been spawned that could be called",
                 "'spawn' belongs into this phase or one before");
  }
  if (calls.method == nullptr) return;
  if (map.find("arguments") == nullptr) check_argument_count(reader, map, calls, 0);
  const Node* timeout = map.find("timeout");
  if (calls.method->one_way && timeout != nullptr) {
    reader.error(*timeout, absl::StrCat("nobody waits for ", in_quotes(calls.method->full_name()),
                                        ", so its calls have no timeout"));
  }
}

// --- Phases -----------------------------------------------------------------------------------

void complete_phase(Reader& reader, const Node& map, Phase&) {
  const auto has = [&](std::string_view key) { return map.find(key) != nullptr; };
  if (!has("spawn") && !has("crash") && !has("calls") && !has("lasts") && !has("until")) {
    reader.error(map, "this phase does nothing",
                 "it needs at least one of spawn, crash, calls, lasts, until");
  }
  if (has("until")) return;
  for (const std::string_view key : {"at_most", "look_every"}) {
    if (!has(key)) continue;
    reader.error(*map.find(key),
                 absl::StrCat(in_quotes(key), " is for 'until', which this phase does not have"));
  }
}

}  // namespace

Format<Hosts> hosts_format(const Facts& facts) {
  return {std::string(kHostForms),
          [&facts](Reader& reader, const Node& node, std::string_view what) {
            return read_hosts(reader, node, what, facts);
          }};
}

KeyTable<Phase> phase_keys(Facts& facts) {
  return {"phases",
          {
              {"name", into(&Phase::name, text()), "phase 1, phase 2, ...",
               "What reports call the phase."},
              {"spawn", append_to(&Phase::actions, one_or_more(map_of(spawn_keys(facts)))), "",
               "Actors to start."},
              {"crash", crash(facts), "", "Hosts that are gone at once, with everything on them."},
              {"calls", append_to(&Phase::actions, one_or_more(map_of(calls_keys(facts)))), "",
               "Calls of one method."},
              {"lasts", into(&Phase::lasts, positive_duration()), "0s",
               "The phase ends no earlier than this."},
              {"until", into(&Phase::until, condition(facts)), "",
               "The phase ends no earlier than this holds."},
              {"at_most", into(&Phase::at_most, positive_duration()), "1h",
               "The run fails where `until` takes longer."},
              {"look_every", into(&Phase::look_every, positive_duration()), "1s",
               "How often `until` is looked at."},
          },
          complete_phase};
}

KeyTable<Spawn> spawn_keys(Facts& facts) {
  return {"spawn",
          {
              {"actor", into(&Spawn::actor, actor_class(facts)), "the only class, if there is one",
               "The class of the actors."},
              {"on", into(&Spawn::on, hosts_format(facts)), "all",
               "The hosts that get one actor each, one after another."},
              {"every", into(&Spawn::every, duration()), "0s", "The time between two of them."},
          },
          [&facts](Reader& reader, const Node& map, Spawn& spawn) {
            complete_spawn(reader, map, spawn, facts);
          }};
}

KeyTable<Calls> calls_keys(const Facts& facts) {
  return {"calls",
          {
              {"method", method(facts), std::string(kRequired),
               "What is called, each time on an actor chosen at random among the live ones of its "
               "class. The class may be left out where only one has such a method."},
              {"arguments", arguments(), "[]", "One for each parameter of the method."},
              {"times", into(&Calls::times, whole_number(1, kMostCalls)), "1", "How many calls."},
              {"every", into(&Calls::every, duration()), "0s",
               "The time from one call to the next, answered or not."},
              {"timeout", into(&Calls::timeout, positive_duration()),
               "the method's, else `call_timeout`", "When a call without an answer has failed."},
              {"may_fail", into(&Calls::may_fail, flag()), "false",
               "Whether the run goes on to pass where some of these calls fail."},
          },
          [&facts](Reader& reader, const Node& map, Calls& calls) {
            complete_calls(reader, map, calls, facts);
          }};
}

}  // namespace troupe::scenario
