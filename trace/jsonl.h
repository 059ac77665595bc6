// Traces in files: JSON Lines, one event a line, as docs/reference/trace.md describes them.
//
//   absl::StatusOr<std::unique_ptr<trace::JsonlWriter>> writer =
//       trace::JsonlWriter::open("trace.jsonl", simulator, {.scenario = "ring.yaml", .seed = 7});
//   simulator.observe_with(writer->get());
//   simulator.run_for(10min);
//   simulator.observe_with(nullptr);
//   absl::Status written = (*writer)->close();     // a full disk shows here
//
//   absl::StatusOr<trace::Trace> trace = trace::read_jsonl_file("trace.jsonl");
//
// One run gives one file, to the byte, on every machine and in every build.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <istream>
#include <limits>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/observe.h"
#include "actor/runtime.h"
#include "trace/event.h"
#include "trace/recorder.h"

namespace troupe::trace {

struct JsonlOptions {
  std::string scenario{};  // where the run comes from; may be empty
  std::uint64_t seed = 0;
  // Events after this many are counted and left out; a record in the file says so.
  std::uint64_t most_events = std::numeric_limits<std::uint64_t>::max();
  // An event stands in the file after so long, in real time, also where no other follows it. A
  // stream gets larger pieces.
  std::chrono::milliseconds flush_every = std::chrono::seconds(1);
  // Called once, with status(), when a write fails: the disk is full, say. It is called by whoever
  // writes just then, with the writer locked, and must not call the writer.
  std::function<void(const absl::Status& status)> on_failure{};
};

// Writes a run as it happens. May be called from several threads.
//
// A write that fails is kept for status() and close(); nothing more is written after it, and the
// run goes on. Where the reader of a pipe goes away, that is so only if SIGPIPE is ignored.
class JsonlWriter final : public Observer {
 public:
  class Sink;

  // To a new file, or over an old one.
  static absl::StatusOr<std::unique_ptr<JsonlWriter>> open(const std::string& path,
                                                           const Runtime& runtime,
                                                           JsonlOptions options = {});
  // To a stream. Both live as long as this.
  JsonlWriter(std::ostream& out, const Runtime& runtime, JsonlOptions options = {});
  // Closes, if nobody has. Whoever wants to know how it went calls close().
  ~JsonlWriter() override;

  void on_event(const troupe::Event& event) override;
  // Something that no actor did: "partition n1 | n2". `actor` may be empty.
  void note(Time time, std::string_view actor, std::string_view text);

  // How the writing has gone so far.
  absl::Status status() const;
  // Writes what is still held, with the record that ends a trace. Later events are ignored.
  absl::Status close();

 private:
  JsonlWriter(std::unique_ptr<Sink> sink, const Runtime& runtime, JsonlOptions options);
  void add(const Event& event);
  void flush();
  void flush_now_and_then();
  void fail(const absl::Status& status);

  mutable std::mutex mutex_;
  std::unique_ptr<Sink> sink_;
  Translator translator_;
  const JsonlOptions options_;
  std::string buffer_;
  std::uint64_t events_ = 0;
  std::uint64_t left_out_ = 0;
  std::int64_t last_time_ = 0;
  bool closed_ = false;
  absl::Status status_;
  std::condition_variable closing_;
  std::thread flusher_;  // the last member, so that it finds all others
};

// One event as it stands in a file, without the end of the line.
void append_jsonl(const Event& event, std::string* line);

// A whole trace, as a JsonlWriter would have written it.
std::string to_jsonl(const Trace& trace);

// Reads a trace. The error names the file, the line and what is wrong there:
//   trace.jsonl:17: "kind" is "recieve"; it is one of spawn, stop, crash, ...
// A file whose writer was cut off gives what is there, and `complete` is false; half a last line
// is left out. `name` stands in the errors.
absl::StatusOr<Trace> read_jsonl(std::istream& in, std::string_view name);
absl::StatusOr<Trace> read_jsonl_file(const std::string& path);

// The same for a trace that is larger than memory: `take` is called with each event in turn, and
// the trace that is given has none.
absl::StatusOr<Trace> for_each_in_jsonl(std::istream& in, std::string_view name,
                                        const std::function<void(Event&& event)>& take);
absl::StatusOr<Trace> for_each_in_jsonl_file(const std::string& path,
                                             const std::function<void(Event&& event)>& take);

}  // namespace troupe::trace
