// An office gives out numbered tickets, and visitors ask for them over a network that loses
// messages. The example of docs/tutorial.md: small, with a bug that only some seeds show.
#pragma once

#include <compare>
#include <cstdint>
#include <map>

#include "actor/actor.h"
#include "actor/algorithm.h"

namespace tickets {

using namespace troupe;

ACTOR_METHODS(Office, take, forget)
ACTOR_METHODS(Visitor, tickets, visit)

struct Ticket {
  std::int64_t number = 0;
  FIELDS(number)
};

// What a visitor asks for. When it asks again for the same ticket, the request is the same.
struct Request {
  Ref<Visitor> visitor;
  std::int64_t number = 0;
  FIELDS(visitor, number)
  friend auto operator<=>(const Request&, const Request&) = default;
};

class Office : public Actor<Office> {
 public:
  // One that remembers gives the same ticket for the same request.
  explicit Office(bool remembers) : remembers_(remembers) {}

  // Asked by visitors.
  Sync<Ticket> take(Request request);

  // Run when nobody asks for this ticket again.
  Async forget(Request request);

  // The state, for checks.
  std::int64_t given() const { return last_; }

 private:
  bool remembers_;
  std::int64_t last_ = 0;              // The number of the last ticket.
  std::map<Request, Ticket> answers_;  // What was given lately.
};

struct VisitorOptions {
  std::int64_t wanted = 10;        // how many tickets
  Duration visit_every = 1s;       // a new request so often
  Duration answer_within = 500ms;  // of the office, else the visitor asks again
  Duration pause = 1s;             // before it asks again, at most
};

class Visitor : public Actor<Visitor> {
 public:
  Visitor(Ref<Office> office, VisitorOptions options) : office_(office), options_(options) {}

  // Asked by anybody: how many tickets it has.
  Sync<std::int64_t> tickets() { return tickets_; }

  // Run now and then: gets one ticket, however often it must ask.
  Parallel<Async> visit();

  // The state, for checks.
  std::int64_t held() const { return tickets_; }
  bool is_content() const { return tickets_ == options_.wanted; }

 private:
  Async on_start() override;
  Parallel<Sync<Ticket>> ask(Request request);

  Ref<Office> office_;
  VisitorOptions options_;
  Timer timer_;
  std::int64_t requests_ = 0;
  std::int64_t tickets_ = 0;
};

// What a scenario sees.
Algorithm tickets();

}  // namespace tickets
