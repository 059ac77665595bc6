// EventQueue against something stupid and right: a multimap, which keeps the order of insertion.
#include "sim/event_queue.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "actor/internal/message.h"
#include "actor/random.h"
#include "gtest/gtest.h"

namespace troupe::sim {
namespace {

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

// A queue and its oracle. Each message carries a number, and both must give the same ones.
class Both {
 public:
  void push(std::int64_t time) {
    Message* message = Message::create(MessageKind::kWake, nullptr, 0);
    message->time = time;
    message->id = ++pushed_;
    queue_.push(message);
    oracle_.emplace(time, pushed_);
  }

  // Gives whether there was one.
  bool pop(std::int64_t limit) {
    Message* message = queue_.pop(limit);
    if (oracle_.empty() || oracle_.begin()->first > limit) {
      EXPECT_EQ(message, nullptr);
      if (message != nullptr) Message::destroy(message);
      return false;
    }
    if (message == nullptr) {
      ADD_FAILURE() << "nothing came; " << oracle_.begin()->first << " is due";
      return false;
    }
    EXPECT_EQ(message->time, oracle_.begin()->first);
    EXPECT_EQ(message->id, oracle_.begin()->second);
    now_ = message->time;
    Message::destroy(message);
    oracle_.erase(oracle_.begin());
    EXPECT_EQ(queue_.size(), oracle_.size());
    return true;
  }

  // Of those that are left, every `one_of`-th by its number goes.
  void remove_some(std::uint64_t one_of) {
    const auto unwanted = [one_of](std::uint64_t id) { return id % one_of == 0; };
    queue_.remove_if([&](const Message& message) { return unwanted(message.id); });
    std::erase_if(oracle_, [&](const auto& entry) { return unwanted(entry.second); });
    EXPECT_EQ(queue_.size(), oracle_.size());
  }

  void drain() {
    while (!testing::Test::HasFailure() && pop(kEnd)) {
    }
    EXPECT_EQ(queue_.size(), 0u);
  }

  std::int64_t now() const { return now_; }
  std::int64_t next() const { return oracle_.begin()->first; }
  std::size_t size() const { return oracle_.size(); }

 private:
  EventQueue queue_;
  std::multimap<std::int64_t, std::uint64_t> oracle_;
  std::uint64_t pushed_ = 0;
  std::int64_t now_ = 0;
};

TEST(EventQueue, IsEmptyAtFirst) {
  EventQueue queue;
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.pop(kEnd), nullptr);
}

TEST(EventQueue, GivesMessagesInTheOrderOfTheirTimes) {
  Both both;
  for (const std::int64_t time : {5, 1, 4, 1, 3, 0, 1'000'000'000, 2'000'000, 5}) both.push(time);
  both.drain();
}

TEST(EventQueue, KeepsTheOrderOfPushAtOneInstant) {
  Both both;
  for (int i = 0; i < 100; ++i) both.push(1000);
  for (int i = 0; i < 50; ++i) {
    both.pop(kEnd);
    both.push(1000);  // for the very instant
  }
  both.drain();
}

TEST(EventQueue, GivesNothingBeyondTheLimit) {
  Both both;
  both.push(1000);
  EXPECT_FALSE(both.pop(999));
  EXPECT_TRUE(both.pop(1000));
  both.push(std::int64_t{1} << 50);
  EXPECT_FALSE(both.pop((std::int64_t{1} << 50) - 1));
  EXPECT_FALSE(both.pop(0));
  EXPECT_TRUE(both.pop(std::int64_t{1} << 50));
}

TEST(EventQueue, TakesWhatIsDueBeforeWhatItHasLookedAt) {
  Both both;
  for (const int bits : {10, 21, 30, 35, 45, 55}) {
    const std::int64_t far = both.now() + (std::int64_t{1} << bits);
    both.push(far);
    EXPECT_FALSE(both.pop(far - 1));  // looks for it, as far as it may
    for (const std::int64_t sooner : {far - 2, both.now() + 1, (both.now() + far) / 2}) {
      both.push(sooner);
      both.push(sooner);
    }
    both.drain();
  }
}

TEST(EventQueue, TakesWhatIsDueBeforeABucketThatItHasOpenedInVain) {
  for (const int far_bits : {36, 45, 55}) {
    for (const int short_bits : {0, 15, 22, 28, 33}) {
      Both both;
      const std::int64_t far = (std::int64_t{1} << far_bits) + (std::int64_t{1} << 33) + 1;
      both.push(far);
      both.push(5);
      EXPECT_TRUE(both.pop(10));
      EXPECT_FALSE(both.pop(far - (std::int64_t{1} << short_bits)));
      for (const int bits : {10, 25, 32, 35}) both.push(std::int64_t{1} << bits);
      both.drain();
    }
  }
}

TEST(EventQueue, TakesWhatIsDueBeforeTheLastThatItGave) {
  // As after a timer that had been cancelled: it does not count, and time has not moved.
  Both both;
  both.push(1000);
  EXPECT_TRUE(both.pop(kEnd));
  both.push(1000);
  both.push(1000);
  both.push(10);
  both.push(500);
  both.push(1000);
  EXPECT_TRUE(both.pop(kEnd));
  both.push(10);
  both.push(1000);
  both.push(999);
  both.drain();
}

TEST(EventQueue, TakesTheEndOfTime) {
  Both both;
  both.push(kEnd);
  both.push(5);
  both.push(kEnd);
  both.push(kEnd - 1);
  EXPECT_TRUE(both.pop(kEnd));
  both.push(kEnd);
  EXPECT_TRUE(both.pop(kEnd));
  both.push(kEnd);
  both.push(kEnd - 1);
  both.drain();
  Both close;
  for (const int before : {0, 5, 0}) close.push(kEnd - before);
  EXPECT_TRUE(close.pop(kEnd));
  for (const int before : {3, 0, 4}) close.push(kEnd - before);
  close.drain();
}

TEST(EventQueue, FreesWhatIsLeftInIt) {
  // AddressSanitizer sees what is not freed.
  Both both;
  for (int bits = 0; bits < 60; ++bits) both.push(std::int64_t{1} << bits);
  for (int i = 0; i < 5; ++i) both.pop(kEnd);
  for (int i = 0; i < 5; ++i) both.push(both.now());
  for (int i = 0; i < 5; ++i) both.push(both.now() + i);
}

// What a program does: how far ahead it pushes, and how it pops.
struct Program {
  int least_bits;  // a push is up to 2^bits ahead, bits uniform in this range
  int most_bits;
  double at_once;     // probability that a push is for the very instant
  double again;       // probability that it is for the time of the push before
  std::size_t fill;   // about how many are in the queue
  double with_limit;  // probability that a pop has a limit
  int steps;
};

void run(const Program& program, std::uint64_t seed) {
  SCOPED_TRACE(seed);
  Random random = Random::stream(seed, "event_queue");
  Both both;
  std::int64_t last = 0;
  for (int step = 0; step < program.steps && !testing::Test::HasFailure(); ++step) {
    const bool push = both.size() == 0 || random.below(2 * program.fill) >= both.size();
    if (push) {
      std::int64_t time = both.now();
      if (random.chance(program.again) && last >= both.now()) {
        time = last;
      } else if (!random.chance(program.at_once)) {
        const auto bits = static_cast<int>(
            program.least_bits +
            static_cast<int>(random.below(program.most_bits - program.least_bits + 1)));
        time += static_cast<std::int64_t>(random.below(std::uint64_t{1} << bits));
      }
      last = time;
      for (std::uint64_t i = random.chance(0.02) ? random.below(100) : 0; i > 0; --i) {
        both.push(time);
      }
      both.push(time);
    } else if (random.chance(program.with_limit)) {
      // About when the next is due, from far before it to far behind it.
      const auto off = static_cast<std::int64_t>(
          random.below(std::uint64_t{1} << (1 + random.below(program.most_bits))));
      both.pop(random.chance(0.7) ? std::max(both.now(), both.next() - off) : both.next() + off);
    } else {
      both.pop(kEnd);
    }
  }
  both.drain();
}

TEST(EventQueue, AgreesWithAMultimapInRandomPrograms) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    run({.least_bits = 1,
         .most_bits = 40,
         .at_once = 0.2,
         .again = 0.2,
         .fill = 50,
         .with_limit = 0.3,
         .steps = 3000},
        seed);
  }
}

TEST(EventQueue, AgreesWithAMultimapInTheFarFuture) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    run({.least_bits = 30,
         .most_bits = 56,
         .at_once = 0.05,
         .again = 0.1,
         .fill = 30,
         .with_limit = 0.5,
         .steps = 1000},
        seed);
  }
}

