// Function actors: their start, their mailbox, their end.
#include "actor/receive.h"

#include <utility>

namespace troupe {
namespace {

// The function itself, as a method: it lets messages come in while it waits.
constexpr MethodInfo kRun = {
    .actor = "Process",
    .name = "run",
    .id = internal::method_id("Process", "run"),
    .one_way = true,
    .parallel = true,
};

template <class Notice>
Notice notice_of(const Exit& exit) {
  Notice notice;
  notice.actor = AnyRef(exit.actor);
  notice.name = exit.name;
  notice.code = static_cast<std::int32_t>(exit.why.code());
  notice.text = std::string(exit.why.message());
  return notice;
}

}  // namespace

Async Process::on_start() {
  internal::Activation starting;
  starting.actor = this;
  starting.method = &kRun;
  starting.message = internal::current_activation->message;
  internal::CurrentActivation scope(&starting);
  internal::settle<void>(starting, static_cast<internal::Outcome<void>&&>(body_(*this)));
  return {};
}

// What nobody will receive any more is counted. Requests are answered by the engine.
void Process::on_stop() {
  for (const auto& [number, letter] : mailbox_) {
    if (!letter.is_request) runtime().count_drop(DropReason::kNoActor);
  }
}

Async Process::on_message(Term message) {
  put({std::move(message), Actor::sender()});
  return {};
}

Sync<Term> Process::on_request(Term request) {
  Responder<Term> responder;
  Sync<Term> later = defer(responder);
  put({std::move(request), Actor::sender(), true, std::move(responder)});
  return later;
}

Async Process::on_down(Exit exit) {
  put({notice_of<Down>(exit), AnyRef()});
  return {};
}

Async Process::on_exit(Exit exit) {
  put({notice_of<Exited>(exit), AnyRef()});
  return {};
}

bool Process::is_fatal(std::string_view method, const absl::Status& failure) const {
  static_cast<void>(failure);
  return method == kRun.name;
}

std::optional<Match> internal::PatternSelector::operator()(const Term& message) const {
  Match match;
  for (; match.pattern < patterns.size(); ++match.pattern) {
    if (patterns[match.pattern].matches(message, match.captures)) {
      match.message = message;
      return match;
    }
  }
  return std::nullopt;
}

}  // namespace troupe
