// LastEvents: what happened last to some actors of a run, and what that came from, for a report of
// what went wrong. Of what happened to others, only that is told which led to it: who sent the
// message that was handled, and what the sender was doing then.
//
//   LastEvents last(simulator, {node.id()});
//   simulator.observe_with(&last);
//   last.lines();   // "4.2s  Node@n3 calls ping of Node@n7", in the order of happening
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "actor/observe.h"
#include "sim/simulator.h"

namespace troupe::sim {

class LastEvents final : public Observer {
 public:
  LastEvents(const Simulator& simulator, const std::vector<ActorId>& actors);

  void on_event(const Event& event) override;
  std::vector<std::string> lines() const;

 private:
  struct Line {
    std::uint64_t order = 0;
    std::string text;
    std::vector<Line> past = {};  // what led to it
  };
  // An event of any actor, to be told where something of interest has come of it.
  struct Past {
    std::uint64_t order = 0;
    EventKind kind{};
    Time time{};
    ActorId actor;
    ActorId peer;
    const MethodInfo* method = nullptr;
    std::uint64_t cause = 0;
  };
  // The last ones, by their message; older ones are forgotten.
  class Recent {
   public:
    void add(std::uint64_t message, const Past& past);
    const Past* find(std::uint64_t message) const;

   private:
    absl::flat_hash_map<std::uint64_t, Past> young_;
    absl::flat_hash_map<std::uint64_t, Past> old_;
  };

  void remember(const Event& event);
  std::vector<Line> past_of(const Event& event) const;
  bool concerns_them(const Event& event) const;
  Line line_of(const Past& past) const;
  std::string text_of(const Event& event) const;

  const Simulator& simulator_;
  std::map<ActorId, std::deque<Line>> lines_;
  std::deque<Line> notes_;  // of no actor
  std::size_t of_each_;     // lines
  Recent sent_;             // messages, and calls
  Recent answered_;
  Recent handled_;
  std::uint64_t order_ = 0;
};

}  // namespace troupe::sim
