// Extras: what few actors have, apart from the state that all have. Made when first needed.
#pragma once

#include "actor/internal/message.h"

namespace troupe::internal {

struct PutOff;
struct Behavior;

struct Extras {
  PutOff* put_offs = nullptr;          // open answers that methods have put off, newest first
  const Behavior* behavior = nullptr;  // which messages are handled now; null: all
  Message* stash = nullptr;            // the last of a ring: those that wait for another behavior
};

}  // namespace troupe::internal
