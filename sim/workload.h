// Workload: the calls that a scenario makes from outside, and what becomes of them.
//
//   Workload workload(simulator, deployment, agenda);
//   workload.plan(calls, phase_begin, rank);          // puts the calls on the agenda
//   if (workload.waits()) workload.make_waiting();    // after an event
//   workload.is_done();                               // all that was due has been made and
//   answered
//
// Each `calls` of a scenario has at most `in_flight` calls open at a time. A call that is due while
// so many are open waits until one of them has been answered, and is then made at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "actor/internal/turn.h"
#include "scenario/scenario.h"
#include "sim/agenda.h"
#include "sim/call_arguments.h"
#include "sim/deployment.h"
#include "sim/simulator.h"
#include "sim/spans.h"

namespace troupe::sim {

class Workload {
 public:
  // `goes_on` is asked every few thousand calls that are made at one time; false stops making more.
  Workload(Simulator& simulator, Deployment& deployment, Agenda& agenda,
           std::function<bool()> goes_on)
      : simulator_(simulator),
        deployment_(deployment),
        agenda_(agenda),
        arguments_(simulator, deployment),
        goes_on_(std::move(goes_on)) {}

  // Plans the calls of one entry of a phase that has just begun. `calls` must outlive this.
  void plan(const scenario::Calls& calls, Time phase_begin, int rank);

  // Whether calls are due that have not been made, since too many others are open.
  bool waits() const { return !waiting_.empty(); }
  // Makes calls that wait, as far as there is room for them now.
  absl::Status make_waiting();
  // Does the same when nothing else can happen at this time: one-way calls that are under way to a
  // host that handles nothing just now do not keep others from being made. Gives whether some were.
  absl::StatusOr<bool> make_waiting_one_way();

  // Whether every call that was due has been made, and answered unless it is a one-way call.
  bool is_done() const { return open_.empty() && waiting_.empty(); }

  // --- What came of them ---

  std::uint64_t calls() const { return calls_; }
  std::uint64_t open() const { return open_.size(); }
  std::uint64_t delayed() const { return delayed_; }  // that had to wait before they were made
  std::uint64_t failed() const { return failed_; }
  std::uint64_t unexpected_failures() const { return unexpected_failures_; }  // without may_fail
  const std::string& first_failure() const { return first_failure_; }

 private:
  // One entry of `calls`.
  struct Load {
    const scenario::Calls* calls;
    int rank;
    Time begin;
    std::int64_t planned = 0;  // how many have become due
    std::int64_t due = 0;      // of these, how many have not been begun
    // Of the one that is being made: whom it goes to, and who of them comes next.
    std::vector<ActorId> targets = {};
    std::size_t next_target = 0;
    std::int64_t open = 0;  // calls without an answer
    // One-way calls that are probably under way: an event takes one away.
    std::uint64_t sent = 0;
    std::uint64_t events_seen = 0;
    bool waits = false;
    std::optional<Arrivals> arrivals = {};
  };
  struct OpenCall : internal::PendingCall {
    Workload* workload = nullptr;
    Load* load = nullptr;
    std::uint64_t number = 0;
  };

  void plan_next(Load& load, Time date);
  void plan_arrival(Load& load);
  absl::Status become_due(Load& load, Time date);
  absl::Status make_due(Load& load);
  absl::Status make_as_many_as_fit(Load& load);
  bool has_room(Load& load);
  bool find_targets(Load& load);
  absl::Status make_call(Load& load, ActorId target);
  void completed(const OpenCall& call);
  void fail(const scenario::Calls& calls, const absl::Status& failure, std::int64_t times);

  Random& random_times() { return simulator_.choices().times(); }

  Simulator& simulator_;
  Deployment& deployment_;
  Agenda& agenda_;
  CallArguments arguments_;
  std::function<bool()> goes_on_;
  std::vector<std::unique_ptr<Load>> loads_;
  std::vector<Load*> waiting_;  // in the order in which they began to wait
  std::uint64_t calls_ = 0;
  std::uint64_t delayed_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t unexpected_failures_ = 0;
  std::string first_failure_;
  std::map<std::uint64_t, std::unique_ptr<OpenCall>> open_;  // by number; goes before simulator_
};

}  // namespace troupe::sim
