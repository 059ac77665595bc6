// Every call has a deadline: which one, what it does, what it does not.
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Server, by_default, by_method, patient, echo_later, count, relay, relay_late)

class Server : public Actor<Server> {
 public:
  explicit Server(Log* log = nullptr) : log_(log) {}

  Parallel<Sync<int>> by_default(Duration delay) { co_return co_await after_delay(delay); }
  Parallel<Sync<int, Milliseconds<300>>> by_method(Duration delay) {
    co_return co_await after_delay(delay);
  }
  Parallel<Sync<int, NoTimeout>> patient(Duration delay) { co_return co_await after_delay(delay); }
  Parallel<Sync<int>> echo_later(int value, Duration delay) {
    co_await sleep(delay);
    co_return value;
  }
  Sync<int> count() { return ended_; }

  // Asks the next with a generous deadline of its own.
  Parallel<Sync<int>> relay(Ref<Server> next, Duration delay) {
    const Time before = now();
    absl::StatusOr<int> answer = co_await next.by_default(delay).within(1h).status_or();
    log_->add("gave up after " + to_string(now() - before));
    co_return answer;
  }
  // Asks the next when its own caller has long gone.
  Parallel<Sync<int>> relay_late(Ref<Server> next, Duration delay) {
    co_await sleep(delay);
    const Time before = now();
    absl::StatusOr<int> answer = co_await next.echo_later(1, 5s).within(1h).status_or();
    log_->add(std::string(answer.status().message()) + " after " + to_string(now() - before));
    if (now() < before) log_->add("time went back");
    co_return 1;
  }

 private:
  Sync<int> after_delay(Duration delay) {
    co_await sleep(delay);
    ++ended_;
    co_return 1;
  }
  int ended_ = 0;
  Log* log_;
};

// Says how long it waited, and for what.
ACTOR_METHODS(Client, by_default, by_method, patient, within, in_a_row, nested, late)

class Client : public Actor<Client> {
 public:
  explicit Client(Ref<Server> server) : server_(server) {}

  Sync<std::string, NoTimeout> by_default(Duration delay) {
    return timed(server_.by_default(delay));
  }
  Sync<std::string, NoTimeout> by_method(Duration delay) { return timed(server_.by_method(delay)); }
  Sync<std::string, NoTimeout> patient(Duration delay) { return timed(server_.patient(delay)); }
  Sync<std::string, NoTimeout> within(Duration delay, Duration timeout) {
    return timed(server_.patient(delay).within(timeout));
  }
  // A call that times out, and at once another one that must not get the late reply.
  Sync<std::vector<int>, NoTimeout> in_a_row() {
    std::vector<int> answers;
    for (int i = 1; i <= 20; ++i) {
      const int late = co_await server_.echo_later(-i, 70ms).within(50ms).value_or(0);
      answers.push_back(late);
      const int own = co_await server_.echo_later(i, 5ms).within(1s);
      answers.push_back(own);
    }
    co_return answers;
  }

  Sync<std::string, NoTimeout> nested(Ref<Server> far, Duration timeout) {
    return timed(server_.relay(far, 1h).within(timeout));
  }
  Sync<std::string, NoTimeout> late(Ref<Server> far) {
    return timed(server_.relay_late(far, 300ms).within(100ms));
  }

 private:
  Sync<std::string, NoTimeout> timed(Call<int> call) {
    const Time before = now();
    absl::StatusOr<int> answer = co_await std::move(call).status_or();
    co_return to_string(now() - before) + " " +
        (answer.ok() ? std::to_string(*answer) : absl::StatusCodeToString(answer.status().code()));
  }
  Ref<Server> server_;
};

class Deadlines : public ConformanceTest {
 protected:
  Log log_;
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Server> server_ = world().spawn<Server>(there_, &log_);
  Ref<Client> client_ = world().spawn<Client>(here_, server_);
};
ON_EVERY_RUNTIME(Deadlines);

TEST_P(Deadlines, AreTheRuntimesDefaultWhereNothingElseIsSaid) {
  EXPECT_THAT(world().ask(client_.by_default(1s)), Gives("1.02s 1"));
  EXPECT_THAT(world().ask(client_.by_default(10s)), Gives("2s DEADLINE_EXCEEDED"));
}

TEST_P(Deadlines, OfAMethodsTypeGoBeforeTheDefault) {
  EXPECT_THAT(world().ask(client_.by_method(200ms)), Gives("220ms 1"));
  EXPECT_THAT(world().ask(client_.by_method(10s)), Gives("300ms DEADLINE_EXCEEDED"));
}

TEST_P(Deadlines, OfACallGoBeforeThoseOfItsMethod) {
  EXPECT_THAT(world().ask(client_.within(10s, 5ms)), Gives("5ms DEADLINE_EXCEEDED"));
  EXPECT_THAT(world().ask(client_.within(10s, 15s)), Gives("10.02s 1"));
}

