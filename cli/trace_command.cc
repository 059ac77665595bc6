// The `trace` verb: a trace.jsonl as a picture.
#include "cli/trace_command.h"

#include <cstdio>
#include <set>
#include <string>

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

// Of an actor that was asked for by its name: tells which others of its class its host has had.
// That helps most where there is none of this very name.
void tell_of_other_lives(const trace::Trace& trace, const std::string& name) {
  if (name.find('*') != std::string::npos) return;
  const std::string first = name.substr(0, name.find('/'));
  std::set<std::string> others;
  bool is_there = false;
  for (const trace::Event& event : trace.events) {
    for (const std::string* one : {&event.actor, &event.peer}) {
      const bool same = *one == first || one->starts_with(first + "/");
      is_there |= *one == name;
      if (same && *one != name) others.insert(*one);
    }
  }
  if (others.empty()) return;
  const std::string names = absl::StrJoin(others, ", ");
  if (!is_there) {
    std::fprintf(stderr, "of this class on this host, the trace has %s\n", names.c_str());
    return;
  }
  std::fprintf(stderr, "%s is one of several actors; %s%s: --actor %s --actor '%s/*' shows all\n",
               name.c_str(), others.size() == 1 ? "another is " : "others are ", names.c_str(),
               first.c_str(), first.c_str());
}

}  // namespace

int run_trace(const Options& options) {
  const std::string format = options.value("--to").value_or("mermaid");
  const auto draw = format == "mermaid"    ? &trace::to_mermaid
                    : format == "plantuml" ? &trace::to_plantuml
                    : format == "sdedit"   ? &trace::to_sdedit
                                           : nullptr;
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
  const absl::StatusOr<trace::Trace> trace = trace::read_jsonl_file(options.arguments()[0]);
  if (!trace.ok()) return wrong_input(std::string(trace.status().message()));
  for (const std::string& name : what.actors) tell_of_other_lives(*trace, name);
  const absl::StatusOr<std::string> diagram = draw(*trace, what);
  if (!diagram.ok()) return wrong_input(std::string(diagram.status().message()));
  std::fputs(diagram->c_str(), stdout);
  return kAllHolds;
}

}  // namespace troupe::cli
