// fork(), pipes and poll().
#include "cli/pool.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/inform.h"

namespace troupe::cli {
namespace {

// What a worker sends: 'r' and the result as in the log; 'e' and why no run is possible; nothing
// where it was interrupted.
constexpr char kResult = 'r';
constexpr char kError = 'e';

std::string work(const Plan& plan, const Run& run) {
  const absl::StatusOr<std::optional<RunResult>> result = run_one(plan, run);
  if (!result.ok()) {
    return absl::StrCat(std::string(1, kError), std::string(result.status().message()));
  }
  if (!result->has_value()) return "";
  return absl::StrCat(std::string(1, kResult), to_line(run, **result));
}

void write_all(int pipe, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = write(pipe, text.data() + written, text.size() - written);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) written += static_cast<std::size_t>(n);
  }
}

// The parts of to_line(). They are this very program's, so they need no distrust.
RunResult result_of(const std::string& line) {
  const std::vector<std::string> parts = absl::StrSplit(line, '\t');
  return {.status = parts.at(2),
          .event_hash = parts.at(3),
          .cells = parts.at(4),
          .failure = parts.at(5)};
}

}  // namespace

absl::Status Pool::run(RunSource& source) {
  absl::Status status;
  bool told = false;
  while (true) {
    // Ctrl-C reaches the workers by itself; a signal to this process alone does not.
    if (interrupted() && !told) {
      for (const Worker& worker : workers_) kill(worker.process, SIGINT);
      told = true;
    }
    while (status.ok() && !interrupted() && workers_.size() < static_cast<std::size_t>(jobs_)) {
      const std::optional<Run> run = source.next();
      if (!run) break;
      status = start(*run);
    }
    if (workers_.empty()) return status;
    if (absl::Status collected = collect(source); status.ok()) status = collected;
    stop_what_cannot_count(source);
    if (on_progress) on_progress(time_left(source));
  }
}

absl::Status Pool::start(const Run& run) {
  int ends[2];
  if (pipe(ends) != 0) return absl::ResourceExhaustedError("no more pipes");
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return absl::ResourceExhaustedError("no more processes");
  }
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);  // It was gone before.
    close(ends[0]);
    log_.close_copy();
    write_all(ends[1], work(plan_, run));
    _exit(0);
  }
  close(ends[1]);
  workers_.push_back({run, child, ends[0], {}, Clock::now()});
  return absl::OkStatus();
}

// Waits for output of some worker; takes the results of those that have ended.
absl::Status Pool::collect(RunSource& source) {
  std::vector<pollfd> pipes;
  for (const Worker& worker : workers_) pipes.push_back({worker.pipe, POLLIN, 0});
  poll(pipes.data(), pipes.size(), 500);
  absl::Status status;
  for (std::size_t i = workers_.size(); i-- > 0;) {
    if (pipes[i].revents == 0) continue;
    Worker& worker = workers_[i];
    char buffer[4096];
    const ssize_t n = read(worker.pipe, buffer, sizeof(buffer));
    if (n > 0) {
      worker.output.append(buffer, static_cast<std::size_t>(n));
    } else if (n == 0 || errno != EINTR) {
      const Worker ended = std::move(worker);
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
      if (absl::Status result = end(ended, source); !result.ok()) status = result;
    }
  }
  return status;
}

absl::Status Pool::end(const Worker& worker, RunSource& source) {
  close(worker.pipe);
  int status = 0;
  while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
  }
  if (!source.may_count(worker.run)) return absl::OkStatus();
  RunResult result;
  const bool died = WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0);
  if (died && interrupted()) return absl::OkStatus();  // Whoever ended it ends this, too.
  if (died) {
    result.status = "crashed";
    result.failure = WIFSIGNALED(status)
                         ? absl::StrCat("the process died: ", strsignal(WTERMSIG(status)))
                         : absl::StrCat("the process ended with exit code ", WEXITSTATUS(status));
  } else if (worker.output.empty()) {
    return absl::OkStatus();  // interrupted
  } else if (worker.output[0] == kError) {
    return absl::InvalidArgumentError(worker.output.substr(1));
  } else {
    result = result_of(worker.output.substr(1));
  }
  Spent& spent = spent_[worker.run.point];
  spent.time += Clock::now() - worker.begin;
  ++spent.runs;
  absl::Status written = log_.append(worker.run, result);
  source.add(worker.run, std::move(result));
  return written;
}

void Pool::stop_what_cannot_count(const RunSource& source) {
  for (const Worker& worker : workers_) {
    if (!source.may_count(worker.run)) kill(worker.process, SIGKILL);
  }
}

std::optional<std::chrono::duration<double>> Pool::time_left(const RunSource& source) const {
  Spent all;
  for (const auto& [point, spent] : spent_) {
    all.time += spent.time;
    all.runs += spent.runs;
  }
  if (all.runs == 0) return std::nullopt;
  std::chrono::duration<double> left{};
  for (std::size_t i = 0; i < plan_.points.size(); ++i) {
    const auto known = spent_.find(i);
    const Spent& spent = known == spent_.end() ? all : known->second;
    left += spent.time / static_cast<double>(spent.runs) * static_cast<double>(source.left(i));
  }
  for (const Worker& worker : workers_) left -= Clock::now() - worker.begin;
  return std::max(left, std::chrono::duration<double>{}) / jobs_;
}

}  // namespace troupe::cli
