// Names for what a runtime shows.
#include "trace/recorder.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace troupe::trace {

namespace {

Kind kind_of(EventKind kind) {
  switch (kind) {
    case EventKind::kSpawn:
      return Kind::kSpawn;
    case EventKind::kStop:
      return Kind::kStop;
    case EventKind::kCrash:
      return Kind::kCrash;
    case EventKind::kSend:
      return Kind::kSend;
    case EventKind::kCall:
      return Kind::kCall;
    case EventKind::kReceive:
      return Kind::kReceive;
    case EventKind::kTimer:
      return Kind::kTimer;
    case EventKind::kReply:
      return Kind::kReply;
    case EventKind::kReturn:
      return Kind::kReturn;
    case EventKind::kTimeout:
      return Kind::kTimeout;
    case EventKind::kFailure:
      return Kind::kFailure;
    case EventKind::kDrop:
      return Kind::kDrop;
    case EventKind::kNote:
      return Kind::kNote;
  }
  return Kind::kNote;
}

}  // namespace

const std::string& Translator::name_of(ActorId id) {
  static const std::string kNone;
  const ActorId actor = runtime_.true_id(id);
  if (!actor) return kNone;
  const auto [place, is_new] = names_.try_emplace(actor);
  if (is_new) {
    const std::string name = runtime_.name_of(actor);
    place->second = name;
    // A host of another process may have several numbers here, and has one host object.
    if (actor == internal::host_object_id(actor.host)) return place->second;
    for (int number = 2; !taken_.insert(place->second).second; ++number) {
      place->second = absl::StrCat(name, "/", number);
    }
  }
  return place->second;
}

const Event& Translator::translate(const troupe::Event& event) {
  event_.time = event.time.time_since_epoch().count();
  event_.kind = kind_of(event.kind);
  event_.actor = name_of(event.actor);
  event_.peer = name_of(event.peer);
  event_.method.clear();
  if (event.method != nullptr) {
    if (!event.method->actor.empty()) event_.method.append(event.method->actor).append(".");
    event_.method.append(event.method->name);
  }
  event_.message = event.message;
  event_.cause = event.cause;
  event_.of_answer = event.of_answer;
  event_.status.clear();
  event_.detail.assign(event.detail);
  if (!event.status.ok()) {
    event_.status = absl::StatusCodeToString(event.status.code());
    event_.detail.assign(event.status.message().data(), event.status.message().size());
  }
  return event_;
}

}  // namespace troupe::trace
