// A run in a process of its own, watched by the process that has forked it off.
//
// An algorithm may do anything to its process: crash it, end it with exit(0), never give back
// control, take all memory. So nothing that the process of a run says about its own end is needed:
// the watching process knows how far the run has come from memory that both share, and knows that
// the run has come to its end only where it was told so.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace troupe::sim {
class Simulator;
}

namespace troupe::cli {

// What the process of a run shares with the process that watches it.
struct RunState {
  std::atomic<std::int64_t> virtual_time{0};  // nanoseconds: where the run was last seen
  std::atomic<std::uint64_t> events{0};       // that had happened by then
  std::atomic<bool> has_begun{false};         // there is a simulator
  std::atomic<bool> has_ended{false};         // the run has said all that it had to say
  std::atomic<bool> has_heard{false};         // the run knows that it is to end early
  std::atomic<bool> out_of_memory{false};
  // The method that was at work when the run was ended, "Node.stabilize", and its host's number.
  char method[128] = {};
  std::int64_t host = -1;
};

// The shared memory of one run.
class SharedState {
 public:
  SharedState();
  ~SharedState();
  SharedState(const SharedState&) = delete;
  SharedState& operator=(const SharedState&) = delete;
  bool ok() const { return state_ != nullptr; }
  RunState& operator*() const { return *state_; }
  RunState* operator->() const { return state_; }

 private:
  RunState* state_ = nullptr;
};

// The signal with which a process that watches tells a run to say where it is and to end.
inline constexpr int kStopSignal = SIGALRM;

// For the process of a run, at its beginning: from now on `state` says where the run is when it
// ends, however it ends, except by SIGKILL and by _exit(). The state must outlive the process.
void guard_this_process(RunState& state);
// The simulator of the run, from here to the end of this object's life.
class GuardedSimulator {
 public:
  explicit GuardedSimulator(const sim::Simulator& simulator);
  ~GuardedSimulator();
  GuardedSimulator(const GuardedSimulator&) = delete;
  GuardedSimulator& operator=(const GuardedSimulator&) = delete;
};
// Where the guarded run is now; may be called as often as one likes.
void tell_guard(std::chrono::nanoseconds virtual_time, std::uint64_t events);
// The run is over, or has been asked to end early and does.
void tell_guard_that_it_ends();

// How a process that was watched has ended.
struct Ending {
  enum class Kind : std::uint8_t {
    kReturned,     // it has done its work; `code` is what it returned
    kExited,       // it has ended itself before that; `code` is its exit code
    kSignalled,    // a signal has ended it; `code` is the signal
    kTimedOut,     // it was stopped since it had run for too long
    kUnheard,      // it was stopped since it did not react to Ctrl-C
    kOutOfMemory,  // it had no memory left
  };
  Kind kind = Kind::kReturned;
  int code = 0;
};

// What `status` of waitpid() and the state say.
Ending ending_of(int status, const RunState& state, bool timed_out);

// "passed" is never given: "crashed", "killed", "timed out" or "out of memory".
std::string status_of(const Ending& ending);
// How the run has ended and where it was then: "the process was ended by a signal: Aborted, at the
// virtual time 3s". `at_most` is the limit that a run has that was stopped for it.
std::string describe(const Ending& ending, const RunState& state, std::chrono::nanoseconds at_most);

// Runs `work` in a process of its own and waits for it. Ctrl-C and other signals that ask this
// process to end are handed on, and so is the end of the time `at_most` (zero: there is no limit).
// A run that has not heard of it within a second is stopped.
absl::StatusOr<Ending> run_guarded(const std::function<int()>& work, RunState& state,
                                   std::chrono::nanoseconds at_most);

// Whether a debugger watches this process, which would not see what a child does.
bool is_debugged();

}  // namespace troupe::cli
