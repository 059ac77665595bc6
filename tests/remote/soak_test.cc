// A soak: hosts in processes of their own that are killed, stopped, terminated, started again and
// cut off from each other at random, while couriers send messages of up to a megabyte and a Chord
// ring keeps itself together. In between there are rests, at which all that was promised is looked
// at.
//
//   bazel run --config=opt //tests/remote:soak_test -- --seconds=1800 --seed=7
//
// At each rest: all nodes are in one ring, and each knows its right neighbours; lookups are right;
// every message has been delivered once and in order, or its sender was told; memory and
// descriptors of those processes that are never started anew are what they were at the first rest.
#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "actor/random.h"
#include "remote/network_faults.h"
#include "tests/remote/courier.h"
#include "tests/remote/ring.h"

namespace troupe::remote_test {
namespace {

using Clock = std::chrono::steady_clock;

struct SoakOptions {
  std::uint64_t seconds = 8;  // of disturbances
  std::uint64_t between_rests = 60;
  std::uint64_t seed = 1;
  std::uint64_t hosts = 16;
  std::uint64_t nodes = 64;
  std::uint64_t elders = 4;      // hosts that are never started anew
  std::uint64_t at_once = 4;     // so many are disturbed at the same time, at most
  std::uint64_t pause_ms = 400;  // between disturbances, on average
};

SoakOptions soak_options;

// Of a process, in bytes, from its status file.
std::uint64_t memory_of(pid_t process, const std::string& key) {
  std::ifstream status(absl::StrCat("/proc/", process, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::stoull(line.substr(key.size())) * 1024;
  }
  return 0;
}

std::size_t descriptors_of(pid_t process) {
  DIR* const directory = opendir(absl::StrCat("/proc/", process, "/fd").c_str());
  if (directory == nullptr) return 0;
  std::size_t count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count - 2;  // Without "." and "..".
}

struct Footprint {
  std::uint64_t memory = 0;
  std::size_t descriptors = 0;
};

Footprint footprint_of(pid_t process) {
  return {memory_of(process, "VmRSS:"), descriptors_of(process)};
}

class Soak {
 public:
  explicit Soak(const SoakOptions& options)
      : options_(options),
        random_(Random::stream(options.seed, "soak")),
        ring_({.bits = 16,
               .successors = 8,
               .processes = options.hosts,
               .host = [](std::size_t) { return RemoteHostOptions{.runtime = {.threads = 1}}; },
               .prefix = {},
               .here = {}}) {
    ring_.plant(std::nullopt, kGate, Ref<chord::RingNode>());
    std::set<chord::Id> ids = {kGate};
    while (ids.size() <= options.nodes) ids.insert(random_.below(1 << 16));
    ids.erase(kGate);
    nodes_of_.resize(options.hosts);
    std::size_t next = 0;
    for (const chord::Id id : ids) nodes_of_[next++ % options.hosts].push_back(id);
    for (std::size_t i = 0; i < options.hosts; ++i)
      addresses_.push_back(ring_.process(i).address());
    for (std::size_t i = 0; i < options.hosts; ++i) populate(i);
  }

  void run() {
    rest();  // Nothing has happened yet: this is what the others are compared with.
    const Clock::time_point begin = Clock::now();
    const Clock::time_point end = begin + std::chrono::seconds(options_.seconds);
    while (Clock::now() < end && !testing::Test::HasFailure()) {
      const auto span = std::min<Clock::duration>(std::chrono::seconds(options_.between_rests),
                                                  end - Clock::now());
      disturb_until(Clock::now() + span);
      rest();
    }
  }

 private:
  static constexpr chord::Id kGate = 1;  // the node that is on here()

  enum class Disturbance : std::uint8_t { kKill, kTerminate, kPause, kCut };
  static constexpr std::array<const char*, 4> kNames = {"killed", "terminated", "paused",
                                                        "cut off"};

  // --- Disturbances ---

  void disturb_until(Clock::time_point end) {
    Clock::time_point next = Clock::now();
    while (Clock::now() < end && !testing::Test::HasFatalFailure()) {
      if (Clock::now() >= next) {
        disturb();
        next =
            Clock::now() + random_.uniform(0ms, 2 * std::chrono::milliseconds(options_.pause_ms));
      }
      recover(Clock::now());
      std::this_thread::sleep_for(5ms);
    }
    recover(Clock::time_point::max());
  }

  // At once for many, and longer than anybody waits for some.
  Duration any_span() {
    switch (random_.below(3)) {
      case 0:
        return 0ms;
      case 1:
        return random_.uniform(0ms, 1500ms);
      default:
        return random_.uniform(1500ms, 8s);
    }
  }

  std::optional<std::size_t> any_quiet(bool may_be_elder) {
    std::vector<std::size_t> quiet;
    for (std::size_t i = may_be_elder ? 0 : options_.elders; i < options_.hosts; ++i) {
      if (!disturbed_.contains(i)) quiet.push_back(i);
    }
    if (quiet.empty() || disturbed_.size() >= options_.at_once) return std::nullopt;
    return quiet[random_.below(quiet.size())];
  }

  void disturb() {
    const auto kind = static_cast<Disturbance>(random_.below(4));
    const bool renews = kind == Disturbance::kKill || kind == Disturbance::kTerminate;
    const std::optional<std::size_t> host = any_quiet(/*may_be_elder=*/!renews);
    if (!host) return;
    ++disturbances_[kind];
    disturbed_.insert(*host);
    Process& process = ring_.process(*host).process();
    std::function<void()> recovery;
    switch (kind) {
      case Disturbance::kKill:
        ring_.kill(*host);
        recovery = [this, host] { renew(*host); };
        break;
      case Disturbance::kTerminate:
        EXPECT_EQ(process.terminate(), 0) << process.errors();
        ring_.forget(*host);
        recovery = [this, host] { renew(*host); };
        break;
      case Disturbance::kPause:
        process.pause();
        recovery = [&process] { process.resume(); };
        break;
      case Disturbance::kCut:
        recovery = cut(*host);
        break;
    }
    recoveries_.emplace(Clock::now() + any_span(), [this, host, recovery] {
      if (recovery) recovery();
      disturbed_.erase(*host);
    });
  }

  // From some of the others, in one direction or both.
  std::function<void()> cut(std::size_t host) {
    const Ref<NetworkFaults> faults =
        ring_.process(host).find<NetworkFaults>(ring_.here(), "faults");
    const std::uint64_t ways = random_.below(3);
    for (std::size_t other = 0; other < options_.hosts; ++other) {
      if (other == host || random_.chance(0.5)) continue;
      const absl::Status set =
          ring_.here()
              .ask(faults.set(addresses_[other], {.no_way_out = ways != 1, .no_way_in = ways != 0})
                       .within(kPatience))
              .status();
      EXPECT_TRUE(set.ok()) << set;
    }
    return [this, faults] {
      const absl::Status healed = ring_.here().ask(faults.heal().within(kPatience)).status();
      EXPECT_TRUE(healed.ok()) << healed;
    };
  }

  void recover(Clock::time_point now) {
    while (!recoveries_.empty() && recoveries_.begin()->first <= now) {
      const auto next = recoveries_.extract(recoveries_.begin());
      next.mapped()();
    }
  }

  void renew(std::size_t host) {
    ring_.process(host).start_again();
    populate(host);
  }

  // What is on a host that has just been started.
  void populate(std::size_t host) {
    for (const chord::Id id : nodes_of_[host]) ring_.plant(host, id, ring_.node(kGate));
    const Ref<Courier> courier = ring_.process(host).find<Courier>(ring_.here(), "courier");
    const auto met = ring_.here().ask(courier.meet(addresses_, {}).within(kPatience));
    EXPECT_TRUE(met.ok()) << met.status();
  }

  // --- Rests ---

  std::vector<Ref<Courier>> couriers() {
    std::vector<Ref<Courier>> all;
    for (std::size_t i = 0; i < options_.hosts; ++i) {
      all.push_back(ring_.process(i).find<Courier>(ring_.here(), "courier"));
    }
    return all;
  }

  // What was promised holds.
  void rest() {
    const Clock::time_point begin = Clock::now();
    expect_messages_are_accounted_for();
    // On a machine that is busy with other things it takes its time.
    bool is_settled = false;
    for (int i = 0; i < 3 && !is_settled; ++i) is_settled = ring_.settles(/*fingers=*/false);
    ASSERT_TRUE(is_settled) << ring_.difference(false) << lost_nodes();
    EXPECT_EQ(ring_.size(), options_.nodes + 1);
    EXPECT_EQ(ring_.wrong_lookups(/*seed=*/options_.seed + rests_, 200), "");
    expect_level();
    print(begin);
    ++rests_;
    for (const Ref<Courier>& courier : couriers()) {
      const auto met = ring_.here().ask(courier.meet(addresses_, {}).within(kPatience));
      EXPECT_TRUE(met.ok()) << met.status();
    }
  }

  void expect_messages_are_accounted_for() {
    const std::vector<Ref<Courier>> all = couriers();
    std::vector<Call<CourierAccount>> resting;
    for (const Ref<Courier>& courier : all) resting.push_back(courier.rest().within(2 * kPatience));
    account_ = {};
    for (const auto& account : ring_.here().ask_all(std::move(resting))) {
      ASSERT_TRUE(account.ok()) << account.status();
      EXPECT_EQ(account->sent,
                account->answered + account->reported + account->unreported + account->wrong);
      account_.add(*account);
    }
    EXPECT_EQ(account_.unreported, 0U) << account_.first_trouble;
    EXPECT_EQ(account_.wrong, 0U) << account_.first_trouble;
    EXPECT_EQ(account_.out_of_order, 0U);
    EXPECT_EQ(account_.out_of_order_answers, 0U);
    // Nothing disturbs anybody now, so nothing may be lost.
    for (const Ref<Courier>& courier : all) {
      const auto lost = ring_.here().ask(courier.probe().within(2 * kPatience));
      ASSERT_TRUE(lost.ok()) << lost.status();
      EXPECT_EQ(*lost, 0U) << ring_.here().ask(courier.account())->first_trouble;
    }
  }

  std::string lost_nodes() {
    std::string lost;
    for (std::size_t host = 0; host < options_.hosts; ++host) {
      for (const chord::Id id : nodes_of_[host]) {
        const auto table = ring_.here().ask(ring_.node(id).table().within(5s));
        if (!table.ok()) {
          absl::StrAppend(&lost, "\nnode ", id, " on ", addresses_[host], ": ",
                          table.status().ToString(), "\n", ring_.process(host).process().errors());
        }
      }
    }
    return lost;
  }

  // Of those who are there from the beginning, the last of them this process.
  std::vector<pid_t> elders() {
    std::vector<pid_t> all;
    for (std::size_t i = 0; i < options_.elders; ++i) {
      all.push_back(ring_.process(i).process().pid());
    }
    all.push_back(getpid());
    return all;
  }

  void expect_level() {
    // What frees itself with some delay: connections that have been replaced, and their threads.
    constexpr std::size_t kSomeDescriptors = 24;
    constexpr std::uint64_t kSomeMemory = 64'000'000;
    const std::vector<pid_t> all = elders();
    std::vector<Footprint> now;
    for (const pid_t process : all) now.push_back(footprint_of(process));
    if (first_.empty()) first_ = now;
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_LE(now[i].descriptors, first_[i].descriptors + kSomeDescriptors) << "of elder " << i;
      EXPECT_LE(now[i].memory, first_[i].memory + kSomeMemory) << "of elder " << i;
    }
    last_ = now;
  }

  void print(Clock::time_point begin) {
    std::printf("rest %llu (took %.1f s):", static_cast<unsigned long long>(rests_),
                std::chrono::duration<double>(Clock::now() - begin).count());
    for (const auto& [kind, count] : disturbances_) {
      std::printf(" %llu %s", static_cast<unsigned long long>(count),
                  kNames.at(static_cast<std::size_t>(kind)));
    }
    std::printf(
        "; of couriers' lives: %llu calls, %llu answered, %llu reported, %llu told, %llu received, "
        "%llu wrong; elders:",
        static_cast<unsigned long long>(account_.sent),
        static_cast<unsigned long long>(account_.answered),
        static_cast<unsigned long long>(account_.reported),
        static_cast<unsigned long long>(account_.told),
        static_cast<unsigned long long>(account_.received),
        static_cast<unsigned long long>(account_.faults()));
    for (const Footprint& one : last_) {
      std::printf(" %.1f MB %zu fd,", static_cast<double>(one.memory) / 1e6, one.descriptors);
    }
    std::printf("\n");
    std::fflush(stdout);
  }

  const SoakOptions options_;
  Random random_;
  RemoteRing ring_;
  std::vector<std::string> addresses_;
  std::vector<std::vector<chord::Id>> nodes_of_;  // by host
  std::set<std::size_t> disturbed_;
  std::multimap<Clock::time_point, std::function<void()>> recoveries_;
  std::map<Disturbance, std::uint64_t> disturbances_;
  std::uint64_t rests_ = 0;
  CourierAccount account_;
  std::vector<Footprint> first_;
  std::vector<Footprint> last_;
};

TEST(Soak, LosesNoNodeAndNoMessageThatNobodyIsToldOf) {
  SCOPED_TRACE(absl::StrCat("--seed=", soak_options.seed));
  Soak(soak_options).run();
}

}  // namespace

bool read_soak_option(std::string_view word) {
  const std::map<std::string_view, std::uint64_t*> known = {
      {"--seconds", &soak_options.seconds}, {"--between-rests", &soak_options.between_rests},
      {"--seed", &soak_options.seed},       {"--hosts", &soak_options.hosts},
      {"--nodes", &soak_options.nodes},     {"--elders", &soak_options.elders},
      {"--at-once", &soak_options.at_once}, {"--pause-ms", &soak_options.pause_ms},
  };
  const std::size_t equals = std::min(word.find('='), word.size());
  const auto found = known.find(word.substr(0, equals));
  return found != known.end() && equals < word.size() &&
         absl::SimpleAtoi(std::string(word.substr(equals + 1)), found->second);
}

}  // namespace troupe::remote_test

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (troupe::remote_test::read_soak_option(argv[i])) continue;
    std::fprintf(stderr,
                 "soak_test: what is %s?\nUsage: soak_test [--seconds=N] [--between-rests=N] "
                 "[--seed=N] [--hosts=N] [--nodes=N] [--elders=N] [--at-once=N] [--pause-ms=N]\n",
                 argv[i]);
    return 2;
  }
  return RUN_ALL_TESTS();
}
