// CallArguments: what a scenario says of a call's arguments, as the bytes of the call.
//
//   CallArguments arguments(simulator, deployment);
//   absl::StatusOr<MessagePtr> call = arguments.make(calls, target);
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "scenario/scenario.h"
#include "sim/deployment.h"
#include "sim/simulator.h"

namespace troupe::sim {

class CallArguments {
 public:
  CallArguments(Simulator& simulator, Deployment& deployment)
      : simulator_(simulator), deployment_(deployment) {}

  // A call of calls.method with arguments drawn anew, to be sent to `target`.
  absl::StatusOr<MessagePtr> make(const scenario::Calls& calls, ActorId target);

 private:
  void write(Encoder& out, int field, const TypeDescription& type,
             const scenario::Argument& argument);
  void write_compound(Encoder& out, int field, const TypeDescription& type,
                      const scenario::CompoundArgument& compound);
  void write_element(Encoder& out, int field, const TypeDescription& type,
                     const scenario::Argument& argument);
  void write_literal(Encoder& out, int field, const TypeDescription& type,
                     const scenario::Literal& literal);
  void write_random(Encoder& out, int field, const TypeDescription& type);
  void write_number(Encoder& out, int field, const TypeDescription& type, double value);
  ActorId somebody(const scenario::ReferenceArgument& reference);
  std::uint64_t zipf(const scenario::ZipfArgument& argument);

  Random& random() { return simulator_.choices().scenario(); }

  Simulator& simulator_;
  Deployment& deployment_;
  std::map<const MethodInfo*, std::vector<TypeDescription>> types_;
  // The sums of the probabilities of all ranks up to each, by number of ranks and exponent.
  std::map<std::pair<std::int64_t, double>, std::vector<double>> ranks_;
};

}  // namespace troupe::sim
