// The two actors, and the description of the algorithm.
#include "examples/tickets/tickets.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace tickets {

// --- Office ---

Sync<Ticket> Office::take(Request request) {
  const auto known = answers_.find(request);
  if (known != answers_.end()) return known->second;
  const Ticket ticket = {++last_};
  if (remembers_) {
    answers_.emplace(request, ticket);
    after(1h, &Office::forget, request);
  }
  return ticket;
}

Async Office::forget(Request request) {
  answers_.erase(request);
  return {};
}

// --- Visitor ---

Async Visitor::on_start() {
  const Duration first = random().uniform(0s, options_.visit_every);
  timer_ = every(options_.visit_every, &Visitor::visit, first);
  return {};
}

// Asks once.
Parallel<Sync<Ticket>> Visitor::ask(Request request) {
  const Ticket ticket = co_await office_.take(request).within(options_.answer_within);
  count("answers");
  co_return ticket;
}

Parallel<Async> Visitor::visit() {
  const Stopwatch stopwatch = start_stopwatch();
  const Request request = {self(), ++requests_};
  absl::StatusOr<Ticket> ticket = co_await ask(request).status_or();
  while (!ticket.ok()) {
    count("retries");
    co_await sleep(random().uniform(0s, options_.pause));
    ticket = co_await ask(request).status_or();
  }
  ++tickets_;
  measure("wait", to_seconds(stopwatch.elapsed()));
  if (is_content()) cancel(timer_);
}

// --- What a scenario sees ---

namespace {

std::unique_ptr<ActorBase> make_office(const Parameters& parameters, const Spawning&) {
  return std::make_unique<Office>(parameters.flag("remember"));
}

std::unique_ptr<ActorBase> make_visitor(const Parameters& parameters, const Spawning& spawning) {
  const VisitorOptions options = {
      .wanted = parameters.integer("wanted"),
      .answer_within = parameters.duration("answer_within"),
  };
  return std::make_unique<Visitor>(spawning.contact<Office>(), options);
}

absl::Status everybody_is_content(const World& world, const Parameters&) {
  for (const Visitor* visitor : world.actors<Visitor>()) {
    if (!visitor->is_content()) {
      return absl::FailedPreconditionError(
          absl::StrCat(world.name_of(visitor->id()), " has ", visitor->held(), " tickets"));
    }
  }
  return absl::OkStatus();
}

absl::Status no_ticket_is_lost(const World& world, const Parameters&) {
  std::int64_t given = 0;
  std::int64_t held = 0;
  for (const Office* office : world.actors<Office>()) given += office->given();
  for (const Visitor* visitor : world.actors<Visitor>()) held += visitor->held();
  if (given == held) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the office has given ", given, " tickets, and the visitors hold ", held));
}

}  // namespace

Algorithm tickets() {
  return Algorithm("tickets", "An office gives numbered tickets to visitors that ask again.")
      .parameter("wanted", 10, "how many tickets each visitor wants")
      .parameter("answer_within", Duration(500ms), "a visitor that waits longer asks again")
      .parameter("remember", false, "the office gives the same ticket for the same request")
      .actor<Office>("gives out tickets", make_office)
      .actor<Visitor>("gets tickets from an office that is there before it", make_visitor)
      .check("everybody_is_content", "every visitor has all its tickets", everybody_is_content)
      .check("no_ticket_is_lost", "a ticket that was given is held by a visitor", no_ticket_is_lost)
      .measures("wait", "seconds from a request to its ticket")
      .counts("answers", "requests that were answered in time")
      .counts("retries", "requests that were not");
}

}  // namespace tickets
