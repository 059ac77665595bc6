// Writing JSON Lines, by hand: the fields are few and flat, and the order of the bytes is ours.
#include "trace/jsonl.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace troupe::trace {

// --- Where it goes ------------------------------------------------------------------------------

class JsonlWriter::Sink {
 public:
  virtual ~Sink() = default;
  virtual absl::Status write(std::string_view bytes) = 0;
  virtual absl::Status close() = 0;
};

namespace {

class StreamSink final : public JsonlWriter::Sink {
 public:
  explicit StreamSink(std::ostream& out) : out_(out) {}

  absl::Status write(std::string_view bytes) override {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return result();
  }
  absl::Status close() override {
    out_.flush();
    return result();
  }

 private:
  absl::Status result() const {
    if (out_.good()) return absl::OkStatus();
    return absl::DataLossError("the trace is not complete: its stream takes no more");
  }

  std::ostream& out_;
};

class FileSink final : public JsonlWriter::Sink {
 public:
  FileSink(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {
    std::setvbuf(file_, nullptr, _IONBF, 0);  // The writer hands over large pieces.
  }
  ~FileSink() override {
    if (file_ != nullptr) std::fclose(file_);
  }

  absl::Status write(std::string_view bytes) override {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()) return absl::OkStatus();
    return failure();
  }
  absl::Status close() override {
    if (std::fclose(std::exchange(file_, nullptr)) == 0) return absl::OkStatus();
    return failure();
  }

 private:
  absl::Status failure() const {
    return absl::DataLossError(
        absl::StrCat(path_, ": the trace is not complete: ", std::strerror(errno)));
  }

  std::FILE* file_;
  std::string path_;
};

// --- JSON ---------------------------------------------------------------------------------------

// The length of the UTF-8 character that starts at `at`; 0: none does.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool too_large = first == 0xF4 && byte(1) >= 0x90;
    return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

// In quotes. A byte that is no UTF-8 becomes U+FFFD, so that what is written is always JSON.
void append_string(std::string_view text, std::string* line) {
  static constexpr char kHex[] = "0123456789abcdef";
  line->push_back('"');
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80) {
      const std::size_t length = character_length(text, i);
      if (length == 0) {
        line->append("\xEF\xBF\xBD");
        ++i;
      } else {
        line->append(text.substr(i, length));
        i += length;
      }
      continue;
    }
    switch (text[i]) {
      case '"':
        line->append("\\\"");
        break;
      case '\\':
        line->append("\\\\");
        break;
      case '\n':
        line->append("\\n");
        break;
      case '\r':
        line->append("\\r");
        break;
      case '\t':
        line->append("\\t");
        break;
      default:
        if (byte < 0x20) {
          line->append("\\u00");
          line->push_back(kHex[byte >> 4]);
          line->push_back(kHex[byte & 15]);
        } else {
          line->push_back(text[i]);
        }
    }
    ++i;
  }
  line->push_back('"');
}

void append_field(std::string_view name, std::string_view text, std::string* line) {
  if (text.empty()) return;
  line->append(",\"").append(name).append("\":");
  append_string(text, line);
}

void append_field(std::string_view name, std::uint64_t number, std::string* line) {
  if (number == 0) return;
  line->append(",\"").append(name).append("\":");
  absl::StrAppend(line, number);
}

void append_header(std::string_view scenario, std::uint64_t seed, std::string* text) {
  absl::StrAppend(text, "{\"format\":\"troupe-trace\",\"version\":", kFormatVersion,
                  ",\"scenario\":");
  append_string(scenario, text);
  absl::StrAppend(text, ",\"seed\":", seed, "}\n");
}

void append_truncated(std::int64_t time, std::uint64_t events, std::string* text) {
  absl::StrAppend(text, "{\"time\":", time, ",\"kind\":\"truncated\",\"detail\":\"only the first ",
                  events, " events are written\"}\n");
}

void append_end(std::int64_t time, std::uint64_t events, std::uint64_t left_out,
                std::string* text) {
  absl::StrAppend(text, "{\"time\":", time, ",\"kind\":\"end\",\"events\":", events,
                  ",\"left_out\":", left_out, "}\n");
}

constexpr std::size_t kBufferSize = 64 * 1024;

}  // namespace

