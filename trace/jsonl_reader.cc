// Reading JSON Lines. The library reads JSON; what belongs in a trace is checked here.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trace/jsonl.h"

namespace troupe::trace {

namespace {

using nlohmann::json;

// Takes the fields of one line as the library finds them: an object without any in it. Gives up
// with a sentence in `problem`.
class LineReader : public nlohmann::json_sax<json> {
 public:
  struct Line {
    Event event;
    std::string kind;
    std::string format;    // of a header
    std::string scenario;  // of a header
    std::uint64_t version = 0;
    std::uint64_t seed = 0;
    std::uint64_t left_out = 0;  // of an end
    bool has_time = false;
  };

  // Makes ready for the next line.
  void clear() {
    line = Line();
    problem.clear();
    depth_ = 0;
  }

  bool key(std::string& name) override {
    field_ = std::move(name);
    return true;
  }
  bool start_object(std::size_t) override {
    if (depth_ > 0) return expected();
    depth_ = 1;
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return expected(); }
  bool end_array() override { return true; }
  bool null() override { return expected(); }
  bool boolean(bool value) override {
    if (depth_ == 0 || is_number() || text_place() != nullptr) return expected();
    if (field_ == "of_answer") line.event.of_answer = value;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    if (depth_ == 1 && field_ == "time") {  // The one number that may be negative.
      line.event.time = value;
      line.has_time = true;
      return true;
    }
    if (is_number()) {
      return fails(absl::StrCat("\"", field_, "\" is ", value, ", and cannot be negative"));
    }
    return other();
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (depth_ == 1 && field_ == "time") {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return fails(absl::StrCat("\"time\" is ", value, ", which is beyond the end of time"));
      }
      line.event.time = static_cast<std::int64_t>(value);
      line.has_time = true;
      return true;
    }
    if (std::uint64_t* place = number_place()) {
      *place = value;
      return true;
    }
    return other();
  }
  bool number_float(number_float_t, const std::string& text) override {
    if (is_number()) {
      return fails(
          absl::StrCat("\"", field_, "\" is ", text, ", and must be an integer that fits"));
    }
    return other();
  }
  bool string(std::string& value) override {
    if (std::string* place = text_place()) {
      *place = std::move(value);
      return true;
    }
    return depth_ == 1 && !is_number() && field_ != "of_answer" ? true : expected();
  }
  bool binary(json::binary_t&) override { return expected(); }
  bool parse_error(std::size_t position, const std::string&,
                   const json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error ..."
    std::string text = error.what();
    if (const std::size_t begin = text.find(": "); begin != std::string::npos) {
      text = text.substr(begin + 2);
    }
    return fails(absl::StrCat("is not JSON at column ", position, ": ", text));
  }

  Line line;
  std::string problem;

 private:
  std::string* text_place() {
    if (depth_ != 1) return nullptr;
    if (field_ == "kind") return &line.kind;
    if (field_ == "actor") return &line.event.actor;
    if (field_ == "peer") return &line.event.peer;
    if (field_ == "method") return &line.event.method;
    if (field_ == "status") return &line.event.status;
    if (field_ == "detail") return &line.event.detail;
    if (field_ == "format") return &line.format;
    if (field_ == "scenario") return &line.scenario;
    return nullptr;
  }
  std::uint64_t* number_place() {
    if (depth_ != 1) return nullptr;
    if (field_ == "message") return &line.event.message;
    if (field_ == "cause") return &line.event.cause;
    if (field_ == "version") return &line.version;
    if (field_ == "seed") return &line.seed;
    if (field_ == "left_out") return &line.left_out;
    return nullptr;
  }
  bool is_number() { return depth_ == 1 && (field_ == "time" || number_place() != nullptr); }

  // A number where it may be ignored: in a field that this version does not know.
  bool other() {
    return depth_ == 1 && text_place() == nullptr && field_ != "of_answer" ? true : expected();
  }
  bool expected() {
    if (depth_ == 0) return fails("is not a JSON object");
    const char* what = is_number()               ? "a number"
                       : field_ == "of_answer"   ? "true or false"
                       : text_place() != nullptr ? "a string"
                                                 : "a string, a number, true or false";
    return fails(absl::StrCat("\"", field_, "\" must be ", what));
  }
  bool fails(std::string text) {
    problem = std::move(text);
    return false;
  }

  std::string field_;
  int depth_ = 0;
};

}  // namespace

absl::StatusOr<Trace> for_each_in_jsonl(std::istream& in, std::string_view name,
                                        const std::function<void(Event&& event)>& take) {
  Trace trace;
  trace.complete = false;
  LineReader reader;
  std::string text;
  std::uint64_t number = 0;
  auto wrong = [&](std::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(name), ":", number, ": ", std::string(what)));
  };
  while (std::getline(in, text)) {
    ++number;
    // The last line has no end, and its object neither.
    const bool is_cut_off = in.eof() && number > 1 && !text.ends_with('}');
    if (is_cut_off) break;
    if (trace.complete) return wrong("something stands after the record that ends a trace");
    reader.clear();
    if (!json::sax_parse(text, &reader)) {
      return wrong(text.empty() ? "the line is empty" : reader.problem);
    }
    LineReader::Line& line = reader.line;
    if (number == 1) {
      if (line.format != "troupe-trace") {
        return wrong(
            "this is not a trace: it does not open with {\"format\":\"troupe-trace\",...}");
      }
      if (line.version != static_cast<std::uint64_t>(kFormatVersion)) {
        return wrong(absl::StrCat("the trace has format version ", line.version,
                                  ", and this program reads version ", kFormatVersion));
      }
      trace.scenario = std::move(line.scenario);
      trace.seed = line.seed;
      continue;
    }
    if (line.kind.empty()) return wrong("\"kind\" is missing");
    if (!line.has_time) return wrong("\"time\" is missing");
    if (line.kind == "truncated") continue;  // The end says how much is left out.
    if (line.kind == "end") {
      trace.left_out = line.left_out;
      trace.complete = true;
      continue;
    }
    const std::optional<Kind> kind = kind_of(line.kind);
    if (!kind) {
      return wrong(absl::StrCat("\"kind\" is \"", line.kind, "\"; it is one of ", all_kinds(),
                                ", truncated, end"));
    }
    line.event.kind = *kind;
    take(std::move(line.event));
  }
  if (in.bad()) return absl::DataLossError(absl::StrCat(std::string(name), ": cannot be read"));
  if (number == 0) {
    number = 1;
    return wrong("this is not a trace: it is empty");
  }
  return trace;
}

absl::StatusOr<Trace> for_each_in_jsonl_file(const std::string& path,
                                             const std::function<void(Event&& event)>& take) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat(path, ": ", std::strerror(errno)));
  return for_each_in_jsonl(in, path, take);
}

absl::StatusOr<Trace> read_jsonl(std::istream& in, std::string_view name) {
  std::vector<Event> events;
  absl::StatusOr<Trace> trace =
      for_each_in_jsonl(in, name, [&](Event&& event) { events.push_back(std::move(event)); });
  if (trace.ok()) trace->events = std::move(events);
  return trace;
}

absl::StatusOr<Trace> read_jsonl_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat(path, ": ", std::strerror(errno)));
  return read_jsonl(in, path);
}

}  // namespace troupe::trace
