// Goes through the actions in the order of their times, and keeps in mind what they leave behind.
#include "scenario/timeline.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/fraction.h"
#include "scenario/units.h"

namespace troupe::scenario {
namespace {

// Which hosts are in some state, and through which actions: perhaps any hosts, or just these.
class Affected {
 public:
  void add(const Hosts& hosts, const void* action, bool lasts) {
    if (const auto* list = std::get_if<HostList>(&hosts)) {
      for (const std::int64_t number : list->numbers) numbers_[number][action] = lasts;
    } else {
      anybody_.insert(action);
    }
  }
  // The action is over.
  void end(const Hosts& hosts, const void* action) {
    anybody_.erase(action);
    const auto* list = std::get_if<HostList>(&hosts);
    if (list == nullptr) return;
    for (const std::int64_t number : list->numbers) {
      const auto found = numbers_.find(number);
      if (found == numbers_.end()) continue;
      found->second.erase(action);
      if (found->second.empty()) numbers_.erase(found);
    }
  }
  // Whatever has affected these is over.
  void remove(const Hosts& hosts) {
    if (const auto* list = std::get_if<HostList>(&hosts)) {
      for (const std::int64_t number : list->numbers) numbers_.erase(number);
    } else if (std::holds_alternative<AllHosts>(hosts)) {
      numbers_.clear();
      anybody_.clear();
    }
  }
  bool nobody() const { return anybody_.empty() && numbers_.empty(); }
  // The first of these that is certainly not affected.
  std::optional<std::int64_t> unaffected(const Hosts& hosts) const {
    const auto* list = std::get_if<HostList>(&hosts);
    if (list == nullptr || !anybody_.empty()) return std::nullopt;
    for (const std::int64_t number : list->numbers) {
      if (!numbers_.contains(number)) return number;
    }
    return std::nullopt;
  }
  // The first of these that is certainly affected already; where `for_good`, by what does not end
  // by itself.
  std::optional<std::int64_t> affected(const Hosts& hosts, bool for_good = false) const {
    const auto* list = std::get_if<HostList>(&hosts);
    if (list == nullptr) return std::nullopt;
    for (const std::int64_t number : list->numbers) {
      const auto found = numbers_.find(number);
      if (found == numbers_.end()) continue;
      if (!for_good || std::any_of(found->second.begin(), found->second.end(),
                                   [](const auto& entry) { return !entry.second; })) {
        return number;
      }
    }
    return std::nullopt;
  }

 private:
  std::set<const void*> anybody_;  // the actions that have affected hosts that nobody knows
  std::map<std::int64_t, std::map<const void*, bool>> numbers_;  // by host; whether the action ends
};

// The hosts that are certainly up and have an actor of a class: all others, or just these.
struct There {
  bool everywhere = false;
  std::set<std::int64_t> others;

  bool has(std::int64_t host) const { return everywhere != others.contains(host); }
  void add(std::int64_t host) { change(host, !everywhere); }
  void remove(std::int64_t host) { change(host, everywhere); }
  void change(std::int64_t host, bool is_other) {
    if (is_other) {
      others.insert(host);
    } else {
      others.erase(host);
    }
  }
};

// One thing that happens, or is over.
struct Deed {
  std::size_t phase = 0;
  Duration at{};
  std::size_t order = 0;
  const Action* action = nullptr;
  bool is_end = false;  // of what lasts for a while
};

std::optional<Duration> fixed(const Span& span) {
  const auto* constant = std::get_if<Constant>(&span);
  if (constant == nullptr) return std::nullopt;
  return constant->value;
}

class Timeline {
 public:
  Timeline(Reader& reader, const Scenario& scenario) : reader_(reader), scenario_(scenario) {}

  void go_through() {
    std::vector<Deed> deeds;
    for (std::size_t i = 0; i < scenario_.phases.size(); ++i) {
      for (const Action& action : scenario_.phases[i].actions) add(deeds, i, action);
    }
    std::sort(deeds.begin(), deeds.end(), [](const Deed& a, const Deed& b) {
      return std::tie(a.phase, a.at, a.order, a.is_end) <
             std::tie(b.phase, b.at, b.order, b.is_end);
    });
    for (const Deed& deed : deeds) {
      std::visit([&](const auto& it) { look_at(it, deed.is_end); }, *deed.action);
    }
    for (const Phase& phase : scenario_.phases) look_at_churn(phase);
  }

