// Actors that are functions: how they start, what they get, how they end; servers of one function.
#include <memory>
#include <string>
#include <vector>

#include "actor/life.h"
#include "actor/receive.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;

struct Add {
  int amount = 0;
  FIELDS(amount)
};
struct Get {
  FIELDS()
};
struct Done {
  FIELDS()
};
struct Fail {
  std::string text;
  FIELDS(text)
};

Task<int> adder(Process& process, int total) {
  while (true) {
    std::variant<Add, Get, Done, Fail> next = co_await process.receive<Add, Get, Done, Fail>();
    if (const Add* add = std::get_if<Add>(&next)) {
      total += add->amount;
    } else if (std::holds_alternative<Get>(next)) {
      co_await process.reply(total);
    } else if (const Fail* failure = std::get_if<Fail>(&next)) {
      co_await fail(absl::OutOfRangeError(failure->text));
    } else {
      co_return total;
    }
  }
}

// Not a coroutine: it has ended before it waits for anything.
Task<std::string> at_once(Process&, std::string text, int number) {
  return text + std::to_string(number);
}

Task<> throws_at_once(Process&) { throw std::runtime_error("at once"); }

ACTOR_METHODS(Parent, run, exit_of, ring, other_services)

class Parent : public Actor<Parent> {
 public:
  // The exit value of a function actor that this one starts.
  Sync<int> run(std::vector<int> amounts) {
    const Ref<Process> child = spawn<Process>([](Process& process) -> Task<int> {
      process.send_after(10ms, Done{});
      const int total = co_await adder(process, 1000);
      co_return total;
    });
    for (const int amount : amounts) child.send(Add{amount});
    const Exit exit = co_await join(child).within(1min);
    co_return exit.value<int>();
  }
  Sync<std::string> exit_of(Ref<Process> child) {
    const Exit exit = co_await join(child).within(1min);
    if (!exit.why.ok()) co_return exit.why.ToString();
    co_return exit.value<std::string>();
  }
  // A ring of function actors: each hands the number on, one larger.
  Sync<int> ring(int length) {
    Ref<Process> next;
    for (int i = 0; i < length; ++i) {
      next = spawn<Process>(
          [](Process& process, Ref<Process> next) -> Task<> {
            const int number = co_await process.receive<int>();
            if (next) {
              const Term answer = co_await next.request(number + 1).within(1h);
              co_await process.reply(answer);
            } else {
              co_await process.reply(number + 1);
            }
          },
          next);
    }
    const Term answer = co_await next.request(0).within(1h);
    co_return answer.as<int>().value_or(-1);
  }
  // What a function has of its Process besides messages.
  Sync<std::string> other_services() {
    const Ref<Process> child = spawn<Process>([](Process& process) -> Task<std::string> {
      const Time begin = process.now();
      co_await process.sleep(5ms);
      const Duration slept = process.now() - begin;
      const bool drawn = process.random().below(3) < 3;
      const Ref<Process> grandchild = process.spawn<Process>(adder, 1);
      const Term answer = co_await grandchild.request(Get{});
      process.send_after(1ms, "later");
      const std::string later = co_await process.receive<std::string>();
      const bool by_myself = process.sender() == AnyRef(process.self());
      co_return to_string(slept) + (drawn ? " drawn " : "") + to_string(answer) + later +
          (by_myself ? " by myself" : "");
    });
    const Exit exit = co_await join(child).within(1min);
    co_return exit.value<std::string>();
  }
};

class FunctionActors : public ConformanceTest {
 protected:
  Ref<Parent> spawn_parent() { return world().spawn<Parent>(world().add_host()); }
  template <class... Arguments>
  Ref<Process> spawn_process(Arguments... arguments) {
    return world().spawn<Process>(world().add_host(), std::move(arguments)...);
  }
};
ON_EVERY_RUNTIME(FunctionActors);

TEST_P(FunctionActors, ReceiveInALoopAndAnswer) {
  const Ref<Process> process = spawn_process(adder, 10);
  world().act([&] {
    process.send(Add{1});
    process.send(Add{2});
  });
  EXPECT_THAT(world().ask(process.request(Get{})), Gives(Term(13)));
}

