// How actors watch each other's ends: see life.h.
#include "actor/internal/life.h"

#include <array>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "actor/internal/mailbox.h"
#include "actor/internal/turn.h"

namespace troupe::internal {

namespace {

enum class WatchKind : std::uint8_t { kMonitor, kLink, kLinkBack };

// The kind; of a kLinkBack also which link of the peer it returns: slot and generation.
using WatchArguments = std::tuple<WatchKind, std::uint32_t, std::uint32_t>;
// Which of the sender's watches is no more: slot and generation.
using UnwatchArguments = std::tuple<std::uint32_t, std::uint32_t>;
// The cause, and whether to end at once.
using EndArguments = std::tuple<absl::Status, bool>;

constexpr MethodInfo kBackground = {.actor = "Actor", .name = "watching", .parallel = true};
constexpr MethodInfo kOnDown = {
    .actor = "", .name = "on_down", .id = method_id("", "on_down"), .one_way = true};
constexpr MethodInfo kOnExit = {
    .actor = "", .name = "on_exit", .id = method_id("", "on_exit"), .one_way = true};

template <class Arguments>
Message* create(const MethodInfo& method, ActorId target, Arguments arguments) {
  Message* message = Message::create(MessageKind::kCall, &method, method.payload_size);
  new (message->payload()) Arguments(std::move(arguments));
  message->target = target;
  return message;
}

// With all that the status carries.
absl::Status with_text(const absl::Status& status, const std::string& text) {
  absl::Status result(status.code(), text);
  status.ForEachPayload([&](auto url, const absl::Cord& value) { result.SetPayload(url, value); });
  return result;
}

void send(ActorBase& actor, Message* message) {
  const bool in_turn = current_activation != nullptr && current_activation->actor == &actor;
  Turns::one_way(in_turn ? *current_activation : Life::bonds_of(actor).background, message);
}

}  // namespace

// --- The methods that every actor has -----------------------------------------------------------

struct SystemMethods {
  // Answered when the actor ends.
  static void watch(ActorBase& actor, Message* ticket) {
    const auto [kind, slot, generation] = ticket->payload_as<WatchArguments>();
    Bonds& bonds = Life::bonds_of(actor);
    if (kind != WatchKind::kMonitor) {
      const auto link = bonds.links.find(ticket->sender);
      if (link != bonds.links.end() &&
          (kind == WatchKind::kLink || bonds.watches.at(link->second.slot)->is(slot, generation))) {
        link->second.returned = true;
      } else if (kind == WatchKind::kLinkBack) {
        Turns::answer_for(actor, ticket, absl::CancelledError("the link is no more"));
        return;
      } else {
        Life::begin_link(
            actor,
            create(*ticket->method, ticket->sender,
                   WatchArguments(WatchKind::kLinkBack, ticket->slot, ticket->generation)),
            true);
      }
    }
    Life::park(actor, ticket);
  }

  static void unwatch(ActorBase& actor, Message* message) {
    const auto [slot, generation] = message->payload_as<UnwatchArguments>();
    Life::bonds_of(actor).tickets.erase({message->sender, slot, generation});
    Message::destroy(message);
  }

  static void unlink(ActorBase& actor, Message* message) {
    Life::drop_link(actor, message->sender);
    Message::destroy(message);
  }

  // A link's other end has ended before this one's own watch could come there.
  static void signal(ActorBase& actor, Message* message) {
    Exit exit = std::move(std::get<0>(message->payload_as<std::tuple<Exit>>()));
    const ActorId peer = message->sender;
    Message::destroy(message);
    if (Life::drop_link(actor, peer)) Life::link_is_over(actor, std::move(exit));
  }

  // Ends the actor. As a call, it is answered when that is done.
  static void end(ActorBase& actor, Message* message) {
    const auto& [why, at_once] = message->payload_as<EndArguments>();
    const bool by_itself = message->sender == actor.id();
    auto name = [&] { return actor.runtime().name_of(message->sender); };
    Ending ending;
    ending.by = message->sender;
    ending.message = message->id;
    if (at_once) {
      ending.why = absl::AbortedError(absl::StrCat("killed by ", by_itself ? "itself" : name()));
    } else if (!why.ok()) {
      ending.why =
          by_itself ? why : with_text(why, absl::StrCat(why.message(), " (ended by ", name(), ")"));
      ending.failed = "stop";
    }
    Life::park(actor, message);
    Turns::finish(actor, ending);
  }

