// Running a scenario: spawning, calling, waiting, checking.
#include "sim/experiment.h"

#include <algorithm>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "scenario/diagnostic.h"
#include "sim/agenda.h"
#include "sim/call_arguments.h"
#include "sim/deployment.h"
#include "sim/happenings.h"
#include "sim/judge.h"
#include "sim/last_events.h"
#include "sim/spans.h"
#include "sim/watches.h"

namespace troupe::sim {

using scenario::Check;
using scenario::Condition;
using scenario::Phase;
using scenario::Scenario;

namespace {

constexpr std::uint64_t kLookEvery = 4096;  // events between two looks at the outside world

absl::Status at_place(const scenario::Place& place, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(scenario::to_string(place), ": ", what));
}

}  // namespace

class Experiment::Impl {
 public:
  Impl(const Scenario& scenario, ExperimentOptions options)
      : scenario_(scenario),
        options_(std::move(options)),
        simulator_({.seed = scenario.seed,
                    .network = scenario.network,
                    .default_timeout = scenario.call_timeout,
                    .encode_everything = options_.encode_everything,
                    .disk = scenario.disk}),
        deployment_(simulator_, scenario),
        happenings_(simulator_, deployment_, agenda_),
        arguments_(simulator_, deployment_),
        judge_(simulator_, deployment_, scenario),
        watches_(scenario, judge_) {
    simulator_.observe_with(options_.observer);
    if (options_.on_hash) simulator_.on_hash(options_.on_hash);
    for (const Algorithm::Measurement& declared : scenario.algorithm->measurements()) {
      if (declared.kind == Algorithm::Measurement::Kind::kCounter) {
        simulator_.measurements().count(declared.name, 0);
      } else {
        simulator_.measurements().declare(declared.name);
      }
    }
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
    return finish();
  }

  Simulator& simulator() { return simulator_; }
  const Scenario& scenario() const { return scenario_; }
  const ExperimentOptions& options() const { return options_; }

 private:
  // A spawn that goes on in time.
  struct OngoingSpawn {
    const scenario::Spawn* spawn;
    std::vector<HostId> hosts;
    std::size_t next = 0;
    std::shared_ptr<Deployment::Group> group = {};
  };
  struct OngoingCalls {
    const scenario::Calls* calls;
    int rank;
    Time begin;
    std::int64_t made = 0;
    std::optional<Arrivals> arrivals = {};
  };

  // A call that the scenario has made.
  struct OpenCall : internal::PendingCall {
    Impl* impl = nullptr;
    std::uint64_t number = 0;
    bool may_fail = false;
  };

  // --- One phase ---

  absl::Status run_phase(const Phase& phase) {
    const std::size_t number = phase_number_++;
    phase_name_ = phase.name;
    const Time begin = simulator_.now();
    judge_.begin_phase();
    watches_.begin_phase(number, begin);
    phases_.push_back({.name = phase.name, .begin = begin - Time{}, .end = {}, .measurements = {}});
    // Actions in the order of the file. Those that the scenario puts first come first wherever
    // their times are equal.
    std::vector<std::unique_ptr<OngoingSpawn>> spawns;
    std::vector<std::unique_ptr<OngoingCalls>> callings;
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
              callings.push_back(std::make_unique<OngoingCalls>(OngoingCalls{&it, rank, begin}));
              plan_calls(*callings.back());
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
    if (!ended_ && phase.until) wait_until_holds(phase, begin);
    agenda_.clear();
    happenings_.end_phase();
    if (endless) wait_for_calls();
    // What the scenario does last still happens: whoever is started does start.
    const bool is_last = number + 1 == scenario_.phases.size();
    if (is_last && !ended_ && last_deed_ == simulator_.now()) advance(simulator_.now());
    watches_.end_phase(number, simulator_.now());
    phases_.back().end = simulator_.now() - Time{};
    phases_.back().measurements = judge_.measured_in(number);
    return failure_;
  }

