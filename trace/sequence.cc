// From events to arrows and notes.
#include "trace/sequence.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace troupe::trace {

namespace {

constexpr std::size_t kLongestText = 100;  // characters of a failure; the rest is cut off

// --- Text ---------------------------------------------------------------------------------------

std::string shortened(std::string text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_one = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts_one && ++characters > kLongestText) return text.substr(0, i) + "…";
  }
  return text;
}

std::string time_text(std::int64_t time) { return troupe::to_string(Duration(time)); }

// "Node.notify" -> "notify".
std::string_view without_class(std::string_view method) {
  const std::size_t dot = method.rfind('.');
  return dot == std::string_view::npos ? method : method.substr(dot + 1);
}

// --- Choosing -----------------------------------------------------------------------------------

bool matches(std::string_view pattern, std::string_view text) {
  // The last star is tried for longer and longer text.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t tried = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      tried = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++tried;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// Which names some patterns choose. Remembers the answers: a trace says few names often.
class Choice {
 public:
  // A pattern that stands for a name's part after the last dot also chooses it, with `parts`.
  Choice(std::string_view what, const std::vector<std::string>& patterns, bool parts)
      : what_(what), patterns_(patterns), parts_(parts), used_(patterns.size()) {}

  bool all() const { return patterns_.empty(); }
  bool has(const std::string& name) {
    if (all()) return true;
    const auto [place, is_new] = answers_.try_emplace(name, false);
    if (is_new) {
      for (std::size_t i = 0; i < patterns_.size(); ++i) {
        if (matches(patterns_[i], name) || (parts_ && matches(patterns_[i], without_class(name)))) {
          place->second = used_[i] = true;
        }
      }
      if (!name.empty()) names_.push_back(name);
    }
    return place->second;
  }
  // Once all names of the trace have been asked for.
  absl::Status unused() const {
    const auto place = std::find(used_.begin(), used_.end(), false);
    if (place == used_.end()) return absl::OkStatus();
    constexpr std::size_t kShown = 10;
    const std::size_t shown = std::min(names_.size(), kShown);
    return absl::InvalidArgumentError(absl::StrCat(
        "no ", std::string(what_), " of this trace is \"",
        patterns_[static_cast<std::size_t>(place - used_.begin())], "\"; there ",
        names_.empty() ? "is none"
                       : absl::StrCat(names_.size() == 1 ? "is " : "are ",
                                      absl::StrJoin(names_.begin(), names_.begin() + shown, ", ")),
        names_.size() > shown ? absl::StrCat(" and ", names_.size() - shown, " more") : ""));
  }

 private:
  std::string_view what_;
  const std::vector<std::string>& patterns_;
  const bool parts_;
  std::vector<bool> used_;
  absl::flat_hash_map<std::string, bool> answers_;
  std::vector<std::string> names_;  // in the order of their first appearance
};

const std::string& lifeline(const std::string& name) {
  static const std::string kNobody = "nobody";  // what an empty Ref refers to
  return name.empty() ? kNobody : name;
}

}  // namespace

// --- Steps --------------------------------------------------------------------------------------

// Goes through a trace once and keeps the steps that were chosen.
class SequenceDrawer::Drawing {
 public:
  explicit Drawing(const SequenceOptions& options)
      : options_(options),
        actors_("actor", options.actors, false),
        methods_("method", options.methods, true) {
    if (options.message != 0) story_.insert(options.message);
  }

  void add(const Event& event);
  // What is still on its way at the end.
  absl::Status finish();

  std::vector<Step> steps;
  std::size_t arrows_left_out = 0;
  std::size_t notes_left_out = 0;
  std::int64_t left_out_from = 0;
  std::uint64_t events = 0;
  std::int64_t first_time = 0;
  std::int64_t last_time = 0;

 private:
  // The last that was seen of a message that leaves: a call that is delegated leaves several times.
  struct Departure {
    std::int64_t time = 0;
    std::uint64_t number = 0;  // of the event in the trace
    std::uint64_t cause = 0;
    const std::string* actor = nullptr;
    const std::string* peer = nullptr;
    const std::string* method = nullptr;
    bool is_call = false;
    bool is_delegated = false;
    bool arrived = false;
  };
  using Departures = absl::flat_hash_map<std::uint64_t, Departure>;

