// A host process of the tests: has a "target", a "nursery", a "courier" and "faults", and spawns
// others of actors.h. Prints "listening ADDRESS" when it can be reached, and ends in an orderly way
// with SIGTERM.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "actor/spawn.h"
#include "remote/network_faults.h"
#include "remote/remote_host.h"
#include "runtime/serve.h"
#include "tests/remote/actors.h"
#include "tests/remote/courier.h"
#include "tests/remote/hosts.h"
#include "tests/remote/model.h"

int main(int argc, char** argv) {
  using namespace troupe;
  using namespace troupe::remote_test;
  const absl::StatusOr<RemoteHostOptions> options =
      options_from({argv + 1, static_cast<std::size_t>(argc - 1)});
  if (!options.ok()) {
    std::fprintf(stderr, "test_host: %s\n", options.status().ToString().c_str());
    return 2;
  }
  const auto started = RemoteHost::start(*options);
  if (!started.ok()) {
    std::fprintf(stderr, "test_host: %s\n", started.status().ToString().c_str());
    return 2;
  }
  RemoteHost& host = **started;
  allow_spawning(host, kTarget, kSender, kFlooder);
  allow_spawning(host, kSubject, kDriver, kLeaver, kAuditor, kEventBus);
  if (!spawn_with<Target>(host, 0, {.name = "target"}).ok()) return 2;
  if (!spawn_with<chord::Nursery>(host, 0, {.name = "nursery"}).ok()) return 2;
  if (!spawn_with<Courier>(host, 0, {.name = "courier"}).ok()) return 2;
  if (!spawn_with<NetworkFaults>(host, 0, {.name = "faults"}, host).ok()) return 2;
  serve(host, kPatience, [&host] {
    std::printf("listening %s\n", host.address().c_str());
    std::fflush(stdout);
  });
  const RemoteHost::Connections connections = host.connections();
  std::printf("refused %llu\n", static_cast<unsigned long long>(connections.refused));
  return 0;
}
