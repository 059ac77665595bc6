// Behavior: which messages an actor handles now, and what becomes of the others. See actor/state.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actor/internal/message.h"
#include "actor/internal/method_info.h"

namespace troupe {

class Async;
class Term;
template <class T, class Timeout>
class Sync;
struct DefaultTimeout;

namespace internal {

// A method for messages of one type: see actor/handlers.h.
struct Handler {
  bool takes_all = false;
  std::string_view type = {};                 // of record; empty: `takes` decides
  bool (*takes)(const Term& term) = nullptr;  // whether it is, or becomes, the parameter
  Async (*on_message)(ActorBase& actor, Term message) = nullptr;
  Sync<Term, DefaultTimeout> (*on_request)(ActorBase& actor, Term request) = nullptr;
};

struct Behavior {
  std::string name;                        // for people
  bool all = true;                         // every method, whatever `methods` says
  bool others_wait = false;                // else they are refused
  std::vector<const MethodInfo*> methods;  // what is handled
  std::vector<Handler> handlers;           // in front of the class's own

  bool allows(Message& message) const;
};

}  // namespace internal
}  // namespace troupe
