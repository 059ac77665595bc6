// What a network's faults do to actors: what must be delivered, what must not, and who learns of
// it.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actor/dead_letter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sim/simulator.h"

namespace troupe::sim {

ACTOR_METHODS(Taker, take, seen, echo, slow, crowd)

class Taker : public Actor<Taker> {
 public:
  Async take(int number) {
    seen_.push_back(number);
    return {};
  }
  Sync<std::vector<int>> seen() { return seen_; }
  Sync<int> echo(int number) {
    seen_.push_back(number);
    return 3 * number;
  }
  // Answers overtake each other.
  Parallel<Sync<int>> slow(int number) {
    co_await sleep(random().uniform(0ms, 50ms));
    co_return 3 * number;
  }
  Sync<int> crowd(std::string text) { return static_cast<int>(text.size()); }

 private:
  std::vector<int> seen_;
};

ACTOR_METHODS(Giver, give, ask, ask_slowly, ask_many, answers, time_of)

class Giver : public Actor<Giver> {
 public:
  explicit Giver(Ref<Taker> taker) : taker_(taker) {}

  Async give(int from, int to) {
    for (int i = from; i < to; ++i) {
      taker_.take(i);
      co_await sleep(1ms);
    }
  }
  Parallel<Async> ask(int from, int to) {
    for (int i = from; i < to; ++i) {
      const absl::StatusOr<int> answer = co_await taker_.echo(i).within(1s).status_or();
      note(i, answer);
    }
  }
  Parallel<Async> ask_slowly(int number) {
    const absl::StatusOr<int> answer = co_await taker_.slow(number).within(1s).status_or();
    note(number, answer);
  }
  Async ask_many(int times) {
    for (int i = 0; i < times; ++i) {
      self().ask_slowly(i);
      co_await sleep(1ms);
    }
  }
  Sync<Duration> time_of(int letters) {
    const Time begin = now();
    co_await taker_.crowd(std::string(static_cast<std::size_t>(letters), 'x'));
    co_return now() - begin;
  }
  // How often each question was answered rightly, wrongly, and not at all.
  Sync<std::vector<int>> answers() { return std::vector<int>{right_, wrong_, none_}; }

 private:
  void note(int number, const absl::StatusOr<int>& answer) {
    if (!answer.ok()) {
      ++none_;
    } else if (*answer == 3 * number) {
      ++right_;
    } else {
      ++wrong_;
    }
  }
  Ref<Taker> taker_;
  int right_ = 0;
  int wrong_ = 0;
  int none_ = 0;
};

namespace {

using testing::ElementsAre;

constexpr int kMany = 2000;

// Two hosts with such a network between them.
struct World {
  explicit World(scenario::Network network, std::uint64_t seed = 1, bool encode = false)
      : simulator({.seed = seed,
                   .network = std::move(network),
                   .default_timeout = 5s,
                   .encode_everything = encode}),
        taker(simulator.spawn<Taker>(simulator.add_host())),
        giver(simulator.spawn<Giver>(simulator.add_host(), taker)) {}

  void give(int count = kMany) {
    simulator.act([&] { giver.give(0, count); });
    simulator.run_until_quiet();
  }
  void ask(int count = kMany) {
    simulator.act([&] { giver.ask(0, count); });
    simulator.run_until_quiet();
  }
  std::vector<int> seen() { return simulator.ask(taker.seen()).value(); }
  std::vector<int> answers() { return simulator.ask(giver.answers()).value(); }
  int drops(DropReason reason) { return static_cast<int>(simulator.drops(reason)); }

  Simulator simulator;
  Ref<Taker> taker;
  Ref<Giver> giver;
};

std::vector<int> up_to(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

std::map<int, int> counted(const std::vector<int>& numbers) {
  std::map<int, int> often;
  for (const int number : numbers) ++often[number];
  return often;
}

// --- Loss and corruption ------------------------------------------------------------------------

TEST(Loss, TakesMessagesAndLeavesTheOthersInOrder) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    World world({.latency = scenario::Uniform{0ms, 50ms}, .loss = 0.2}, seed);
    world.give();
    const std::vector<int> seen = world.seen();
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end())) << "seed " << seed;
    EXPECT_EQ(counted(seen).size(), seen.size()) << "none twice, seed " << seed;
    EXPECT_EQ(static_cast<int>(seen.size()) + world.drops(DropReason::kLost), kMany);
    EXPECT_NEAR(world.drops(DropReason::kLost), 0.2 * kMany, 100);
  }
}

