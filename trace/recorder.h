// From what a runtime shows (actor/observe.h) to events with names, and a recorder that keeps them.
//
//   trace::Recorder recorder(simulator, {.scenario = "ring.yaml", .seed = 7});
//   simulator.observe_with(&recorder);
//   simulator.run_for(10s);
//   const trace::Trace& trace = recorder.trace();
//
// For tests and for views of small runs: it all stays in memory. trace/jsonl.h writes a file.
#pragma once

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "actor/observe.h"
#include "actor/runtime.h"
#include "trace/event.h"

namespace troupe::trace {

// Each actor has one name in a trace, and no two have the same: the one that the runtime gives it
// when it first appears. Where an earlier actor had it, a number follows: "Server@n1/2".
class Translator {
 public:
  explicit Translator(const Runtime& runtime) : runtime_(runtime) {}

  // The event with names; valid until the next call.
  const Event& translate(const troupe::Event& event);

 private:
  const std::string& name_of(ActorId actor);

  const Runtime& runtime_;
  absl::flat_hash_map<ActorId, std::string> names_;
  absl::flat_hash_set<std::string> taken_;
  Event event_;
};

class Recorder final : public Observer {
 public:
  // `trace`: where the run comes from. The runtime lives as long as this.
  explicit Recorder(const Runtime& runtime, Trace trace = {})
      : translator_(runtime), trace_(std::move(trace)) {}

  void on_event(const troupe::Event& event) override {
    trace_.events.push_back(translator_.translate(event));
  }
  const Trace& trace() const { return trace_; }

 private:
  Translator translator_;
  Trace trace_;
};

}  // namespace troupe::trace
