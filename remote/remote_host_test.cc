// Hosts that reach each other over gRPC: in one process, each behind its own dispatcher, or as two
// runtimes. What takes several processes is in //tests/remote.
#include "remote/remote_host.h"

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "actor/actor.h"
#include "actor/address.h"
#include "actor/host.h"
#include "actor/names.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "remote/network_faults.h"

namespace troupe::remote_test {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

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

ACTOR_METHODS(Sequence, next, seen)

class Sequence : public Actor<Sequence> {
 public:
  Async next(int number) {
    seen_.push_back(number);
    return {};
  }
  Sync<std::vector<int>> seen() { return seen_; }

 private:
  std::vector<int> seen_;
};

// In one piece of code until the other method is called, which another door of the same host has.
ACTOR_METHODS(Door, knock, hold, open, was_opened)

class Door : public Actor<Door> {
 public:
  explicit Door(std::shared_ptr<std::promise<void>> opened) : opened_(std::move(opened)) {}
  Sync<> knock() { return {}; }
  Async hold() {
    was_opened_ = opened_->get_future().wait_for(20s) == std::future_status::ready;
    return {};
  }
  Async open() {
    opened_->set_value();
    return {};
  }
  Sync<bool> was_opened() { return was_opened_; }

 private:
  std::shared_ptr<std::promise<void>> opened_;
  bool was_opened_ = false;
};

LinkFault late(int i) {
  if (i % 100 != 0) return {};
  return {.latency = 10ms, .jitter = 10ms};
}

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

TEST(RemoteHostTest, AnAddressWithANameIsResolvedByTheHostThatItNames) {
  const auto a = start();
  const auto b = start();
  const Ref<Counter> counter = named(*b, "counter");
  named(*a, "counter");
  const auto found = resolve(*a, "troupe://" + b->address() + "/counter");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->id.index, id_of(counter).index);
  EXPECT_EQ(a->host_name(found->id.host), b->address());
  EXPECT_EQ(resolve(*a, "troupe://" + b->address() + "/clock").status().code(),
            absl::StatusCode::kNotFound);
  const auto own = resolve(*a, "troupe://" + a->address() + "/counter");
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(a->host_name(own->id.host), a->address());
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
  EXPECT_TRUE(
      RemoteHost::start(
          {.listen = "0.0.0.0:0", .advertise = "127.0.0.1:0", .admission = {.insecure = true}})
          .ok());
}

TEST(RemoteHostTest, AnAddressThatNobodyCanCallIsNotAdvertised) {
  for (const RemoteHostOptions& wrong :
       {RemoteHostOptions{.listen = "0.0.0.0:0", .admission = {.insecure = true}},
        RemoteHostOptions{.listen = "127.0.0.1:0", .advertise = "0.0.0.0:7000"},
        RemoteHostOptions{.listen = "127.0.0.1:0", .advertise = "[::]:7000"}}) {
    const auto host = RemoteHost::start(wrong);
    EXPECT_EQ(host.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(host.status().message()), HasSubstr("advertise"));
  }
}