  // Until all that has begun has ended.
  void wait_for_calls() {
    advance_until([this] {
      return open_.empty() && deployment_.leaving() == 0 && !agenda_.awaits_something();
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

  // --- Calls ---

  void plan_calls(OngoingCalls& calling) {
    const scenario::Calls& calls = *calling.calls;
    calling.begin = saturated_sum(calling.begin, draw(calls.at, random_times()));
    if (calls.rate) {
      calling.arrivals.emplace(*calls.rate);
      plan_arrival(calling);
    } else {
      plan_call(calling, calling.begin);
    }
  }

  void plan_call(OngoingCalls& calling, Time date) {
    agenda_.add({.time = date, .rank = calling.rank, .awaited = true}, [this, &calling, date] {
      // All that are due at this very moment.
      while (calling.made < calling.calls->times) {
        ++calling.made;
        if (absl::Status status = call_once(*calling.calls); !status.ok()) return status;
        const Duration pause = draw(calling.calls->every, random_times());
        if (pause == Duration::zero()) continue;
        if (calling.made < calling.calls->times) plan_call(calling, saturated_sum(date, pause));
        break;
      }
      return absl::OkStatus();
    });
  }

  void plan_arrival(OngoingCalls& calling) {
    if (calling.made >= calling.calls->times) return;
    const std::optional<Duration> next = calling.arrivals->next(random_times());
    if (!next) return;
    const bool endless = calling.calls->times == scenario::Calls::kUnlimited &&
                         calling.calls->rate->over == Duration::zero();
    agenda_.add(
        {.time = saturated_sum(calling.begin, *next), .rank = calling.rank, .awaited = !endless},
        [this, &calling] {
          ++calling.made;
          plan_arrival(calling);
          return call_once(*calling.calls);
        });
  }

  absl::Status call_once(const scenario::Calls& calls) {
    const ActorType& type = *calls.actor->type;
    std::vector<ActorId> targets;
    if (const auto* hosts = std::get_if<scenario::Hosts>(&calls.on)) {
      const auto has_one = [&](HostId host) { return !deployment_.on(host, &type).empty(); };
      for (const HostId host :
           deployment_.choose(*hosts, has_one, simulator_.choices().scenario())) {
        for (const ActorId actor : deployment_.on(host, &type)) targets.push_back(actor);
      }
      // Those that are meant may be down just now: that is no mistake.
    } else if (const ActorId target = deployment_.pick(type)) {
      targets.push_back(target);
    } else {
      return at_place(calls.place, absl::StrCat("no ", std::string(type.name), " is left to call ",
                                                std::string(calls.method->name), " of"));
    }
    for (const ActorId target : targets) {
      absl::StatusOr<MessagePtr> message = arguments_.make(calls, target);
      if (!message.ok()) return message.status();
      make_call(calls, *std::move(message));
    }
    return absl::OkStatus();
  }

  void make_call(const scenario::Calls& calls, MessagePtr message) {
    ++calls_;
    if (calls.method->one_way) {
      simulator_.tell_outside(std::move(message));
      return;
    }
    const std::uint64_t number = calls_;
    auto call = std::make_unique<OpenCall>();
    call->impl = this;
    call->number = number;
    call->may_fail = calls.may_fail;
    call->completed = [](internal::PendingCall& pending) {
      auto& done = static_cast<OpenCall&>(pending);
      done.impl->call_completed(done);
    };
    internal::PendingCall& pending = *call;
    open_.emplace(number, std::move(call));
    simulator_.begin_outside(pending, std::move(message), calls.timeout.value_or(Duration::zero()));
  }

  void call_completed(const OpenCall& call) {
    if (call.failed()) {
      if (++failed_calls_ == 1) first_failed_call_ = to_string(call.failure());
      if (!call.may_fail) ++unexpected_failures_;
    }
    open_.erase(call.number);
  }

  // --- Time ---

  Random& random_times() { return simulator_.choices().times(); }

  void do_what_is_due() {
    deployment_.take_down_those_who_left();
    if (agenda_.next() <= simulator_.now()) last_deed_ = simulator_.now();
    if (absl::Status status = agenda_.do_what_is_due(simulator_.now()); !status.ok()) {
      failure_ = std::move(status);
      ended_ = true;
    }
    if (!ended_ && watches_.next() <= simulator_.now()) look(false);
    if (sample_at_ <= simulator_.now()) take_sample();
  }

  // Looks at the checks that are due.
  void look(bool each_event) {
    watches_.look(simulator_.now(), simulator_.events(), each_event);
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
    const Time stop = std::min(end, Time(scenario_.stop_after));
    while (!ended_ && !done()) {
      const Time planned = std::min({agenda_.next(), watches_.next(), sample_at_});
      if (simulator_.step(std::min(stop, planned))) {
        if (watches_.after_each_event()) [[unlikely]]
          look(true);
        if (deployment_.has_departures()) [[unlikely]]
          deployment_.take_down_those_who_left();
        if (simulator_.events() >= options_.stop_at_event) ended_ = interrupted_ = true;
        if (simulator_.events() % kLookEvery == 0) look_outside();
      } else if (planned <= stop) {
        simulator_.run_until(planned);
        do_what_is_due();
      } else if (stop < end) {
        // It has run for as long as it may, or waits for what cannot come.
        ended_ = true;
        (end == kNever && simulator_.is_quiet() ? stuck_ : out_of_time_) = true;
      } else {
        simulator_.run_until(end);
        return;
      }
    }
  }

  void look_outside() {
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
    const Time end = saturated_sum(begin, phase.at_most);
    for (;;) {
      const Verdict verdict = judge_.look_at(*phase.until);
      if (verdict.status.ok()) {
        result.status = CheckResult::Status::kPassed;
        result.detail = absl::StrCat("after ", to_string(simulator_.now() - begin));
        break;
      }
      if (simulator_.now() >= end || ended_) {
        result.status = interrupted_ || violated_ ? CheckResult::Status::kNotReached
                                                  : CheckResult::Status::kFailed;
        result.detail = absl::StrCat("still not after ", to_string(simulator_.now() - begin), ": ",
                                     std::string(verdict.status.message()));
        note_violation(result, verdict, simulator_.now(), simulator_.events());
        ended_ = true;
        break;
      }
      advance(std::min(end, saturated_sum(simulator_.now(), phase.look_every)));
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
        if (check.when == Check::When::kNever) {
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
    sample_at_ = saturated_sum(simulator_.now(), scenario_.measure_every);
    last_sample_ = judge_.mark();
  }

  // What was measured since the last sample.
  void take_sample() {
    const Measurements part = judge_.measured_since(last_sample_);
    const Duration time = simulator_.now() - Time{};
    for (const auto& [name, count] : part.counters()) {
      series_.push_back({.time = time, .name = name, .count = static_cast<double>(count)});
    }
    for (const auto& [name, values] : part.all()) {
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

  // --- The end ---

  Outcome finish() {
    Outcome outcome;
    // A run that came to its end, if not to a good one, is judged.
    const bool complete = !ended_;
    std::size_t watched = 0;
    for (const Check& check : scenario_.checks) {
      const bool at_end = check.when == Check::When::kAtEnd;
      checks_.push_back(at_end ? result_of(check, complete) : result_of(watches_.all()[watched++]));
    }
    if (unexpected_failures_ > 0) {
      checks_.push_back({"no call fails", CheckResult::Status::kFailed,
                         absl::StrCat(unexpected_failures_, " of ", calls_,
                                      " did; where that is all right, say may_fail: true")});
    }
    if (out_of_time_) {
      checks_.push_back({"the run ends", CheckResult::Status::kFailed,
                         absl::StrCat("not within stop_after, ", to_string(scenario_.stop_after),
                                      ", in phase ", phase_name_)});
    }
    if (stuck_) {
      checks_.push_back({"the calls are answered", CheckResult::Status::kFailed,
                         absl::StrCat("nothing can happen any more, and ", open_.size(),
                                      " calls are open, in phase ", phase_name_)});
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
    outcome.calls = calls_;
    outcome.failed_calls = failed_calls_;
    outcome.first_failed_call = first_failed_call_;
    outcome.duplicates = simulator_.duplicates();
    outcome.failures = simulator_.failures();
    outcome.first_failure = simulator_.first_failure();
    for (std::size_t i = 0; i < static_cast<std::size_t>(DropReason::kCount); ++i) {
      const auto reason = static_cast<DropReason>(i);
      if (simulator_.drops(reason) > 0) {
        outcome.drops.emplace_back(std::string(to_string(reason)), simulator_.drops(reason));
      }
    }
    outcome.checks = std::move(checks_);
    outcome.phases = std::move(phases_);
    outcome.series = std::move(series_);
    outcome.measurements = std::move(simulator_.measurements());
    return outcome;
  }

  const Scenario& scenario_;
  ExperimentOptions options_;
  Simulator simulator_;
  Deployment deployment_;
  Agenda agenda_;
  Happenings happenings_;
  CallArguments arguments_;
  Judge judge_;
  Watches watches_;
  std::vector<CheckResult> checks_;
  std::vector<PhaseOutcome> phases_;
  std::vector<SeriesPoint> series_;
  Time sample_at_ = kNever;
  Judge::Mark last_sample_;
  absl::Status failure_;  // the scenario asks for what cannot be
  std::size_t phase_number_ = 0;
  std::string phase_name_;
  bool started_ = false;
  Time last_deed_ = kNever;  // when the scenario did something last
  bool ended_ = false;       // before the last phase was over
  bool interrupted_ = false;
  bool out_of_time_ = false;
  bool stuck_ = false;
  bool violated_ = false;  // by a check that is looked at while the run lasts
  std::uint64_t calls_ = 0;
  std::uint64_t failed_calls_ = 0;
  std::uint64_t unexpected_failures_ = 0;
  std::string first_failed_call_;
  std::map<std::uint64_t, std::unique_ptr<OpenCall>> open_;  // by number; goes before simulator_
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
    Impl again(impl_->scenario(), options);
    LastEvents last(again.simulator(), check.actors);
    again.simulator().observe_with(&last);
    static_cast<void>(again.run());
    again.simulator().observe_with(nullptr);
    check.last_events = last.lines();
    return;
  }
}

Simulator& Experiment::simulator() { return impl_->simulator(); }

}  // namespace troupe::sim
