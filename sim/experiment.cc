// Running a scenario: spawning, calling, waiting, checking.
#include "sim/experiment.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "scenario/diagnostic.h"
#include "sim/agenda.h"
#include "sim/deployment.h"
#include "sim/happenings.h"
#include "sim/judge.h"
#include "sim/last_events.h"
#include "sim/readings.h"
#include "sim/watches.h"
#include "sim/workload.h"

namespace troupe::sim {

using scenario::Check;
using scenario::Condition;
using scenario::Phase;
using scenario::Scenario;

namespace {

// Events between two looks at the outside world; where events take long, so much real time.
constexpr std::uint64_t kLookEvery = 4096;
constexpr std::uint64_t kLookAtClockEvery = 64;
constexpr auto kLongestSilence = std::chrono::milliseconds(200);

bool has_link_changes(const Scenario& scenario) {
  const auto is_one = [](const scenario::Action& action) {
    return std::holds_alternative<scenario::LinkChange>(action);
  };
  return std::any_of(scenario.phases.begin(), scenario.phases.end(), [&](const Phase& phase) {
    return std::any_of(phase.actions.begin(), phase.actions.end(), is_one);
  });
}

absl::Status at_place(const scenario::Place& place, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(scenario::to_string(place), ": ", what));
}

}  // namespace

class Experiment::Impl {
 public:
  Impl(const Scenario& scenario, ExperimentOptions options)
      : scenario_(scenario),
        options_(std::move(options)),
        simulator_(
            {.seed = scenario.seed,
             .network = scenario.network,
             .default_timeout = scenario.call_timeout,
             .encode_everything = options_.encode_everything,
             .links_change = has_link_changes(scenario),
             .most_events_at_once = static_cast<std::uint64_t>(scenario.most_events_at_once),
             .disk = scenario.disk}),
        deployment_(simulator_, scenario),
        happenings_(simulator_, deployment_, agenda_),
        workload_(simulator_, deployment_, agenda_,
                  [this] {
                    look_outside();
                    return !ended_;
                  }),
        judge_(simulator_, deployment_, scenario),
        watches_(scenario, judge_),
        readings_(scenario, judge_, simulator_.measurements()) {
    simulator_.observe_with(options_.observer);
    if (options_.on_hash) simulator_.on_hash(options_.on_hash);
    for (const Algorithm::Measurement& declared : scenario.algorithm->measurements()) {
      if (declared.kind == Algorithm::Measurement::Kind::kCounter) {
        simulator_.measurements().count(declared.name, 0);
      } else {
        simulator_.measurements().declare(declared.name);
      }
    }
    simulator_.on_standstill([this](const std::string& what) {
      standstill_ = what;
      ended_ = true;
    });
    simulator_.on_report([this](const ActorBase&, const Report& report) {
      const auto& judges = scenario_.algorithm->judges();
      const auto found = judges.find(std::type_index(*report.type));
      if (found != judges.end()) {
        found->second(simulator_.world(), scenario_.parameters, report.value);
      }
    });
  }

  absl::StatusOr<Outcome> run() {
    simulator_.reserve(static_cast<std::size_t>(scenario_.hosts));
    for (std::int64_t i = 0; i < scenario_.hosts; ++i) simulator_.add_host();
    plan_sample();
    for (const Phase& phase : scenario_.phases) {
      if (absl::Status status = run_phase(phase); !status.ok()) return status;
      if (ended_) break;
    }
    // What must come true has until its own deadline.
    while (!ended_ && watches_.waits_for_something()) advance(watches_.next());
    if (!failure_.ok()) return failure_;
    if (has_come_to_an_end()) {
      watches_.end(moment());
      note_violation_of_watches();
    }
    return finish();
  }

  Simulator& simulator() { return simulator_; }
  const Scenario& scenario() const { return scenario_; }
  const ExperimentOptions& options() const { return options_; }

 private:
  using Clock = std::chrono::steady_clock;

  // A spawn that goes on in time.
  struct OngoingSpawn {
    const scenario::Spawn* spawn;
    std::vector<HostId> hosts;
    std::size_t next = 0;
    std::shared_ptr<Deployment::Group> group = {};
  };

  // --- One phase ---

