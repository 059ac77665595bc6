// Random programs of overlapping faults, beside a model that knows nothing of their implementation:
// it decides from the list of all faults which of them hold at a time.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "actor/actor.h"
#include "gtest/gtest.h"
#include "scenario/parse.h"
#include "sim/experiment.h"
#include "sim/simulator.h"

namespace troupe::sim {
namespace {

constexpr int kHosts = 4;
constexpr int kSeeds = 1000;

// --- What is the case at a time ------------------------------------------------------------------

struct HostState {
  bool is_up = true;
  bool is_paused = false;
  Duration each_message{};
  Duration clock_ahead{};
  std::vector<bool> cut_off_from = std::vector<bool>(kHosts);
  friend bool operator==(const HostState&, const HostState&) = default;
};

std::string to_string(const HostState& state) {
  std::string text = absl::StrCat(state.is_up ? "up" : "down", state.is_paused ? " paused" : "",
                                  " slow ", troupe::to_string(state.each_message), " ahead ",
                                  state.clock_ahead.count(), " cut off from");
  for (int to = 0; to < kHosts; ++to) {
    if (state.cut_off_from[static_cast<std::size_t>(to)]) absl::StrAppend(&text, " ", to);
  }
  return text;
}

// --- The program --------------------------------------------------------------------------------

enum class Kind : std::uint8_t {
  kCrash,
  kRestart,
  kPause,
  kResume,
  kSlow,
  kClock,
  kPartition,
  kCut,
  kHeal
};

// One time that one fault happens.
struct Instance {
  Kind kind = Kind::kCrash;
  Duration begin{};
  Duration end = Duration::max();
  std::set<int> hosts;
  std::set<int> to;       // of a cut
  Duration amount{};      // how slow, or how far ahead
  double drift = 0;       // of a clock
  std::string name = {};  // of a partition or cut; of a heal: which, or "all"
};

struct Program {
  std::string yaml;
  std::vector<Instance> instances;
};

class Author {
 public:
  explicit Author(std::uint64_t seed) : random_(Random::stream(seed, "overlapping faults")) {}

  Program write() {
    const std::vector<std::pair<Kind, std::string>> kinds = {
        {Kind::kCrash, "crash"},         {Kind::kRestart, "restart"}, {Kind::kPause, "pause"},
        {Kind::kResume, "resume"},       {Kind::kSlow, "slow"},       {Kind::kClock, "clock"},
        {Kind::kPartition, "partition"}, {Kind::kCut, "cut"},         {Kind::kHeal, "heal"}};
    Program program;
    absl::StrAppend(&program.yaml, "algorithm: idle\nhosts: ", kHosts,
                    "\nphases:\n  - spawn: {}\n    lasts: 60s\n");
    for (const auto& [kind, key] : kinds) {
      const auto count = random_.below(4);
      if (count == 0) continue;
      absl::StrAppend(&program.yaml, "    ", key, ":\n");
      for (std::uint64_t i = 0; i < count; ++i) {
        absl::StrAppend(&program.yaml, "      - {", one(kind, program.instances), "}\n");
      }
    }
    absl::StrAppend(&program.yaml, "checks:\n  - {always: look, every: 100ms}\n");
    return program;
  }

