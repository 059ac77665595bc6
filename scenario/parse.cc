// The keys of a scenario, and how its parts come together.
#include "scenario/parse.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <type_traits>

#include "absl/strings/str_join.h"
#include "scenario/arguments.h"
#include "scenario/conditions.h"
#include "scenario/facts.h"
#include "scenario/fault_keys.h"
#include "scenario/host_keys.h"
#include "scenario/includes.h"
#include "scenario/measure_keys.h"
#include "scenario/network_keys.h"
#include "scenario/phase_keys.h"
#include "scenario/span_keys.h"
#include "scenario/sweep_keys.h"
#include "scenario/text_file.h"
#include "scenario/timeline.h"
#include "scenario/variables.h"
#include "scenario/yaml_document.h"

namespace troupe::scenario {
namespace {

// More than these help nobody.
constexpr std::size_t kMostDiagnostics = 100;
constexpr std::int64_t kMostEventsAtOnce = 1'000'000'000'000;

// --- Keys -------------------------------------------------------------------------------------

Slot<Scenario> algorithm_name(Facts& facts, std::span<const Algorithm> algorithms) {
  const Format<std::string> format = one_of("an algorithm", names_of(algorithms));
  return {format.name,
          [format, &facts, algorithms](Reader& reader, const Node& node, std::string_view what,
                                       Scenario& scenario) {
            const std::optional<std::string> name = format.read(reader, node, what);
            if (!name) return;
            scenario.algorithm = find_named(algorithms, *name);
            facts.algorithm = scenario.algorithm;
            for (const Parameter& parameter : scenario.algorithm->parameters()) {
              scenario.parameters.set(parameter.name, parameter.value);
            }
            facts.parameters = scenario.parameters;
          },
          format.words, format.schema};
}

std::int64_t whole(double bound) {
  return static_cast<std::int64_t>(std::clamp(bound, -kNoLimit, kNoLimit));
}

// The bounds of a parameter that is a duration are in seconds.
Format<Duration> duration_of_seconds(double least, double most) {
  const auto at_least = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(least));
  const Duration at_most =
      most >= to_seconds(kLongestDuration)
          ? kLongestDuration
          : std::chrono::duration_cast<Duration>(std::chrono::duration<double>(most));
  return duration_between(at_least, at_most);
}

// A parameter's value, by the type of its default.
Slot<Parameters> parameter_value(const Parameter& parameter) {
  const auto slot = [name = parameter.name](const auto& format) -> Slot<Parameters> {
    return {format.name,
            [name, format](Reader& reader, const Node& node, std::string_view what,
                           Parameters& parameters) {
              auto value = format.read(reader, node, what);
              if (value) parameters.set(name, std::move(*value));
            },
            format.words, format.schema};
  };
  return std::visit(
      [&](const auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<T, bool>) {
          return slot(flag());
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          return slot(whole_number(whole(parameter.least), whole(parameter.most)));
        } else if constexpr (std::is_same_v<T, double>) {
          return slot(number(parameter.least, parameter.most));
        } else if constexpr (std::is_same_v<T, Duration>) {
          return slot(duration_of_seconds(parameter.least, parameter.most));
        } else {
          return slot(parameter.choices.empty() ? text()
                                                : one_of("an allowed word", parameter.choices));
        }
      },
      parameter.value);
}

// The parameters that an algorithm declares are the keys.
KeyTable<Parameters> parameter_keys(const Algorithm& algorithm) {
  std::vector<Key<Parameters>> keys;
  for (const Parameter& parameter : algorithm.parameters()) {
    keys.push_back({parameter.name, parameter_value(parameter), "", parameter.help});
  }
  return {"parameters", std::move(keys)};
}

// What the algorithm says of its parameters that are texts. It may depend on other parameters.
void judge_texts(Reader& reader, const Node& node, const Algorithm& algorithm,
                 const Parameters& parameters) {
  if (node.kind != Node::Kind::kMap) return;
  for (const Parameter& parameter : algorithm.parameters()) {
    const Node* value = node.find(parameter.name);
    if (!parameter.mistake || value == nullptr) continue;
    const std::string mistake = parameter.mistake(parameters.text(parameter.name), parameters);
    if (!mistake.empty()) reader.error(*value, absl::StrCat("'", parameter.name, "' ", mistake));
  }
}

