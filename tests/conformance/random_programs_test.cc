// Thousands of actors that do at random all that actors can do, on hosts that crash at random.
//
// What comes out does not matter; that nothing breaks, leaks or hangs does, and that every call
// ends. Most of its worth is under AddressSanitizer.
#include <cstdint>
#include <string>
#include <vector>

#include "sim/simulator.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using sim::Simulator;

struct Population {  // What the actors of one run have in common; none of it is an actor's state.
  std::vector<ActorId> known;
  int alive = 0;
  int open_locals = 0;
  int begun = 0;
  int ended = 0;
};

ACTOR_METHODS(Chaos, act, sync_act, parallel_act, slow, thrower, pass_on, tick)

class Chaos : public Actor<Chaos> {
 public:
  explicit Chaos(Population& population) : population_(population) { ++population_.alive; }
  ~Chaos() override { --population_.alive; }

  Async act(int budget) { co_await do_something(budget); }
  Sync<int> sync_act(int budget) {
    const Local local(population_);
    co_await do_something(budget);
    co_return budget;
  }
  Parallel<Sync<int>> parallel_act(int budget) {
    const Local local(population_);
    co_await do_something(budget);
    co_await do_something(budget / 2);
    co_return budget;
  }
  Sync<std::string> slow(std::string text) {
    const Local local(population_);
    co_await sleep(random().uniform(0ms, 300ms));
    co_return text;
  }
  Sync<int> thrower(int what) {
    if (what % 2 == 0) throw std::runtime_error("chaos");
    co_await sleep(1ms);
    throw what;
  }
  Sync<int> pass_on(int budget) {
    if (budget <= 0) return budget;
    return delegate(any().pass_on(budget - 1));
  }
  Parallel<Async> tick() {
    const Local local(population_);
    if (random().chance(0.2)) cancel(timer_);
    co_await sleep(random().uniform(0ms, 60ms));
    any().act(1);
  }

 private:
  struct Local {
    explicit Local(Population& population) : population(population) { ++population.open_locals; }
    ~Local() { --population.open_locals; }
    Population& population;
  };

  Async on_start() override {
    population_.known.push_back(id());
    trap_exits(random().chance(0.5));
    if (random().chance(0.2)) co_await sleep(random().uniform(0ms, 100ms));
    if (random().chance(0.1)) co_await fail(absl::AbortedError("a bad start"));
  }
  void on_stop() override {
    any().act(0);
    if (random().chance(0.1)) throw 1;
  }
  Async on_down(Exit) override { co_await do_something(1); }
  Async on_exit(Exit) override {
    if (random().chance(0.2)) co_await exit(absl::AbortedError("a bad exit"));
    co_await sleep(random().uniform(0ms, 20ms));
  }
  bool is_fatal(std::string_view, const absl::Status&) const override {
    return population_.known.size() % 7 == 0;
  }
  void on_failure(std::string_view, const absl::Status&) override {
    if (random().chance(0.1)) any().act(0);
  }

  Ref<Chaos> any() {
    const std::vector<ActorId>& known = population_.known;
    const std::size_t recent = std::min<std::size_t>(known.size(), 200);
    return Ref<Chaos>(known[known.size() - 1 - random().below(recent)]);
  }

  Sync<int> count(Call<int> call) {
    ++population_.begun;
    absl::StatusOr<int> answer = co_await std::move(call).status_or();
    ++population_.ended;
    co_return answer;
  }

  Sync<> do_something(int budget) {
    const Local local(population_);
    if (budget <= 0) co_return;
    switch (random().below(23)) {
      case 0:
        for (int i = 0; i < 3; ++i) spawn<Chaos>(population_).act(budget - 1);
        break;
      case 1:
        stop();
        break;
      case 2:
        stop(any());
        break;
      case 3:
        timer_ = every(random().uniform(5ms, 50ms), &Chaos::tick);
        break;
      case 4:
        timer_ = after(random().uniform(0ms, 50ms), &Chaos::act, budget - 1);
        break;
      case 5:
        cancel(timer_);
        break;
      case 6: {
        const int answer = co_await any().sync_act(budget - 1).value_or(0);
        any().act(answer - 1);
        break;
      }
      case 7:
        co_await count(any().parallel_act(budget - 1).within(random().uniform(1ms, 400ms)));
        break;
      case 8: {
        std::vector<Ref<Chaos>> group;
        for (std::uint64_t i = random().below(6); i > 0; --i) group.push_back(any());
        auto answers = co_await Multi<Chaos>(group)
                           .parallel_act(budget - 1)
                           .at_least(2)
                           .within(random().uniform(1ms, 400ms));
        any().act(static_cast<int>(answers.size()) - 2);
        break;
      }
      case 9: {
        std::vector<Ref<Chaos>> group;
        for (std::uint64_t i = random().below(6); i > 0; --i) group.push_back(any());
        Multi<Chaos>(group).act(budget - 2);
        auto answers = co_await Multi<Chaos>(group).slow("text").within(100ms);
        break;
      }
      case 10: {
        const int before = changes_;
        co_await until([&, this] { return changes_ > before + 1; }).within(200ms);
        break;
      }
      case 11:
        co_await any().pass_on(5);
        break;
      case 12:
        co_await any().thrower(budget).value_or(0);
        break;
      case 13:
        co_await self().sync_act(budget - 1);
        break;
      case 14:
        co_await sleep(random().uniform(0ms, 50ms));
        break;
      case 15:
        link(any());
        break;
      case 16:
        unlink(any());
        break;
      case 17:
        monitor_ = monitor(any());
        break;
      case 18:
        demonitor(monitor_);
        break;
      case 19:
        if (random().chance(0.3)) kill(any());
        if (random().chance(0.1)) co_await exit(absl::CancelledError("enough"));
        break;
      case 20:
        for (int i = 0; i < 2; ++i) spawn_link<Chaos>(population_).act(budget - 1);
        spawn_monitor<Chaos>(population_).ref.act(budget - 1);
        break;
      case 21: {
        const absl::StatusOr<Exit> end =
            co_await join(any()).within(random().uniform(1ms, 300ms)).status_or();
        if (end.ok()) any().act(budget - 1);
        break;
      }
      case 22: {
        const absl::StatusOr<bool> alive = co_await graceful_stop(any(), 100ms).status_or();
        if (!alive.ok()) any().act(budget - 1);
        break;
      }
    }
    ++changes_;
    for (int i = 0; i < 2; ++i) any().act(budget - 1);
  }

