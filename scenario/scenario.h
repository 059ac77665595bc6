// Scenario: one experiment, as data. What a YAML file says after every mistake has been found.
//
// The same scenario is run by the simulator and by a testbed; nothing here knows how. Names of the
// algorithm (actors, methods, checks, parameters) have been resolved against its description.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actor/algorithm.h"
#include "actor/time.h"
#include "scenario/disk.h"
#include "scenario/fraction.h"
#include "scenario/network.h"
#include "scenario/place.h"
#include "scenario/span.h"
#include "scenario/sweep.h"

namespace troupe::scenario {

// Which hosts an action is about.
struct AllHosts {};
struct HostFraction {
  double fraction = 0;  // of those that are up, rounded down, chosen at random

  std::size_t part_of(std::size_t hosts) const {
    return static_cast<std::size_t>(
        part_rounded_down(decimal_parts(fraction), static_cast<std::int64_t>(hosts)));
  }
};
struct HostCount {
  std::int64_t count = 0;  // chosen at random among those that are up
};
struct HostList {
  std::vector<std::int64_t> numbers;  // from 0
};
// Some of a group that the scenario has named, or of any list.
struct HostsAmong {
  std::vector<std::int64_t> numbers;
  std::variant<HostFraction, HostCount> how_many;
};
// Of some hosts, those with an actor that has a role just then; negated: with an actor of the
// role's class, and none that has the role.
struct AnyHosts;
struct HostsWhere {
  const Algorithm::Role* role = nullptr;
  bool negated = false;
  std::shared_ptr<const AnyHosts> among = {};  // never null
};
using Hosts = std::variant<AllHosts, HostFraction, HostCount, HostList, HostsAmong, HostsWhere>;
struct AnyHosts {
  Hosts hosts;
};

// When an action happens, counted from the beginning of its phase, and how often.
struct Timing {
  Span at = Constant{};
  std::int64_t times = 1;
  Span every = Constant{};  // from one time to the next
};

// spawn: one actor on each of these hosts, one after another.
struct Spawn {
  Place place;
  const Algorithm::ActorClass* actor = nullptr;
  Hosts on = AllHosts{};
  Duration every{};  // between two spawns; zero: all at once
  Duration at{};
};

// What a restarted host finds on its disk: see SAVED (actor/saved.h).
enum class Storage : std::uint8_t { kKept, kLost };

// Something that befalls hosts, among those that it can befall: a host that is down cannot crash.
struct Fault {
  Place place;
  Hosts hosts = AllHosts{};
  Timing timing;
};
// One that can be over by itself. Without `lasts`, it stays until something else ends it.
struct PassingFault : Fault {
  std::optional<Span> lasts;
};

// The hosts are gone, with everything on them, but for what their actors have saved.
struct Crash : PassingFault {
  Storage storage = Storage::kKept;  // at the restart after `lasts`
};
// Hosts that are down come back, with those actors that the scenario had put on them.
struct Restart : Fault {
  Storage storage = Storage::kKept;
};
// The actors say goodbye, by the method that the algorithm names; then the hosts are down.
struct Leave : Fault {};
// Hosts that are down, or have no such actor, come up with a new one.
struct Join : Fault {
  const Algorithm::ActorClass* actor = nullptr;
};
// The hosts do nothing until they are resumed, and then everything at once.
struct Pause : PassingFault {};
struct Resume : Fault {};
// The hosts take so long for each message, one after another.
struct Slow : PassingFault {
  Duration each_message{};
};
// Clocks that are ahead (or behind) and that run too fast (or too slow), each host by its own draw.
struct WrongClock : PassingFault {
  std::pair<Duration, Duration> ahead{};  // uniform between these two
  std::pair<double, double> drift{};      // seconds gained each second; uniform, too
};
// Messages between hosts of different groups are lost.
struct Partition : PassingFault {
  enum class Direction : std::uint8_t { kBoth, kIn, kOut };
  std::string name;
  std::vector<Hosts> groups;  // one: these against the rest
  Direction direction = Direction::kBoth;
};
// Messages from some hosts to some others are lost; those that go back are not.
struct Cut : PassingFault {
  std::string name;
  Hosts from = AllHosts{};
  Hosts to = AllHosts{};
  bool both_ways = false;
};
struct Heal {
  Place place;
  std::string name;  // empty: all partitions and cuts
  Timing timing;
};
// Messages from some hosts to some others travel otherwise than the network says.
struct LinkChange : PassingFault {
  Hosts from = AllHosts{};
  Hosts to = AllHosts{};
  Link link;  // what it says of latency, loss and the like, and whether it holds both ways
};

// Hosts that come and go for as long as the phase lasts.
struct ChurnEvent {
  Duration at{};
  std::int64_t host = 0;
  bool up = false;
};
struct Churn {
  enum class End : std::uint8_t { kCrash, kLeave };
  Place place;
  Hosts hosts = AllHosts{};
  std::optional<Span> session;   // how long a host is up
  std::optional<Span> downtime;  // how long it is away
  std::optional<Span> arrivals;  // from one arrival of a host that is away to the next, instead
  End ends_by = End::kCrash;
  Storage storage = Storage::kKept;
  std::vector<ChurnEvent> trace;  // what happens, instead of all these
};

// One argument of a call.
// Uniform over the parameter's type; a float or double: from 0 to 1; text: the digits of a number.
struct RandomArgument {};
struct UniformArgument {  // of whole numbers; of durations in nanoseconds
  std::int64_t low = 0;
  std::int64_t high = 0;  // inclusive
};
struct UniformNumber {  // of a float or double
  double low = 0;
  double high = 0;
};
struct SpanArgument {  // of a duration
  Span span;
};
struct ZipfArgument {     // of whole numbers from 0: k with a probability as (k + 1)^-exponent
  std::int64_t most = 1;  // without this one
  double exponent = 1;
};
struct OneOfArgument;
struct ReferenceArgument {                       // a live actor, chosen at random
  const Algorithm::ActorClass* actor = nullptr;  // null: of any class
  std::optional<std::int64_t> host;              // on this host
};
struct NowArgument {  // the time of the call, and so much later
  Duration later{};
};
struct NothingArgument {};  // of an optional value
struct CompoundArgument;    // of a struct, a list or a map
using Literal = std::variant<bool, std::int64_t, std::uint64_t, double, Duration, std::string>;
struct Argument {
  Place place;
  std::variant<Literal, RandomArgument, UniformArgument, UniformNumber, SpanArgument, ZipfArgument,
               std::shared_ptr<const OneOfArgument>, ReferenceArgument, NowArgument,
               NothingArgument, std::shared_ptr<const CompoundArgument>>
      value;
};
struct OneOfArgument {  // each as likely
  std::vector<Argument> choices;
};
struct CompoundArgument {
  // Of a struct: one for each field, in order; nothing where the field keeps its default. Of a
  // list: its elements. Of a map: key and value by turns.
  std::vector<std::optional<Argument>> parts;
};

// Arrivals by chance: each second `from` of them on average, and after `over` `to`.
struct Rate {
  double from = 0;
  double to = 0;
  Duration over{};  // zero: `from` all the time
};

// The actors that a call goes to.
struct RandomActor {};
using Targets = std::variant<RandomActor, Hosts>;  // Hosts: each actor of the class on these

// calls: `times` calls of one method, `every` so often.
struct Calls {
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();
  Place place;
  const Algorithm::ActorClass* actor = nullptr;
  const MethodInfo* method = nullptr;
  std::vector<Argument> arguments;
  Targets on = RandomActor{};
  Span at = Constant{};
  std::int64_t times = 1;            // or kUnlimited: for as long as the phase lasts
  Span every = Constant{};           // zero: all at once
  std::optional<Rate> rate;          // instead of `every`
  std::optional<Duration> timeout;   // of each call; else the method's
  bool may_fail = false;             // else a call that fails makes the run fail
  std::int64_t in_flight = 100'000;  // so many may be open; others that are due wait
};

using Action = std::variant<Spawn, Crash, Restart, Leave, Join, Pause, Resume, Slow, WrongClock,
                            Partition, Cut, Heal, LinkChange, Churn, Calls>;

// A condition that a check or a phase waits for.
struct StateCheck {
  const Algorithm::StateCheck* check = nullptr;
};
// "lookup_hops.mean <= 5.2"
struct MeasurementCheck {
  enum class Comparison : std::uint8_t { kLess, kAtMost, kEqual, kNotEqual, kAtLeast, kMore };
  std::string measurement;  // "lookup_hops", one of Algorithm::measurements(), or of `measure`
  std::string statistic = "sum";  // see troupe::is_statistic(); a bare name: sum
  // One of Algorithm::numbers() without a statistic: what is compared is its value at that moment.
  const Algorithm::Named<Algorithm::Number>* named_number = nullptr;
  Comparison comparison = Comparison::kEqual;
  double bound = 0;
};
// Anything larger: "lookup_wrong / lookup_correct < 0.01 and not ring_is_split"
struct Expression {
  enum class Kind : std::uint8_t {
    kNumber,
    kMeasured,
    kState,  // a check of the algorithm
    kNegative,
    kSum,
    kDifference,
    kProduct,
    kQuotient,
    kComparison,
    kNot,
    kAnd,
    kOr,
  };
  Kind kind = Kind::kNumber;
  double number = 0;
  std::string measurement = {};  // with its statistic, and the phase that it was measured in
  std::string statistic = "sum";
  std::optional<std::size_t> phase = {};
  const Algorithm::Named<Algorithm::Number>* named_number = nullptr;  // as in MeasurementCheck
  StateCheck state = {};
  MeasurementCheck::Comparison comparison = MeasurementCheck::Comparison::kEqual;
  std::vector<Expression> operands = {};
};
struct Condition {
  Place place;
  std::string text;  // as written
  std::variant<StateCheck, MeasurementCheck, std::shared_ptr<const Expression>> what;
};

// A condition, and when it must hold.
struct Check : Condition {
  enum class When : std::uint8_t { kAtEnd, kAlways, kNever, kEventually };
  When when = When::kAtEnd;
  Duration every = std::chrono::seconds(1);  // how often it is looked at; zero: after each event
  Duration within{};                         // of kEventually
  std::optional<std::size_t> after;          // from the end of this phase on, by its number
  std::optional<std::size_t> during;         // only while this phase lasts
  std::optional<std::int64_t> sample;        // how many actors are looked at each time; else all
};

// measure: a state of the run that becomes a measurement by being looked at again and again.
// Exactly one of `check` and `number` is given.
struct StateMeasurement {
  Place place;
  std::string name;
  const Algorithm::StateCheck* check = nullptr;  // the value is 1 where it holds, else 0
  const Algorithm::Named<Algorithm::Number>* number = nullptr;
  Duration every = std::chrono::seconds(1);  // the first value is taken so long after the beginning
  std::optional<std::size_t> after;          // from the end of this phase on, by its number
  std::optional<std::size_t> during;         // only while this phase lasts
};

// A part of the run. It starts when the one before has ended, and ends
//  - when its actions are done (spawns made, calls answered), and
//  - after `lasts` at the earliest, and
//  - where `until` is given, when that holds.
// With `until`, the run fails if the phase has not ended after `at_most`.
struct Phase {
  Place place;
  std::string name;
  std::vector<Action> actions;
  Duration lasts{};
  std::optional<Condition> until;
  Duration at_most = std::chrono::hours(1);  // with until; at least `lasts`
  Duration look_every = std::chrono::seconds(1);
};

struct Scenario {
  std::string file;
  std::string name;
  std::string description;
  std::vector<std::pair<std::string, std::string>> variables;  // and their values, as written
  const Algorithm* algorithm = nullptr;
  std::uint64_t seed = 1;
  Parameters parameters;
  std::int64_t hosts = 1;
  Network network;
  Disk disk;
  Duration call_timeout = std::chrono::seconds(2);  // the default of calls without their own
  std::string start;                                // of Algorithm::starts(); empty: as spawned
  std::vector<Phase> phases;
  std::vector<Check> checks;
  std::vector<StateMeasurement> measure;
  Duration measure_every{};                      // for series over time; zero: none
  Duration stop_after = std::chrono::hours(24);  // virtual time at which the run is given up
  // The run fails where more events happen at one virtual time: so many, and 1000 for each host.
  std::int64_t most_events_at_once = 10'000'000;
  std::optional<Sweep> sweep;  // many runs of this one
};

}  // namespace troupe::scenario
