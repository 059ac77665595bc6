// Two runs in two processes, and the first event in which they differ.
#include "cli/verify.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "actor/internal/method_info.h"
#include "cli/guard.h"
#include "cli/inform.h"

namespace troupe::cli {
namespace {

// This program with these words, its output thrown away.
absl::Status run_self(const std::vector<std::string>& words) {
  const SharedState state;
  if (!state.ok()) return absl::ResourceExhaustedError("no memory for another process");
  const auto become_this_program = [&words] {
    std::vector<std::string> owned = {"troupe"};
    owned.insert(owned.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    for (std::string& word : owned) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    die_of_interrupts();
    const int nothing = open("/dev/null", O_WRONLY);
    if (nothing >= 0 && dup2(nothing, STDOUT_FILENO) >= 0) {
      execv("/proc/self/exe", arguments.data());
    }
    return kWrongInput;
  };
  const absl::StatusOr<Ending> ending =
      run_guarded(become_this_program, *state, std::chrono::nanoseconds::zero());
  if (!ending.ok()) return ending.status();
  if (interrupted()) return absl::CancelledError("interrupted");
  if (ending->kind == Ending::Kind::kExited && ending->code <= kCheckFailed) {
    return absl::OkStatus();
  }
  return absl::AbortedError("the other run did not come to its end");
}

absl::StatusOr<std::vector<std::uint64_t>> read_hashes(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::uint64_t> hashes;
  std::uint64_t hash = 0;
  while (in.read(reinterpret_cast<char*>(&hash), sizeof(hash))) hashes.push_back(hash);
  // A run without a single event has a hash, too.
  if (hashes.empty() || in.gcount() != 0) {
    return absl::AbortedError(
        "a run has left no record of its events, so there is nothing to "
        "compare");
  }
  return hashes;
}

std::vector<std::string> read_lines(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> with_log(std::vector<std::string> words, const EventLog& log) {
  if (!log.hashes.empty()) words.insert(words.end(), {"--hash-log", log.hashes});
  if (!log.events.empty()) {
    words.insert(words.end(), {"--event-log", log.events, "--event-log-from",
                               absl::StrCat(log.from), "--event-log-to", absl::StrCat(log.to)});
  }
  return words;
}

}  // namespace

absl::Status EventLogWriter::attach(const EventLog& log, sim::ExperimentOptions& options,
                                    EventLogWriter& writer) {
  writer.log_ = log;
  if (!log.hashes.empty()) {
    writer.hashes_ = std::fopen(log.hashes.c_str(), "wb");
    if (writer.hashes_ == nullptr) {
      return absl::PermissionDeniedError(absl::StrCat(log.hashes, " cannot be written"));
    }
    options.on_hash = [&writer](std::uint64_t events, std::uint64_t hash) {
      if (events % kHashEvery == 0) std::fwrite(&hash, sizeof(hash), 1, writer.hashes_);
    };
  }
  if (!log.events.empty()) {
    writer.events_ = std::fopen(log.events.c_str(), "w");
    if (writer.events_ == nullptr) {
      return absl::PermissionDeniedError(absl::StrCat(log.events, " cannot be written"));
    }
    options.observer = &writer;
  }
  return absl::OkStatus();
}

EventLogWriter::~EventLogWriter() {
  if (hashes_ != nullptr) std::fclose(hashes_);
  if (events_ != nullptr) std::fclose(events_);
}

absl::Status EventLogWriter::close(std::uint64_t event_hash) {
  absl::Status status;
  if (std::FILE* const file = std::exchange(hashes_, nullptr); file != nullptr) {
    std::fwrite(&event_hash, sizeof(event_hash), 1, file);
    const bool failed = std::ferror(file) != 0;
    if (std::fclose(file) != 0 || failed) status.Update(failure(log_.hashes));
  }
  if (std::FILE* const file = std::exchange(events_, nullptr); file != nullptr) {
    const bool failed = std::ferror(file) != 0;
    if (std::fclose(file) != 0 || failed) status.Update(failure(log_.events));
  }
  return status;
}

absl::Status EventLogWriter::failure(const std::string& file) {
  return absl::DataLossError(absl::StrCat(file, " could not be written: is the disk full?"));
}

void EventLogWriter::on_event(const Event& event) {
  if (simulator_ == nullptr || simulator_->events() < log_.from || simulator_->events() > log_.to) {
    return;
  }
  std::string line =
      absl::StrCat("event ", simulator_->events(), " at ", to_string(event.time - Time{}), ": ",
                   std::string(to_string(event.kind)), " ", simulator_->name_of(event.actor));
  if (event.peer) absl::StrAppend(&line, " with ", simulator_->name_of(event.peer));
  if (event.method != nullptr) absl::StrAppend(&line, " ", event.method->full_name());
  if (!event.status.ok()) absl::StrAppend(&line, " ", to_string(event.status));
  std::fprintf(events_, "%s\n", line.c_str());
}

absl::Status verify_against(const std::string& file, const std::vector<std::string>& words,
                            const TemporaryFolder& folder) {
  const std::string other = folder.file("hashes1");
  if (absl::Status status = run_self(with_log(words, {.hashes = other})); !status.ok()) {
    return status;
  }
  absl::StatusOr<std::vector<std::uint64_t>> hashes[2] = {read_hashes(file), read_hashes(other)};
  for (const auto& read : hashes) {
    if (!read.ok()) return read.status();
  }
  if (*hashes[0] == *hashes[1]) return absl::OkStatus();

  std::size_t block = 0;
  while (block < hashes[0]->size() && block < hashes[1]->size() &&
         (*hashes[0])[block] == (*hashes[1])[block]) {
    ++block;
  }
  std::vector<std::string> lines[2];
  for (int run = 0; run < 2; ++run) {
    const EventLog log = {.events = folder.file(absl::StrCat("events", run)),
                          .from = block * kHashEvery,
                          .to = (block + 1) * kHashEvery};
    if (absl::Status status = run_self(with_log(words, log)); !status.ok()) return status;
    lines[run] = read_lines(log.events);
  }
  std::size_t at = 0;
  while (at < lines[0].size() && at < lines[1].size() && lines[0][at] == lines[1][at]) ++at;
  auto line_at = [&](int run) {
    return at < lines[run].size() ? lines[run][at] : std::string("nothing any more");
  };
  const bool seen_again = lines[0] != lines[1];
  return absl::DataLossError(absl::StrCat(
      "two runs with the same seed differ, first between event ", block * kHashEvery, " and ",
      (block + 1) * kHashEvery,
      seen_again ? absl::StrCat("\n  one run:     ", line_at(0), "\n  the other:   ", line_at(1))
                 : "; two more runs, which were to show the event, did not differ there",
      "\nAn actor takes something from outside the simulation: the clock, another source of "
      "randomness, the order of an unordered container, an address."));
}

}  // namespace troupe::cli
