// Selective receive in function actors: by type, by predicate, by pattern; with deadlines.
#include <string>
#include <vector>

#include "actor/receive.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;

struct Ping {
  int number = 0;
  FIELDS(number)
};
struct Pong {
  int number = 0;
  FIELDS(number)
};
struct Start {
  FIELDS()
};

class ReceiveTest : public ConformanceTest {
 protected:
  // Runs the function, sends it these messages and a Start, and gives what it wrote.
  template <class F>
  std::vector<std::string> run(F function, const std::vector<Term>& messages) {
    const Ref<Process> process =
        world().spawn<Process>(world().add_host(), std::move(function), static_cast<Log*>(&log_));
    world().settle();
    world().act([&] {
      for (const Term& message : messages) process.send(message);
    });
    world().settle();
    return log_.lines();
  }
  Log log_;
};
using Receives = ReceiveTest;
ON_EVERY_RUNTIME(Receives);

TEST_P(Receives, TakeTheFirstMessageOfTheTypesThatTheyName) {
  const auto function = [](Process& self, Log* log) -> Task<> {
    const Pong pong = co_await self.receive<Pong>();
    log->add("pong " + std::to_string(pong.number));
    const std::variant<Pong, Ping> either = co_await self.receive<Pong, Ping>();
    log->add(either.index() == 1 ? "ping first" : "pong");
    const Term rest = co_await self.receive();
    log->add(to_string(rest));
  };
  EXPECT_THAT(run(function, {"text", Ping{1}, Pong{2}, Pong{3}}),
              ElementsAre("pong 2", "ping first", "\"text\""));
}

TEST_P(Receives, LeaveWhatAPredicateRejectsInOrder) {
  const auto function = [](Process& self, Log* log) -> Task<> {
    const Ping large =
        co_await self.receive<Ping>([](const Ping& ping) { return ping.number > 9; });
    log->add(std::to_string(large.number));
    const Term text = co_await self.receive([](const Term& term) { return term == "text"; });
    log->add(to_string(text));
    for (int i = 0; i < 3; ++i) {
      const Term next = co_await self.receive();
      log->add(to_string(next));
    }
  };
  EXPECT_THAT(
      run(function, {Ping{1}, Pong{2}, Ping{3}, "text", Ping{10}}),
      ElementsAre("10", "\"text\"", "Ping{number: 1}", "Pong{number: 2}", "Ping{number: 3}"));
}

TEST_P(Receives, WaitForWhatHasNotComeYet) {
  const auto function = [](Process& self, Log* log) -> Task<> {
    self.send_after(5ms, Ping{1});
    self.send_after(10ms, Pong{2});
    const Time begin = self.now();
    const Pong pong = co_await self.receive<Pong>();
    log->add(to_string(self.now() - begin) + " " + std::to_string(pong.number));
    const Ping ping = co_await self.receive<Ping>().within(0s);
    log->add(to_string(self.now() - begin) + " " + std::to_string(ping.number));
  };
  EXPECT_THAT(run(function, {}), ElementsAre("10ms 2", "10ms 1"));
}

TEST_P(Receives, TellTheirDeadlineFromAMessage) {
  const auto function = [](Process& self, Log* log) -> Task<> {
    const Time begin = self.now();
    absl::StatusOr<Ping> ping = co_await self.receive<Ping>().within(100ms).status_or();
    log->add(to_string(self.now() - begin) + " " + ping.status().ToString());
    self.send_after(50ms, Ping{1});
    ping = co_await self.receive<Ping>().within(100ms).status_or();
    log->add(to_string(self.now() - begin) + (ping.ok() ? " ping" : " nothing"));
    // A receive() that went on has no deadline any more.
    co_await self.sleep(1s);
    co_await self.receive<Pong>().within(10ms);
    log->add("not reached");
  };
  EXPECT_THAT(run(function, {}),
              ElementsAre("100ms DEADLINE_EXCEEDED: no message that receive() takes came within "
                          "100ms",
                          "150ms ping"));
}

TEST_P(Receives, WithinNothingOnlyLook) {
  const auto function = [](Process& self, Log* log) -> Task<> {
    co_await self.receive<Start>();
    for (int i = 0; i < 2; ++i) {
      const absl::StatusOr<Ping> ping = co_await self.receive<Ping>().within(0s).status_or();
      log->add(ping.ok() ? std::to_string(ping->number) : "nothing");
    }
    co_await self.receive<Ping>().within(0s);
    log->add("not reached");
  };
  EXPECT_THAT(run(function, {Ping{1}, Start{}}), ElementsAre("1", "nothing"));
}

