// Watches: the checks of a scenario that are looked at while it runs.
//
//   Watches watches(scenario, judge);
//   watches.begin_phase(0, now);
//   if (watches.next() <= now) watches.look(now, events);
//   watches.violation();   // null: everything is as it should be
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenario/scenario.h"
#include "sim/judge.h"

namespace troupe::sim {

class Watches {
 public:
  // A state of the run: between two equal ones, nothing has happened.
  struct Moment {
    Time time{};
    std::uint64_t events = 0;  // that have happened
    std::uint64_t deeds = 0;   // that the scenario has done, such as faults
    friend bool operator==(const Moment&, const Moment&) = default;
  };

  enum class State : std::uint8_t {
    kWaiting,  // for its phase
    kOpen,     // it is looked at
    kHeld,     // it held, and is not looked at any more
    kFailed,
  };
  struct Watch {
    const scenario::Check* check = nullptr;  // one that is looked at while the run lasts
    State state = State::kWaiting;
    Time begin{};
    Time next = kNever;
    std::uint64_t looks = 0;
    Moment looked_at = {};         // last
    std::uint64_t vain_looks = 0;  // of these: when nothing was measured yet
    // When it failed, or came true.
    Time at{};
    std::uint64_t events = 0;
    Verdict verdict;
  };

  Watches(const scenario::Scenario& scenario, Judge& judge);

  void begin_phase(std::size_t phase, Time now);
  // Looks a last time at what is looked at only while this phase lasts.
  void end_phase(std::size_t phase, const Moment& now);
  // Looks a last time at all that must hold always or never.
  void end(const Moment& now);

  // When something is to be looked at.
  Time next() const { return next_; }
  bool after_each_event() const { return each_event_ > 0; }
  // Looks at what is due; `each_event`: an event has just happened.
  void look(const Moment& now, bool each_event);
  // Whether all that has to come true has done so.
  bool waits_for_something() const;

  // The one that has failed; null where none has.
  const Watch* violation() const;
  const std::vector<Watch>& all() const { return watches_; }

 private:
  void open(Watch& watch, Time now);
  void close(Watch& watch, State state, const Moment& now);
  void judge(Watch& watch, const Moment& now);
  void look_a_last_time(Watch& watch, const Moment& now);
  void find_next();

  Judge& judge_;
  std::vector<Watch> watches_;
  Time next_ = kNever;
  std::size_t each_event_ = 0;  // open ones that are looked at after each event
};

}  // namespace troupe::sim
