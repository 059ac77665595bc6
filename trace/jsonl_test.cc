// Trace files: what is written, what is read, and what is refused.
#include "trace/jsonl.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trace/fake_runtime.h"

namespace troupe::trace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kHeader[] =
    "{\"format\":\"troupe-trace\",\"version\":1,\"scenario\":\"a.yaml\",\"seed\":7}\n";

std::string line_of(const Event& event) {
  std::string line;
  append_jsonl(event, &line);
  return line;
}

absl::StatusOr<Trace> read(const std::string& text) {
  std::istringstream in(text);
  return read_jsonl(in, "t.jsonl");
}

std::string error_of(const std::string& text) {
  const absl::StatusOr<Trace> trace = read(text);
  if (trace.ok()) return "it was read";
  EXPECT_EQ(trace.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(trace.status().message());
}

troupe::Event any_event(std::int64_t time = 5) {
  troupe::Event event;
  event.kind = EventKind::kTimer;
  event.time = Time(Duration(time));
  event.actor = {0, 1, 1};
  event.message = 9;
  return event;
}

// --- Lines --------------------------------------------------------------------------------------

TEST(Jsonl, WritesEveryFieldThatAnEventHas) {
  const Event event = {.time = -1,
                       .kind = Kind::kDrop,
                       .actor = "A@n0",
                       .peer = "B@n1",
                       .method = "B.f",
                       .message = 18'446'744'073'709'551'615U,
                       .cause = 2,
                       .of_answer = true,
                       .status = "ABORTED",
                       .detail = "why"};
  EXPECT_EQ(line_of(event),
            "{\"time\":-1,\"kind\":\"drop\",\"actor\":\"A@n0\",\"peer\":\"B@n1\","
            "\"method\":\"B.f\",\"message\":18446744073709551615,\"cause\":2,\"of_answer\":true,"
            "\"status\":\"ABORTED\",\"detail\":\"why\"}");
}

TEST(Jsonl, WritesNoFieldThatAnEventHasNot) {
  EXPECT_EQ(line_of({.kind = Kind::kStop}), "{\"time\":0,\"kind\":\"stop\"}");
}

TEST(Jsonl, EscapesWhatJsonDoesNotAllow) {
  EXPECT_EQ(line_of({.detail = std::string("\"\\\n\r\t\b\0\x1f\x7f/", 10)}),
            "{\"time\":0,\"kind\":\"note\",\"detail\":\"\\\"\\\\\\n\\r\\t\\u0008\\u0000\\u001f\x7f/"
            "\"}");
}

TEST(Jsonl, KeepsUtf8) {
  const std::string text = "\u00E9 \u20AC \U0001F600 \uFFFD";
  EXPECT_EQ(line_of({.detail = text}),
            absl::StrCat("{\"time\":0,\"kind\":\"note\",\"detail\":\"", text, "\"}"));
}

TEST(Jsonl, ReplacesBytesThatAreNoUtf8) {
  for (const std::string_view bad :
       {"\xFF", "\x80", "\xC0\xAF", "\xC3", "\xE2\x82", "\xED\xA0\x80", "\xE0\x80\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"}) {
    const std::string text = "a" + std::string(bad) + "b";
    const absl::StatusOr<Trace> trace =
        read(std::string(kHeader) + line_of({.detail = text}) + "\n");
    ASSERT_TRUE(trace.ok()) << trace.status();
    const std::string& got = trace->events[0].detail;
    EXPECT_THAT(got, AllOf(StartsWith("a\uFFFD"), testing::EndsWith("b")));
  }
}

// --- Reading ------------------------------------------------------------------------------------

TEST(Jsonl, ReadsWhatItWrites) {
  Trace trace{.scenario = "a \"quoted\" name.yaml", .seed = 18'446'744'073'709'551'615U};
  for (int kind = 0; kind <= static_cast<int>(Kind::kNote); ++kind) {
    trace.events.push_back({.time = std::numeric_limits<std::int64_t>::max() - kind,
                            .kind = static_cast<Kind>(kind),
                            .actor = "A@n0",
                            .message = 1,
                            .of_answer = kind % 2 == 0,
                            .detail = "\n\u20AC"});
  }
  trace.left_out = 3;
  const absl::StatusOr<Trace> again = read(to_jsonl(trace));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, trace);
}