 private:
  void add(std::vector<Deed>& deeds, std::size_t phase, const Action& action) {
    std::visit(
        [&](const auto& it) {
          using T = std::decay_t<decltype(it)>;
          Deed deed{.phase = phase, .at = {}, .order = deeds.size(), .action = &action};
          if constexpr (std::is_same_v<T, Spawn>) {
            deed.at = end_of(it);
          } else if constexpr (requires { it.timing; }) {
            const std::optional<Duration> at = fixed(it.timing.at);
            // What happens at random or several times may come before or after anything.
            if (!at || it.timing.times > 1) {
              vague_ = true;
              deed.at = Duration::zero();
            } else {
              deed.at = *at;
            }
            if constexpr (std::is_base_of_v<PassingFault, T>) {
              if (it.lasts && it.timing.times == 1 && at && fixed(*it.lasts)) {
                Deed end = deed;
                end.at += *fixed(*it.lasts);
                end.is_end = true;
                deeds.push_back(end);
              }
            }
          }
          deeds.push_back(deed);
        },
        action);
  }

  void warn(const Place& place, std::string message, std::string remedy = {}) {
    reader_.warn(place, std::move(message), std::move(remedy));
  }

  // --- Hosts ---

  // Tells a percentage that comes to nobody, whoever is up.
  void look_at(const Place& place, const Hosts& hosts) {
    if (const auto* where = std::get_if<HostsWhere>(&hosts)) {
      look_at(place, where->among->hosts);
      return;
    }
    const auto* fraction = std::get_if<HostFraction>(&hosts);
    auto most = static_cast<std::size_t>(scenario_.hosts);
    if (const auto* among = std::get_if<HostsAmong>(&hosts)) {
      fraction = std::get_if<HostFraction>(&among->how_many);
      most = among->numbers.size();
    }
    if (fraction == nullptr || fraction->fraction == 0 || fraction->part_of(most) > 0) return;
    warn(place,
         absl::StrCat(written_percentage(fraction->fraction), " of ", most,
                      most == 1 ? " host" : " hosts", " is no host: percentages are rounded down"),
         "say how many, such as 1");
  }

  // When the last of its actors starts.
  Duration end_of(const Spawn& spawn) const {
    const auto* list = std::get_if<HostList>(&spawn.on);
    const std::int64_t count =
        list == nullptr ? scenario_.hosts : static_cast<std::int64_t>(list->numbers.size());
    if (count <= 1 || spawn.every == Duration::zero()) return spawn.at;
    if (spawn.every > kLongest / (count - 1)) return kLongest;
    return std::min(kLongest, spawn.at + spawn.every * (count - 1));
  }

  void look_at(const Spawn& spawn, bool) {
    look_at(spawn.place, spawn.on);
    if (const auto host = down_.affected(spawn.on)) {
      warn(spawn.place, absl::StrCat("host ", *host, " is down, so nothing is spawned on it"));
    }
    if (spawn.actor != nullptr) is_there(*spawn.actor, spawn.on);
  }

  // From now on, there is an actor of this class on these.
  void is_there(const Algorithm::ActorClass& actor, const Hosts& hosts) {
    if (const auto* list = std::get_if<HostList>(&hosts)) {
      for (const std::int64_t number : list->numbers) there_[actor.type].add(number);
    } else if (std::holds_alternative<AllHosts>(hosts)) {
      there_[actor.type] = {.everywhere = true, .others = {}};
    }
  }
  // Whoever was there on these may be gone.
  void may_be_gone(const Hosts& hosts) {
    for (auto& [type, there] : there_) {
      if (const auto* list = std::get_if<HostList>(&hosts)) {
        for (const std::int64_t number : list->numbers) there.remove(number);
      } else {
        there = {};
      }
    }
  }

  void look_at(const Crash& crash, bool is_end) {
    if (is_end) {
      down_.end(crash.hosts, &crash);
      return;
    }
    look_at(crash.place, crash.hosts);
    const auto host = down_.affected(crash.hosts, true);
    if (host && !crash.lasts) {
      warn(crash.place, absl::StrCat("host ", *host, " is down already, so it cannot crash"));
    }
    down_.add(crash.hosts, &crash, crash.lasts.has_value());
    may_be_gone(crash.hosts);
  }
  void look_at(const Leave& leave, bool) {
    look_at(leave.place, leave.hosts);
    if (const auto host = down_.affected(leave.hosts)) {
      warn(leave.place, absl::StrCat("host ", *host, " is down already, so it cannot leave"));
    }
    down_.add(leave.hosts, &leave, false);
    may_be_gone(leave.hosts);
  }
  void look_at(const Churn& churn, bool) {
    look_at(churn.place, churn.hosts);
    anybody_may_be_down_ = true;
  }
  void look_at(const Restart& restart, bool) {
    look_at(restart.place, restart.hosts);
    if (!anybody_may_be_down_ && !vague_) {
      if (down_.nobody()) {
        warn(restart.place, "nobody is down who could restart: nothing has crashed or left before");
      } else if (const auto host = down_.unaffected(restart.hosts)) {
        warn(restart.place, absl::StrCat("host ", *host, " is up, so it cannot restart"));
      }
    }
    down_.remove(restart.hosts);
  }
  void look_at(const Join& join, bool) {
    look_at(join.place, join.hosts);
    if (join.actor != nullptr && !anybody_may_be_down_ && !vague_) {
      const There& there = there_[join.actor->type];
      const std::string name(join.actor->type->name);
      if (const auto* list = std::get_if<HostList>(&join.hosts)) {
        const auto host = std::find_if(list->numbers.begin(), list->numbers.end(),
                                       [&](std::int64_t number) { return there.has(number); });
        if (host != list->numbers.end()) {
          warn(join.place, absl::StrCat("host ", *host, " is up and has a ", name,
                                        " already, so it cannot join"));
        }
      } else if (there.everywhere && there.others.empty()) {
        warn(join.place,
             absl::StrCat("every host is up and has a ", name, " already, so none can join"));
      }
    }
    down_.remove(join.hosts);
    if (join.actor != nullptr) is_there(*join.actor, join.hosts);
  }

