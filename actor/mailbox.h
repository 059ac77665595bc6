// Mailbox: how many messages may wait for an actor, and what becomes of the rest.
//
//   spawn_with<Printer>({.mailbox = {.limit = 100, .when_full = WhenFull::kReject}}, "tray 2");
//
// Without a limit a mailbox grows as it must. What counts is calls and one-way messages that wait
// for the actor's turn. Answers, stops and the actor's own timers always come in. On threads, what
// comes while one piece of the actor's code runs is counted when that has ended.
//
// What is refused or dropped is counted (DropReason::kMailboxFull) and a dead letter.
#pragma once

#include <cstdint>

namespace troupe {

// What a full mailbox does with one message more.
enum class WhenFull : std::uint8_t {
  // Its caller gets RESOURCE_EXHAUSTED at once. A one-way message is dropped.
  kReject,
  // It is dropped. A call then ends with its deadline, as if the message were lost.
  kDrop,
  // It comes in, and its sender is muted until half the mailbox is empty: it answers no calls and
  // handles no one-way messages and timers meanwhile, only answers to its own calls. So the limit
  // is passed by what was under way. An actor that is over its own limit is never muted, nor one
  // that somebody waits for who keeps its turn; so nobody waits in a circle. A sender outside every
  // actor cannot be muted.
  kBlock,
};

struct Mailbox {
  std::uint32_t limit = 0;  // 0: none
  WhenFull when_full = WhenFull::kReject;
};

}  // namespace troupe
