// A small world in which everything happens that a trace can show: calls, one-way messages, timers,
// a call that is handed on, losses, timeouts, failures, an actor that stops and a host that
// crashes.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/actor.h"
#include "sim/simulator.h"

namespace troupe::tests {

ACTOR_METHODS(Backend, lookup, log)

class Backend : public Actor<Backend> {
 public:
  Sync<int> lookup(int key) {
    if (key < 0) return absl::NotFoundError("no such key; \"" + std::to_string(key) + "\"");
    return key * 10;
  }
  Async log(std::string line) {
    if (line.empty()) return absl::InvalidArgumentError("an empty line");
    lines_ += line + "\n";
    return {};
  }

 private:
  std::string lines_;
};

ACTOR_METHODS(Server, ask, pass_on, slow)

class Server : public Actor<Server> {
 public:
  explicit Server(Ref<Backend> backend) : backend_(backend) {}

  Parallel<Sync<int>> ask(int key) {
    backend_.log("asked");
    co_return co_await backend_.lookup(key);
  }
  Sync<int> pass_on(int key) { return delegate(backend_.lookup(key)); }
  Parallel<Sync<>> slow(int milliseconds) {
    co_await sleep(std::chrono::milliseconds(milliseconds));
  }

 private:
  Ref<Backend> backend_;
};

ACTOR_METHODS(Client, shop, again, sum, leave)

class Client : public Actor<Client> {
 public:
  Client(Ref<Server> server, Ref<Backend> backend) : server_(server), backend_(backend) {}

  // One thing after another, each whatever became of the one before.
  Parallel<Async> shop() {
    sum_ += co_await server_.ask(1).within(60ms).value_or(0);
    sum_ += co_await server_.pass_on(2).within(60ms).value_or(0);
    sum_ += co_await server_.ask(-1).within(60ms).value_or(0);
    absl::StatusOr<Nothing> slow = co_await server_.slow(100).within(50ms).status_or();
    if (slow.ok()) ++sum_;
    backend_.log("");
  }
  Parallel<Async> again() { co_await server_.slow(1000); }
  Sync<int> sum() { return sum_; }
  Async leave() {
    stop();
    return {};
  }

 protected:
  Async on_start() override {
    every(400ms, &Client::shop, 5ms);
    return {};
  }

 private:
  Ref<Server> server_;
  Ref<Backend> backend_;
  int sum_ = 0;
};

struct ShopOptions {
  std::uint64_t seed = 1;
  double loss = 0;
  bool encode_everything = false;
};

// A day at the shop. Whoever wants to watch it attaches an observer to `simulator` before run().
class Shop {
 public:
  explicit Shop(ShopOptions options = {})
      : simulator({.seed = options.seed,
                   .network = {.latency = scenario::Constant{10ms}, .loss = options.loss},
                   .encode_everything = options.encode_everything}) {}

  void run() {
    const HostId store = simulator.add_host("store");
    const HostId desk = simulator.add_host("desk");
    const HostId home = simulator.add_host("home");
    const Ref<Backend> backend = simulator.spawn<Backend>(store);
    const Ref<Server> server = simulator.spawn<Server>(desk, backend);
    const Ref<Client> client = simulator.spawn<Client>(home, server, backend);
    simulator.run_until(Time(350ms));
    simulator.act([&] { client.again(); });
    simulator.run_until(Time(380ms));
    simulator.crash(desk);
    simulator.run_until(Time(430ms));
    total = simulator.ask(client.sum());
    simulator.act([&] { client.leave(); });
    simulator.run_until_quiet();
    after_the_end = simulator.ask(client.sum());
  }

  sim::Simulator simulator;
  absl::StatusOr<int> total;
  absl::StatusOr<int> after_the_end;
};

}  // namespace troupe::tests