TEST(RemoteHostTest, ANameOrAddressThatCannotBeIsRefused) {
  for (const char* wrong : {"unix:/tmp/troupe", "127.0.0.1", "dns:///localhost:1", "a b:1"}) {
    EXPECT_EQ(RemoteHost::start({.listen = wrong}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << wrong;
  }
  for (const std::string& wrong : {std::string("\xff"), std::string("a\nb"), std::string(300, 'a'),
                                   std::string("127.0.0.1:7000")}) {
    EXPECT_EQ(RemoteHost::start({.name = wrong}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << wrong;
  }
  const auto host = start();
  EXPECT_FALSE(host_named(*host, "unix:/tmp/troupe").ok());
  EXPECT_FALSE(resolve(*host, "troupe://unix:%2Ftmp%2Ftroupe/Counter/1.1").ok());
}

TEST(RemoteHostTest, AHostThatIsCalledByAnotherSpellingRefusesWithBothNamesAndKeepsItsSessions) {
  const auto a = start();
  const auto b = start();
  named(*b, "counter");
  const auto counter = find(*a, b->address(), "counter");
  ASSERT_TRUE(counter.ok()) << counter.status();
  const std::string other = absl::StrCat("localhost", b->address().substr(b->address().rfind(':')));
  const std::uint64_t before = a->connections().reconnects + b->connections().reconnects;
  for (int i = 0; i < 5; ++i) {
    const auto refused = find(*a, other, "counter");
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition) << refused.status();
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(other));
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(b->address()));
    EXPECT_EQ(a->ask(counter->total()).value_or(-1), 0);
  }
  EXPECT_EQ(a->connections().reconnects + b->connections().reconnects, before);
}

TEST(RemoteHostTest, ANameThatAnotherHostHasIsNotTaken) {
  const auto a = start();
  const auto b = start({.name = "office"});
  const auto c = start({.name = "office"});
  std::vector<std::string> log;
  std::mutex mutex;
  a->on_log([&](const std::string& line) {
    const std::lock_guard lock(mutex);
    log.push_back(line);
  });
  named(*b, "at b");
  named(*c, "at c");
  EXPECT_TRUE(find(*a, b->address(), "at b").ok());
  EXPECT_TRUE(find(*a, c->address(), "at c").ok());
  EXPECT_TRUE(find(*a, "office", "at b").ok());
  const std::lock_guard lock(mutex);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_THAT(log[0], HasSubstr(b->address()));
  EXPECT_THAT(log[0], HasSubstr(c->address()));
}

TEST(RemoteHostTest, PlainTextGoesToNoOtherMachineUnlessAskedFor) {
  for (const std::string& token : {std::string(), std::string("swordfish")}) {
    const auto host = start({.admission = {.token = token}});
    // A network for documentation, where nobody is; and a name that only begins like loopback.
    for (const char* elsewhere : {"192.0.2.1:7000", "127.0.0.1.invalid:7000"}) {
      const auto begin = std::chrono::steady_clock::now();
      const auto counter = find(*host, elsewhere, "counter");
      EXPECT_EQ(counter.status().code(), absl::StatusCode::kFailedPrecondition) << counter.status();
      EXPECT_THAT(std::string(counter.status().message()), HasSubstr("plain text"));
      EXPECT_LT(std::chrono::steady_clock::now() - begin, 500ms) << "nothing has been dialled";
    }
  }
}

TEST(RemoteHostTest, AHostThatDrainsSpawnsNothingForOthers) {
  const auto a = start();
  const auto b = start();
  allow_spawning(*b, Spawnable<Counter>());
  const auto host = host_named(*a, b->address());
  ASSERT_TRUE(host.ok());
  const auto first = a->ask(host->spawn(Spawnable<Counter>()()));
  ASSERT_TRUE(first.ok()) << first.status();
  b->drain();
  const auto second = a->ask(host->spawn(Spawnable<Counter>()()));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable) << second.status();
  EXPECT_EQ(a->ask(Ref<Counter>(first->id).total()).value_or(-1), 0) << "all else goes on";
}

TEST(RemoteHostTest, AWrongAddressIsToldWithWhatIsRight) {
  const auto host = RemoteHost::start({.listen = "localhost"});
  EXPECT_THAT(std::string(host.status().message()), HasSubstr("host:port"));
  const auto first = start();
  const auto second = RemoteHost::start({.listen = first->address()});
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another program has the port"));
}

TEST(RemoteHostTest, MessagesThatAreLateKeepTheirOrder) {
  const auto a = start();
  const auto b = start();
  named(*b, "counter");
  auto sequence = spawn_with<Sequence>(*b, 0, {.name = "sequence"});
  ASSERT_TRUE(sequence.ok());
  const auto host = host_named(*a, b->address());
  ASSERT_TRUE(host.ok());
  const auto found = a->ask(host->lookup("sequence"));
  ASSERT_TRUE(found.ok()) << found.status();
  const Ref<Sequence> there(found->id);
  constexpr int kMany = 300;
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < kMany; ++i) {
    // From bad to good and back: what is late is not overtaken.
    if (i % 50 == 0) ASSERT_TRUE(a->set_fault(b->address(), late(i)).ok());
    a->act([&] { there.next(i); });
  }
  const auto seen = a->ask(there.seen());
  ASSERT_TRUE(seen.ok()) << seen.status();
  ASSERT_EQ(seen->size(), kMany);
  EXPECT_TRUE(std::ranges::is_sorted(*seen));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
}

