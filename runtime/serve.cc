// Signals, through a pipe: a handler may do hardly more than write to one.
#include "runtime/serve.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace troupe {

namespace {

// Read in a signal handler: which may do that, since it needs no lock.
std::atomic<int> write_end = -1;
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int) {
  const int before = errno;
  const char byte = 0;
  static_cast<void>(!write(write_end, &byte, 1));
  errno = before;
}

// Takes the two signals while it lives.
class Signals {
 public:
  Signals() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) {
      std::perror("troupe: serve() needs a pipe");
      std::abort();
    }
    write_end = ends_[1];
    struct sigaction action = {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], &action, &before_[i]);
    }
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    close(ends_[0]);
    close(ends_[1]);
  }

  void wait() {
    char byte = 0;
    while (read(ends_[0], &byte, 1) != 1) {
    }
    // The next one is not ours.
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], &before_[i], nullptr);
    }
  }

 private:
  static constexpr std::array<int, 2> kSignals = {SIGINT, SIGTERM};
  std::array<int, 2> ends_{};
  std::array<struct sigaction, 2> before_{};
};

}  // namespace

std::vector<std::string> serve(ThreadRuntime& runtime, Duration stop_within) {
  Signals signals;
  signals.wait();
  return runtime.shutdown(stop_within);
}

}  // namespace troupe