 private:
  // A number of milliseconds at which nothing else happens, and nobody looks.
  Duration some_time(std::int64_t most) {
    for (;;) {
      const Duration time = std::chrono::milliseconds(
          1 + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most))));
      if (time % std::chrono::milliseconds(100) == Duration::zero()) continue;
      if (used_.insert(time).second) return time;
    }
  }

  std::set<int> some_hosts(std::string& text) {
    std::set<int> hosts;
    for (int host = 0; host < kHosts; ++host) {
      if (random_.chance(0.4)) hosts.insert(host);
    }
    if (hosts.empty()) hosts.insert(static_cast<int>(random_.below(kHosts)));
    text = absl::StrCat("[", absl::StrJoin(hosts, ", "), "]");
    if (hosts.size() == kHosts) text = "all";
    return hosts;
  }

  std::string some_name() { return random_.chance(0.5) ? "a" : "b"; }

  static std::string in_milliseconds(Duration time) {
    return absl::StrCat(time / std::chrono::milliseconds(1), "ms");
  }

  // Writes one action, and lists each time that it happens.
  std::string one(Kind kind, std::vector<Instance>& instances) {
    Instance instance;
    instance.kind = kind;
    std::string text;
    if (kind == Kind::kHeal) {
      instance.name = random_.chance(0.3) ? "all" : some_name();
      text = absl::StrCat("name: ", instance.name);
    } else if (kind == Kind::kCut) {
      std::string from;
      std::string to;
      instance.hosts = some_hosts(from);
      instance.to = some_hosts(to);
      instance.name = some_name();
      text = absl::StrCat("name: ", instance.name, ", from: ", from, ", to: ", to);
    } else {
      std::string hosts;
      instance.hosts = some_hosts(hosts);
      text = absl::StrCat("hosts: ", hosts);
    }
    if (kind == Kind::kPartition) {
      instance.name = some_name();
      absl::StrAppend(&text, ", name: ", instance.name);
    }
    if (kind == Kind::kSlow) {
      instance.amount = std::chrono::milliseconds(random_.below(4));
      absl::StrAppend(&text, ", each_message: ", in_milliseconds(instance.amount));
    }
    if (kind == Kind::kClock) {
      instance.amount = std::chrono::milliseconds(static_cast<std::int64_t>(random_.below(9)) - 4);
      instance.drift = 0.25 * static_cast<double>(random_.below(3));
      absl::StrAppend(&text, ", ahead: ", in_milliseconds(instance.amount),
                      ", drift: ", instance.drift);
    }
    write_times(kind, instance, text, instances);
    return text;
  }

  void write_times(Kind kind, Instance instance, std::string& text,
                   std::vector<Instance>& instances) {
    const bool passes = kind != Kind::kRestart && kind != Kind::kResume && kind != Kind::kHeal;
    const bool lasts = passes && random_.chance(0.7);
    const std::int64_t times = 1 + static_cast<std::int64_t>(random_.below(3));
    // Until no time of it is that of something else.
    for (;;) {
      const Duration first = some_time(30'000);
      const Duration every = some_time(8'000);
      const Duration length = some_time(15'000);
      std::set<Duration> taken;
      bool fits = true;
      const auto take = [&](Duration time) {
        fits = fits && time % std::chrono::milliseconds(100) != Duration::zero() &&
               !used_.contains(time) && taken.insert(time).second;
      };
      for (std::int64_t i = 0; i < times; ++i) {
        if (i > 0) take(first + i * every);
        if (lasts) take(first + i * every + length);
      }
      if (!fits) continue;
      used_.insert(taken.begin(), taken.end());
      absl::StrAppend(&text, ", at: ", in_milliseconds(first));
      if (times > 1)
        absl::StrAppend(&text, ", times: ", times, ", every: ", in_milliseconds(every));
      if (lasts) absl::StrAppend(&text, ", lasts: ", in_milliseconds(length));
      for (std::int64_t i = 0; i < times; ++i) {
        instance.begin = first + i * every;
        instance.end = lasts ? instance.begin + length : Duration::max();
        instances.push_back(instance);
      }
      return;
    }
  }

  Random random_;
  std::set<Duration> used_;
};

// --- The model ----------------------------------------------------------------------------------

class Model {
 public:
  explicit Model(const std::vector<Instance>& instances) : instances_(instances) {}

  HostState at(Duration time, int host) const {
    HostState state;
    state.is_up = !is_down(time, host);
    state.is_paused = !holding(Kind::kPause, time, host).empty();
    if (const Instance* slow = latest(holding(Kind::kSlow, time, host))) {
      state.each_message = slow->amount;
    }
    if (const Instance* clock = latest(holding(Kind::kClock, time, host))) {
      const auto gained = static_cast<double>((time - clock->begin).count()) * clock->drift;
      state.clock_ahead = clock->amount + Duration(std::llround(gained));
    }
    for (int to = 0; to < kHosts; ++to) {
      state.cut_off_from[static_cast<std::size_t>(to)] = is_cut(time, host, to);
    }
    return state;
  }

 private:
  // Whether a fault of this kind has begun on the host after `after`, up to `time`.
  bool happened(Kind kind, Duration after, Duration time, int host) const {
    return std::any_of(instances_.begin(), instances_.end(), [&](const Instance& it) {
      return it.kind == kind && it.begin > after && it.begin <= time && it.hosts.contains(host);
    });
  }

  static bool holds(const Instance& it, Duration time) { return it.begin <= time && time < it.end; }

  // A crash holds until its end, or until a restart after it.
  bool is_down(Duration time, int host) const {
    return std::any_of(instances_.begin(), instances_.end(), [&](const Instance& it) {
      return it.kind == Kind::kCrash && it.hosts.contains(host) && holds(it, time) &&
             !happened(Kind::kRestart, it.begin, time, host);
    });
  }

  std::vector<const Instance*> holding(Kind kind, Duration time, int host) const {
    std::vector<const Instance*> found;
    for (const Instance& it : instances_) {
      if (it.kind != kind || !it.hosts.contains(host) || !holds(it, time)) continue;
      // It befalls only what is up, and ends with a crash. A clock goes on, whatever its host does.
      if (kind != Kind::kClock && is_down(it.begin, host)) continue;
      if (kind != Kind::kClock && happened(Kind::kCrash, it.begin, time, host)) continue;
      if (kind == Kind::kPause && happened(Kind::kResume, it.begin, time, host)) continue;
      found.push_back(&it);
    }
    return found;
  }

  static const Instance* latest(const std::vector<const Instance*>& instances) {
    const Instance* last = nullptr;
    for (const Instance* it : instances) {
      if (last == nullptr || it->begin > last->begin) last = it;
    }
    return last;
  }

  bool is_cut(Duration time, int from, int to) const {
    return std::any_of(instances_.begin(), instances_.end(), [&](const Instance& it) {
      const bool separates =
          (it.kind == Kind::kPartition && it.hosts.contains(from) != it.hosts.contains(to)) ||
          (it.kind == Kind::kCut && from != to && it.hosts.contains(from) && it.to.contains(to));
      return separates && holds(it, time) &&
             std::none_of(instances_.begin(), instances_.end(), [&](const Instance& heal) {
               return heal.kind == Kind::kHeal && heal.begin > it.begin && heal.begin <= time &&
                      (heal.name == "all" || heal.name == it.name);
             });
    });
  }

  const std::vector<Instance>& instances_;
};

// --- What the simulator says
// -----------------------------------------------------------------------

ACTOR_METHODS(Idle, nothing)
class Idle : public Actor<Idle> {
 public:
  Sync<> nothing() { return {}; }
};

struct Look {
  Duration time{};
  std::vector<HostState> hosts;
};

class Observer {
 public:
  Observer() {
    algorithms_.push_back(
        Algorithm("idle", "Does nothing.")
            .actor<Idle>("does nothing", [](const Parameters&,
                                            const Spawning&) { return std::make_unique<Idle>(); })
            .check("look", "notes what is the case", [this](const World&, const Parameters&) {
              look();
              return absl::OkStatus();
            }));
  }

  std::vector<Look> run(const std::string& yaml) {
    const scenario::ParseResult parsed = scenario::parse_text(yaml, "f.yaml", algorithms_);
    for (const scenario::Diagnostic& error : parsed.errors) ADD_FAILURE() << to_string(error);
    if (!parsed.scenario) return {};
    Experiment experiment(*parsed.scenario, {});
    simulator_ = &experiment.simulator();
    looks_.clear();
    const absl::StatusOr<Outcome> outcome = experiment.run();
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return looks_;
  }

 private:
  void look() {
    Look look{.time = simulator_->now() - Time{}, .hosts = {}};
    for (HostId host = 0; host < kHosts; ++host) {
      const Faults& faults = simulator_->faults();
      HostState state;
      state.is_up = simulator_->is_up(host);
      state.is_paused = faults.is_paused(host);
      state.each_message = faults.slowness(host);
      state.clock_ahead = faults.clock_of(host, simulator_->now()) - simulator_->now();
      for (HostId to = 0; to < kHosts; ++to) state.cut_off_from[to] = faults.cuts(host, to);
      look.hosts.push_back(state);
    }
    looks_.push_back(std::move(look));
  }

  std::vector<Algorithm> algorithms_;
  Simulator* simulator_ = nullptr;
  std::vector<Look> looks_;
};

TEST(OverlappingFaults, HoldWhenTheModelSays) {
  Observer observer;
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds && failures < 3; ++seed) {
    const Program program = Author(seed).write();
    const Model model(program.instances);
    const std::vector<Look> looks = observer.run(program.yaml);
    ASSERT_GE(looks.size(), 500u);
    std::string difference;
    for (const Look& look : looks) {
      for (int host = 0; host < kHosts && difference.empty(); ++host) {
        const HostState& found = look.hosts[static_cast<std::size_t>(host)];
        const HostState expected = model.at(look.time, host);
        if (found == expected) continue;
        difference = absl::StrCat("host ", host, " at ", troupe::to_string(look.time), " is ",
                                  to_string(found), ", not ", to_string(expected));
      }
    }
    EXPECT_EQ(difference, "") << "seed " << seed << "\n" << program.yaml;
    if (!difference.empty()) ++failures;
  }
}

}  // namespace
}  // namespace troupe::sim
