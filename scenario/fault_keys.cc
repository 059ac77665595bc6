// The keys of crash, restart, leave, join, pause, resume, slow, clock, partition, cut, heal, link
// and churn.
#include "scenario/fault_keys.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "scenario/data_file.h"
#include "scenario/host_keys.h"
#include "scenario/network_keys.h"
#include "scenario/phase_keys.h"
#include "scenario/span_keys.h"

namespace troupe::scenario {
namespace {

constexpr std::int64_t kMostTimes = 1'000'000;

// Into a member of what Owner extends.
template <class Owner, class Base, class Member, class T>
Slot<Owner> inherited(Member Base::* member, const Format<T>& format) {
  return {format.name,
          [member, format](Reader& reader, const Node& node, std::string_view what, Owner& owner) {
            std::optional<T> value = format.read(reader, node, what);
            if (value) static_cast<Base&>(owner).*member = std::move(*value);
          },
          format.words, format.schema};
}

template <class Owner, class Member, class T>
Slot<Owner> into_timing(Member Timing::* member, const Format<T>& format) {
  return {format.name,
          [member, format](Reader& reader, const Node& node, std::string_view what, Owner& owner) {
            std::optional<T> value = format.read(reader, node, what);
            if (value) owner.timing.*member = std::move(*value);
          },
          format.words, format.schema};
}

// When it happens. The last keys of every fault.
template <class Owner>
void add_timing(std::vector<Key<Owner>>& keys) {
  keys.push_back({"at", into_timing<Owner>(&Timing::at, span()), "0s",
                  "When it happens, from the beginning of the phase."});
  keys.push_back({"times", into_timing<Owner>(&Timing::times, whole_number(1, kMostTimes)), "1",
                  "How often it happens."});
  keys.push_back({"every", into_timing<Owner>(&Timing::every, span()), "0s",
                  "The time from one to the next."});
}

template <class Owner>
Key<Owner> lasts() {
  return {"lasts", inherited<Owner>(&PassingFault::lasts, positive_span()), "until it is ended",
          "After so long it is over by itself; the phase waits for that."};
}

template <class Owner>
Key<Owner> hosts(const Facts& facts, std::string fallback, std::string help) {
  return {"hosts", inherited<Owner>(&Fault::hosts, hosts_format(facts)), std::move(fallback),
          std::move(help)};
}

// Which of the hosts that are up, by what their actors are just then. Stands behind `hosts`.
template <class Owner>
Key<Owner> where(const Facts& facts) {
  const Format<HostsWhere> role = role_format(facts);
  return {"where",
          {role.name,
           [role](Reader& reader, const Node& node, std::string_view what, Owner& owner) {
             std::optional<HostsWhere> read = role.read(reader, node, what);
             if (read) owner.hosts = those_with(*std::move(read), std::move(owner.hosts));
           },
           role.words, role.schema},
          "",
          "Of these, only hosts with an actor that has this role just then. `hosts` is then `all` "
          "where it is left out."};
}

// A fault needs hosts, or a role.
void require_hosts(Reader& reader, const Node& map, std::string_view owner) {
  if (map.find("hosts") != nullptr || map.find("where") != nullptr) return;
  reader.error(map, absl::StrCat("'hosts' is missing in ", in_quotes(owner)),
               "say which hosts, or 'where' for those with a role");
}

KeyRules hosts_or_where(KeyRules rules) {
  rules.at_least_one = {"hosts", "where"};
  return rules;
}

template <class Owner>
Slot<Owner> storage() {
  const Format<std::string> format = one_of("kept or lost", {"kept", "lost"});
  return {format.name,
          [format](Reader& reader, const Node& node, std::string_view what, Owner& owner) {
            const std::optional<std::string> word = format.read(reader, node, what);
            if (word) owner.storage = *word == "kept" ? Storage::kKept : Storage::kLost;
          },
          format.words, format.schema};
}

// `every` and `times` belong together, and so do `storage` and `lasts`.
template <class Owner>
void complete_timing(Reader& reader, const Node& map, Owner&) {
  const Node* every = map.find("every");
  if (every != nullptr && map.find("times") == nullptr) {
    reader.error(*every, "'every' is for what happens several times", "add 'times'");
  }
}

KeyRules timing_rules() { return {.needs = {{"every", "times"}}}; }

// --- Each fault ---------------------------------------------------------------------------------

KeyTable<Crash> crash_keys(const Facts& facts) {
  std::vector<Key<Crash>> keys = {
      hosts<Crash>(facts, "", "Which crash, of those that are up."),
      where<Crash>(facts),
      lasts<Crash>(),
      {"storage", storage<Crash>(), "kept",
       "Whether the actors have what they saved when they start again after `lasts`: kept or "
       "lost."},
  };
  add_timing(keys);
  return {"crash", std::move(keys),
          [](Reader& reader, const Node& map, Crash& crash) {
            complete_timing(reader, map, crash);
            require_hosts(reader, map, "crash");
            if (map.find("storage") != nullptr && map.find("lasts") == nullptr) {
              reader.error(*map.find("storage"),
                           "'storage' is for the restart after 'lasts', which this crash does not "
                           "have",
                           "or write it at 'restart'");
            }
          },
          hosts_or_where({.needs = {{"storage", "lasts"}, {"every", "times"}}})};
}

KeyTable<Restart> restart_keys(const Facts& facts) {
  std::vector<Key<Restart>> keys = {
      hosts<Restart>(facts, "all", "Which come back, of those that are down."),
      {"storage", storage<Restart>(), "kept",
       "Whether the actors have what they saved: kept or lost."},
  };
  add_timing(keys);
  return {"restart", std::move(keys), complete_timing<Restart>, timing_rules()};
}

KeyTable<Leave> leave_keys(const Facts& facts) {
  std::vector<Key<Leave>> keys = {
      hosts<Leave>(facts, "", "Which leave, of those that are up."),
      where<Leave>(facts),
  };
  add_timing(keys);
  return {"leave", std::move(keys),
          [&facts](Reader& reader, const Node& map, Leave& leave) {
            complete_timing(reader, map, leave);
            require_hosts(reader, map, "leave");
            check_leave(reader, map, facts);
          },
          hosts_or_where(timing_rules())};
}

KeyTable<Join> join_keys(const Facts& facts) {
  std::vector<Key<Join>> keys = {
      hosts<Join>(facts, std::string(kRequired),
                  "Which come up with a new actor, of those that are down or have none of its "
                  "class."),
      {"actor", into(&Join::actor, actor_class(facts)), "the only class, if there is one",
       "The class of the new actors."},
  };
  add_timing(keys);
  return {"join", std::move(keys),
          [&facts](Reader& reader, const Node& map, Join& join) {
            complete_timing(reader, map, join);
            complete_actor(reader, map, join.actor, "join", facts);
          },
          timing_rules()};
}

KeyTable<Pause> pause_keys(const Facts& facts) {
  std::vector<Key<Pause>> keys = {
      hosts<Pause>(facts, "", "Which pause, of those that run."),
      where<Pause>(facts),
      lasts<Pause>(),
  };
  add_timing(keys);
  return {"pause", std::move(keys),
          [](Reader& reader, const Node& map, Pause& pause) {
            complete_timing(reader, map, pause);
            require_hosts(reader, map, "pause");
          },
          hosts_or_where(timing_rules())};
}

KeyTable<Resume> resume_keys(const Facts& facts) {
  std::vector<Key<Resume>> keys = {
      hosts<Resume>(facts, "all", "Which go on, of those that are paused."),
      where<Resume>(facts),
  };
  add_timing(keys);
  return {"resume", std::move(keys), complete_timing<Resume>, timing_rules()};
}

KeyTable<Slow> slow_keys(const Facts& facts) {
  std::vector<Key<Slow>> keys = {
      hosts<Slow>(facts, "", "Which become slow, of those that are up."),
      where<Slow>(facts),
      {"each_message", into(&Slow::each_message, duration()), std::string(kRequired),
       "How long the host takes for each message and each timer, one after another. 0s: it is no "
       "longer slow."},
      lasts<Slow>(),
  };
  add_timing(keys);
  return {"slow", std::move(keys),
          [](Reader& reader, const Node& map, Slow& slow) {
            complete_timing(reader, map, slow);
            require_hosts(reader, map, "slow");
          },
          hosts_or_where(timing_rules())};
}

// One value, or {uniform: [low, high]}.
template <class T>
Format<std::pair<T, T>> one_or_uniform(const std::string& name, const Format<T>& format) {
  const std::string full = absl::StrCat(name, ", or {uniform: [low, high]}");
  return {
      full,
      [full, format](Reader& reader, const Node& node,
                     std::string_view what) -> std::optional<std::pair<T, T>> {
        if (node.kind == Node::Kind::kMap) {
          const Node* bounds = node.find("uniform");
          if (node.entries.size() != 1 || bounds == nullptr || bounds->kind != Node::Kind::kList ||
              bounds->items.size() != 2) {
            reader.refuse(node, what, full);
            return std::nullopt;
          }
          const auto low = format.read(reader, *bounds->items[0], "the low end of 'uniform'");
          const auto high = format.read(reader, *bounds->items[1], "the high end of 'uniform'");
          if (!low || !high) return std::nullopt;
          if (*low > *high) {
            reader.error(*bounds->items[0], "the low end of 'uniform' is above the high end");
            return std::nullopt;
          }
          return std::pair(*low, *high);
        }
        const auto value = format.read(reader, node, what);
        if (!value) return std::nullopt;
        return std::pair(*value, *value);
      },
      {},
      either(format.schema, absl::StrCat(R"({"type":"object","required":["uniform"],)"
                                         R"("additionalProperties":false,"properties":{"uniform":)",
                                         schema_of_pair(format.schema), "}}"))};
}

// "100ppm", "-0.1%", "0.001"
Format<double> drift() {
  constexpr double kMost = 0.5;
  return text_format<double>(
      "a drift such as 100ppm or -0.1%, at most 50%",
      [](std::string_view text) {
        double unit = 1;
        if (text.ends_with("ppm")) {
          unit = 1e-6;
          text.remove_suffix(3);
        } else if (text.ends_with('%')) {
          unit = 1e-2;
          text.remove_suffix(1);
        }
        Parsed<double> parsed = parse_number(text);
        if (parsed.value) {
          *parsed.value *= unit;
          if (*parsed.value > kMost || *parsed.value < -kMost) {
            parsed.value.reset();
          }
        }
        return parsed;
      },
      R"({"anyOf":[{"type":"number","minimum":-0.5,"maximum":0.5},)"
      R"({"type":"string","pattern":"^[+-]?[0-9_.]+(ppm|%)$"}]})");
}

KeyTable<WrongClock> clock_keys(const Facts& facts) {
  std::vector<Key<WrongClock>> keys = {
      hosts<WrongClock>(facts, "", "Whose clocks become wrong."),
      where<WrongClock>(facts),
      {"ahead", into(&WrongClock::ahead, one_or_uniform<Duration>("a duration", any_duration())),
       "0s", "How far the clock is ahead; behind, where it is negative."},
      {"drift", into(&WrongClock::drift, one_or_uniform<double>("a drift", drift())), "0ppm",
       "How much time it gains; loses, where it is negative."},
      lasts<WrongClock>(),
  };
  add_timing(keys);
  return {"clock",
          std::move(keys),
          [](Reader& reader, const Node& map, WrongClock& clock) {
            complete_timing(reader, map, clock);
            require_hosts(reader, map, "clock");
            if (map.find("ahead") == nullptr && map.find("drift") == nullptr) {
              reader.error(map, "this clock is right: 'ahead' or 'drift' is missing");
            }
          },
          {.at_least_one = {"ahead", "drift"}, .needs = {{"every", "times"}}}};
}

Format<std::vector<Hosts>> host_groups(const Facts& facts) {
  const Format<Hosts> each = hosts_or_role_format(facts);
  const std::string name = "a list of hosts, each as in 'hosts' or {where: a role}";
  return {name,
          [name, each](Reader& reader, const Node& node,
                       std::string_view what) -> std::optional<std::vector<Hosts>> {
            if (node.kind != Node::Kind::kList || node.items.empty()) {
              reader.refuse(node, what, name);
              return std::nullopt;
            }
            std::vector<Hosts> groups;
            for (const Node* item : node.items) {
              std::optional<Hosts> hosts = each.read(reader, *item, "each of 'groups'");
              if (hosts) groups.push_back(std::move(*hosts));
            }
            return groups;
          },
          {},
          absl::StrCat(R"({"type":"array","minItems":1,"items":)", or_variable(each.schema), "}")};
}

Slot<Partition> direction() {
  const Format<std::string> format = one_of("both, in or out", {"both", "in", "out"});
  return {format.name,
          [format](Reader& reader, const Node& node, std::string_view what, Partition& partition) {
            using Direction = Partition::Direction;
            const std::optional<std::string> word = format.read(reader, node, what);
            if (word) {
              partition.direction = *word == "both" ? Direction::kBoth
                                    : *word == "in" ? Direction::kIn
                                                    : Direction::kOut;
            }
          },
          format.words, format.schema};
}

KeyTable<Partition> partition_keys(const Facts& facts) {
  std::vector<Key<Partition>> keys = {
      {"name", into(&Partition::name, text()), "", "What `heal` calls it."},
      hosts<Partition>(facts, "", "These against all others."),
      where<Partition>(facts),
      {"groups", into(&Partition::groups, host_groups(facts)), "",
       "Instead of `hosts`: each against each. Hosts that are in none are one group more."},
      {"direction", direction(), "both",
       "With `hosts`, what is lost: in: messages to them; out: messages from them; both."},
      lasts<Partition>(),
  };
  add_timing(keys);
  return {
      "partition",
      std::move(keys),
      [](Reader& reader, const Node& map, Partition& partition) {
        complete_timing(reader, map, partition);
        if (partition.name == "all") {
          reader.error(*map.find("name"), "'all' cannot name a partition: 'heal' has it for all");
        }
        const Node* hosts = map.find("hosts") != nullptr ? map.find("hosts") : map.find("where");
        const Node* groups = map.find("groups");
        if ((hosts == nullptr) == (groups == nullptr)) {
          reader.error(hosts == nullptr ? map : *groups,
                       "a partition has either 'hosts' or 'groups'");
        } else if (hosts != nullptr) {
          partition.groups = {partition.hosts};
        } else if (map.find("direction") != nullptr) {
          reader.error(*map.find("direction"), "'direction' goes with 'hosts', not with 'groups'");
        }
      },
      {.at_least_one = {"hosts", "where", "groups"},
       .needs = {{"every", "times"}},
       .excludes = {{"groups", "hosts"}, {"groups", "where"}, {"groups", "direction"}}}};
}

// --- One way, between some hosts and some others ------------------------------------------------

template <class Owner>
Key<Owner> end_of_link(const Facts& facts, std::string name, Hosts Owner::* member,
                       std::string help) {
  return {std::move(name), into(member, hosts_or_role_format(facts)), "all", std::move(help)};
}

KeyTable<Cut> cut_keys(const Facts& facts) {
  std::vector<Key<Cut>> keys = {
      {"name", into(&Cut::name, text()), "", "What `heal` calls it."},
      end_of_link<Cut>(facts, "from", &Cut::from, "Where the messages come from that are lost."),
      end_of_link<Cut>(facts, "to", &Cut::to,
                       "Where they go. What is left to chance falls on hosts that `from` has not, "
                       "as long as there are any."),
      {"both_ways", into(&Cut::both_ways, flag()), "false",
       "Whether messages that go back are lost, too."},
      lasts<Cut>(),
  };
  add_timing(keys);
  return {"cut",
          std::move(keys),
          [](Reader& reader, const Node& map, Cut& cut) {
            complete_timing(reader, map, cut);
            if (cut.name == "all") {
              reader.error(*map.find("name"), "'all' cannot name a cut: 'heal' has it for all");
            }
            if (map.find("from") == nullptr && map.find("to") == nullptr) {
              reader.error(map, "a cut has 'from' or 'to', or both");
            }
          },
          {.at_least_one = {"from", "to"}, .needs = {{"every", "times"}}}};
}

template <class Member, class T>
Slot<LinkChange> into_link(Member Link::* member, const Format<T>& format) {
  return {format.name,
          [member, format](Reader& reader, const Node& node, std::string_view what,
                           LinkChange& change) {
            std::optional<T> value = format.read(reader, node, what);
            if (value) change.link.*member = std::move(*value);
          },
          format.words, format.schema};
}

KeyTable<LinkChange> link_change_keys(const Facts& facts) {
  const std::string as_before = "as it is";
  const std::vector<std::string> qualities = {"latency",     "jitter",     "loss",
                                              "duplication", "corruption", "reordering"};
  std::vector<Key<LinkChange>> keys = {
      end_of_link<LinkChange>(facts, "from", &LinkChange::from, "Where the messages come from."),
      end_of_link<LinkChange>(facts, "to", &LinkChange::to,
                              "Where they go. What is left to chance falls on hosts that `from` "
                              "has not, as long as there are any."),
      {"both_ways", into_link(&Link::both_ways, flag()), "false",
       "Whether the same holds for messages that go back."},
      {"latency", into_link(&Link::latency, link_latency()), as_before,
       "How long a message takes, one way."},
      {"jitter", into_link(&Link::jitter, link_latency()), as_before,
       "What is added to the latency of each message."},
      {"loss", into_link(&Link::loss, probability()), as_before,
       "The probability that a message is lost."},
      {"duplication", into_link(&Link::duplication, probability()), as_before,
       "The probability that a message arrives twice."},
      {"corruption", into_link(&Link::corruption, probability()), as_before,
       "The probability that a message is damaged: its receiver drops it."},
      {"reordering", into_link(&Link::reordering, probability()), as_before,
       "The probability that a message does not keep its place among those of its pair of hosts."},
      lasts<LinkChange>(),
  };
  add_timing(keys);
  return {"link",
          std::move(keys),
          [qualities](Reader& reader, const Node& map, LinkChange& change) {
            complete_timing(reader, map, change);
            if (std::none_of(qualities.begin(), qualities.end(), [&](const std::string& quality) {
                  return map.find(quality) != nullptr;
                })) {
              reader.error(map,
                           absl::StrCat("this link stays as it is: it changes at least one of ",
                                        absl::StrJoin(qualities, ", ")));
            }
          },
          {.at_least_one = qualities, .needs = {{"every", "times"}}}};
}

KeyTable<Heal> heal_keys() {
  std::vector<Key<Heal>> keys = {
      {"name", into(&Heal::name, text()), "all", "Which partition or cut; `all`: each of them."},
  };
  add_timing(keys);
  return {"heal", std::move(keys),
          [](Reader& reader, const Node& map, Heal& heal) {
            complete_timing(reader, map, heal);
            if (heal.name == "all") heal.name.clear();
          },
          timing_rules()};
}

// --- Churn --------------------------------------------------------------------------------------

constexpr std::size_t kMostTraceLines = 10'000'000;

// "12.5s, 17, down"
std::optional<ChurnEvent> read_churn_event(DataFile& file, const DataFile::Line& line,
                                           const Facts& facts) {
  if (line.words.size() != 3) {
    file.error(line, "a line of a churn trace is a time, a host, and up or down",
               "for example 12.5s, 17, down");
    return std::nullopt;
  }
  const DataFile::Word& time = line.words[0];
  const Parsed<Duration> at = parse_duration(time.text);
  if (!at.value || *at.value < Duration::zero()) {
    file.error(line, time, absl::StrCat("the time must be a duration, not ", in_quotes(time.text)),
               at.remedy);
    return std::nullopt;
  }
  const DataFile::Word& number = line.words[1];
  const std::int64_t most = facts.hosts.value_or(kMostHosts) - 1;
  const std::optional<std::int64_t> host = parse_integer(number.text).value;
  if (!host || *host < 0 || *host > most) {
    file.error(line, number,
               absl::StrCat("the host must be a whole number from 0 to ", written(most), ", not ",
                            in_quotes(number.text)));
    return std::nullopt;
  }
  const DataFile::Word& what = line.words[2];
  if (what.text != "up" && what.text != "down") {
    const std::vector<std::string> known = {"up", "down"};
    file.error(line, what, absl::StrCat("a host goes up or down, not ", in_quotes(what.text)),
               did_you_mean(what.text, known));
    return std::nullopt;
  }
  return ChurnEvent{*at.value, *host, what.text == "up"};
}

std::vector<ChurnEvent> read_churn_trace(DataFile& file, const Facts& facts, bool& has_lines) {
  std::vector<ChurnEvent> events;
  for (DataFile::Line line; file.next(line);) {
    has_lines = true;
    if (events.size() >= kMostTraceLines) {
      file.error(line, "a churn trace has at most 10_000_000 lines");
      break;
    }
    const std::optional<ChurnEvent> event = read_churn_event(file, line, facts);
    if (!event) continue;
    if (!events.empty() && event->at < events.back().at) {
      file.error(line, absl::StrCat("the times go back, from ", troupe::to_string(events.back().at),
                                    " to ", troupe::to_string(event->at)));
    }
    events.push_back(*event);
  }
  return events;
}

Slot<Churn> churn_trace(const Facts& facts) {
  return {"a file",
          [&facts](Reader& reader, const Node& node, std::string_view what, Churn& churn) {
            std::optional<DataFile> file = DataFile::open(reader, node, what);
            if (!file) return;
            bool has_lines = false;
            churn.trace = read_churn_trace(*file, facts, has_lines);
            if (!has_lines) {
              reader.error(
                  node, absl::StrCat("the churn trace ", in_quotes(node.text), " has no events"),
                  "a line of it is a time, a host, and up or down, such as 12.5s, 17, down");
            }
          },
          {},
          text().schema};
}

Slot<Churn> ends_by() {
  const Format<std::string> format = one_of("crash or leave", {"crash", "leave"});
  return {format.name,
          [format](Reader& reader, const Node& node, std::string_view what, Churn& churn) {
            const std::optional<std::string> word = format.read(reader, node, what);
            if (word) churn.ends_by = *word == "crash" ? Churn::End::kCrash : Churn::End::kLeave;
          },
          format.words, format.schema};
}

KeyTable<Churn> churn_keys(const Facts& facts) {
  return {
      "churn",
      {
          {"hosts", into(&Churn::hosts, hosts_format(facts)), "all",
           "Which come and go; chosen once, when the churn begins."},
          where<Churn>(facts),
          {"session", into(&Churn::session, positive_span()), "",
           "How long a host is up. Those that are up already begin one."},
          {"downtime", into(&Churn::downtime, positive_span()), "",
           "How long it is away, until it comes back."},
          {"arrivals", into(&Churn::arrivals, positive_span()), "",
           "Instead of `downtime`: the time from one arrival to the next. One of those that "
           "are away comes back."},
          {"trace", churn_trace(facts), "",
           "Instead of all these: a file with a time, a host and up or down on each line."},
          {"ends_by", ends_by(), "crash", "How a session ends: crash or leave."},
          {"storage", storage<Churn>(), "kept",
           "Whether the actors have what they saved when they come back: kept or lost."},
      },
      [&facts](Reader& reader, const Node& map, Churn& churn) {
        if (churn.ends_by == Churn::End::kLeave) check_leave(reader, map, facts);
        if (const Node* trace = map.find("trace"); trace != nullptr) {
          for (const std::string_view key : {"hosts", "where", "session", "downtime", "arrivals"}) {
            const Node* other = map.find(key);
            if (other == nullptr) continue;
            reader.error(*other, absl::StrCat(in_quotes(key),
                                              " does not go with 'trace', "
                                              "which says it all"));
          }
          return;
        }
        if (map.find("session") == nullptr) {
          reader.error(map, "'session' is missing in 'churn'", "or a 'trace'");
        }
        if (map.find("downtime") != nullptr && map.find("arrivals") != nullptr) {
          reader.error(*map.find("arrivals"), "'arrivals' does not go with 'downtime'");
        }
      },
      {.exactly_one = {"session", "trace"}}};
}

// --- How they are written -----------------------------------------------------------------------

bool is_list_of_maps(const Node& node) {
  return node.kind == Node::Kind::kList && !node.items.empty() &&
         std::any_of(node.items.begin(), node.items.end(),
                     [](const Node* item) { return item->kind == Node::Kind::kMap; });
}

// Just the hosts, a map of keys, or a list of such.
template <class F>
Slot<Phase> fault(KeyTable<F> table, const Format<Hosts>& hosts,
                  const std::function<void(Reader&, const Node&, F&)>& complete_short = {}) {
  const Format<F> whole = map_of(std::move(table));
  return {hosts.name + "; or a map of keys, or a list of such",
          [whole, hosts, complete_short](Reader& reader, const Node& node, std::string_view what,
                                         Phase& phase) {
            if (is_list_of_maps(node)) {
              std::optional<std::vector<F>> all = list_of(whole).read(reader, node, what);
              if (!all) return;
              for (F& one : *all) phase.actions.emplace_back(std::move(one));
            } else if (node.kind == Node::Kind::kMap) {
              std::optional<F> one = whole.read(reader, node, what);
              if (one) phase.actions.emplace_back(std::move(*one));
            } else {
              std::optional<Hosts> which = hosts.read(reader, node, what);
              if (!which) return;
              F one{};
              one.place = reader.place(node);
              one.hosts = std::move(*which);
              if (complete_short) complete_short(reader, node, one);
              phase.actions.emplace_back(std::move(one));
            }
          },
          {},
          either(hosts.schema, one_or_more(whole).schema)};
}

template <class F>
Slot<Phase> map_or_list(KeyTable<F> table) {
  return append_to(&Phase::actions, one_or_more(map_of(std::move(table))));
}

// "all", or the name of a partition.
Slot<Phase> heal() {
  const Format<Heal> whole = map_of(heal_keys());
  return {"'all', or the name of a partition or cut; or a map of keys, or a list of such",
          [whole](Reader& reader, const Node& node, std::string_view what, Phase& phase) {
            if (node.kind == Node::Kind::kText) {
              Heal heal{.place = reader.place(node), .name = node.text, .timing = {}};
              if (heal.name == "all") heal.name.clear();
              phase.actions.emplace_back(std::move(heal));
              return;
            }
            std::optional<std::vector<Heal>> all = one_or_more(whole).read(reader, node, what);
            if (!all) return;
            for (Heal& one : *all) phase.actions.emplace_back(std::move(one));
          },
          {},
          either(text().schema, one_or_more(whole).schema)};
}

}  // namespace

std::vector<Key<Phase>> fault_keys(const Facts& facts) {
  const Format<Hosts> hosts = hosts_format(facts);
  const auto too_many = [&facts](Reader& reader, const Node& node, Crash& crash) {
    const auto* count = std::get_if<HostCount>(&crash.hosts);
    if (count == nullptr || !facts.hosts || count->count <= *facts.hosts) return;
    reader.warn(reader.place(node), absl::StrCat("only ", written(*facts.hosts),
                                                 " hosts can crash, not ", written(count->count)));
  };
  return {
      {"crash", fault<Crash>(crash_keys(facts), hosts, too_many), "",
       "Hosts that are gone at once, with everything on them."},
      {"restart", fault<Restart>(restart_keys(facts), hosts), "",
       "Hosts that had gone come back, with actors of the classes that the scenario had put on "
       "them."},
      {"leave",
       fault<Leave>(leave_keys(facts), hosts,
                    [&facts](Reader& reader, const Node& node, Leave&) {
                      check_leave(reader, node, facts);
                    }),
       "", "Hosts whose actors say goodbye; then they are down."},
      {"join",
       fault<Join>(join_keys(facts), hosts,
                   [&facts](Reader& reader, const Node& node, Join& join) {
                     complete_actor(reader, node, join.actor, "join", facts);
                   }),
       "", "Hosts that come up with a new actor each."},
      {"pause", fault<Pause>(pause_keys(facts), hosts), "",
       "Hosts that do nothing until they go on."},
      {"resume", fault<Resume>(resume_keys(facts), hosts), "",
       "Hosts that go on after a pause, with all that has come meanwhile."},
      {"slow", map_or_list(slow_keys(facts)), "", "Hosts that take long for each message."},
      {"clock", map_or_list(clock_keys(facts)), "", "Hosts whose clocks are wrong."},
      {"partition",
       fault<Partition>(partition_keys(facts), hosts,
                        [](Reader&, const Node&, Partition& partition) {
                          partition.groups = {partition.hosts};
                        }),
       "", "Hosts that no longer reach the others."},
      {"cut", map_or_list(cut_keys(facts)), "", "Messages of some hosts to some others are lost."},
      {"heal", heal(), "", "Partitions and cuts that end."},
      {"link", map_or_list(link_change_keys(facts)), "",
       "Messages of some hosts to some others travel otherwise."},
      {"churn", map_or_list(churn_keys(facts)), "",
       "Hosts that come and go for as long as the phase lasts."},
  };
}

std::vector<MapDescription> describe_faults(const Facts& facts) {
  return {crash_keys(facts).description(),     restart_keys(facts).description(),
          leave_keys(facts).description(),     join_keys(facts).description(),
          pause_keys(facts).description(),     resume_keys(facts).description(),
          slow_keys(facts).description(),      clock_keys(facts).description(),
          partition_keys(facts).description(), cut_keys(facts).description(),
          heal_keys().description(),           link_change_keys(facts).description(),
          churn_keys(facts).description(),     hosts_where_keys(facts).description()};
}

}  // namespace troupe::scenario
