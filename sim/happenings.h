// Happenings: what befalls the hosts of a run while one phase lasts: the faults that its scenario
// asks for, at their times, and churn.
//
//   Happenings happenings(simulator, deployment, agenda);
//   for (...) happenings.plan(action, begin, rank);   // puts it on the agenda
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "scenario/scenario.h"
#include "sim/agenda.h"
#include "sim/deployment.h"
#include "sim/simulator.h"

namespace troupe::sim {

class Happenings {
 public:
  Happenings(Simulator& simulator, Deployment& deployment, Agenda& agenda)
      : simulator_(simulator), deployment_(deployment), agenda_(agenda) {}

  void plan(const scenario::Crash& crash, Time begin, int rank);
  void plan(const scenario::Restart& restart, Time begin, int rank);
  void plan(const scenario::Leave& leave, Time begin, int rank);
  void plan(const scenario::Join& join, Time begin, int rank);
  void plan(const scenario::Pause& pause, Time begin, int rank);
  void plan(const scenario::Resume& resume, Time begin, int rank);
  void plan(const scenario::Slow& slow, Time begin, int rank);
  void plan(const scenario::WrongClock& clock, Time begin, int rank);
  void plan(const scenario::Partition& partition, Time begin, int rank);
  void plan(const scenario::Cut& cut, Time begin, int rank);
  void plan(const scenario::Heal& heal, Time begin, int rank);
  void plan(const scenario::LinkChange& change, Time begin, int rank);
  void plan(const scenario::Churn& churn, Time begin, int rank);

  // The phase is over: churn ends with it.
  void end_phase();

  // An action, "this crash", has happened, and has befallen so many hosts.
  void has_befallen(const scenario::Place& place, const std::string& what, std::size_t hosts);

  // What had no effect, a line for each action of the scenario.
  std::vector<std::string> notes() const;

 private:
  // One that goes on.
  struct OngoingChurn {
    const scenario::Churn* churn = nullptr;
    int rank = 0;
    std::vector<HostId> away;     // where arrivals choose from
    std::size_t events_left = 0;  // of its trace
  };
  // How often an action has happened, and how often to nobody.
  struct Tally {
    scenario::Place place;
    std::string what;
    std::int64_t times = 0;
    std::int64_t in_vain = 0;
    Time first_in_vain{};
  };
  // The two ends of a cut or a link.
  struct Ends {
    std::vector<HostId> from;
    std::vector<HostId> to;
  };
  using Befall = std::function<absl::Status(const std::vector<HostId>& hosts)>;

  // At its times, chooses hosts among those that `fits` accepts, and lets it befall them.
  void repeat(const scenario::Timing& timing, Time begin, int rank,
              const std::function<absl::Status()>& deed);
  void befall(const scenario::Fault& fault, const std::string& what, Time begin, int rank,
              const Deployment::Fits& fits, const Befall& deed);
  // After `lasts`, where there is such a thing.
  void later(const scenario::PassingFault& fault, int rank,
             const std::function<absl::Status()>& deed);
  double drawn(std::pair<double, double> range);
  Ends choose_ends(const scenario::Hosts& from, const scenario::Hosts& to);
  // Until `lasts` has passed, or it is healed by its name.
  void heals_later(const scenario::PassingFault& fault, const std::string& name, PartitionId id,
                   int rank);

  void begin_churn(OngoingChurn& churn);
  void replay(OngoingChurn& churn, Time begin);
  void plan_end(OngoingChurn& churn, HostId host);
  void plan_return(OngoingChurn& churn, HostId host);
  void plan_arrival(OngoingChurn& churn);
  void end_session(OngoingChurn& churn, HostId host);
  absl::Status come_back(OngoingChurn& churn, HostId host);

  Random& random() { return simulator_.choices().faults(); }

  Simulator& simulator_;
  Deployment& deployment_;
  Agenda& agenda_;
  std::vector<std::pair<std::string, PartitionId>> partitions_;  // those that have not healed
  std::deque<OngoingChurn> churns_;
  std::vector<Tally> tallies_;     // in the order of their first times
  std::vector<std::string> late_;  // what came after the end of its phase
};

}  // namespace troupe::sim