  Population& population_;
  Timer timer_;
  Monitor monitor_;
  int changes_ = 0;
};

struct Result {
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  std::size_t spawned = 0;
};

// A network where everything may befall a message.
scenario::Network wild_network() {
  scenario::Network network{.latency = scenario::Exponential{15ms}, .loss = 0.02};
  network.jitter = scenario::Uniform{0ms, 5ms};
  network.duplication = 0.2;
  network.corruption = 0.02;
  network.reordering = 0.3;
  network.bandwidth = scenario::Bandwidth{.up = 1'000'000, .queue = 10'000};
  network.links.push_back(
      {.from = scenario::ChosenHosts{5}, .both_ways = true, .duplication = 0.5});
  return network;
}

Result run(std::uint64_t seed, bool encode, bool to_the_end, bool wild = false) {
  Population population;
  Result result;
  {
    Simulator simulator(
        {.seed = seed,
         .network = wild ? wild_network()
                         : scenario::Network{.latency = scenario::Uniform{1ms, 40ms}, .loss = 0.03},
         .default_timeout = 500ms,
         .encode_everything = encode});
    Random random = Random::stream(seed, "chaos");
    for (int i = 0; i < 20; ++i) simulator.add_host();
    for (HostId host = 0; host < 20; ++host) {
      for (int i = 0; i < 5; ++i) simulator.spawn<Chaos>(host, population);
    }
    Time before = simulator.now();
    for (int round = 0; round < 25; ++round) {
      simulator.act([&] {
        for (int i = 0; i < 30; ++i) {
          Ref<Chaos>(population.known.empty()
                         ? ActorId{}
                         : population.known[random.below(population.known.size())])
              .act(4);
        }
      });
      simulator.run_for(random.uniform(10ms, 60ms));
      EXPECT_GE(simulator.now(), before);
      before = simulator.now();
      const auto host = static_cast<HostId>(random.below(20));
      if (random.chance(0.5)) {
        simulator.crash(host);
      } else {
        simulator.restore(host);
        if (simulator.is_up(host)) simulator.spawn<Chaos>(host, population);
      }
    }
    if (to_the_end) {
      for (HostId host = 0; host < 20; ++host) simulator.crash(host);
      simulator.run_until_quiet();
      EXPECT_EQ(population.alive, 0);
      EXPECT_EQ(population.open_locals, 0);
      EXPECT_TRUE(simulator.who_waits().empty());
    }
    result = {simulator.event_hash(), simulator.events(), population.known.size()};
  }
  EXPECT_EQ(population.alive, 0);
  EXPECT_EQ(population.open_locals, 0);
  return result;
}

TEST(RandomPrograms, NeitherBreakNorLeak) {
  std::uint64_t events = 0;
  std::size_t spawned = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const Result result = run(seed, false, seed % 2 == 0);
    events += result.events;
    spawned += result.spawned;
  }
  EXPECT_GT(events, 100'000u) << "too little happened to prove anything";
  EXPECT_GT(spawned, 5'000u);
}

TEST(RandomPrograms, NeitherBreakNorLeakWhereMessagesComeTwiceDamagedAndOutOfOrder) {
  std::uint64_t events = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    events += run(seed, false, seed % 2 == 0, true).events;
  }
  EXPECT_GT(events, 50'000u) << "too little happened to prove anything";
}

TEST(RandomPrograms, AreTheSameTwiceAndEncoded) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    const bool wild = seed % 2 == 0;
    const Result plain = run(seed, false, true, wild);
    EXPECT_EQ(plain.hash, run(seed, false, true, wild).hash);
    EXPECT_EQ(plain.hash, run(seed, true, true, wild).hash);
  }
}

}  // namespace troupe::conformance
