// What a run in the simulator looks like in a trace, and the trace in a diagram.
//
// Where an expected file is to change, the new one is in the test's outputs:
// .bazel/testlogs/tests/trace/trace_test/test.outputs/outputs.zip
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "actor/group.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trace/shop.h"
#include "trace/jsonl.h"
#include "trace/mermaid.h"
#include "trace/recorder.h"

namespace troupe::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using trace::Event;
using trace::Kind;
using trace::Trace;

// In it a call, a one-way message and an answer are lost.
constexpr ShopOptions kRainyDay = {.seed = 2, .loss = 0.15};

std::string jsonl_of(ShopOptions options) {
  Shop shop(options);
  std::ostringstream out;
  trace::JsonlWriter writer(out, shop.simulator, {.scenario = "shop", .seed = options.seed});
  shop.simulator.observe_with(&writer);
  shop.run();
  shop.simulator.observe_with(nullptr);
  EXPECT_TRUE(writer.close().ok());
  return out.str();
}

Trace trace_of(ShopOptions options) {
  Shop shop(options);
  trace::Recorder recorder(shop.simulator, {.scenario = "shop", .seed = options.seed});
  shop.simulator.observe_with(&recorder);
  shop.run();
  shop.simulator.observe_with(nullptr);
  return recorder.trace();
}

std::string contents_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void expect_golden(const std::string& name, const std::string& actual) {
  const std::string expected = contents_of(absl::StrCat("tests/trace/", name));
  if (actual == expected) return;
  if (const char* outputs = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR")) {
    std::ofstream(absl::StrCat(outputs, "/", name), std::ios::binary) << actual;
  }
  ADD_FAILURE() << name << " is different: " << actual;
}

// --- Files --------------------------------------------------------------------------------------

TEST(Trace, IsTheExpectedFile) { expect_golden("shop.jsonl", jsonl_of(kRainyDay)); }

TEST(Trace, IsTheSameInTwoRuns) { EXPECT_EQ(jsonl_of(kRainyDay), jsonl_of(kRainyDay)); }

TEST(Trace, IsTheSameWhereMessagesAreEncoded) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EXPECT_EQ(jsonl_of({.seed = seed, .loss = 0.15}),
              jsonl_of({.seed = seed, .loss = 0.15, .encode_everything = true}));
  }
}

TEST(Trace, DoesNotChangeTheRun) {
  Shop unwatched(kRainyDay);
  unwatched.run();
  Shop watched(kRainyDay);
  trace::Recorder recorder(watched.simulator);
  watched.simulator.observe_with(&recorder);
  watched.run();
  EXPECT_EQ(watched.simulator.event_hash(), unwatched.simulator.event_hash());
  EXPECT_EQ(watched.simulator.events(), unwatched.simulator.events());
  EXPECT_EQ(watched.total, unwatched.total);
}

TEST(Trace, ReadFromItsFileIsWhatWasRecorded) {
  std::istringstream in(jsonl_of(kRainyDay));
  const absl::StatusOr<Trace> trace = trace::read_jsonl(in, "shop.jsonl");
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(*trace, trace_of(kRainyDay));
}

TEST(Trace, IsDrawnAsTheExpectedDiagram) {
  const absl::StatusOr<std::string> diagram = trace::to_mermaid(trace_of(kRainyDay));
  ASSERT_TRUE(diagram.ok()) << diagram.status();
  expect_golden("shop.mmd", *diagram);
}

// --- Documentation ------------------------------------------------------------------------------

// The lines between "```language" and "```".
std::vector<std::string> quoted(const std::string& page, const std::string& language) {
  std::vector<std::string> lines;
  std::istringstream in(page);
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      inside = line == "```" + language;
    } else if (inside) {
      lines.push_back(line);
    }
  }
  return lines;
}

