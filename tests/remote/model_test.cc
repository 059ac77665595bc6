// The actor model between processes of their own: a Subject in one, a Driver that uses it in
// another, and the test in a third. The numbers are those of docs/reference/actor-model.md; the
// conformance suite shows the same, and more, with hosts in one process and a virtual clock.
#include "tests/remote/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "tests/remote/hosts.h"

namespace troupe::remote_test {
namespace {

using absl::StatusCode;
using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::UnorderedElementsAre;

// The processes serve all tests: each makes actors of its own.
struct Processes {
  std::unique_ptr<RemoteHost> here = host_here();
  HostProcess one;
  HostProcess two;
};

class Model : public testing::Test {
 protected:
  static void SetUpTestSuite() { processes_ = new Processes; }
  static void TearDownTestSuite() {
    EXPECT_EQ(processes_->one.process().terminate(), 0) << processes_->one.process().errors();
    EXPECT_EQ(processes_->two.process().terminate(), 0) << processes_->two.process().errors();
    delete std::exchange(processes_, nullptr);
  }

  static RemoteHost& here() { return *processes_->here; }
  static Ref<Subject> subject(int number = 1) {
    return processes_->one.spawn<Subject>(here(), kSubject(number));
  }
  static Ref<Driver> driver() { return processes_->two.spawn<Driver>(here(), kDriver()); }
  static Ref<Host> host_one() { return *host_named(here(), processes_->one.address()); }
  static Ref<Host> host_two() { return *host_named(here(), processes_->two.address()); }

  template <class T>
  static absl::StatusOr<internal::Value<T>> ask(Call<T> call) {
    return here().ask(std::move(call).within(kPatience));
  }
  template <class T>
  static absl::StatusCode code_of(Call<T> call) {
    return ask(std::move(call)).status().code();
  }

