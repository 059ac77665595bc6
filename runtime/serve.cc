// Signals, through a pipe: a handler may do hardly more than write to one.
#include "runtime/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace troupe {

namespace {

// The pipe lives as long as the process: a handler may run on in another thread for a while.
// Atomic, since the handler reads it: that needs no lock.
std::atomic<int> write_end = -1;
static_assert(std::atomic<int>::is_always_lock_free);

int make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    std::perror("troupe: serve() needs a pipe");
    std::abort();
  }
  write_end = ends[1];
  return ends[0];
}

int read_end() {
  static const int kReadEnd = make_pipe();
  return kReadEnd;
}

void on_signal(int) {
  const int before = errno;
  const char byte = 0;
  static_cast<void>(!write(write_end, &byte, 1));
  errno = before;
}

constexpr std::array<int, 2> kSignals = {SIGINT, SIGTERM};

}  // namespace

StopSignals::StopSignals() {
  char byte = 0;
  while (read(read_end(), &byte, 1) == 1) {  // Of an earlier time.
  }
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

StopSignals::~StopSignals() { give_back(); }

bool StopSignals::have_come() { return wait_for(0); }

void StopSignals::wait() {
  while (!wait_for(-1)) {
  }
}

bool StopSignals::wait_for(int milliseconds) {
  if (come_) return true;
  pollfd readable = {.fd = read_end(), .events = POLLIN, .revents = 0};
  come_ = poll(&readable, 1, milliseconds) == 1;
  if (come_) give_back();
  return come_;
}

// The next signal is not ours.
void StopSignals::give_back() {
  if (std::exchange(given_back_, true)) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

std::vector<std::string> serve(ThreadRuntime& runtime, Duration stop_within,
                               const std::function<void()>& ready) {
  StopSignals signals;
  if (ready) ready();
  signals.wait();
  return runtime.shutdown(stop_within);
}

}  // namespace troupe