TEST(TraceReference, QuotesWhatIsWritten) {
  const std::string page = contents_of("docs/reference/trace.md");
  const std::string file = contents_of("tests/trace/shop.jsonl");
  const std::string diagram = contents_of("tests/trace/shop.mmd");
  EXPECT_GT(quoted(page, "json").size(), 5U);
  EXPECT_GT(quoted(page, "mermaid").size(), 5U);
  for (const std::string& line : quoted(page, "json")) EXPECT_THAT(file, HasSubstr(line + "\n"));
  for (const std::string& line : quoted(page, "mermaid")) {
    EXPECT_THAT(diagram, HasSubstr(line + "\n"));
  }
}

TEST(TraceReference, ExplainsEveryKindAndReason) {
  const std::string page = contents_of("docs/reference/trace.md");
  for (int kind = 0; kind <= static_cast<int>(Kind::kNote); ++kind) {
    EXPECT_THAT(page, HasSubstr(absl::StrCat(
                          "\n| `", std::string(to_string(static_cast<Kind>(kind))), "` |")));
  }
  for (int reason = 0; reason < static_cast<int>(DropReason::kCount); ++reason) {
    EXPECT_THAT(page,
                HasSubstr(absl::StrCat(
                    "\n| `", std::string(to_string(static_cast<DropReason>(reason))), "` |")));
  }
}

// --- What hangs together ------------------------------------------------------------------------

// A trace that ran until nothing could happen any more has no loose ends.
void expect_no_loose_ends(const Trace& trace) {
  struct Way {
    const Event* departure = nullptr;  // the last
    bool arrived = false;
  };
  std::map<std::uint64_t, Way> messages;
  std::map<std::uint64_t, Way> answers;
  std::map<std::uint64_t, std::string> callers;
  std::map<std::uint64_t, std::string> handlers;  // who handles a message
  std::set<std::uint64_t> returned;
  std::int64_t time = 0;
  for (const Event& event : trace.events) {
    std::string line;
    append_jsonl(event, &line);
    SCOPED_TRACE(line);
    EXPECT_GE(event.time, time);
    time = event.time;
    if (event.cause != 0) {
      EXPECT_NE(event.cause, event.message);
      ASSERT_TRUE(handlers.contains(event.cause));
      const std::string& who = event.kind == Kind::kSpawn ? event.peer : event.actor;
      EXPECT_EQ(handlers[event.cause], who);
    }
    switch (event.kind) {
      case Kind::kSpawn:
      case Kind::kTimer:
        EXPECT_FALSE(handlers.contains(event.message));
        handlers[event.message] = event.actor;
        break;
      case Kind::kSend:
      case Kind::kCall: {
        Way& way = messages[event.message];
        EXPECT_TRUE(way.departure == nullptr || event.detail == "delegated");
        if (way.departure != nullptr) {
          EXPECT_TRUE(way.arrived);
          EXPECT_EQ(handlers[event.message], event.actor);
        } else if (event.kind == Kind::kCall) {
          callers[event.message] = event.actor;
        }
        way = {&event, false};
        break;
      }
      case Kind::kReceive:
      case Kind::kStop: {
        Way& way = messages[event.message];
        ASSERT_NE(way.departure, nullptr);
        EXPECT_FALSE(way.arrived);
        EXPECT_EQ(way.departure->peer, event.actor);
        EXPECT_EQ(way.departure->method, event.method);
        EXPECT_EQ(event.peer, way.departure->kind == Kind::kCall ? callers[event.message]
                                                                 : way.departure->actor);
        way.arrived = true;
        handlers[event.message] = event.actor;
        break;
      }
      case Kind::kReply: {
        ASSERT_TRUE(callers.contains(event.message));
        EXPECT_EQ(callers[event.message], event.peer);
        EXPECT_EQ(messages[event.message].departure->peer, event.actor);
        messages[event.message].arrived = true;
        EXPECT_EQ(answers[event.message].departure, nullptr);
        answers[event.message] = {&event, false};
        break;
      }
      case Kind::kReturn: {
        ASSERT_TRUE(callers.contains(event.message));
        EXPECT_EQ(callers[event.message], event.actor);
        EXPECT_TRUE(returned.insert(event.message).second);
        if (event.status == "DEADLINE_EXCEEDED") break;
        Way& way = answers[event.message];
        if (way.departure == nullptr) {  // Nobody was there to answer.
          EXPECT_TRUE(messages[event.message].arrived);
          EXPECT_NE(event.status, "");
        } else {
          EXPECT_FALSE(way.arrived);
          EXPECT_EQ(way.departure->status, event.status);
        }
        way.arrived = true;
        break;
      }
      case Kind::kDrop: {
        Way& way = event.of_answer ? answers[event.message] : messages[event.message];
        if (way.departure != nullptr) {
          EXPECT_EQ(way.departure->peer, event.actor);
        } else {  // The news that nobody is there.
          EXPECT_TRUE(event.of_answer);
          EXPECT_TRUE(messages[event.message].arrived);
        }
        EXPECT_FALSE(way.arrived);
        way.arrived = true;
        break;
      }
      case Kind::kTimeout:
      case Kind::kFailure:
        if (event.message != 0)
          EXPECT_TRUE(handlers.contains(event.message) || messages.contains(event.message));
        break;
      case Kind::kCrash:
      case Kind::kNote:
        break;
    }
  }
  for (const auto& [message, way] : messages) EXPECT_TRUE(way.arrived) << "message " << message;
  for (const auto& [message, way] : answers) EXPECT_TRUE(way.arrived) << "answer " << message;
}

