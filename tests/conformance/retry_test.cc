// Call::retry(): how often, how long, after which failures.
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Flaky, ask, when, hang)

class Flaky : public Actor<Flaky> {
 public:
  // Fails so many times, then gives what it was asked with.
  explicit Flaky(int failures, absl::StatusCode code = absl::StatusCode::kUnavailable)
      : failures_(failures), code_(code) {}

  Sync<std::string> ask(std::string word, std::vector<int> numbers) {
    when_.push_back(now() - Time{});
    if (failures_-- > 0) return absl::Status(code_, "not now");
    return word + std::to_string(numbers.size());
  }
  Parallel<Sync<int, NoTimeout>> hang() {
    when_.push_back(now() - Time{});
    co_await sleep(1h);
    co_return 1;
  }
  Sync<std::vector<Duration>> when() { return when_; }

 private:
  int failures_;
  absl::StatusCode code_;
  std::vector<Duration> when_;
};

ACTOR_METHODS(Caller, plain, steady, only, hang, overall, fallback, status, of_caller)

class Caller : public Actor<Caller> {
 public:
  explicit Caller(Ref<Flaky> flaky) : flaky_(flaky) {}

  Sync<std::string, NoTimeout> plain(int attempts) {
    co_return co_await flaky_.ask("a", std::vector{1, 2}).retry({.attempts = attempts});
  }
  // Pauses without chance: 100, 200, 400 and then 500 ms.
  Sync<std::string, NoTimeout> steady() {
    RetryPolicy policy;
    policy.attempts = 6;
    policy.jitter = 0;
    policy.longest_pause = 500ms;
    co_return co_await flaky_.ask("a", std::vector<int>()).retry(policy);
  }
  Sync<std::string, NoTimeout> only(absl::StatusCode code) {
    RetryPolicy policy;
    policy.on = {code};
    co_return co_await flaky_.ask("a", std::vector<int>()).retry(policy);
  }
  // Each attempt has 100 ms.
  Sync<int, NoTimeout> hang() {
    co_return co_await flaky_.hang().within(100ms).retry({.attempts = 3, .jitter = 0});
  }
  // All of them have 250 ms: 100 ms, a pause of 100 ms, and 50 ms.
  Sync<int, NoTimeout> overall() {
    co_return co_await flaky_.hang()
        .within(100ms)
        .retry({.attempts = 9, .jitter = 0})
        .within(250ms);
  }
  Parallel<Sync<std::string, NoTimeout>> fallback() {
    co_return co_await flaky_.ask("a", std::vector<int>())
        .retry({.attempts = 2})
        .value_or("nobody");
  }
  Sync<std::string, NoTimeout> status() {
    const absl::StatusOr<std::string> answer =
        co_await flaky_.ask("a", std::vector<int>()).retry({.attempts = 2}).status_or();
    co_return to_string(answer.status());
  }
  Sync<int> of_caller() {
    co_return co_await flaky_.hang().within(100ms).retry({.attempts = 100, .jitter = 0});
  }

 private:
  Ref<Flaky> flaky_;
};

class Retries : public ConformanceTest {
 protected:
  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Flaky> flaky_;
  Ref<Caller> caller_;

  void begin(int failures, absl::StatusCode code = absl::StatusCode::kUnavailable) {
    flaky_ = world().spawn<Flaky>(there_, failures, code);
    caller_ = world().spawn<Caller>(here_, flaky_);
  }
  std::vector<Duration> when() { return *world().ask(flaky_.when()); }
};
ON_EVERY_RUNTIME(Retries);

TEST_P(Retries, AskAgainUntilThereIsAnAnswer) {
  begin(2);
  EXPECT_THAT(world().ask(caller_.plain(3)), Gives("a2")) << "with the same arguments";
  EXPECT_EQ(when().size(), 3u);
}

