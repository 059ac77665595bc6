// The simulated world: delivery, deadlines, hosts and their faults.
#include "sim/simulator.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "actor/internal/directory.h"
#include "actor/internal/turn.h"
#include "actor/internal/wire.h"
#include "actor/saved.h"

namespace troupe::sim {

using internal::PendingCall;
using internal::Turns;

Simulator::Simulator(SimulatorOptions options)
    : options_(options),
      choices_(options.seed),
      network_(std::move(options.network), choices_, options.links_change),
      disk_(std::move(options.disk), options.seed, [this] { return now_; }),
      hash_(mix(options.seed)) {
  Turns::place(outside_, *this, ActorId{kOutside, 0, 1}, Random::stream(options.seed, "outside"));
}

Simulator::~Simulator() {
  closing_ = true;
  observe_with(nullptr);
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].actor == nullptr) continue;
    Turns::end(*slots_[i].actor, absl::UnavailableError("the simulation is over"));
    delete std::exchange(slots_[i].actor, nullptr);
  }
  Turns::end(outside_, absl::UnavailableError("the simulation is over"));
  for (const auto& [host, held] : held_) {
    for (Message* message : held.messages) Message::destroy(message);
  }
  for (const auto& [from, message] : cut_off_) Message::destroy(message);
}

// --- Building -----------------------------------------------------------------------------------

HostId Simulator::add_host(std::string name) {
  const auto host = static_cast<HostId>(hosts_.size());
  hosts_.emplace_back();
  if (!name.empty()) host_names_.emplace_back(host, std::move(name));
  return host;
}

void Simulator::reserve(std::size_t hosts) {
  hosts_.reserve(hosts);
  slots_.reserve(hosts);
}

absl::StatusOr<ActorId> Simulator::adopt(std::unique_ptr<ActorBase> actor, Placement placement) {
  if (closing_) return absl::UnavailableError("the simulation is over");
  if (placement.host >= hosts_.size()) {
    return absl::InvalidArgumentError(absl::StrCat("there is no host ", placement.host));
  }
  Host& host = hosts_[placement.host];
  if (!host.up) {
    return absl::UnavailableError(absl::StrCat(host_name(placement.host), " is down"));
  }
  std::uint32_t index = free_slot_;
  if (index != kNobody) {
    free_slot_ = slots_[index].next;
  } else {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  }
  Slot& slot = slots_[index];
  ++slot.incarnation;
  slot.ordinal = count_actor(placement.host, actor->type());
  slot.next = host.first;
  slot.previous = kNobody;
  if (slot.next != kNobody) slots_[slot.next].previous = index;
  ++changes_;
  host.first = index;
  slot.actor = actor.release();
  const ActorId id{placement.host, index, slot.incarnation};
  Turns::place(*slot.actor, *this, id, choices_.of_actor(id));
  schedule(now_, Turns::start_message(*slot.actor));
  return id;
}

// The number of a new actor among those of its class that its host has had.
std::uint32_t Simulator::count_actor(HostId number, const ActorType& type) {
  Host& host = hosts_[number];
  if (host.first_type == nullptr) host.first_type = &type;
  if (host.first_type == &type) return ++host.of_first_type;
  return ++of_further_types_[{number, &type}];
}

void Simulator::remember(const ActorBase& actor, std::uint32_t ordinal) {
  constexpr std::size_t kMostRemembered = 100'000;
  remembered_[actor.id()] = {&actor.type(), ordinal};
  remembered_order_.push_back(actor.id());
  if (remembered_order_.size() <= kMostRemembered) return;
  remembered_.erase(remembered_order_.front());
  remembered_order_.pop_front();
}

void Simulator::retire(ActorBase& actor) { ended_.push_back(actor.id().index); }

void Simulator::end_of_turn() {
  while (!ended_.empty()) {
    const std::uint32_t index = ended_.back();
    ended_.pop_back();
    remove(index);
  }
}

// Destroys an actor that has ended, and frees its slot.
void Simulator::remove(std::uint32_t index) {
  Slot& slot = slots_[index];
  if (slot.previous != kNobody) {
    slots_[slot.previous].next = slot.next;
  } else {
    hosts_[slot.actor->id().host].first = slot.next;
  }
  if (slot.next != kNobody) slots_[slot.next].previous = slot.previous;
  remember(*slot.actor, slot.ordinal);
  delete std::exchange(slot.actor, nullptr);
  ++changes_;
  slot.next = free_slot_;
  free_slot_ = index;
}

