// PlantUML's lines.
#include "trace/plantuml.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace troupe::trace {

namespace {

// Text that PlantUML shows as it is, on one line. A backslash opens a line break there, `<` and `&`
// a tag or a character, `~` quotes, `%` calls a function, and a doubled character changes the
// letters.
std::string escaped(std::string_view text) {
  std::string result;
  char last = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool doubled = c == last && std::string_view("*/_-\".").find(c) != std::string_view::npos;
    if (byte <= 0x20 || byte == 0x7F) {
      if (!result.empty() && !result.ends_with(' ')) result += ' ';
    } else if (doubled || std::string_view("\\<>&~%").find(c) != std::string_view::npos) {
      absl::StrAppend(&result, "&#", static_cast<int>(byte), ";");
    } else {
      result += c;
    }
    last = c;
  }
  return result;
}

// A name between quotes, which it cannot have itself.
std::string plantuml_string(std::string_view name) {
  std::string result = "\"";
  for (const char c : escaped(name)) result += c == '"' ? '\'' : c;
  return result + "\"";
}

std::string_view arrow_text(Arrow arrow) {
  switch (arrow) {
    case Arrow::kCall:
      return "->";
    case Arrow::kAnswer:
      return "-->";
    case Arrow::kOneWay:
      return "->>";
    case Arrow::kLost:
      return "->x";
    case Arrow::kLostAnswer:
      return "-->x";
    case Arrow::kOpen:
      return "->o";
    case Arrow::kOpenAnswer:
      return "-->o";
    case Arrow::kNone:
      break;
  }
  return "";
}

}  // namespace

std::string to_plantuml(const Sequence& sequence) {
  std::string text = "@startuml\n";
  if (!sequence.title.empty()) absl::StrAppend(&text, "title ", escaped(sequence.title), "\n");
  for (std::size_t i = 0; i < sequence.lifelines.size(); ++i) {
    const std::string& name = sequence.lifelines[i];
    absl::StrAppend(&text, name == "outside" ? "actor " : "participant ", plantuml_string(name),
                    " as a", i, "\n");
  }
  for (const Step& step : sequence.steps) {
    if (step.arrow != Arrow::kNone) {
      absl::StrAppend(&text, "a", sequence.number_of(step.from), " ",
                      std::string(arrow_text(step.arrow)), " a", sequence.number_of(step.to), " : ",
                      escaped(step.text), "\n");
    } else if (step.from.empty()) {
      absl::StrAppend(&text, "note across : ", escaped(step.text), "\n");
    } else {
      absl::StrAppend(&text, "note over a", sequence.number_of(step.from), " : ",
                      escaped(step.text), "\n");
    }
  }
  for (const std::vector<std::string>& remark : sequence.remarks) {
    absl::StrAppend(&text, "note across : ", absl::StrJoin(remark, "\\n"), "\n");
  }
  return text + "@enduml\n";
}

absl::StatusOr<std::string> to_plantuml(const Trace& trace, const SequenceOptions& options) {
  const absl::StatusOr<Sequence> sequence = draw_sequence(trace, options);
  if (!sequence.ok()) return sequence.status();
  return to_plantuml(*sequence);
}

}  // namespace troupe::trace
