// Running a scenario: spawning, calling, crashing, waiting, checking.
#include "sim/experiment.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace troupe::sim {

using scenario::Condition;
using scenario::Phase;
using scenario::Scenario;

namespace {

constexpr std::uint64_t kLookEvery = 4096;  // events between two looks at the outside world

absl::Status at_place(const scenario::Place& place, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat(place.file, ":", place.line, ":", place.column, ": ", what));
}

// Actors that the scenario has spawned, to choose from.
class Roster {
 public:
  void add(ActorId id) { ids_.push_back(id); }
  std::int64_t spawned() const { return spawned_; }
  void count() { ++spawned_; }

  // A live one, chosen at random; nobody where all are gone.
  ActorId pick(Simulator& simulator) {
    while (!ids_.empty()) {
      const std::size_t index = simulator.choices().scenario().below(ids_.size());
      if (simulator.find(ids_[index]) != nullptr) return ids_[index];
      ids_[index] = ids_.back();
      ids_.pop_back();
    }
    return {};
  }

 private:
  std::vector<ActorId> ids_;
  std::int64_t spawned_ = 0;
};

// Writes one argument of a call as a protobuf field.
void write_argument(Encoder& out, int field, const TypeDescription& type,
                    const scenario::Argument& argument, Random& random) {
  using Kind = TypeDescription::Kind;
  const auto write_integer = [&](std::uint64_t bits) {
    switch (type.kind) {
      case Kind::kSigned:
        out.write_sint(field, static_cast<std::int64_t>(bits));
        break;
      case Kind::kDuration:
      case Kind::kTime:
        out.write_sint(field, static_cast<std::int64_t>(bits));
        break;
      default:
        out.write_uint(field, bits);
        break;
    }
  };
  if (std::holds_alternative<scenario::RandomArgument>(argument.value)) {
    const std::uint64_t drawn = random();
    switch (type.kind) {
      case Kind::kUnsigned:
      case Kind::kBool:
        write_integer(type.bits >= 64 ? drawn : drawn >> (64 - type.bits));
        break;
      case Kind::kSigned:
        write_integer(
            static_cast<std::uint64_t>(static_cast<std::int64_t>(drawn) >> (64 - type.bits)));
        break;
      case Kind::kDouble:
        Codec<double>::write(out, field, static_cast<double>(drawn >> 11) * 0x1p-53);
        break;
      case Kind::kFloat:
        Codec<float>::write(out, field, static_cast<float>(drawn >> 40) * 0x1p-24F);
        break;
      default:
        out.write_bytes(field, absl::StrCat(drawn));
        break;
    }
  } else if (const auto* range = std::get_if<scenario::UniformArgument>(&argument.value)) {
    const auto span =
        static_cast<std::uint64_t>(range->high) - static_cast<std::uint64_t>(range->low) + 1;
    const std::uint64_t offset = span == 0 ? random() : random.below(span);
    write_integer(static_cast<std::uint64_t>(range->low) + offset);
  } else {
    const auto& literal = std::get<scenario::Literal>(argument.value);
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::string>) {
            out.write_bytes(field, value);
          } else if constexpr (std::is_same_v<T, Duration>) {
            write_integer(static_cast<std::uint64_t>(value.count()));
          } else if (type.kind == Kind::kDouble) {
            Codec<double>::write(out, field, static_cast<double>(value));
          } else if (type.kind == Kind::kFloat) {
            Codec<float>::write(out, field, static_cast<float>(value));
          } else {
            write_integer(static_cast<std::uint64_t>(value));
          }
        },
        literal);
  }
}