Slot<Scenario> parameters(Facts& facts) {
  return {"a map, of what the algorithm declares",
          [&facts](Reader& reader, const Node& node, std::string_view what, Scenario& scenario) {
            if (facts.algorithm == nullptr) return;
            parameter_keys(*facts.algorithm).read(reader, node, what, scenario.parameters);
            judge_texts(reader, node, *facts.algorithm, scenario.parameters);
            facts.parameters = scenario.parameters;
          },
          {},
          R"({"type":["object","null"]})"};
}

// Read before all others: see read_includes().
Slot<Scenario> includes() {
  return {"a file, or a list of such",
          [](Reader&, const Node&, std::string_view, Scenario&) {},
          {},
          either(R"({"type":"string","minLength":1})",
                 R"({"type":["array","null"],"items":{"type":"string","minLength":1}})")};
}

// What they stand for has been put in: see with_variables().
Slot<Scenario> variables() {
  const std::string name = "a map from names to values";
  return {name,
          [name](Reader& reader, const Node& node, std::string_view what, Scenario& scenario) {
            if (node.kind != Node::Kind::kMap && node.kind != Node::Kind::kNothing) {
              const bool no_space =
                  node.kind == Node::Kind::kText && node.text.find(':') != std::string::npos;
              reader.refuse(node, what, name, no_space ? "a space belongs behind the ':'" : "");
            }
            for (const Node::Entry& entry : node.entries) {
              scenario.variables.emplace_back(entry.key->text, written(*entry.value));
            }
          },
          {},
          R"({"type":["object","null"],"propertyNames":{"pattern":"^[A-Za-z_][A-Za-z0-9_]*$"}})"};
}

Slot<Scenario> hosts(Facts& facts) {
  const Format<std::int64_t> format = whole_number(1, kMostHosts);
  return {format.name,
          [format, &facts](Reader& reader, const Node& node, std::string_view what,
                           Scenario& scenario) {
            facts.hosts = format.read(reader, node, what);
            scenario.hosts = facts.hosts.value_or(1);
          },
          {},
          format.schema};
}

Slot<Scenario> groups(Facts& facts) {
  const Format<Groups> format = groups_format(facts);
  return {format.name,
          [format, &facts](Reader& reader, const Node& node, std::string_view what, Scenario&) {
            std::optional<Groups> groups = format.read(reader, node, what);
            if (groups) facts.groups = *std::move(groups);
          },
          {},
          format.schema};
}

// A region can be named wherever a group can.
void add_regions(const Network& network, Facts& facts) {
  const auto* regions = std::get_if<Regions>(&network.latency);
  if (regions == nullptr || !facts.hosts) return;
  const std::vector<std::string>& names = regions->table->names;
  std::vector<std::vector<std::int64_t>> hosts(names.size());
  for (std::int64_t host = 0; host < *facts.hosts; ++host) {
    const auto index = static_cast<std::size_t>(host);
    const std::size_t region =
        regions->of_host == nullptr ? index % names.size() : (*regions->of_host)[index];
    if (region < hosts.size()) hosts[region].push_back(host);  // else a mistake that was told
  }
  for (std::size_t i = 0; i < names.size(); ++i) facts.groups.emplace(names[i], hosts[i]);
}

Slot<Scenario> network(Facts& facts) {
  return {"a map of keys",
          [&facts](Reader& reader, const Node& node, std::string_view what, Scenario& scenario) {
            network_keys(facts).read(reader, node, what, scenario.network);
            add_regions(scenario.network, facts);
          },
          {},
          schema_of_map("network")};
}

Slot<Scenario> start(const Facts& facts) {
  return {"a starting state of the algorithm",
          [&facts](Reader& reader, const Node& node, std::string_view what, Scenario& scenario) {
            if (facts.algorithm == nullptr) return;
            const auto format =
                one_of("a starting state of the algorithm", names_of(facts.algorithm->starts()));
            const std::optional<std::string> name = format.read(reader, node, what);
            if (name) scenario.start = *name;
          },
          {},
          R"({"type":"string"})"};
}

