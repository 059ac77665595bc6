// The order of messages, and which reply belongs to which call.
#include <cstdint>
#include <numeric>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {

ACTOR_METHODS(Sink, take, taken, doubled, later)

class Sink : public Actor<Sink> {
 public:
  Async take(int number) {
    taken_.push_back(number);
    return {};
  }
  Sync<std::vector<int>> taken() { return taken_; }
  // Answers after a while that depends on the question: replies overtake each other.
  Parallel<Sync<std::uint64_t>> doubled(std::uint64_t number) {
    co_await sleep(std::chrono::microseconds(mix(number) % 5000));
    co_return 2 * number;
  }
  Parallel<Sync<int>> later(int number) {
    taken_.push_back(number);
    co_await sleep(random().uniform(0ms, 9ms));
    co_return number;
  }

 private:
  std::vector<int> taken_;
};

ACTOR_METHODS(Source, pour, ask_many, ask_one, wrong)

class Source : public Actor<Source> {
 public:
  explicit Source(Ref<Sink> sink) : sink_(sink) {}

  Async pour(int from, int to) {
    for (int i = from; i < to; ++i) {
      sink_.take(i);
      if (random().chance(0.3)) co_await sleep(random().uniform(0ms, 2ms));
    }
  }
  // Parallel questions of one actor through one reference.
  Async ask_many(int times) {
    for (int i = 0; i < times; ++i) self().ask_one(static_cast<std::uint64_t>(i)).tell();
    return {};
  }
  Parallel<Sync<>> ask_one(std::uint64_t number) {
    const std::uint64_t answer = co_await sink_.doubled(number);
    ++answered_;
    if (answer != 2 * number) ++wrong_;
  }
  Sync<std::vector<int>> wrong() { return std::vector<int>{answered_, wrong_}; }

 private:
  Ref<Sink> sink_;
  int answered_ = 0;
  int wrong_ = 0;
};

std::vector<int> up_to(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

class Order : public ConformanceTest {};
ON_EVERY_RUNTIME(Order);

TEST_P(Order, OfTheMessagesOfOneActorToAnotherIsThatOfSending) {
  const Ref<Sink> sink = world().spawn<Sink>(world().add_host());
  const Ref<Source> source = world().spawn<Source>(world().add_host(), sink);
  world().act([&] { source.pour(0, 500); });
  world().settle();
  EXPECT_THAT(world().ask(sink.taken()), Gives(up_to(500)));
}

TEST_P(Order, OfTheMessagesOfOneSenderStaysWhereOthersSendToo) {
  const HostId there = world().add_host();
  const Ref<Sink> sink = world().spawn<Sink>(there);
  std::vector<Ref<Source>> sources;
  for (int i = 0; i < 8; ++i) {
    sources.push_back(world().spawn<Source>(i % 2 == 0 ? there : world().add_host(), sink));
  }
  world().act([&] {
    for (int i = 0; i < 8; ++i) sources[i].pour(i * 1000, i * 1000 + 200);
  });
  world().settle();
  const std::vector<int> taken = *world().ask(sink.taken());
  EXPECT_EQ(taken.size(), 1600u);
  std::vector<int> next(8);
  for (const int number : taken) EXPECT_EQ(number % 1000, next[number / 1000]++);
}

TEST_P(Order, OfReplyAndCallIsNeverMixedUpAmongAHundredThousand) {
  const Ref<Sink> sink = world().spawn<Sink>(world().add_host());
  const Ref<Source> source = world().spawn<Source>(world().add_host(), sink);
  world().act([&] { source.ask_many(100'000); });
  world().settle();
  EXPECT_THAT(world().ask(source.wrong()), Gives(std::vector<int>({100'000, 0})));
}

TEST_P(Order, OfParallelMethodsStartsIsThatOfTheirArrival) {
  const Ref<Sink> sink = world().spawn<Sink>(world().add_host());
  std::vector<Question<int>> open;
  for (int i = 0; i < 300; ++i) open.push_back(world().begin(sink.later(i)));
  world().settle();
  for (int i = 0; i < 300; ++i) EXPECT_THAT(open[i].answer(), Gives(i));
  EXPECT_THAT(world().ask(sink.taken()), Gives(up_to(300)));
}

}  // namespace troupe::conformance
