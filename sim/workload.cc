// When calls become due, and how many are made at a time.
#include "sim/workload.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

namespace troupe::sim {
namespace {

constexpr std::uint64_t kAskEvery = 4096;  // calls between two questions whether to go on

bool is_zero(const scenario::Span& span) {
  const auto* constant = std::get_if<scenario::Constant>(&span);
  return constant != nullptr && constant->value == Duration::zero();
}

}  // namespace

// --- When they are due --------------------------------------------------------------------------

void Workload::plan(const scenario::Calls& calls, Time phase_begin, int rank) {
  loads_.push_back(std::make_unique<Load>(Load{&calls, rank, phase_begin}));
  Load& load = *loads_.back();
  load.begin = saturated_sum(phase_begin, draw(calls.at, random_times()));
  if (calls.rate) {
    load.arrivals.emplace(*calls.rate);
    plan_arrival(load);
  } else {
    plan_next(load, load.begin);
  }
}

void Workload::plan_next(Load& load, Time date) {
  agenda_.add({.time = date, .rank = load.rank, .awaited = true},
              [this, &load, date] { return become_due(load, date); });
}

// All that are due at this very moment.
absl::Status Workload::become_due(Load& load, Time date) {
  const std::int64_t times = load.calls->times;
  if (is_zero(load.calls->every)) {
    load.due += times - load.planned;
    load.planned = times;
    return make_due(load);
  }
  Duration pause{};
  while (pause == Duration::zero() && load.planned < times) {
    ++load.planned;
    ++load.due;
    pause = draw(load.calls->every, random_times());
  }
  if (load.planned < times) plan_next(load, saturated_sum(date, pause));
  return make_due(load);
}

void Workload::plan_arrival(Load& load) {
  if (load.planned >= load.calls->times) return;
  const std::optional<Duration> next = load.arrivals->next(random_times());
  if (!next) return;
  const bool endless = load.calls->times == scenario::Calls::kUnlimited &&
                       load.calls->rate->over == Duration::zero();
  agenda_.add({.time = saturated_sum(load.begin, *next), .rank = load.rank, .awaited = !endless},
              [this, &load] {
                ++load.planned;
                ++load.due;
                plan_arrival(load);
                return make_due(load);
              });
}

// --- Making them --------------------------------------------------------------------------------

absl::Status Workload::make_due(Load& load) {
  if (load.waits) return absl::OkStatus();  // These come after those that wait.
  absl::Status status = make_as_many_as_fit(load);
  if (load.due > 0 || load.next_target < load.targets.size()) {
    load.waits = true;
    waiting_.push_back(&load);
  }
  return status;
}

absl::Status Workload::make_waiting() {
  absl::Status status;
  const std::uint64_t before = calls_;
  for (Load* load : waiting_) {
    if (!status.ok()) break;
    status = make_as_many_as_fit(*load);
    load->waits = load->due > 0 || load->next_target < load->targets.size();
  }
  std::erase_if(waiting_, [](const Load* load) { return !load->waits; });
  delayed_ += calls_ - before;
  return status;
}

absl::StatusOr<bool> Workload::make_waiting_one_way() {
  const std::uint64_t before = calls_;
  for (Load* load : waiting_) load->sent = 0;
  if (absl::Status status = make_waiting(); !status.ok()) return status;
  return calls_ != before;
}

absl::Status Workload::make_as_many_as_fit(Load& load) {
  while (has_room(load)) {
    if (load.next_target == load.targets.size()) {
      if (load.due == 0) break;
      if (!find_targets(load)) break;
    }
    if (absl::Status status = make_call(load, load.targets[load.next_target++]); !status.ok()) {
      return status;
    }
    if (calls_ % kAskEvery == 0 && !goes_on_()) break;
  }
  return absl::OkStatus();
}

bool Workload::has_room(Load& load) {
  if (!load.calls->method->one_way) return load.open < load.calls->in_flight;
  const std::uint64_t events = simulator_.events();
  load.sent -= std::min(load.sent, events - load.events_seen);
  load.events_seen = events;
  return load.sent < static_cast<std::uint64_t>(load.calls->in_flight);
}

// Begins the next call that is due. Where there is nobody whom it could go to, that is so for all
// that are due just now.
bool Workload::find_targets(Load& load) {
  const scenario::Calls& calls = *load.calls;
  const ActorType& type = *calls.actor->type;
  load.targets.clear();
  load.next_target = 0;
  if (const auto* hosts = std::get_if<scenario::Hosts>(&calls.on)) {
    const auto has_one = [&](HostId host) { return !deployment_.on(host, &type).empty(); };
    for (const HostId host : deployment_.choose(*hosts, has_one, simulator_.choices().scenario())) {
      for (const ActorId actor : deployment_.on(host, &type)) load.targets.push_back(actor);
    }
    // Those that are meant may be down just now: then the call is not made.
  } else if (const ActorId target = deployment_.pick(type)) {
    load.targets.push_back(target);
  } else {
    calls_ += static_cast<std::uint64_t>(load.due);
    fail(calls,
         absl::UnavailableError(absl::StrCat("no ", std::string(type.name), " is left to call ",
                                             std::string(calls.method->name), " of")),
         load.due);
  }
  if (load.targets.empty()) {
    load.due = 0;
    return false;
  }
  --load.due;
  return true;
}

absl::Status Workload::make_call(Load& load, ActorId target) {
  const scenario::Calls& calls = *load.calls;
  absl::StatusOr<MessagePtr> message = arguments_.make(calls, target);
  if (!message.ok()) return message.status();
  ++calls_;
  if (calls.method->one_way) {
    ++load.sent;
    simulator_.note_activity_outside();
    simulator_.tell_outside(*std::move(message));
    return absl::OkStatus();
  }
  auto call = std::make_unique<OpenCall>();
  call->workload = this;
  call->load = &load;
  call->number = calls_;
  call->completed = [](internal::PendingCall& pending) {
    auto& done = static_cast<OpenCall&>(pending);
    done.workload->completed(done);
  };
  internal::PendingCall& pending = *call;
  ++load.open;
  open_.emplace(calls_, std::move(call));
  simulator_.begin_outside(pending, *std::move(message), calls.timeout.value_or(Duration::zero()));
  return absl::OkStatus();
}

void Workload::completed(const OpenCall& call) {
  --call.load->open;
  if (call.failed()) fail(*call.load->calls, call.failure(), 1);
  open_.erase(call.number);
}

void Workload::fail(const scenario::Calls& calls, const absl::Status& failure, std::int64_t times) {
  if (failed_ == 0) first_failure_ = to_string(failure);
  failed_ += static_cast<std::uint64_t>(times);
  if (!calls.may_fail) unexpected_failures_ += static_cast<std::uint64_t>(times);
}

}  // namespace troupe::sim
