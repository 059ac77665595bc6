// Multi: many actors at once.
#include <map>
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

ACTOR_METHODS(Voter, vote, learn, refuse)

class Voter : public Actor<Voter> {
 public:
  Voter(int number, Log* log) : number_(number), log_(log) {}

  // Answers after a second times its number; a negative one refuses then.
  Parallel<Sync<int>> vote() {
    co_await sleep(std::chrono::seconds(number_ < 0 ? -number_ : number_));
    if (number_ < 0) co_await fail(absl::AbortedError("no " + std::to_string(number_)));
    log_->add("voted " + std::to_string(number_));
    co_return number_;
  }
  Async learn(int value) {
    log_->add(std::to_string(number_) + " learned " + std::to_string(value));
    return {};
  }
  Sync<> refuse() { return absl::AbortedError("no"); }

 private:
  int number_;
  Log* log_;
};

// Asks them, and writes down who answered what, and when it went on.
ACTOR_METHODS(Chair, all, within, at_least, at_least_within, tell, all_refuse, twice)

class Chair : public Actor<Chair> {
 public:
  using Voters = std::vector<Ref<Voter>>;

  Sync<std::string, NoTimeout> all(Voters voters) {
    auto answers = co_await Multi<Voter>(voters).vote().within(1h);
    co_return describe(answers);
  }
  Sync<std::string, NoTimeout> within(Voters voters, Duration timeout) {
    auto answers = co_await Multi<Voter>(voters).vote().within(timeout);
    co_return describe(answers);
  }
  Sync<std::string, NoTimeout> at_least(Voters voters, int needed) {
    auto answers =
        co_await Multi<Voter>(voters).vote().at_least(static_cast<std::size_t>(needed)).within(1h);
    co_return describe(answers);
  }
  Sync<std::string, NoTimeout> at_least_within(Voters voters, int needed, Duration timeout) {
    auto answers = co_await Multi<Voter>(voters)
                       .vote()
                       .at_least(static_cast<std::size_t>(needed))
                       .within(timeout);
    co_return describe(answers);
  }
  Sync<> tell(Voters voters, int value) {
    Multi<Voter>(voters).learn(value);
    return {};
  }
  Sync<std::string> all_refuse(Voters voters) {
    auto answers = co_await Multi<Voter>(voters).refuse();
    co_return describe(answers);
  }
  // One group, asked twice; the second time while late answers of the first still come in.
  Sync<std::string, NoTimeout> twice(Voters voters) {
    const Multi<Voter> group(voters);
    auto first = co_await group.vote().at_least(1).within(1h);
    auto second = co_await group.vote().within(1h);
    co_return describe(first) + "| " + describe(second);
  }

 private:
  template <class Answers>
  std::string describe(const Answers& answers) {
    std::string text;
    for (const auto& [voter, answer] : answers) {
      if (answer.ok()) {
        if constexpr (requires { std::to_string(*answer); }) text += std::to_string(*answer);
      } else {
        text += absl::StatusCodeToString(answer.status().code());
      }
      text += " ";
    }
    return text + "at " + to_string(now() - started_);
  }
  Async on_start() override {
    started_ = now();
    return {};
  }
  Time started_;
};

class Groups : public ConformanceTest {
 protected:
  Log log_;
  HostId here_ = world().add_host();
  Ref<Chair> chair_ = world().spawn<Chair>(here_);

  std::vector<Ref<Voter>> voters(const std::vector<int>& numbers) {
    std::vector<Ref<Voter>> all;
    const HostId there = world().add_host();
    for (const int number : numbers) all.push_back(world().spawn<Voter>(there, number, &log_));
    return all;
  }
};
ON_EVERY_RUNTIME(Groups);

TEST_P(Groups, GiveTheAnswerOfEachMemberAfterTheLast) {
  EXPECT_THAT(world().ask(chair_.all(voters({1, 3, 2}))), Gives("1 3 2 at 3.02s"));
}

TEST_P(Groups, GiveAFailureForEachMemberThatFailed) {
  EXPECT_THAT(world().ask(chair_.all(voters({1, -3, 2}))), Gives("1 ABORTED 2 at 3.02s"));
  EXPECT_THAT(world().ask(chair_.all_refuse(voters({1, 2}))),
              Gives(testing::StartsWith("ABORTED ABORTED at ")));
}

TEST_P(Groups, GiveAPartialResultAtTheOneDeadlineOfAll) {
  EXPECT_THAT(world().ask(chair_.within(voters({1, 30, 2, 40}), 5s)),
              Gives("1 DEADLINE_EXCEEDED 2 DEADLINE_EXCEEDED at 5s"));
}