  absl::Status run_phase(const Phase& phase) {
    const std::size_t number = phase_number_++;
    phase_name_ = phase.name;
    const Time begin = simulator_.now();
    judge_.begin_phase();
    watches_.begin_phase(number, begin);
    deadline_ = phase.until ? saturated_sum(begin, phase.at_most) : kNever;
    readings_.begin_phase(number, begin);
    phases_.push_back({.name = phase.name, .begin = begin - Time{}, .end = {}, .measurements = {}});
    // Actions in the order of the file. Those that the scenario puts first come first wherever
    // their times are equal.
    std::vector<std::unique_ptr<OngoingSpawn>> spawns;
    int rank = 0;
    for (const scenario::Action& action : phase.actions) {
      rank += 2;
      std::visit(
          [&](const auto& it) {
            using T = std::decay_t<decltype(it)>;
            if constexpr (std::is_same_v<T, scenario::Spawn>) {
              spawns.push_back(std::make_unique<OngoingSpawn>(OngoingSpawn{&it, {}}));
              plan_spawn(*spawns.back(), begin, rank);
            } else if constexpr (std::is_same_v<T, scenario::Calls>) {
              workload_.plan(it, begin, rank);
            } else {
              happenings_.plan(it, begin, rank);
            }
          },
          action);
    }
    if (!started_) {
      started_ = true;
      if (!scenario_.start.empty()) plan_start(phase, spawns, begin);
    }
    do_what_is_due();
    while (!ended_ && agenda_.awaits_something()) {
      const Time next = agenda_.next();
      advance_until([&] { return agenda_.next() > next; }, next);
    }
    // What has no end of its own is ended by the phase, and so its last calls come last.
    const bool endless = !agenda_.empty();
    if (!endless) wait_for_calls();
    if (!ended_) advance(saturated_sum(begin, phase.lasts));
    if ((!ended_ || late_) && phase.until) wait_until_holds(phase, begin);
    deadline_ = kNever;
    agenda_.clear();
    happenings_.end_phase();
    if (endless) wait_for_calls();
    // What the scenario does last still happens: whoever is started does start.
    const bool is_last = number + 1 == scenario_.phases.size();
    if (is_last && !ended_ && last_deed_ == simulator_.now()) advance(simulator_.now());
    if (has_come_to_an_end()) {
      watches_.end_phase(number, moment());
      note_violation_of_watches();
    }
    readings_.end_phase(number, simulator_.now());
    phases_.back().end = simulator_.now() - Time{};
    phases_.back().measurements = judge_.measured_in(number);
    return failure_;
  }

  // Until all that has begun has ended.
  void wait_for_calls() {
    advance_until([this] {
      return workload_.is_done() && deployment_.leaving() == 0 && !agenda_.awaits_something();
    });
  }

  void plan_spawn(OngoingSpawn& spawning, Time begin, int rank) {
    const scenario::Spawn& spawn = *spawning.spawn;
    const auto choose = [this, &spawning] {
      spawning.hosts = deployment_.choose(
          spawning.spawn->on, [this](HostId host) { return simulator_.is_up(host); },
          simulator_.choices().scenario());
      spawning.group = std::make_shared<Deployment::Group>(
          Deployment::Group{.hosts = spawning.hosts,
                            .peers = {},
                            .count = static_cast<std::int64_t>(spawning.hosts.size())});
      happenings_.has_befallen(spawning.spawn->place, "this spawn", spawning.hosts.size());
      const auto* list = std::get_if<scenario::HostList>(&spawning.spawn->on);
      if (list != nullptr && !spawning.hosts.empty() &&
          spawning.hosts.size() < list->numbers.size()) {
        happenings_.has_befallen(spawning.spawn->place, "this spawn, on hosts that are down,", 0);
      }
    };
    if (spawn.at == Duration::zero()) choose();
    agenda_.add({.time = saturated_sum(begin, spawn.at), .rank = rank, .awaited = true},
                [this, &spawning, rank, choose] {
                  if (spawning.spawn->at != Duration::zero()) choose();
                  return spawn_due(spawning, rank);
                });
  }

  absl::Status spawn_due(OngoingSpawn& spawning, int rank) {
    const scenario::Spawn& spawn = *spawning.spawn;
    while (spawning.next < spawning.hosts.size()) {
      const std::size_t number = spawning.next++;
      if (simulator_.is_up(spawning.hosts[number])) {
        absl::Status status = deployment_.spawn(*spawn.actor, spawning.group, number);
        if (!status.ok()) return status;
      } else {
        deployment_.skip(*spawn.actor);
        happenings_.has_befallen(spawn.place, "this spawn, on hosts that are down,", 0);
      }
      if (spawn.every == Duration::zero() || spawning.next == spawning.hosts.size()) continue;
      agenda_.add(
          {.time = saturated_sum(simulator_.now(), spawn.every), .rank = rank, .awaited = true},
          [this, &spawning, rank] { return spawn_due(spawning, rank); });
      break;
    }
    return absl::OkStatus();
  }

