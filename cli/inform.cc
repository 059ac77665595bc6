// Standard error, standard output and Ctrl-C.
#include "cli/inform.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace troupe::cli {
namespace {

volatile std::sig_atomic_t interrupts = 0;
volatile std::sig_atomic_t first_signal = 0;
volatile std::sig_atomic_t patience = 2;  // interrupts that do not end the program

constexpr int kInterruptSignals[] = {SIGINT, SIGTERM, SIGHUP};

extern "C" void on_interrupt(int signal) {
  if (interrupts >= patience) _exit(128 + signal);
  if (interrupts == 0) first_signal = signal;
  interrupts = interrupts + 1;
}

}  // namespace

int wrong_input(const std::string& message) {
  std::fprintf(stderr, "troupe: %s\n", message.c_str());
  return kWrongInput;
}

void print(const std::vector<scenario::Diagnostic>& diagnostics, const std::string& kind) {
  constexpr std::size_t kMost = 200;
  for (std::size_t i = 0; i < std::min(kMost, diagnostics.size()); ++i) {
    std::fprintf(stderr, "%s%s\n", kind.c_str(), scenario::to_string(diagnostics[i]).c_str());
  }
  if (diagnostics.size() > kMost) {
    std::fprintf(stderr, "and %zu more\n", diagnostics.size() - kMost);
  }
}

void watch_for_interrupt() {
  for (const int signal : kInterruptSignals) {
    struct sigaction old = {};
    sigaction(signal, nullptr, &old);
    if (signal == SIGHUP && old.sa_handler == SIG_IGN) continue;  // as nohup wants it
    struct sigaction action = {};
    action.sa_handler = on_interrupt;
    sigaction(signal, &action, nullptr);
  }
}

bool interrupted() { return interrupts > 0; }

int interrupts_so_far() { return interrupts; }

int interrupted_exit_code() { return interrupts > 0 ? 128 + first_signal : kInterrupted; }

void leave_second_interrupt_to_parent() {
  patience = std::numeric_limits<std::sig_atomic_t>::max();
}

void die_of_interrupts() {
  for (const int signal : kInterruptSignals) {
    struct sigaction old = {};
    sigaction(signal, nullptr, &old);
    if (old.sa_handler == on_interrupt) std::signal(signal, SIG_DFL);
  }
}

void open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // What is opened takes the lowest free descriptor. Nothing can be written there, and so it is
    // noticed that standard output is closed.
    static_cast<void>(open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY));
  }
}

int finish_output(int exit_code) {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  if (flushed && std::ferror(stdout) == 0) return exit_code;
  static bool told = false;
  if (!std::exchange(told, true)) {
    std::fprintf(stderr, "troupe: standard output could not be written%s%s\n",
                 errno == 0 ? "" : ": ", errno == 0 ? "" : std::strerror(errno));
  }
  return kWrongInput;
}

ProgressLine::ProgressLine(bool wanted)
    : on_(wanted && isatty(STDERR_FILENO) == 1), last_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::clear() {
  if (std::exchange(shown_, false)) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(const sim::Progress& progress) {
  if (!on_) return;
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::duration<double> since = now - last_;
  if (since.count() < 0.2) return;
  const double rate = static_cast<double>(progress.events - last_events_) / since.count();
  last_ = now;
  last_events_ = progress.events;
  shown_ = true;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(progress.virtual_time);
  std::fprintf(
      stderr, "\r\033[K%s",
      absl::StrFormat("phase %d/%d %s  %s virtual  %.1f M events, %.2f M/s", progress.phase_number,
                      progress.phases, progress.phase, to_string(Duration(seconds)),
                      static_cast<double>(progress.events) / 1e6, rate / 1e6)
          .c_str());
  std::fflush(stderr);
}

}  // namespace troupe::cli
