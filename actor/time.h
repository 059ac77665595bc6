// Time as an actor sees it: virtual in the simulator, monotonic in a deployment.
//
// A Duration is std::chrono::nanoseconds, so `500ms` and `std::chrono::minutes(2)` convert by
// themselves. A Time is a point on the runtime's clock; its epoch is the start of the run.
// There is no `now()` here on purpose: an actor asks its runtime with `Actor::now()`.
//
//   every(30s, &Node::stabilize);
//   Time started = now();
//   Duration waited = now() - started;
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace troupe {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

// The clock of a runtime. It cannot be read from here: only a runtime knows the time.
struct Clock {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<Clock, Duration>;
  static constexpr bool is_steady = true;
};

using Time = Clock::time_point;

// For `within`: wait for ever. Such a call ends only with its answer or its callee's death.
inline constexpr Duration kNoTimeout = Duration::max();

// The end of time: the deadline of what has none.
inline constexpr Time kNever = Time::max();

// `start + span`, or kNever where that would overflow.
constexpr Time saturated_sum(Time start, Duration span) {
  return span >= kNever - start ? kNever : start + span;
}

// "1.5s", "250ms", "2m30s", "never": at most three significant units, for people.
std::string to_string(Duration duration);

// Seconds as a double, for reports. Not for arithmetic that an event can feel.
constexpr double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace troupe