  // The ready-made state of the actors that have just been spawned.
  void plan_start(const Phase& phase, const std::vector<std::unique_ptr<OngoingSpawn>>& spawns,
                  Time begin) {
    const int rank = static_cast<int>(spawns.size()) * 2 + 1;
    agenda_.add({.time = begin, .rank = rank, .awaited = true}, [this, &phase, &spawns] {
      const bool more_to_spawn =
          std::any_of(spawns.begin(), spawns.end(), [](const auto& spawning) {
            return spawning->next < spawning->hosts.size() ||
                   spawning->spawn->at > Duration::zero();
          });
      if (more_to_spawn) {
        return at_place(phase.place, absl::StrCat("start: ", scenario_.start,
                                                  " needs all actors at once: spawn them in the "
                                                  "first phase, without 'every'"));
      }
      for (const auto& start : scenario_.algorithm->starts()) {
        if (start.name == scenario_.start) {
          return start.function(simulator_.world(), scenario_.parameters);
        }
      }
      return absl::InvalidArgumentError(absl::StrCat("unknown start: ", scenario_.start));
    });
  }

  // --- Time ---

  Watches::Moment moment() const {
    return {.time = simulator_.now(), .events = simulator_.events(), .deeds = deeds_};
  }

  // Whether the run, or a part of it, was not broken off: then checks have a last look at it.
  bool has_come_to_an_end() const {
    return failure_.ok() && !interrupted_ && !violated_ && standstill_.empty();
  }

  void take_down_those_who_left() {
    if (!deployment_.has_departures()) return;
    ++deeds_;
    deployment_.take_down_those_who_left();
  }

  void give_up(absl::Status failure) {
    if (failure.ok()) return;
    failure_ = std::move(failure);
    ended_ = true;
  }

  void do_what_is_due() {
    take_down_those_who_left();
    if (agenda_.next() <= simulator_.now()) {
      last_deed_ = simulator_.now();
      ++deeds_;
    }
    give_up(agenda_.do_what_is_due(simulator_.now()));
    if (!ended_ && readings_.next() <= simulator_.now()) readings_.take(simulator_.now(), series_);
    if (!ended_ && watches_.next() <= simulator_.now()) look(false);
    if (sample_at_ <= simulator_.now()) take_sample();
  }

  // Looks at the checks that are due.
  void look(bool each_event) {
    watches_.look(moment(), each_event);
    note_violation_of_watches();
  }

  void note_violation_of_watches() {
    if (watches_.violation() != nullptr) ended_ = violated_ = true;
  }

  // Runs up to `end`, or until the run is over for another reason.
  void advance(Time end) {
    advance_until([] { return false; }, end);
  }

  // Runs until `done` holds, or up to `end`. What happens at the very time of something planned
  // happens first.
  template <class Done>
  void advance_until(Done done, Time end = kNever) {
    if (!ended_) do_what_is_due();
    const Time limit = std::min(Time(scenario_.stop_after), deadline_);
    const Time stop = std::min(end, limit);
    while (!ended_ && !done()) {
      const Time planned =
          std::min({agenda_.next(), watches_.next(), readings_.next(), sample_at_});
      if (simulator_.step(std::min(stop, planned))) {
        after_an_event();
      } else if (workload_.waits() && make_waiting_one_way()) {
        continue;
      } else if (planned <= stop) {
        simulator_.run_until(planned);
        do_what_is_due();
      } else if (stop < end) {
        stop_at(stop, end == kNever && simulator_.is_quiet());
      } else {
        simulator_.run_until(end);
        return;
      }
    }
  }

  void after_an_event() {
    if (watches_.after_each_event()) [[unlikely]]
      look(true);
    take_down_those_who_left();
    if (workload_.waits()) [[unlikely]]
      give_up(workload_.make_waiting());
    if (simulator_.events() >= options_.stop_at_event) ended_ = interrupted_ = true;
    const std::uint64_t events = simulator_.events();
    const bool may_be_slow = watches_.after_each_event() || events % kLookAtClockEvery == 0;
    if (events % kLookEvery == 0 ||
        (may_be_slow && Clock::now() - looked_outside_ > kLongestSilence)) {
      look_outside();
    }
  }

