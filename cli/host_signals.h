// HostSignals: what a host is told by signals: SIGINT and SIGTERM to stop, SIGHUP to look at its
// files again.
//
// Made before any other thread is, since threads inherit what they hear.
#pragma once

#include <array>
#include <csignal>
#include <functional>

namespace troupe::cli {

class HostSignals {
 public:
  // From now on none of them ends the process.
  HostSignals();
  HostSignals(const HostSignals&) = delete;
  HostSignals& operator=(const HostSignals&) = delete;

  // Called for each SIGHUP, while somebody asks or waits; nothing: it changes nothing.
  void on_hangup(std::function<void()> act) { on_hangup_ = std::move(act); }

  // Whether SIGINT or SIGTERM has come. A second one ends the process at once.
  bool have_come();
  // Returns when one has come.
  void wait();

 private:
  void note(int signal);

  sigset_t signals_{};
  std::function<void()> on_hangup_;
  bool come_ = false;
};

}  // namespace troupe::cli
