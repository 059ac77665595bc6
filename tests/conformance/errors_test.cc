// Errors with a type: what they carry, and how far.
#include <stdexcept>
#include <string>
#include <utility>

#include "tests/conformance/world.h"

namespace troupe::conformance {

struct NotLeader {
  std::string leader;
  int term = 0;
  FIELDS(leader, term)
  static constexpr auto kCode = absl::StatusCode::kAborted;
  std::string text() const { return "ask " + leader; }
};

struct Busy {
  int queue = 0;
  FIELDS(queue)
};

ACTOR_METHODS(Replica, append, append_later, busy, missing, crash, crash_later, one_way, echo)

class Replica : public Actor<Replica> {
 public:
  Sync<int> append() { return fail_with(NotLeader{.leader = "n7", .term = 3}); }
  Sync<int> append_later() {
    co_await sleep(1ms);
    co_await fail_with(NotLeader{.leader = "n8", .term = 4});
    co_return 0;
  }
  Sync<int> busy() { return fail_with(Busy{.queue = 5}); }
  Sync<int> missing() { return absl::NotFoundError("no such key"); }
  Sync<int> crash() { throw std::out_of_range("index: 9"); }
  Parallel<Sync<int>> crash_later() {
    co_await sleep(1ms);
    throw 7;
  }
  Async one_way() { return fail_with(Busy{}); }
  // A status as an argument and as a value in a result.
  Sync<std::pair<absl::Status, int>> echo(absl::Status status) {
    return std::pair<absl::Status, int>(status, 1);
  }
};

// Passes everything on: what it fails with is not its own.
ACTOR_METHODS(Proxy, append, append_delegated, missing, crash, crash_later, look, timeout)

class Proxy : public Actor<Proxy> {
 public:
  explicit Proxy(Ref<Replica> replica) : replica_(replica) {}

  Sync<int> append() { co_return co_await replica_.append_later(); }
  Sync<int> append_delegated() { return delegate(replica_.append()); }
  Sync<int> missing() { co_return co_await replica_.missing(); }
  Sync<int> crash() { co_return co_await replica_.crash(); }
  Sync<int> crash_later() { co_return co_await replica_.crash_later(); }
  Sync<std::string> look() {
    const absl::StatusOr<int> answer = co_await replica_.append().status_or();
    const auto error = error_as<NotLeader>(answer.status());
    co_return error ? error->leader : "no NotLeader";
  }
  Sync<int> timeout(Ref<Replica> nobody) { co_return co_await nobody.append().within(10ms); }

 private:
  Ref<Replica> replica_;
};

class Errors : public ConformanceTest {
 protected:
  HostId there_ = world().add_host();
  Ref<Replica> replica_ = world().spawn<Replica>(there_);
  Ref<Proxy> proxy_ = world().spawn<Proxy>(world().add_host(), replica_);
};
ON_EVERY_RUNTIME(Errors);

TEST_P(Errors, OfATypeReachTheCallerAsThatType) {
  const absl::Status status = world().ask(replica_.append()).status();
  EXPECT_THAT(status, FailsWith(absl::StatusCode::kAborted, "ask n7"));
  const auto error = error_as<NotLeader>(status);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->leader, "n7");
  EXPECT_EQ(error->term, 3);
  EXPECT_FALSE(error_as<Busy>(status)) << "it is of another type";
}

TEST_P(Errors, OfATypeCanBeLookedAtByAnActor) {
  EXPECT_THAT(world().ask(proxy_.look()), Gives("n7"));
}

TEST_P(Errors, OfATypeThatSaysNoMoreHaveItsNameAndFailedPrecondition) {
  const absl::Status status = world().ask(replica_.busy()).status();
  EXPECT_THAT(status, FailsWith(absl::StatusCode::kFailedPrecondition, "Busy"));
  EXPECT_EQ(error_as<Busy>(status)->queue, 5);
}

TEST_P(Errors, KeepTheirTypeThroughOtherActors) {
  EXPECT_EQ(error_as<NotLeader>(world().ask(proxy_.append()).status())->leader, "n8");
  EXPECT_EQ(error_as<NotLeader>(world().ask(proxy_.append_delegated()).status())->leader, "n7");
}

TEST_P(Errors, SayWhichMethodOfWhichActorFailedFirst) {
  for (const absl::Status& status :
       {world().ask(replica_.missing()).status(), world().ask(proxy_.missing()).status()}) {
    EXPECT_THAT(status, FailsWith(absl::StatusCode::kNotFound, "no such key"));
    const auto details = error_details(status);
    ASSERT_TRUE(details);
    EXPECT_EQ(details->actor, id_of(replica_));
    EXPECT_EQ(details->method, "Replica.missing");
    EXPECT_EQ(details->type, "NOT_FOUND");
    EXPECT_EQ(details->text, "no such key");
  }
}

TEST_P(Errors, OfATypeNameIt) {
  const auto details = error_details(world().ask(proxy_.append()).status());
  ASSERT_TRUE(details);
  EXPECT_EQ(details->type, "troupe::conformance::NotLeader");
  EXPECT_EQ(details->text, "ask n8");
  EXPECT_EQ(details->method, "Replica.append_later");
}

TEST_P(Errors, OfAnExceptionKeepItsTypeAndText) {
  const auto details = error_details(world().ask(proxy_.crash()).status());
  ASSERT_TRUE(details);
  EXPECT_EQ(details->type, "std::out_of_range");
  EXPECT_EQ(details->text, "index: 9");
  EXPECT_EQ(details->actor, id_of(replica_));
  EXPECT_EQ(details->method, "Replica.crash");
  const auto number = error_details(world().ask(proxy_.crash_later()).status());
  ASSERT_TRUE(number);
  EXPECT_EQ(number->type, "int");
  EXPECT_EQ(number->method, "Replica.crash_later");
}

TEST_P(Errors, OfTheRuntimeAreNoMethods) {
  world().crash(there_);
  EXPECT_FALSE(error_details(world().ask(replica_.append()).status()));
  const auto details = error_details(world().ask(proxy_.timeout(replica_)).status());
  ASSERT_TRUE(details);
  EXPECT_EQ(details->method, "Proxy.timeout") << "the first method that failed with it";
}

TEST_P(Errors, AreShownToPeopleWithoutTheirDetails) {
  EXPECT_EQ(to_string(world().ask(replica_.missing()).status()), "NOT_FOUND: no such key");
}

TEST_P(Errors, TravelAsValuesToo) {
  const absl::Status status = fail_with(NotLeader{.leader = "n9", .term = 1});
  const auto answer = world().ask(replica_.echo(status));
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->first, status);
  EXPECT_THAT(world().ask(replica_.echo(absl::OkStatus())), Succeeds());
}

TEST_P(Errors, OfAOneWayMethodAreTheActorsOwn) {
  world().act([&] { replica_.one_way(); });
  world().settle();
  EXPECT_EQ(world().failures(), 1u);
}

}  // namespace troupe::conformance