  bool make_waiting_one_way() {
    const absl::StatusOr<bool> made = workload_.make_waiting_one_way();
    give_up(made.status());
    return made.ok() && *made;
  }

  // The run has gone on for as long as it may, or it waits for what cannot come.
  void stop_at(Time limit, bool stuck) {
    ended_ = true;
    if (stuck) {
      stuck_ = true;
      return;
    }
    simulator_.run_until(limit);
    (limit == Time(scenario_.stop_after) ? out_of_time_ : late_) = true;
  }

  void look_outside() {
    looked_outside_ = Clock::now();
    if (!options_.on_progress) return;
    const Progress progress = {.phase = phase_name_,
                               .phase_number = phase_number_,
                               .phases = scenario_.phases.size(),
                               .virtual_time = simulator_.now() - Time{},
                               .events = simulator_.events()};
    if (!options_.on_progress(progress)) {
      ended_ = true;
      interrupted_ = true;
    }
  }

  // --- Conditions ---

  void wait_until_holds(const Phase& phase, Time begin) {
    CheckResult result{.name = absl::StrCat(phase.name, ": ", phase.until->text, " within ",
                                            to_string(phase.at_most))};
    for (;;) {
      const Verdict verdict = judge_.look_at(*phase.until);
      const std::string passed = to_string(simulator_.now() - begin);
      if (verdict.status.ok() && !late_) {
        result.status = CheckResult::Status::kPassed;
        result.detail = absl::StrCat("after ", passed);
        break;
      }
      if (simulator_.now() >= deadline_ || ended_) {
        result.status =
            has_come_to_an_end() ? CheckResult::Status::kFailed : CheckResult::Status::kNotReached;
        result.detail = verdict.status.ok()
                            ? absl::StrCat("it holds, but the phase's actions go on after ", passed)
                            : absl::StrCat("still not after ", passed, ": ",
                                           std::string(verdict.status.message()));
        note_violation(result, verdict, simulator_.now(), simulator_.events());
        ended_ = true;
        break;
      }
      advance(std::min(deadline_, saturated_sum(simulator_.now(), phase.look_every)));
    }
    checks_.push_back(std::move(result));
  }

  // Where and when a check has failed, and whom it has named.
  void note_violation(CheckResult& result, const Verdict& verdict, Time at, std::uint64_t events) {
    if (result.status != CheckResult::Status::kFailed) return;
    result.at = at - Time{};
    result.events = events;
    for (const ActorId actor : verdict.named) {
      constexpr std::size_t kMost = 8;
      const auto& known = result.actors;
      if (std::find(known.begin(), known.end(), actor) == known.end() && known.size() < kMost) {
        result.actors.push_back(actor);
      }
    }
  }

  CheckResult result_of(const Check& check, bool complete) {
    CheckResult result{.name = name_of(check)};
    if (!complete) {
      result.detail = interrupted_ ? "interrupted" : "the run ended before";
      return result;
    }
    const Verdict verdict = judge_.look_at(check, check.sample);
    result.status =
        verdict.status.ok() ? CheckResult::Status::kPassed : CheckResult::Status::kFailed;
    result.detail = verdict.status.ok() ? verdict.found : std::string(verdict.status.message());
    note_violation(result, verdict, simulator_.now(), simulator_.events());
    return result;
  }

