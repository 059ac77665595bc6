// Saying things to the person at the terminal: errors, warnings, progress. All on standard error.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "scenario/diagnostic.h"
#include "sim/experiment.h"

namespace troupe::cli {

inline constexpr int kAllHolds = 0;
inline constexpr int kCheckFailed = 1;
inline constexpr int kWrongInput = 2;
inline constexpr int kInterrupted = 130;

// "troupe: message", and gives kWrongInput.
int wrong_input(const std::string& message);

// One line each; the first few hundred.
void print(const std::vector<scenario::Diagnostic>& diagnostics, const std::string& kind);

// From now on Ctrl-C only sets a flag. A second one ends the program at once.
void watch_for_interrupt();
bool interrupted();

// One line that is written over and over, where standard error is a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(const sim::Progress& progress);
  void clear();

 private:
  bool shown_ = false;
  bool on_;
  std::chrono::steady_clock::time_point last_;
  std::uint64_t last_events_ = 0;
};

}  // namespace troupe::cli
