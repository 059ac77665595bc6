// What becomes of calls, monitors and links when a host is not there, ends, hangs, or comes back as
// another: how they end, and how soon at the latest. The bounds are those of remote/remote_host.h,
// with time for a slow machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "actor/address.h"
#include "actor/lazy_ref.h"
#include "tests/remote/actors.h"
#include "tests/remote/cutting_proxy.h"
#include "tests/remote/hosts.h"

namespace troupe::remote_test {
namespace {

using Clock = std::chrono::steady_clock;
using absl::StatusCode;
using testing::HasSubstr;
using testing::Le;

// Beyond a bound, for a machine that has other things to do.
constexpr Duration kSlowness = 10s;

class Failures : public testing::Test {
 protected:
  RemoteHost& here() { return *here_; }

  // Calls, and gives how it ended; that must be within `bound`.
  template <class T>
  absl::Status failure_within(Duration bound, Call<T> call) {
    const Clock::time_point begin = Clock::now();
    const absl::Status status = here().ask(std::move(call).within(kPatience)).status();
    EXPECT_THAT(Clock::now() - begin, Le(bound + kSlowness));
    return status;
  }

  RemoteHostOptions options_;
  const Reach& reach_ = options_.reach;
  std::unique_ptr<RemoteHost> here_ = host_here();
};

TEST_F(Failures, AnActorOfAnotherProcessAnswers) {
  HostProcess there;
  const Ref<Target> target = there.find<Target>(here(), "target");
  EXPECT_EQ(here().ask(target.echo("hello")).value_or(""), "hello");
  EXPECT_EQ(there.process().terminate(), 0) << there.process().errors();
}

TEST_F(Failures, ARefusedConnectionIsToldSoon) {
  HostProcess there;
  const std::string address = there.address();
  there.process().kill();
  const Clock::time_point begin = Clock::now();
  const auto found = HostProcess::find_at<Target>(here(), address, "target");
  EXPECT_EQ(found.status().code(), StatusCode::kUnavailable) << found.status();
  EXPECT_THAT(std::string(found.status().message()), HasSubstr(address));
  EXPECT_THAT(Clock::now() - begin, Le(reach_.connect + kSlowness));
}

TEST_F(Failures, AHostThatTakesAConnectionAndSaysNothingIsToldSoon) {
  HostProcess there;
  CuttingProxy proxy(there.address());
  proxy.go_silent();
  const Clock::time_point begin = Clock::now();
  const auto found = HostProcess::find_at<Target>(here(), proxy.address(), "target");
  EXPECT_EQ(found.status().code(), StatusCode::kUnavailable) << found.status();
  EXPECT_THAT(Clock::now() - begin, Le(reach_.silence + kSlowness));
}

// What hears of a death: an open call, a monitor, a link.
struct Mourners {
  Mourners(RemoteHost& here, Ref<Target> target)
      : watcher(here.spawn<Watcher>(0)), open(here.begin(target.wait(1h).within(2min))) {
    EXPECT_TRUE(here.ask(watcher.watch(target)).ok());
    EXPECT_TRUE(here.ask(watcher.tie(target)).ok());
    // The calls above are one-way in the end: this one comes after them.
    EXPECT_EQ(here.ask(target.open_waits()).value_or(-1), 1);
  }