Slot<Scenario> measured_states(Facts& facts) {
  const auto format = list_of(state_measurement(facts));
  return {format.name,
          [format, &facts](Reader& reader, const Node& node, std::string_view what,
                           Scenario& scenario) {
            std::optional<std::vector<StateMeasurement>> states = format.read(reader, node, what);
            if (states) scenario.measure = *std::move(states);
            facts.measured = names_of(scenario.measure);
          },
          {},
          format.schema};
}

// Null: what varies is of no interest, in one of the points for instance.
Slot<Scenario> sweep(const Facts& facts, Varied* varied) {
  return {"a map of keys",
          [&facts, varied](Reader& reader, const Node& node, std::string_view what,
                           Scenario& scenario) {
            if (varied == nullptr) return;
            scenario.sweep = map_of(sweep_keys(facts, *varied)).read(reader, node, what);
          },
          {},
          schema_of_map("sweep")};
}

// A ready-made state is that of the actors which the first phase spawns at its beginning.
void check_start(Reader& reader, const Node& map, const Scenario& scenario, const Facts& facts) {
  const Node* start = map.find("start");
  if (start == nullptr) return;
  if (!facts.spawned) {
    reader.error(*start, "there is nobody to start: no phase spawns anything");
    return;
  }
  if (scenario.phases.empty() || reader.has_errors()) return;
  bool spawns = false;
  for (const Action& action : scenario.phases.front().actions) {
    const auto* spawn = std::get_if<Spawn>(&action);
    if (spawn == nullptr) continue;
    spawns = true;
    if (spawn->at == Duration::zero() && spawn->every == Duration::zero()) continue;
    reader.error(
        spawn->place,
        absl::StrCat("'start' needs all actors of the first phase at its beginning, so ",
                     "this spawn can have no ", spawn->at == Duration::zero() ? "'every'" : "'at'"),
        "spawn those that come later in another phase");
  }
  if (!spawns) {
    reader.error(*start, "there is nobody to start: the first phase spawns nobody",
                 "put 'spawn' into the first phase");
  }
}

// What must always or never hold after the last phase is looked at only where the run goes on for
// something that must come true.
void check_windows(Reader& reader, const Scenario& scenario) {
  const bool goes_on =
      std::any_of(scenario.checks.begin(), scenario.checks.end(),
                  [](const Check& check) { return check.when == Check::When::kEventually; });
  if (goes_on || reader.has_errors()) return;
  for (const Check& check : scenario.checks) {
    if (!check.after || *check.after + 1 != scenario.phases.size()) continue;
    reader.error(check.place,
                 absl::StrCat("this check can never be looked at: the run ends with the phase ",
                              in_quotes(scenario.phases.back().name)),
                 "leave 'after' out, or write the condition alone: it must hold at the end");
  }
}

void complete_scenario(Reader& reader, const Node& map, Scenario& scenario, const Facts& facts) {
  check_start(reader, map, scenario, facts);
  const auto* regions = std::get_if<Regions>(&scenario.network.latency);
  const Node* groups = map.find("groups");
  if (regions != nullptr && groups != nullptr) {
    const std::vector<std::string>& names = regions->table->names;
    for (const Node::Entry& group : groups->entries) {
      if (std::find(names.begin(), names.end(), group.key->text) == names.end()) continue;
      reader.error(*group.key, absl::StrCat(in_quotes(group.key->text), " is a region, too"),
                   "give the group another name");
    }
  }
  check_measured_states(reader, map, scenario.measure, facts);
  if (map.find("phases") == nullptr) {
    reader.warn(reader.place(map), "without 'phases', nothing happens");
  }
  Duration planned{};
  std::map<std::string, Place> names;
  for (std::size_t i = 0; i < scenario.phases.size(); ++i) {
    Phase& phase = scenario.phases[i];
    if (phase.name.empty()) phase.name = absl::StrCat("phase ", i + 1);
    if (!names.emplace(phase.name, phase.place).second) {
      reader.warn(phase.place, absl::StrCat("two phases have the name ", in_quotes(phase.name)));
    }
    if (planned >= scenario.stop_after) {
      reader.warn(phase.place,
                  absl::StrCat("the run stops before this phase, after ",
                               troupe::to_string(scenario.stop_after)),
                  "see 'stop_after'");
      break;
    }
    planned = std::min(planned + phase.lasts, kLongestDuration);
  }
  check_windows(reader, scenario);
  // What a mistake has left out makes no contradiction.
  if (!reader.has_errors()) warn_of_contradictions(reader, scenario);
}

