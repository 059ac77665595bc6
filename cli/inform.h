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
inline constexpr int kInterrupted = 130;  // by Ctrl-C; 128 and the signal's number for others

// "troupe: message", and gives kWrongInput.
int wrong_input(const std::string& message);

// One line each; the first few hundred.
void print(const std::vector<scenario::Diagnostic>& diagnostics, const std::string& kind);

// From now on Ctrl-C, SIGTERM and SIGHUP are only counted. The third one ends the program at once.
void watch_for_interrupt();
bool interrupted();
// How many there were.
int interrupts_so_far();
// 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
int interrupted_exit_code();
// For a process that another one watches: it only counts, and the other one does the rest.
void leave_second_interrupt_to_parent();
// For a process that may be ended at any moment: a signal does that.
void die_of_interrupts();

// Makes sure that the descriptors 0, 1 and 2 are not given to files: what is printed would go
// there.
void open_standard_streams();
// Writes what standard output still holds. Where that fails, now or before, says so and gives
// kWrongInput; otherwise gives `exit_code`.
int finish_output(int exit_code);

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