  Ref<Watcher> watcher;
  Question<void> open;
};

void all_hear_of_it(RemoteHost& here, Mourners& mourners, Duration bound) {
  const Clock::time_point begin = Clock::now();
  EXPECT_EQ(mourners.open.answer().status().code(), StatusCode::kUnavailable);
  const auto downs = here.ask(mourners.watcher.downs(1).within(kPatience));
  ASSERT_TRUE(downs.ok()) << downs.status();
  EXPECT_EQ(downs->front().why.code(), StatusCode::kUnavailable) << downs->front().why;
  const auto exits = here.ask(mourners.watcher.exits(1).within(kPatience));
  ASSERT_TRUE(exits.ok()) << exits.status();
  EXPECT_EQ(exits->front().why.code(), StatusCode::kUnavailable) << exits->front().why;
  EXPECT_THAT(Clock::now() - begin, Le(bound + kSlowness));
}

TEST_F(Failures, AKilledProcessEndsOpenCallsMonitorsAndLinks) {
  HostProcess there;
  const Ref<Target> target = there.find<Target>(here(), "target");
  Mourners mourners(here(), target);
  there.process().kill();
  all_hear_of_it(here(), mourners, reach_.reconnect);
  EXPECT_EQ(failure_within(reach_.connect, target.echo("")).code(), StatusCode::kUnavailable);
}

TEST_F(Failures, AStoppedProcessEndsOpenCallsMonitorsAndLinksAndMayComeBack) {
  HostProcess there;
  const Ref<Target> target = there.find<Target>(here(), "target");
  const Ref<Target> other = there.spawn<Target>(here(), kTarget());
  Mourners mourners(here(), target);
  there.process().pause();
  all_hear_of_it(here(), mourners, reach_.silence + reach_.reconnect);
  EXPECT_EQ(failure_within(reach_.silence, target.echo("")).code(), StatusCode::kUnavailable);
  there.process().resume();
  // It is the same process, so references to it are good. (Not to the target: its link has broken.)
  absl::StatusOr<std::string> echo;
  for (const Clock::time_point end = Clock::now() + kPatience; Clock::now() < end && !echo.ok();) {
    echo = here().ask(other.echo("again"));
  }
  EXPECT_EQ(echo.value_or(""), "again") << echo.status();
}

TEST_F(Failures, AConnectionThatGoesSilentEndsOpenCallsMonitorsAndLinks) {
  HostProcess origin;
  CuttingProxy proxy(origin.address());
  // Everybody knows it by the proxy's address.
  origin.process().kill();
  HostProcess there({.listen = origin.listens_at(), .advertise = proxy.address()});
  const Ref<Target> target = there.find<Target>(here(), "target");
  Mourners mourners(here(), target);
  proxy.go_silent();
  all_hear_of_it(here(), mourners, reach_.silence + reach_.reconnect);
}

TEST_F(Failures, ReferencesToARestartedHostReachNobody) {
  HostProcess there;
  const Ref<Target> before = there.find<Target>(here(), "target");
  ASSERT_TRUE(here().ask(before.record(1, "")).ok());
  for (int i = 0; i < 3; ++i) {
    there.process().kill();
    there.start_again();
    // The first message to the new one is for an actor of the old.
    here().act([&] { before.note(2, ""); });
    EXPECT_EQ(failure_within(reach_.reconnect, before.record(2, "")).code(),
              StatusCode::kUnavailable);
    const Ref<Target> after = there.find<Target>(here(), "target");
    EXPECT_NE(before, after);
    EXPECT_EQ(failure_within(0s, before.echo("")).code(), StatusCode::kUnavailable)
        << "at once, since the new one is known";
    const auto received = here().ask(after.received());
    ASSERT_TRUE(received.ok()) << received.status();
    EXPECT_EQ(received->count, 0U);
  }
}

TEST_F(Failures, AHostThatEndsInAnOrderlyWayIsMissedAtOnce) {
  HostProcess there;
  const Ref<Target> target = there.find<Target>(here(), "target");
  Mourners mourners(here(), target);
  EXPECT_EQ(there.process().terminate(), 0) << there.process().errors();
  const auto downs = here().ask(mourners.watcher.downs(1).within(kPatience));
  ASSERT_TRUE(downs.ok()) << downs.status();
  EXPECT_FALSE(mourners.open.answer().ok());
}

TEST_F(Failures, ReferencesGoRoundByManyHostsAndHome) {
  std::vector<std::unique_ptr<HostProcess>> others;
  std::vector<Ref<Target>> round = {here().spawn<Target>(0)};
  for (int i = 0; i < 4; ++i) {
    others.push_back(std::make_unique<HostProcess>());
    round.push_back(others.back()->find<Target>(here(), "target"));
  }
  const std::vector<Ref<Target>> twice = {round[0], round[3], round[2], round[0],
                                          round[1], round[4], round[2]};
  EXPECT_EQ(here().ask(round[1].pass_on("", twice).within(kPatience)).value_or(""), ".......");
}

}  // namespace
}  // namespace troupe::remote_test