  void draw(const Event& event);
  void depart(const Event& event, Departures& departures);
  void arrow(const Event& event, const std::string& from, const std::string& to, Arrow arrow,
             std::string_view what, const Departure* departure);
  void note(const Event& event, std::string_view text);
  void add_step(Step step);
  bool is_chosen(const Event& event, const std::string& from, const std::string& to);
  void mark_arrived(Departures& departures, std::uint64_t message);
  // Nothing more can come of a message's way, or of its answer's: it is forgotten.
  void forget(Departures& departures, std::uint64_t message);
  const std::string* kept(const std::string& name) { return &*names_.insert(name).first; }
  static const Departure* find(const Departures& departures, std::uint64_t message) {
    const auto place = departures.find(message);
    return place == departures.end() ? nullptr : &place->second;
  }

  const SequenceOptions& options_;
  Choice actors_;
  Choice methods_;
  absl::flat_hash_set<std::uint64_t> story_;  // the message asked for, and what came of it
  Departures calls_;                          // and sends
  Departures answers_;
  absl::flat_hash_set<std::uint64_t> timed_out_;
  absl::flat_hash_set<std::uint64_t> doubled_;  // messages that the network made two of
  std::unordered_set<std::string> names_;       // of departures; they stay where they are
  bool has_begun_ = false;                      // anything but the spawning of actors
};

bool SequenceDrawer::Drawing::is_chosen(const Event& event, const std::string& from,
                                        const std::string& to) {
  const bool story =
      options_.message == 0 || story_.contains(event.message) || story_.contains(event.cause);
  if (!story) return false;
  if (!methods_.all() && !(event.method.empty() ? false : methods_.has(event.method))) return false;
  if (actors_.all()) return true;
  const bool one = actors_.has(from);
  const bool other = actors_.has(to);
  return options_.neighbours ? one || other : one && other;
}

void SequenceDrawer::Drawing::add_step(Step step) {
  if (step.time < options_.from.count() || step.time > options_.until.count()) return;
  if (steps.size() < options_.most) {
    steps.push_back(std::move(step));
    return;
  }
  if (arrows_left_out + notes_left_out == 0) left_out_from = step.time;
  ++(step.arrow == Arrow::kNone ? notes_left_out : arrows_left_out);
}

void SequenceDrawer::Drawing::arrow(const Event& event, const std::string& from,
                                    const std::string& to, Arrow arrow, std::string_view what,
                                    const Departure* departure) {
  if (!is_chosen(event, from, to)) return;
  // What has no method is the wish that somebody stop.
  std::string text(event.method.empty() ? "stop" : without_class(event.method));
  if (!what.empty()) absl::StrAppend(&text, " ", std::string(what));
  if (options_.times) {
    const std::string arrived = time_text(event.time);
    const std::string left = departure == nullptr ? arrived : time_text(departure->time);
    absl::StrAppend(&text, " [", left == arrived ? "" : absl::StrCat(left, " → "), arrived, "]");
  }
  add_step({.time = event.time,
            .from = lifeline(from),
            .to = lifeline(to),
            .arrow = arrow,
            .text = std::move(text)});
}

void SequenceDrawer::Drawing::note(const Event& event, std::string_view text) {
  if (!is_chosen(event, event.actor, event.actor)) return;
  std::string timed(text);
  if (options_.times) absl::StrAppend(&timed, " [", time_text(event.time), "]");
  add_step({.time = event.time,
            .from = event.actor,
            .to = "",
            .arrow = Arrow::kNone,
            .text = std::move(timed)});
}

void SequenceDrawer::Drawing::depart(const Event& event, Departures& departures) {
  departures.insert_or_assign(event.message, Departure{.time = event.time,
                                                       .number = events,
                                                       .cause = event.cause,
                                                       .actor = kept(event.actor),
                                                       .peer = kept(event.peer),
                                                       .method = kept(event.method),
                                                       .is_call = event.kind == Kind::kCall,
                                                       .is_delegated = event.detail == "delegated",
                                                       .arrived = false});
}

void SequenceDrawer::Drawing::mark_arrived(Departures& departures, std::uint64_t message) {
  if (const auto place = departures.find(message); place != departures.end()) {
    place->second.arrived = true;
  }
}

