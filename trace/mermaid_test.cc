// Diagrams of hand-made traces. All of them have been read by Mermaid's own parser.
#include "trace/mermaid.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace troupe::trace {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kMs = 1'000'000;

// a0 calls b at 1 ms, which handles it at 2 and answers; the answer comes at 4 ms.
std::vector<Event> one_call(std::uint64_t message = 1, const std::string& a = "A@x",
                            const std::string& b = "B@y") {
  return {
      {.time = 1 * kMs,
       .kind = Kind::kCall,
       .actor = a,
       .peer = b,
       .method = "B.f",
       .message = message},
      {.time = 2 * kMs,
       .kind = Kind::kReceive,
       .actor = b,
       .peer = a,
       .method = "B.f",
       .message = message},
      {.time = 2 * kMs,
       .kind = Kind::kReply,
       .actor = b,
       .peer = a,
       .method = "B.f",
       .message = message},
      {.time = 4 * kMs,
       .kind = Kind::kReturn,
       .actor = a,
       .peer = b,
       .method = "B.f",
       .message = message},
  };
}

// The diagram's lines without the first and the lifelines, without indentation.
std::string steps(std::vector<Event> events, const MermaidOptions& options = {}) {
  const absl::StatusOr<std::string> text = to_mermaid({.events = std::move(events)}, options);
  if (!text.ok()) return text.status().ToString();
  std::string result;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    if (line.starts_with("sequenceDiagram") || line.starts_with("participant") ||
        line.starts_with("actor")) {
      continue;
    }
    result.append(line).append("\n");
  }
  return result;
}

TEST(Mermaid, DrawsACallAndItsAnswer) {
  const absl::StatusOr<std::string> text =
      to_mermaid({.scenario = "a.yaml", .seed = 7, .events = one_call()});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text,
            "sequenceDiagram\n"
            "    title a.yaml, seed 7\n"
            "    participant a0 as A@x\n"
            "    participant a1 as B@y\n"
            "    a0->>a1: f [1ms → 2ms]\n"
            "    a1-->>a0: f [2ms → 4ms]\n");
}

TEST(Mermaid, DrawsAOneWayMessageWithAnOpenArrow) {
  EXPECT_EQ(steps({{.time = kMs,
                    .kind = Kind::kSend,
                    .actor = "A",
                    .peer = "B",
                    .method = "B.g",
                    .message = 1},
                   {.time = kMs,
                    .kind = Kind::kReceive,
                    .actor = "B",
                    .peer = "A",
                    .method = "B.g",
                    .message = 1}}),
            "a0-)a1: g [1ms]\n");
}

TEST(Mermaid, DrawsMessagesWhereTheyAreHandled) {
  EXPECT_EQ(
      steps({{.time = 1,
              .kind = Kind::kSend,
              .actor = "A",
              .peer = "B",
              .method = "B.first",
              .message = 1},
             {.time = 2,
              .kind = Kind::kSend,
              .actor = "C",
              .peer = "B",
              .method = "B.second",
              .message = 2},
             {.time = 3, .kind = Kind::kReceive, .actor = "B", .method = "B.second", .message = 2},
             {.time = 4, .kind = Kind::kReceive, .actor = "B", .method = "B.first", .message = 1}},
            {.times = false}),
      "a0-)a1: second\n"
      "a2-)a1: first\n");
}

TEST(Mermaid, DrawsADelegatedCallFromWhoHandsItOn) {
  EXPECT_EQ(
      steps({{.kind = Kind::kCall, .actor = "A", .peer = "B", .method = "B.f", .message = 1},
             {.kind = Kind::kReceive, .actor = "B", .peer = "A", .method = "B.f", .message = 1},
             {.kind = Kind::kCall,
              .actor = "B",
              .peer = "C",
              .method = "C.f",
              .message = 1,
              .detail = "delegated"},
             {.kind = Kind::kReceive, .actor = "C", .peer = "A", .method = "C.f", .message = 1},
             {.kind = Kind::kReply, .actor = "C", .peer = "A", .method = "C.f", .message = 1},
             {.kind = Kind::kReturn, .actor = "A", .peer = "C", .method = "C.f", .message = 1}},
            {.times = false}),
      "a0->>a1: f\n"
      "a1->>a2: f (delegated)\n"
      "a2-->>a0: f\n");
}