TEST(Corruption, IsNoticedByTheReceiverWhenTheMessageArrives) {
  World world({.latency = scenario::Constant{20ms}, .corruption = 0.2});
  std::vector<DeadLetter> letters;
  Time last{};
  world.simulator.on_dead_letter([&](const DeadLetter& letter) {
    letters.push_back(letter);
    last = world.simulator.now();
  });
  world.give();
  const std::vector<int> seen = world.seen();
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(counted(seen).size(), seen.size());
  EXPECT_EQ(static_cast<int>(seen.size()) + world.drops(DropReason::kCorrupted), kMany);
  EXPECT_NEAR(world.drops(DropReason::kCorrupted), 0.2 * kMany, 100);
  EXPECT_EQ(world.drops(DropReason::kLost), 0);
  ASSERT_EQ(static_cast<int>(letters.size()), world.drops(DropReason::kCorrupted));
  EXPECT_EQ(letters[0].reason, DropReason::kCorrupted);
  EXPECT_EQ(letters[0].method, "Taker.take");
  // Sent every millisecond: the first is dropped when it arrives and not when it leaves.
  World short_one({.latency = scenario::Constant{20ms}, .corruption = 1});
  short_one.simulator.on_dead_letter([&](const DeadLetter&) { last = short_one.simulator.now(); });
  short_one.give(1);
  EXPECT_EQ(last, Time(20ms));
}

TEST(Corruption, OfACallOrItsAnswerIsATimeout) {
  World world({.latency = scenario::Constant{20ms}, .corruption = 0.3});
  world.ask(500);
  const std::vector<int> answers = world.answers();
  EXPECT_EQ(answers[1], 0);
  EXPECT_EQ(answers[0] + answers[2], 500);
  EXPECT_NEAR(answers[0], 500 * 0.7 * 0.7, 60);
  EXPECT_EQ(world.drops(DropReason::kCorrupted), answers[2]);
}

// --- Duplication --------------------------------------------------------------------------------

TEST(Duplication, RunsOneWayMethodsTwiceAndKeepsTheOrder) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    World world({.latency = scenario::Uniform{0ms, 50ms}, .duplication = 0.2}, seed);
    world.give();
    const std::vector<int> seen = world.seen();
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end())) << "seed " << seed;
    const std::map<int, int> often = counted(seen);
    EXPECT_EQ(often.size(), static_cast<std::size_t>(kMany)) << "none is missing, seed " << seed;
    for (const auto& [number, times] : often) EXPECT_LE(times, 2) << number;
    EXPECT_EQ(seen.size(), kMany + world.simulator.duplicates());
    EXPECT_NEAR(static_cast<double>(world.simulator.duplicates()), 0.2 * kMany, 100);
  }
}

TEST(Duplication, RunsACalledMethodTwiceAndGivesItsCallerOneAnswer) {
  World world({.latency = scenario::Constant{20ms}, .duplication = 1});
  world.ask(100);
  EXPECT_THAT(world.answers(), ElementsAre(100, 0, 0));
  for (const auto& [number, times] : counted(world.seen())) EXPECT_EQ(times, 2) << number;
  // The call comes twice, and so does each of its two answers: one of four is waited for.
  EXPECT_EQ(world.drops(DropReason::kLateReply), 300);
  EXPECT_EQ(world.simulator.duplicates(), 300u);
}

TEST(Duplication, GivesNoAnswerToAnotherCall) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    World world({.latency = scenario::Exponential{20ms},
                 .loss = 0.05,
                 .duplication = 0.5,
                 .corruption = 0.05,
                 .reordering = 0.5},
                seed);
    world.simulator.act([&] { world.giver.ask_many(500); });
    world.simulator.run_until_quiet();
    const std::vector<int> answers = world.answers();
    EXPECT_EQ(answers[1], 0) << "a wrong answer with seed " << seed;
    EXPECT_EQ(answers[0] + answers[2], 500) << "each question ends once, seed " << seed;
    EXPECT_GT(answers[0], 400) << "seed " << seed;
  }
}

TEST(Duplication, LeavesMessagesOnOneHostAlone) {
  Simulator simulator({.network = {.duplication = 1, .corruption = 1}});
  const HostId host = simulator.add_host();
  const Ref<Taker> taker = simulator.spawn<Taker>(host);
  const Ref<Giver> giver = simulator.spawn<Giver>(host, taker);
  simulator.act([&] { giver.give(0, 10); });
  simulator.run_until_quiet();
  EXPECT_EQ(simulator.ask(taker.seen()).value(), up_to(10));
}

TEST(Duplication, IsTheSameRunWithAndWithoutEncoding) {
  const scenario::Network network{.latency = scenario::Lognormal{20ms, 0.5},
                                  .loss = 0.05,
                                  .duplication = 0.2,
                                  .corruption = 0.05,
                                  .reordering = 0.2,
                                  .bandwidth = scenario::Bandwidth{.up = 1'000'000}};
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    World plain(network, seed);
    plain.ask(200);
    World encoded(network, seed, true);
    encoded.ask(200);
    EXPECT_EQ(plain.simulator.event_hash(), encoded.simulator.event_hash()) << "seed " << seed;
    EXPECT_EQ(plain.seen(), encoded.seen()) << "seed " << seed;
  }
}