TEST(EventQueue, AgreesWithAMultimapWhereEverythingIsNow) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    run({.least_bits = 1,
         .most_bits = 3,
         .at_once = 0.7,
         .again = 0.5,
         .fill = 200,
         .with_limit = 0.1,
         .steps = 3000},
        seed);
  }
}

// Long enough for the width of the buckets to follow the density, in both directions.
TEST(EventQueue, AgreesWithAMultimapWhileItsBucketsChangeTheirWidth) {
  for (const auto& [least, most] : {std::pair(8, 12), std::pair(28, 32), std::pair(3, 38)}) {
    run({.least_bits = least,
         .most_bits = most,
         .at_once = 0.05,
         .again = 0.05,
         .fill = 3000,
         .with_limit = 0.05,
         .steps = 150'000},
        static_cast<std::uint64_t>(most));
  }
}

TEST(EventQueue, AgreesWithAMultimapWhenTheDensityChangesAtOnce) {
  Random random(1);
  Both both;
  for (int phase = 0; phase < 6 && !HasFailure(); ++phase) {
    const int bits = phase % 2 == 0 ? 14 : 34;
    for (int i = 0; i < 40'000 && !HasFailure(); ++i) {
      both.push(both.now() + static_cast<std::int64_t>(random.below(std::uint64_t{1} << bits)));
      if (i > 500) both.pop(kEnd);
      if (i % 100 == 0) both.push(both.now() + (std::int64_t{1} << 45));
    }
  }
  both.drain();
}

TEST(EventQueue, KeepsTheOrderOfTheRestWhenSomeAreRemoved) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Both both;
    Random random(seed);
    for (int i = 0; i < 400 && !testing::Test::HasFailure(); ++i) {
      const std::int64_t reach = std::int64_t{1} << random.below(50);
      const std::uint64_t what = random.below(10);
      if (what < 5) {
        both.push(both.now() + static_cast<std::int64_t>(random.below(4)) * (reach / 4));
      } else if (what < 9) {
        both.pop(random.chance(0.5) ? kEnd : both.now() + reach);
      } else {
        both.remove_some(random.below(3) + 1);
      }
    }
    both.drain();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(EventQueue, IsEmptyWhenAllAreRemoved) {
  Both both;
  for (int i = 0; i < 1000; ++i) both.push(std::int64_t{i} * i * i * i * i);
  both.pop(kEnd);
  both.push(0);
  both.remove_some(1);
  EXPECT_FALSE(both.pop(kEnd));
  both.push(5'000'000);
  both.drain();
}

}  // namespace
}  // namespace troupe::sim