TEST(Mermaid, CrossesOutWhatIsLost) {
  std::vector<Event> lost = one_call();
  lost.resize(1);
  lost.push_back({.time = kMs,
                  .kind = Kind::kDrop,
                  .actor = "B@y",
                  .peer = "A@x",
                  .method = "B.f",
                  .message = 1,
                  .detail = "lost"});
  EXPECT_EQ(steps(lost), "a0-xa1: f (lost) [1ms]\n");
  std::vector<Event> late = one_call();
  late.back() = {.time = 4 * kMs,
                 .kind = Kind::kDrop,
                 .actor = "A@x",
                 .peer = "B@y",
                 .method = "B.f",
                 .message = 1,
                 .of_answer = true,
                 .detail = "late_reply"};
  EXPECT_EQ(steps(late),
            "a0->>a1: f [1ms → 2ms]\n"
            "a1--xa0: f (late reply) [2ms → 4ms]\n");
}

TEST(Mermaid, DrawsWhatIsStillOnItsWayAtTheEnd) {
  std::vector<Event> events = one_call();
  events.pop_back();
  EXPECT_THAT(steps(events), HasSubstr("a1-->a0: f (on its way) [2ms]\n"));
  events.resize(1);
  EXPECT_EQ(steps(events), "a0->a1: f (not yet handled) [1ms]\n");
}

TEST(Mermaid, DrawsACallThatIsAnsweredWithoutBeingHandled) {
  std::vector<Event> events = one_call();
  events.erase(events.begin() + 1);
  events[1].status = events[2].status = "FAILED_PRECONDITION";
  EXPECT_EQ(steps(events, {.times = false}),
            "a0->>a1: f (not handled)\n"
            "a1-->>a0: f FAILED_PRECONDITION\n");
}

TEST(Mermaid, NotesTimersFailuresTimeoutsAndTheLivesOfActors) {
  EXPECT_EQ(steps({{.kind = Kind::kSpawn, .actor = "A", .detail = "A"},
                   {.kind = Kind::kTimer, .actor = "A", .method = "A.tick", .message = 1},
                   {.kind = Kind::kFailure,
                    .actor = "A",
                    .method = "A.tick",
                    .message = 1,
                    .status = "UNAVAILABLE",
                    .detail = "nobody there"},
                   {.kind = Kind::kSpawn, .actor = "B", .peer = "A", .message = 2, .detail = "B"},
                   {.kind = Kind::kSpawn, .actor = "C", .message = 3, .detail = "C"},
                   {.kind = Kind::kSend, .actor = "A", .peer = "B", .message = 4, .detail = "stop"},
                   {.kind = Kind::kStop, .actor = "B", .peer = "A", .message = 4, .detail = "B"},
                   {.kind = Kind::kCrash, .actor = "C", .detail = "host"},
                   {.kind = Kind::kCall, .actor = "A", .peer = "B", .method = "B.f", .message = 5},
                   {.kind = Kind::kDrop,
                    .actor = "B",
                    .peer = "A",
                    .method = "B.f",
                    .message = 5,
                    .detail = "lost"},
                   {.kind = Kind::kTimeout,
                    .actor = "A",
                    .peer = "B",
                    .method = "B.f",
                    .message = 5,
                    .status = "DEADLINE_EXCEEDED",
                    .detail = "B.f did not answer"},
                   {.kind = Kind::kReturn,
                    .actor = "A",
                    .peer = "B",
                    .method = "B.f",
                    .message = 5,
                    .status = "DEADLINE_EXCEEDED",
                    .detail = "B.f did not answer"},
                   {.kind = Kind::kNote, .detail = "partition"},
                   {.kind = Kind::kNote, .actor = "A", .detail = "slow"}},
                  {.times = false}),
            "Note over a0: timer: tick\n"
            "Note over a0: tick fails: UNAVAILABLE: nobody there\n"
            "Note over a1: spawned by A\n"
            "Note over a2: spawned\n"
            "a0-)a1: stop\n"
            "Note over a1: stopped\n"
            "Note over a2: crash of host\n"
            "a0-xa1: f (lost)\n"
            "Note over a0: timeout: B.f did not answer\n"
            "Note over a0,a2: partition\n"
            "Note over a0: slow\n");
}

