// The keys of `phases`, and how their names become actor classes and methods of the algorithm.
#include "scenario/phase_keys.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "absl/strings/str_join.h"
#include "scenario/arguments.h"
#include "scenario/conditions.h"
#include "scenario/fault_keys.h"
#include "scenario/host_keys.h"
#include "scenario/span_keys.h"

namespace troupe::scenario {
namespace {

constexpr std::int64_t kMostCalls = 1'000'000'000;
constexpr Duration kDefaultAtMost = std::chrono::hours(1);

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

}  // namespace

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

void complete_actor(Reader& reader, const Node& map, const ActorClass*& actor,
                    std::string_view owner, const Facts& facts) {
  if (map.find("actor") != nullptr || facts.algorithm == nullptr) return;
  const auto& actors = facts.algorithm->actors();
  if (actors.size() == 1) {
    actor = &actors.front();
  } else {
    reader.error(map, absl::StrCat("'actor' is missing in ", in_quotes(owner)),
                 absl::StrCat("one of ", absl::StrJoin(actor_names(*facts.algorithm), ", ")));
  }
}

void check_leave(Reader& reader, const Node& node, const Facts& facts) {
  if (facts.algorithm == nullptr || facts.algorithm->leaves().size() > 0) return;
  reader.error(node,
               absl::StrCat("nobody of ", in_quotes(facts.algorithm->name()),
                            " can leave: it names no method to leave by"),
               "its author can, with Algorithm::leaves_by(); or use 'crash'");
}

namespace {

// --- Actions ----------------------------------------------------------------------------------

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
          },
          {},
          R"({"type":"string"})"};
}