ActorBase* Simulator::find(ActorId id) {
  if (id.index >= slots_.size() || slots_[id.index].incarnation != id.incarnation) return nullptr;
  return slots_[id.index].actor;
}

std::vector<ActorBase*> Simulator::SimulatedWorld::everybody() const {
  std::vector<ActorBase*> actors;
  for (const Slot& slot : simulator_.slots_) {
    if (slot.actor != nullptr) actors.push_back(slot.actor);
  }
  std::sort(actors.begin(), actors.end(),
            [](const ActorBase* a, const ActorBase* b) { return a->id() < b->id(); });
  return actors;
}

void Simulator::note_failure(const ActorBase& actor, const MethodInfo& method,
                             const absl::Status& failure) {
  if (failures_++ > 0) return;
  first_failure_ = absl::StrCat(std::string(method.name), " of ", name_of(actor.id()), " at ",
                                to_string(now_ - Time{}), ": ", to_string(failure));
}

// --- Messages -----------------------------------------------------------------------------------

void Simulator::send(const ActorBase& from, Message* message) {
  if (closing_ ||
      (crashing_ && (message->kind == MessageKind::kCall || message->kind == MessageKind::kCancel)))
      [[unlikely]] {
    Message::destroy(message);
    return;
  }
  ++messages_;
  if (options_.encode_everything && !recode(message)) {
    malformed(from, message);
    return;
  }
  route(from.id().host, message);
}

void Simulator::route(HostId from, Message* message) {
  const HostId to = message->target.host;
  const std::int64_t now = now_.time_since_epoch().count();
  if (from == to || from == kOutside || to == kOutside) {
    message->time = now;
  } else if (!network_.is_plain()) {
    pass(from, message);
    return;
  } else if (faults_.is_partitioned() && faults_.cuts(from, to)) [[unlikely]] {
    cut_off(from, message);
    return;
  } else if (network_.loses(from) && !message->of_system()) {
    drop(message, DropReason::kLost);
    return;
  } else {
    message->time = network_.arrival(from, to, now);
  }
  queue_.push(message);
}

// Through a network where more may befall a message than latency and loss. Where bandwidth is
// limited, it waits for its turn to leave its host first; for a host that is down, others refuse.
void Simulator::pass(HostId from, Message* message) {
  network_.know_hosts(hosts_.size());
  if (!network_.has_uplinks() || !is_up(from)) {
    travel(from, message);
    return;
  }
  const std::optional<std::int64_t> leaves = network_.leave(
      {.from = from,
       .to = message->target.host,
       .now = now_.time_since_epoch().count(),
       .payload = network_.wants_sizes()
                      ? static_cast<std::int64_t>(internal::encode_payload(*message).size())
                      : 0,
       .of_system = message->of_system()});
  if (!leaves) {
    drop(message, DropReason::kCongested);
    return;
  }
  message->time = *leaves;
  Message* departure = uplinks_.add(from, message);
  if (departure != nullptr) queue_.push(departure);
}

// The next message of a host leaves it.
void Simulator::depart(Message* departure) {
  const HostId from = Uplinks::host_of(*departure);
  Message* message = uplinks_.leave(*departure);
  if (message != nullptr) now_ = Time(Duration(departure->time));
  if (uplinks_.departs_again(*departure)) {
    queue_.push(departure);
  } else {
    Message::destroy(departure);
  }
  if (message != nullptr) travel(from, message);
}

// What has not left a host that crashes is gone with it. Whoever waits for an answer that is lost
// so learns that the host is gone, as over a connection that breaks.
void Simulator::lose_uplink(HostId host) {
  network_.free_uplink(host);
  for (Message* message : uplinks_.take_all(host)) {
    const bool is_answer =
        message->kind == MessageKind::kReply || message->kind == MessageKind::kFailure;
    if (!is_answer) {
      drop(message, DropReason::kHostDown);
      continue;
    }
    message->destroy_payload();
    message->kind = MessageKind::kFailure;
    new (message->payload()) absl::Status(
        absl::UnavailableError(absl::StrCat("host ", host_name(host), " has crashed")));
    travel(host, message);
  }
}

