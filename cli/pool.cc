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

constexpr auto kLongestPause = std::chrono::milliseconds(500);
// For a run that was told to stop.
constexpr auto kGrace = std::chrono::seconds(1);

void write_all(int pipe, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = write(pipe, text.data() + written, text.size() - written);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) written += static_cast<std::size_t>(n);
  }
}

// The parts of to_line(); nothing where the line is not whole.
std::optional<RunResult> result_of(const std::string& line) {
  const std::vector<std::string> parts = absl::StrSplit(line, '\t');
  if (parts.size() != 6) return std::nullopt;
  return RunResult{
      .status = parts[2], .event_hash = parts[3], .cells = parts[4], .failure = parts[5]};
}

}  // namespace

absl::Status Pool::run(RunSource& source) {
  absl::Status status;
  while (true) {
    // What they would find out is not used any more.
    if (interrupted() || !status.ok()) {
      for (const Worker& worker : workers_) kill(worker.process, SIGKILL);
    }
    while (status.ok() && !interrupted() && workers_.size() < static_cast<std::size_t>(jobs_)) {
      const std::optional<Run> run = next(source);
      if (!run) break;
      status = start(*run);
      if (!status.ok() && !workers_.empty()) {
        // So many processes are not to be had; when one has ended, there may be another.
        once_more_.push_back(*run);
        status = absl::OkStatus();
        break;
      }
    }
    if (workers_.empty()) return status;
    if (absl::Status collected = collect(source); status.ok()) status = collected;
    stop_what_cannot_count(source);
    stop_what_takes_too_long();
    if (on_progress) on_progress(time_left(source));
  }
}

std::optional<Run> Pool::next(RunSource& source) {
  while (!once_more_.empty()) {
    const Run run = once_more_.back();
    once_more_.pop_back();
    if (source.may_count(run)) return run;
  }
  return source.next();
}

absl::Status Pool::start(const Run& run) {
  auto state = std::make_unique<SharedState>();
  int ends[2];
  if (!state->ok() || pipe(ends) != 0) return absl::ResourceExhaustedError("no more pipes");
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
    die_of_interrupts();
    guard_this_process(**state);
    write_all(ends[1], to_line(run, run_one(plan_, run)));
    (*state)->has_ended = true;
    _exit(0);
  }
  close(ends[1]);
  workers_.push_back({.run = run,
                      .process = child,
                      .pipe = ends[0],
                      .output = {},
                      .begin = Clock::now(),
                      .state = std::move(state)});
  return absl::OkStatus();
}

std::chrono::milliseconds Pool::longest_pause() const {
  Clock::duration pause = kLongestPause;
  for (const Worker& worker : workers_) {
    if (worker.output_ended) pause = std::min<Clock::duration>(pause, std::chrono::milliseconds(5));
    if (plan_.run_at_most == Duration::zero() || worker.killed) continue;
    const auto end = worker.begin + plan_.run_at_most + (worker.timed_out ? kGrace : kGrace * 0);
    pause = std::min(pause, std::max(end - Clock::now(), Clock::duration::zero()));
  }
  return std::chrono::ceil<std::chrono::milliseconds>(pause);
}

// Waits for output of some worker, or for the time of the next look at them; takes the results of
// those that have ended.
absl::Status Pool::collect(RunSource& source) {
  std::vector<pollfd> pipes;
  for (const Worker& worker : workers_) {
    pipes.push_back({worker.output_ended ? -1 : worker.pipe, POLLIN, 0});
  }
  poll(pipes.data(), pipes.size(), static_cast<int>(longest_pause().count()));
  absl::Status status;
  for (std::size_t i = workers_.size(); i-- > 0;) {
    Worker& worker = workers_[i];
    if (pipes[i].revents != 0) {
      char buffer[4096];
      const ssize_t n = read(worker.pipe, buffer, sizeof(buffer));
      if (n > 0) worker.output.append(buffer, static_cast<std::size_t>(n));
      if (n == 0 || (n < 0 && errno != EINTR)) worker.output_ended = true;
      if (n > 0) continue;  // There may be more.
    }
    // A process that the run has started may keep the pipe open for longer than the run lives.
    int ended = 0;
    if (waitpid(worker.process, &ended, WNOHANG) != worker.process) continue;
    Worker gone = std::move(worker);
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    pollfd rest = {gone.pipe, POLLIN, 0};
    char buffer[4096];
    while (!gone.output_ended && poll(&rest, 1, 0) > 0) {
      const ssize_t n = read(gone.pipe, buffer, sizeof(buffer));
      if (n <= 0) break;
      gone.output.append(buffer, static_cast<std::size_t>(n));
    }
    if (absl::Status result = end(gone, ended, source); !result.ok()) status = result;
  }
  return status;
}

absl::Status Pool::end(const Worker& worker, int status, RunSource& source) {
  close(worker.pipe);
  const RunState& state = **worker.state;
  if (!source.may_count(worker.run)) return absl::OkStatus();
  RunResult result;
  const std::optional<RunResult> whole = state.has_ended ? result_of(worker.output) : std::nullopt;
  if (whole) {
    result = *whole;
  } else if (interrupted()) {
    return absl::OkStatus();
  } else {
    const Ending ending = ending_of(status, state, worker.timed_out);
    result.status = status_of(ending);
    result.failure = describe(ending, state, plan_.run_at_most);
    if (result.status == "killed" && tried_again_.insert(worker.run).second) {
      once_more_.push_back(worker.run);
      return absl::OkStatus();
    }
  }
  Spent& spent = spent_[worker.run.point];
  spent.time += Clock::now() - worker.begin;
  ++spent.runs;
  absl::Status written = log_.append(worker.run, result);
  source.add(worker.run, std::move(result));
  return written;
}

void Pool::stop_what_takes_too_long() {
  if (plan_.run_at_most == Duration::zero()) return;
  for (Worker& worker : workers_) {
    const Clock::duration since = Clock::now() - worker.begin;
    if (since >= plan_.run_at_most && !worker.timed_out) {
      worker.timed_out = true;
      kill(worker.process, kStopSignal);
    } else if (since >= plan_.run_at_most + kGrace && !worker.killed) {
      worker.killed = true;
      kill(worker.process, SIGKILL);
    }
  }
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