TEST_P(FunctionActors, MayAnswerWhereNobodyHasAsked) {
  const Ref<Process> process = spawn_process(adder, 10);
  world().act([&] { process.send(Get{}); });
  EXPECT_THAT(world().ask(process.request(Get{})), Gives(Term(10)));
}

TEST_P(FunctionActors, CannotAnswerTwice) {
  const Ref<Process> process = spawn_process([](Process& self) -> Task<> {
    co_await self.receive<Get>();
    co_await self.reply(1);
    const absl::Status second = self.reply(2);
    co_await self.receive<Get>();
    co_await self.reply(second.ToString());
    co_await self.receive<Done>();
  });
  EXPECT_THAT(world().ask(process.request(Get{})), Gives(Term(1)));
  EXPECT_THAT(to_string(*world().ask(process.request(Get{}))), HasSubstr("FAILED_PRECONDITION"));
}

TEST_P(FunctionActors, GiveTheirReturnValueToWhoeverJoinsThem) {
  EXPECT_THAT(world().ask(spawn_parent().run(std::vector<int>{1, 2, 3})), Gives(1006));
}

TEST_P(FunctionActors, HaveStateOfTheirOwn) {
  const Ref<Process> first = spawn_process(adder, 1);
  const Ref<Process> second = spawn_process(adder, 2);
  world().act([&] { first.send(Add{10}); });
  EXPECT_THAT(world().ask(first.request(Get{})), Gives(Term(11)));
  EXPECT_THAT(world().ask(second.request(Get{})), Gives(Term(2)));
}

TEST_P(FunctionActors, OwnTheirArguments) {
  // The lambda and what it was given live as long as the actor.
  Ref<Process> process;
  {
    auto text = std::make_shared<std::string>("kept");
    process = spawn_process(
        [text](Process& self, std::vector<int> numbers) -> Task<> {
          while (true) {
            co_await self.receive<Get>();
            co_await self.reply(*text + std::to_string(numbers.size()));
          }
        },
        std::vector<int>{1, 2});
  }
  EXPECT_THAT(world().ask(process.request(Get{})), Gives(Term("kept2")));
  EXPECT_THAT(world().ask(process.request(Get{})), Gives(Term("kept2")));
}