  CheckResult result_of(const Watches::Watch& watch) {
    const Check& check = *watch.check;
    CheckResult result{.name = name_of(check)};
    const std::string why(watch.verdict.status.message());
    switch (watch.state) {
      case Watches::State::kWaiting:
        result.detail = "its phase did not come";
        break;
      case Watches::State::kFailed:
        result.status = CheckResult::Status::kFailed;
        if (watch.verdict.trouble == Verdict::Trouble::kNotFinite) {
          result.detail = absl::StrCat(why, ", after ", to_string(watch.at - Time{}));
        } else if (check.when == Check::When::kNever) {
          result.detail =
              absl::StrCat("it did", watch.verdict.found.empty() ? "" : ", " + watch.verdict.found,
                           ", after ", to_string(watch.at - Time{}));
        } else if (check.when == Check::When::kAlways) {
          result.detail = absl::StrCat("not after ", to_string(watch.at - Time{}), ": ", why);
        } else {
          result.detail = absl::StrCat("still not after ", to_string(check.within), ": ", why);
        }
        note_violation(result, watch.verdict, watch.at, watch.events);
        break;
      case Watches::State::kOpen:
      case Watches::State::kHeld:
        if (check.when == Check::When::kEventually) {
          if (watch.state == Watches::State::kHeld) {
            result.status = CheckResult::Status::kPassed;
            result.detail = absl::StrCat("after ", to_string(watch.at - watch.begin));
          } else {
            result.detail = interrupted_ ? "interrupted" : "the run ended before";
          }
        } else if (watch.looks > 0 && watch.looks == watch.vain_looks) {
          result.status = CheckResult::Status::kFailed;
          result.detail = absl::StrCat(why, ", each time that it was looked at");
        } else if (watch.looks > 0) {
          result.status = CheckResult::Status::kPassed;
          result.detail =
              absl::StrCat("looked at ", watch.looks, watch.looks == 1 ? " time" : " times");
        }
        break;
    }
    return result;
  }

  static std::string name_of(const Check& check) {
    switch (check.when) {
      case Check::When::kAlways:
        return absl::StrCat("always ", check.text);
      case Check::When::kNever:
        return absl::StrCat("never ", check.text);
      case Check::When::kEventually:
        return absl::StrCat("eventually ", check.text, " within ", to_string(check.within));
      case Check::When::kAtEnd:
        break;
    }
    return check.text;
  }

  // --- Series over time ---

  void plan_sample() {
    if (scenario_.measure_every == Duration::zero()) return;
    last_sample_ = simulator_.now();
    sample_at_ = saturated_sum(last_sample_, scenario_.measure_every);
    judge_.begin_interval();
  }

  // What was measured since the last sample. States have a point for each of their values already.
  void take_sample() {
    const Measurements& part = judge_.interval();
    const Duration time = simulator_.now() - Time{};
    for (const auto& [name, count] : part.counters()) {
      series_.push_back({.time = time, .name = name, .count = static_cast<double>(count)});
    }
    for (const auto& [name, values] : part.all()) {
      if (is_state(name)) continue;
      series_.push_back({.time = time,
                         .name = name,
                         .count = static_cast<double>(values.count()),
                         .mean = values.mean(),
                         .p50 = values.percentile(50),
                         .p99 = values.percentile(99),
                         .max = values.max()});
    }
    plan_sample();
  }

  // Whether anything was measured since the last sample.
  bool has_more_to_tell() const {
    const Measurements& part = judge_.interval();
    return std::ranges::any_of(part.counters(), [](const auto& one) { return one.second != 0; }) ||
           std::ranges::any_of(part.all(), [this](const auto& one) {
             return one.second.count() > 0 && !is_state(one.first);
           });
  }

  bool is_state(const std::string& name) const {
    return std::ranges::find(scenario_.measure, name, &scenario::StateMeasurement::name) !=
           scenario_.measure.end();
  }

  // --- The end ---

