// Two runs in two processes, and the first event in which they differ.
#include "cli/verify.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "actor/internal/method_info.h"
#include "cli/program.h"

extern char** environ;

namespace troupe::cli {
namespace {

// This program with these words, its output thrown away.
absl::Status run_self(const std::vector<std::string>& words) {
  std::vector<std::string> owned = {"troupe"};
  owned.insert(owned.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : owned) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error =
      posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::InternalError("a second process could not be started");
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
    return absl::AbortedError("the second run did not come to its end");
  }
  return absl::OkStatus();
}

std::vector<std::uint64_t> read_hashes(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::uint64_t> hashes;
  std::uint64_t hash = 0;
  while (in.read(reinterpret_cast<char*>(&hash), sizeof(hash))) hashes.push_back(hash);
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
      writer.last_hash_ = hash;
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
  if (hashes_ != nullptr) {
    std::fwrite(&last_hash_, sizeof(last_hash_), 1, hashes_);
    std::fclose(hashes_);
  }
  if (events_ != nullptr) std::fclose(events_);
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

absl::Status verify(const std::vector<std::string>& words) {
  const TemporaryFolder folder;
  if (!folder.ok()) return absl::PermissionDeniedError("no temporary folder could be made");
  std::vector<std::uint64_t> hashes[2];
  for (int run = 0; run < 2; ++run) {
    const std::string file = folder.file(absl::StrCat("hashes", run));
    if (absl::Status status = run_self(with_log(words, {.hashes = file})); !status.ok()) {
      return status;
    }
    hashes[run] = read_hashes(file);
  }
  if (hashes[0] == hashes[1]) return absl::OkStatus();

  std::size_t block = 0;
  while (block < hashes[0].size() && block < hashes[1].size() &&
         hashes[0][block] == hashes[1][block]) {
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
  return absl::DataLossError(absl::StrCat(
      "two runs with the same seed differ, first between event ", block * kHashEvery, " and ",
      (block + 1) * kHashEvery, "\n  one run:     ", line_at(0), "\n  the other:   ", line_at(1),
      "\nAn actor takes something from outside the simulation: the clock, another source of "
      "randomness, the order of an unordered container, an address."));
}

}  // namespace troupe::cli
