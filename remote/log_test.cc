// Lines of a log: their forms, and that nobody forges one.
#include "remote/log.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace troupe {
namespace {

constexpr std::chrono::system_clock::time_point kTime(std::chrono::milliseconds(951'782'400'007));

TEST(LogLine, IsTextWithItsTimeLevelEventAndFields) {
  const LogLine line = {.level = LogLevel::kWarning,
                        .event = "peer_silent",
                        .text = "host 10.0.0.1:7000 has been silent for 3000ms",
                        .fields = {{"peer", "10.0.0.1:7000"}, {"name", "number one"}}};
  EXPECT_EQ(as_text(line, kTime),
            "2000-02-29T00:00:00.007Z warning [peer_silent peer=10.0.0.1:7000 "
            "name=\"number one\"] host 10.0.0.1:7000 has been silent for 3000ms");
}

TEST(LogLine, IsJson) {
  const LogLine line = {.event = "peer_up", .text = "a \"b\" \\", .fields = {{"name", "\"}"}}};
  EXPECT_EQ(as_json(line, kTime),
            "{\"time\":\"2000-02-29T00:00:00.007Z\",\"level\":\"info\",\"event\":\"peer_up\","
            "\"name\":\"\\\"}\",\"text\":\"a \\\"b\\\" \\\\\"}");
}

TEST(LogLine, IsOneLineWhateverIsInIt) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const LogLine line = {.event = "refused", .text = all, .fields = {{"from", all}}};
  for (const std::string& text : {as_text(line, kTime), as_json(line, kTime)}) {
    for (const char letter : text) {
      EXPECT_GE(static_cast<unsigned char>(letter), 0x20) << text;
      EXPECT_LT(static_cast<unsigned char>(letter), 0x7f) << text;
    }
  }
}

TEST(LogLine, HasNoForgedFields) {
  for (const std::string forged : {"a] b", "a peer=b", "peer=b", "", "a\"", "[a"}) {
    const LogLine line = {.event = "e", .text = "t", .fields = {{"name", forged}}};
    EXPECT_TRUE(as_text(line, kTime).starts_with("2000-02-29T00:00:00.007Z info [e name=\""));
    EXPECT_TRUE(as_text(line, kTime).ends_with("\"] t"));
  }
}

}  // namespace
}  // namespace troupe
