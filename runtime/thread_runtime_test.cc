// What only threads can show: that nothing is lost, doubled, reordered or run at once under load.
#include "runtime/thread_runtime.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actor/blocking.h"
#include "actor/codec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// --- At most one piece of an actor's code at once, in the order of sending -----------------------

ACTOR_METHODS(Sink, take, taken, disorder, end)

class Sink : public Actor<Sink> {
 public:
  Async take(int sender, int number) {
    inside_ += 1;
    if (inside_ != 1) ++collisions_;
    if (static_cast<std::size_t>(sender) >= last_.size()) last_.resize(sender + 1, -1);
    if (number != last_[sender] + 1) ++disorder_;
    last_[sender] = number;
    ++taken_;
    inside_ -= 1;
    return {};
  }
  Sync<std::int64_t> taken() { return taken_; }
  Sync<std::int64_t> disorder() { return disorder_ + collisions_; }
  Async end() {
    stop();
    return {};
  }

 private:
  int inside_ = 0;  // Not atomic: the race detector sees two at once.
  std::int64_t taken_ = 0;
  std::int64_t disorder_ = 0;
  std::int64_t collisions_ = 0;
  std::vector<int> last_;
};

ACTOR_METHODS(Source, send_all, done)

class Source : public Actor<Source> {
 public:
  Source(int number, std::vector<Ref<Sink>> sinks) : number_(number), sinks_(std::move(sinks)) {}
  Parallel<Async> send_all(int count) {
    for (int i = 0; i < count; ++i) {
      for (Ref<Sink>& sink : sinks_) sink.take(number_, i);
      if (i % 50 == 0) co_await sleep(Duration::zero());
    }
    done_ = true;
  }
  Parallel<Sync<bool>> done() {
    co_await until([this] { return done_; }).within(1min);
    co_return true;
  }

 private:
  int number_;
  std::vector<Ref<Sink>> sinks_;
  bool done_ = false;
};

TEST(ThreadRuntime, RunsOneAtATimeInTheOrderOfSendingOnManyThreads) {
  constexpr int kSenders = 24;
  constexpr int kSinks = 6;
  constexpr int kEach = 400;
  ThreadRuntime runtime({.threads = 6});
  const HostId host = runtime.add_host();
  std::vector<Ref<Sink>> sinks;
  for (int i = 0; i < kSinks; ++i) sinks.push_back(runtime.spawn<Sink>(host));
  std::vector<Ref<Source>> sources;
  for (int i = 0; i < kSenders; ++i) sources.push_back(runtime.spawn<Source>(host, i, sinks));
  runtime.act([&] {
    for (Ref<Source>& source : sources) source.send_all(kEach);
  });
  std::vector<Call<bool>> ends;
  for (Ref<Source>& source : sources) ends.push_back(source.done().within(1min));
  for (const auto& end : runtime.ask_all(std::move(ends))) EXPECT_TRUE(end.ok()) << end.status();
  runtime.run_until_quiet();
  for (Ref<Sink>& sink : sinks) {
    EXPECT_EQ(*runtime.ask(sink.taken()), std::int64_t{kSenders} * kEach);
    EXPECT_EQ(*runtime.ask(sink.disorder()), 0);
  }
}

// Floods: what one turn sends to one actor stays with its worker, and the actor comes to it.
ACTOR_METHODS(Flooder, flood)

class Flooder : public Actor<Flooder> {
 public:
  Flooder(int number, std::vector<Ref<Sink>> sinks) : number_(number), sinks_(std::move(sinks)) {}
  Sync<int> flood(int count) {
    for (Ref<Sink>& sink : sinks_) {
      for (int i = 0; i < count; ++i) sink.take(number_, sent_ + i);
    }
    return sent_ += count;
  }

 private:
  int number_;
  std::vector<Ref<Sink>> sinks_;
  int sent_ = 0;
};

