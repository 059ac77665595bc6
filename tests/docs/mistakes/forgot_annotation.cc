// EXPECT: returns Sync<T>, Async, Parallel<Sync<T>> or Parallel<Async>.
#include "actor/actor.h"

using namespace troupe;

ACTOR_METHODS(Office, take)

class Office : public Actor<Office> {
 public:
  int take() { return ++last_; }

 private:
  int last_ = 0;
};

const ActorType& type = actor_type<Office>();