void SequenceDrawer::Drawing::forget(Departures& departures, std::uint64_t message) {
  if (!doubled_.contains(message)) departures.erase(message);
}

void SequenceDrawer::Drawing::draw(const Event& event) {
  const std::string_view method = without_class(event.method);
  const Departure* call = find(calls_, event.message);
  const Departure* answer = find(answers_, event.message);

  switch (event.kind) {
    case Kind::kSpawn:
      // Those that are there when the run begins simply stand there.
      if (has_begun_) {
        note(event, event.peer.empty() ? "spawned" : absl::StrCat("spawned by ", event.peer));
      }
      break;
    case Kind::kStop:
      mark_arrived(calls_, event.message);
      if (!event.peer.empty() && event.peer != event.actor) {
        arrow(event, event.peer, event.actor, Arrow::kOneWay, "", call);
      }
      note(event, "stopped");
      break;
    case Kind::kCrash:
      note(event, absl::StrCat("crash of ", event.detail));
      break;
    case Kind::kSend:
    case Kind::kCall:
      // The second copy of a message has left with the first.
      if (event.detail != "duplicated") {
        depart(event, calls_);
      } else {
        doubled_.insert(event.message);
      }
      break;
    case Kind::kReceive: {
      const bool again = call != nullptr && call->arrived;
      mark_arrived(calls_, event.message);
      const bool is_call = call != nullptr && call->is_call;
      arrow(event, call == nullptr ? event.peer : *call->actor, event.actor,
            is_call ? Arrow::kCall : Arrow::kOneWay,
            again                                   ? "(again)"
            : call != nullptr && call->is_delegated ? "(delegated)"
                                                    : "",
            call);
      if (!is_call) forget(calls_, event.message);
      break;
    }
    case Kind::kTimer:
      note(event, absl::StrCat("timer: ", std::string(method)));
      break;
    case Kind::kReply:
      if (call != nullptr && !call->arrived) {
        // Its method never started: the actor has ended, or the call closes a cycle.
        arrow(event, *call->actor, event.actor, Arrow::kCall, "(not handled)", call);
        mark_arrived(calls_, event.message);
      }
      if (event.detail == "duplicated") doubled_.insert(event.message);
      depart(event, answers_);
      break;
    case Kind::kReturn:
      mark_arrived(answers_, event.message);
      // The note has said so. The call may still arrive, and its answer after it.
      if (timed_out_.erase(event.message) > 0) break;
      arrow(event, answer == nullptr ? event.peer : *answer->actor, event.actor, Arrow::kAnswer,
            event.status, answer);
      if (answer != nullptr) {
        forget(calls_, event.message);
        forget(answers_, event.message);
      }
      break;
    case Kind::kTimeout:
      timed_out_.insert(event.message);
      note(event, absl::StrCat("timeout: ", shortened(event.detail)));
      break;
    case Kind::kFailure:
      note(event, absl::StrCat(std::string(method), " fails: ", event.status,
                               event.detail.empty() ? "" : ": ", shortened(event.detail)));
      break;
    case Kind::kDrop: {
      const Departure* departure = event.of_answer ? answer : call;
      mark_arrived(event.of_answer ? answers_ : calls_, event.message);
      const std::string reason = absl::StrReplaceAll(event.detail, {{"_", " "}});
      arrow(event, departure == nullptr ? event.peer : *departure->actor, event.actor,
            event.of_answer ? Arrow::kLostAnswer : Arrow::kLost, absl::StrCat("(", reason, ")"),
            departure);
      forget(calls_, event.message);
      if (event.of_answer) forget(answers_, event.message);
      break;
    }
    case Kind::kNote:
      note(event, event.detail);
      break;
  }
  if (event.kind != Kind::kSpawn) has_begun_ = true;
}

void SequenceDrawer::Drawing::add(const Event& event) {
  if (events++ == 0) first_time = event.time;
  last_time = event.time;
  // Asks for every name, so that one that nobody has is noticed.
  if (!event.actor.empty()) actors_.has(event.actor);
  if (!event.peer.empty()) actors_.has(event.peer);
  if (!event.method.empty()) methods_.has(event.method);
  if (options_.message != 0 && story_.contains(event.cause)) story_.insert(event.message);
  draw(event);
}