TEST_P(Deadlines, CanBeNone) {
  EXPECT_THAT(world().ask(client_.patient(20h).within(kNoTimeout)), Gives("20h0.02s 1"));
  EXPECT_THAT(world().ask(client_.within(20h, kNoTimeout)), Gives("20h0.02s 1"));
}

TEST_P(Deadlines, ThatAreNotPositivePassAtOnce) {
  EXPECT_THAT(world().ask(client_.within(10s, 0s)), Gives("1ns DEADLINE_EXCEEDED"));
  EXPECT_THAT(world().ask(client_.within(10s, -5s)), Gives("1ns DEADLINE_EXCEEDED"));
}

TEST_P(Deadlines, AreKeptByAnAnswerThatComesAtThatVeryTime) {
  EXPECT_THAT(world().ask(client_.within(80ms, 100ms)), Gives("100ms 1"));
  EXPECT_THAT(world().ask(client_.within(80ms + 1ns, 100ms)), Gives("100ms DEADLINE_EXCEEDED"));
}

TEST_P(Deadlines, SayWhoDidNotAnswerAndForHowLong) {
  EXPECT_THAT(world().ask(server_.by_default(10s)),
              FailsWith(absl::StatusCode::kDeadlineExceeded,
                        AllOf(HasSubstr("Server.by_default of " + world().name_of(id_of(server_))),
                              HasSubstr("within 2s"))));
}

TEST_P(Deadlines, DoNotDisturbTheCallee) {
  EXPECT_THAT(world().ask(client_.within(500ms, 100ms)), Gives("100ms DEADLINE_EXCEEDED"));
  EXPECT_THAT(world().ask(server_.count()), Gives(0));
  world().settle();
  EXPECT_THAT(world().ask(server_.count()), Gives(1));
}

TEST_P(Deadlines, MakeALateReplyBeDroppedAndCounted) {
  EXPECT_THAT(world().ask(client_.within(500ms, 100ms)), Gives("100ms DEADLINE_EXCEEDED"));
  EXPECT_EQ(world().drops(DropReason::kLateReply), 0u);
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 1u);
}

TEST_P(Deadlines, NeverGiveALateReplyToTheNextCall) {
  std::vector<int> expected;
  for (int i = 1; i <= 20; ++i) {
    expected.push_back(0);
    expected.push_back(i);
  }
  EXPECT_THAT(world().ask(client_.in_a_row()), Gives(expected));
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 20u);
}

TEST_P(Deadlines, OfANestedCallAreNotLaterThanItsCallers) {
  const Ref<Server> far = world().spawn<Server>(here_, &log_);
  EXPECT_THAT(world().ask(client_.nested(far, 300ms)), Gives("300ms DEADLINE_EXCEEDED"));
  world().run_for(1s);
  EXPECT_THAT(log_.lines(), ElementsAre("gave up after 290ms"));
}

TEST_P(Deadlines, ThatHavePassedMakeAFurtherCallFailAtOnce) {
  const Ref<Server> far = world().spawn<Server>(here_, &log_);
  EXPECT_THAT(world().ask(client_.late(far)), Gives("100ms DEADLINE_EXCEEDED"));
  world().run_for(10s);
  EXPECT_THAT(
      log_.lines(),
      ElementsAre("Server.echo_later of " + world().name_of(id_of(far)) +
                  " was not called: the deadline of Server.relay_late had passed after 0s"));
}

// Late answers that come while another method keeps the turn: the first to come counts.
ACTOR_METHODS(Busy, ask, block)

class Busy : public Actor<Busy> {
 public:
  explicit Busy(Ref<Server> server) : server_(server) {}
  Parallel<Sync<int>> ask(Duration delay, Duration timeout) {
    co_return co_await server_.echo_later(7, delay).within(timeout).value_or(-1);
  }
  Sync<> block(Duration span) { co_await sleep(span); }

 private:
  Ref<Server> server_;
};

TEST_P(Deadlines, CountWhenTheAnswerComesAlsoWhereTheTurnIsTaken) {
  const Ref<Busy> busy = world().spawn<Busy>(here_, server_);
  Question<int> in_time = world().begin(busy.ask(100ms, 200ms));
  Question<int> too_late = world().begin(busy.ask(300ms, 200ms));
  Question<void> block = world().begin(busy.block(1s));
  world().settle();
  EXPECT_THAT(in_time.answer(), Gives(7));
  EXPECT_THAT(too_late.answer(), Gives(-1));
  EXPECT_EQ(world().drops(DropReason::kLateReply), 1u);
}

}  // namespace troupe::conformance
