// sdedit's lines: the objects, an empty line, the messages.
#include "trace/sdedit.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace troupe::trace {

namespace {

std::string on_one_line(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7F) {
      result += c;
    } else if (!result.empty() && !result.ends_with(' ')) {
      result += ' ';
    }
  }
  return result;
}

// Text of a message, where some characters part a caller, an answer and a callee from each other.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : on_one_line(text)) {
    if (c == '=') {
      result += "＝";
    } else {
      if (c == '.' || c == ':' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result;
}

bool is_answer(Arrow arrow) {
  return arrow == Arrow::kAnswer || arrow == Arrow::kLostAnswer || arrow == Arrow::kOpenAnswer;
}

}  // namespace

std::string to_sdedit(const Sequence& sequence) {
  std::string text;
  if (!sequence.title.empty()) {
    absl::StrAppend(&text, "#![", on_one_line(sequence.title), "]\n#!\n");
  }
  for (std::size_t i = 0; i < sequence.lifelines.size(); ++i) {
    std::string label = on_one_line(sequence.lifelines[i]);
    for (char& c : label) c = c == '"' ? '\'' : c;
    absl::StrAppend(&text, "a", i, ":Actor[p] \"", label, "\"\n");
  }
  absl::StrAppend(&text, "\n");
  std::size_t notes = 0;
  auto note = [&](std::size_t lifeline, const std::string& what) {
    ++notes;
    absl::StrAppend(&text, "*", notes, " a", lifeline, "\n", what, "\n*", notes, "\n");
  };
  for (const Step& step : sequence.steps) {
    if (step.arrow == Arrow::kNone) {
      note(step.from.empty() ? 0 : sequence.number_of(step.from), on_one_line(step.text));
    } else {
      absl::StrAppend(&text, "a", sequence.number_of(step.from), ":a", sequence.number_of(step.to),
                      ".", is_answer(step.arrow) ? "answer\\: " : "", escaped(step.text), "\n");
    }
  }
  for (const std::vector<std::string>& remark : sequence.remarks) {
    note(0, absl::StrJoin(remark, "\n"));
  }
  return text;
}

absl::StatusOr<std::string> to_sdedit(const Trace& trace, const SequenceOptions& options) {
  const absl::StatusOr<Sequence> sequence = draw_sequence(trace, options);
  if (!sequence.ok()) return sequence.status();
  return to_sdedit(*sequence);
}

}  // namespace troupe::trace
