// Names in traces.
#include "trace/recorder.h"

#include "gtest/gtest.h"
#include "trace/fake_runtime.h"

namespace troupe::trace {
namespace {

constexpr MethodInfo kNotify = {.actor = "Node", .name = "notify"};
constexpr MethodInfo kOnStart = {.actor = "", .name = "on_start"};

TEST(Recorder, GivesNamesForWhatTheRuntimeShows) {
  FakeRuntime runtime;
  runtime.names = {{{0, 1, 1}, "Node@n0"}, {{1, 2, 1}, "Node@n1"}};
  Recorder recorder(runtime);
  troupe::Event event;
  event.kind = EventKind::kReceive;
  event.time = Time(Duration(1'500));
  event.actor = {1, 2, 1};
  event.peer = {0, 1, 1};
  event.method = &kNotify;
  event.message = 7;
  event.cause = 3;
  recorder.on_event(event);
  ASSERT_EQ(recorder.trace().events.size(), 1U);
  EXPECT_EQ(recorder.trace().events[0], (Event{.time = 1'500,
                                               .kind = Kind::kReceive,
                                               .actor = "Node@n1",
                                               .peer = "Node@n0",
                                               .method = "Node.notify",
                                               .message = 7,
                                               .cause = 3}));
}

TEST(Recorder, KeepsNothingOfOneEventForTheNext) {
  FakeRuntime runtime;
  runtime.names = {{{0, 1, 1}, "Node@n0"}};
  Recorder recorder(runtime);
  troupe::Event event;
  event.actor = event.peer = {0, 1, 1};
  event.method = &kNotify;
  event.status = absl::NotFoundError("nobody");
  event.of_answer = true;
  event.message = event.cause = 1;
  recorder.on_event(event);
  EXPECT_EQ(recorder.trace().events[0].status, "NOT_FOUND");
  EXPECT_EQ(recorder.trace().events[0].detail, "nobody");
  troupe::Event bare;
  bare.kind = EventKind::kStop;
  recorder.on_event(bare);
  EXPECT_EQ(recorder.trace().events[1], (Event{.kind = Kind::kStop}));
}

TEST(Recorder, KeepsTheNameThatAnActorHadFirst) {
  FakeRuntime runtime;
  runtime.names = {{{0, 1, 1}, "Node@n0"}};
  Recorder recorder(runtime);
  troupe::Event event;
  event.actor = {0, 1, 1};
  recorder.on_event(event);
  runtime.names = {{{0, 1, 1}, "Node#1@n0"}};
  recorder.on_event(event);
  EXPECT_EQ(recorder.trace().events[1].actor, "Node@n0");
}

TEST(Recorder, GivesNoTwoActorsOneName) {
  FakeRuntime runtime;
  runtime.names = {{{0, 1, 1}, "Node@n0"}, {{0, 1, 2}, "Node@n0"}, {{0, 1, 3}, "Node@n0"}};
  Recorder recorder(runtime);
  for (const std::uint32_t incarnation : {1U, 2U, 3U, 1U}) {
    troupe::Event event;
    event.actor = {0, 1, incarnation};
    recorder.on_event(event);
  }
  EXPECT_EQ(recorder.trace().events[0].actor, "Node@n0");
  EXPECT_EQ(recorder.trace().events[1].actor, "Node@n0/2");
  EXPECT_EQ(recorder.trace().events[2].actor, "Node@n0/3");
  EXPECT_EQ(recorder.trace().events[3].actor, "Node@n0");
}

TEST(Recorder, NamesAMethodWithoutAClassAlone) {
  FakeRuntime runtime;
  Recorder recorder(runtime);
  troupe::Event event;
  event.method = &kOnStart;
  recorder.on_event(event);
  EXPECT_EQ(recorder.trace().events[0].method, "on_start");
}

TEST(Recorder, KnowsEveryKindOfTheRuntimes) {
  FakeRuntime runtime;
  Recorder recorder(runtime);
  for (int kind = 0; kind <= static_cast<int>(EventKind::kNote); ++kind) {
    troupe::Event event;
    event.kind = static_cast<EventKind>(kind);
    recorder.on_event(event);
    EXPECT_EQ(to_string(recorder.trace().events.back().kind), troupe::to_string(event.kind));
  }
}

}  // namespace
}  // namespace troupe::trace