  void look_at(const Pause& pause, bool is_end) {
    if (is_end) {
      paused_.end(pause.hosts, &pause);
      return;
    }
    look_at(pause.place, pause.hosts);
    const auto host = paused_.affected(pause.hosts, true);
    if (host && !pause.lasts) {
      warn(pause.place, absl::StrCat("host ", *host, " is paused already"));
    } else if (const auto down = down_.affected(pause.hosts)) {
      warn(pause.place, absl::StrCat("host ", *down, " is down, so it cannot pause"));
    }
    paused_.add(pause.hosts, &pause, pause.lasts.has_value());
  }
  void look_at(const Resume& resume, bool) {
    look_at(resume.place, resume.hosts);
    if (!vague_) {
      if (paused_.nobody()) {
        warn(resume.place, "nobody is paused who could go on");
      } else if (const auto host = paused_.unaffected(resume.hosts)) {
        warn(resume.place, absl::StrCat("host ", *host, " is not paused"));
      }
    }
    paused_.remove(resume.hosts);
  }
  void look_at(const Slow& slow, bool is_end) {
    if (!is_end) look_at(slow.place, slow.hosts);
  }
  void look_at(const WrongClock& clock, bool is_end) {
    if (!is_end) look_at(clock.place, clock.hosts);
  }
  void look_at(const Calls& calls, bool) {
    if (const auto* hosts = std::get_if<Hosts>(&calls.on)) look_at(calls.place, *hosts);
  }

  // --- Partitions ---

  void look_at(const Partition& partition, bool is_end) {
    if (is_end) {
      const auto found = partitions_.find(partition.name);
      if (found != partitions_.end()) partitions_.erase(found);
      return;
    }
    look_at_groups(partition);
    if (!partition.name.empty() && partitions_.contains(partition.name)) {
      warn(partition.place,
           absl::StrCat("a partition called ", in_quotes(partition.name), " has not healed yet"));
    }
    partitions_.insert(partition.name);
  }
  // Groups that separate nobody, or that have a host in common.
  void look_at_groups(const Partition& partition) {
    std::map<std::int64_t, int> group_of;
    bool is_told = false;
    for (const Hosts& group : partition.groups) {
      look_at(partition.place, group);
      const auto* list = std::get_if<HostList>(&group);
      if (list == nullptr) continue;
      for (const std::int64_t number : list->numbers) {
        if (group_of.emplace(number, 0).second || is_told) continue;
        is_told = true;
        warn(partition.place, absl::StrCat("host ", number,
                                           " is in two groups of this partition: it stays in the "
                                           "first"));
      }
    }
    const bool takes_all =
        std::any_of(partition.groups.begin(), partition.groups.end(), [&](const Hosts& group) {
          const auto* count = std::get_if<HostCount>(&group);
          const auto* fraction = std::get_if<HostFraction>(&group);
          const auto* list = std::get_if<HostList>(&group);
          return std::holds_alternative<AllHosts>(group) ||
                 (count != nullptr && count->count >= scenario_.hosts) ||
                 (fraction != nullptr && fraction->fraction == 1) ||
                 (list != nullptr &&
                  static_cast<std::int64_t>(list->numbers.size()) == scenario_.hosts);
        });
    if (takes_all) {
      warn(partition.place, "all hosts are on one side of this partition, so it separates nobody");
    }
  }

