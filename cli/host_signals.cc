// Signals that are blocked, and fetched.
#include "cli/host_signals.h"

#include <pthread.h>

#include <ctime>

namespace troupe::cli {

HostSignals::HostSignals() {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&signals_, signal);
    // One that is ignored, as under nohup, might not be kept until it is fetched.
    std::signal(signal, SIG_DFL);
  }
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

void HostSignals::note(int signal) {
  if (signal == SIGHUP) {
    if (on_hangup_) on_hangup_();
    return;
  }
  come_ = true;
  std::signal(SIGHUP, SIG_IGN);
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

bool HostSignals::have_come() {
  const timespec at_once = {};
  while (!come_) {
    const int signal = sigtimedwait(&signals_, nullptr, &at_once);
    if (signal < 0) break;
    note(signal);
  }
  return come_;
}

void HostSignals::wait() {
  while (!come_) {
    const int signal = sigwaitinfo(&signals_, nullptr);
    if (signal > 0) note(signal);
  }
}

}  // namespace troupe::cli