TEST_P(Receives, AtTheVeryTimeOfTheirDeadlineAreInTime) {
  const auto function = [](Process& self, Log* log) -> Task<> {
    self.send_after(100ms, Ping{1});
    const absl::StatusOr<Ping> ping = co_await self.receive<Ping>().within(100ms).status_or();
    log->add(ping.ok() ? "in time" : "late");
  };
  EXPECT_THAT(run(function, {}), ElementsAre("in time"));
}

TEST_P(Receives, GiveTheSenderOfEachMessage) {
  const Ref<Process> echo = world().spawn<Process>(world().add_host(), [](Process& self) -> Task<> {
    while (true) {
      const Ping ping = co_await self.receive<Ping>();
      self.sender().send(Pong{ping.number});
    }
  });
  const auto function = [echo](Process& self, Log* log) -> Task<> {
    echo.send(Ping{1});
    echo.send(Ping{2});
    for (int i = 0; i < 2; ++i) {
      const Pong pong = co_await self.receive<Pong>();
      log->add(std::to_string(pong.number) + (self.sender() == AnyRef(echo) ? " from echo" : ""));
    }
  };
  EXPECT_THAT(run(function, {}), ElementsAre("1 from echo", "2 from echo"));
}

TEST_P(Receives, AnswerRequestsLaterInWhateverOrder) {
  const Ref<Process> process =
      world().spawn<Process>(world().add_host(), [](Process& self) -> Task<> {
        std::vector<Responder<Term>> waiting;
        for (int i = 0; i < 3; ++i) {
          co_await self.receive<Ping>();
          waiting.push_back(self.take_responder());
        }
        for (std::size_t i = waiting.size(); i-- > 0;) co_await waiting[i].reply(i);
        co_await self.receive<Start>();
      });
  Question<Term> first = world().begin(process.request(Ping{}));
  Question<Term> second = world().begin(process.request(Ping{}));
  world().run_for(100ms);
  EXPECT_FALSE(first.done());
  EXPECT_THAT(world().ask(process.request(Ping{})), Gives(Term(2)));
  world().settle();
  EXPECT_THAT(first.answer(), Gives(Term(0)));
  EXPECT_THAT(second.answer(), Gives(Term(1)));
}

TEST_P(Receives, OfTheNextMessageGiveAnUnansweredRequestUp) {
  const Ref<Process> process =
      world().spawn<Process>(world().add_host(), [](Process& self) -> Task<> {
        while (true) co_await self.receive();
      });
  Question<Term> forgotten = world().begin(process.request(Ping{}).within(1h));
  world().run_for(1ms);
  world().act([&] { process.send(1); });
  world().run_for(1ms);
  ASSERT_TRUE(forgotten.done());
  EXPECT_THAT(forgotten.answer(), FailsWith(absl::StatusCode::kAborted, HasSubstr("dropped")));
}

TEST_P(Receives, OfATypeDoNotLookTwiceAtWhatTheyHaveRejected) {
  // 20,000 messages that nobody takes, and as many rounds: would be 4 * 10^8 looks.
  constexpr int kMany = 20000;
  const auto function = [](Process& self, Log* log) -> Task<> {
    for (int i = 0; i < kMany; ++i) self.self().send(Ping{i});
    int sum = 0;
    for (int i = 0; i < kMany; ++i) {
      self.self().send(Pong{1});
      const Pong pong = co_await self.receive<Pong>();
      sum += pong.number;
    }
    log->add(std::to_string(sum) + " " + std::to_string(self.mailbox_size()));
  };
  EXPECT_THAT(run(function, {}), ElementsAre("20000 20000"));
}

TEST_P(Receives, OfAMillionMessagesNeedNoStack) {
  const auto function = [](Process& self, Log* log) -> Task<> {
    for (int i = 0; i < 1000; ++i) self.self().send(i);
    co_await self.sleep(1ms);
    std::int64_t count = 0;
    for (int round = 0; round < 1000; ++round) {
      for (int i = 0; i < 1000; ++i) {
        const int number = co_await self.receive<int>();
        count += number >= 0 ? 1 : 0;
        if (round < 100) self.self().send(number);
        if (round >= 100) co_return log->add(std::to_string(count));
      }
    }
  };
  EXPECT_THAT(run(function, {}), ElementsAre("100001"));
}

}  // namespace troupe::conformance