  static Processes* processes_;
};

Processes* Model::processes_ = nullptr;

// --- Calls: rows 12 to 28 -----------------------------------------------------------------------

TEST_F(Model, Row12And13OneWayCallsAndRequests) {
  EXPECT_EQ(ask(driver().tell(subject())).value_or(-1), 7);
}

TEST_F(Model, Row14To16Deadlines) {
  const Ref<Subject> it = subject();
  const Ref<Driver> by = driver();
  EXPECT_EQ(here().ask(it.a_second()).status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ask(by.ask_within(it, 10s, 20ms)).value_or(""), "DEADLINE_EXCEEDED");
  EXPECT_EQ(ask(by.ask_within(it, 20ms, kNoTimeout)).value_or(""), "OK");
  EXPECT_EQ(ask(by.give_up(it)).value_or(0), 100U);
}

TEST_F(Model, Row17NothingIsCancelledUnlessItIsAskedFor) {
  const Ref<Subject> it = subject();
  const Ref<Driver> by = driver();
  EXPECT_EQ(ask(by.ask_within(it, 50ms, 10ms)).value_or(""), "DEADLINE_EXCEEDED");
  while (ask(it.worked()).value_or(1) == 0) {  // It goes on to its end.
  }
  EXPECT_TRUE(ask(by.abandon(it)).ok());
  while (ask(it.hung()).value_or(0) != 0) {  // It is unwound.
  }
}

TEST_F(Model, Row18FailuresKeepTheirTypeTextActorAndMethod) {
  const Ref<Subject> it = subject();
  EXPECT_EQ(ask(driver().text_of_failure(it)).value_or(""), "n73");
  EXPECT_EQ(ask(driver().exception_of(it)).value_or(""),
            "std::out_of_range, index: 10, Subject.crash_later");
  const absl::Status status = ask(it.append()).status();
  EXPECT_EQ(error_as<NotLeader>(status)->leader, "n7");
  EXPECT_EQ(error_details(status)->actor, id_of(it));
}

TEST_F(Model, Row19AFatalFailureReachesItsCallerAndEndsTheActor) {
  const Ref<Subject> it = subject();
  EXPECT_EQ(code_of(it.break_down()), StatusCode::kDataLoss);
  EXPECT_EQ(code_of(it.total()), StatusCode::kNotFound);
}

TEST_F(Model, Row20UnknownMethodsAndBadArgumentsAreErrorsOfTheirOwn) {
  const Ref<Subject> it = subject();
  // Of another class, as somebody with another version of the program would call it.
  const Ref<Driver> wrong = Ref<Driver>(id_of(it));
  EXPECT_EQ(code_of(wrong.answer()), StatusCode::kUnimplemented);
  EXPECT_EQ(ask(it.total()).value_or(-1), 0) << "it lives";
}

TEST_F(Model, Row21AFailureOfAOneWayCallIsForItsActor) {
  const Ref<Subject> it = subject();
  here().act([&] { it.fail_quietly(); });
  EXPECT_THAT(*ask(it.failures()), ElementsAre("fail_quietly"));
}

TEST_F(Model, Row22And23CallsOfTheDeadAndTheDyingFailAtOnce) {
  const Ref<Subject> it = subject();
  const Ref<Driver> by = driver();
  Question<int> open = here().begin(it.hang().within(kPatience));
  EXPECT_EQ(ask(it.hung()).value_or(0), 1);
  here().act([&] { by.kill_it(it); });
  EXPECT_EQ(open.answer().status().code(), StatusCode::kNotFound);
  EXPECT_EQ(ask(by.ask_within(it, 0s, kPatience)).value_or(""), "NOT_FOUND");
}

TEST_F(Model, Row24To26Futures) {
  const Ref<Subject> one = subject(1);
  const Ref<Subject> two = subject(2);
  const Ref<Driver> by = driver();
  EXPECT_EQ(ask(by.call_through_future(one)).value_or(0), 100);
  EXPECT_EQ(ask(by.all_of_them(one, two)).value_or(""), "1 2 10 2 DEADLINE_EXCEEDED");
  here().act([&] { by.then(two); });
  EXPECT_THAT(*ask(by.thens()), ElementsAre(2));
}

TEST_F(Model, Row27And28AnswersAreGivenLaterOnceOrNotAtAll) {
  const Ref<Subject> it = subject();
  const Ref<Driver> by = driver();
  std::vector<Question<int>> waiting;
  waiting.push_back(here().begin(it.acquire().within(kPatience)));
  EXPECT_EQ(ask(it.total()).value_or(-1), 0) << "it serves others meanwhile";
  EXPECT_TRUE(ask(it.release(5)).value_or(false));
  EXPECT_EQ(waiting.back().answer().value_or(0), 5);
  waiting.push_back(here().begin(it.acquire().within(kPatience)));
  EXPECT_EQ(ask(it.release_twice()).value_or(""), "OK FAILED_PRECONDITION");
  waiting.push_back(here().begin(it.acquire().within(kPatience)));
  here().act([&] { it.forget(); });
  EXPECT_EQ(waiting.back().answer().status().code(), StatusCode::kAborted);
  // Handed on: the answer goes from the subject's process straight to this one.
  waiting.push_back(here().begin(by.delegated(it).within(kPatience)));
  EXPECT_TRUE(ask(it.release(9)).value_or(false));
  EXPECT_EQ(waiting.back().answer().value_or(0), 9);
}

// --- Turns: rows 32 to 37 -----------------------------------------------------------------------

TEST_F(Model, Row32To34AParallelMethodLetsOthersRunWhereItWaits) {
  const Ref<Subject> it = subject();
  Question<int> open = here().begin(it.hang().within(kPatience));
  EXPECT_EQ(ask(it.hung()).value_or(0), 1);
  EXPECT_EQ(ask(it.total()).value_or(-1), 0);
}

TEST_F(Model, Row35AHundredThousandInterleavedRequestsAreMatched) {
  EXPECT_EQ(ask(driver().interleave(subject(), 100'000)).value_or(1), 0U);
}

TEST_F(Model, Row36AFailureReleasesTheTurn) {
  const Ref<Subject> it = subject();
  EXPECT_FALSE(ask(it.crash()).ok());
  EXPECT_FALSE(ask(it.crash_later()).ok());
  EXPECT_EQ(ask(it.total()).value_or(-1), 0);
}

TEST_F(Model, Row37CyclesAreFoundAndParallelOnesSucceed) {
  const Ref<Subject> it = subject();
  const absl::Status cycle = ask(driver().cycle(it)).status();
  EXPECT_EQ(cycle.code(), StatusCode::kFailedPrecondition) << cycle;
  EXPECT_THAT(std::string(cycle.message()),
              AllOf(HasSubstr("Driver.cycle"), HasSubstr("Subject.ask_back")));
  EXPECT_EQ(ask(driver().cycle_parallel(it)).value_or(0), 42);
}

// --- References, names and hosts: rows 40 to 49 -------------------------------------------------

TEST_F(Model, Row40ReferencesTravelInValues) {
  const Ref<Subject> far = subject();
  const Ref<Subject> near = here().spawn<Subject>(0, 2);
  const auto same = ask(far.same(std::vector{far, near, far}, std::optional(near)));
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_THAT(same->at("list"), ElementsAre(far, near, far));
  EXPECT_THAT(same->at("maybe"), ElementsAre(near));
  EXPECT_THAT(same->at("me"), ElementsAre(far));
  EXPECT_EQ(absl::HashOf(same->at("me")[0]), absl::HashOf(far));
  EXPECT_EQ(ask(same->at("maybe")[0].count()).value_or(0), 2);
}

TEST_F(Model, Row41And42AddressesLeadToTheirActor) {
  const Ref<Subject> it = subject();
  const Ref<Driver> by = driver();
  here().act([&] { it.add(3); });
  const std::string address = ask(by.address(it)).value_or("");
  EXPECT_EQ(address, address_of(here(), DynamicRef(it))) << "wherever it is asked for";
  EXPECT_EQ(ask(by.total_at(address)).value_or(-1), 3);
}

TEST_F(Model, Row43To45Names) {
  const Ref<Host> host = host_one();
  const Ref<Driver> by = driver();
  const auto first = ask(host.spawn(kSubject(1).named("unique")));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(code_of(host.spawn(kSubject(2).named("unique"))), StatusCode::kAlreadyExists);
  const Ref<Subject> one = *first->as<Subject>();
  EXPECT_EQ(ask(one.count()).value_or(0), 1) << "the first is unaffected";
  const absl::Status missing = ask(host.lookup("uniqe")).status();
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("unique"));
  const std::string address = "troupe://" + processes_->one.address() + "/unique";
  EXPECT_EQ(ask(by.lazily(address)).value_or(0), 1);
  EXPECT_THAT(*ask(host.names_here()), Contains(Key("unique")));

  EXPECT_TRUE(ask(host.stop_actor(*first, 10s)).value_or(false));
  EXPECT_THAT(*ask(host.names_here()), Not(Contains(Key("unique")))) << "it goes with its actor";
  const auto second = ask(host.spawn(kSubject(3).named("unique")));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(code_of(one.count()), StatusCode::kNotFound) << "old references reach nobody";
  EXPECT_EQ(ask(by.lazily(address)).value_or(0), 3) << "it is looked up again";

  const auto other = ask(host.spawn(kSubject(4)));
  EXPECT_EQ(code_of(host.bind("unique", *other, false)), StatusCode::kAlreadyExists);
  EXPECT_TRUE(ask(host.bind("unique", *other, true)).ok());
  EXPECT_EQ(ask(host.lookup("unique"))->as<Subject>(), other->as<Subject>());
  EXPECT_TRUE(ask(host.unbind("unique")).ok());
  EXPECT_EQ(code_of(host.lookup("unique")), StatusCode::kNotFound);
}

TEST_F(Model, Row46To49HostsListSpawnAndStop) {
  const Ref<Host> host = host_two();
  const Ref<Recorder> recorder = here().spawn<Recorder>(0);
  for (const char* name : {"a", "b", "c"}) {
    const auto spawned = ask(host.spawn(kLeaver(name, recorder)));
    EXPECT_TRUE(spawned.ok()) << spawned.status();
  }
  EXPECT_EQ(ask(host.actors("Leaver"))->size(), 3U);
  EXPECT_THAT(ask(host.actors(""))->size(), Gt(3U));
  const absl::Status unknown = ask(host.spawn(SpawnRequest{.class_name = "Leavr"})).status();
  EXPECT_EQ(unknown.code(), StatusCode::kNotFound);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("Leaver"));
  EXPECT_EQ(code_of(host.spawn(SpawnRequest{.class_name = "Leaver", .parameters = "int32"})),
            StatusCode::kInvalidArgument);
  EXPECT_THAT(*ask(host.stop_all(10s)), IsEmpty());
  EXPECT_THAT(*ask(recorder.recorded(3)), ElementsAre("c", "b", "a"))
      << "last started, first stopped";
  EXPECT_THAT(*ask(host.actors("Leaver")), IsEmpty());
}

// --- Many: rows 59 to 65 ------------------------------------------------------------------------

TEST_F(Model, Row59WhatReachesNobodyIsCountedAndTold) {
  const Ref<Host> host = host_one();
  const Ref<Recorder> recorder = here().spawn<Recorder>(0);
  const Ref<Subject> gone = subject();
  here().stop(std::vector<Ref<Subject>>{gone}, 10s);
  const auto before = ask(host.statistics());
  const Ref<Auditor> auditor = processes_->one.spawn<Auditor>(here(), kAuditor(recorder));
  ASSERT_TRUE(ask(ping(auditor)).ok()) << "it has subscribed";
  here().act([&] { gone.add(1); });
  EXPECT_THAT(*ask(recorder.recorded(1)), ElementsAre(AllOf(HasSubstr("Subject.add"))));
  const auto after = ask(host.statistics());
  std::uint64_t dropped = 0;
  for (const auto& [reason, count] : after->drops) dropped += count;
  for (const auto& [reason, count] : before->drops) dropped -= count;
  EXPECT_EQ(dropped, 1U);
}

TEST_F(Model, Row60To62ManyAreCalledAtOnce) {
  const Ref<Subject> far = subject(1);
  const Ref<Subject> near = here().spawn<Subject>(0, 2);
  const Ref<Subject> gone = subject(3);
  here().stop(std::vector<Ref<Subject>>{gone}, 10s);
  const Ref<Driver> by = driver();
  here().act([&] { by.greet_group(std::vector{far, near, far}); });
  while (ask(far.total()).value_or(0) == 0 || ask(near.total()).value_or(0) == 0) {
  }
  EXPECT_EQ(ask(far.total()).value_or(0), 5) << "once";
  EXPECT_EQ(ask(near.total()).value_or(0), 5);
  EXPECT_THAT(*ask(by.ask_all_of(std::vector{far, near, gone}, 10s)),
              ElementsAre("1", "2", "NOT_FOUND"));
  EXPECT_THAT(ask(by.first_of(std::vector{far, near, gone})).value_or(0), AnyOf(1, 2));
  EXPECT_EQ(ask(by.quorum_of(std::vector{far, near, gone}, 2)).value_or(0), 2U);
  EXPECT_EQ(code_of(by.quorum_of(std::vector{far, near, gone}, 3)), StatusCode::kUnavailable);
}

TEST_F(Model, Row63And64PoolsForgetWhoEnds) {
  const Ref<Driver> by = driver();
  const Ref<Subject> one = subject(1);
  const Ref<Subject> two = subject(2);
  EXPECT_TRUE(ask(by.join_pool(one)).value_or(false));
  EXPECT_TRUE(ask(by.join_pool(two)).value_or(false));
  const int first = ask(by.next_of_pool()).value_or(0);
  EXPECT_EQ(ask(by.next_of_pool()).value_or(0), 3 - first) << "in turn";
  here().stop(std::vector<Ref<Subject>>{one}, 10s);
  EXPECT_EQ(ask(by.pool_size(1)).value_or(0), 1U);
  EXPECT_EQ(ask(by.next_of_pool()).value_or(0), 2);
}

TEST_F(Model, Row65EventsGoToSubscribersWhereverTheyAre) {
  const Ref<EventBus> bus = processes_->one.spawn<EventBus>(here(), kEventBus());
  const Ref<Driver> by = driver();
  const Ref<Subject> it = subject();
  EXPECT_TRUE(ask(by.hear(bus)).ok());
  here().act([&] {
    it.announce(bus, "one");
    it.announce(bus, "two");
  });
  EXPECT_THAT(*ask(by.heard(2)), ElementsAre("one", "two"));
  here().stop(std::vector<Ref<Driver>>{by}, 10s);
  while (!ask(subscribers<Announced>(bus)).value_or(std::vector<ActorId>(1)).empty()) {
  }
}

// --- Ends: rows 66 to 70 ------------------------------------------------------------------------

TEST_F(Model, Row66And67LinksEndThePeerOrTellIt) {
  const Ref<Subject> it = subject();
  const Ref<Driver> tied = driver();
  const Ref<Driver> trapping = driver();
  EXPECT_TRUE(ask(trapping.traps()).ok());
  EXPECT_TRUE(ask(tied.tie(it)).ok());
  EXPECT_TRUE(ask(trapping.tie(it)).ok());
  Question<Exit> end = here().begin(join(tied).within(kPatience));
  EXPECT_EQ(ask(it.total()).value_or(-1), 0) << "linked";
  here().act([&] { it.quit("broken"); });
  EXPECT_THAT(*ask(trapping.notices(1)),
              ElementsAre(AllOf(HasSubstr("exit"), HasSubstr("broken"))));
  const auto exit = end.answer();
  ASSERT_TRUE(exit.ok()) << exit.status();
  EXPECT_THAT(std::string(exit->why.message()), HasSubstr("broken"));
}

TEST_F(Model, Row66ANormalEndPassesAndAnUntiedOneToo) {
  const Ref<Driver> by = driver();
  const Ref<Subject> ends = subject();
  const Ref<Subject> breaks = subject();
  EXPECT_TRUE(ask(by.tie(ends)).ok());
  EXPECT_TRUE(ask(by.tie(breaks)).ok());
  EXPECT_TRUE(ask(by.untie(breaks)).ok());
  here().stop(std::vector<Ref<Subject>>{ends}, 10s);
  Question<Exit> end = here().begin(join(breaks).within(kPatience));
  here().act([&] { breaks.quit("broken"); });
  EXPECT_TRUE(end.answer().ok());
  EXPECT_EQ(ask(by.answer()).value_or(0), 42) << "it lives";
}

// What is spawned on another host may have ended before it can be tied.
TEST_F(Model, Row68ALinkToOneThatHasFailedTellsAtOnce) {
  const Ref<Driver> trapping = driver();
  EXPECT_TRUE(ask(trapping.traps()).ok());
  const Ref<Subject> it = subject();
  Question<Exit> end = here().begin(join(it).within(kPatience));
  here().act([&] { it.quit("broken"); });
  EXPECT_TRUE(end.answer().ok());
  EXPECT_TRUE(ask(trapping.tie(it)).ok());
  EXPECT_THAT(*ask(trapping.notices(1)), ElementsAre(HasSubstr("exit")));
}

TEST_F(Model, Row69MonitorsTellOnce) {
  const Ref<Driver> by = driver();
  const Ref<Subject> it = subject();
  const Ref<Subject> other = subject();
  EXPECT_TRUE(ask(by.watch(other)).ok());
  EXPECT_TRUE(ask(by.watch_no_more()).ok());
  here().stop(std::vector<Ref<Subject>>{other}, 10s);
  EXPECT_TRUE(ask(by.watch(it)).ok());
  here().act([&] { by.kill_it(it); });
  EXPECT_THAT(*ask(by.notices(1)), ElementsAre(AllOf(HasSubstr("down"), HasSubstr("killed"))));
  EXPECT_TRUE(ask(by.watch(it)).ok()) << "of one that is dead: at once";
  EXPECT_EQ(ask(by.notices(2))->size(), 2U);
}

TEST_F(Model, Row70WaitsForAnExitValue) {
  EXPECT_EQ(ask(driver().joined(subject(), 11)).value_or(0), 11);
  const Ref<Subject> it = subject();
  Question<Exit> end = here().begin(join(it).within(kPatience));
  EXPECT_EQ(ask(it.total()).value_or(-1), 0);
  here().act([&] { it.end_with_value(12); });
  EXPECT_EQ(end.answer()->value<int>().value_or(0), 12);
}

// --- Programs: rows 77 and 78; 79 and 80 are connections_test and admission_test ----------------

TEST_F(Model, Row77CodeThatIsNoActorCallsManyAndStopsSeveral) {
  std::vector<Ref<Subject>> subjects;
  std::vector<Call<int>> calls;
  for (int i = 0; i < 5; ++i) {
    subjects.push_back(subject(i));
    calls.push_back(subjects.back().count().within(kPatience));
  }
  std::vector<int> answers;
  for (const auto& answer : here().ask_all(std::move(calls)))
    answers.push_back(answer.value_or(-1));
  EXPECT_THAT(answers, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(here().ask(subjects[0].work(1h).within(10ms)).value_or(7), 7) << "with a default";
  for (const auto& exit : here().stop(subjects, 10s)) EXPECT_TRUE(exit.ok()) << exit.status();
  for (const Ref<Subject>& gone : subjects) {
    EXPECT_EQ(code_of(gone.count()), StatusCode::kNotFound);
  }
}

TEST_F(Model, Row78AProcessServesUntilASignalAndStopsItsActorsInOrder) {
  HostProcess process;
  const Ref<Recorder> recorder = here().spawn<Recorder>(0);
  process.spawn<Leaver>(here(), kLeaver("first", recorder));
  process.spawn<Leaver>(here(), kLeaver("second", recorder));
  EXPECT_EQ(process.process().terminate(), 0) << process.process().errors();
  EXPECT_THAT(*ask(recorder.recorded(2)), ElementsAre("second", "first"));
}

}  // namespace
}  // namespace troupe::remote_test