absl::Status SequenceDrawer::Drawing::finish() {
  if (absl::Status status = actors_.unused(); !status.ok()) return status;
  if (absl::Status status = methods_.unused(); !status.ok()) return status;

  struct Open {
    std::uint64_t message = 0;
    const Departure* departure = nullptr;
    bool is_answer = false;
  };
  std::vector<Open> on_their_way;
  for (const auto& [message, departure] : calls_) {
    if (!departure.arrived) on_their_way.push_back({message, &departure, false});
  }
  for (const auto& [message, departure] : answers_) {
    if (!departure.arrived) on_their_way.push_back({message, &departure, true});
  }
  std::ranges::sort(on_their_way, {}, [](const Open& open) { return open.departure->number; });
  for (const auto& [message, departure, is_answer] : on_their_way) {
    Event event;
    event.time = departure->time;
    event.actor = *departure->actor;
    event.peer = *departure->peer;
    event.method = *departure->method;
    event.message = message;
    event.cause = departure->cause;
    arrow(event, event.actor, event.peer, is_answer ? Arrow::kOpenAnswer : Arrow::kOpen,
          is_answer ? "(on its way)" : "(not yet handled)", nullptr);
  }
  return absl::OkStatus();
}

namespace {

std::string counted(std::size_t number, std::string_view what) {
  return absl::StrCat(number, " more ", std::string(what), number == 1 ? "" : "s");
}

}  // namespace

SequenceDrawer::SequenceDrawer(SequenceOptions options)
    : options_(std::move(options)), drawing_(std::make_unique<Drawing>(options_)) {}

SequenceDrawer::~SequenceDrawer() = default;

void SequenceDrawer::add(const Event& event) { drawing_->add(event); }

absl::StatusOr<Sequence> SequenceDrawer::finish(const Trace& trace) {
  Drawing& drawing = *drawing_;
  if (absl::Status status = drawing.finish(); !status.ok()) return status;

  Sequence sequence;
  absl::flat_hash_set<std::string> known;
  auto add_lifeline = [&](const std::string& name) {
    if (!name.empty() && known.insert(name).second) sequence.lifelines.push_back(name);
  };
  for (const Step& step : drawing.steps) {
    add_lifeline(step.from);
    add_lifeline(step.to);
  }
  if (sequence.lifelines.empty()) {
    std::string why = "there is nothing to draw";
    if (drawing.events == 0) {
      absl::StrAppend(&why, ": the trace has no events");
    } else {
      absl::StrAppend(&why, ": no arrow or note of the trace's ", drawing.events, " events (",
                      time_text(drawing.first_time), " to ", time_text(drawing.last_time),
                      ") is chosen");
    }
    return absl::NotFoundError(why);
  }
  if (!trace.scenario.empty()) {
    sequence.title = absl::StrCat(trace.scenario, ", seed ", trace.seed);
  }
  if (drawing.arrows_left_out + drawing.notes_left_out > 0) {
    sequence.remarks.push_back(
        {absl::StrCat("Left out from ", time_text(drawing.left_out_from),
                      " on: ", counted(drawing.arrows_left_out, "arrow"), " and ",
                      counted(drawing.notes_left_out, "note"), "."),
         absl::StrCat("Choose actors, methods or a time window, or raise the limit of ",
                      options_.most, ".")});
  }
  if (trace.left_out > 0) {
    sequence.remarks.push_back({absl::StrCat("The trace itself ends early: ", trace.left_out,
                                             " events were not written.")});
  } else if (!trace.complete) {
    sequence.remarks.push_back({"The trace itself ends early: its writer was cut off."});
  }
  sequence.steps = std::move(drawing.steps);
  return sequence;
}

absl::StatusOr<Sequence> draw_sequence(const Trace& trace, const SequenceOptions& options) {
  SequenceDrawer drawer(options);
  for (const Event& event : trace.events) drawer.add(event);
  return drawer.finish(trace);
}

std::size_t Sequence::number_of(const std::string& lifeline) const {
  const auto place = std::find(lifelines.begin(), lifelines.end(), lifeline);
  return static_cast<std::size_t>(place - lifelines.begin());
}

}  // namespace troupe::trace