// In the order of reading: what later keys depend on comes first. `facts` and `varied` must outlive
// the table.
KeyTable<Scenario> scenario_keys(Facts& facts, std::span<const Algorithm> algorithms,
                                 Varied* varied) {
  return {
      "the scenario",
      {
          {"name", into(&Scenario::name, text()), "the file's name without .yaml",
           "What reports call the run."},
          {"description", into(&Scenario::description, text()), "", "For people."},
          {"includes", includes(), "[]", "Scenarios that this one adds to, or changes."},
          {"variables", variables(), "{}", "Names for values: `$name` stands for one."},
          {"algorithm", algorithm_name(facts, algorithms), std::string(kRequired), "What runs."},
          {"seed", into(&Scenario::seed, unsigned_number(~std::uint64_t{0})), "1",
           "Everything random follows from it: the same seed, the same run."},
          {"parameters", parameters(facts), "those of the algorithm",
           "The algorithm's own settings."},
          {"hosts", hosts(facts), "1", "How many hosts there are."},
          {"groups", groups(facts), "{}", "Names for some of the hosts."},
          {"network", network(facts), "", "How messages travel between hosts."},
          {"disk", into(&Scenario::disk, map_of(disk_keys())), "",
           "Where actors keep what they save: see `SAVED`."},
          {"call_timeout", into(&Scenario::call_timeout, positive_duration()), "2s",
           "When a call without an answer has failed, unless it or its method says otherwise."},
          {"phases", into(&Scenario::phases, list_of(map_of(phase_keys(facts)))), "[]",
           "What happens, one after another."},
          {"start", start(facts), "as spawned",
           "A ready-made state that the spawned actors are put into."},
          {"checks", into(&Scenario::checks, list_of(check(facts))), "[]",
           "What must hold, at the end or while the run lasts."},
          {"measure", measured_states(facts), "[]",
           "Checks and numbers of the algorithm that are taken again and again."},
          {"measure_every", into(&Scenario::measure_every, positive_duration()), "never",
           "How often what was measured meanwhile becomes a line of series.csv."},
          {"stop_after", into(&Scenario::stop_after, positive_duration()), "24h",
           "The run is given up at this time."},
          {"most_events_at_once",
           into(&Scenario::most_events_at_once, whole_number(1, kMostEventsAtOnce)), "10_000_000",
           "The run is given up where more events happen at one virtual time: so many, and 1000 "
           "for "
           "each host."},
          {"sweep", sweep(facts, varied), "", "Many runs of this scenario: what varies in them."},
      },
      [&facts](Reader& reader, const Node& map, Scenario& scenario) {
        complete_scenario(reader, map, scenario, facts);
      }};
}

// --- The file ---------------------------------------------------------------------------------

std::string name_of_file(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  const std::size_t dot = path.rfind('.');
  return std::string(dot == 0 ? path : path.substr(0, dot));
}

// The keys of a scenario.
std::vector<std::string> known_keys(const KeyTable<Scenario>& table) {
  return names_of(table.description().keys);
}

std::vector<Override> overrides(const ParseOptions& options, std::vector<Diagnostic>& errors) {
  std::vector<Override> result;
  for (const std::string& change : options.set) {
    const std::string shown = "--set " + change;
    const std::size_t equals = change.find('=');
    if (equals == std::string::npos) {
      errors.push_back({{shown, 0, 0}, "a value is missing", "write --set key=value"});
    } else if (const std::string key = change.substr(0, equals);
               key == "includes" || key.starts_with("includes.")) {
      errors.push_back({{shown, 0, 0}, "'includes' cannot be set: the file itself says it", ""});
    } else {
      result.push_back({change.substr(0, equals), change.substr(equals + 1), shown});
    }
  }
  if (options.seed) result.push_back({"seed", *options.seed, "--seed " + *options.seed});
  if (options.seeds) {
    result.push_back({"sweep.seeds", *options.seeds, "--seeds " + *options.seeds});
  }
  return result;
}