// From where a message has left its host.
void Simulator::travel(HostId from, Message* message) {
  if (faults_.is_partitioned() && faults_.cuts(from, message->target.host)) {
    cut_off(from, message);
    return;
  }
  const Passage passage = network_.travel({.from = from,
                                           .to = message->target.host,
                                           .now = now_.time_since_epoch().count(),
                                           .of_system = message->of_system()});
  if (passage.dropped) {
    drop(message, *passage.dropped);
    return;
  }
  Message* copy = passage.copy ? copy_of(*message) : nullptr;
  message->damaged = passage.damaged;
  message->time = passage.arrival;
  queue_.push(message);
  if (copy == nullptr) return;
  ++duplicates_;
  if (observer() != nullptr) show_copy(*copy);
  copy->time = *passage.copy;
  queue_.push(copy);
}

// The same message once more; null where it is of a kind that does not come twice. Its answer finds
// nobody who waits, if the first one's has come before.
Message* Simulator::copy_of(const Message& message) const {
  const MethodInfo* method = message.method;
  const bool is_call = message.kind == MessageKind::kCall && !message.arguments_taken;
  const bool is_answer =
      message.kind == MessageKind::kReply || message.kind == MessageKind::kFailure;
  if (method == nullptr || (!is_call && !is_answer)) return nullptr;
  MessagePtr copy(Message::create(MessageKind::kWake, method, method->payload_size));
  if (message.kind == MessageKind::kFailure) {
    new (copy->payload()) absl::Status(*static_cast<const absl::Status*>(message.payload()));
  } else if (is_call) {
    if (method->encode_arguments == nullptr) return nullptr;
    if (!method->decode_arguments(internal::encode_payload(message), copy->payload()))
      return nullptr;
  } else if (!method->decode_result(internal::encode_payload(message), copy->payload())) {
    return nullptr;
  }
  copy->kind = message.kind;
  copy->target = message.target;
  copy->sender = message.sender;
  copy->slot = message.slot;
  copy->generation = message.generation;
  copy->cancel_if_abandoned = message.cancel_if_abandoned;
  copy->is_notice = message.is_notice;
  copy->deadline = message.deadline;
  copy->chain = CallChain::retain(message.chain);
  copy->id = message.id;
  return copy.release();
}

// As its first copy was shown.
void Simulator::show_copy(const Message& copy) {
  Event event;
  event.kind = copy.kind != MessageKind::kCall ? EventKind::kReply
               : copy.wants_reply()            ? EventKind::kCall
                                               : EventKind::kSend;
  event.time = now_;
  event.actor = copy.sender;
  event.peer = copy.target;
  event.method = copy.method;
  event.message = copy.id;
  event.detail = "duplicated";
  observer()->on_event(event);
}

// What would have to cross a partition.
void Simulator::cut_off(HostId from, Message* message) {
  if (message->of_system()) {
    cut_off_.emplace_back(from, message);
  } else {
    drop(message, DropReason::kPartition);
  }
}

void Simulator::schedule(Time time, Message* message) {
  if (closing_) {
    Message::destroy(message);
    return;
  }
  message->time = std::max(time, now_).time_since_epoch().count();
  queue_.push(message);
}

void Simulator::run_blocking(const ActorBase&, std::function<absl::Status()> job, Message* done) {
  internal::finish_blocking(*done, job());
  schedule(now_, done);
}

// The message's payload through the wire format and back.
bool Simulator::recode(Message* message) {
  const std::string bytes = internal::encode_payload(*message);
  const MethodInfo* method = message->method;
  if (message->kind == MessageKind::kCall && method->encode_arguments != nullptr) {
    message->destroy_payload();
    if (!method->decode_arguments(bytes, message->payload())) return false;
    message->arguments_taken = false;
  } else if (message->kind == MessageKind::kReply) {
    message->destroy_payload();
    message->kind = MessageKind::kWake;  // Nothing is in it just now.
    if (!method->decode_result(bytes, message->payload())) return false;
    message->kind = MessageKind::kReply;
  } else if (message->kind == MessageKind::kFailure) {
    auto& status = message->payload_as<absl::Status>();
    if (!decode_fields(bytes, std::tie(status))) {
      status = absl::DataLossError("a failure could not be decoded");
    }
  }
  return true;
}

