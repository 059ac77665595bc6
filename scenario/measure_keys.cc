// The keys of `measure`.
#include "scenario/measure_keys.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::scenario {
namespace {

constexpr std::string_view kForm = "a check or a number of the algorithm";

// A state by its name; nothing, and told, where the algorithm has no such state.
std::optional<StateMeasurement> state_of(Reader& reader, const Node& node, std::string_view what,
                                         const Facts& facts) {
  if (node.kind != Node::Kind::kText) {
    reader.refuse(node, what, std::string(kForm));
    return std::nullopt;
  }
  StateMeasurement state;
  state.place = reader.place(node);
  state.name = node.text;
  if (facts.algorithm == nullptr) return state;
  state.check = find_named(facts.algorithm->checks(), state.name);
  if (state.check == nullptr) state.number = find_named(facts.algorithm->numbers(), state.name);
  if (state.check != nullptr || state.number != nullptr) return state;
  std::vector<std::string> known = names_of(facts.algorithm->numbers());
  for (std::string& name : names_of(facts.algorithm->checks())) known.push_back(std::move(name));
  const bool by_actors = find_named(facts.algorithm->measurements(), state.name) != nullptr;
  reader.error(node,
               absl::StrCat(in_quotes(state.name), " is no check and no number of ",
                            in_quotes(facts.algorithm->name())),
               by_actors       ? "its actors measure it, so it is in the results without 'measure'"
               : known.empty() ? "it has none"
                               : did_you_mean(state.name, known));
  return std::nullopt;
}

Slot<StateMeasurement> what_is_measured(const Facts& facts) {
  return {std::string(kForm),
          [&facts](Reader& reader, const Node& node, std::string_view what,
                   StateMeasurement& measured) {
            const std::optional<StateMeasurement> state = state_of(reader, node, what, facts);
            if (!state) return;
            measured.name = state->name;
            measured.check = state->check;
            measured.number = state->number;
          },
          {},
          R"({"type":"string"})"};
}

Slot<StateMeasurement> phase_of(const Facts& facts,
                                std::optional<std::size_t> StateMeasurement::* member) {
  return {"the name of a phase",
          [&facts, member](Reader& reader, const Node& node, std::string_view what,
                           StateMeasurement& measured) {
            const std::optional<std::string> name = text().read(reader, node, what);
            if (!name) return;
            const auto& known = facts.phases;
            const auto found = std::ranges::find(known, *name);
            if (found != known.end()) {
              measured.*member = static_cast<std::size_t>(found - known.begin());
            } else {
              reader.error(node, absl::StrCat("no phase is called ", in_quotes(*name)),
                           did_you_mean(*name, known));
            }
          },
          {},
          text().schema};
}

}  // namespace

KeyTable<StateMeasurement> measure_keys(const Facts& facts) {
  return {"measure",
          {
              {"what", what_is_measured(facts), std::string(kRequired),
               "What is measured: a number, or a check, whose value is 1 where it holds and 0 "
               "where it does not."},
              {"every", into(&StateMeasurement::every, positive_duration()), "1s",
               "How often a value is taken. The first one is taken so long after the beginning."},
              {"after", phase_of(facts, &StateMeasurement::after), "the beginning of the run",
               "Values are taken from the end of this phase on."},
              {"during", phase_of(facts, &StateMeasurement::during), "",
               "Values are taken only while this phase lasts."},
          },
          [](Reader& reader, const Node& map, StateMeasurement& measured) {
            if (measured.after && measured.during) {
              reader.error(*map.find("during"), "'during' does not go with 'after'");
            }
          }};
}

Format<StateMeasurement> state_measurement(const Facts& facts) {
  const Format<StateMeasurement> whole = map_of(measure_keys(facts));
  return {absl::StrCat(std::string(kForm), ", or a map of keys"),
          [whole, &facts](Reader& reader, const Node& node,
                          std::string_view what) -> std::optional<StateMeasurement> {
            if (node.kind == Node::Kind::kMap) return whole.read(reader, node, what);
            return state_of(reader, node, what, facts);
          },
          {},
          either(R"({"type":"string"})", whole.schema)};
}

void check_measured_states(Reader& reader, const Node& map,
                           const std::vector<StateMeasurement>& measured, const Facts& facts) {
  for (std::size_t i = 0; i < measured.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (measured[i].name != measured[k].name) continue;
      reader.error(*map.find("measure"),
                   absl::StrCat(in_quotes(measured[i].name), " is measured twice"));
    }
  }
  if (facts.algorithm == nullptr) return;
  for (const Facts::Asked& asked : facts.asked) {
    const auto found = std::ranges::find(measured, asked.state, &StateMeasurement::name);
    if (found != measured.end()) {
      const bool other = asked.phase && found->during && *found->during != *asked.phase;
      const bool before = asked.phase && found->after && *asked.phase <= *found->after;
      if (other || before) {
        reader.error(*asked.node,
                     absl::StrCat(in_quotes(asked.state), " is never measured in phase ",
                                  in_quotes(facts.phases[*asked.phase])));
      }
      continue;
    }
    reader.error(
        *asked.node,
        absl::StrCat(in_quotes(asked.state), " has statistics only where the scenario measures it"),
        absl::StrCat("add 'measure: [", asked.state, "]' to the scenario"));
  }
}

}  // namespace troupe::scenario
