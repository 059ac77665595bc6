// LastEvents: what happened last to some actors of a run, for a report of what went wrong.
//
//   LastEvents last(simulator, {node.id()});
//   simulator.observe_with(&last);
//   last.lines();   // "4.2s  Node@n3 calls ping of Node@n7", in the order of happening
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "actor/observe.h"
#include "sim/simulator.h"

namespace troupe::sim {

class LastEvents final : public Observer {
 public:
  static constexpr std::size_t kOfEach = 8;

  LastEvents(const Simulator& simulator, const std::vector<ActorId>& actors);

  void on_event(const Event& event) override;
  std::vector<std::string> lines() const;

 private:
  struct Line {
    std::uint64_t order;
    std::string text;
  };
  std::string text_of(const Event& event) const;

  const Simulator& simulator_;
  std::map<ActorId, std::deque<Line>> lines_;
  std::deque<Line> notes_;  // of no actor
  std::uint64_t order_ = 0;
};

}  // namespace troupe::sim
