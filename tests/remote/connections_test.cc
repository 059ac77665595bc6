// Connections that break, and hosts that are flooded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/remote/actors.h"
#include "tests/remote/cutting_proxy.h"
#include "tests/remote/hosts.h"

namespace troupe::remote_test {
namespace {

// Two hosts, each of which is reached through a proxy of its own, by whoever dials.
struct ProxiedPair {
  explicit ProxiedPair(CuttingProxyOptions cuts, Reach reach = {},
                       Duration default_timeout = ThreadRuntimeOptions().default_timeout) {
    // Ports that are free.
    std::string here_at = host_here()->address();
    std::string there_at = host_here()->address();
    to_here = std::make_unique<CuttingProxy>(here_at, cuts);
    to_there = std::make_unique<CuttingProxy>(there_at, cuts);
    here = host_here({.listen = here_at,
                      .advertise = to_here->address(),
                      .reach = reach,
                      .runtime = {.default_timeout = default_timeout}});
    there = std::make_unique<HostProcess>(
        RemoteHostOptions{.listen = there_at, .advertise = to_there->address(), .reach = reach});
    target = there->find<Target>(*here, "target");
    sender = here->spawn<Sender>(0);
  }
  void go_away() {
    to_here->go_away();
    to_there->go_away();
  }
  void come_back() {
    to_here->come_back();
    to_there->come_back();
  }

