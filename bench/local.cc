// The benchmarks of local_definition.h with Troupe's actors, written as an author would: nothing
// but the public API, no shortcut for the benchmark. On threads, or with --on=sim in the simulator.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/system.h"
#include "bench/local_definition.h"
#include "runtime/thread_runtime.h"
#include "sim/simulator.h"

namespace troupe::bench::local {

ACTOR_METHODS(Result, set, get)

// Where the last actor leaves the result, and the program waits for it.
class Result : public Actor<Result> {
 public:
  Async set(Number value) {
    value_ = value;
    return {};
  }
  Parallel<Sync<Number>> get() {
    co_await until([this] { return value_.has_value(); });
    co_return *std::exchange(value_, std::nullopt);
  }

 private:
  std::optional<Number> value_;
};

// What a benchmark runs in.
struct World {
  System& system;
  HostId host;
  const Options& options;

  template <class A, class... Arguments>
  Ref<A> spawn(Arguments&&... arguments) {
    return system.spawn<A>(host, std::forward<Arguments>(arguments)...);
  }

  // However long it takes.
  Number wait_for(Call<Number> call) {
    const absl::StatusOr<Number> answer = system.ask(std::move(call).within(kNoTimeout));
    if (!answer.ok()) {
      std::fprintf(stderr, "no result: %s\n", answer.status().ToString().c_str());
      std::exit(1);
    }
    return *answer;
  }
};

// --- ping_pong ----------------------------------------------------------------------------------

ACTOR_METHODS(Ponger, answer)
ACTOR_METHODS(Pinger, sum_of_answers)

class Ponger : public Actor<Ponger> {
 public:
  Sync<Number> answer(Number number) { return number + 1; }
};

class Pinger : public Actor<Pinger> {
 public:
  explicit Pinger(Ref<Ponger> ponger) : ponger_(ponger) {}

  Sync<Number> sum_of_answers(Number messages) {
    Number sum = 0;
    for (Number i = 0; i < messages; ++i) sum += co_await ponger_.answer(i);
    co_return sum;
  }

 private:
  Ref<Ponger> ponger_;
};

void ping_pong(World& world) {
  const Ref<Pinger> pinger = world.spawn<Pinger>(world.spawn<Ponger>());
  const Measurement measurement;
  measurement.print(world.wait_for(pinger.sum_of_answers(world.options.messages)));
}

// --- ring ---------------------------------------------------------------------------------------

ACTOR_METHODS(RingNode, set_next, token)

class RingNode : public Actor<RingNode> {
 public:
  RingNode(Number number, Ref<RingNode> next, Ref<Result> result)
      : number_(number), next_(next), result_(result) {}

  Async set_next(Ref<RingNode> next) {
    next_ = next;
    return {};
  }
  Async token(Number left, Number check) {
    check = next_check(check, number_);
    if (left == 0) {
      result_.set(check);
    } else {
      next_.token(left - 1, check);
    }
    return {};
  }

 private:
  Number number_;
  Ref<RingNode> next_;
  Ref<Result> result_;
};

void ring(World& world) {
  const Ref<Result> result = world.spawn<Result>();
  const Number last_number = world.options.actors - 1;
  const auto last = world.spawn<RingNode>(last_number, Ref<RingNode>(), result);
  Ref<RingNode> first = last;
  for (Number i = last_number; i-- > 0;) first = world.spawn<RingNode>(i, first, result);
  world.system.act([&] { last.set_next(first); });
  auto send_around = [&](Number messages) {
    world.system.act([&] { first.token(messages, 0); });
    return world.wait_for(result.get());
  };
  send_around(world.options.actors);
  const Measurement measurement;
  measurement.print(send_around(world.options.messages));
}

// --- many_to_one --------------------------------------------------------------------------------

ACTOR_METHODS(Collector, add)
ACTOR_METHODS(Sender, send)

class Collector : public Actor<Collector> {
 public:
  Collector(Number messages, Ref<Result> result) : left_(messages), result_(result) {}

  Async add(Number number) {
    sum_ += number;
    if (--left_ == 0) result_.set(sum_);
    return {};
  }

 private:
  Number left_;
  Number sum_ = 0;
  Ref<Result> result_;
};

class Sender : public Actor<Sender> {
 public:
  explicit Sender(Ref<Collector> to) : to_(to) {}

  Async send(Number begin, Number end) {
    for (Number i = begin; i < end; ++i) to_.add(i);
    return {};
  }

 private:
  Ref<Collector> to_;
};

void many_to_one(World& world) {
  const Number actors = world.options.actors;
  const Number messages = world.options.messages;
  const Ref<Result> result = world.spawn<Result>();
  const auto collector = world.spawn<Collector>(actors * messages, result);
  std::vector<Ref<Sender>> senders;
  for (Number i = 0; i < actors; ++i) senders.push_back(world.spawn<Sender>(collector));
  const Measurement measurement;
  world.system.act([&] {
    for (Number i = 0; i < actors; ++i) senders[i].send(i * messages, (i + 1) * messages);
  });
  measurement.print(world.wait_for(result.get()));
}

// --- create -------------------------------------------------------------------------------------

ACTOR_METHODS(Maker, make, add)
ACTOR_METHODS(Child)

class Child : public Actor<Child> {
 public:
  Child(Number number, Ref<Maker> maker) : number_(number), maker_(maker) {}