// What does not survive its own encoding: the caller learns it, whichever way it went.
void Simulator::malformed(const ActorBase& from, Message* message) {
  absl::Status why = absl::InvalidArgumentError(
      absl::StrCat(message->kind == MessageKind::kCall ? "the arguments" : "the result", " of ",
                   message->method->full_name(), " cannot be decoded"));
  if (message->kind != MessageKind::kCall) {
    count_drop(DropReason::kMalformed);
    message->kind = MessageKind::kFailure;
    new (message->payload()) absl::Status(std::move(why));
    route(from.id().host, message);
  } else if (message->wants_reply()) {
    count_drop(DropReason::kMalformed);
    const HostId at = message->target.host;
    message->turn_into_failure(message->target, std::move(why));
    route(at < hosts_.size() ? at : from.id().host, message);
  } else {
    drop(message, DropReason::kMalformed);
  }
}

void Simulator::drop(Message* message, DropReason reason) {
  note_drop(*message, reason);
  Message::destroy(message);
}

// Nobody is there: the caller learns it at once.
void Simulator::undeliverable(Message* message) {
  const HostId at = message->target.host;
  Message* answer = refuse(message, at < hosts_.size() && !hosts_[at].up);
  if (answer == nullptr) return;
  ++messages_;
  route(answer->sender ? answer->sender.host : answer->target.host, answer);
}

void Simulator::count_event(const Message& message) {
  const auto kind = static_cast<std::uint64_t>(message.kind) << 1 | (message.timer ? 1 : 0);
  const std::uint64_t what =
      static_cast<std::uint64_t>(message.time) * 0x9e3779b97f4a7c15 ^
      (std::uint64_t{message.target.index} << 32 | message.sender.index) * 0xbf58476d1ce4e5b9 ^
      (std::uint64_t{message.method == nullptr ? 0 : message.method->id} << 4 | kind);
  hash_ = (std::rotl(hash_, 23) ^ what) * 0x94d049bb133111eb;
  ++events_;
  if (hash_watcher_) [[unlikely]]
    hash_watcher_(events_, hash_);
}

// Whether the message has to wait for its host, which is paused or slow.
bool Simulator::holds_back(Message* message) {
  const HostId host = message->target.host;
  if (faults_.is_paused(host)) {
    held_[host].messages.push_back(message);
    return true;
  }
  if (message->served) {
    message->served = false;
    return false;
  }
  const std::int64_t done = faults_.done_at(host, message->time);
  if (done == message->time && faults_.slowness(host) == Duration::zero() &&
      !faults_.is_busy(host)) {
    return false;
  }
  message->time = done;
  message->served = true;
  queue_.push(message);
  return true;
}

void Simulator::deliver(Message* message) {
  if (message->departs) [[unlikely]] {
    depart(message);
    return;
  }
  if (faults_.delays()) [[unlikely]] {
    if (is_given_up(*message)) {
      give_up(message);
      return;
    }
    if (holds_back(message)) return;
  }
  if (message->damaged) [[unlikely]] {
    now_ = Time(Duration(message->time));
    count_event(*message);
    drop(message, DropReason::kCorrupted);
    return;
  }
  ActorBase* actor = nullptr;
  if (message->target.host == kOutside) [[unlikely]] {
    actor = &outside_;
  } else {
    actor = find(message->target);
  }
  if (actor == nullptr) [[unlikely]] {
    if (message->timer) {
      give_up(message);
      return;
    }
    now_ = Time(Duration(message->time));
    if (wakes_host_object(*message)) actor = find(message->target);
  }
  if (actor == nullptr) [[unlikely]] {
    count_event(*message);
    if (!is_up(message->target.host) || !holds_until_started(message)) undeliverable(message);
    return;
  }
  if (message->timer && !Turns::is_open(*actor, message->slot, message->generation)) {
    give_up(message);
    return;
  }
  now_ = Time(Duration(message->time));
  count_event(*message);
  Turns::receive(*actor, message);
  if (actor->saves_at_once()) [[unlikely]]
    internal::Disk::store(*actor);
  if (!ended_.empty()) [[unlikely]]
    end_of_turn();
}

bool Simulator::is_given_up(const Message& message) {
  if (!message.timer) return false;
  ActorBase* actor = message.target.host == kOutside ? &outside_ : find(message.target);
  return actor == nullptr || !Turns::is_open(*actor, message.slot, message.generation);
}

// It is as if it had never been: no event, and time does not go on for it.
void Simulator::give_up(Message* message) {
  if (given_up_ > 0) --given_up_;
  Message::destroy(message);
}