void complete_calls(Reader& reader, const Node& map, Calls& calls, const Facts& facts) {
  if (!facts.spawned) {
    reader.error(map, "nothing has been spawned that could be called",
                 "'spawn' belongs into this phase or one before");
  }
  if (calls.rate && map.find("every") != nullptr) {
    reader.error(*map.find("every"), "'every' does not go with 'rate'");
  }
  if (calls.rate && map.find("times") == nullptr) calls.times = Calls::kUnlimited;
  const auto* pause = std::get_if<Constant>(&calls.every);
  const bool all_at_once = !calls.rate && pause != nullptr && pause->value == Duration::zero();
  if (all_at_once && calls.times > calls.in_flight) {
    reader.warn(
        calls.place,
        absl::StrCat("these are ", written(calls.times), " calls at once: only ",
                     written(calls.in_flight), " are made, and the others as these are answered"),
        "'every' or 'rate' spreads them over time; 'in_flight' says how many may be open");
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

// The keys that make a phase do something.
constexpr std::array<std::string_view, 17> kDoers = {
    "spawn",     "crash", "restart", "leave", "join",  "pause", "resume", "slow", "clock",
    "partition", "cut",   "heal",    "link",  "churn", "calls", "lasts",  "until"};

// When a phase with `until` must be over.
void complete_deadline(Reader& reader, const Node& map, Phase& phase) {
  const Node* given = map.find("at_most");
  if (given == nullptr) {
    phase.at_most = std::min(phase.lasts + kDefaultAtMost, kLongestDuration);
  } else if (phase.at_most < phase.lasts && !reader.has_errors()) {
    reader.error(
        *given,
        absl::StrCat("the phase would fail after 'at_most', ", troupe::to_string(phase.at_most),
                     ", before it may end: it lasts ", troupe::to_string(phase.lasts)),
        "'at_most' is at least 'lasts'");
  }
}

void complete_phase(Reader& reader, const Node& map, Phase& phase) {
  const auto has = [&](std::string_view key) { return map.find(key) != nullptr; };
  const auto does_something = [&](const Node::Entry& entry) {
    return std::find(kDoers.begin(), kDoers.end(), entry.key->text) != kDoers.end();
  };
  if (std::none_of(map.entries.begin(), map.entries.end(), does_something)) {
    reader.error(map, "this phase does nothing",
                 "it needs an action, such as spawn, calls or crash, or lasts, or until");
  }
  const bool has_end = has("lasts") || has("until");
  for (const Action& action : phase.actions) {
    const auto* calls = std::get_if<Calls>(&action);
    const bool endless = std::holds_alternative<Churn>(action) ||
                         (calls != nullptr && calls->times == Calls::kUnlimited &&
                          calls->rate->over == Duration::zero());
    if (!endless || has_end) continue;
    reader.error(std::visit([](const auto& it) { return it.place; }, action),
                 absl::StrCat(calls == nullptr ? "this churn" : "these calls", " would never end"),
                 calls == nullptr ? "it goes on for as long as the phase does: add 'lasts' to that"
                                  : "add 'times', or 'lasts' to the phase");
  }
  if (has("until")) {
    complete_deadline(reader, map, phase);
    return;
  }
  for (const std::string_view key : {"at_most", "look_every"}) {
    if (!has(key)) continue;
    reader.error(*map.find(key),
                 absl::StrCat(in_quotes(key), " is for 'until', which this phase does not have"));
  }
}

}  // namespace

KeyTable<Phase> phase_keys(Facts& facts) {
  std::vector<Key<Phase>> keys = {
      {"name", into(&Phase::name, text()), "phase 1, phase 2, ...", "What reports call the phase."},
      {"spawn", append_to(&Phase::actions, one_or_more(map_of(spawn_keys(facts)))), "",
       "Actors to start."},
  };
  for (Key<Phase>& fault : fault_keys(facts)) keys.push_back(std::move(fault));
  const std::vector<Key<Phase>> others = {
      {"calls", append_to(&Phase::actions, one_or_more(map_of(calls_keys(facts)))), "",
       "Calls of one method."},
      {"lasts", into(&Phase::lasts, positive_duration()), "0s",
       "The phase ends no earlier than this."},
      {"until", into(&Phase::until, condition(facts)), "",
       "The phase ends no earlier than this holds."},
      {"at_most", into(&Phase::at_most, positive_duration()), "1h after `lasts`",
       "With `until`: the run fails where the phase is not over by then."},
      {"look_every", into(&Phase::look_every, positive_duration()), "1s",
       "How often `until` is looked at."},
  };
  keys.insert(keys.end(), others.begin(), others.end());
  return {"phases",
          std::move(keys),
          [&facts](Reader& reader, const Node& map, Phase& phase) {
            complete_phase(reader, map, phase);
            facts.phases.push_back(
                phase.name.empty() ? absl::StrCat("phase ", facts.phases.size() + 1) : phase.name);
          },
          {.at_least_one = {kDoers.begin(), kDoers.end()},
           .needs = {{"at_most", "until"}, {"look_every", "until"}}}};
}

KeyTable<Spawn> spawn_keys(Facts& facts) {
  return {"spawn",
          {
              {"actor", into(&Spawn::actor, actor_class(facts)), "the only class, if there is one",
               "The class of the actors."},
              {"on", into(&Spawn::on, hosts_format(facts)), "all",
               "The hosts that get one actor each, one after another."},
              {"every", into(&Spawn::every, duration()), "0s", "The time between two of them."},
              {"at", into(&Spawn::at, duration()), "0s",
               "When the first starts, from the beginning of the phase."},
          },
          [&facts](Reader& reader, const Node& map, Spawn& spawn) {
            facts.spawned = true;
            complete_actor(reader, map, spawn.actor, "spawn", facts);
          }};
}

// `random`, or hosts.
Format<Targets> targets(const Facts& facts) {
  const Format<Hosts> hosts = hosts_or_role_format(facts);
  const std::string name = "'random', or hosts: " + hosts.name;
  return {
      name,
      [hosts](Reader& reader, const Node& node, std::string_view what) -> std::optional<Targets> {
        if (node.kind == Node::Kind::kText && node.text == "random") return RandomActor{};
        std::optional<Hosts> which = hosts.read(reader, node, what);
        if (!which) return std::nullopt;
        return *std::move(which);
      },
      {},
      hosts.schema};
}

KeyTable<Calls> calls_keys(const Facts& facts) {
  return {
      "calls",
      {
          {"method", method(facts), std::string(kRequired),
           "What is called. The class may be left out where only one has such a method."},
          {"on", into(&Calls::on, targets(facts)), "random",
           "Each call goes to one live actor of the class, chosen at random; or, with hosts, to "
           "each of those on them, chosen anew each time."},
          {"arguments", arguments(facts), "[]", "One for each parameter of the method."},
          {"at", into(&Calls::at, span()), "0s",
           "When the first call is made, from the beginning of the phase."},
          {"times", into(&Calls::times, whole_number(1, kMostCalls)),
           "1; with `rate`, for as long as the phase lasts", "How many calls."},
          {"every", into(&Calls::every, span()), "0s",
           "The time from one call to the next, answered or not."},
          {"rate", into(&Calls::rate, rate()), "",
           "Instead of `every`: calls that come by chance, independently of each other (a "
           "Poisson process), so many on average. With a map, the rate rises or falls."},
          {"timeout", into(&Calls::timeout, positive_duration()),
           "the method's, else `call_timeout`", "When a call without an answer has failed."},
          {"may_fail", into(&Calls::may_fail, flag()), "false",
           "Whether the run goes on to pass where some of these calls fail."},
          {"in_flight", into(&Calls::in_flight, whole_number(1, kMostCalls)), "100_000",
           "How many of these calls may be without an answer at one time. Others that are due wait "
           "until one has been answered or has failed."},
      },
      [&facts](Reader& reader, const Node& map, Calls& calls) {
        complete_calls(reader, map, calls, facts);
      }};
}

}  // namespace troupe::scenario
