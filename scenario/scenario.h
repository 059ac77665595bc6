// Scenario: one experiment, as data. What a YAML file says after every mistake has been found.
//
// The same scenario is run by the simulator and by a testbed; nothing here knows how. Names of the
// algorithm (actors, methods, checks, parameters) have been resolved against its description.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actor/algorithm.h"
#include "actor/time.h"
#include "scenario/network.h"
#include "scenario/place.h"
#include "scenario/sweep.h"

namespace troupe::scenario {

// Which hosts an action is about.
struct AllHosts {};
struct HostFraction {
  double fraction = 0;  // of those that are up, rounded down, chosen at random
};
struct HostCount {
  std::int64_t count = 0;  // chosen at random among those that are up
};
struct HostList {
  std::vector<std::int64_t> numbers;  // from 0
};
using Hosts = std::variant<AllHosts, HostFraction, HostCount, HostList>;

// spawn: one actor on each of these hosts, one after another.
struct Spawn {
  Place place;
  const Algorithm::ActorClass* actor = nullptr;
  Hosts on = AllHosts{};
  Duration every{};  // between two spawns; zero: all at once
};

// crash: the hosts are gone, with everything on them.
struct Crash {
  Place place;
  Hosts hosts;
};

// One argument of a call.
// Uniform over the parameter's type; a float or double: from 0 to 1; text: the digits of a number.
struct RandomArgument {};
struct UniformArgument {  // of whole numbers; of durations in nanoseconds
  std::int64_t low = 0;
  std::int64_t high = 0;  // inclusive
};
using Literal = std::variant<bool, std::int64_t, std::uint64_t, double, Duration, std::string>;
struct Argument {
  Place place;
  std::variant<Literal, RandomArgument, UniformArgument> value;
};

// calls: `times` calls of one method, each on an actor chosen at random among the live ones of its
// class, `every` so often.
struct Calls {
  Place place;
  const Algorithm::ActorClass* actor = nullptr;
  const MethodInfo* method = nullptr;
  std::vector<Argument> arguments;
  std::int64_t times = 1;
  Duration every{};                 // zero: all at once
  std::optional<Duration> timeout;  // of each call; else the method's
  bool may_fail = false;            // else a call that fails makes the run fail
};

using Action = std::variant<Spawn, Crash, Calls>;

// A condition that a check or a phase waits for.
struct StateCheck {
  const Algorithm::Named<Algorithm::Check>* check = nullptr;
};
// "lookup_hops.mean <= 5.2"
struct MeasurementCheck {
  enum class Comparison : std::uint8_t { kLess, kAtMost, kEqual, kNotEqual, kAtLeast, kMore };
  std::string measurement;        // "lookup_hops", one of Algorithm::measurements()
  std::string statistic = "sum";  // count, sum, mean, min, max, p1, p50, p90, p99; a bare name: sum
  Comparison comparison = Comparison::kEqual;
  double bound = 0;
};
struct Condition {
  Place place;
  std::string text;  // as written
  std::variant<StateCheck, MeasurementCheck> what;
};

// A part of the run. It starts when the one before has ended, and ends
//  - when its actions are done (spawns made, calls answered), and
//  - after `lasts` at the earliest, and
//  - where `until` is given, when that holds; the run fails if that takes longer than `at_most`.
struct Phase {
  Place place;
  std::string name;
  std::vector<Action> actions;
  Duration lasts{};
  std::optional<Condition> until;
  Duration at_most = std::chrono::hours(1);  // with until
  Duration look_every = std::chrono::seconds(1);
};

struct Scenario {
  std::string file;
  std::string name;
  std::string description;
  const Algorithm* algorithm = nullptr;
  std::uint64_t seed = 1;
  Parameters parameters;
  std::int64_t hosts = 1;
  Network network;
  Duration call_timeout = std::chrono::seconds(2);  // the default of calls without their own
  std::string start;                                // of Algorithm::starts(); empty: as spawned
  std::vector<Phase> phases;
  std::vector<Condition> checks;                 // at the end
  Duration stop_after = std::chrono::hours(24);  // virtual time at which the run is given up
  std::optional<Sweep> sweep;                    // many runs of this one
};

}  // namespace troupe::scenario
