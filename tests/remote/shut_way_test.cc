// Much that waits while the way to another host is shut: it comes in order when the way is open
// again, or is refused to its sender; within a bound of memory; and the pair of hosts talks
// afterwards.
//
//   bazel run --config=opt //tests/remote:shut_way_test -- --megabytes=4000 --seconds=300
//
// runs all cases with so much and for so long, in place of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "remote/remote_host.h"
#include "tests/remote/actors.h"
#include "tests/remote/hosts.h"

namespace troupe::remote_test {
namespace {

constexpr std::uint64_t kMessageBytes = 1'000'000;
// With the queue's 64 MiB, that is: what is being written, what is being read, and the heap's rest.
constexpr std::uint64_t kMostMemory = 320'000'000;
// Of a sender itself, which has the message that it sends again and again.
constexpr std::uint64_t kMostOfSender = 1'500'000;

// 0: as the case says.
struct ShutWayOptions {
  std::uint64_t megabytes = 0;
  std::uint64_t seconds = 0;
};
ShutWayOptions shut_way_options;

// The most memory that a process has had, in bytes, since forget_peak_memory().
std::uint64_t peak_memory(pid_t process) {
  std::ifstream status(absl::StrCat("/proc/", process, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}
void forget_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

struct Case {
  const char* name;
  std::uint64_t megabytes;
  std::uint64_t seconds;
  bool stops;       // The receiving process is stopped; else the network is cut.
  bool is_patient;  // The session outlives it.
  std::uint64_t senders;
};

// Asks until there is an answer: the first questions may be lost with a session that ends.
template <class Make>
auto ask_again(RemoteHost& here, Make make) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  auto answer = here.ask(make().within(kPatience));
  while (!answer.ok() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(100ms);
    answer = here.ask(make().within(kPatience));
  }
  return answer;
}

class ShutWay : public testing::TestWithParam<Case> {};

TEST_P(ShutWay, WhatWaitsComesInOrderOrIsRefusedAndThePairTalksAfterwards) {
  Case given = GetParam();
  if (shut_way_options.megabytes != 0) given.megabytes = shut_way_options.megabytes;
  if (shut_way_options.seconds != 0) given.seconds = shut_way_options.seconds;
  const auto shut_for = std::chrono::seconds(given.seconds);
  const std::uint64_t each = given.megabytes * 1'000'000 / kMessageBytes / given.senders;

  // This process sends, so nothing that it is told has to come through while the machine is busy.
  RemoteHostOptions options;
  if (given.is_patient) options.reach.silence = options.reach.reconnect = shut_for + kPatience;
  options.runtime.default_timeout = shut_for + 10 * kPatience;
  const auto here = host_here(options);
  HostProcess to(options);
  const auto probe = to.find<Target>(*here, "target");
  ASSERT_TRUE(here->ask(probe.echo("")).ok()) << "they are connected";
  std::vector<Ref<Sender>> senders;
  std::vector<Ref<Target>> targets;
  for (std::uint64_t i = 0; i < given.senders; ++i) {
    senders.push_back(here->spawn<Sender>(0));
    targets.push_back(to.spawn<Target>(*here, kTarget()));
  }
  forget_peak_memory();

  if (given.stops) {
    to.process().pause();
  } else {
    ASSERT_TRUE(here->set_fault(to.address(), {.no_way_out = true, .no_way_in = true}).ok());
  }
  const auto shut_at = std::chrono::steady_clock::now();
  std::vector<Question<Sent>> sending;
  for (std::uint64_t i = 0; i < given.senders; ++i) {
    sending.push_back(here->begin(
        senders[i].send_all(targets[i], each, static_cast<int>(each), kMessageBytes).within(1h)));
  }
  std::this_thread::sleep_until(shut_at + shut_for);
  if (given.stops) {
    to.process().resume();
  } else {
    ASSERT_TRUE(here->set_fault(to.address(), {}).ok());
  }

  std::uint64_t answered = 0;
  std::uint64_t refused = 0;
  std::map<std::string, std::uint64_t> failures;
  for (std::uint64_t i = 0; i < given.senders; ++i) {
    const auto sent = sending[i].answer();
    ASSERT_TRUE(sent.ok()) << sent.status();
    const auto received = ask_again(*here, [&] { return targets[i].received(); });
    ASSERT_TRUE(received.ok()) << received.status();
    EXPECT_EQ(sent->sent, each);
    EXPECT_EQ(sent->answered + sent->failed.size(), each) << "each is answered or refused";
    EXPECT_EQ(received->out_of_order, 0U);
    std::string known = received->numbers;
    known.resize(each, '0');
    EXPECT_GE(std::ranges::count(known, '1'), static_cast<std::ptrdiff_t>(sent->answered));
    for (const std::uint64_t number : sent->failed) known.at(number) = '1';
    EXPECT_EQ(known.find('0'), std::string::npos) << "lost, and its sender does not know";
    answered += sent->answered;
    refused += sent->failed.size();
    if (!sent->first_failure.empty()) ++failures[sent->first_failure.substr(0, 120)];
  }
  const auto echo = ask_again(*here, [&] { return probe.echo("the pair talks"); });
  EXPECT_TRUE(echo.ok()) << echo.status();

  const std::uint64_t peak_from = peak_memory(getpid());
  const std::uint64_t peak_to = peak_memory(to.process().pid());
  EXPECT_LT(peak_from, kMostMemory + given.senders * kMostOfSender);
  EXPECT_LT(peak_to, kMostMemory);
  std::printf(
      "%s: %llu MB, shut for %llu s: %llu answered, %llu refused, open again and done in "
      "%.1f s; at most %.0f MB where they wait, %.0f MB where they come\n",
      given.name, static_cast<unsigned long long>(given.megabytes),
      static_cast<unsigned long long>(given.seconds), static_cast<unsigned long long>(answered),
      static_cast<unsigned long long>(refused),
      std::chrono::duration<double>(std::chrono::steady_clock::now() - shut_at - shut_for).count(),
      static_cast<double>(peak_from) / 1e6, static_cast<double>(peak_to) / 1e6);
  for (const auto& [failure, count] : failures) {
    std::printf("  %llu senders: %s\n", static_cast<unsigned long long>(count), failure.c_str());
  }
}

INSTANTIATE_TEST_SUITE_P(OfHosts, ShutWay,
                         testing::Values(Case{"stopped", 40, 1, true, false, 1},
                                         Case{"cut", 40, 1, false, false, 4},
                                         Case{"stopped_patiently", 400, 1, true, true, 8},
                                         Case{"cut_patiently", 400, 1, false, true, 1},
                                         Case{"cut_for_long", 400, 6, false, false, 200}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace

bool read_shut_way_option(std::string_view word) {
  for (const auto& [name, value] : {std::pair("--megabytes=", &shut_way_options.megabytes),
                                    std::pair("--seconds=", &shut_way_options.seconds)}) {
    if (word.starts_with(name)) {
      return absl::SimpleAtoi(std::string(word.substr(std::string_view(name).size())), value);
    }
  }
  return false;
}

}  // namespace troupe::remote_test

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (troupe::remote_test::read_shut_way_option(argv[i])) continue;
    std::fprintf(stderr,
                 "shut_way_test: what is %s?\nUsage: shut_way_test [--megabytes=N] [--seconds=N]\n",
                 argv[i]);
    return 2;
  }
  return RUN_ALL_TESTS();
}
