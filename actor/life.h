// Life: how actors end, and how others learn it. All of it works across hosts.
//
//   Exit exit = co_await join(worker).within(1min);   // waits until it has ended
//   co_await ping(worker);                            // answers after on_start()
//
// In an actor (actor.h) there are, besides:
//
//   stop(worker);                           // after its earlier messages
//   stop(worker, absl::DataLossError(""));  // the same, but abnormally
//   bool alive = co_await graceful_stop(worker, 5s);  // and waits for the end
//   kill(worker);                           // at once
//   co_await exit(absl::InternalError("")); // this actor itself, at once
//
//   Monitor notice = monitor(worker);       // on_down(exit), once
//   demonitor(notice);
//   link(worker);                           // ends with it: both ways
//   trap_exits();                           // on_exit(exit) instead
//   Ref<Worker> child = spawn_link<Worker>();         // tied from its first moment on
//   auto [worker, notice] = spawn_monitor<Worker>();
//
// Reach for a monitor to know, for a link to share a fate, and for a Supervisor (supervise.h) to
// start again what has failed. An actor's failing methods do not end it: on_start() alone does, and
// those failures that its is_fatal() says.
#pragma once

#include "actor/call.h"
#include "actor/exit.h"
#include "actor/internal/life.h"
#include "actor/ref.h"

namespace troupe {

// What spawn_monitor() gives. No ref: the constructor failed, as on_down() will tell.
template <class A>
struct Monitored {
  Ref<A> ref;
  Monitor monitor;
};

// Waits until the actor has ended, and gives how. Without within() it waits for ever, or to the
// deadline of the caller. Fails with NOT_FOUND where the actor had ended before, and with
// UNAVAILABLE where its host is down.
template <class A>
Call<Exit> join(const Ref<A>& actor) {
  return Call<Exit>(internal::Life::watch_call(id_of(actor)));
}

// Is answered as soon as the actor handles messages: so after its on_start().
template <class A>
Call<> ping(const Ref<A>& actor) {
  return Call<>(internal::Life::ping_call(id_of(actor)));
}

}  // namespace troupe
