// The same run in PlantUML's and in sdedit's text; what is chosen and where it stands is tested
// with Mermaid's.
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trace/event.h"
#include "trace/plantuml.h"
#include "trace/sdedit.h"

namespace troupe::trace {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kMs = 1'000'000;

Trace shop() {
  Trace trace{.scenario = "shop", .seed = 7};
  trace.events = {
      {.time = 0,
       .kind = Kind::kCall,
       .actor = "A@x",
       .peer = "B@y",
       .method = "B.f",
       .message = 1},
      {.time = kMs,
       .kind = Kind::kReceive,
       .actor = "B@y",
       .peer = "A@x",
       .method = "B.f",
       .message = 1},
      {.time = kMs,
       .kind = Kind::kSend,
       .actor = "B@y",
       .peer = "C@z",
       .method = "C.log",
       .message = 2,
       .cause = 1},
      {.time = kMs,
       .kind = Kind::kFailure,
       .actor = "B@y",
       .method = "B.f",
       .message = 1,
       .status = "NOT_FOUND",
       .detail = "no <key> a.b = \\ 100%"},
      {.time = kMs,
       .kind = Kind::kReply,
       .actor = "B@y",
       .peer = "A@x",
       .method = "B.f",
       .message = 1,
       .status = "NOT_FOUND"},
      {.time = 2 * kMs,
       .kind = Kind::kReturn,
       .actor = "A@x",
       .peer = "B@y",
       .method = "B.f",
       .message = 1,
       .status = "NOT_FOUND"},
      {.time = 2 * kMs,
       .kind = Kind::kDrop,
       .actor = "C@z",
       .peer = "B@y",
       .method = "C.log",
       .message = 2,
       .detail = "lost"},
      {.time = 3 * kMs,
       .kind = Kind::kSend,
       .actor = "B@y",
       .peer = "C@z",
       .method = "C.log",
       .message = 3},
  };
  return trace;
}

TEST(PlantUml, DrawsArrowsAndNotes) {
  EXPECT_EQ(*to_plantuml(shop()),
            "@startuml\n"
            "title shop, seed 7\n"
            "participant \"A@x\" as a0\n"
            "participant \"B@y\" as a1\n"
            "participant \"C@z\" as a2\n"
            "a0 -> a1 : f [0s → 1ms]\n"
            "note over a1 : f fails: NOT_FOUND: no &#60;key&#62; a.b = &#92; 100&#37; [1ms]\n"
            "a1 --> a0 : f NOT_FOUND [1ms → 2ms]\n"
            "a1 ->x a2 : log (lost) [1ms → 2ms]\n"
            "a1 ->o a2 : log (not yet handled) [3ms]\n"
            "@enduml\n");
}

TEST(PlantUml, SaysWhatItLeavesOut) {
  EXPECT_THAT(*to_plantuml(shop(), {.most = 1}),
              HasSubstr("note across : Left out from 1ms on: 3 more arrows and 1 more note.\\n"
                        "Choose actors"));
}

TEST(PlantUml, RefusesToDrawNothing) {
  EXPECT_EQ(to_plantuml(Trace{}).status().code(), absl::StatusCode::kNotFound);
}

TEST(Sdedit, DrawsSignalsAndNotes) {
  EXPECT_EQ(*to_sdedit(shop()),
            "#![shop, seed 7]\n"
            "#!\n"
            "a0:Actor[p] \"A@x\"\n"
            "a1:Actor[p] \"B@y\"\n"
            "a2:Actor[p] \"C@z\"\n"
            "\n"
            "a0:a1.f [0s → 1ms]\n"
            "*1 a1\n"
            "f fails: NOT_FOUND: no <key> a.b = \\ 100% [1ms]\n"
            "*1\n"
            "a1:a0.answer\\: f NOT_FOUND [1ms → 2ms]\n"
            "a1:a2.log (lost) [1ms → 2ms]\n"
            "a1:a2.log (not yet handled) [3ms]\n");
}

TEST(Sdedit, RefusesToDrawNothing) {
  EXPECT_EQ(to_sdedit(Trace{}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace troupe::trace