TEST(ThreadRuntime, KeepsTheOrderOfFloodsOfOneActorByMany) {
  constexpr int kFlooders = 12;
  constexpr int kRounds = 12;
  for (const unsigned threads : {1, 2, 5}) {
    ThreadRuntime runtime({.threads = threads});
    const HostId host = runtime.add_host();
    const std::vector<Ref<Sink>> sinks = {runtime.spawn<Sink>(host), runtime.spawn<Sink>(host)};
    std::vector<Ref<Flooder>> flooders;
    for (int i = 0; i < kFlooders; ++i) {
      flooders.push_back(runtime.spawn<Flooder>(host, i, sinks));
    }
    int sent = 0;
    std::vector<Call<int>> floods;
    for (int round = 0; round < kRounds; ++round) {
      const int count = 1 << round;  // around what is kept, and what is a flood
      sent += count;
      for (Ref<Flooder>& flooder : flooders) floods.push_back(flooder.flood(count).within(1min));
    }
    for (const auto& flood : runtime.ask_all(std::move(floods))) EXPECT_TRUE(flood.ok());
    runtime.run_until_quiet();
    for (Ref<Sink> sink : sinks) {
      EXPECT_EQ(*runtime.ask(sink.taken()), std::int64_t{kFlooders} * sent) << threads;
      EXPECT_EQ(*runtime.ask(sink.disorder()), 0) << threads;
    }
  }
}

// A flooded actor that has ended, and one that ends meanwhile, swallow nothing but their messages.
TEST(ThreadRuntime, StopsUnderAFlood) {
  for (int round = 0; round < 20; ++round) {
    ThreadRuntime runtime({.threads = 3});
    const HostId host = runtime.add_host();
    Ref<Sink> sink = runtime.spawn<Sink>(host);
    std::vector<Call<int>> floods;
    for (int i = 0; i < 6; ++i) {
      Ref<Flooder> flooder = runtime.spawn<Flooder>(host, i, std::vector<Ref<Sink>>{sink});
      floods.push_back(flooder.flood(2000).within(1min));
    }
    runtime.act([&] { sink.end(); });
    for (const auto& flood : runtime.ask_all(std::move(floods))) EXPECT_TRUE(flood.ok());
  }
}

// Timers of one actor that are due together, while another thread runs it: none gets lost.
ACTOR_METHODS(Sleeper, echo)

class Sleeper : public Actor<Sleeper> {
 public:
  Parallel<Sync<int>> echo(int number) {
    if (random().chance(0.5)) co_await sleep(random().uniform(0ms, 1ms));
    co_return number;
  }
};

ACTOR_METHODS(Asker, ask_all)

class Asker : public Actor<Asker> {
 public:
  // Gives how many answers were those of others.
  Parallel<Sync<int, NoTimeout>> ask_all(Ref<Sleeper> sleeper, int count) {
    int wrong = 0;
    std::deque<std::pair<int, Future<int>>> open;
    for (int i = 0; i < count || !open.empty();) {
      if (i < count && open.size() < 500) {
        open.emplace_back(i, sleeper.echo(i).within(1min).to_future());
        ++i;
        continue;
      }
      if (co_await open.front().second != open.front().first) ++wrong;
      open.pop_front();
    }
    co_return wrong;
  }
};

TEST(ThreadRuntime, LosesNoTimersThatAreDueTogether) {
  for (int round = 0; round < 10; ++round) {
    ThreadRuntime runtime({.threads = 3});
    const HostId host = runtime.add_host();
    const Ref<Asker> asker = runtime.spawn<Asker>(host);
    const auto wrong = runtime.ask(asker.ask_all(runtime.spawn<Sleeper>(host), 3000).within(20s));
    ASSERT_TRUE(wrong.ok()) << wrong.status();
    EXPECT_EQ(*wrong, 0);
  }
}

// --- Random programs: spawn, call, tell, stop, link, kill, sleep at random ----------------------

ACTOR_METHODS(Wanderer, step, ping)

class Wanderer : public Actor<Wanderer> {
 public:
  Wanderer(std::shared_ptr<std::atomic<int>> alive, int depth)
      : alive_(std::move(alive)), depth_(depth) {
    ++*alive_;
  }
  ~Wanderer() override { --*alive_; }

