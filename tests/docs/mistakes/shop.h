// Two actors for the mistakes in this folder: each program adds one method, with one mistake.
#pragma once

#include "actor/actor.h"

namespace shop {

using namespace troupe;

ACTOR_METHODS(Office, take, close)
ACTOR_METHODS(Visitor, tickets, visit)

struct Ticket {
  int number = 0;
  FIELDS(number)
};

class Office : public Actor<Office> {
 public:
  Sync<Ticket> take() { return Ticket{++last_}; }
  Sync<> close() { return {}; }
  Sync<int> sold() { return last_; }  // not listed

 private:
  int last_ = 0;
};

class Visitor : public Actor<Visitor> {
 public:
  Sync<int> tickets() { return held_; }
  Parallel<Async> visit();
  Async rest() { return {}; }  // not listed

 private:
  void keep(Ticket ticket) { held_ += ticket.number > 0 ? 1 : 0; }

  Ref<Office> office_;
  int held_ = 0;
};

}  // namespace shop