void Simulator::drop_given_up() {
  queue_.remove_if([this](const Message& message) { return is_given_up(message); });
  given_up_ = 0;
}

// Handles the deadline that is due next, if its call is still open.
bool Simulator::expire_one() {
  const std::int64_t due = deadlines_.next();
  Deadlines::Entry entry;
  if (!deadlines_.take(entry)) return false;
  if (faults_.is_paused(entry.actor.host)) {
    held_[entry.actor.host].deadlines.push_back(entry);
    return false;
  }
  ActorBase* actor = entry.actor.host == kOutside ? &outside_ : find(entry.actor);
  if (actor == nullptr || !Turns::is_open(*actor, entry.slot, entry.generation)) return false;
  now_ = std::max(now_, Time(Duration(due)));
  if (events_ >= next_look_at_time_) [[unlikely]]
    look_whether_time_goes_on(now_, entry.actor);
  hash_ = (std::rotl(hash_, 23) ^ static_cast<std::uint64_t>(due) ^
           std::uint64_t{entry.actor.index} << 32) *
          0x94d049bb133111eb;
  ++events_;
  if (hash_watcher_) [[unlikely]]
    hash_watcher_(events_, hash_);
  Turns::expire(*actor, entry.slot, entry.generation);
  if (actor->saves_at_once()) internal::Disk::store(*actor);
  if (!ended_.empty()) end_of_turn();
  return true;
}

void Simulator::watch_deadline(ActorBase& actor, std::uint32_t slot, std::uint32_t generation,
                               Time deadline, Duration timeout) {
  deadlines_.add({.time = deadline.time_since_epoch().count(),
                  .actor = actor.id(),
                  .slot = slot,
                  .generation = generation},
                 timeout);
}

// --- Running ------------------------------------------------------------------------------------

// Asks for the memory that the next messages will touch: first where their actors are, then these.
void Simulator::prefetch() const {
  if (const Message* message = queue_.ahead(3); message != nullptr) {
    if (message->target.index < slots_.size()) __builtin_prefetch(&slots_[message->target.index]);
  }
  if (const Message* message = queue_.ahead(1); message != nullptr) {
    if (message->target.index < slots_.size()) {
      const auto actor = reinterpret_cast<std::uintptr_t>(slots_[message->target.index].actor);
      for (std::uintptr_t line = 0; line < 256; line += 64) {  // Also where there is no actor.
        __builtin_prefetch(reinterpret_cast<const void*>(actor + line));
      }
    }
  }
}

