// The `trace` verb: a trace.jsonl as a picture.
#include "cli/trace_command.h"

#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/inform.h"
#include "scenario/diagnostic.h"
#include "scenario/units.h"
#include "trace/jsonl.h"
#include "trace/mermaid.h"
#include "trace/plantuml.h"
#include "trace/sdedit.h"
#include "trace/sequence.h"

namespace troupe::cli {

VerbSpec trace_verb() {
  return {.name = "trace",
          .arguments = "FILE",
          .help = "Shows a trace.jsonl, which 'sim --out DIR --trace' has written, as a diagram.",
          .details =
              "The diagram goes to standard output. Paste a Mermaid one into a Markdown file, "
              "between ```mermaid\nand ```, or into any Mermaid editor.",
          .options = {{"--to", "FORMAT",
                       "a sequence diagram for mermaid (the default), plantuml or sdedit"},
                      {"--actor", "NAME", "only what is between these; '*' is any text: 'Node@*'",
                       true},
                      {"--neighbours", "", "with --actor: also what these have to do with others"},
                      {"--method", "NAME", "only these methods: 'find_successor', 'Node.*'", true},
                      {"--message", "N", "only this message, and all that came of it"},
                      {"--from", "TIME", "only from this virtual time on: 1m30s"},
                      {"--until", "TIME", "only up to this virtual time"},
                      {"--most", "N", "arrows and notes at most (200)"},
                      {"--no-times", "", "no times in brackets"}},
          .least_arguments = 1,
          .most_arguments = 1};
}

namespace {

// The actors of a trace that stand at the places of those that were asked for: which others of its
// class the host of such an actor has had.
class OtherLives {
 public:
  explicit OtherLives(std::vector<std::string> asked) : asked_(std::move(asked)) {}

  void look_at(const trace::Event& event) {
    for (const std::string& name : asked_) {
      const std::string first = name.substr(0, name.find('/'));
      for (const std::string* one : {&event.actor, &event.peer}) {
        const bool same = *one == first || one->starts_with(first + "/");
        if (same && *one != name) others_[name].insert(*one);
      }
    }
  }

  void tell() const {
    for (const std::string& name : asked_) {
      const auto found = others_.find(name);
      if (name.find('*') != std::string::npos || found == others_.end()) continue;
      const std::string first = name.substr(0, name.find('/'));
      std::fprintf(stderr, "%s is one of several actors; %s%s: --actor %s --actor '%s/*' shows all\n",
                   name.c_str(), found->second.size() == 1 ? "another is " : "others are ",
                   absl::StrJoin(found->second, ", ").c_str(), first.c_str(), first.c_str());
    }
  }

 private:
  std::vector<std::string> asked_;
  std::map<std::string, std::set<std::string>> others_;
};

}  // namespace

int run_trace(const Options& options) {
  const std::string format = options.value("--to").value_or("mermaid");
  std::string (*draw)(const trace::Sequence&) = nullptr;
  if (format == "mermaid") draw = &trace::to_mermaid;
  if (format == "plantuml") draw = &trace::to_plantuml;
  if (format == "sdedit") draw = &trace::to_sdedit;
  if (draw == nullptr) {
    return wrong_input(absl::StrCat("--to ", format, ": there are mermaid, plantuml and sdedit"));
  }
  trace::SequenceOptions what;
  what.actors = options.values("--actor");
  what.methods = options.values("--method");
  what.neighbours = options.has("--neighbours");
  what.times = !options.has("--no-times");
  for (const auto& [name, place] :
       {std::pair("--from", &what.from), std::pair("--until", &what.until)}) {
    if (const auto text = options.value(name)) {
      const auto duration = scenario::parse_duration(*text);
      if (!duration.value) {
        return wrong_input(
            absl::StrCat(name, " ", *text, " is not a duration; write 90s or 1500ms"));
      }
      *place = *duration.value;
    }
  }
  std::uint64_t number = 0;
  if (const auto text = options.value("--message")) {
    if (!absl::SimpleAtoi(*text, &number)) {
      return wrong_input(absl::StrCat("--message ", *text, " is not a whole number"));
    }
    what.message = number;
  }
  if (const auto text = options.value("--most")) {
    if (!absl::SimpleAtoi(*text, &number) || number == 0) {
      return wrong_input(absl::StrCat("--most ", *text, " is not a whole number above 0"));
    }
    what.most = number;
  }
  // The trace may be far larger than what is chosen, and than memory.
  OtherLives other_lives(what.actors);
  trace::SequenceDrawer drawer(std::move(what));
  const absl::StatusOr<trace::Trace> trace = trace::for_each_in_jsonl_file(
      options.arguments()[0], [&](trace::Event&& event) {
        other_lives.look_at(event);
        drawer.add(event);
      });
  if (!trace.ok()) return wrong_input(std::string(trace.status().message()));
  other_lives.tell();
  const absl::StatusOr<trace::Sequence> sequence = drawer.finish(*trace);
  if (!sequence.ok()) return wrong_input(std::string(sequence.status().message()));
  std::fputs(draw(*sequence).c_str(), stdout);
  return kAllHolds;
}

}  // namespace troupe::cli