// Also where the thread that brings messages runs the actor.
TEST(RemoteHostTest, AnActorThatIsLongAboutAMessageDoesNotKeepOthersWaitingForTheirs) {
  RemoteHostOptions options;
  options.runtime.threads = 2;
  options.reach.heartbeat = 1min;  // Nothing else makes the host read on.
  options.reach.silence = 5min;
  const auto a = start(options);
  const auto b = start(options);
  const auto there = host_named(*a, b->address());
  ASSERT_TRUE(there.ok());
  for (int round = 0; round < 10; ++round) {
    const auto opened = std::make_shared<std::promise<void>>();
    const std::string held = absl::StrCat("held", round);
    const std::string other = absl::StrCat("other", round);
    ASSERT_TRUE(spawn_with<Door>(*b, 0, {.name = held}, opened).ok());
    ASSERT_TRUE(spawn_with<Door>(*b, 0, {.name = other}, opened).ok());
    Ref<Door> door = *(*a->ask(there->lookup(held))).as<Door>();
    Ref<Door> opener = *(*a->ask(there->lookup(other))).as<Door>();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(a->ask(door.knock()).ok());
    a->act([&] { door.hold(); });
    a->act([&] { opener.open(); });
    const auto was_opened = a->ask(door.was_opened().within(1min));
    ASSERT_TRUE(was_opened.ok()) << was_opened.status();
    EXPECT_TRUE(*was_opened);
  }
}

TEST(RemoteHostTest, OfMessagesThatAreLostTheCallerHearsNothing) {
  const auto a = start();
  const auto b = start();
  named(*b, "counter");
  const auto counter = find(*a, b->address(), "counter");
  ASSERT_TRUE(counter.ok());
  ASSERT_TRUE(a->set_fault(b->address(), {.loss = 1}).ok());
  a->act([&] { counter->add(1); });
  const auto lost = a->ask(counter->total().within(50ms));
  EXPECT_EQ(lost.status().code(), absl::StatusCode::kDeadlineExceeded) << lost.status();
  EXPECT_EQ(a->drops(DropReason::kLost), 2U);
  ASSERT_TRUE(a->set_fault(b->address(), {}).ok());
  EXPECT_EQ(a->ask(counter->total().within(5s)).value_or(-1), 0);
  ASSERT_TRUE(a->set_fault(b->address(), {.loss = 0.5}).ok());
  a->act([&] {
    for (int i = 0; i < 1000; ++i) counter->add(1);
  });
  ASSERT_TRUE(a->set_fault(b->address(), {}).ok());
  const int some = a->ask(counter->total().within(5s)).value_or(-1);
  EXPECT_GT(some, 400);
  EXPECT_LT(some, 600);
}

TEST(RemoteHostTest, APartitionEndsSessionsAndAHealedOneLetsThemBegin) {
  const auto a = start({.reach = {.reconnect = 100ms, .silence = 100ms, .heartbeat = 20ms}});
  const auto b =
      start({.name = "b", .reach = {.reconnect = 100ms, .silence = 100ms, .heartbeat = 20ms}});
  named(*b, "counter");
  const auto counter = find(*a, b->address(), "counter");
  ASSERT_TRUE(counter.ok());
  auto faults = spawn_with<NetworkFaults>(*a, 0, {.name = "faults"}, *a);
  ASSERT_TRUE(faults.ok());
  const LinkFault one_way = {.no_way_in = true};
  const LinkFault partition = {.no_way_out = true, .no_way_in = true};
  for (const LinkFault& fault : {one_way, partition}) {
    ASSERT_TRUE(a->ask(faults->set("b", fault)).ok());  // By the name that it has told.
    EXPECT_THAT(a->ask(faults->list()).value_or(std::map<std::string, LinkFault>{}),
                ElementsAre(Pair("b", fault)));
    const auto cut = a->ask(counter->total().within(5s));
    EXPECT_EQ(cut.status().code(), absl::StatusCode::kUnavailable) << cut.status();
    ASSERT_TRUE(a->ask(faults->heal()).ok());
    absl::StatusOr<int> healed = a->ask(counter->total().within(5s));
    for (int i = 0; i < 50 && absl::IsUnavailable(healed.status()); ++i) {
      healed = a->ask(counter->total().within(5s));
    }
    EXPECT_EQ(healed.value_or(-1), 0) << healed.status();
  }
}

TEST(RemoteHostTest, AFaultThatCannotBeIsRefused) {
  const auto a = start();
  using enum absl::StatusCode;
  EXPECT_EQ(a->set_fault("127.0.0.1:1", {.loss = 1.5}).code(), kInvalidArgument);
  EXPECT_EQ(a->set_fault("127.0.0.1:1", {.latency = -1ms}).code(), kInvalidArgument);
  EXPECT_EQ(a->set_fault("nobody", {}).code(), kNotFound);
  EXPECT_EQ(a->set_fault(a->address(), {}).code(), kInvalidArgument);
}

}  // namespace troupe::remote_test
