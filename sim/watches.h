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
    std::uint64_t vain_looks = 0;  // of these: when nothing was measured yet
    // When it failed, or came true.
    Time at{};
    std::uint64_t events = 0;
    Verdict verdict;
  };

  Watches(const scenario::Scenario& scenario, Judge& judge);

  void begin_phase(std::size_t phase, Time now);
  void end_phase(std::size_t phase, Time now);

  // When something is to be looked at.
  Time next() const { return next_; }
  bool after_each_event() const { return each_event_ > 0; }
  // Looks at what is due; `each_event`: an event has just happened.
  void look(Time now, std::uint64_t events, bool each_event);
  // Whether all that has to come true has done so.
  bool waits_for_something() const;

  // The one that has failed; null where none has.
  const Watch* violation() const;
  const std::vector<Watch>& all() const { return watches_; }

 private:
  void open(Watch& watch, Time now);
  void close(Watch& watch, State state, Time now, std::uint64_t events);
  void judge(Watch& watch, Time now, std::uint64_t events);
  void find_next();

  Judge& judge_;
  std::vector<Watch> watches_;
  Time next_ = kNever;
  std::size_t each_event_ = 0;  // open ones that are looked at after each event
};

}  // namespace troupe::sim
