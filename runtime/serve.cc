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

void on_signal(int) {
  const int before = errno;
  const char byte = 0;
  static_cast<void>(!write(write_end, &byte, 1));
  errno = before;
}

constexpr std::array<int, 2> kSignals = {SIGINT, SIGTERM};

// Takes the two signals until the first of them has come; the next one is not ours.
void wait_for_signal(const std::function<void()>& ready) {
  static const int kReadEnd = make_pipe();
  char byte = 0;
  while (read(kReadEnd, &byte, 1) == 1) {  // Of an earlier time.
  }
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  std::array<struct sigaction, 2> before{};
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before[i]);
  if (ready) ready();
  pollfd readable = {.fd = kReadEnd, .events = POLLIN, .revents = 0};
  while (poll(&readable, 1, -1) != 1) {
  }
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before[i], nullptr);
}

}  // namespace

std::vector<std::string> serve(ThreadRuntime& runtime, Duration stop_within,
                               const std::function<void()>& ready) {
  wait_for_signal(ready);
  return runtime.shutdown(stop_within);
}

}  // namespace troupe
