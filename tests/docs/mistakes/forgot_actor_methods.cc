// EXPECT: lists the methods which others may call: ACTOR_METHODS(Class, method, ...)
#include "actor/actor.h"

using namespace troupe;

class Office : public Actor<Office> {
 public:
  Sync<int> take() { return ++last_; }

 private:
  int last_ = 0;
};

Parallel<Async> visit(Ref<Office> office) { co_await office.take(); }
