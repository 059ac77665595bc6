// The remote benchmarks of remote_definition.h in Troupe, written as its users would: two hosts in
// two processes, an actor on each. A program that has one host and one line more or less would do
// the same in one process.
//
//   bazel run --config=opt //bench:remote -- ask --messages=100000 --outstanding=256
#include "remote/remote_host.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "actor/actor.h"
#include "actor/host.h"
#include "bench/remote_definition.h"

namespace troupe::bench {
namespace {

using namespace std::chrono_literals;

ACTOR_METHODS(Peer, ask, tell, sum)
ACTOR_METHODS(Client, ask_all, work, tell_all, go_on)

struct Packet {
  std::uint64_t number = 0;
  std::string payload;
  FIELDS(number, payload)
};

class Peer : public Actor<Peer> {
 public:
  Sync<Packet> ask(Packet packet) {
    ++packet.number;
    return packet;
  }
  Async tell(Packet packet) {
    sum_ += packet.number;
    return {};
  }
  Sync<std::uint64_t> sum() { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

class Client : public Actor<Client> {
 public:
  // Gives the result of the benchmark.
  Parallel<Sync<std::uint64_t, NoTimeout>> ask_all(Ref<Peer> peer, std::uint64_t messages,
                                                   std::uint64_t outstanding) {
    peer_ = peer;
    messages_ = messages;
    for (std::uint64_t i = 0; i < outstanding; ++i) self().work();
    co_await until([this] { return measurement_.answers() == messages_; });
    co_return sum_;
  }
  Parallel<Async> work() {
    while (next_ < messages_) {
      const auto asked = RemoteMeasurement::Clock::now();
      const Packet answer = co_await peer_.ask(Packet{next_++, payload_}).within(1min);
      measurement_.answered(asked);
      if (answer.payload != payload_) std::abort();
      sum_ += answer.number;
    }
  }

  Parallel<Sync<std::uint64_t, NoTimeout>> tell_all(Ref<Peer> peer, std::uint64_t messages) {
    peer_ = peer;
    messages_ = messages;
    self().go_on();
    co_await until([this] { return next_ == messages_; });
    co_return co_await peer_.sum().within(1min);
  }
  // Some, and the rest when it is its turn again.
  Async go_on() {
    for (int i = 0; i < 64 && next_ < messages_; ++i) peer_.tell(Packet{next_++, payload_});
    if (next_ < messages_) self().go_on();
    return {};
  }

  explicit Client(RemoteMeasurement& measurement) : measurement_(measurement) {}

 private:
  RemoteMeasurement& measurement_;
  const std::string payload_ = std::string(kPayload, 'x');
  Ref<Peer> peer_;
  std::uint64_t messages_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t sum_ = 0;
};

template <class T>
T must(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
  std::_Exit(1);
}

template <class TellPort>
void serve(TellPort tell_port) {
  const std::unique_ptr<RemoteHost> host = must(RemoteHost::start());
  must(spawn_with<Peer>(*host, 0, {.name = "peer"}));
  const std::string address = host->address();
  tell_port(std::atoi(address.substr(address.rfind(':') + 1).c_str()));
}

int run(const RemoteOptions& options, const std::string& address) {
  const std::unique_ptr<RemoteHost> host = must(RemoteHost::start());
  const Ref<Host> there = must(host_named(*host, address));
  const Ref<Peer> peer = must(must(host->ask(there.lookup("peer"))).as<Peer>());
  // The connection is there before the clock starts.
  RemoteMeasurement measurement(options);
  const Ref<Client> client = host->spawn<Client>(0, measurement);
  measurement.print(must(host->ask(options.benchmark == "ask"
                                       ? client.ask_all(peer, options.messages, options.outstanding)
                                       : client.tell_all(peer, options.messages))));
  return 0;
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  const RemoteOptions options = parse_remote_options(argc, argv);
  const ServerProcess server([](auto tell_port) { serve(tell_port); });
  return run(options, server.address());
}
