// Algorithm: what a scenario can do with an algorithm. Its author describes it once, in data:
// parameters, the actors that can be spawned, ready-made starting states, checks.
//
//   Algorithm counter() {
//     return Algorithm("counter", "Everybody adds to one total.")
//         .parameter("amount", 1, "how much each adds")
//         .actor<Counter>("a counter", [](const Parameters& parameters, const Spawning&) {
//           return std::make_unique<Counter>(parameters.integer("amount"));
//         })
//         .check("total_is_right", "nothing was lost", [](const World& world, const Parameters&) {
//           ...
//           return absl::OkStatus();
//         });
//   }
//
// A program hands its algorithms to troupe::run_command_line() (cli/cli.h) and has all of the
// command line. Nothing is registered behind anybody's back.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "actor/actor.h"
#include "actor/peers.h"

namespace troupe {

// A parameter of an algorithm: its type is that of its default.
using ParameterValue = std::variant<bool, std::int64_t, double, Duration, std::string>;

struct Parameter {
  std::string name;
  ParameterValue value;  // the default
  std::string help;
  // For numbers: what is allowed.
  double least = 0;
  double most = 1e18;
  // For text: what is allowed; empty: anything.
  std::vector<std::string> choices = {};
  // For text: says what is wrong with it, as a clause that follows the parameter's name ("must be
  // ..."); returns "" where nothing is. It is called when all parameters of the run are known.
  std::function<std::string(const std::string& text, const class Parameters& all)> mistake = {};
};

// The parameters of one run. Asking for one that the algorithm does not declare, or with another
// type, is a mistake of its author: the program says so and aborts.
class Parameters {
 public:
  void set(std::string name, ParameterValue value) {
    values_.insert_or_assign(std::move(name), std::move(value));
  }
  bool flag(std::string_view name) const { return std::get<bool>(at(name)); }
  std::int64_t integer(std::string_view name) const { return std::get<std::int64_t>(at(name)); }
  double number(std::string_view name) const { return std::get<double>(at(name)); }
  Duration duration(std::string_view name) const { return std::get<Duration>(at(name)); }
  const std::string& text(std::string_view name) const { return std::get<std::string>(at(name)); }
  const std::map<std::string, ParameterValue, std::less<>>& all() const { return values_; }

 private:
  const ParameterValue& at(std::string_view name) const;
  std::map<std::string, ParameterValue, std::less<>> values_;
};

// All live actors of a run, read (or, in a starting state, written) without messages.
class World {
 public:
  virtual ~World() = default;
  virtual Time now() const = 0;
  // In the order of their refs.
  virtual std::vector<ActorBase*> everybody() const = 0;
  virtual std::string name_of(ActorId actor) const = 0;
  // How often an actor was spawned or ended: what was derived from everybody() holds until then.
  virtual std::uint64_t changes() const = 0;

  // For the run's measurements, as Actor::measure() and Actor::count() give.
  virtual void measure(std::string_view name, double value) const = 0;
  virtual void count(std::string_view name, std::int64_t by) const = 0;

  // A T of this very run's, for what checks and judges want to remember. Starts as T().
  template <class T>
  T& memory() const {
    std::shared_ptr<void>& place = memory_[std::type_index(typeid(T))];
    if (place == nullptr) place = std::make_shared<T>();
    return *static_cast<T*>(place.get());
  }

  // Returns the live actors that are an A, or of a class derived from it. A probe that stands in
  // for an A is none.
  template <class A>
  std::vector<A*> actors() const {
    std::vector<A*> found;
    for (ActorBase* actor : everybody()) {
      if (typeid(*actor) == typeid(A)) {  // nearly always, and quicker than a dynamic_cast
        found.push_back(static_cast<A*>(actor));
      } else if (A* derived = dynamic_cast<A*>(actor)) {
        found.push_back(derived);
      }
    }
    return found;
  }

