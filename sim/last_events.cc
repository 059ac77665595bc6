// Events as sentences.
#include "sim/last_events.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace troupe::sim {

LastEvents::LastEvents(const Simulator& simulator, const std::vector<ActorId>& actors)
    : simulator_(simulator) {
  for (const ActorId actor : actors) lines_[actor];
}

void LastEvents::on_event(const Event& event) {
  std::deque<Line>* lines = &notes_;
  if (event.actor) {
    const auto found = lines_.find(event.actor);
    if (found == lines_.end()) return;
    lines = &found->second;
  }
  lines->push_back({order_++, text_of(event)});
  if (lines->size() > kOfEach) lines->pop_front();
}

std::string LastEvents::text_of(const Event& event) const {
  const std::string method =
      event.method == nullptr ? std::string(event.detail) : std::string(event.method->name);
  const std::string peer = event.peer ? simulator_.name_of(event.peer) : "outside";
  std::string what;
  switch (event.kind) {
    case EventKind::kSpawn:
      what = "starts";
      break;
    case EventKind::kStop:
      what = "ends";
      break;
    case EventKind::kCrash:
      what = "crashes";
      break;
    case EventKind::kSend:
      what = absl::StrCat("sends ", method, " to ", peer);
      break;
    case EventKind::kCall:
      what = absl::StrCat("calls ", method, " of ", peer);
      break;
    case EventKind::kReceive:
      what = absl::StrCat("handles ", method, " from ", peer);
      break;
    case EventKind::kTimer:
      what = absl::StrCat("timer: ", method);
      break;
    case EventKind::kReply:
      what = absl::StrCat("answers ", method, " to ", peer);
      break;
    case EventKind::kReturn:
      what = absl::StrCat("has the answer of ", method, " from ", peer);
      break;
    case EventKind::kTimeout:
      what = absl::StrCat("gives up waiting for ", method.empty() ? "a condition" : method);
      break;
    case EventKind::kFailure:
      what = absl::StrCat(method, " fails");
      break;
    case EventKind::kDrop:
      what = absl::StrCat("never gets ", event.of_answer ? "the answer of " : "",
                          event.method == nullptr ? "a message" : std::string(event.method->name),
                          " from ", peer, " (", std::string(event.detail), ")");
      break;
    case EventKind::kNote:
      what = absl::StrCat(event.actor ? "notes: " : "", std::string(event.detail));
      break;
  }
  if (!event.status.ok()) absl::StrAppend(&what, ": ", std::string(event.status.message()));
  const std::string name = event.actor ? simulator_.name_of(event.actor) + " " : "";
  return absl::StrCat(to_string(event.time - Time{}), "  ", name, what);
}

std::vector<std::string> LastEvents::lines() const {
  std::vector<Line> all(notes_.begin(), notes_.end());
  for (const auto& [actor, lines] : lines_) all.insert(all.end(), lines.begin(), lines.end());
  std::sort(all.begin(), all.end(), [](const Line& a, const Line& b) { return a.order < b.order; });
  std::vector<std::string> texts;
  texts.reserve(all.size());
  for (Line& line : all) texts.push_back(std::move(line.text));
  return texts;
}

}  // namespace troupe::sim
