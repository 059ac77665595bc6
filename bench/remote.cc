// The remote benchmarks of remote_definition.h in Troupe: an actor that asks, or tells, an actor of
// another process.
//
//   bazel run --config=opt //bench:remote -- ask --messages=500000 --outstanding=256
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "actor/actor.h"
#include "actor/host.h"
#include "actor/names.h"
#include "bench/remote_definition.h"
#include "remote/remote_host.h"

namespace troupe::bench::remote {

using Number = std::uint64_t;

struct Packet {
  Number number = 0;
  std::string payload;
  FIELDS(number, payload)
};

ACTOR_METHODS(Echo, ask, tell, sum)

class Echo : public Actor<Echo> {
 public:
  Sync<Packet> ask(Packet packet) {
    ++packet.number;
    return packet;
  }
  Async tell(Packet packet) {
    sum_ += packet.number;
    ++told_;
    return {};
  }
  // When so many have been told.
  Parallel<Sync<Number, NoTimeout>> sum(Number messages) {
    co_await until([&] { return told_ >= messages; });
    co_return sum_;
  }

 private:
  Number sum_ = 0;
  Number told_ = 0;
};

ACTOR_METHODS(Client, ask, ask_on, tell)

class Client : public Actor<Client> {
 public:
  Client(Ref<Echo> echo, RemoteMeasurement* measurement) : echo_(echo), measurement_(measurement) {}

  // Gives the sum of all answers.
  Parallel<Sync<Number, NoTimeout>> ask(Number messages, Number outstanding) {
    messages_ = messages;
    for (Number i = 0; i < outstanding; ++i) self().ask_on();
    co_await until([&] { return measurement_->answers() == messages_; });
    co_return sum_;
  }

  // One of those that are under way.
  Parallel<Async> ask_on() {
    while (next_ < messages_) {
      const auto asked = RemoteMeasurement::Clock::now();
      const Packet request = {next_++, payload_};
      const Packet answer = co_await echo_.ask(request).within(30s);
      if (answer.payload != payload_) std::abort();
      sum_ += answer.number;
      measurement_->answered(asked);
    }
  }

  Async tell(Number begin, Number end, Number messages) {
    for (Number i = begin; i < end; ++i) echo_.tell(Packet{i, payload_});
    // In portions, so that it can be held back where the other end is slower.
    if (end < messages) self().tell(end, std::min(end + (end - begin), messages), messages);
    return {};
  }

 private:
  const Ref<Echo> echo_;
  RemoteMeasurement* const measurement_;
  const std::string payload_ = std::string(kPayload, 'x');
  Number messages_ = 0;
  Number next_ = 0;
  Number sum_ = 0;
};

template <class T>
T or_abort(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "%s\n", to_string(value.status()).c_str());
  std::exit(1);
}

void run(const RemoteOptions& options) {
  ServerProcess server([](auto tell_port) {
    const std::unique_ptr<RemoteHost> host =
        or_abort(RemoteHost::start({.runtime = {.threads = 1}}));
    or_abort(spawn_with<Echo>(*host, 0, {.name = "echo"}));
    const std::string address = host->address();
    tell_port(std::atoi(address.substr(address.rfind(':') + 1).c_str()));
  });
  const std::unique_ptr<RemoteHost> host = or_abort(RemoteHost::start({.runtime = {.threads = 1}}));
  const Ref<Host> there = or_abort(host_named(*host, server.address()));
  const Ref<Echo> echo(or_abort(host->ask(there.lookup("echo"))).id);

  RemoteMeasurement measurement(options);
  const auto client = host->spawn<Client>(0, echo, &measurement);
  if (options.benchmark == "ask") {
    measurement.print(or_abort(host->ask(client.ask(options.messages, options.outstanding))));
  } else {
    host->act([&] {
      client.tell(0, std::min<Number>(std::max<Number>(options.batch, 64), options.messages),
                  options.messages);
    });
    measurement.print(or_abort(host->ask(echo.sum(options.messages))));
  }
}

}  // namespace troupe::bench::remote

int main(int argc, char** argv) {
  troupe::bench::remote::run(troupe::bench::parse_remote_options(argc, argv));
}