// In the order of their places, without repetitions (an alias is read wherever it is used).
void tidy(std::vector<Diagnostic>& diagnostics, const std::vector<std::string>& sources) {
  const auto rank = [&](const Diagnostic& diagnostic) {
    const auto source = std::find(sources.begin(), sources.end(), diagnostic.place.file);
    // Files that the scenario names come last.
    const std::string other = source == sources.end() ? diagnostic.place.file : "";
    return std::tuple(source - sources.begin(), other, diagnostic.place.line,
                      diagnostic.place.column);
  };
  std::multimap<decltype(rank(diagnostics.front())), Diagnostic> sorted;
  for (Diagnostic& diagnostic : diagnostics) {
    sorted.emplace(rank(diagnostic), std::move(diagnostic));
  }
  diagnostics.clear();
  std::set<std::string> told;
  for (auto& [place, diagnostic] : sorted) {
    if (told.insert(to_string(diagnostic)).second) diagnostics.push_back(std::move(diagnostic));
  }
  if (diagnostics.size() <= kMostDiagnostics) return;
  diagnostics.resize(kMostDiagnostics);
  diagnostics.push_back({{sources.front(), 0, 0}, "there are more mistakes than these", ""});
}

// --- Points -----------------------------------------------------------------------------------

// "hosts=64, network.loss=1%"
std::string shown(const Varied& varied, const std::vector<const Node*>& values) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    parts.push_back(absl::StrCat(varied.axes[i].key->text, "=", written(*values[i])));
  }
  return absl::StrJoin(parts, ", ");
}

// Reads the scenario once for each combination of values.
class PointReader {
 public:
  PointReader(Document& document, const Varied& varied, std::span<const Algorithm> algorithms,
              const Scenario& base, ParseResult& result)
      : document_(document),
        varied_(varied),
        table_(scenario_keys(facts_, algorithms, nullptr)),
        keys_(known_keys(table_)),
        base_(base),
        result_(result) {
    for (const Diagnostic& known : result.errors) told_.insert(to_string(known));
    for (const Diagnostic& known : result.warnings) told_.insert(to_string(known));
  }

  void read() {
    std::vector<std::size_t> at(varied_.axes.size(), 0);
    while (result_.errors.size() <= kMostDiagnostics) {
      std::vector<const Node*> values;
      for (std::size_t i = 0; i < at.size(); ++i) values.push_back(varied_.axes[i].values[at[i]]);
      read_one(values);
      std::size_t axis = at.size();
      while (axis > 0 && ++at[axis - 1] == varied_.axes[axis - 1].values.size()) at[--axis] = 0;
      if (axis == 0) return;
    }
  }

 private:
  void read_one(const std::vector<const Node*>& values) {
    std::vector<Diagnostic> errors;
    std::vector<Diagnostic> warnings;
    const std::size_t nodes = document_.node_count();
    const Node* root = document_.root();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Node& key = *varied_.axes[i].key;
      const std::optional<std::string> path =
          path_of_change(*root, key.text, keys_, document_.place(key), errors);
      if (path) root = document_.replaced(*root, *path, key, *values[i], errors);
    }
    Point point;
    point.scenario.file = base_.file;
    point.scenario.name = base_.name;
    facts_ = {};
    Reader reader(document_, errors, warnings);
    root = with_variables(document_, *root, keys_, reader);
    table_.read(reader, *root, "the scenario", point.scenario);
    document_.forget_nodes_from(nodes);
    for (const Node* value : values) point.values.push_back(written(*value));
    result_.points.push_back(std::move(point));
    result_.files.insert(reader.files().begin(), reader.files().end());
    tell(values, std::move(errors), result_.errors);
    tell(values, std::move(warnings), result_.warnings);
  }

  // What neither the scenario as it stands nor an earlier point has said. What a value brings about
  // elsewhere is told with the values.
  void tell(const std::vector<const Node*>& values, std::vector<Diagnostic> found,
            std::vector<Diagnostic>& all) {
    for (Diagnostic& diagnostic : found) {
      if (!told_.insert(to_string(diagnostic)).second) continue;
      bool at_a_value = false;
      for (std::size_t i = 0; i < values.size(); ++i) {
        at_a_value |= is_at(diagnostic, *values[i]) || is_at(diagnostic, *varied_.axes[i].key);
      }
      if (!at_a_value) absl::StrAppend(&diagnostic.message, " (with ", shown(varied_, values), ")");
      all.push_back(std::move(diagnostic));
    }
  }

  bool is_at(const Diagnostic& diagnostic, const Node& node) const {
    return to_string(diagnostic.place) == to_string(document_.place(node));
  }

  Document& document_;
  const Varied& varied_;
  Facts facts_;
  const KeyTable<Scenario> table_;
  const std::vector<std::string> keys_;
  const Scenario& base_;
  ParseResult& result_;
  std::set<std::string> told_;
};

}  // namespace