TEST_P(FunctionActors, MayEndAtOnce) {
  const Ref<Process> process = spawn_process(at_once, std::string("a"), 1);
  world().settle();
  EXPECT_THAT(world().ask(process.request(Get{})), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(FunctionActors, ThatFailEndWithTheirFailure) {
  const Ref<Parent> parent = spawn_parent();
  const Ref<Process> process = spawn_process(adder, 0);
  Question<std::string> exit = world().begin(parent.exit_of(process).within(1min));
  world().run_for(1s);
  world().act([&] { process.send(Fail{"too far"}); });
  world().settle();
  EXPECT_THAT(exit.answer(), Gives(HasSubstr("OUT_OF_RANGE: too far")));
  EXPECT_THAT(world().ask(process.request(Get{})), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(FunctionActors, ThatThrowEndAndAreNoZombies) {
  const Ref<Process> process = spawn_process(throws_at_once);
  world().settle();
  EXPECT_THAT(world().ask(process.request(Get{})), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(FunctionActors, ThatEndTellThoseWhoWaitForAnAnswer) {
  const Ref<Process> process =
      spawn_process([](Process& self) -> Task<> { co_await self.receive<Done>(); });
  Question<Term> waiting = world().begin(process.request(Get{}).within(1h));
  Question<Term> never_answered = world().begin(process.request(Done{}).within(1h));
  const Time before = world().now();
  world().run_for(1s);
  EXPECT_THAT(waiting.answer(), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_THAT(never_answered.answer(), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_EQ(world().now() - before, 1s);
}

TEST_P(FunctionActors, CountWhatNobodyHasReceivedWhenTheyEnd) {
  const Ref<Process> process =
      spawn_process([](Process& self) -> Task<> { co_await self.receive<Done>(); });
  world().act([&] {
    process.send(1);
    process.send(2);
    process.send(Done{});
  });
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kNoActor), 2u);
}

TEST_P(FunctionActors, LetMessagesInWhileTheyWaitForSomethingElse) {
  const Ref<Process> slow = spawn_process([](Process& self) -> Task<> {
    co_await self.receive<Get>();
    co_await self.sleep(1s);
    co_await self.reply("slow");
  });
  const Ref<Process> process = spawn_process([slow](Process& self) -> Task<> {
    const Term answer = co_await slow.request(Get{}).within(5s);
    while (true) {
      co_await self.receive<Get>();
      co_await self.reply(self.mailbox_size());
    }
  });
  Question<Term> first = world().begin(process.request(Get{}).within(5s));
  Question<Term> second = world().begin(process.request(Get{}).within(5s));
  world().run_for(500ms);
  EXPECT_FALSE(first.done()) << "the function has not come to them yet";
  world().settle();
  EXPECT_TRUE(first.done() && second.done());
}

TEST_P(FunctionActors, WorkInARingOfManyThousands) {
  EXPECT_THAT(world().ask(spawn_parent().ring(10000).within(1h)), Gives(10000));
}

TEST_P(FunctionActors, HaveTimeChanceChildrenAndTimers) {
  EXPECT_THAT(world().ask(spawn_parent().other_services()), Gives("5ms drawn 1later by myself"));
}

TEST_P(FunctionActors, ReceiveTheEndsOfOthersAsMessages) {
  const Ref<Process> victim = spawn_process(adder, 0);
  const Ref<Process> watcher = spawn_process([victim](Process& self) -> Task<> {
    self.monitor(victim);
    const Down down = co_await self.receive<Down>();
    const Term asked = co_await self.receive();
    co_await self.reply(down.why().ToString());
  });
  world().settle();
  world().act([&] { victim.send(Fail{"broken"}); });
  world().settle();
  EXPECT_THAT(world().ask(watcher.request(Get{})), Gives(Term("OUT_OF_RANGE: broken")));
}

// --- Servers of one function --------------------------------------------------------------

absl::StatusOr<int> quotient(int dividend, int divisor) {
  if (divisor == 0) return absl::InvalidArgumentError("division by zero");
  return dividend / divisor;
}

class Servers : public FunctionActors {};
ON_EVERY_RUNTIME(Servers);

TEST_P(Servers, AnswerWithWhatTheFunctionGives) {
  const Ref<Process> adder = spawn_process(serve([](int a, int b) { return a + b; }));
  EXPECT_THAT(world().ask(adder.request(std::tuple(1, 2))), Gives(Term(3)));
  EXPECT_THAT(world().ask(adder.request(std::vector{3, 4})), Gives(Term(7)));
  const Ref<Process> length = spawn_process(serve([](std::string text) { return text.size(); }));
  EXPECT_THAT(world().ask(length.request("four")), Gives(Term(4))) << "the only one needs no list";
}

TEST_P(Servers, HandFailuresOnAndServeOn) {
  const Ref<Process> server = spawn_process(serve(quotient));
  EXPECT_THAT(world().ask(server.request(std::tuple(1, 0))),
              FailsWith(absl::StatusCode::kInvalidArgument, "division by zero"));
  EXPECT_THAT(world().ask(server.request(std::tuple(6, 3))), Gives(Term(2)));
}

TEST_P(Servers, RefuseArgumentsThatDoNotFit) {
  const Ref<Process> server = spawn_process(serve(quotient));
  EXPECT_THAT(world().ask(server.request("six")),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("does not take \"six\"")));
  EXPECT_THAT(world().ask(server.request(std::tuple(1, 2, 3))),
              FailsWith(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(world().ask(server.request(std::tuple(6, 3))), Gives(Term(2)));
}

TEST_P(Servers, EndByQuit) {
  const Ref<Process> server = spawn_process(serve(quotient));
  world().act([&] { server.send(Quit{}); });
  world().settle();
  EXPECT_THAT(world().ask(server.request(std::tuple(6, 3))),
              FailsWith(absl::StatusCode::kNotFound));
  const Ref<Process> other = spawn_process(serve(quotient));
  EXPECT_THAT(world().ask(other.request(Quit{})), Gives(Term())) << "asked to quit, it says so";
  EXPECT_THAT(world().ask(other.request(Quit{})), FailsWith(absl::StatusCode::kNotFound));
}

}  // namespace troupe::conformance
