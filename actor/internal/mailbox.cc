// Limits of mailboxes: refusing, dropping, and muting those who send too much.
#include "actor/internal/mailbox.h"

#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "actor/internal/life.h"
#include "actor/internal/turn.h"

namespace troupe::internal {

namespace {

constexpr Duration kLongestMute = std::chrono::seconds(1);

// Until when the mute that ends is; 0: whichever there is.
using UnmuteArguments = std::tuple<std::int64_t>;

// What a limit is about.
bool counts(const Message& message) {
  return message.kind == MessageKind::kCall && !message.timer && !message.of_system();
}

template <class Arguments>
Message* create(const MethodInfo& method, ActorId target, Arguments arguments) {
  Message* message = Message::create(MessageKind::kCall, &method, method.payload_size);
  new (message->payload()) Arguments(arguments);
  message->target = target;
  return message;
}

}  // namespace

struct MailboxMethods {
  static void mute(ActorBase& actor, Message* message);
  static void unmute(ActorBase& actor, Message* message);

  template <class Arguments>
  static constexpr MethodInfo describe(std::string_view name,
                                       void (*invoke)(ActorBase&, Message*)) {
    MethodInfo info;
    info.actor = "Actor";
    info.name = name;
    info.id = method_id("Actor", name);
    info.one_way = true;
    info.parallel = true;
    info.system = true;
    info.invoke = invoke;
    set_codec<Arguments, void>(info);
    return info;
  }
};

namespace {

constexpr MethodInfo kMute = MailboxMethods::describe<std::tuple<>>("mute", &MailboxMethods::mute);
constexpr MethodInfo kUnmute =
    MailboxMethods::describe<UnmuteArguments>("unmute", &MailboxMethods::unmute);

}  // namespace

const std::array<const MethodInfo*, 2>& Mailboxes::methods() {
  static constexpr std::array<const MethodInfo*, 2> kAll = {&kMute, &kUnmute};
  return kAll;
}

// --- The one who is muted ------------------------------------------------------------------------

void MailboxMethods::mute(ActorBase& actor, Message* message) {
  const ActorId by = message->sender;
  Message::destroy(message);
  if (Mailboxes::somebody_keeps_its_turn(actor)) return;
  const Time end = saturated_sum(actor.runtime().now(), kLongestMute);
  const std::int64_t until = end.time_since_epoch().count();
  if (!Mailboxes::state_of(actor).muted_by.emplace(by, until).second) return;
  Message* reminder = create(kUnmute, actor.id(), UnmuteArguments(until));
  reminder->sender = by;
  actor.runtime().schedule(end, reminder);
  Mailboxes::update(actor);
}

void MailboxMethods::unmute(ActorBase& actor, Message* message) {
  const ActorId by = message->sender;
  const std::int64_t until = std::get<0>(message->payload_as<UnmuteArguments>());
  Message::destroy(message);
  auto& muted_by = Mailboxes::state_of(actor).muted_by;
  const auto mute = muted_by.find(by);
  if (mute == muted_by.end() || (until != 0 && until != mute->second)) return;
  muted_by.erase(mute);
  Mailboxes::update(actor);
}

void Mailboxes::lift(ActorBase& actor) {
  state_of(actor).muted_by.clear();
  update(actor);
}

void Mailboxes::update(ActorBase& actor) {
  const MailboxState& state = state_of(actor);
  actor.muted_ = !state.muted_by.empty() && !state.overloaded;
}

// Among those whose calls wait.
bool Mailboxes::somebody_keeps_its_turn(const ActorBase& actor) {
  const Message* at = actor.queue_;
  if (at == nullptr) return false;
  do {
    if (at->chain != nullptr) return true;
    at = at->next;
  } while (at != actor.queue_);
  return false;
}

Message* Mailboxes::mute_message(ActorId actor, ActorId by) {
  Message* message = create(kMute, actor, std::tuple<>());
  message->sender = by;
  return message;
}

Message* Mailboxes::unmute_message(ActorId actor, ActorId by) {
  Message* message = create(kUnmute, actor, UnmuteArguments(0));
  message->sender = by;
  return message;
}

bool Mailboxes::overtakes(const Message& message) {
  return message.method == &kMute || message.method == &kUnmute;
}

// --- The one who has too much to do --------------------------------------------------------------

MailboxState& Mailboxes::state_of(ActorBase& actor) {
  if (actor.extras_ == nullptr) actor.extras_ = std::make_unique<Extras>();
  if (actor.extras_->mailbox == nullptr) {
    actor.extras_->mailbox = std::make_unique<MailboxState>();
    recount(actor);
  }
  return *actor.extras_->mailbox;
}

void Mailboxes::limit(ActorBase& actor, const Mailbox& mailbox) {
  state_of(actor).limits = mailbox;
}

bool Mailboxes::admit(ActorBase& actor, Message* message) {
  if (actor.extras_ == nullptr || actor.extras_->mailbox == nullptr || !counts(*message)) {
    return true;
  }
  MailboxState& state = *actor.extras_->mailbox;
  const std::uint32_t most = state.limits.limit;
  if (most == 0 || state.waiting < most) {
    ++state.waiting;
    return true;
  }
  if (state.limits.when_full == WhenFull::kBlock) {
    ++state.waiting;
    state.overloaded = true;
    update(actor);
    const ActorId sender = message->sender;
    if (sender && sender != actor.id_ && sender.host != kOutsideHost) {
      state.muted.insert(sender);
      tell(actor, kMute, sender);
    }
    return true;
  }
  if (message->from_afar) actor.runtime().waits_no_more(*message);
  if (state.limits.when_full == WhenFull::kReject) {
    refuse(actor, message, absl::StrCat(most, most == 1 ? " message waits" : " messages wait"));
  } else {
    actor.runtime().note_drop(*message, DropReason::kMailboxFull);
    Message::destroy(message);
  }
  return false;
}

void Mailboxes::refuse(ActorBase& actor, Message* message, std::string_view why) {
  actor.runtime().note_drop(*message, DropReason::kMailboxFull);
  if (!message->wants_reply()) {
    Message::destroy(message);
    return;
  }
  Turns::answer_for(actor, message,
                    absl::ResourceExhaustedError(absl::StrCat(
                        message->method->full_name(), ": the mailbox of ",
                        actor.runtime().name_of(actor.id_), " is full: ", std::string(why))));
}

void Mailboxes::left(ActorBase& actor, const Message& message) {
  MailboxState* state = actor.extras_->mailbox.get();
  if (state == nullptr || !counts(message)) return;
  --state->waiting;
  if (!state->overloaded || state->waiting > state->limits.limit / 2) return;
  state->overloaded = false;
  unmute_all(actor);
  update(actor);
}

void Mailboxes::recount(ActorBase& actor) {
  MailboxState* state = actor.extras_->mailbox.get();
  if (state == nullptr) return;
  state->waiting = 0;
  if (actor.queue_ == nullptr) return;
  const Message* at = actor.queue_;
  do {
    if (counts(*at)) ++state->waiting;
    at = at->next;
  } while (at != actor.queue_);
}

void Mailboxes::unmute_all(ActorBase& actor) {
  for (const ActorId sender : std::exchange(state_of(actor).muted, {})) {
    tell(actor, kUnmute, sender);
  }
}

void Mailboxes::tell(ActorBase& actor, const MethodInfo& what, ActorId target) {
  Message* message = &what == &kMute ? create(what, target, std::tuple<>())
                                     : create(what, target, UnmuteArguments(0));
  Turns::one_way(Life::bonds_of(actor).background, message);
}

void Mailboxes::end(ActorBase& actor) {
  if (actor.extras_ != nullptr && actor.extras_->mailbox != nullptr) unmute_all(actor);
  actor.muted_ = false;
}

}  // namespace troupe::internal