TEST(Trace, HasNoLooseEndsWhateverIsLost) {
  std::set<std::string> drops;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Trace trace = trace_of({.seed = seed, .loss = seed % 4 * 0.1});
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    expect_no_loose_ends(trace);
    for (const Event& event : trace.events) {
      if (event.kind == Kind::kDrop) {
        drops.insert(absl::StrCat(event.detail, event.of_answer ? " answer" : " message"));
      }
    }
    if (HasFailure()) FAIL() << trace::to_jsonl(trace);
  }
  EXPECT_THAT(drops, testing::UnorderedElementsAre("lost message", "lost answer",
                                                   "late_reply answer", "host_down message",
                                                   "no_actor message", "no_actor answer"));
}

// --- Rare events --------------------------------------------------------------------------------

ACTOR_METHODS(Echo, say, keep, hold, end)
class Echo : public Actor<Echo> {
 public:
  Sync<int> say(int number) { return number; }
  Async keep(int) { return {}; }
  Sync<> hold() { co_await sleep(100ms); }
  Async end() {
    stop();
    return {};
  }
};

ACTOR_METHODS(Worker, work, report_back, ask_all, start_another, wait, ring, held, tick)
class Worker : public Actor<Worker> {
 public:
  explicit Worker(std::vector<Ref<Echo>> echoes = {}) : echoes_(std::move(echoes)) {}

  // Calls back an actor that waits for this and keeps its turn.
  Sync<> work(Ref<Worker> back) { co_await back.report_back(); }
  Sync<> report_back() { return {}; }
  Sync<> ring(Ref<Worker> other) { co_await other.work(self()); }
  Parallel<Sync<int>> ask_all() {
    auto answers = co_await Multi<Echo>(echoes_).say(1).at_least(1).within(1s);
    co_return static_cast<int>(answers.size());
  }
  Sync<> start_another() {
    spawn<Worker>(echoes_).tick();
    return {};
  }
  Parallel<Sync<>> wait() {
    co_await until([] { return false; }).within(20ms);
  }
  Sync<> held() { co_await sleep(50ms); }
  Async tick() { return {}; }

 protected:
  Async on_start() override {
    if (!echoes_.empty()) echoes_[0].keep(0);
    return {};
  }

 private:
  std::vector<Ref<Echo>> echoes_;
};

