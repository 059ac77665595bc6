// EXPECT: takes its parameters by value: the caller may be gone
#include <string>

#include "actor/actor.h"

using namespace troupe;

ACTOR_METHODS(Office, take)

class Office : public Actor<Office> {
 public:
  Sync<int> take(const std::string& name) { return static_cast<int>(name.size()); }
};

Parallel<Async> visit(Ref<Office> office) { co_await office.take("anna"); }