TEST(Jsonl, GivesOutEventsOneByOne) {
  Trace trace{.scenario = "s", .seed = 3, .events = {}};
  for (int i = 0; i < 3; ++i) {
    trace.events.push_back({.time = i, .kind = Kind::kTimer, .actor = "A@x", .message = 1});
  }
  std::istringstream in(to_jsonl(trace));
  std::vector<Event> taken;
  absl::StatusOr<Trace> rest =
      for_each_in_jsonl(in, "t.jsonl", [&](Event&& event) { taken.push_back(std::move(event)); });
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_THAT(rest->events, testing::IsEmpty());
  rest->events = taken;
  EXPECT_EQ(*rest, trace);
}

TEST(Jsonl, ReadsATraceWithoutItsEndAndSaysSo) {
  const std::string lines = std::string(kHeader) + line_of({.time = 1}) + "\n";
  for (const std::string rest : {"", "{\"time\":2,\"ki", "{\"time\":2,\"of_answer\":tr", "{"}) {
    const absl::StatusOr<Trace> trace = read(lines + rest);
    ASSERT_TRUE(trace.ok()) << trace.status();
    EXPECT_EQ(trace->events.size(), 1U);
    EXPECT_FALSE(trace->complete);
  }
}

TEST(Jsonl, ReadsATraceFromWhichLinesWereTaken) {
  const absl::StatusOr<Trace> trace =
      read(std::string(kHeader) + "{\"time\":9,\"kind\":\"end\",\"events\":55,\"left_out\":0}\n");
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_TRUE(trace->complete);
}

TEST(Jsonl, IgnoresFieldsThatItDoesNotKnow) {
  const absl::StatusOr<Trace> trace =
      read(std::string(kHeader) +
           "{\"kind\":\"stop\",\"new\":1,\"text\":\"x\",\"flag\":true,\"part\":0.5,\"time\":4}\n");
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->events[0], (Event{.time = 4, .kind = Kind::kStop}));
}

TEST(Jsonl, SaysWhereAFileIsWrongAndWhy) {
  const auto second = [](std::string_view line) {
    return error_of(std::string(kHeader) + std::string(line) + "\n");
  };
  EXPECT_EQ(second("{\"time\":1,\"kind\":\"recieve\"}"),
            "t.jsonl:2: \"kind\" is \"recieve\"; it is one of spawn, stop, crash, send, call, "
            "receive, timer, reply, return, timeout, failure, drop, note, truncated, end");
  EXPECT_EQ(second("{\"kind\":\"send\"}"), "t.jsonl:2: \"time\" is missing");
  EXPECT_EQ(second("{\"time\":1}"), "t.jsonl:2: \"kind\" is missing");
  EXPECT_EQ(second("{\"time\":1.5,\"kind\":\"send\"}"),
            "t.jsonl:2: \"time\" is 1.5, and must be an integer that fits");
  EXPECT_EQ(second("{\"time\":1e3,\"kind\":\"send\"}"),
            "t.jsonl:2: \"time\" is 1e3, and must be an integer that fits");
  EXPECT_EQ(second("{\"time\":9223372036854775808,\"kind\":\"send\"}"),
            "t.jsonl:2: \"time\" is 9223372036854775808, which is beyond the end of time");
  EXPECT_EQ(second("{\"time\":\"1\",\"kind\":\"send\"}"), "t.jsonl:2: \"time\" must be a number");
  EXPECT_EQ(second("{\"time\":1,\"kind\":3}"), "t.jsonl:2: \"kind\" must be a string");
  EXPECT_EQ(second("{\"time\":1,\"kind\":\"send\",\"message\":-4}"),
            "t.jsonl:2: \"message\" is -4, and cannot be negative");
  EXPECT_EQ(second("{\"time\":1,\"kind\":\"send\",\"of_answer\":1}"),
            "t.jsonl:2: \"of_answer\" must be true or false");
  EXPECT_EQ(second("{\"time\":1,\"kind\":\"send\",\"actor\":{\"name\":1}}"),
            "t.jsonl:2: \"actor\" must be a string");
  EXPECT_EQ(second("{\"time\":1,\"kind\":\"send\",\"actor\":null}"),
            "t.jsonl:2: \"actor\" must be a string");
  EXPECT_EQ(second("[1]"), "t.jsonl:2: is not a JSON object");
  EXPECT_EQ(second("7"), "t.jsonl:2: is not a JSON object");
  EXPECT_EQ(second(""), "t.jsonl:2: the line is empty");
  EXPECT_THAT(second("{\"time\":1,,}"), StartsWith("t.jsonl:2: is not JSON at column 11: "));
  EXPECT_THAT(second("{\"detail\":\"\xFF\"}"), StartsWith("t.jsonl:2: is not JSON at column 12: "));
}