TEST(Duplication, IsSeenByWhoeverWatches) {
  struct Watcher final : Observer {
    void on_event(const Event& event) override {
      if (event.detail == "duplicated") ++copies[event.kind];
      if (event.kind == EventKind::kReceive) ++receives[event.message];
    }
    std::map<EventKind, int> copies;
    std::map<std::uint64_t, int> receives;
  } watcher;
  World world({.latency = scenario::Constant{20ms}, .duplication = 1});
  world.simulator.observe_with(&watcher);
  world.ask(5);
  world.give(7);
  EXPECT_EQ(watcher.copies[EventKind::kCall], 5);
  EXPECT_EQ(watcher.copies[EventKind::kReply], 10);
  EXPECT_EQ(watcher.copies[EventKind::kSend], 7);
  int twice = 0;
  for (const auto& [message, times] : watcher.receives) twice += times == 2;
  EXPECT_EQ(twice, 12);
  world.simulator.observe_with(nullptr);
  World unseen({.latency = scenario::Constant{20ms}, .duplication = 1});
  unseen.ask(5);
  unseen.give(7);
  EXPECT_EQ(world.simulator.event_hash(), unseen.simulator.event_hash());
}

// --- Reordering ---------------------------------------------------------------------------------

TEST(Reordering, LosesNothingAndDoublesNothing) {
  for (const double reordering : {0.1, 1.0}) {
    World world({.latency = scenario::Uniform{0ms, 50ms}, .reordering = reordering});
    world.give();
    std::vector<int> seen = world.seen();
    EXPECT_FALSE(std::is_sorted(seen.begin(), seen.end()));
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, up_to(kMany));
  }
}

TEST(Reordering, IsNotWhereItIsNotAskedFor) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World world({.latency = scenario::Pareto{1ms, 0.7}, .jitter = scenario::Exponential{20ms}},
                seed);
    world.give(300);
    EXPECT_EQ(world.seen(), up_to(300)) << "seed " << seed;
  }
}

// --- Links and bandwidth ------------------------------------------------------------------------

TEST(Links, MayLoseInOneDirectionOnly) {
  // Host 0 has the taker, host 1 the giver.
  scenario::Network deaf{.latency = scenario::Constant{20ms}};
  deaf.links.push_back(
      {.from = scenario::NumberedHosts{{1}}, .to = scenario::NumberedHosts{{0}}, .loss = 1});
  World unheard(deaf);
  unheard.ask(20);
  EXPECT_EQ(unheard.seen(), up_to(0));
  EXPECT_THAT(unheard.answers(), ElementsAre(0, 0, 20));

  scenario::Network mute{.latency = scenario::Constant{20ms}};
  mute.links.push_back(
      {.from = scenario::NumberedHosts{{0}}, .to = scenario::NumberedHosts{{1}}, .loss = 1});
  World unanswered(mute);
  unanswered.ask(20);
  EXPECT_EQ(unanswered.seen(), up_to(20));
  EXPECT_THAT(unanswered.answers(), ElementsAre(0, 0, 20));
}

TEST(Bandwidth, CountsTheEncodedSizeOfCallsAndAnswers) {
  const std::string letters(1000, 'x');
  const int count = 1000;
  const std::size_t bytes = encode_fields(std::tie(letters)).size() +
                            encode_fields(std::tie(count)).size() + std::size_t{128};
  for (const bool encode : {false, true}) {
    // A byte takes a microsecond.
    World world(
        {.latency = scenario::Constant{0ms}, .bandwidth = scenario::Bandwidth{.up = 8'000'000}}, 1,
        encode);
    EXPECT_EQ(world.simulator.ask(world.giver.time_of(count)).value(),
              std::chrono::microseconds(static_cast<std::int64_t>(bytes)));
  }
}

TEST(Bandwidth, MakesMessagesWaitAndLosesNone) {
  // 125 bytes each: a message takes two milliseconds, and one is sent every millisecond.
  World world({.latency = scenario::Constant{20ms},
               .bandwidth = scenario::Bandwidth{.up = 500'000, .payload = 61}});
  world.give();
  EXPECT_EQ(world.seen(), up_to(kMany));
  EXPECT_EQ(world.simulator.now(), Time(kMany * 2ms + 20ms));
}

TEST(Bandwidth, DropsWhatItsQueueCannotHold) {
  World world({.latency = scenario::Constant{20ms},
               .bandwidth = scenario::Bandwidth{.up = 500'000, .payload = 61, .queue = 1000}});
  std::vector<DeadLetter> letters;
  world.simulator.on_dead_letter([&](const DeadLetter& letter) { letters.push_back(letter); });
  world.give();
  const std::vector<int> seen = world.seen();
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(static_cast<int>(seen.size()) + world.drops(DropReason::kCongested), kMany);
  EXPECT_NEAR(static_cast<double>(seen.size()), kMany / 2.0, 20);
  ASSERT_FALSE(letters.empty());
  EXPECT_EQ(letters[0].reason, DropReason::kCongested);
}

}  // namespace
}  // namespace troupe::sim