TEST(Mermaid, DrawsBothCopiesOfAMessageThatCameTwice) {
  const auto event = [](Kind kind, const char* actor, const char* peer, const char* detail = "") {
    return Event{.kind = kind,
                 .actor = actor,
                 .peer = peer,
                 .method = "B.f",
                 .message = 5,
                 .detail = detail};
  };
  Event late = event(Kind::kDrop, "A", "B", "late_reply");
  late.of_answer = true;
  EXPECT_EQ(steps({event(Kind::kCall, "A", "B"), event(Kind::kCall, "A", "B", "duplicated"),
                   event(Kind::kReceive, "B", "A"), event(Kind::kReply, "B", "A"),
                   event(Kind::kReceive, "B", "A"), event(Kind::kReply, "B", "A"),
                   event(Kind::kReturn, "A", "B"), late},
                  {.times = false}),
            "a0->>a1: f\n"
            "a0->>a1: f (again)\n"
            "a1-->>a0: f\n"
            "a1--xa0: f (late reply)\n");
}

TEST(Mermaid, GivesNoLifelineToWhoDoesNothing) {
  std::vector<Event> events = one_call();
  events.insert(events.begin(), {.kind = Kind::kSpawn, .actor = "Idle", .detail = "Idle"});
  const absl::StatusOr<std::string> text = to_mermaid({.events = events});
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, Not(HasSubstr("Idle")));
}

TEST(Mermaid, DrawsWhoeverIsOutsideAsAPerson) {
  const absl::StatusOr<std::string> text = to_mermaid({.events = one_call(1, "outside")});
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr("    actor a0 as outside\n"));
}

TEST(Mermaid, DrawsACallThroughAnEmptyRefToNobody) {
  const absl::StatusOr<std::string> text =
      to_mermaid({.events = {{.kind = Kind::kCall, .actor = "A", .method = "B.f", .message = 1},
                             {.kind = Kind::kDrop,
                              .peer = "A",
                              .method = "B.f",
                              .message = 1,
                              .detail = "no_actor"}}});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text, HasSubstr("participant a1 as nobody\n    a0-xa1: f (no actor)"));
}

TEST(Mermaid, EscapesWhatMermaidWouldRead) {
  EXPECT_EQ(steps({{.kind = Kind::kNote,
                    .actor = "A",
                    .detail = "a;b #c <b>&amp; $$x$$ %%{init: {}}%% d:e f: g\nend\x01"}},
                  {.times = false}),
            "Note over a0: a#59;b #35;c #60;b#62;#38;amp#59; #36;#36;x#36;#36; "
            "#37;#37;#123;init: #123;#125;#125;#37;#37; d#58;e f: g end \n");
  EXPECT_EQ(steps({{.kind = Kind::kNote, .actor = "A", .detail = " \n wrap: x"}}, {.times = false}),
            "Note over a0: wrap#58; x\n");
  EXPECT_EQ(steps({{.kind = Kind::kNote, .actor = "A", .detail = "nowrap: x:"}}, {.times = false}),
            "Note over a0: nowrap#58; x#58;\n");
}

TEST(Mermaid, EscapesNamesOfActors) {
  const absl::StatusOr<std::string> text =
      to_mermaid({.events = one_call(1, "end;<i>", "participant as x: y")});
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr("participant a0 as end#59;#60;i#62;\n"
                               "    participant a1 as participant as x: y\n"));
}

TEST(Mermaid, CutsALongFailureBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "\u20AC";
  const std::string drawn = steps({{.time = 5,
                                    .kind = Kind::kFailure,
                                    .actor = "A",
                                    .method = "A.f",
                                    .status = "INTERNAL",
                                    .detail = text}});
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "\u20AC";
  EXPECT_EQ(drawn, absl::StrCat("Note over a0: f fails: INTERNAL: ", hundred, "… [5ns]\n"));
}

// --- Options ------------------------------------------------------------------------------------

