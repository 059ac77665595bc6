// Mistakes of an author that only show when the program runs: said in one sentence, then abort.
#include "actor/actor.h"

#include <cstdio>
#include <cstdlib>

namespace troupe::internal {

void used_before_start(std::string_view what) {
  std::fprintf(stderr,
               "troupe: %.*s was used before the actor had a place, in its constructor perhaps. "
               "Use it in on_start() or later.\n",
               static_cast<int>(what.size()), what.data());
  std::abort();
}

void called_outside_every_actor(const MethodInfo& method) {
  std::fprintf(stderr,
               "troupe: %s was called outside every actor. Outside, use the runtime: "
               "simulator.ask(ref.method(...)), or simulator.act([&] { ref.method(...); }). In a "
               "constructor there is no actor yet: call from on_start() on.\n",
               method.full_name().c_str());
  std::abort();
}

void the_method_is_not_listed_in_ACTOR_METHODS() { std::abort(); }

}  // namespace troupe::internal
