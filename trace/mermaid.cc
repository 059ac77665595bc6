// Mermaid's lines.
#include "trace/mermaid.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace troupe::trace {

namespace {

// Text that Mermaid shows as it is, on one line. A `;` ends a statement there, `#` opens the name
// of a character, `$$` a formula, `%%` a comment, `wrap:` is an order, and `<` may open HTML.
std::string escaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F) {  // Mermaid leaves out those in front before it reads on.
      if (!result.empty() && !result.ends_with(' ')) result += ' ';
    } else if (std::string_view("#;<>&$%{}").find(c) != std::string_view::npos) {
      absl::StrAppend(&result, "#", static_cast<int>(byte), ";");
    } else if (c == ':' && (result == "wrap" || result == "nowrap" || i + 1 == text.size() ||
                            text[i + 1] != ' ')) {
      result += "#58;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string_view arrow_text(Arrow arrow) {
  switch (arrow) {
    case Arrow::kCall:
      return "->>";
    case Arrow::kAnswer:
      return "-->>";
    case Arrow::kOneWay:
      return "-)";
    case Arrow::kLost:
      return "-x";
    case Arrow::kLostAnswer:
      return "--x";
    case Arrow::kOpen:
      return "->";
    case Arrow::kOpenAnswer:
      return "-->";
    case Arrow::kNone:
      break;
  }
  return "";
}

}  // namespace

std::string to_mermaid(const Sequence& sequence) {
  const std::size_t lifelines = sequence.lifelines.size();

  std::string text = "sequenceDiagram\n";
  if (!sequence.title.empty()) {
    absl::StrAppend(&text, "    title ", escaped(sequence.title), "\n");
  }
  for (std::size_t i = 0; i < lifelines; ++i) {
    const std::string& name = sequence.lifelines[i];
    absl::StrAppend(&text, name == "outside" ? "    actor a" : "    participant a", i, " as ",
                    escaped(name), "\n");
  }
  const std::string everybody = lifelines == 1 ? "a0" : absl::StrCat("a0,a", lifelines - 1);
  for (const Step& step : sequence.steps) {
    const std::string from =
        step.from.empty() ? everybody : absl::StrCat("a", sequence.number_of(step.from));
    if (step.arrow == Arrow::kNone) {
      absl::StrAppend(&text, "    Note over ", from, ": ", escaped(step.text), "\n");
    } else {
      absl::StrAppend(&text, "    ", from, std::string(arrow_text(step.arrow)), "a",
                      sequence.number_of(step.to), ": ", escaped(step.text), "\n");
    }
  }
  for (const std::vector<std::string>& remark : sequence.remarks) {
    absl::StrAppend(&text, "    Note over ", everybody, ": ", absl::StrJoin(remark, "<br/>"), "\n");
  }
  return text;
}

absl::StatusOr<std::string> to_mermaid(const Trace& trace, const SequenceOptions& options) {
  const absl::StatusOr<Sequence> sequence = draw_sequence(trace, options);
  if (!sequence.ok()) return sequence.status();
  return to_mermaid(*sequence);
}

}  // namespace troupe::trace
