// Hosts that reach each other over gRPC: in one process, each behind its own dispatcher, or as two
// runtimes. What takes several processes is in //tests/remote.
#include "remote/remote_host.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "actor/address.h"
#include "actor/host.h"
#include "actor/names.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe::remote_test {

using namespace std::chrono_literals;
using testing::HasSubstr;

ACTOR_METHODS(Counter, add, total, meet, ask_other)

class Counter : public Actor<Counter> {
 public:
  Async add(int number) {
    total_ += number;
    return {};
  }
  Sync<int> total() { return total_; }
  Async meet(Ref<Counter> other) {
    other_ = other;
    return {};
  }
  Parallel<Sync<int>> ask_other() { co_return co_await other_.total(); }

 private:
  int total_ = 0;
  Ref<Counter> other_;
};

std::unique_ptr<RemoteHost> start(RemoteHostOptions options = {}) {
  auto host = RemoteHost::start(std::move(options));
  EXPECT_TRUE(host.ok()) << host.status();
  return host.ok() ? *std::move(host) : nullptr;
}

Ref<Counter> named(RemoteHost& host, const std::string& name) {
  auto ref = spawn_with<Counter>(host, 0, {.name = name});
  EXPECT_TRUE(ref.ok()) << ref.status();
  return *ref;
}

absl::StatusOr<Ref<Counter>> find(RemoteHost& from, const std::string& address,
                                  const std::string& name) {
  const auto host = host_named(from, address);
  if (!host.ok()) return host.status();
  const absl::StatusOr<DynamicRef> found = from.ask(host->lookup(name));
  if (!found.ok()) return found.status();
  return Ref<Counter>(found->id);
}

TEST(RemoteHostTest, AnActorOfAnotherHostIsCalledByItsName) {
  const auto a = start();
  const auto b = start();
  named(*b, "counter");
  const auto counter = find(*a, b->address(), "counter");
  ASSERT_TRUE(counter.ok()) << counter.status();
  a->act([&] { counter->add(5); });
  const auto total = a->ask(counter->total());
  ASSERT_TRUE(total.ok()) << total.status();
  EXPECT_EQ(*total, 5);
}

TEST(RemoteHostTest, AReferencePassedOnToAThirdHostReachesTheFirst) {
  const auto a = start();
  const auto b = start();
  const auto c = start();
  const Ref<Counter> home = named(*a, "home");
  a->act([&] { home.add(7); });
  named(*b, "counter");
  named(*c, "counter");
  const auto on_b = find(*a, b->address(), "counter");
  const auto on_c = find(*a, c->address(), "counter");
  ASSERT_TRUE(on_b.ok() && on_c.ok());
  // B knows C, whom it has never met; C knows A's actor.
  a->act([&] {
    on_b->meet(*on_c);
    on_c->meet(home);
  });
  EXPECT_EQ(a->ask(on_b->ask_other()).value_or(-1), 0);
  EXPECT_EQ(a->ask(on_c->ask_other()).value_or(-1), 7);
}

TEST(RemoteHostTest, NobodyWhoListensIsToldWithinTheTimeForConnecting) {
  const auto a = start({.reach = {.connect = 200ms}});
  const auto counter = find(*a, "127.0.0.1:1", "counter");
  EXPECT_EQ(counter.status().code(), absl::StatusCode::kUnavailable) << counter.status();
  EXPECT_THAT(std::string(counter.status().message()), HasSubstr("127.0.0.1:1 cannot be reached"));
}

TEST(RemoteHostTest, AHostThatStopsIsMissedAtOnce) {
  const auto a = start();
  auto b = start();
  named(*b, "counter");
  const auto counter = find(*a, b->address(), "counter");
  ASSERT_TRUE(counter.ok());
  b.reset();
  const auto total = a->ask(counter->total());
  EXPECT_EQ(total.status().code(), absl::StatusCode::kUnavailable) << total.status();
}

TEST(RemoteHostTest, AHostThatIsStartedAnewIsAnother) {
  const auto a = start();
  auto b = start();
  const std::string address = b->address();
  named(*b, "counter");
  const auto before = find(*a, address, "counter");
  ASSERT_TRUE(before.ok());
  b.reset();
  b = start({.listen = address});
  named(*b, "counter");
  const auto after = find(*a, address, "counter");
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_NE(*before, *after);
  EXPECT_EQ(a->ask(after->total()).value_or(-1), 0);
  const auto lost = a->ask(before->total());
  EXPECT_EQ(lost.status().code(), absl::StatusCode::kUnavailable) << lost.status();
}

TEST(RemoteHostTest, OnlyHostsWithTheTokenAreLetIn) {
  const auto a = start({.admission = {.token = "swordfish"}});
  const auto b = start({.admission = {.token = "swordfish"}});
  const auto wrong = start({.admission = {.token = "herring"}});
  const auto none = start();
  std::vector<std::string> log;
  std::mutex mutex;
  b->on_log([&](const std::string& line) {
    const std::lock_guard lock(mutex);
    log.push_back(line);
  });
  named(*b, "counter");
  EXPECT_TRUE(find(*a, b->address(), "counter").ok());
  for (const auto* other : {&wrong, &none}) {
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(find(**other, b->address(), "counter").status().code(),
                absl::StatusCode::kUnauthenticated);
    }
  }
  EXPECT_EQ(b->connections().refused, 4U);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(log.size(), 2U);  // Once for each reason.
}

TEST(RemoteHostTest, PlainTextIsForLoopbackUnlessAskedFor) {
  const auto host = RemoteHost::start({.listen = "0.0.0.0:0"});
  EXPECT_EQ(host.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(RemoteHost::start({.listen = "0.0.0.0:0", .admission = {.insecure = true}}).ok());
}

TEST(RemoteHostTest, AWrongAddressIsToldWithWhatIsRight) {
  const auto host = RemoteHost::start({.listen = "localhost"});
  EXPECT_THAT(std::string(host.status().message()), HasSubstr("host:port"));
  const auto first = start();
  const auto second = RemoteHost::start({.listen = first->address()});
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another program has the port"));
}

}  // namespace troupe::remote_test