TEST(Jsonl, RefusesWhatIsNoTrace) {
  EXPECT_EQ(error_of(""), "t.jsonl:1: this is not a trace: it is empty");
  EXPECT_THAT(error_of("{\"time\":1,\"kind\":\"send\"}\n"),
              StartsWith("t.jsonl:1: this is not a trace: it does not open with"));
  EXPECT_THAT(error_of("name: chord\n"), StartsWith("t.jsonl:1: is not JSON at column "));
  EXPECT_EQ(error_of("{\"format\":\"troupe-trace\",\"version\":2}\n"),
            "t.jsonl:1: the trace has format version 2, and this program reads version 1");
  EXPECT_EQ(error_of(absl::StrCat(kHeader, "{\"time\":1,\"kind\":\"end\"}\n",
                                  "{\"time\":1,\"kind\":\"stop\"}\n")),
            "t.jsonl:3: something stands after the record that ends a trace");
}

TEST(Jsonl, SaysThatAFileIsNotThere) {
  EXPECT_EQ(read_jsonl_file("/nowhere/t.jsonl").status(),
            absl::NotFoundError("/nowhere/t.jsonl: No such file or directory"));
}

// --- Writing ------------------------------------------------------------------------------------

TEST(JsonlWriter, WritesHeaderEventsAndEnd) {
  FakeRuntime runtime;
  runtime.names = {{{0, 1, 1}, "A@n0"}};
  std::ostringstream out;
  JsonlWriter writer(out, runtime, {.scenario = "a.yaml", .seed = 7});
  writer.on_event(any_event());
  writer.note(Time(Duration(6)), "", "partition n0 | n1");
  EXPECT_TRUE(writer.close().ok());
  EXPECT_EQ(out.str(), absl::StrCat(kHeader,
                                    "{\"time\":5,\"kind\":\"timer\",\"actor\":\"A@n0\","
                                    "\"message\":9}\n"
                                    "{\"time\":6,\"kind\":\"note\",\"detail\":\"partition n0 | "
                                    "n1\"}\n"
                                    "{\"time\":6,\"kind\":\"end\",\"events\":2,\"left_out\":0}\n"));
}

TEST(JsonlWriter, StopsAtItsBoundWithOneRecord) {
  FakeRuntime runtime;
  std::ostringstream out;
  JsonlWriter writer(out, runtime, {.most_events = 2});
  for (int time = 1; time <= 5; ++time) writer.on_event(any_event(time));
  EXPECT_TRUE(writer.close().ok());
  EXPECT_THAT(out.str(),
              testing::EndsWith(
                  "{\"time\":2,\"kind\":\"timer\",\"actor\":\"actor\",\"message\":9}\n"
                  "{\"time\":3,\"kind\":\"truncated\",\"detail\":\"only the first 2 events are "
                  "written\"}\n"
                  "{\"time\":5,\"kind\":\"end\",\"events\":2,\"left_out\":3}\n"));
  const absl::StatusOr<Trace> trace = read(out.str());
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->events.size(), 2U);
  EXPECT_EQ(trace->left_out, 3U);
}

TEST(JsonlWriter, WritesNoRecordOfABoundThatIsJustReached) {
  FakeRuntime runtime;
  std::ostringstream out;
  JsonlWriter writer(out, runtime, {.most_events = 2});
  for (int time = 1; time <= 2; ++time) writer.on_event(any_event(time));
  EXPECT_TRUE(writer.close().ok());
  EXPECT_THAT(out.str(), testing::Not(HasSubstr("truncated")));
}

