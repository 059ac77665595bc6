// Events as sentences.
#include "sim/last_events.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace troupe::sim {
namespace {

// How many events of the actors themselves are kept: so many of all, but of each not fewer or more.
constexpr std::size_t kLines = 24;
constexpr std::size_t kLeast = 3;
constexpr std::size_t kMost = 8;

}  // namespace

LastEvents::LastEvents(const Simulator& simulator, const std::vector<ActorId>& actors)
    : simulator_(simulator),
      of_each_(std::clamp(kLines / std::max<std::size_t>(actors.size(), 1), kLeast, kMost)) {
  for (const ActorId actor : actors) lines_[actor];
}

void LastEvents::Recent::add(std::uint64_t message, const Past& past) {
  constexpr std::size_t kMostYoung = 500'000;
  if (young_.size() >= kMostYoung) old_ = std::exchange(young_, {});
  young_[message] = past;
}

const LastEvents::Past* LastEvents::Recent::find(std::uint64_t message) const {
  for (const auto* some : {&young_, &old_}) {
    const auto found = some->find(message);
    if (found != some->end()) return &found->second;
  }
  return nullptr;
}

void LastEvents::on_event(const Event& event) {
  ++order_;
  std::deque<Line>* lines = nullptr;
  if (!event.actor) {
    if (concerns_them(event)) lines = &notes_;
  } else if (const auto found = lines_.find(event.actor); found != lines_.end()) {
    lines = &found->second;
  }
  if (lines != nullptr) {
    lines->push_back({order_, text_of(event), past_of(event)});
    if (lines->size() > of_each_) lines->pop_front();
  }
  remember(event);
}

// Whether a note is about one of their hosts, or about the network between all.
bool LastEvents::concerns_them(const Event& event) const {
  if (event.kind != EventKind::kNote) return false;
  const std::string text = absl::StrCat(" ", std::string(event.detail), " ");
  return text.starts_with(" partition ") ||
         std::any_of(lines_.begin(), lines_.end(), [&](const auto& of) {
           const std::string host = simulator_.host_name(of.first.host);
           return text.find(absl::StrCat(" ", host, " ")) != std::string::npos;
         });
}

void LastEvents::remember(const Event& event) {
  if (event.message == 0) return;
  const Past past = {order_,     event.kind,   event.time, event.actor,
                     event.peer, event.method, event.cause};
  switch (event.kind) {
    case EventKind::kSend:
    case EventKind::kCall:
      sent_.add(event.message, past);
      break;
    case EventKind::kReply:
      answered_.add(event.message, past);
      break;
    case EventKind::kReceive:
    case EventKind::kTimer:
      handled_.add(event.message, past);
      break;
    default:
      break;
  }
}

// Where the message came from that has just been handled, or the answer that has come; and what its
// sender was handling when it left.
std::vector<LastEvents::Line> LastEvents::past_of(const Event& event) const {
  std::vector<Line> lines;
  if (event.message == 0) return lines;
  const Past* departure = event.kind == EventKind::kReceive  ? sent_.find(event.message)
                          : event.kind == EventKind::kReturn ? answered_.find(event.message)
                                                             : nullptr;
  if (departure == nullptr || !departure->actor) return lines;
  if (departure->cause != 0) {
    if (const Past* reason = handled_.find(departure->cause)) lines.push_back(line_of(*reason));
  }
  lines.push_back(line_of(*departure));
  return lines;
}

LastEvents::Line LastEvents::line_of(const Past& past) const {
  Event event;
  event.kind = past.kind;
  event.time = past.time;
  event.actor = past.actor;
  event.peer = past.peer;
  event.method = past.method;
  return {past.order, text_of(event)};
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
  std::map<std::uint64_t, std::string> all;  // in the order of happening, each once
  const auto add = [&all](const std::deque<Line>& lines) {
    for (const Line& line : lines) {
      all.emplace(line.order, line.text);
      for (const Line& past : line.past) all.emplace(past.order, past.text);
    }
  };
  add(notes_);
  for (const auto& [actor, lines] : lines_) add(lines);
  std::vector<std::string> texts;
  texts.reserve(all.size());
  for (auto& [order, text] : all) texts.push_back(std::move(text));
  return texts;
}

}  // namespace troupe::sim
