// Whoever is outside every actor.
#include "actor/system.h"

#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "actor/host.h"
#include "actor/internal/directory.h"
#include "actor/internal/turn.h"

namespace troupe {

namespace {

constexpr MethodInfo kOutsideMethod = {
    .actor = "outside",
    .name = "outside",
    .parallel = true,  // It never keeps a turn: it can wait for many calls.
};

constexpr ActorType kOutsideType = {"outside", {}};

}  // namespace

const ActorType& System::Outside::type() const { return kOutsideType; }

System::System() {
  outside_activation_.actor = &outside_;
  outside_activation_.method = &kOutsideMethod;
}

ActorId System::adopt_or_abort(std::unique_ptr<ActorBase> actor, HostId host) {
  const absl::StatusOr<ActorId> id = adopt(std::move(actor), Placement{host});
  if (id.ok()) return *id;
  std::fprintf(stderr,
               "troupe: spawn() from outside: %s. Hosts come from add_host(); adopt() gives a "
               "status instead.\n",
               std::string(id.status().message()).c_str());
  std::abort();
}

// --- Installed actors ---------------------------------------------------------------------------

ActorId System::new_place(HostId host, const std::string& name) {
  return directory().add_stable(host, absl::StrCat(name, "@", host_name(host)));
}

void System::install_at(ActorId place, std::string name, std::string_view class_name,
                        internal::MakeActor make) {
  const Installed installed = {
      .place = place, .name = std::move(name), .class_name = class_name, .make = std::move(make)};
  {
    const std::lock_guard lock(installed_mutex_);
    installed_.push_back(installed);
  }
  start(installed);
}

void System::start(const Installed& installed) {
  const HostId host = installed.place.host;
  const absl::StatusOr<ActorId> id = internal::spawn_with(*this, host, {.name = installed.name},
                                                          installed.class_name, installed.make);
  if (id.ok()) {
    put_behind(installed.place, *id);
    return;
  }
  std::fprintf(stderr, "troupe: %s cannot be installed on %s: %s\n", installed.name.c_str(),
               host_name(host).c_str(), std::string(id.status().message()).c_str());
  std::abort();
}

void System::start_installed(HostId host) {
  std::vector<Installed> all;
  {
    const std::lock_guard lock(installed_mutex_);
    for (const Installed& installed : installed_) {
      if (installed.place.host == host) all.push_back(installed);
    }
  }
  for (const Installed& installed : all) start(installed);
}

std::vector<std::string> System::shutdown(Duration timeout) {
  std::vector<Question<std::vector<std::string>>> questions;
  for (auto host = static_cast<HostId>(host_count()); host-- > 0;) {
    if (all_actors(*this, host).empty()) continue;
    questions.push_back(begin(host_of(host).stop_all(timeout)));
  }
  std::vector<std::string> late;
  for (auto& question : questions) {
    absl::StatusOr<std::vector<std::string>> of_host = question.answer();
    if (of_host.ok()) std::move(of_host->begin(), of_host->end(), std::back_inserter(late));
  }
  return late;
}

Message* System::refuse(Message* message, bool host_is_down) {
  const ActorId target = message->target;
  if (message->kind == MessageKind::kWake || message->kind == MessageKind::kCancel ||
      message->timer || internal::Turns::is_start(*message)) {  // Its actor has gone before it.
    Message::destroy(message);
    return nullptr;
  }
  const DropReason reason = host_is_down ? DropReason::kHostDown : DropReason::kNoActor;
  if (message->kind == MessageKind::kStop) {  // What it asks for is so.
    if (observer() != nullptr) show_drop(*message, reason);
    Message::destroy(message);
    return nullptr;
  }
  note_drop(*message, reason);
  if (message->kind != MessageKind::kCall || !message->wants_reply()) {
    Message::destroy(message);
    return nullptr;
  }
  const std::string method = message->method->full_name();
  absl::Status why;
  if (!target) {
    why = absl::NotFoundError(absl::StrCat(method, " was called through an empty Ref"));
  } else if (host_is_down) {
    why =
        absl::UnavailableError(absl::StrCat(method, ": host ", host_name(target.host), " is down"));
  } else {
    why = absl::NotFoundError(
        absl::StrCat(method, ": the actor on ", host_name(target.host), " has ended"));
  }
  message->turn_into_failure(target, std::move(why));
  return message;
}

void System::list_waits(ActorBase& actor, std::vector<std::string>& lines) const {
  for (const internal::OpenCall& call : internal::Turns::open_calls(actor)) {
    std::string line =
        absl::StrCat(name_of(call.caller), " waits in ", call.caller_method->full_name());
    if (call.method != nullptr) {
      absl::StrAppend(&line, " for ", call.method->full_name(), " of ", name_of(call.callee));
    }
    absl::StrAppend(&line, " since ", to_string(call.since - Time{}));
    if (call.method != nullptr && call.keeps_turn) absl::StrAppend(&line, ", keeping its turn");
    lines.push_back(std::move(line));
  }
}

}  // namespace troupe