  Parallel<Async> step(std::vector<Ref<Wanderer>> others, int left) {
    if (left == 0) co_return;
    switch (random().below(8)) {
      case 0:
        if (depth_ > 0) others.push_back(spawn<Wanderer>(alive_, depth_ - 1));
        break;
      case 1:
        others[random().below(others.size())].ping(7).tell();
        break;
      case 2: {
        const int answer =
            co_await others[random().below(others.size())].ping(left).within(5s).value_or(left);
        if (answer != left) co_await fail(absl::InternalError("swapped"));
        break;
      }
      case 3:
        co_await sleep(Duration(random().below(200'000)));
        break;
      case 4:
        if (random().chance(0.1)) stop(others[random().below(others.size())]);
        break;
      case 5:
        if (random().chance(0.3)) co_await blocking([] { std::this_thread::yield(); });
        break;
      case 6:
        if (const Ref<Wanderer> other = others[random().below(others.size())]; other != self()) {
          if (random().chance(0.5)) {
            link(other);
          } else {
            monitor(other);
          }
        }
        break;
      case 7:
        if (random().chance(0.1)) kill(others[random().below(others.size())]);
        break;
    }
    others[random().below(others.size())].step(others, left - 1);
  }
  Sync<int> ping(int value) { return value; }

 private:
  Async on_start() override {
    trap_exits(random().chance(0.7));
    return {};
  }

  std::shared_ptr<std::atomic<int>> alive_;
  int depth_;
};

TEST(ThreadRuntime, SurvivesRandomPrograms) {
  auto alive = std::make_shared<std::atomic<int>>(0);
  {
    ThreadRuntime runtime({.threads = 4, .seed = 11});
    const HostId host = runtime.add_host();
    std::vector<Ref<Wanderer>> first;
    for (int i = 0; i < 200; ++i) first.push_back(runtime.spawn<Wanderer>(host, alive, 3));
    runtime.act([&] {
      for (Ref<Wanderer>& one : first) one.step(first, 60);
    });
    runtime.run_until_quiet();
    EXPECT_EQ(runtime.failures(), 0) << runtime.first_failure();
    EXPECT_THAT(runtime.stop(), IsEmpty());
  }
  EXPECT_EQ(*alive, 0);
}

TEST(ThreadRuntime, StopsUnderLoadAndLosesNoActor) {
  auto alive = std::make_shared<std::atomic<int>>(0);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ThreadRuntime runtime({.threads = 3, .seed = seed});
    const HostId host = runtime.add_host();
    std::vector<Ref<Wanderer>> first;
    for (int i = 0; i < 50; ++i) first.push_back(runtime.spawn<Wanderer>(host, alive, 3));
    runtime.act([&] {
      for (Ref<Wanderer>& one : first) one.step(first, 1000);
    });
    runtime.run_for(2ms);
    runtime.stop();
    EXPECT_EQ(*alive, 0);
  }
}

// --- From outside --------------------------------------------------------------------------------

ACTOR_METHODS(Worker, twice, never, hold, block, burn, depth)

class Worker : public Actor<Worker> {
 public:
  Sync<int> twice(int value) { return 2 * value; }
  Parallel<Sync<int, NoTimeout>> never() {
    co_await until([] { return false; });
    co_return 0;
  }
  Sync<int> hold(Ref<Worker> other) { co_return co_await other.never(); }
  Parallel<Sync<std::string>> block(std::string text) {
    co_return co_await blocking([text] { return text + text; });
  }
  Parallel<Sync<>> burn() {
    co_await blocking([]() -> absl::Status { return absl::DataLossError("disk on fire"); });
  }
  Parallel<Sync<int>> depth() {
    co_return co_await blocking([]() -> int { throw std::runtime_error("deep"); });
  }
};

TEST(ThreadRuntime, AnswersManyThreadsThatAsk) {
  ThreadRuntime runtime({.threads = 2});
  Ref<Worker> worker = runtime.spawn<Worker>(runtime.add_host());
  std::atomic<int> wrong = 0;
  std::vector<std::thread> askers;
  for (int t = 0; t < 8; ++t) {
    askers.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const absl::StatusOr<int> answer = runtime.ask(worker.twice(t * 1000 + i));
        if (!answer.ok() || *answer != 2 * (t * 1000 + i)) ++wrong;
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadRuntime, EndsAnAskAtItsDeadline) {
  ThreadRuntime runtime({.threads = 1});
  Ref<Worker> worker = runtime.spawn<Worker>(runtime.add_host());
  EXPECT_EQ(runtime.ask(worker.never().within(5ms)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(runtime.ask(worker.never().within(1ms)).value_or(17), 17);
}

TEST(ThreadRuntime, SaysAtItsStopWhoWasStillWaitingAndForWhat) {
  ThreadRuntime runtime({.threads = 2});
  const HostId host = runtime.add_host("lab");
  Ref<Worker> a = runtime.spawn<Worker>(host);
  Ref<Worker> b = runtime.spawn<Worker>(host);
  Question<int> question = runtime.begin(a.hold(b).within(kNoTimeout));
  runtime.run_until([&] { return runtime.who_waits().size() == 3; });
  EXPECT_THAT(runtime.stop(),
              testing::UnorderedElementsAre(
                  HasSubstr("Worker#0@lab waits in Worker.hold for Worker.never of Worker#1@lab"),
                  HasSubstr("Worker#1@lab waits in Worker.never since"),
                  HasSubstr("outside waits in outside.outside for Worker.hold of Worker#0@lab")));
  EXPECT_EQ(question.answer().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(runtime.stop(), IsEmpty());
}

TEST(ThreadRuntime, WakesAThreadThatAsksWhenItStops) {
  ThreadRuntime runtime({.threads = 1});
  Ref<Worker> worker = runtime.spawn<Worker>(runtime.add_host());
  absl::Status status;
  std::thread asker([&] { status = runtime.ask(worker.never().within(kNoTimeout)).status(); });
  runtime.run_until([&] { return runtime.who_waits().size() == 2; });
  runtime.stop();
  asker.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

TEST(ThreadRuntime, TakesNobodyAndNothingAfterItsStop) {
  ThreadRuntime runtime({.threads = 1});
  Ref<Worker> worker = runtime.spawn<Worker>(runtime.add_host());
  runtime.stop();
  EXPECT_EQ(runtime.ask(worker.twice(1)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(runtime.adopt(std::make_unique<Worker>(), {}).status().code(),
            absl::StatusCode::kUnavailable);
}

// --- Limited mailboxes ---------------------------------------------------------------------------

ACTOR_METHODS(Busy, hold, answer)

class Busy : public Actor<Busy> {
 public:
  explicit Busy(std::atomic<int>* gate) : gate_(gate) {}
  // One piece of code that takes its time.
  Sync<> hold() {
    *gate_ = 1;
    while (*gate_ != 2) std::this_thread::yield();
    return {};
  }
  Sync<int> answer(int number) { return number; }

 private:
  std::atomic<int>* gate_;
};

TEST(ThreadRuntime, LimitsWhatComesToAnActorWhileItRuns) {
  std::atomic<int> gate = 0;
  ThreadRuntime runtime({.threads = 1});
  const auto busy =
      spawn_with<Busy>(runtime, runtime.add_host(), {.mailbox = {.limit = 10}}, &gate);
  ASSERT_TRUE(busy.ok());
  Question<void> hold = runtime.begin(busy->hold().within(1min));
  while (gate != 1) std::this_thread::yield();
  std::vector<Question<int>> questions;
  for (int i = 0; i < 100; ++i) questions.push_back(runtime.begin(busy->answer(i).within(1min)));
  gate = 2;
  EXPECT_TRUE(hold.answer().ok());
  for (int i = 0; i < 100; ++i) {
    const absl::StatusOr<int> answer = questions[i].answer();
    if (i < 11) {  // The next one, and ten that wait.
      EXPECT_EQ(answer.value_or(-1), i);
    } else {
      EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted);
    }
  }
  EXPECT_EQ(runtime.drops(DropReason::kMailboxFull), 89);
}

// --- Blocking work -------------------------------------------------------------------------------

TEST(Blocking, GivesItsValueItsFailureAndItsException) {
  ThreadRuntime runtime({.threads = 1});
  Ref<Worker> worker = runtime.spawn<Worker>(runtime.add_host());
  EXPECT_EQ(*runtime.ask(worker.block("ab")), "abab");
  const absl::Status burnt = runtime.ask(worker.burn()).status();
  EXPECT_EQ(burnt.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(burnt.message(), "disk on fire");
  EXPECT_THAT(std::string(runtime.ask(worker.depth()).status().message()),
              HasSubstr("threw std::runtime_error: deep"));
}

ACTOR_METHODS(Latch, wait_for_others, arrived)

// Its blocking work waits for the blocking work of others: needs a thread for each.
class Latch : public Actor<Latch> {
 public:
  Latch(std::shared_ptr<std::atomic<int>> here, int all) : here_(std::move(here)), all_(all) {}
  Parallel<Sync<>> wait_for_others() {
    co_await blocking([here = here_, all = all_] {
      ++*here;
      while (*here < all) std::this_thread::yield();
    });
  }
  Sync<int> arrived() { return here_->load(); }

 private:
  std::shared_ptr<std::atomic<int>> here_;
  int all_;
};

TEST(Blocking, HasAThreadForEachUpToTheBoundAndDoesNotHoldUpOthers) {
  auto here = std::make_shared<std::atomic<int>>(0);
  ThreadRuntime runtime({.threads = 1, .most_blocking_threads = 8, .blocking_thread_idle = 1ms});
  Ref<Latch> latch = runtime.spawn<Latch>(runtime.add_host(), here, 8);
  std::vector<Question<void>> waits;
  for (int i = 0; i < 7; ++i) waits.push_back(runtime.begin(latch.wait_for_others().within(1min)));
  runtime.run_until([&] { return *here == 7; });
  EXPECT_EQ(*runtime.ask(latch.arrived()), 7);  // The actor's only thread is free.
  EXPECT_EQ(runtime.blocking_threads(), 7);
  EXPECT_TRUE(runtime.ask(latch.wait_for_others().within(1min)).ok());
  for (Question<void>& wait : waits) EXPECT_TRUE(wait.answer().ok());
  runtime.run_until([&] { return runtime.blocking_threads() == 0; });  // They end when idle.
}

TEST(Blocking, BeyondTheBoundQueues) {
  auto here = std::make_shared<std::atomic<int>>(0);
  ThreadRuntime runtime({.threads = 1, .most_blocking_threads = 2});
  Ref<Worker> worker = runtime.spawn<Worker>(runtime.add_host());
  std::vector<Call<std::string>> calls;
  for (int i = 0; i < 100; ++i) calls.push_back(worker.block(std::to_string(i)).within(1min));
  const auto answers = runtime.ask_all(std::move(calls));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(*answers[i], std::to_string(i) + std::to_string(i));
  EXPECT_LE(runtime.blocking_threads(), 2);
}

// --- Two in one process --------------------------------------------------------------------------

TEST(ThreadRuntime, SharesNothingWithAnother) {
  ThreadRuntime one({.threads = 2});
  ThreadRuntime two({.threads = 2});
  Ref<Worker> of_one = one.spawn<Worker>(one.add_host());
  Ref<Sink> of_two = two.spawn<Sink>(two.add_host());
  two.act([&] { of_two.take(0, 0); });
  EXPECT_EQ(*one.ask(of_one.twice(4)), 8);
  EXPECT_EQ(*two.ask(of_two.taken()), 1);
  one.stop();
  EXPECT_EQ(*two.ask(of_two.taken()), 1);
}

// --- Timers that nobody wants any more -----------------------------------------------------------

ACTOR_METHODS(Forgetful, ring, set_and_cancel, rings, end_now)

class Forgetful : public Actor<Forgetful> {
 public:
  Async ring() {
    ++rings_;
    return {};
  }
  Sync<> set_and_cancel(int times) {
    for (int i = 0; i < times; ++i) cancel(after(24h, &Forgetful::ring));
    return {};
  }
  Sync<int> rings() { return rings_; }
  Sync<> end_now() {
    after(24h, &Forgetful::ring);
    stop();
    return {};
  }

 private:
  int rings_ = 0;
};

TEST(GivenUpTimers, AreABoundedPart) {
  for (const ClockKind clock : {ClockKind::kReal, ClockKind::kVirtual}) {
    ThreadRuntime runtime({.threads = 2, .clock = clock});
    const HostId host = runtime.add_host();
    const Ref<Forgetful> actor = runtime.spawn<Forgetful>(host);
    const Ref<Forgetful> other = runtime.spawn<Forgetful>(host);
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(runtime.ask(actor.set_and_cancel(1000).within(1min)).ok());
      ASSERT_TRUE(runtime.ask(other.set_and_cancel(100).within(1min)).ok());
    }
    EXPECT_LE(runtime.pending_timers(), 1200u);
    for (int i = 0; i < 3000; ++i) {
      const Ref<Forgetful> brief = runtime.spawn<Forgetful>(host);
      ASSERT_TRUE(runtime.ask(brief.end_now().within(1min)).ok());
    }
    EXPECT_LE(runtime.pending_timers(), 1200u);
    EXPECT_EQ(runtime.ask(actor.rings()).value(), 0);
  }
}

}  // namespace
}  // namespace troupe
