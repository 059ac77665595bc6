// Extras: the state of an actor that few actors need, behind one pointer that is mostly null.
#pragma once

#include <list>
#include <memory>

#include "actor/internal/future_state.h"

namespace troupe::internal {

struct Extras {
  // Futures that nobody may hold any more, but which have a continuation: see Future::then().
  std::list<std::shared_ptr<FutureStateBase>> continued;
};

}  // namespace troupe::internal