struct Watched {
  Watched() {
    for (int i = 0; i < 4; ++i) simulator.add_host();
    simulator.observe_with(&recorder);
  }
  // The events of some kinds, in short.
  std::vector<std::string> seen(std::set<Kind> kinds) {
    std::vector<std::string> lines;
    for (const Event& event : recorder.trace().events) {
      if (!kinds.contains(event.kind)) continue;
      std::string line = absl::StrCat(std::string(to_string(event.kind)), " ", event.actor);
      for (const std::string& part : {event.peer, event.method, event.status}) {
        if (!part.empty()) absl::StrAppend(&line, " ", part);
      }
      lines.push_back(line);
    }
    return lines;
  }

  sim::Simulator simulator{{.network = {.latency = scenario::Constant{10ms}}}};
  trace::Recorder recorder{simulator};
};

TEST(Trace, ShowsTheAnswerToACallThatClosesACycle) {
  Watched run;
  const auto a = run.simulator.spawn<Worker>(0);
  const auto b = run.simulator.spawn<Worker>(1);
  EXPECT_EQ(run.simulator.ask(a.ring(b)).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(run.seen({Kind::kReply}),
              ElementsAre("reply Worker@n0 Worker@n1 Worker.report_back FAILED_PRECONDITION",
                          "reply Worker@n1 Worker@n0 Worker.work FAILED_PRECONDITION",
                          "reply Worker@n0 outside Worker.ring FAILED_PRECONDITION"));
  run.simulator.run_until_quiet();
  expect_no_loose_ends(run.recorder.trace());
}

TEST(Trace, ShowsWhatAnActorThatStopsLeavesUndone) {
  Watched run;
  const auto echo = run.simulator.spawn<Echo>(0);
  const auto other = run.simulator.spawn<Worker>(1, std::vector{echo});
  run.simulator.run_until_quiet();
  run.simulator.act([&] { echo.end(); });  // its stop stands behind what comes now
  run.simulator.act([&] { other.tick(); });
  internal::PendingCall held;
  run.simulator.begin_outside(held, echo.hold());
  run.simulator.act([&] { echo.keep(1); });
  internal::PendingCall never;
  run.simulator.begin_outside(never, echo.say(1));
  run.simulator.run_until_quiet();
  expect_no_loose_ends(run.recorder.trace());
  EXPECT_THAT(run.seen({Kind::kStop}), ElementsAre("stop Echo@n0 Echo@n0"));
}

TEST(Trace, ShowsWhoSpawnedAnActorAndWhatItsStartCaused) {
  Watched run;
  const auto echo = run.simulator.spawn<Echo>(0);
  const auto worker = run.simulator.spawn<Worker>(1, std::vector{echo});
  EXPECT_TRUE(run.simulator.ask(worker.start_another()).ok());
  run.simulator.run_until_quiet();
  expect_no_loose_ends(run.recorder.trace());
  EXPECT_THAT(run.seen({Kind::kSpawn}),
              ElementsAre("spawn Echo@n0", "spawn Worker@n1", "spawn Worker@n1/2 Worker@n1"));
  const Trace& trace = run.recorder.trace();
  std::map<std::uint64_t, std::string> spawned;
  int caused = 0;
  for (const Event& event : trace.events) {
    EXPECT_NE(event.method, "on_start");
    if (event.kind == Kind::kSpawn) spawned[event.message] = event.actor;
    if (event.kind == Kind::kSend && event.method == "Echo.keep") {
      EXPECT_EQ(spawned[event.cause], event.actor);
      ++caused;
    }
  }
  EXPECT_EQ(caused, 2);
}

TEST(Trace, ShowsEveryAnswerOfAQuorum) {
  Watched run;
  std::vector<Ref<Echo>> echoes;
  for (HostId host = 0; host < 3; ++host) echoes.push_back(run.simulator.spawn<Echo>(host));
  const auto worker = run.simulator.spawn<Worker>(3, echoes);
  EXPECT_TRUE(run.simulator.ask(worker.ask_all()).ok());
  run.simulator.run_until_quiet();
  expect_no_loose_ends(run.recorder.trace());
  EXPECT_THAT(run.seen({Kind::kDrop}),
              ElementsAre("drop Worker@n3 Echo@n1 Echo.say", "drop Worker@n3 Echo@n2 Echo.say"));
}

TEST(Trace, ShowsAWaitForSomethingThatDoesNotHappen) {
  Watched run;
  const auto worker = run.simulator.spawn<Worker>(0);
  EXPECT_EQ(run.simulator.ask(worker.wait()).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(run.seen({Kind::kTimeout, Kind::kReturn}),
              ElementsAre("timeout Worker@n0 DEADLINE_EXCEEDED",
                          "return outside Worker@n0 Worker.wait DEADLINE_EXCEEDED"));
}

TEST(Trace, ShowsThatAnEmptyRefLeadsToNobody) {
  Watched run;
  EXPECT_EQ(run.simulator.ask(Ref<Echo>().say(1)).status().code(), absl::StatusCode::kNotFound);
  run.simulator.act([&] { Ref<Echo>().keep(1); });
  run.simulator.run_until_quiet();
  expect_no_loose_ends(run.recorder.trace());
  EXPECT_THAT(run.seen({Kind::kCall, Kind::kSend, Kind::kDrop}),
              ElementsAre("call outside Echo.say", "drop  outside Echo.say",
                          "send outside Echo.keep", "drop  outside Echo.keep"));
}

TEST(Trace, ShowsTheCrashOfEachActorOnAHostAndOfAHostWithout) {
  Watched run;
  run.simulator.spawn<Echo>(0);
  run.simulator.spawn<Worker>(0);
  run.simulator.run_until_quiet();
  run.simulator.crash(0);
  run.simulator.crash(1);
  std::vector<std::string> crashes;
  for (const Event& event : run.recorder.trace().events) {
    if (event.kind == Kind::kCrash)
      crashes.push_back(absl::StrCat(event.actor, ", ", event.detail));
  }
  EXPECT_THAT(crashes, testing::UnorderedElementsAre("Echo@n0, n0", "Worker@n0, n0", ", n1"));
}

TEST(Trace, TellsAnActorFromTheOneThatHadItsPlace) {
  Watched run;
  for (int i = 0; i < 2; ++i) {
    const auto echo = run.simulator.spawn<Echo>(0);
    run.simulator.act([&] { echo.end(); });
    run.simulator.run_until_quiet();
  }
  EXPECT_THAT(run.seen({Kind::kSpawn}), ElementsAre("spawn Echo@n0", "spawn Echo@n0/2"));
}

// A call whose answer came in time, though its caller was busy until after the deadline, returns.
ACTOR_METHODS(Busy, ask, block)
class Busy : public Actor<Busy> {
 public:
  explicit Busy(Ref<Echo> echo) : echo_(echo) {}
  Parallel<Sync<int>> ask() { co_return co_await echo_.say(5).within(30ms); }
  Sync<> block() { co_await sleep(100ms); }

 private:
  Ref<Echo> echo_;
};

TEST(Trace, ShowsNoTimeoutOfACallThatHasAnAnswer) {
  Watched run;
  const auto echo = run.simulator.spawn<Echo>(0);
  const auto busy = run.simulator.spawn<Busy>(1, echo);
  internal::PendingCall ask;
  internal::PendingCall block;
  run.simulator.begin_outside(ask, busy.ask());
  run.simulator.begin_outside(block, busy.block());
  run.simulator.run_until_quiet();
  ASSERT_NE(ask.reply, nullptr);
  EXPECT_FALSE(ask.failed());
  EXPECT_THAT(run.seen({Kind::kTimeout, Kind::kDrop}), ElementsAre());
  EXPECT_EQ(run.simulator.drops(DropReason::kLateReply), 0U);
  expect_no_loose_ends(run.recorder.trace());
}

}  // namespace
}  // namespace troupe::tests