std::vector<Event> three_calls() {
  std::vector<Event> events = one_call(1, "A@x", "B@y");
  for (const Event& event : one_call(2, "C@x", "B@y")) events.push_back(event);
  for (const Event& event : one_call(3, "A@x", "C@x")) events.push_back(event);
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].time = static_cast<std::int64_t>(i) * kMs;
  }
  for (std::size_t i = 8; i < 12; ++i) events[i].method = "C.g";
  return events;
}

TEST(Mermaid, ChoosesActors) {
  const MermaidOptions between = {.actors = {"A@*", "B@y"}, .times = false};
  EXPECT_EQ(steps(three_calls(), between), "a0->>a1: f\na1-->>a0: f\n");
  const MermaidOptions around = {.actors = {"C@x"}, .neighbours = true, .times = false};
  EXPECT_EQ(steps(three_calls(), around), "a0->>a1: f\na1-->>a0: f\na2->>a0: g\na0-->>a2: g\n");
}

TEST(Mermaid, ChoosesMethodsWithOrWithoutTheirClass) {
  EXPECT_EQ(steps(three_calls(), {.methods = {"g"}, .times = false}), "a0->>a1: g\na1-->>a0: g\n");
  EXPECT_EQ(steps(three_calls(), {.methods = {"C.*"}, .times = false}),
            "a0->>a1: g\na1-->>a0: g\n");
}

TEST(Mermaid, ChoosesAMessageAndWhatCameOfIt) {
  std::vector<Event> events = one_call(1, "A", "B");
  std::vector<Event> inner = one_call(2, "B", "C");
  inner.front().cause = 1;
  events.insert(events.begin() + 2, inner.begin(), inner.end());
  for (const Event& event : one_call(3, "A", "D")) events.push_back(event);
  EXPECT_EQ(steps(events, {.message = 1, .times = false}),
            "a0->>a1: f\na1->>a2: f\na2-->>a1: f\na1-->>a0: f\n");
  EXPECT_EQ(steps(events, {.message = 2, .times = false}), "a0->>a1: f\na1-->>a0: f\n");
}

TEST(Mermaid, ChoosesATimeWindowWithBothEnds) {
  EXPECT_EQ(steps(three_calls(), {.from = 3ms, .until = 5ms}),
            "a0-->>a1: f [2ms → 3ms]\na2->>a0: f [4ms → 5ms]\n");
}

TEST(Mermaid, SaysWhatItLeavesOut) {
  const absl::StatusOr<std::string> text =
      to_mermaid({.events = three_calls()}, {.most = 4, .times = false});
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, testing::EndsWith(
                         "    a1-->>a2: f\n"
                         "    Note over a0,a2: Left out from 9ms on: 2 more arrows and 0 more "
                         "notes.<br/>Choose actors, methods or a time window, or raise the limit "
                         "of 4.\n"));
  EXPECT_THAT(steps(three_calls(), {.most = 6}), Not(HasSubstr("Left out")));
}

TEST(Mermaid, SaysThatTheTraceEndsEarly) {
  EXPECT_THAT(*to_mermaid({.events = one_call(), .left_out = 12}),
              HasSubstr("Note over a0,a1: The trace itself ends early: 12 events were not "
                        "written.\n"));
  EXPECT_THAT(*to_mermaid({.events = one_call(), .complete = false}),
              HasSubstr("its writer was cut off.\n"));
}

TEST(Mermaid, RefusesAnActorThatIsNotThere) {
  EXPECT_EQ(
      to_mermaid({.events = three_calls()}, {.actors = {"A@x", "Node@*"}}).status(),
      absl::InvalidArgumentError("no actor of this trace is \"Node@*\"; there are A@x, B@y, C@x"));
  EXPECT_EQ(to_mermaid({.events = three_calls()}, {.methods = {"h"}}).status(),
            absl::InvalidArgumentError("no method of this trace is \"h\"; there are B.f, C.g"));
}

TEST(Mermaid, RefusesToDrawNothing) {
  EXPECT_EQ(to_mermaid(Trace{}).status(),
            absl::NotFoundError("there is nothing to draw: the trace has no events"));
  EXPECT_EQ(to_mermaid({.events = three_calls()}, {.from = 1h}).status(),
            absl::NotFoundError("there is nothing to draw: no arrow or note of the trace's 12 "
                                "events (0s to 11ms) is chosen"));
}

}  // namespace
}  // namespace troupe::trace