 private:
  Async on_start() override;

  Number number_;
  Ref<Maker> maker_;
};

class Maker : public Actor<Maker> {
 public:
  explicit Maker(Ref<Result> result) : result_(result) {}

  Async make(Number actors) {
    children_.reserve(actors);
    for (Number i = 0; i < actors; ++i) children_.push_back(spawn<Child>(i, self()));
    return {};
  }
  Async add(Number number) {
    sum_ += number;
    if (++count_ == children_.size()) result_.set(sum_);
    return {};
  }

 private:
  std::vector<Ref<Child>> children_;
  Number count_ = 0;
  Number sum_ = 0;
  Ref<Result> result_;
};

Async Child::on_start() {
  maker_.add(number_);
  return {};
}

void create(World& world) {
  const Ref<Result> result = world.spawn<Result>();
  const auto maker = world.spawn<Maker>(result);
  const Measurement measurement;
  world.system.act([&] { maker.make(world.options.actors); });
  measurement.print(world.wait_for(result.get()));
}

// --- skynet -------------------------------------------------------------------------------------

ACTOR_METHODS(SkynetNode, add)

class SkynetNode : public Actor<SkynetNode> {
 public:
  // The root has no maker, the others no result.
  SkynetNode(Ref<SkynetNode> maker, Ref<Result> result, Number first, Number leaves)
      : maker_(maker), result_(result), first_(first), leaves_(leaves) {}

  Async add(Number number) {
    sum_ += number;
    if (++count_ == kParts) tell(sum_);
    return {};
  }

 private:
  static constexpr Number kParts = 10;

  Async on_start() override {
    if (leaves_ == 1) {
      tell(first_);
    } else {
      const Number part = leaves_ / kParts;
      for (Number i = 0; i < kParts; ++i) {
        spawn<SkynetNode>(self(), Ref<Result>(), first_ + i * part, part);
      }
    }
    return {};
  }

  void tell(Number sum) {
    if (maker_) {
      maker_.add(sum);
    } else {
      result_.set(sum);
    }
    stop();
  }

  Ref<SkynetNode> maker_;
  Ref<Result> result_;
  Number first_;
  Number leaves_;
  Number count_ = 0;
  Number sum_ = 0;
};

void skynet(World& world) {
  const Ref<Result> result = world.spawn<Result>();
  const Measurement measurement;
  world.spawn<SkynetNode>(Ref<SkynetNode>(), result, Number{0}, world.options.actors);
  measurement.print(world.wait_for(result.get()));
}

// --- independent --------------------------------------------------------------------------------

ACTOR_METHODS(Worker, go_on)

class Worker : public Actor<Worker> {
 public:
  Worker(Number number, Ref<Collector> to) : state_(number), to_(to) {}

  Async go_on(Number left) {
    state_ = work(state_);
    if (left > 1) {
      self().go_on(left - 1);
    } else {
      to_.add(state_);
    }
    return {};
  }

 private:
  Number state_;
  Ref<Collector> to_;
};

void independent(World& world) {
  const Ref<Result> result = world.spawn<Result>();
  const auto collector = world.spawn<Collector>(world.options.actors, result);
  std::vector<Ref<Worker>> workers;
  for (Number i = 0; i < world.options.actors; ++i) {
    workers.push_back(world.spawn<Worker>(i, collector));
  }
  const Measurement measurement;
  world.system.act([&] {
    for (const Ref<Worker>& worker : workers) worker.go_on(world.options.messages);
  });
  measurement.print(world.wait_for(result.get()));
}

std::unique_ptr<System> make_system(const Options& options) {
  if (options.on == "sim")
    return std::make_unique<sim::Simulator>(
        sim::SimulatorOptions{.most_events_at_once = 1'000'000'000'000});
  return std::make_unique<ThreadRuntime>(ThreadRuntimeOptions{.threads = options.threads});
}

bool run(const Options& options) {
  const struct {
    std::string_view name;
    void (*run)(World&);
  } benchmarks[] = {
      {"ping_pong", ping_pong}, {"ring", ring},     {"many_to_one", many_to_one},
      {"create", create},       {"skynet", skynet}, {"independent", independent},
  };
  for (const auto& benchmark : benchmarks) {
    if (benchmark.name != options.benchmark) continue;
    const std::unique_ptr<System> system = make_system(options);
    World world = {*system, system->add_host(), options};
    benchmark.run(world);
    return true;
  }
  return false;
}

}  // namespace troupe::bench::local

int main(int argc, char** argv) {
  using namespace troupe::bench;
  const Options options = parse_options(argc, argv);
  if (!local::run(options)) end_with_usage(argv[0]);
}