TEST_P(Retries, AskOnceWhereTheFirstAnswerIsGood) {
  begin(0);
  EXPECT_THAT(world().ask(caller_.plain(3)), Gives("a2"));
  EXPECT_EQ(when().size(), 1u);
}

TEST_P(Retries, GiveUpAfterTheirAttemptsAndSayHowMany) {
  begin(9);
  EXPECT_THAT(world().ask(caller_.plain(3)),
              FailsWith(absl::StatusCode::kUnavailable,
                        AllOf(HasSubstr("not now; the last of 3 attempts within "))));
  EXPECT_EQ(when().size(), 3u);
  EXPECT_THAT(world().ask(caller_.plain(1)), FailsWith(absl::StatusCode::kUnavailable, "not now"));
}

TEST_P(Retries, PauseLongerAndLonger) {
  begin(5);
  EXPECT_THAT(world().ask(caller_.steady()), Gives("a0"));
  EXPECT_THAT(when(), ElementsAre(10ms, 130ms, 350ms, 770ms, 1290ms, 1810ms));
}

TEST_P(Retries, PauseForATimeThatIsPartlyRandom) {
  begin(3);
  EXPECT_THAT(world().ask(caller_.plain(9)), Gives("a2"));
  const std::vector<Duration> times = when();
  ASSERT_EQ(times.size(), 4u);
  Duration longest = 100ms;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const Duration pause = times[i] - times[i - 1] - 20ms;
    EXPECT_GE(pause, longest / 2);
    EXPECT_LE(pause, longest);
    longest *= 2;
  }
}

TEST_P(Retries, AskAgainOnlyAfterFailuresThatTheyAreFor) {
  begin(1, absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(world().ask(caller_.plain(3)), FailsWith(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(when().size(), 1u);
  begin(1, absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(world().ask(caller_.only(absl::StatusCode::kInvalidArgument)), Gives("a0"));
}

TEST_P(Retries, HaveADeadlineForEachAttempt) {
  begin(0);
  const Time before = world().now();
  EXPECT_THAT(world().ask(caller_.hang()),
              FailsWith(absl::StatusCode::kDeadlineExceeded, HasSubstr("3 attempts within 600ms")));
  EXPECT_EQ(world().now() - before, 600ms);
}

TEST_P(Retries, HaveADeadlineForAllAttempts) {
  begin(0);
  const Time before = world().now();
  EXPECT_THAT(world().ask(caller_.overall()),
              FailsWith(absl::StatusCode::kDeadlineExceeded, HasSubstr("2 attempts within 250ms")));
  EXPECT_EQ(world().now() - before, 250ms);
}

TEST_P(Retries, EndWithTheDeadlineOfTheMethodsCaller) {
  begin(0);
  EXPECT_THAT(world().ask(caller_.of_caller().within(250ms)),
              FailsWith(absl::StatusCode::kDeadlineExceeded));
  world().run_for(2s);
  EXPECT_EQ(when().size(), 2u);
}

TEST_P(Retries, CanBeReplacedOrLookedAt) {
  begin(2);
  EXPECT_THAT(world().ask(caller_.fallback()), Gives("nobody"));
  begin(2);
  EXPECT_THAT(world().ask(caller_.status()),
              Gives(HasSubstr("UNAVAILABLE: not now; the last of 2 attempts")));
}

TEST_P(Retries, AskADeadHostUntilItIsThereAgainButNotItsLostActors) {
  begin(0);
  world().crash(there_);
  Question<std::string> question = world().begin(caller_.steady());
  world().run_for(250ms);
  world().restore(there_);
  world().settle();
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kNotFound, HasSubstr("attempts")));
}

TEST_P(Retries, EndWithTheirActor) {
  begin(0);
  Question<int> question = world().begin(caller_.hang());
  world().run_for(150ms);
  world().crash(here_);
  world().run_for(1s);
  EXPECT_THAT(question.answer(), FailsWith(absl::StatusCode::kUnavailable));
  EXPECT_EQ(when().size(), 1u);
}

}  // namespace troupe::conformance
