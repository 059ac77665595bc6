// DeadLetter: a message that came to nobody, told to whoever wants to know.
//
//   subscribe_dead_letters(&Auditor::on_dead_letter);   // in an actor, on_start() say: an Async
//                                                       // method that takes a DeadLetter
//   runtime.on_dead_letter([](const DeadLetter& letter) { ... });   // outside
//
// An actor hears of what is noticed on its own host: there the target was, or would have been; of a
// message that was lost or whose host is down, where it came from. Outside, one hears of all.
// Every drop is counted by reason in any case. A dead letter that itself comes to nobody is counted
// and not told.
#pragma once

#include <string>

#include "actor/actor_id.h"
#include "actor/codec.h"
#include "actor/runtime.h"

namespace troupe {

struct DeadLetter {
  DropReason reason = DropReason::kNoActor;
  ActorId target;
  ActorId sender;
  std::string method;      // "Printer.print"; "stop"
  bool of_answer = false;  // it was a call's answer, on the way to the caller
  FIELDS(reason, target, sender, method, of_answer)
};

}  // namespace troupe