TEST_P(Groups, GoOnWithTheNeededSuccesses) {
  EXPECT_THAT(world().ask(chair_.at_least(voters({4, 1, 3, 2, 5}), 3)), Gives("1 3 2 at 3.02s"));
}

TEST_P(Groups, CountOnlySuccessesForAQuorum) {
  EXPECT_THAT(world().ask(chair_.at_least(voters({-1, 2, -3, 4}), 2)),
              Gives("ABORTED 2 ABORTED 4 at 4.02s"));
}

TEST_P(Groups, FailAsSoonAsTheQuorumIsOutOfReach) {
  const Time before = world().now();
  EXPECT_THAT(world().ask(chair_.at_least(voters({-1, 2, -3, 40}), 3)),
              FailsWith(absl::StatusCode::kUnavailable,
                        AllOf(HasSubstr("of 4 actors, 1 answered; 3 were needed"),
                              HasSubstr("ABORTED: no -1"))));
  EXPECT_EQ(world().now() - before, 3020ms);
}

TEST_P(Groups, FailAtTheDeadlineWhereTheQuorumIsNotComplete) {
  const Time before = world().now();
  EXPECT_THAT(world().ask(chair_.at_least_within(voters({1, 20, 30}), 2, 5s)),
              FailsWith(absl::StatusCode::kUnavailable, HasSubstr("DEADLINE_EXCEEDED")));
  EXPECT_EQ(world().now() - before, 5s);
}

TEST_P(Groups, FailAtOnceWhereThereAreTooFewMembers) {
  const Time before = world().now();
  EXPECT_THAT(world().ask(chair_.at_least(voters({1, 2}), 3)),
              FailsWith(absl::StatusCode::kUnavailable, HasSubstr("of 2 actors")));
  EXPECT_EQ(world().now(), before);
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre()) << "nobody was asked";
}

TEST_P(Groups, ThatNeedNobodyAskEverybodyAndGoOnAtOnce) {
  EXPECT_THAT(world().ask(chair_.at_least(voters({1, 2}), 0).within(1h)), Gives("at 0s"));
  world().settle();
  EXPECT_THAT(log_.lines(), ElementsAre("voted 1", "voted 2"));
}

TEST_P(Groups, ThatAreEmptyGiveAnEmptyMapOrMissTheirQuorum) {
  const Chair::Voters none;
  EXPECT_THAT(world().ask(chair_.all(none)), Gives("at 0s"));
  EXPECT_THAT(world().ask(chair_.at_least(none, 0)), Gives("at 0s"));
  EXPECT_THAT(world().ask(chair_.at_least(none, 1)), FailsWith(absl::StatusCode::kUnavailable));
  EXPECT_THAT(world().ask(chair_.tell(none, 1)), Succeeds());
}

TEST_P(Groups, LetLateAnswersGoToNobody) {
  EXPECT_THAT(world().ask(chair_.at_least(voters({1, 2, 3}), 1)), Gives("1 at 1.02s"));
  world().settle();
  EXPECT_EQ(world().drops(DropReason::kLateReply), 2u);
  EXPECT_THAT(world().ask(chair_.twice(voters({1, 2, 3}))),
              Gives(testing::MatchesRegex("1 at .*\\| 1 2 3 at .*")));
}

TEST_P(Groups, OfOneWayMethodsGiveEachMemberTheMessageOnce) {
  EXPECT_THAT(world().ask(chair_.tell(voters({1, 2, 3}), 9)), Succeeds());
  world().settle();
  // Each on a thread of its own, perhaps: in any order.
  EXPECT_THAT(log_.lines(), UnorderedElementsAre("1 learned 9", "2 learned 9", "3 learned 9"));
}

TEST_P(Groups, WithADeadMemberGoOnWithTheOthers) {
  std::vector<Ref<Voter>> members = voters({1, 2});
  members.push_back(Ref<Voter>(ActorId{here_, 9999, 1}));
  EXPECT_THAT(world().ask(chair_.at_least(members, 2)),
              Gives(AllOf(HasSubstr("NOT_FOUND"), HasSubstr("at 2.02s"))));
}

// The chair ends while it waits for a group: nothing is left behind, and answers go to nobody.
TEST_P(Groups, CanBeWaitedForByAnActorThatCrashes) {
  Question<std::string> question = world().begin(chair_.all(voters({1, 2, 3})));
  world().run_for(1500ms);
  world().crash(here_);
  world().settle();
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kUnavailable));
}

}  // namespace troupe::conformance
