// Deployment: which actors a scenario has put on which hosts, and how hosts go and come back.
//
//   Deployment deployment(simulator, scenario);
//   deployment.spawn(actor_class, host, count);
//   deployment.crash(host);                                       // saves what SAVED names
//   deployment.restart(host, scenario::Storage::kKept);           // the same actors, from the disk
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "scenario/scenario.h"
#include "sim/faults.h"
#include "sim/simulator.h"

namespace troupe::sim {

class Deployment {
 public:
  Deployment(Simulator& simulator, const scenario::Scenario& scenario);
  ~Deployment();

  // --- Which hosts, which actors ---

  using Fits = std::function<bool(HostId)>;
  // Those that the scenario means, of the hosts that `fits` accepts.
  std::vector<HostId> choose(const scenario::Hosts& hosts, const Fits& fits, Random& random) const;

  // A live actor that the scenario has spawned, chosen at random; nobody where all are gone.
  ActorId pick(const ActorType& type);
  // As pick(), of any class.
  ActorId pick_anybody();
  // The live actors of a class that the scenario has put on a host. Nobody: `type` is null for any.
  std::vector<ActorId> on(HostId host, const ActorType* type) const;

  // So many different live ones at random, or all where there are fewer.
  std::vector<ActorId> sample(const ActorType& type, std::int64_t count, Random& random);

  bool is_up(HostId host) const { return simulator_.is_up(host); }
  // Whether there was an actor of the scenario's when the host went down.
  bool can_restart(HostId host) const { return !is_up(host) && is_used(host); }
  bool is_used(HostId host) const { return host < placed_.size() && !placed_[host].empty(); }
  // Whether a new actor of this class may join there.
  bool can_join(HostId host, const ActorType& type) const;
  // Whether somebody is there who has not begun to leave.
  bool can_leave(HostId host) const;

  // --- How they come and go ---

  // Those that one action starts: the peers of each of them.
  struct Group {
    std::vector<HostId> hosts;
    std::vector<ActorId> peers = {};  // stable references; none before somebody asks for them
    std::int64_t count = 0;           // as Spawning::count()
  };
  // The one of the group that has this number in it.
  absl::Status spawn(const Algorithm::ActorClass& actor, const std::shared_ptr<Group>& group,
                     std::size_t number);
  // Counts as one that was spawned, though its host is down.
  void skip(const Algorithm::ActorClass& actor) { ++rosters_[actor.type].spawned; }

  // A host that has crashed is down until restart() or join(), or, where it was taken down for a
  // while only, until the last of the crashes that hold it has ended. Both hold a host that is down
  // already, too.
  void crash(HostId host);
  FaultId begin_crash(HostId host);
  // Ends this crash, where it still holds: the host starts again where nothing else keeps it down.
  // Where the storage is lost, what its actors had saved is gone in any case.
  absl::Status end_crash(HostId host, FaultId id, scenario::Storage storage);
  // Ends all that keeps the host down.
  absl::Status restart(HostId host, scenario::Storage storage);
  // As restart(), but for crashes that end by themselves: the host starts when the last has ended.
  absl::Status release(HostId host, scenario::Storage storage);
  absl::Status join(const Algorithm::ActorClass& actor, HostId host, std::int64_t count);
  // Brings up a host that the scenario has put nobody on: with a new actor of the algorithm's only
  // class, or with none where it has several.
  absl::Status start_anything(HostId host);

  // The actors say goodbye and stop; then the host can be taken down, between two events.
  void leave(HostId host);
  // Hosts that have not left yet, and whether one can be taken down.
  std::size_t leaving() const { return leaving_.size(); }
  bool has_departures() const { return !departures_.empty(); }
  void take_down_those_who_left();

 private:
  // The actors of a class, in the order of their spawning.
  struct Roster {
    std::vector<ActorId> ids;
    std::int64_t spawned = 0;
    // The same for sample(), which changes their order: a check must not change whom pick() picks.
    // Nothing before the first sample.
    std::optional<std::vector<ActorId>> to_sample;
  };
  struct Placed {
    const Algorithm::ActorClass* actor = nullptr;
    std::int64_t index = 0;  // as Spawning::index()
    std::shared_ptr<Group> group;
    std::size_t number = 0;  // in the group
    ActorId id;
    std::optional<std::string> saved = {};  // at the last end of its host, from a perfect disk
  };
  class Context;
  struct Leaving;
  // What keeps a host down.
  struct Down {
    bool until_restarted = false;
    std::vector<FaultId> crashes;  // that end by themselves
  };

  void take_down(HostId host);
  absl::Status bring_up(HostId host);
  bool has_role(const scenario::HostsWhere& where, HostId host) const;

  // Nothing is kept of the actors of the host.
  void lose_storage(HostId host);
  absl::Status start(Placed& placed, HostId host, const std::string* saved);
  // Gives the actors of a group their stable references.
  void make_peers(const Algorithm::ActorClass& actor, Group& group);
  void say_goodbye(Leaving& leaving);
  void stop_all(Leaving& leaving);

  Simulator& simulator_;
  const scenario::Scenario& scenario_;
  std::map<const ActorType*, Roster> rosters_;
  std::vector<const ActorType*> types_;      // in the order of the algorithm
  std::vector<std::vector<Placed>> placed_;  // by host
  std::vector<std::unique_ptr<Leaving>> leaving_;
  std::vector<HostId> departures_;
  std::map<HostId, Down> down_;  // those that are down
  FaultId last_crash_ = 0;
};

}  // namespace troupe::sim
