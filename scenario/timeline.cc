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

namespace troupe::scenario {
namespace {

// Which hosts are in some state: perhaps any, or just these.
class Affected {
 public:
  void add(const Hosts& hosts) {
    if (const auto* list = std::get_if<HostList>(&hosts)) {
      numbers_.insert(list->numbers.begin(), list->numbers.end());
    } else {
      anybody_ = true;
    }
  }
  void remove(const Hosts& hosts) {
    if (const auto* list = std::get_if<HostList>(&hosts)) {
      for (const std::int64_t number : list->numbers) numbers_.erase(number);
    } else if (std::holds_alternative<AllHosts>(hosts)) {
      numbers_.clear();
      anybody_ = false;
    }
  }
  bool nobody() const { return !anybody_ && numbers_.empty(); }
  // The first of these that is certainly not affected.
  std::optional<std::int64_t> unaffected(const Hosts& hosts) const {
    const auto* list = std::get_if<HostList>(&hosts);
    if (list == nullptr || anybody_) return std::nullopt;
    for (const std::int64_t number : list->numbers) {
      if (!numbers_.contains(number)) return number;
    }
    return std::nullopt;
  }
  // The first of these that is certainly affected already.
  std::optional<std::int64_t> affected(const Hosts& hosts) const {
    const auto* list = std::get_if<HostList>(&hosts);
    if (list == nullptr) return std::nullopt;
    for (const std::int64_t number : list->numbers) {
      if (numbers_.contains(number)) return number;
    }
    return std::nullopt;
  }

 private:
  bool anybody_ = false;
  std::set<std::int64_t> numbers_;
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
  }

 private:
  void add(std::vector<Deed>& deeds, std::size_t phase, const Action& action) {
    std::visit(
        [&](const auto& it) {
          using T = std::decay_t<decltype(it)>;
          Deed deed{.phase = phase, .at = {}, .order = deeds.size(), .action = &action};
          if constexpr (requires { it.timing; }) {
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

  void goes_down(const Fault& fault, std::string_view verb) {
    if (const auto host = down_.affected(fault.hosts)) {
      warn(fault.place,
           absl::StrCat("host ", *host, " is down already, so it cannot ", std::string(verb)));
    }
    down_.add(fault.hosts);
  }

  void look_at(const Crash& crash, bool is_end) {
    if (is_end) {
      down_.remove(crash.hosts);
    } else {
      goes_down(crash, "crash");
    }
  }
  void look_at(const Leave& leave, bool) { goes_down(leave, "leave"); }
  void look_at(const Churn&, bool) { anybody_may_be_down_ = true; }
  void look_at(const Restart& restart, bool) {
    if (!anybody_may_be_down_ && !vague_) {
      if (down_.nobody()) {
        warn(restart.place, "nobody is down who could restart: nothing has crashed or left before");
      } else if (const auto host = down_.unaffected(restart.hosts)) {
        warn(restart.place, absl::StrCat("host ", *host, " is up, so it cannot restart"));
      }
    }
    down_.remove(restart.hosts);
  }
  void look_at(const Join& join, bool) { down_.remove(join.hosts); }

  void look_at(const Pause& pause, bool is_end) {
    if (is_end) {
      paused_.remove(pause.hosts);
      return;
    }
    if (const auto host = paused_.affected(pause.hosts)) {
      warn(pause.place, absl::StrCat("host ", *host, " is paused already"));
    } else if (const auto down = down_.affected(pause.hosts)) {
      warn(pause.place, absl::StrCat("host ", *down, " is down, so it cannot pause"));
    }
    paused_.add(pause.hosts);
  }
  void look_at(const Resume& resume, bool) {
    if (!vague_) {
      if (paused_.nobody()) {
        warn(resume.place, "nobody is paused who could go on");
      } else if (const auto host = paused_.unaffected(resume.hosts)) {
        warn(resume.place, absl::StrCat("host ", *host, " is not paused"));
      }
    }
    paused_.remove(resume.hosts);
  }

  // --- Partitions ---

  void look_at(const Partition& partition, bool is_end) {
    if (is_end) {
      const auto found = partitions_.find(partition.name);
      if (found != partitions_.end()) partitions_.erase(found);
      return;
    }
    if (!partition.name.empty() && partitions_.contains(partition.name)) {
      warn(partition.place,
           absl::StrCat("a partition called ", in_quotes(partition.name), " has not healed yet"));
    }
    partitions_.insert(partition.name);
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

  template <class T>
  void look_at(const T&, bool) {}

  Reader& reader_;
  const Scenario& scenario_;
  Affected down_;
  Affected paused_;
  bool anybody_may_be_down_ = false;
  bool vague_ = false;
  std::multiset<std::string> partitions_;
};

}  // namespace

void warn_of_contradictions(Reader& reader, const Scenario& scenario) {
  Timeline(reader, scenario).go_through();
}

}  // namespace troupe::scenario