 private:
  mutable std::map<std::type_index, std::shared_ptr<void>> memory_;
};

// What a new actor can know of the run that it is spawned into.
class Spawning {
 public:
  virtual ~Spawning() = default;
  // How many actors of this class the scenario has spawned before this one, and in all.
  virtual std::int64_t index() const = 0;
  virtual std::int64_t count() const = 0;
  virtual std::string host_name() const = 0;
  // The seed of the run, for what shall differ from seed to seed and from host to host, and be the
  // same again when the host restarts. Real hosts have none: it is 0 there.
  virtual std::uint64_t seed() const { return 0; }
  // Somebody to join through: a live actor of this class, chosen at random; nobody for the first.
  template <class A>
  Ref<A> contact() const {
    return Ref<A>(contact_of(actor_type<A>()));
  }
  // All actors that are spawned together with this one: by one `spawn` of the scenario, in its
  // order. See peers.h.
  template <class A>
  Peers<A> peers() const {
    const auto [all, index] = peers_of();
    return Peers<A>(all, index);
  }

 protected:
  virtual ActorId contact_of(const ActorType& type) const = 0;
  // All, and which of them is the new one.
  virtual std::pair<std::vector<ActorId>, std::size_t> peers_of() const { return {}; }
};

class Algorithm {
 public:
  using Factory = std::function<std::unique_ptr<ActorBase>(const Parameters&, const Spawning&)>;
  using Start = std::function<absl::Status(const World&, const Parameters&)>;
  using Check = std::function<absl::Status(const World&, const Parameters&)>;
  using Judge = std::function<void(const World&, const Parameters&, const void* report)>;
  using Number = std::function<std::optional<double>(const World&, const Parameters&)>;

  struct ActorClass {
    const ActorType* type;
    std::string help;
    Factory factory;
  };
  struct Measurement {
    enum class Kind : std::uint8_t { kDistribution, kCounter };
    std::string name;
    std::string help;
    Kind kind;
  };
  template <class F>
  struct Named {
    std::string name;
    std::string help;
    F function;
  };
  // A check of one actor, for all of a class.
  using CheckEach =
      std::function<absl::Status(const World&, const Parameters&, const ActorBase& actor)>;
  struct StateCheck : Named<Check> {
    const ActorType* type = nullptr;  // of CheckEach; null: `function` looks at everybody
    CheckEach each = {};
  };
  // What an actor of a class is just now: a scenario's faults choose hosts by it.
  using HasRole = std::function<bool(const World&, const Parameters&, const ActorBase& actor)>;
  struct Role : Named<HasRole> {
    const ActorType* type = nullptr;
  };
  using Keys = std::function<std::uint64_t(const Parameters&, std::string_view text)>;

  Algorithm(std::string name, std::string help) : name_(std::move(name)), help_(std::move(help)) {}

  Algorithm& parameter(std::string name, ParameterValue value, std::string help) {
    return parameter(Parameter{std::move(name), std::move(value), std::move(help)});
  }
  template <std::same_as<int> T>  // Not bool, which would become one.
  Algorithm& parameter(std::string name, T value, std::string help) {
    return parameter(std::move(name), ParameterValue(std::int64_t{value}), std::move(help));
  }
  Algorithm& parameter(Parameter parameter) {
    parameters_.push_back(std::move(parameter));
    return *this;
  }

  // A class that a scenario can spawn, by the name in its ACTOR_METHODS.
  template <class A>
  Algorithm& actor(std::string help, Factory factory) {
    actors_.push_back({&actor_type<A>(), std::move(help), std::move(factory)});
    return *this;
  }

  // A state that a scenario can start from, once its actors are spawned: `start: name`. Only a
  // simulator can do that.
  Algorithm& start(std::string name, std::string help, Start start) {
    starts_.push_back({std::move(name), std::move(help), std::move(start)});
    return *this;
  }

  // Something that must hold of all actors' states; the status says what does not.
  Algorithm& check(std::string name, std::string help, Check check) {
    checks_.push_back({{std::move(name), std::move(help), std::move(check)}});
    return *this;
  }

  // Something that must hold of each actor of a class by itself. A scenario with very many of them
  // may look at a sample each time.
  template <class A>
  Algorithm& check_each(
      std::string name, std::string help,
      std::function<absl::Status(const World&, const Parameters&, const A& actor)> check) {
    CheckEach each = [check = std::move(check)](const World& world, const Parameters& parameters,
                                                const ActorBase& actor) {
      return check(world, parameters, static_cast<const A&>(actor));
    };
    Check all = [each](const World& world, const Parameters& parameters) {
      for (const A* actor : world.actors<A>()) {
        if (absl::Status status = each(world, parameters, *actor); !status.ok()) return status;
      }
      return absl::OkStatus();
    };
    checks_.push_back(
        {{std::move(name), std::move(help), std::move(all)}, &actor_type<A>(), std::move(each)});
    return *this;
  }

