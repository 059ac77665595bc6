// The benchmarks of local_definition.h with CAF, the C++ Actor Framework, written to be as fast as
// Debian's version of it goes.
//
// What makes it fast:
//   - event-based actors from functions, messages of plain numbers, no profiler and no log;
//   - hidden actors: the registry does not count who is running;
//   - requests without a deadline, answered in the order of asking (await).
//   - the better of CAF's two schedulers, which depends on the work: --on=stealing, its default, or
//     --on=sharing, one queue for all threads.

#include <caf/all.hpp>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/local_definition.h"

namespace troupe::bench {
namespace {

// Where the last actor leaves the result.
class Result {
 public:
  void set(Number value) {
    const std::lock_guard lock(mutex_);
    value_ = value;
    there_.notify_one();
  }
  Number wait() {
    std::unique_lock lock(mutex_);
    there_.wait(lock, [this] { return value_.has_value(); });
    return *std::exchange(value_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::optional<Number> value_;
};

template <class... Arguments>
caf::actor spawn(caf::actor_system& system, Arguments&&... arguments) {
  return system.spawn<caf::hidden>(std::forward<Arguments>(arguments)...);
}

// --- ping_pong ----------------------------------------------------------------------------------

caf::behavior ponger() {
  return {[](Number number) { return number + 1; }};
}

struct PingState {
  caf::actor ponger;
  Number messages = 0;
  Number asked = 0;
  Number sum = 0;
  Result* result = nullptr;
};

void ask_next(caf::stateful_actor<PingState>* self) {
  PingState& state = self->state;
  self->request(state.ponger, caf::infinite, state.asked++).await([self](Number answer) {
    PingState& state = self->state;
    state.sum += answer;
    if (state.asked < state.messages) {
      ask_next(self);
    } else {
      state.result->set(state.sum);
    }
  });
}

caf::behavior pinger(caf::stateful_actor<PingState>* self, const caf::actor& ponger,
                     Number messages, Result* result) {
  self->state = {.ponger = ponger, .messages = messages, .result = result};
  return {[self](caf::ok_atom) { ask_next(self); }};
}

void ping_pong(caf::actor_system& system, const Options& options, Result& result) {
  const caf::actor pong = spawn(system, ponger);
  const caf::actor ping = spawn(system, pinger, pong, options.messages, &result);
  const Measurement measurement;
  caf::anon_send(ping, caf::ok_atom::value);
  measurement.print(result.wait());
}

// --- ring ---------------------------------------------------------------------------------------

struct RingState {
  caf::actor next;
};

caf::behavior ring_node(caf::stateful_actor<RingState>* self, Number number, caf::actor next,
                        Result* result) {
  self->state.next = std::move(next);
  return {
      [=](Number left, Number check) {
        check = next_check(check, number);
        if (left == 0) {
          result->set(check);
        } else {
          self->send(self->state.next, left - 1, check);
        }
      },
      [=](const caf::actor& first) { self->state.next = first; },
  };
}

void ring(caf::actor_system& system, const Options& options, Result& result) {
  const Number last = options.actors - 1;
  const caf::actor end = spawn(system, ring_node, last, caf::actor(), &result);
  caf::actor first = end;
  for (Number i = last; i-- > 0;) first = spawn(system, ring_node, i, first, &result);
  caf::anon_send(end, first);
  auto send_around = [&](Number messages) {
    caf::anon_send(first, messages, Number{0});
    return result.wait();
  };
  send_around(options.actors);
  const Measurement measurement;
  measurement.print(send_around(options.messages));
}

// --- many_to_one --------------------------------------------------------------------------------

struct Sum {
  Number count = 0;
  Number sum = 0;
};

caf::behavior collector(caf::stateful_actor<Sum>* self, Number messages, Result* result) {
  return {[=](Number number) {
    self->state.sum += number;
    if (++self->state.count == messages) result->set(self->state.sum);
  }};
}

caf::behavior sender(caf::event_based_actor* self, Number begin, Number end, caf::actor to) {
  return {[=](caf::ok_atom) {
    for (Number i = begin; i < end; ++i) self->send(to, i);
  }};
}

void many_to_one(caf::actor_system& system, const Options& options, Result& result) {
  const caf::actor to = spawn(system, collector, options.actors * options.messages, &result);
  std::vector<caf::actor> senders;
  for (Number i = 0; i < options.actors; ++i) {
    const Number begin = i * options.messages;
    senders.push_back(spawn(system, sender, begin, begin + options.messages, to));
  }
  const Measurement measurement;
  for (const caf::actor& each : senders) caf::anon_send(each, caf::ok_atom::value);
  measurement.print(result.wait());
}

// --- create -------------------------------------------------------------------------------------

caf::behavior child(caf::event_based_actor* self, Number number, const caf::actor& maker) {
  self->send(maker, number);
  return {[](caf::ok_atom) {}};
}

struct MakerState : Sum {
  std::vector<caf::actor> children;
};

caf::behavior maker(caf::stateful_actor<MakerState>* self, Number actors, Result* result) {
  return {
      [=](caf::ok_atom) {
        self->state.children.reserve(actors);
        const caf::actor me = self;
        for (Number i = 0; i < actors; ++i) {
          self->state.children.push_back(self->spawn<caf::hidden>(child, i, me));
        }
      },
      [=](Number number) {
        self->state.sum += number;
        if (++self->state.count == actors) result->set(self->state.sum);
      },
  };
}

void create(caf::actor_system& system, const Options& options, Result& result) {
  const caf::actor one = spawn(system, maker, options.actors, &result);
  const Measurement measurement;
  caf::anon_send(one, caf::ok_atom::value);
  measurement.print(result.wait());
}

// --- skynet -------------------------------------------------------------------------------------

caf::behavior skynet_node(caf::stateful_actor<Sum>* self, const caf::actor& maker, Number first,
                          Number leaves, Result* result) {
  if (leaves == 1) {
    self->send(maker, first);
    return {};  // No behavior, so that it ends.
  }
  const caf::actor me = self;
  for (Number i = 0; i < 10; ++i) {
    const Number part = leaves / 10;
    self->spawn<caf::hidden>(skynet_node, me, first + i * part, part, result);
  }
  return {[=](Number number) {
    self->state.sum += number;
    if (++self->state.count < 10) return;
    if (maker) {
      self->send(maker, self->state.sum);
    } else {
      result->set(self->state.sum);
    }
    self->quit();
  }};
}

void skynet(caf::actor_system& system, const Options& options, Result& result) {
  const Measurement measurement;
  spawn(system, skynet_node, caf::actor(), Number{0}, options.actors, &result);
  measurement.print(result.wait());
}

// --- independent --------------------------------------------------------------------------------

caf::behavior worker(caf::stateful_actor<Sum>* self, Number number, const caf::actor& to) {
  self->state.sum = number;
  return {[=](Number left) {
    self->state.sum = work(self->state.sum);
    if (left > 1) {
      self->send(self, left - 1);
    } else {
      self->send(to, self->state.sum);
    }
  }};
}

void independent(caf::actor_system& system, const Options& options, Result& result) {
  const caf::actor to = spawn(system, collector, options.actors, &result);
  std::vector<caf::actor> workers;
  for (Number i = 0; i < options.actors; ++i) workers.push_back(spawn(system, worker, i, to));
  const Measurement measurement;
  for (const caf::actor& each : workers) caf::anon_send(each, options.messages);
  measurement.print(result.wait());
}

void run(const char* program, const Options& options) {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", options.threads);
  config.set("scheduler.policy",
             options.on == "sharing" ? caf::atom("sharing") : caf::atom("stealing"));
  caf::actor_system system(config);
  Result result;
  const struct {
    std::string_view name;
    void (*run)(caf::actor_system&, const Options&, Result&);
  } benchmarks[] = {
      {"ping_pong", ping_pong}, {"ring", ring},     {"many_to_one", many_to_one},
      {"create", create},       {"skynet", skynet}, {"independent", independent},
  };
  for (const auto& benchmark : benchmarks) {
    if (benchmark.name != options.benchmark) continue;
    benchmark.run(system, options, result);
    // Ending properly would wait for actors that nobody stops.
    std::_Exit(0);
  }
  end_with_usage(program);
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  const troupe::bench::Options options = troupe::bench::parse_options(argc, argv);
  troupe::bench::run(argv[0], options);
}
