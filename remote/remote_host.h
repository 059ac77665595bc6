// RemoteHost: actors in several processes, on one machine or many. A ThreadRuntime whose host can
// be reached by others, and reaches them, over gRPC.
//
//   const auto host = RemoteHost::start({.listen = "10.0.0.1:7000", .name = "one"});
//   if (!host.ok()) ...                                  // the address is taken, a file is missing
//   RemoteHost& system = **host;
//   system.spawn_with ...; names(...)                    // as in any other runtime
//
//   // In another process: the actor that is called "office" there.
//   const auto office = resolve(system, "troupe://10.0.0.1:7000/office");
//
// An actor cannot tell whether another one is in its process: a Ref that comes in a message works
// wherever it came from, also where it is passed on to a third host, or back home.
//
// What fails, and when the caller learns it (all of it can be set, see Reach):
//   nobody listens there             UNAVAILABLE after `connect`, 1 s
//   the process was killed           UNAVAILABLE after `reconnect`, 2 s
//   it has been started anew         UNAVAILABLE at once: its earlier actors are gone
//   it hangs, or the network is cut  UNAVAILABLE after `silence`, 3 s
// Monitors and links hear of it at the same time. A connection that breaks and comes back within
// `reconnect` loses nothing and doubles nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "remote/link_fault.h"
#include "remote/log.h"
#include "runtime/thread_runtime.h"

namespace troupe {

// What a client may do that is no host.
enum class Right : std::uint8_t {
  kLook,   // lookup, names_here, actors, statistics and status of the host; reflection
  kCall,   // call the methods of actors
  kSpawn,  // spawn actors, and give and take names
  kStop,   // stop actors, and turn the trace off and on
};
std::string_view to_string(Right right);  // "look", "call", "spawn", "stop"

struct ClientToken {
  std::string token;
  std::vector<Right> rights;
};

// Who may connect. Without any of it only loopback is listened on, and everybody there may.
struct Admission {
  // All hosts have the same, and each shows it to the others.
  std::string token = {};
  // Those who show one of these are hosts, too; this host shows `token`. So a token can be replaced
  // on one host after the other.
  std::vector<std::string> other_tokens = {};
  // Clients, which may do only what their token says. Wants a `token` of hosts.
  std::vector<ClientToken> clients = {};
  // Files in PEM format: both ends show a certificate, of this authority. The name or address that
  // others use for this host is in its certificate.
  std::string certificate_file = {};
  std::string key_file = {};
  std::string authority_file = {};
  // Other than loopback without certificates: whoever sees the network reads along.
  bool insecure = false;
};

// How long others have, and how much may wait for them.
struct Reach {
  Duration connect = std::chrono::seconds(1);
  Duration reconnect = std::chrono::seconds(2);
  Duration silence = std::chrono::seconds(3);
  Duration heartbeat = std::chrono::milliseconds(500);
  // For one host, in bytes: from half of it on, whoever sends there is held back; beyond it, calls
  // fail with RESOURCE_EXHAUSTED.
  std::size_t queue = std::size_t{64} << 20;
  // From one host, in bytes: what its messages take that no actor has looked at yet. As much again
  // of what waits for actors that keep their turns; beyond it, calls of these are refused.
  std::size_t inbox = std::size_t{64} << 20;
  std::size_t largest_message = std::size_t{16} << 20;
  std::size_t most_peers = 10'000;
  // Of gRPC clients that are no hosts, at once.
  std::size_t most_client_calls = 10'000;
};

// What hosts are called in texts and in the addresses of actors.
enum class HostNames : std::uint8_t {
  kByAddress,  // so that every process can resolve them
  kByNumber,   // n0, n1, ...: as in a simulator, where all hosts are in this process
};

struct RemoteHostOptions {
  std::string listen = "127.0.0.1:0";  // port 0: any that is free
  std::string advertise = {};          // how others reach it; empty: as in `listen`
  std::string name = {};               // for people, and for host_named(); empty: the address
  HostNames host_names = HostNames::kByAddress;
  Admission admission = {};
  Reach reach = {};
  // What gRPC's health service says from the beginning: see set_serving().
  bool serving = true;
  // Takes what happens between hosts, a line each, on any thread. Empty: what goes wrong goes to
  // standard error. What others have sent is escaped in a line, and cut.
  std::function<void(const LogLine& line)> log = {};
  // Of these, in a second; then one line says how many were left out. Lines about those who
  // were refused are at most half of it.
  std::size_t most_log_lines = 50;
  ThreadRuntimeOptions runtime = {};
};

class RemoteHost final : public ThreadRuntime {
 public:
  // Listens. INVALID_ARGUMENT, UNAVAILABLE: what is wrong, with the remedy.
  static absl::StatusOr<std::unique_ptr<RemoteHost>> start(RemoteHostOptions options = {});
  // Stops, and says on standard error who was still waiting, and for what.
  ~RemoteHost() override;

  // How others reach a host of this process: "10.0.0.1:7000". Host 0 is there from the beginning.
  std::string address(HostId host = 0) const;

  // Gives host 0 the first time; then one more host in this process, on a port of its own. A port
  // that cannot be had is a mistake of the program's author: it says so and aborts.
  HostId add_host(std::string name = {}) override;

  // Says goodbye to all other hosts, then stops as a ThreadRuntime does.
  std::vector<std::string> stop();
  using System::stop;

  // What gRPC's health service says: SERVING or NOT_SERVING. Nothing else depends on it.
  void set_serving(bool serving);
  // For a host that is about to be stopped: it says NOT_SERVING, and spawns no more actors for
  // others, who get UNAVAILABLE. All else goes on.
  void drain();

  // Takes the texts of what goes wrong between hosts, in place of RemoteHostOptions::log.
  void on_log(std::function<void(const std::string& text)> log);

  // From now on others are let in by these tokens, and connections that begin a second later show
  // and want these certificates. What is connected stays so. INVALID_ARGUMENT: what is wrong, and
  // nothing has changed; a host with certificates keeps having some, and one without has none.
  absl::Status replace_admission(const Admission& admission);

  struct Connections {
    std::uint64_t up = 0;
    std::uint64_t sent = 0;  // messages
    std::uint64_t received = 0;
    std::uint64_t writes = 0;  // that took them
    std::uint64_t reconnects = 0;
    std::uint64_t refused = 0;  // hosts that were not admitted
  };
  Connections connections() const;

  // What goes wrong on purpose between this host and another, in place of what was set before;
  // nothing: the network is good. `other` is an address or a name. See network_faults.h for an
  // actor that does it. INVALID_ARGUMENT, NOT_FOUND: what is wrong.
  absl::Status set_fault(std::string_view other, const LinkFault& fault);

 private:
  class Beyond;

  RemoteHost(RemoteHostOptions options, std::unique_ptr<Beyond> beyond);
  HostId add_named(const std::string& address);

  std::unique_ptr<Beyond> beyond_;
  bool stopped_ = false;
  bool gave_first_ = false;
};

}  // namespace troupe