  static void ping(ActorBase& actor, Message* message) {
    message->destroy_payload();
    if (!message->wants_reply()) {
      Message::destroy(message);
      return;
    }
    new (message->payload()) Nothing;
    Turns::send_reply(Life::bonds_of(actor).background, message);
  }

  static void wait_for_own_end(ActorBase&, Message* message, void* outcome) {
    Message::destroy(message);
    *static_cast<Outcome<Exit>*>(outcome) = Outcome<Exit>(
        absl::FailedPreconditionError("an actor that waits for its own end waits for ever"));
  }
  static void ping_itself(ActorBase&, Message* message, void* outcome) {
    Message::destroy(message);
    *static_cast<Outcome<void>*>(outcome) = Outcome<void>(Nothing{});
  }

  template <class Arguments, class Result>
  static constexpr MethodInfo describe(std::string_view name,
                                       void (*invoke)(ActorBase&, Message*)) {
    MethodInfo info;
    info.actor = "Actor";
    info.name = name;
    info.id = method_id("Actor", name);
    info.one_way = std::is_void_v<Result>;
    info.parallel = true;
    info.system = true;
    info.timeout = kNoTimeout;
    info.invoke = invoke;
    info.invoke_inline = &wait_for_own_end;
    set_codec<Arguments, Result>(info);
    return info;
  }
};

namespace {

constexpr MethodInfo kWatch =
    SystemMethods::describe<WatchArguments, Exit>("watch", &SystemMethods::watch);
constexpr MethodInfo kUnwatch =
    SystemMethods::describe<UnwatchArguments, void>("unwatch", &SystemMethods::unwatch);
constexpr MethodInfo kUnlink =
    SystemMethods::describe<std::tuple<>, void>("unlink", &SystemMethods::unlink);
constexpr MethodInfo kSignal =
    SystemMethods::describe<std::tuple<Exit>, void>("signal", &SystemMethods::signal);
constexpr MethodInfo kEnd = SystemMethods::describe<EndArguments, Exit>("end", &SystemMethods::end);
// An ordinary call, which a network may lose: who pings wants to know.
constexpr MethodInfo kPing = [] {
  MethodInfo info = SystemMethods::describe<std::tuple<>, void>("ping", &SystemMethods::ping);
  info.one_way = false;
  info.system = false;
  info.timeout = {};
  info.invoke_inline = &SystemMethods::ping_itself;
  return info;
}();

// Shows the call that a ticket of a spawn stands for: it was never sent.
void show_call(ActorBase& at, ActorId watcher, ActorId target, std::uint64_t message) {
  Event event;
  event.kind = EventKind::kCall;
  event.time = at.runtime().now();
  event.actor = watcher;
  event.peer = target;
  event.method = &kWatch;
  event.message = message;
  at.runtime().observer()->on_event(event);
}

bool is_link(const Message& ticket) {
  return ticket.method == &kWatch &&
         std::get<WatchKind>(*static_cast<const WatchArguments*>(ticket.payload())) !=
             WatchKind::kMonitor;
}

}  // namespace

const MethodInfo* find_system_method(std::uint32_t id) {
  static constexpr std::array kAll = {&kWatch, &kUnwatch, &kUnlink, &kSignal, &kEnd, &kPing};
  for (const MethodInfo* method : kAll) {
    if (method->id == id) return method;
  }
  for (const MethodInfo* method : Mailboxes::methods()) {
    if (method->id == id) return method;
  }
  return nullptr;
}

MessagePtr Life::watch_call(ActorId target) {
  return MessagePtr(create(kWatch, target, WatchArguments(WatchKind::kMonitor, 0, 0)));
}

MessagePtr Life::end_call(ActorId target, const absl::Status& why, bool at_once) {
  return MessagePtr(create(kEnd, target, EndArguments(why, at_once)));
}

MessagePtr Life::ping_call(ActorId target) {
  return MessagePtr(create(kPing, target, std::tuple<>()));
}

Bonds& Life::bonds_of(ActorBase& actor) {
  if (actor.extras_ == nullptr) actor.extras_ = std::make_unique<Extras>();
  Bonds& bonds = actor.extras_->bonds;
  bonds.background.actor = &actor;
  bonds.background.method = &kBackground;
  return bonds;
}

// --- Watching -----------------------------------------------------------------------------------

void Life::begin(ActorBase& actor, Watch& watch, Message* call) {
  watch.watcher = &actor;
  watch.completed = &Life::completed;
  Turns::call(bonds_of(actor).background, watch, call, kNoTimeout);
}

void Life::watch(ActorBase& actor, Watch& watch, ActorId target) {
  begin(actor, watch, watch_call(target).release());
}

void Life::unwatch(Watch& watch) {
  if (watch.activation == nullptr) return;  // It is over.
  ActorBase& actor = *watch.watcher;
  Turns::forget(watch);
  if (!watch.target) return;
  send(actor, create(kUnwatch, watch.target, UnwatchArguments(watch.slot, watch.generation)));
}

Monitor Life::monitor(ActorBase& actor, ActorId target) {
  target = actor.runtime().true_id(target);
  auto watch = std::make_unique<Watch>();
  watch->ended = &Life::monitored_ended;
  Life::watch(actor, *watch, target);
  const Monitor monitor{watch->slot, watch->generation};
  bonds_of(actor).watches.emplace(watch->slot, std::move(watch));
  return monitor;
}

bool Life::demonitor(ActorBase& actor, Monitor monitor) {
  if (actor.extras_ == nullptr || monitor.generation == 0) return false;
  auto& watches = actor.extras_->bonds.watches;
  const auto found = watches.find(monitor.slot);
  if (found == watches.end() || !found->second->is(monitor.slot, monitor.generation) ||
      found->second->is_link) {
    return false;
  }
  unwatch(*found->second);
  watches.erase(found);
  return true;
}

// The watched actor has ended, or there was none.
void Life::completed(PendingCall& call) {
  auto& watch = static_cast<Watch&>(call);
  Exit exit;
  if (watch.failed()) {
    exit.actor = watch.target;
    exit.name = watch.watcher->runtime().name_of(watch.target);
    exit.why = watch.failure();
  } else {
    exit = watch.take<Exit>();
  }
  watch.ended(watch, std::move(exit));
}

void Life::monitored_ended(Watch& watch, Exit exit) {
  ActorBase& actor = *watch.watcher;
  exit.monitor = {watch.slot, watch.generation};
  bonds_of(actor).watches.erase(watch.slot);
  run_hook(actor, kOnDown, &ActorBase::on_down, std::move(exit));
}

void Life::run_hook(ActorBase& actor, const MethodInfo& hook, Async (ActorBase::*method)(Exit),
                    Exit exit) {
  Activation starting;
  starting.actor = &actor;
  starting.method = &hook;
  CurrentActivation scope(&starting);
  Outcome<void> outcome;
  try {
    outcome = (actor.*method)(std::move(exit));
  } catch (...) {
    outcome = Outcome<void>(status_of_current_exception(&hook));
  }
  settle(starting, std::move(outcome));
}

// --- Links --------------------------------------------------------------------------------------

void Life::begin_link(ActorBase& actor, Message* call, bool returned) {
  auto watch = std::make_unique<Watch>();
  watch->ended = &Life::linked_ended;
  watch->is_link = true;
  Bonds& bonds = bonds_of(actor);
  begin(actor, *watch, call);
  bonds.links.emplace(watch->target, Bonds::Link{.slot = watch->slot, .returned = returned});
  bonds.watches.emplace(watch->slot, std::move(watch));
}

void Life::link(ActorBase& actor, ActorId peer) {
  peer = actor.runtime().true_id(peer);
  if (peer == actor.id() || bonds_of(actor).links.contains(peer)) return;
  begin_link(actor, create(kWatch, peer, WatchArguments(WatchKind::kLink, 0, 0)), false);
}

void Life::unlink(ActorBase& actor, ActorId peer) {
  peer = actor.runtime().true_id(peer);
  if (drop_link(actor, peer)) send(actor, create(kUnlink, peer, std::tuple<>()));
}

bool Life::drop_link(ActorBase& actor, ActorId peer) {
  Bonds& bonds = bonds_of(actor);
  const auto link = bonds.links.find(peer);
  if (link == bonds.links.end()) return false;
  bonds.watches.erase(link->second.slot);
  bonds.links.erase(link);
  drop_tickets(actor, peer, true);
  return true;
}

void Life::linked_ended(Watch& watch, Exit exit) {
  ActorBase& actor = *watch.watcher;
  Bonds& bonds = bonds_of(actor);
  const bool was_unlinked = watch.failed() && absl::IsCancelled(watch.failure());
  bonds.links.erase(watch.target);
  drop_tickets(actor, watch.target, was_unlinked);
  bonds.watches.erase(watch.slot);
  if (!was_unlinked) link_is_over(actor, std::move(exit));
}

void Life::link_is_over(ActorBase& actor, Exit exit) {
  if (bonds_of(actor).traps_exits) {
    run_hook(actor, kOnExit, &ActorBase::on_exit, std::move(exit));
  } else if (!exit.why.ok()) {
    Ending ending;
    ending.why = with_text(exit.why, absl::StrCat(exit.name, " ended: ", exit.why.message()));
    ending.failed = "link";
    ending.by = exit.actor;
    Turns::finish(actor, ending);
  }
}

void Life::trap_exits(ActorBase& actor, bool traps) { bonds_of(actor).traps_exits = traps; }

bool Life::overtakes(ActorBase& actor, const Message& message) {
  if (message.kind == MessageKind::kCall && message.method == &kEnd) {
    return std::get<bool>(*static_cast<const EndArguments*>(message.payload()));
  }
  if (actor.extras_ == nullptr || actor.extras_->bonds.traps_exits) return false;
  Bonds& bonds = actor.extras_->bonds;
  if (message.kind == MessageKind::kCall) {
    return message.method == &kSignal && bonds.links.contains(message.sender) &&
           !std::get<Exit>(*static_cast<const std::tuple<Exit>*>(message.payload())).why.ok();
  }
  const auto watch = bonds.watches.find(message.slot);
  if (message.method != &kWatch || watch == bonds.watches.end() || !watch->second->is_link ||
      !watch->second->is(message.slot, message.generation)) {
    return false;
  }
  return message.kind == MessageKind::kFailure ||
         !static_cast<const Exit*>(message.payload())->why.ok();
}

// --- The end ------------------------------------------------------------------------------------

void Life::set_exit_value(ActorBase& actor, std::string encoded) {
  bonds_of(actor).exit_value = std::move(encoded);
}

Exit Life::exit_of(const ActorBase& actor, const absl::Status& why) {
  Exit exit;
  exit.actor = actor.id();
  exit.name = actor.runtime().name_of(actor.id());
  exit.why = why;
  if (actor.extras_ != nullptr) exit.encoded_value = actor.extras_->bonds.exit_value;
  return exit;
}

void Life::answer(ActorBase& actor, Message* ticket, const Exit& exit) {
  ticket->destroy_payload();
  new (ticket->payload()) Exit(exit);
  Turns::send_reply(bonds_of(actor).background, ticket);
}

bool Life::answer_at_end(ActorBase& actor, Message* message, const absl::Status& why) {
  if (message->kind != MessageKind::kCall || !message->wants_reply() ||
      (message->method != &kWatch && message->method != &kEnd)) {
    return false;
  }
  answer(actor, message, exit_of(actor, why));
  return true;
}

void Life::announce(ActorBase& actor, const absl::Status& why) {
  Bonds& bonds = bonds_of(actor);
  for (std::uint32_t i = 0; i < actor.slots_.size(); ++i) {
    if (actor.slots_[i].what() != SlotTable::Kind::kCall) continue;
    auto& pending = *static_cast<PendingCall*>(actor.slots_[i].object);
    if (pending.activation != &bonds.background) continue;
    auto& watch = static_cast<Watch&>(pending);
    if (!watch.is_link) unwatch(watch);
  }
  if (bonds.tickets.empty() && bonds.links.empty()) return;
  const Exit exit = exit_of(actor, why);
  for (const auto& [peer, link] : bonds.links) {
    if (!link.returned) send(actor, create(kSignal, peer, std::tuple<Exit>(exit)));
  }
  for (auto& [place, ticket] : bonds.tickets) answer(actor, ticket.release(), exit);
  bonds.tickets.clear();
}

void Life::park(ActorBase& actor, Message* ticket) {
  MessagePtr owned(ticket);
  if (!ticket->wants_reply()) return;
  CallChain::release(std::exchange(ticket->chain, nullptr));
  Bonds& bonds = bonds_of(actor);
  if (bonds.tickets.size() >= bonds.sweep_at) {
    const std::int64_t now = actor.runtime().now().time_since_epoch().count();
    std::erase_if(bonds.tickets, [now](const auto& one) { return one.second->deadline < now; });
    bonds.sweep_at = std::max<std::size_t>(16, 2 * bonds.tickets.size());
  }
  bonds.tickets.insert_or_assign({ticket->sender, ticket->slot, ticket->generation},
                                 std::move(owned));
}

void Life::drop_tickets(ActorBase& actor, ActorId watcher, bool links_only) {
  auto& tickets = bonds_of(actor).tickets;
  auto ticket = tickets.lower_bound({watcher, 0, 0});
  while (ticket != tickets.end() && ticket->first.watcher == watcher) {
    ticket = links_only && !is_link(*ticket->second) ? std::next(ticket) : tickets.erase(ticket);
  }
}

// --- Spawning -----------------------------------------------------------------------------------

// A watch whose call is not sent but put where it is to arrive. The caller of this says where.
MessagePtr Life::prepare(ActorBase& actor, Watch& watch, Time now) {
  watch.watcher = &actor;
  watch.completed = &Life::completed;
  watch.activation = &bonds_of(actor).background;
  watch.method = &kWatch;
  watch.since = now.time_since_epoch().count();
  watch.slot = actor.slots_.add(SlotTable::Kind::kCall, static_cast<PendingCall*>(&watch));
  watch.generation = actor.slots_[watch.slot].generation;
  const WatchKind kind = watch.is_link ? WatchKind::kLink : WatchKind::kMonitor;
  MessagePtr ticket(create(kWatch, {}, WatchArguments(kind, 0, 0)));
  ticket->sender = actor.id();
  ticket->slot = watch.slot;
  ticket->generation = watch.generation;
  return ticket;
}

Spawned Life::spawn(ActorBase& parent, absl::StatusOr<std::unique_ptr<ActorBase>> child, Tie tie) {
  Runtime& runtime = parent.runtime();
  const Time now = runtime.now();
  Bonds& bonds = bonds_of(parent);
  auto make_watch = [&] {
    auto watch = std::make_unique<Watch>();
    watch->is_link = tie.link;
    watch->ended = tie.link ? &Life::linked_ended : &Life::monitored_ended;
    return watch;
  };
  auto owned = make_watch();
  Watch& watch = *owned;
  MessagePtr ticket = prepare(parent, watch, now);
  bonds.watches.emplace(watch.slot, std::move(owned));
  Spawned spawned{.id = {}, .monitor = {watch.slot, watch.generation}};
  const bool observed = runtime.observer() != nullptr;
  if (observed) ticket->id = runtime.next_message_id();

  absl::Status failure = child.status();
  if (child.ok()) {
    // All of it is ready before the child is in its place: from then on it may run, and end.
    MessagePtr back;
    ActorBase& actor = **child;
    Bonds& its_bonds = bonds_of(actor);
    its_bonds.let_it_crash = tie.let_it_crash;
    if (tie.link) {
      auto back_watch = make_watch();
      back = prepare(actor, *back_watch, now);
      back_watch->target = parent.id();
      its_bonds.links.emplace(parent.id(), Bonds::Link{.slot = back_watch->slot, .returned = true});
      its_bonds.watches.emplace(back_watch->slot, std::move(back_watch));
    }
    const std::uint64_t number = ticket->id;
    its_bonds.tickets.emplace(Bonds::Place{parent.id(), watch.slot, watch.generation},
                              std::move(ticket));
    const absl::StatusOr<ActorId> id =
        runtime.adopt(*std::move(child), Placement{parent.id().host});
    if (id.ok()) {
      spawned.id = watch.target = *id;
      if (observed) show_call(parent, parent.id(), *id, number);
      if (tie.link) {
        bonds.links.emplace(*id, Bonds::Link{.slot = watch.slot, .returned = true});
        back->sender = *id;
        back->target = parent.id();
        if (observed) {
          back->id = runtime.next_message_id();
          show_call(parent, *id, parent.id(), back->id);
        }
        park(parent, back.release());
      }
      return spawned;
    }
    failure = id.status();
  }
  // The notice comes as that of a child which has ended at once.
  Message* notice = Message::create(MessageKind::kFailure, &kWatch, kWatch.payload_size);
  new (notice->payload()) absl::Status(std::move(failure));
  notice->target = notice->sender = parent.id();
  notice->slot = watch.slot;
  notice->generation = watch.generation;
  if (observed) notice->id = runtime.next_message_id();
  Turns::schedule(parent, now, notice);
  return spawned;
}

}  // namespace troupe::internal
