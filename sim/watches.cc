// Looking at checks again and again.
#include "sim/watches.h"

#include <algorithm>
#include <utility>

namespace troupe::sim {

using When = scenario::Check::When;

Watches::Watches(const scenario::Scenario& scenario, Judge& judge) : judge_(judge) {
  for (const scenario::Check& check : scenario.checks) {
    if (check.when == When::kAtEnd) continue;
    Watch watch;
    watch.check = &check;
    watches_.push_back(std::move(watch));
  }
}

void Watches::open(Watch& watch, Time now) {
  watch.state = State::kOpen;
  watch.begin = watch.next = now;
  if (watch.check->every == Duration::zero()) ++each_event_;
  find_next();
}

void Watches::close(Watch& watch, State state, const Moment& now) {
  if (watch.check->every == Duration::zero()) --each_event_;
  watch.state = state;
  watch.next = kNever;
  watch.at = now.time;
  watch.events = now.events;
  find_next();
}

void Watches::find_next() {
  next_ = kNever;
  for (const Watch& watch : watches_) next_ = std::min(next_, watch.next);
}

void Watches::begin_phase(std::size_t phase, Time now) {
  for (Watch& watch : watches_) {
    if (watch.state != State::kWaiting) continue;
    const scenario::Check& check = *watch.check;
    const bool from_the_start = !check.after && !check.during && phase == 0;
    if (from_the_start || check.during == phase || (check.after && *check.after < phase)) {
      open(watch, now);
    }
  }
}

void Watches::end_phase(std::size_t phase, const Moment& now) {
  for (Watch& watch : watches_) {
    const scenario::Check& check = *watch.check;
    if (watch.state == State::kWaiting && check.after == phase) open(watch, now.time);
    if (watch.state == State::kOpen && check.during == phase) {
      look_a_last_time(watch, now);
      if (watch.state == State::kOpen) close(watch, State::kHeld, now);
    }
  }
}

void Watches::end(const Moment& now) {
  for (Watch& watch : watches_) {
    if (watch.state == State::kOpen && watch.check->when != When::kEventually) {
      look_a_last_time(watch, now);
    }
  }
}

void Watches::look_a_last_time(Watch& watch, const Moment& now) {
  if (violation() == nullptr && (watch.looks == 0 || watch.looked_at != now)) judge(watch, now);
}

void Watches::look(const Moment& now, bool each_event) {
  for (Watch& watch : watches_) {
    if (watch.state != State::kOpen) continue;
    const bool due =
        watch.next <= now.time || (each_event && watch.check->every == Duration::zero());
    if (due) judge(watch, now);
    if (violation() != nullptr) return;
  }
  find_next();
}

void Watches::judge(Watch& watch, const Moment& now) {
  const scenario::Check& check = *watch.check;
  ++watch.looks;
  watch.looked_at = now;
  watch.verdict = judge_.look_at(check, check.sample);
  watch.next = check.every == Duration::zero() ? kNever : saturated_sum(now.time, check.every);
  const bool holds = watch.verdict.status.ok();
  // As long as nothing is measured, neither the condition nor its contrary holds.
  const bool nothing = watch.verdict.trouble == Verdict::Trouble::kNothingMeasured;
  if (nothing) ++watch.vain_looks;
  const bool broken = watch.verdict.trouble == Verdict::Trouble::kNotFinite;
  switch (check.when) {
    case When::kAlways:
      if (!holds && !nothing) close(watch, State::kFailed, now);
      break;
    case When::kNever:
      if (holds || broken) close(watch, State::kFailed, now);
      break;
    case When::kEventually: {
      const Time end = saturated_sum(watch.begin, check.within);
      if (holds) {
        close(watch, State::kHeld, now);
      } else if (now.time >= end) {
        close(watch, State::kFailed, now);
      } else {
        watch.next = std::min(watch.next, end);
      }
      break;
    }
    case When::kAtEnd:
      break;
  }
}

bool Watches::waits_for_something() const {
  return std::any_of(watches_.begin(), watches_.end(), [](const Watch& watch) {
    return watch.state == State::kOpen && watch.check->when == When::kEventually;
  });
}

const Watches::Watch* Watches::violation() const {
  for (const Watch& watch : watches_) {
    if (watch.state == State::kFailed) return &watch;
  }
  return nullptr;
}

}  // namespace troupe::sim