  Outcome finish() {
    Outcome outcome;
    // The last interval may be shorter than the others.
    if (sample_at_ != kNever && (simulator_.now() > last_sample_ || has_more_to_tell())) {
      take_sample();
    }
    // A run that came to its end, if not to a good one, is judged.
    const bool complete = !ended_;
    outcome.reached_end = complete;
    std::size_t watched = 0;
    for (const Check& check : scenario_.checks) {
      const bool at_end = check.when == Check::When::kAtEnd;
      checks_.push_back(at_end ? result_of(check, complete) : result_of(watches_.all()[watched++]));
    }
    if (workload_.unexpected_failures() > 0) {
      checks_.push_back({"no call fails", CheckResult::Status::kFailed,
                         absl::StrCat(workload_.unexpected_failures(), " of ", workload_.calls(),
                                      " did; where that is all right, say may_fail: true")});
    }
    if (out_of_time_) {
      checks_.push_back({"the run ends", CheckResult::Status::kFailed,
                         absl::StrCat("not within stop_after, ", to_string(scenario_.stop_after),
                                      ", in phase ", phase_name_)});
    }
    if (stuck_) {
      checks_.push_back({"the calls are answered", CheckResult::Status::kFailed,
                         absl::StrCat("nothing can happen any more, and ", workload_.open(),
                                      " calls are open, in phase ", phase_name_)});
    }
    if (!standstill_.empty()) {
      checks_.push_back({"time goes on", CheckResult::Status::kFailed, standstill_});
    }
    if (stuck_ || out_of_time_) outcome.who_waits = simulator_.who_waits();
    outcome.status = Outcome::Status::kPassed;
    for (const CheckResult& check : checks_) {
      if (check.status == CheckResult::Status::kFailed) outcome.status = Outcome::Status::kFailed;
    }
    if (interrupted_) outcome.status = Outcome::Status::kInterrupted;
    outcome.event_hash = simulator_.event_hash();
    outcome.events = simulator_.events();
    outcome.messages = simulator_.messages();
    outcome.virtual_time = simulator_.now() - Time{};
    outcome.calls = workload_.calls();
    outcome.delayed_calls = workload_.delayed();
    outcome.failed_calls = workload_.failed();
    outcome.first_failed_call = workload_.first_failure();
    outcome.duplicates = simulator_.duplicates();
    outcome.failures = simulator_.failures();
    outcome.first_failure = simulator_.first_failure();
    for (std::size_t i = 0; i < static_cast<std::size_t>(DropReason::kCount); ++i) {
      const auto reason = static_cast<DropReason>(i);
      if (simulator_.drops(reason) > 0) {
        outcome.drops.emplace_back(std::string(to_string(reason)), simulator_.drops(reason));
      }
    }
    outcome.notes = happenings_.notes();
    outcome.checks = std::move(checks_);
    outcome.phases = std::move(phases_);
    outcome.series = std::move(series_);
    judge_.stop_measuring();
    outcome.measurements = std::move(simulator_.measurements());
    return outcome;
  }

  const Scenario& scenario_;
  ExperimentOptions options_;
  Simulator simulator_;
  Deployment deployment_;
  Agenda agenda_;
  Happenings happenings_;
  Workload workload_;
  Judge judge_;
  Watches watches_;
  Readings readings_;
  std::vector<CheckResult> checks_;
  std::vector<PhaseOutcome> phases_;
  std::vector<SeriesPoint> series_;
  Time sample_at_ = kNever;
  Time last_sample_{};
  absl::Status failure_;  // the scenario asks for what cannot be
  std::size_t phase_number_ = 0;
  std::string phase_name_;
  bool started_ = false;
  Time last_deed_ = kNever;  // when the scenario did something last
  std::uint64_t deeds_ = 0;  // how often it did something
  Time deadline_ = kNever;   // of the phase
  Clock::time_point looked_outside_ = Clock::now();
  bool ended_ = false;  // before the last phase was over
  bool interrupted_ = false;
  bool out_of_time_ = false;
  bool late_ = false;       // the phase was not over at its deadline
  std::string standstill_;  // who does not let time go on; empty: nobody
  bool stuck_ = false;
  bool violated_ = false;  // by a check that is looked at while the run lasts
};

Experiment::Experiment(const Scenario& scenario, ExperimentOptions options)
    : impl_(std::make_unique<Impl>(scenario, std::move(options))) {}

Experiment::~Experiment() = default;

absl::StatusOr<Outcome> Experiment::run() {
  absl::StatusOr<Outcome> outcome = impl_->run();
  if (outcome.ok() && impl_->options().tell_last_events) tell_last_events(*outcome);
  return outcome;
}

// The run is repeated up to where the check failed, and watched: so it costs nothing before.
void Experiment::tell_last_events(Outcome& outcome) {
  for (CheckResult& check : outcome.checks) {
    if (check.status != CheckResult::Status::kFailed || check.actors.empty()) continue;
    ExperimentOptions options;
    options.encode_everything = impl_->options().encode_everything;
    options.stop_at_event = check.events;
    bool goes_on = true;
    options.on_progress = [&](const Progress& progress) {
      const auto& asked = impl_->options().on_progress;
      if (asked) goes_on = goes_on && asked(progress);
      return goes_on;
    };
    Impl again(impl_->scenario(), options);
    LastEvents last(again.simulator(), check.actors);
    again.simulator().observe_with(&last);
    static_cast<void>(again.run());
    again.simulator().observe_with(nullptr);
    if (goes_on) check.last_events = last.lines();
    return;
  }
}

Simulator& Experiment::simulator() { return impl_->simulator(); }

}  // namespace troupe::sim