TEST(JsonlWriter, ReportsAFullDiskAtClose) {
  FakeRuntime runtime;
  auto writer = JsonlWriter::open("/dev/full", runtime);
  ASSERT_TRUE(writer.ok()) << writer.status();
  (*writer)->on_event(any_event());
  const absl::Status closed = (*writer)->close();
  EXPECT_EQ(closed.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(closed.message(), "/dev/full: the trace is not complete: No space left on device");
  EXPECT_EQ((*writer)->close(), closed);
}

TEST(JsonlWriter, KnowsOfAFullDiskBeforeItsEndAndGoesOn) {
  FakeRuntime runtime;
  auto writer = JsonlWriter::open("/dev/full", runtime);
  ASSERT_TRUE(writer.ok()) << writer.status();
  EXPECT_TRUE((*writer)->status().ok());
  for (int time = 0; time < 10'000; ++time) (*writer)->on_event(any_event(time));
  EXPECT_EQ((*writer)->status().code(), absl::StatusCode::kDataLoss);
}

TEST(JsonlWriter, TellsAFullDiskOnceAndWhenItHappens) {
  FakeRuntime runtime;
  std::mutex mutex;
  std::vector<std::string> told;
  auto writer = JsonlWriter::open(
      "/dev/full", runtime,
      {.flush_every = std::chrono::milliseconds(1), .on_failure = [&](const absl::Status& status) {
         const std::lock_guard lock(mutex);
         told.emplace_back(status.message());
       }});
  ASSERT_TRUE(writer.ok()) << writer.status();
  (*writer)->on_event(any_event());
  // No event follows, and nobody closes the writer.
  while ((*writer)->status().ok()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_FALSE((*writer)->close().ok());
  const std::lock_guard lock(mutex);
  EXPECT_THAT(
      told, testing::ElementsAre("/dev/full: the trace is not complete: No space left on device"));
}

TEST(JsonlWriter, WritesAnEventSoonAlsoWhereNoOtherFollowsIt) {
  FakeRuntime runtime;
  const std::string path = testing::TempDir() + "/soon.jsonl";
  auto writer = JsonlWriter::open(path, runtime, {.flush_every = std::chrono::milliseconds(1)});
  ASSERT_TRUE(writer.ok()) << writer.status();
  (*writer)->on_event(any_event());
  while (true) {
    const absl::StatusOr<Trace> trace = read_jsonl_file(path);
    if (trace.ok() && trace->events.size() == 1) {
      EXPECT_FALSE(trace->complete);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE((*writer)->close().ok());
}

TEST(JsonlWriter, ReportsAClosedPipe) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  FakeRuntime runtime;
  auto writer = JsonlWriter::open(absl::StrCat("/proc/self/fd/", ends[1]), runtime);
  ASSERT_TRUE(writer.ok()) << writer.status();
  ::close(ends[0]);
  ::close(ends[1]);
  (*writer)->on_event(any_event());
  EXPECT_THAT(std::string((*writer)->close().message()), HasSubstr("Broken pipe"));
}

TEST(JsonlWriter, ReportsAStreamThatTakesNoMore) {
  FakeRuntime runtime;
  std::ofstream out("/dev/full");
  JsonlWriter writer(out, runtime);
  writer.on_event(any_event());
  EXPECT_EQ(writer.close().code(), absl::StatusCode::kDataLoss);
}

TEST(JsonlWriter, ReportsAPathThatCannotBeWritten) {
  FakeRuntime runtime;
  EXPECT_EQ(JsonlWriter::open("/nowhere/t.jsonl", runtime).status().message(),
            "/nowhere/t.jsonl: cannot be written: No such file or directory");
}

TEST(JsonlWriter, WritesItsEndAlsoWhereNobodyClosesIt) {
  FakeRuntime runtime;
  std::ostringstream out;
  {
    JsonlWriter writer(out, runtime);
  }
  EXPECT_THAT(out.str(), HasSubstr("\"kind\":\"end\""));
}

TEST(JsonlWriter, IgnoresWhatComesAfterItsEnd) {
  FakeRuntime runtime;
  std::ostringstream out;
  JsonlWriter writer(out, runtime);
  EXPECT_TRUE(writer.close().ok());
  const std::string closed = out.str();
  writer.on_event(any_event());
  writer.note(Time(), "", "late");
  EXPECT_TRUE(writer.close().ok());
  EXPECT_EQ(out.str(), closed);
}

TEST(JsonlWriter, WritesWholeLinesFromManyThreads) {
  FakeRuntime runtime;
  std::ostringstream out;
  JsonlWriter writer(out, runtime);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int time = 0; time < 2'000; ++time) writer.on_event(any_event(time));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(writer.close().ok());
  const absl::StatusOr<Trace> trace = read(out.str());
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->events.size(), 8'000U);
}

}  // namespace
}  // namespace troupe::trace