  void look_at(const Cut& cut, bool is_end) {
    if (is_end) {
      const auto found = partitions_.find(cut.name);
      if (found != partitions_.end()) partitions_.erase(found);
      return;
    }
    look_at(cut.place, cut.from);
    look_at(cut.place, cut.to);
    partitions_.insert(cut.name);
  }
  void look_at(const LinkChange& change, bool is_end) {
    if (is_end) return;
    look_at(change.place, change.from);
    look_at(change.place, change.to);
  }

  void look_at(const Heal& heal, bool) {
    if (vague_) return;
    if (partitions_.empty()) {
      warn(heal.place, "there is no partition that could heal");
    } else if (!heal.name.empty() && !partitions_.contains(heal.name)) {
      std::vector<std::string> names(partitions_.begin(), partitions_.end());
      std::erase(names, "");
      warn(heal.place, absl::StrCat("no partition is called ", in_quotes(heal.name)),
           names.empty() ? "" : did_you_mean(heal.name, names));
    }
    if (heal.name.empty()) {
      partitions_.clear();
    } else {
      partitions_.erase(heal.name);
    }
  }

  // --- Churn ---

  // When a phase ends, where the file alone says it.
  std::optional<Duration> end_of(const Phase& phase) const {
    if (phase.until) return std::nullopt;
    Duration end = phase.lasts;
    bool is_known = true;
    for (const Action& action : phase.actions) {
      std::visit(
          [&](const auto& it) {
            using T = std::decay_t<decltype(it)>;
            if constexpr (std::is_same_v<T, Spawn>) {
              end = std::max(end, end_of(it));
            } else if constexpr (std::is_same_v<T, Calls> || std::is_same_v<T, Leave>) {
              is_known = false;  // It takes as long as the answers do.
            } else if constexpr (requires { it.timing; }) {
              std::optional<Duration> last = fixed(it.timing.at);
              is_known = is_known && last && it.timing.times == 1;
              if constexpr (requires { it.lasts; }) {
                if (last && it.lasts) {
                  const std::optional<Duration> lasts = fixed(*it.lasts);
                  is_known = is_known && lasts;
                  *last += lasts.value_or(Duration::zero());
                }
              }
              end = std::max(end, last.value_or(Duration::zero()));
            }
          },
          action);
    }
    if (!is_known) return std::nullopt;
    return end;
  }

  // Calls `visit` with the hosts that a churn is certainly over, some perhaps twice.
  template <class Visit>
  void visit_hosts(const Churn& churn, Visit visit) const {
    for (const ChurnEvent& event : churn.trace) visit(event.host);
    if (!churn.trace.empty()) return;
    if (const auto* list = std::get_if<HostList>(&churn.hosts)) {
      for (const std::int64_t host : list->numbers) visit(host);
    } else if (std::holds_alternative<AllHosts>(churn.hosts)) {
      for (std::int64_t host = 0; host < scenario_.hosts; ++host) visit(host);
    }
  }

  void look_at_churn(const Phase& phase) {
    const std::optional<Duration> end = end_of(phase);
    std::vector<const Churn*> churns;
    for (const Action& action : phase.actions) {
      if (const auto* churn = std::get_if<Churn>(&action)) churns.push_back(churn);
    }
    // The last churn that each host was in.
    std::vector<const Churn*> churn_of;
    if (churns.size() > 1) churn_of.resize(static_cast<std::size_t>(scenario_.hosts));
    for (const Churn* churn : churns) {
      const auto late =
          std::count_if(churn->trace.begin(), churn->trace.end(),
                        [&](const ChurnEvent& event) { return end && event.at > *end; });
      if (late > 0) {
        warn(churn->place,
             absl::StrCat(late, " of the ", churn->trace.size(),
                          " events of this trace come after the end of the phase, ",
                          troupe::to_string(*end), " after its beginning, and do not happen"),
             "let the phase last longer");
      }
      if (churns.size() == 1) continue;
      std::optional<std::int64_t> twice;
      visit_hosts(*churn, [&](std::int64_t host) {
        const Churn*& last = churn_of[static_cast<std::size_t>(host)];
        if (last != nullptr && last != churn && !twice) twice = host;
        last = churn;
      });
      if (twice) {
        warn(churn->place, absl::StrCat("host ", *twice,
                                        " is in another churn of this phase, too: each takes it "
                                        "down and brings it back without regard to the other"));
      }
    }
  }

  static constexpr Duration kLongest = kLongestDuration;

  Reader& reader_;
  const Scenario& scenario_;
  Affected down_;
  Affected paused_;
  bool anybody_may_be_down_ = false;
  bool vague_ = false;
  std::multiset<std::string> partitions_;
  std::map<const ActorType*, There> there_;
};

}  // namespace

void warn_of_contradictions(Reader& reader, const Scenario& scenario) {
  Timeline(reader, scenario).go_through();
}

}  // namespace troupe::scenario