// An event of `actor` is about to happen at `time`. It is looked now and then whether time has gone
// on since the last look; where it has not for too long, the next events are looked at one by one.
void Simulator::look_whether_time_goes_on(Time time, ActorId actor) {
  constexpr std::uint64_t kLookEvery = 1024;
  constexpr std::uint64_t kCounted = 4096;  // events to learn from who takes part
  if (time != standing_at_) {
    standing_at_ = time;
    start_of_standstill_ = events_;
    standing_.clear();
    next_look_at_time_ = events_ + kLookEvery;
    return;
  }
  const std::uint64_t most = options_.most_events_at_once + kMoreEventsForAHost * hosts_.size();
  const std::uint64_t so_far = events_ - start_of_standstill_;
  if (so_far < most) {
    standing_.clear();
    next_look_at_time_ = events_ + std::min(kLookEvery, most - so_far);
    return;
  }
  ++standing_[actor];
  const bool enough = so_far + 1 >= most + kCounted;
  next_look_at_time_ = enough ? ~std::uint64_t{0} : events_ + 1;
  if (!enough) return;
  const std::string what = describe_standstill();
  if (standstill_handler_) {
    standstill_handler_(what);
    return;
  }
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

std::string Simulator::describe_standstill() const {
  constexpr std::size_t kMostNames = 8;
  std::vector<std::pair<std::uint64_t, ActorId>> most;  // events of each
  std::uint64_t all = 0;
  for (const auto& [actor, events] : standing_) {
    most.emplace_back(events, actor);
    all += events;
  }
  std::sort(most.begin(), most.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::string text = absl::StrCat("virtual time stands still at ", to_string(standing_at_ - Time{}),
                                  ": ", events_ - start_of_standstill_,
                                  " events have happened since then. Of the last ", all, ", ");
  for (std::size_t i = 0; i < most.size() && i < kMostNames; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", name_of(most[i].second), " had ", most[i].first);
  }
  if (most.size() > kMostNames) {
    absl::StrAppend(&text, ", and ", most.size() - kMostNames, " other actors the rest");
  }
  return absl::StrCat(text,
                      ". A message on one host, a timer of 0s and a sleep of 0s take no time");
}

bool Simulator::step(Time limit) {
  const std::int64_t end = limit.time_since_epoch().count();
  for (;;) {
    // What happens at the very time of a deadline is in time.
    Message* message = queue_.pop(std::min(end, deadlines_.next()));
    if (message != nullptr) {
      prefetch();
      const std::uint64_t before = events_;
      if (before >= next_look_at_time_) [[unlikely]]
        look_whether_time_goes_on(Time(Duration(message->time)), message->target);
      deliver(message);
      if (events_ != before) return true;
    } else if (deadlines_.next() <= end &&
               deadlines_.next() != std::numeric_limits<std::int64_t>::max()) {
      if (expire_one()) return true;
    } else {
      return false;
    }
  }
}

void Simulator::run_until_quiet() {
  while (step()) {
  }
}

void Simulator::run_until(Time end) {
  while (step(end)) {
  }
  if (end != kNever) now_ = std::max(now_, end);
}

bool Simulator::run_until(const std::function<bool()>& done, Time end) {
  while (!done()) {
    if (!step(end)) {
      if (end != kNever) now_ = std::max(now_, end);
      return done();
    }
  }
  return true;
}

void Simulator::begin_outside(PendingCall& pending, MessagePtr message, Duration timeout) {
  note_activity_outside();
  if (pending.completed == nullptr) pending.completed = [](PendingCall&) {};
  Turns::call(outside_activation_, pending, message.release(), timeout);
}

void Simulator::forget_outside(PendingCall& call) {
  if (call.activation != nullptr) Turns::forget(call);
}

void Simulator::wait_outside(internal::OutsideCall& call) {
  run_until([&] { return call.done.load(std::memory_order_relaxed); });
}

// --- Faults -------------------------------------------------------------------------------------

void Simulator::crash(HostId number) {
  if (!is_up(number)) return;
  hosts_[number].up = false;
  hash_ = (std::rotl(hash_, 23) ^ number ^ std::uint64_t{0xc5a5} << 32) * 0x94d049bb133111eb;
  if (observer() != nullptr) {
    const std::string name = host_name(number);
    if (hosts_[number].first == kNobody) observe_crash({}, name);
    for (std::uint32_t i = hosts_[number].first; i != kNobody; i = slots_[i].next) {
      observe_crash(slots_[i].actor->id(), name);
    }
  }
  const absl::Status why =
      absl::UnavailableError(absl::StrCat("host ", host_name(number), " has crashed"));
  lose_uplink(number);
  crashing_ = true;  // What the dead still want to say is not heard.
  while (hosts_[number].first != kNobody) {
    const std::uint32_t index = hosts_[number].first;
    Turns::end(*slots_[index].actor, why);
    remove(index);
  }
  crashing_ = false;
  disk_.crash(number);
  faults_.forget(number);
  let_go(number);
}

void Simulator::restore(HostId host) {
  if (host >= hosts_.size() || hosts_[host].up) return;
  hosts_[host].up = true;
  if (observer() != nullptr) note(absl::StrCat(host_name(host), " is up again"));
  start_installed(host);
}

PartitionId Simulator::partition(Partition partition) {
  const PartitionId id = faults_.partition(std::move(partition));
  count_fault(1, static_cast<HostId>(id));
  if (observer() != nullptr) note(absl::StrCat("partition ", id, " begins"));
  return id;
}

PartitionId Simulator::cut(Cut cut) {
  const PartitionId id = faults_.cut(std::move(cut));
  count_fault(7, static_cast<HostId>(id));
  if (observer() != nullptr) note(absl::StrCat("cut ", id, " begins"));
  return id;
}

void Simulator::heal(PartitionId id) {
  if (!faults_.heal(id)) return;
  count_fault(2, static_cast<HostId>(id));
  if (observer() != nullptr) note(absl::StrCat("partition ", id, " heals"));
  for (const auto& [from, message] : std::exchange(cut_off_, {})) {
    if (network_.has_uplinks()) {
      travel(from, message);  // It has left its host already.
    } else {
      route(from, message);
    }
  }
}

FaultId Simulator::pause(HostId host) {
  if (!is_up(host)) return 0;
  const FaultId id = faults_.pause(host);
  count_fault(3, host);
  if (observer() != nullptr) note(absl::StrCat(host_name(host), " pauses"));
  return id;
}

void Simulator::end_pause(HostId host, FaultId id) {
  if (faults_.end_pause(host, id)) go_on(host);
}

void Simulator::resume(HostId host) {
  if (faults_.resume(host)) go_on(host);
}

// No pause holds the host any more.
void Simulator::go_on(HostId host) {
  count_fault(4, host);
  if (observer() != nullptr) note(absl::StrCat(host_name(host), " goes on"));
  let_go(host);
}

// What has waited for a host that was paused.
void Simulator::let_go(HostId host) {
  const auto found = held_.find(host);
  if (found == held_.end()) return;
  const AtPausedHost held = std::move(found->second);
  held_.erase(found);
  const std::int64_t now = now_.time_since_epoch().count();
  for (Message* message : held.messages) {
    message->time = now;
    queue_.push(message);
  }
  for (Deadlines::Entry entry : held.deadlines) {
    entry.time = now;
    deadlines_.add(entry, Duration::zero());
  }
}

void Simulator::slow(HostId host, Duration each_message) {
  if (!is_up(host)) return;
  faults_.slow(host, each_message);
  note_slowness(host);
}

FaultId Simulator::begin_slow(HostId host, Duration each_message) {
  if (!is_up(host)) return 0;
  const FaultId id = faults_.begin_slow(host, each_message);
  note_slowness(host);
  return id;
}

void Simulator::end_slow(HostId host, FaultId id) {
  if (!is_up(host)) return;
  faults_.end_slow(host, id);
  note_slowness(host);
}

void Simulator::note_slowness(HostId host) {
  count_fault(5, host);
  if (observer() == nullptr) return;
  const Duration each_message = faults_.slowness(host);
  if (each_message == Duration::zero()) {
    note(absl::StrCat(host_name(host), " is no longer slow"));
  } else {
    note(absl::StrCat(host_name(host), " takes ", to_string(each_message), " for each message"));
  }
}

void Simulator::set_clock(HostId host, Duration ahead, double drift) {
  if (host >= hosts_.size()) return;
  faults_.set_clock(host, ahead, drift, now_);
  note_clock(host);
}

FaultId Simulator::begin_clock(HostId host, Duration ahead, double drift) {
  if (host >= hosts_.size()) return 0;
  const FaultId id = faults_.begin_clock(host, ahead, drift, now_);
  note_clock(host);
  return id;
}

void Simulator::end_clock(HostId host, FaultId id) {
  if (host >= hosts_.size()) return;
  faults_.end_clock(host, id);
  note_clock(host);
}

void Simulator::note_clock(HostId host) {
  let_clocks_differ();
  count_fault(6, host);
  if (observer() != nullptr) note(absl::StrCat("the clock of ", host_name(host), " is set"));
}

FaultId Simulator::begin_link_change(LinkChange change) {
  const FaultId id = network_.change_link(std::move(change));
  count_fault(8, static_cast<HostId>(id));
  if (observer() != nullptr) note(absl::StrCat("link change ", id, " begins"));
  return id;
}

void Simulator::end_link_change(FaultId id) {
  network_.end_link_change(id);
  count_fault(9, static_cast<HostId>(id));
  if (observer() != nullptr) note(absl::StrCat("link change ", id, " ends"));
}

void Simulator::count_fault(std::uint64_t kind, HostId host) {
  hash_ = (std::rotl(hash_, 23) ^ host ^ (0xfa17 + kind) << 32) * 0x94d049bb133111eb;
}

void Simulator::note(const std::string& what) const {
  Event event;
  event.kind = EventKind::kNote;
  event.time = now_;
  event.detail = what;
  observer()->on_event(event);
}

// --- For people ---------------------------------------------------------------------------------

std::string Simulator::host_name(HostId host) const {
  if (host == kOutside) return "outside";
  const auto found = std::lower_bound(
      host_names_.begin(), host_names_.end(), host,
      [](const std::pair<HostId, std::string>& entry, HostId key) { return entry.first < key; });
  if (found != host_names_.end() && found->first == host) return found->second;
  return absl::StrCat("n", host);
}

std::optional<HostId> Simulator::find_host(std::string_view name) const {
  for (const auto& [host, given] : host_names_) {
    if (given == name) return host;
  }
  HostId host = 0;
  if (name.empty() || name[0] != 'n' || !absl::SimpleAtoi(std::string(name.substr(1)), &host)) {
    return {};
  }
  if (host >= hosts_.size() || host_name(host) != name) return {};
  return host;
}

const ActorType* Simulator::type_of(ActorId id) const {
  const bool is_there = id && id.index < slots_.size() &&
                        slots_[id.index].incarnation == id.incarnation &&
                        slots_[id.index].actor != nullptr;
  if (!is_there || Turns::has_ended(*slots_[id.index].actor)) return nullptr;
  return &slots_[id.index].actor->type();
}

void Simulator::visit_actors(HostId host,
                             const std::function<void(const ActorBase&)>& visit) const {
  if (host >= hosts_.size()) return;
  std::vector<const ActorBase*> actors;  // newest first
  for (std::uint32_t i = hosts_[host].first; i != kNobody; i = slots_[i].next) {
    if (!Turns::has_ended(*slots_[i].actor)) actors.push_back(slots_[i].actor);
  }
  for (auto actor = actors.rbegin(); actor != actors.rend(); ++actor) visit(**actor);
}

std::string Simulator::name_of(ActorId id) const {
  if (id.host == kOutside) return "outside";
  if (id == internal::host_object_id(id.host)) return absl::StrCat("Host@", host_name(id.host));
  if (internal::is_stable(id)) {
    const ActorId actor = true_id(id);
    return type_of(actor) == nullptr ? directory().name_of_stable(id) : name_of(actor);
  }
  if (!id) return "nobody";
  if (id.index < slots_.size() && slots_[id.index].actor != nullptr &&
      slots_[id.index].incarnation == id.incarnation) {
    return name_of(id.host, slots_[id.index].actor->type(), slots_[id.index].ordinal);
  }
  if (const auto ended = remembered_.find(id); ended != remembered_.end()) {
    return name_of(id.host, *ended->second.type, ended->second.ordinal);
  }
  return absl::StrCat("actor#", id.index, "@", host_name(id.host));
}

// The first actor of a class on a host needs no number.
std::string Simulator::name_of(HostId host, const ActorType& type, std::uint32_t ordinal) const {
  const std::string name = absl::StrCat(std::string(type.name), "@", host_name(host));
  return ordinal == 1 ? name : absl::StrCat(name, "/", ordinal);
}

void Simulator::observe_crash(ActorId actor, const std::string& host) {
  Event event;
  event.kind = EventKind::kCrash;
  event.time = now_;
  event.actor = actor;
  event.detail = host;
  observer()->on_event(event);
}

// Follows those who keep their turns while they wait, from the callee on. A way that comes back to
// one of them is a deadlock; one that comes back to a caller who does not keep its turn is none.
std::string Simulator::explain(const PendingCall& pending) const {
  auto* self = const_cast<Simulator*>(this);
  std::vector<ActorId> passed;
  if (Turns::holder(*pending.activation->actor) == pending.activation) {
    passed.push_back(pending.activation->actor->id());
  }
  std::string path;
  for (ActorId at = true_id(pending.target);;) {
    ActorBase* actor = self->find(at);
    if (actor == nullptr) return {};
    const internal::Activation* holder = Turns::holder(*actor);
    if (holder == nullptr) return {};
    passed.push_back(at);
    const internal::OpenCall* next = nullptr;
    const std::vector<internal::OpenCall> calls = Turns::open_calls(*actor);
    for (const internal::OpenCall& call : calls) {
      if (call.keeps_turn && call.method != nullptr) next = &call;
    }
    if (next == nullptr) return {};
    absl::StrAppend(&path, name_of(at), " keeps its turn in ", std::string(holder->method->name),
                    " and waits for ", next->method->full_name(), " of ", name_of(next->callee),
                    "; ");
    at = true_id(next->callee);
    if (std::find(passed.begin(), passed.end(), at) != passed.end()) {
      return absl::StrCat("deadlock: ", path, "make one of these methods Parallel");
    }
  }
}

std::vector<std::string> Simulator::who_waits() {
  std::vector<std::string> lines;
  for (ActorBase* actor : world_.everybody()) list_waits(*actor, lines);
  list_waits(outside_, lines);
  return lines;
}

}  // namespace troupe::sim
