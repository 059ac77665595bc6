// EXPECT: A result cannot be sent: it is not a number, string, container, Ref or protobuf message
#include "actor/actor.h"

using namespace troupe;

ACTOR_METHODS(Office, take)

struct Ticket {
  int number = 0;
};

class Office : public Actor<Office> {
 public:
  Sync<Ticket> take() { return Ticket{++last_}; }

 private:
  int last_ = 0;
};

Parallel<Async> visit(Ref<Office> office) { co_await office.take(); }
