// The runtimes that the conformance suite runs on: the simulator, with messages as objects and with
// every message encoded, and threads, one and several, on a virtual clock.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "remote/remote_host.h"
#include "runtime/thread_runtime.h"
#include "sim/simulator.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
namespace {

Backend simulator(std::string name, bool encode) {
  return {std::move(name), [encode](const WorldOptions& options) {
            return std::make_unique<sim::Simulator>(sim::SimulatorOptions{
                .seed = options.seed,
                .network = {.latency = scenario::Constant{options.latency}, .loss = options.loss},
                .default_timeout = options.default_timeout,
                .encode_everything = encode});
          }};
}

Backend threads(std::string name, unsigned threads) {
  return {std::move(name), [threads](const WorldOptions& options) {
            return std::make_unique<ThreadRuntime>(
                ThreadRuntimeOptions{.threads = threads,
                                     .seed = options.seed,
                                     .default_timeout = options.default_timeout,
                                     .clock = ClockKind::kVirtual,
                                     .latency = options.latency,
                                     .loss = options.loss});
          }};
}

// Each host behind a dispatcher of its own: every message between two of them goes through gRPC.
Backend grpc(std::string name) {
  return {std::move(name), [](const WorldOptions& options) {
            absl::StatusOr<std::unique_ptr<RemoteHost>> host =
                RemoteHost::start({.host_names = HostNames::kByNumber,
                                   .runtime = {.threads = 2,
                                               .seed = options.seed,
                                               .default_timeout = options.default_timeout,
                                               .clock = ClockKind::kVirtual,
                                               .latency = options.latency,
                                               .loss = options.loss}});
            if (!host.ok()) {
              std::fprintf(stderr, "%s\n", host.status().ToString().c_str());
              std::abort();
            }
            return std::unique_ptr<System>(*std::move(host));
          }};
}

}  // namespace

std::vector<Backend> backends() {
  return {simulator("Simulator", false), simulator("SimulatorEncoded", true),
          threads("OneThread", 1), threads("FourThreads", 4), grpc("Grpc")};
}

}  // namespace troupe::conformance
