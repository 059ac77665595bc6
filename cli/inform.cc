// Standard error, and Ctrl-C.
#include "cli/inform.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace troupe::cli {
namespace {

volatile std::sig_atomic_t interrupts = 0;

extern "C" void on_interrupt(int) {
  if (interrupts > 0) _exit(kInterrupted);
  interrupts = 1;
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
  struct sigaction action = {};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return interrupts > 0; }

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