  std::unique_ptr<CuttingProxy> to_here;
  std::unique_ptr<CuttingProxy> to_there;
  std::unique_ptr<RemoteHost> here;
  std::unique_ptr<HostProcess> there;
  Ref<Target> target;
  Ref<Sender> sender;
};

// Each message has come once and in order, or its sender has heard of its failure, or both.
void expect_all_accounted_for(const Sent& sent, const Received& received, std::uint64_t count) {
  EXPECT_EQ(sent.sent, count);
  EXPECT_EQ(sent.answered + sent.failed.size(), count);
  EXPECT_EQ(received.out_of_order, 0U);
  EXPECT_GE(received.count, sent.answered);
  std::string known = received.numbers;
  known.resize(count, '0');
  for (const std::uint64_t number : sent.failed) known.at(number) = '1';
  EXPECT_EQ(known.find('0'), std::string::npos) << "lost, and its sender does not know";
}

TEST(Connections, TwoHundredCutsInAHundredThousandMessagesDoubleNothingAndLoseNothingUnseen) {
  constexpr std::uint64_t kMessages = 100'000;
  ProxiedPair pair({.seed = 1, .cuts = 200, .bytes_between = 10'000});
  const auto sent =
      pair.here->ask(pair.sender.send_all(pair.target, kMessages, 64, 64).within(5min));
  ASSERT_TRUE(sent.ok()) << sent.status();
  const auto received = pair.here->ask(pair.target.received().within(kPatience));
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_GE(pair.to_here->cuts() + pair.to_there->cuts(), 200U);
  expect_all_accounted_for(*sent, *received, kMessages);
  // The sessions outlive their connections.
  EXPECT_EQ(sent->failed.size(), 0U) << sent->first_failure;
}

TEST(Connections, WhatIsLostInALongOutageIsToldToItsSender) {
  constexpr std::uint64_t kMessages = 200'000;
  ProxiedPair pair({}, {.connect = 100ms, .reconnect = 100ms});
  RemoteHost& here = *pair.here;
  auto sending = here.begin(pair.sender.send_all(pair.target, kMessages, 16, 64).within(5min));
  for (int outage = 0; outage < 5 && !sending.done(); ++outage) {
    const std::uint64_t before = here.ask(pair.sender.failures()).value_or(0);
    pair.go_away();
    EXPECT_TRUE(here.run_until(
        [&] { return sending.done() || here.ask(pair.sender.failures()).value_or(0) > before; },
        here.now() + kPatience));
    pair.come_back();
    // It is there again.
    EXPECT_TRUE(here.run_until([&] { return here.ask(pair.target.echo("")).ok(); },
                               here.now() + kPatience));
  }
  const auto sent = sending.answer();
  ASSERT_TRUE(sent.ok()) << sent.status();
  const auto received = here.ask(pair.target.received().within(kPatience));
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_GT(sent->failed.size(), 0U);
  EXPECT_GT(sent->answered, 0U);
  expect_all_accounted_for(*sent, *received, kMessages);
}

// More than one frame may have: what waits goes in several, and each of them is acknowledged.
class Queued : public testing::TestWithParam<std::pair<std::uint64_t, std::uint64_t>> {};

TEST_P(Queued, WhileTheWayIsShutComesWhenItIsOpenAgainAndThePairTalksAfterwards) {
  const auto [messages, bytes] = GetParam();
  constexpr int kSenders = 4;  // One alone would be held back at half of the queue.
  ProxiedPair pair({}, {.reconnect = 20s}, 1min);
  RemoteHost& here = *pair.here;
  ASSERT_TRUE(here.ask(pair.target.echo("")).ok());
  pair.go_away();
  std::vector<Ref<Sender>> senders;
  std::vector<Question<Sent>> sending;
  for (int i = 0; i < kSenders; ++i) {
    senders.push_back(here.spawn<Sender>(0));
    sending.push_back(here.begin(senders.back()
                                     .send_all(pair.target, messages / kSenders,
                                               static_cast<int>(messages / kSenders), bytes)
                                     .within(5min)));
  }
  std::this_thread::sleep_for(1s);  // Longer than it takes to send all of it.
  const std::uint64_t reconnects = here.connections().reconnects;
  pair.come_back();
  for (auto& one : sending) {
    const auto sent = one.answer();
    ASSERT_TRUE(sent.ok()) << sent.status();
    EXPECT_EQ(sent->answered, messages / kSenders) << sent->first_failure;
  }
  EXPECT_TRUE(here.ask(pair.target.echo("afterwards")).ok());
  EXPECT_LE(here.connections().reconnects, reconnects + 2);
}

INSTANTIATE_TEST_SUITE_P(MoreThanFortyMegabytes, Queued,
                         testing::Values(std::pair(48U, 1'000'000U), std::pair(46'000U, 1'000U)),
                         [](const auto& test) { return absl::StrCat("Of", test.param.second); });

// The most memory that a process has had, in bytes.
std::uint64_t peak_memory(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}

// Two hosts, of which one floods the other, with two hundred megabytes in all.
class Floods : public testing::Test {
 protected:
  static constexpr std::uint64_t kMessages = 4'000;
  static constexpr std::uint64_t kBytes = 50'000;
  const Reach reach = {.queue = 8 << 20, .inbox = 8 << 20};
  const std::unique_ptr<RemoteHost> here = host_here();
  HostProcess flooded{{.reach = reach, .runtime = {.threads = 2}}};
  HostProcess flooding{{.reach = reach}};
  const Ref<Target> other = flooded.spawn<Target>(*here, kTarget());
  const Ref<Flooder> flooder = flooding.spawn<Flooder>(*here, kFlooder());
};

TEST_F(Floods, StayWithinTheirBoundAndOthersAreAnswered) {
  const Ref<Target> slow = flooded.find<Target>(*here, "target");
  const std::uint64_t before =
      std::max(peak_memory(flooded.process().pid()), peak_memory(flooding.process().pid()));

  here->act([&] { flooder.flood(slow, kMessages, kBytes, 1ms); });
  // Meanwhile.
  std::uint64_t answers = 0;
  EXPECT_TRUE(here->run_until(
      [&] {
        if (here->ask(other.echo("are you there?").within(10s)).ok()) ++answers;
        // This one stands in the queue behind the flood, for at most so long.
        const auto toiled = here->ask(slow.toiled().within(kPatience));
        return toiled.ok() && *toiled == kMessages * kBytes;
      },
      here->now() + 2 * kPatience));
  EXPECT_GT(answers, 0U);
  for (HostProcess* host : {&flooded, &flooding}) {
    EXPECT_LT(peak_memory(host->process().pid()), before + 64'000'000)
        << (host == &flooded ? "of who was flooded" : "of who flooded");
  }
}

// What it waits for may come behind the flood, so its host reads on.
TEST_F(Floods, OfAnActorThatKeepsItsTurnAreRefusedBeyondTheirBound) {
  const Ref<Target> standing = flooded.spawn<Target>(*here, kTarget());
  const Ref<Target> gate = flooding.spawn<Target>(*here, kTarget());
  const std::uint64_t before = peak_memory(flooded.process().pid());

  here->act([&] { standing.stand(gate).tell(); });
  EXPECT_TRUE(here->ask(other.echo("behind it").within(kPatience)).ok());
  here->act([&] { flooder.flood(standing, kMessages, kBytes, 0ms); });
  EXPECT_TRUE(here->run_until(
      [&] {
        EXPECT_TRUE(here->ask(other.echo("are you there?").within(10s)).ok());
        return here->ask(flooder.is_done().within(kPatience)).value_or(false);
      },
      here->now() + 2 * kPatience));
  const auto refused = here->ask(flooder.echo_of(standing).within(kPatience));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("keeps"));
  EXPECT_LT(peak_memory(flooded.process().pid()), before + 64'000'000);

  here->act([&] { gate.open(); });
  const auto toiled = here->ask(standing.toiled().within(kPatience));
  ASSERT_TRUE(toiled.ok()) << toiled.status();
  EXPECT_GT(*toiled, reach.inbox / 2);
  EXPECT_LE(*toiled, reach.inbox);
  const auto echo = here->ask(flooder.echo_of(standing).within(kPatience));
  EXPECT_TRUE(echo.ok()) << "there is room again: " << echo.status();
}

}  // namespace
}  // namespace troupe::remote_test