double statistic_of(const Measurements& measurements, const std::string& name,
                    const std::string& statistic) {
  if (measurements.counters().contains(name)) {
    return static_cast<double>(measurements.counter(name));
  }
  const Series& series = measurements[name];
  if (statistic == "count") return static_cast<double>(series.count());
  if (statistic == "mean") return series.mean();
  if (statistic == "min") return series.min();
  if (statistic == "max") return series.max();
  if (statistic.size() > 1 && statistic[0] == 'p') {
    return series.percentile(std::strtod(statistic.c_str() + 1, nullptr));
  }
  return series.sum();
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
                    .encode_everything = options_.encode_everything}) {
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
    for (const Phase& phase : scenario_.phases) {
      if (absl::Status status = run_phase(phase); !status.ok()) return status;
      if (ended_) break;
    }
    return finish();
  }

  Simulator& simulator() { return simulator_; }

 private:
  // A spawn that goes on in time.
  struct OngoingSpawn {
    const scenario::Spawn* spawn;
    std::vector<HostId> hosts;
    std::size_t next = 0;
    Time due;
  };
  struct OngoingCalls {
    const scenario::Calls* calls;
    std::int64_t made = 0;
    Time due;
    std::vector<TypeDescription> types;
  };

  // A call that the scenario has made.
  struct OpenCall : internal::PendingCall {
    Impl* impl = nullptr;
    std::uint64_t number = 0;
    bool may_fail = false;
  };

  // What the factory of a new actor may know.
  class Context final : public Spawning {
   public:
    Context(Impl& impl, Roster& roster, std::int64_t count, HostId host)
        : impl_(impl), roster_(roster), count_(count), host_(host) {}
    std::int64_t index() const override { return roster_.spawned(); }
    std::int64_t count() const override { return count_; }
    std::string host_name() const override { return impl_.simulator_.host_name(host_); }

   protected:
    ActorId contact_of(const ActorType& type) const override {
      return impl_.rosters_[&type].pick(impl_.simulator_);
    }

   private:
    Impl& impl_;
    Roster& roster_;
    std::int64_t count_;
    HostId host_;
  };

  // --- Which hosts ---

  std::vector<HostId> choose(const scenario::Hosts& hosts) {
    std::vector<HostId> up;
    for (HostId host = 0; host < simulator_.host_count(); ++host) {
      if (simulator_.is_up(host)) up.push_back(host);
    }
    if (std::holds_alternative<scenario::AllHosts>(hosts)) return up;
    if (const auto* list = std::get_if<scenario::HostList>(&hosts)) {
      std::vector<HostId> chosen;
      for (const std::int64_t number : list->numbers) {
        chosen.push_back(static_cast<HostId>(number));
      }
      return chosen;
    }
    std::size_t count = up.size();
    if (const auto* fraction = std::get_if<scenario::HostFraction>(&hosts)) {
      count = static_cast<std::size_t>(fraction->fraction * static_cast<double>(up.size()));
    } else {
      count = std::min(count, static_cast<std::size_t>(std::get<scenario::HostCount>(hosts).count));
    }
    // The first `count` of a random permutation.
    Random& random = simulator_.choices().scenario();
    for (std::size_t i = 0; i < count; ++i) std::swap(up[i], up[i + random.below(up.size() - i)]);
    up.resize(count);
    return up;
  }

  // --- One phase ---

  absl::Status run_phase(const Phase& phase) {
    ++phase_number_;
    phase_name_ = phase.name;
    const Time begin = simulator_.now();
    std::vector<OngoingSpawn> spawns;
    std::vector<OngoingCalls> callings;
    for (const scenario::Action& action : phase.actions) {
      if (const auto* spawn = std::get_if<scenario::Spawn>(&action)) {
        spawns.push_back({spawn, choose(spawn->on), 0, begin});
      } else if (const auto* calls = std::get_if<scenario::Calls>(&action)) {
        callings.push_back({calls, 0, begin, calls->method->describe_arguments()});
      } else {
        for (const HostId host : choose(std::get<scenario::Crash>(action).hosts)) {
          simulator_.crash(host);
        }
      }
    }
    // What is due goes on; between two of these the simulation runs.
    for (;;) {
      std::optional<Time> due;
      auto sooner = [&due](Time time) { due = due ? std::min(*due, time) : time; };
      for (OngoingSpawn& spawning : spawns) {
        if (absl::Status status = spawn_due(spawning); !status.ok()) return status;
        if (spawning.next < spawning.hosts.size()) sooner(spawning.due);
      }
      if (!started_) {
        started_ = true;
        if (absl::Status status = start_from_state(phase, due.has_value()); !status.ok()) {
          return status;
        }
      }
      for (OngoingCalls& calling : callings) {
        if (absl::Status status = call_due(calling); !status.ok()) return status;
        if (calling.made < calling.calls->times) sooner(calling.due);
      }
      if (!due) break;
      advance(*due);
      if (ended_) return absl::OkStatus();
    }
    advance_until([this] { return open_.empty(); });
    if (ended_) return absl::OkStatus();
    advance(saturated_sum(begin, phase.lasts));
    if (ended_ || !phase.until) return absl::OkStatus();
    wait_until_holds(phase, begin);
    return absl::OkStatus();
  }

  absl::Status spawn_due(OngoingSpawn& spawning) {
    const scenario::Spawn& spawn = *spawning.spawn;
    while (spawning.next < spawning.hosts.size() && spawning.due <= simulator_.now()) {
      const HostId host = spawning.hosts[spawning.next++];
      Roster& roster = rosters_[spawn.actor->type];
      const Context context(*this, roster, static_cast<std::int64_t>(spawning.hosts.size()), host);
      if (simulator_.is_up(host)) {
        absl::StatusOr<ActorId> id =
            simulator_.adopt(spawn.actor->factory(scenario_.parameters, context), Placement{host});
        if (!id.ok()) return id.status();
        roster.add(*id);
      }
      roster.count();
      spawning.due += spawn.every;
    }
    return absl::OkStatus();
  }

  absl::Status start_from_state(const Phase& phase, bool more_to_spawn) {
    if (scenario_.start.empty()) return absl::OkStatus();
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
  }

  absl::Status call_due(OngoingCalls& calling) {
    const scenario::Calls& calls = *calling.calls;
    while (calling.made < calls.times && calling.due <= simulator_.now()) {
      ++calling.made;
      calling.due += calls.every;
      const ActorId target = rosters_[calls.actor->type].pick(simulator_);
      if (!target) {
        return at_place(calls.place,
                        absl::StrCat("no ", std::string(calls.actor->type->name),
                                     " is left to call ", std::string(calls.method->name), " of"));
      }
      std::string bytes;
      Encoder out(&bytes);
      for (std::size_t i = 0; i < calls.arguments.size(); ++i) {
        write_argument(out, static_cast<int>(i) + 1, calling.types[i], calls.arguments[i],
                       simulator_.choices().scenario());
      }
      MessagePtr message(
          Message::create(MessageKind::kCall, calls.method, calls.method->payload_size));
      message->arguments_taken = true;
      if (!calls.method->decode_arguments(bytes, message->payload())) {
        return at_place(calls.place, "an argument does not fit the method");
      }
      message->arguments_taken = false;
      message->target = target;
      make_call(calls, std::move(message));
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

  // Runs up to `end`, or until the run is over for another reason.
  void advance(Time end) {
    advance_until([] { return false; }, end);
    if (!ended_ && simulator_.now() < end) simulator_.run_until(end);
  }

  template <class Done>
  void advance_until(Done done, Time end = kNever) {
    const Time limit = std::min(end, Time(scenario_.stop_after));
    while (!ended_ && !done()) {
      if (!simulator_.step(limit)) {
        if (end == kNever && simulator_.is_quiet()) {
          ended_ = stuck_ = true;
        } else if (end > limit) {
          ended_ = out_of_time_ = true;
        }
        return;
      }
      if (simulator_.events() % kLookEvery == 0) look_outside();
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

  // Why the condition does not hold; ok where it does, with what was found in `found`.
  absl::Status look_at(const Condition& condition, std::string* found) {
    if (const auto* state = std::get_if<scenario::StateCheck>(&condition.what)) {
      return state->check->function(simulator_.world(), scenario_.parameters);
    }
    using Comparison = scenario::MeasurementCheck::Comparison;
    const auto& check = std::get<scenario::MeasurementCheck>(condition.what);
    const double value =
        statistic_of(simulator_.measurements(), check.measurement, check.statistic);
    *found = absl::StrFormat("found %g", value);
    bool holds = false;
    switch (check.comparison) {
      case Comparison::kLess:
        holds = value < check.bound;
        break;
      case Comparison::kAtMost:
        holds = value <= check.bound;
        break;
      case Comparison::kEqual:
        holds = value == check.bound;
        break;
      case Comparison::kNotEqual:
        holds = value != check.bound;
        break;
      case Comparison::kAtLeast:
        holds = value >= check.bound;
        break;
      case Comparison::kMore:
        holds = value > check.bound;
        break;
    }
    return holds ? absl::OkStatus() : absl::FailedPreconditionError(*found);
  }

  void wait_until_holds(const Phase& phase, Time begin) {
    CheckResult result{.name = absl::StrCat(phase.name, ": ", phase.until->text, " within ",
                                            to_string(phase.at_most))};
    const Time end = saturated_sum(begin, phase.at_most);
    std::string found;
    for (;;) {
      const absl::Status status = look_at(*phase.until, &found);
      if (status.ok()) {
        result.status = CheckResult::Status::kPassed;
        result.detail = absl::StrCat("after ", to_string(simulator_.now() - begin));
        break;
      }
      if (simulator_.now() >= end || ended_) {
        result.status =
            interrupted_ ? CheckResult::Status::kNotReached : CheckResult::Status::kFailed;
        result.detail = absl::StrCat("still not after ", to_string(simulator_.now() - begin), ": ",
                                     std::string(status.message()));
        ended_ = true;
        break;
      }
      advance(std::min(end, saturated_sum(simulator_.now(), phase.look_every)));
    }
    checks_.push_back(std::move(result));
  }

  // --- The end ---

  Outcome finish() {
    Outcome outcome;
    // A run that came to its end, if not to a good one, is judged.
    const bool complete = !ended_;
    for (const Condition& condition : scenario_.checks) {
      CheckResult result{.name = condition.text};
      if (complete) {
        std::string found;
        const absl::Status status = look_at(condition, &found);
        result.status = status.ok() ? CheckResult::Status::kPassed : CheckResult::Status::kFailed;
        result.detail = status.ok() ? found : std::string(status.message());
      } else {
        result.detail = interrupted_ ? "interrupted" : "the run ended before";
      }
      checks_.push_back(std::move(result));
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
    outcome.measurements = std::move(simulator_.measurements());
    return outcome;
  }

  const Scenario& scenario_;
  ExperimentOptions options_;
  Simulator simulator_;
  std::map<const ActorType*, Roster> rosters_;
  std::vector<CheckResult> checks_;
  std::size_t phase_number_ = 0;
  std::string phase_name_;
  bool started_ = false;
  bool ended_ = false;  // before the last phase was over
  bool interrupted_ = false;
  bool out_of_time_ = false;
  bool stuck_ = false;
  std::uint64_t calls_ = 0;
  std::uint64_t failed_calls_ = 0;
  std::uint64_t unexpected_failures_ = 0;
  std::string first_failed_call_;
  std::map<std::uint64_t, std::unique_ptr<OpenCall>> open_;  // by number; goes before simulator_
};

Experiment::Experiment(const Scenario& scenario, ExperimentOptions options)
    : impl_(std::make_unique<Impl>(scenario, std::move(options))) {}

Experiment::~Experiment() = default;

absl::StatusOr<Outcome> Experiment::run() { return impl_->run(); }

Simulator& Experiment::simulator() { return impl_->simulator(); }

}  // namespace troupe::sim