ParseResult parse_text(std::string_view text, const std::string& file,
                       std::span<const Algorithm> algorithms, const ParseOptions& options) {
  ParseResult result;
  Document document;
  document.load(text, file, result.errors);
  // What a file would have said that cannot be read is not missed everywhere.
  if (!read_includes(document, result.files, result.errors)) document.set_root(nullptr);
  const std::vector<Override> changes = overrides(options, result.errors);
  if (document.root() == nullptr) {
    for (const Override& change : changes) document.set(change, result.errors);
  } else {
    Facts facts;
    Varied varied;
    const KeyTable<Scenario> table = scenario_keys(facts, algorithms, &varied);
    const std::vector<std::string> keys = known_keys(table);
    for (Override change : changes) {
      const std::optional<std::string> path =
          path_of_change(*document.root(), change.path, keys, {change.shown, 0, 0}, result.errors);
      if (!path) continue;
      change.path = *path;
      document.set(change, result.errors);
    }
    Scenario scenario;
    scenario.file = file;
    scenario.name = name_of_file(file);
    Reader reader(document, result.errors, result.warnings);
    table.read(reader, *with_variables(document, *document.root(), keys, reader), "the scenario",
               scenario);
    result.files.insert(reader.files().begin(), reader.files().end());
    const bool complete =
        !varied.too_many && std::none_of(varied.axes.begin(), varied.axes.end(),
                                         [](const auto& axis) { return axis.values.empty(); });
    if (scenario.sweep && complete && result.errors.size() <= kMostDiagnostics) {
      PointReader(document, varied, algorithms, scenario, result).read();
    }
    if (result.errors.empty()) result.scenario = std::move(scenario);
  }
  tidy(result.errors, document.sources());
  tidy(result.warnings, document.sources());
  return result;
}

ParseResult parse_file(const std::string& path, std::span<const Algorithm> algorithms,
                       const ParseOptions& options) {
  std::string problem;
  const std::optional<std::string> text = read_text_file(path, Document::kMostBytes, problem);
  if (text) return parse_text(*text, path, algorithms, options);
  ParseResult result;
  result.errors.push_back({{path, 0, 0}, problem, ""});
  return result;
}

MapDescription describe_parameters(const Algorithm& algorithm) {
  return parameter_keys(algorithm).description();
}

std::vector<MapDescription> describe_scenario(std::span<const Algorithm> algorithms) {
  Facts facts;
  Varied varied;
  std::vector<MapDescription> maps = {scenario_keys(facts, algorithms, &varied).description()};
  const auto add = [&maps](std::vector<MapDescription> more) {
    for (MapDescription& map : more) maps.push_back(std::move(map));
  };
  add(describe_network(facts));
  add({phase_keys(facts).description(), spawn_keys(facts).description(),
       calls_keys(facts).description(), zipf_keys().description(), span_keys().description(),
       exponential_span_keys().description(), pareto_span_keys().description(),
       lognormal_span_keys().description(), weibull_keys().description(), rate_keys().description(),
       check_keys(facts).description(), measure_keys(facts).description()});
  add(describe_faults(facts));
  add({sweep_keys(facts, varied).description(), range_keys().description(),
       precision_keys(facts).description(), plot_keys(facts, varied).description()});
  return maps;
}

}  // namespace troupe::scenario