  // A role that an actor of a class has at times, such as that of the leader. A scenario's faults
  // choose hosts by it: `crash: {where: is_leader}`.
  template <class A>
  Algorithm& role(std::string name, std::string help,
                  std::function<bool(const World&, const Parameters&, const A& actor)> has_role) {
    HasRole has = [has_role = std::move(has_role)](const World& world, const Parameters& parameters,
                                                   const ActorBase& actor) {
      return has_role(world, parameters, static_cast<const A&>(actor));
    };
    roles_.push_back({{std::move(name), std::move(help), std::move(has)}, &actor_type<A>()});
    return *this;
  }

  // A number that describes the state of the whole run at one moment, such as how many actors are
  // wrong just now; nothing where there is no such number at that moment. A scenario takes it again
  // and again with `measure`, and conditions may ask for it at any time. The function must not
  // change anything.
  Algorithm& number(std::string name, std::string help, Number number) {
    numbers_.push_back({std::move(name), std::move(help), std::move(number)});
    return *this;
  }

  // How an actor of a class says goodbye before its host goes down in good order (`leave`): a
  // method without parameters that ACTOR_METHODS lists. The actor is stopped when it has answered.
  template <class A, class Method>
  Algorithm& leaves_by(Method method) {
    static_assert(std::tuple_size_v<typename internal::MethodTraits<Method>::Arguments> == 0,
                  "The method to leave by has no parameters.");
    leaves_.emplace_back(&actor_type<A>(), internal::find_listed<A>(method));
    return *this;
  }

  // How a text becomes a key, where the algorithm has keys: `{key: "a text"}` in a scenario's
  // arguments is then the number that this gives.
  Algorithm& keys(Keys keys) {
    keys_ = std::move(keys);
    return *this;
  }

  // Called when an actor reports a T, at that very moment.
  template <class T>
  Algorithm& on_report(
      std::function<void(const World&, const Parameters&, const T& report)> judge) {
    judges_.insert_or_assign(
        std::type_index(typeid(T)),
        [judge = std::move(judge)](const World& world, const Parameters& parameters,
                                   const void* report) {
          judge(world, parameters, *static_cast<const T*>(report));
        });
    return *this;
  }

  // What its actors and judges measure() and count(): a scenario's checks may ask for these, and
  // the summary shows them even where nothing was measured.
  Algorithm& measures(std::string name, std::string help) {
    measurements_.push_back({std::move(name), std::move(help), Measurement::Kind::kDistribution});
    return *this;
  }
  Algorithm& counts(std::string name, std::string help) {
    measurements_.push_back({std::move(name), std::move(help), Measurement::Kind::kCounter});
    return *this;
  }

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  const std::vector<ActorClass>& actors() const { return actors_; }
  const std::vector<Named<Start>>& starts() const { return starts_; }
  const std::vector<StateCheck>& checks() const { return checks_; }
  const std::vector<Role>& roles() const { return roles_; }
  const std::vector<Named<Number>>& numbers() const { return numbers_; }
  const std::vector<std::pair<const ActorType*, const MethodInfo*>>& leaves() const {
    return leaves_;
  }
  const Keys& keys() const { return keys_; }
  const std::map<std::type_index, Judge>& judges() const { return judges_; }
  const std::vector<Measurement>& measurements() const { return measurements_; }

 private:
  std::string name_;
  std::string help_;
  std::vector<Parameter> parameters_;
  std::vector<ActorClass> actors_;
  std::vector<Named<Start>> starts_;
  std::vector<StateCheck> checks_;
  std::vector<Role> roles_;
  std::vector<Named<Number>> numbers_;
  std::vector<std::pair<const ActorType*, const MethodInfo*>> leaves_;
  Keys keys_;
  std::map<std::type_index, Judge> judges_;
  std::vector<Measurement> measurements_;
};

}  // namespace troupe
