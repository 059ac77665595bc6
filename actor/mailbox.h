// Mailbox: how many messages may wait for an actor, and what becomes of the rest.
//
//   spawn_with<Printer>({.mailbox = {.limit = 100, .when_full = WhenFull::kReject}}, "tray 2");
//
// Without a limit a mailbox grows as it must. What counts is calls and one-way messages that wait
// for the actor's turn. Answers, stops and the actor's own timers always come in.
#pragma once

#include <cstdint>

namespace troupe {

// What a full mailbox does with one message more.
enum class WhenFull : std::uint8_t {
  // Its caller gets RESOURCE_EXHAUSTED at once. A one-way message is dropped.
  kReject,
  // It is dropped. A call then ends with its deadline, as if the message were lost.
  kDrop,
};

struct Mailbox {
  std::uint32_t limit = 0;  // 0: none
  WhenFull when_full = WhenFull::kReject;
};

}  // namespace troupe