void append_jsonl(const Event& event, std::string* line) {
  absl::StrAppend(line, "{\"time\":", event.time, ",\"kind\":\"");
  line->append(to_string(event.kind)).push_back('"');
  append_field("actor", event.actor, line);
  append_field("peer", event.peer, line);
  append_field("method", event.method, line);
  append_field("message", event.message, line);
  append_field("cause", event.cause, line);
  if (event.of_answer) line->append(",\"of_answer\":true");
  append_field("status", event.status, line);
  append_field("detail", event.detail, line);
  line->push_back('}');
}

std::string to_jsonl(const Trace& trace) {
  std::string text;
  append_header(trace.scenario, trace.seed, &text);
  for (const Event& event : trace.events) {
    append_jsonl(event, &text);
    text.push_back('\n');
  }
  const std::int64_t time = trace.events.empty() ? 0 : trace.events.back().time;
  if (trace.left_out > 0) append_truncated(time, trace.events.size(), &text);
  if (trace.complete) append_end(time, trace.events.size(), trace.left_out, &text);
  return text;
}

// --- The writer ---------------------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<JsonlWriter>> JsonlWriter::open(const std::string& path,
                                                               const Runtime& runtime,
                                                               JsonlOptions options) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) {
    return absl::UnavailableError(
        absl::StrCat(path, ": cannot be written: ", std::strerror(errno)));
  }
  std::unique_ptr<JsonlWriter> writer(
      new JsonlWriter(std::make_unique<FileSink>(file, path), runtime, std::move(options)));
  // Signals are for the threads of the run.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  writer->flusher_ = std::thread([it = writer.get()] { it->flush_now_and_then(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return writer;
}

JsonlWriter::JsonlWriter(std::ostream& out, const Runtime& runtime, JsonlOptions options)
    : JsonlWriter(std::make_unique<StreamSink>(out), runtime, std::move(options)) {}

JsonlWriter::JsonlWriter(std::unique_ptr<Sink> sink, const Runtime& runtime, JsonlOptions options)
    : sink_(std::move(sink)), translator_(runtime), options_(std::move(options)) {
  buffer_.reserve(kBufferSize + 4096);
  append_header(options_.scenario, options_.seed, &buffer_);
}

void JsonlWriter::flush_now_and_then() {
  std::unique_lock lock(mutex_);
  while (!closed_) {
    closing_.wait_for(lock, options_.flush_every);
    if (!closed_ && !buffer_.empty()) flush();
  }
}

JsonlWriter::~JsonlWriter() { close().IgnoreError(); }

void JsonlWriter::on_event(const troupe::Event& event) {
  const std::lock_guard lock(mutex_);
  // Beyond the bound, nobody's name is looked up and kept.
  if (events_ >= options_.most_events) {
    Event unnamed;
    unnamed.time = event.time.time_since_epoch().count();
    add(unnamed);
  } else {
    add(translator_.translate(event));
  }
}

void JsonlWriter::note(Time time, std::string_view actor, std::string_view text) {
  Event event;
  event.time = time.time_since_epoch().count();
  event.actor = actor;
  event.detail = text;
  const std::lock_guard lock(mutex_);
  add(event);
}

void JsonlWriter::add(const Event& event) {
  if (closed_) return;
  last_time_ = event.time;
  if (events_ >= options_.most_events) {
    if (left_out_++ == 0) append_truncated(event.time, events_, &buffer_);
    return;
  }
  ++events_;
  append_jsonl(event, &buffer_);
  buffer_.push_back('\n');
  if (buffer_.size() >= kBufferSize) flush();
}

void JsonlWriter::flush() {
  if (status_.ok()) fail(sink_->write(buffer_));
  buffer_.clear();
}

void JsonlWriter::fail(const absl::Status& status) {
  if (status.ok() || !status_.ok()) return;
  status_ = status;
  if (options_.on_failure) options_.on_failure(status);
}

absl::Status JsonlWriter::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

absl::Status JsonlWriter::close() {
  std::thread flusher;
  absl::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(closed_, true)) {
      append_end(last_time_, events_, left_out_, &buffer_);
      flush();
      fail(sink_->close());
    }
    status = status_;
    flusher = std::move(flusher_);
  }
  closing_.notify_all();
  if (flusher.joinable()) flusher.join();
  return status;
}

}  // namespace troupe::trace
