// Shared memory, signal handlers in the process of the run, and waitpid() in the other one.
#include "cli/guard.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "actor/actor.h"
#include "actor/time.h"
#include "cli/inform.h"
#include "sim/simulator.h"

namespace troupe::cli {
namespace {

using Clock = std::chrono::steady_clock;

// How long a run may take to react to a signal.
constexpr auto kGrace = std::chrono::seconds(1);
constexpr auto kLookEvery = std::chrono::milliseconds(100);

// What the signal handlers of a guarded process work with.
RunState* guarded_state = nullptr;
const sim::Simulator* guarded_simulator = nullptr;

// --- In the process of the run ------------------------------------------------------------------

// Writes down where the run is. Also called by signal handlers, so it takes no memory and no lock.
void write_down_where_it_is() {
  RunState* const state = guarded_state;
  if (state == nullptr || state->has_ended || guarded_simulator == nullptr) return;
  state->virtual_time = guarded_simulator->now().time_since_epoch().count();
  state->events = guarded_simulator->events();
  const internal::Activation* const activation = internal::current_activation;
  if (activation == nullptr || activation->method == nullptr || activation->actor == nullptr) {
    return;
  }
  std::size_t length = 0;
  for (const std::string_view part :
       {activation->method->actor, std::string_view("."), activation->method->name}) {
    const std::size_t most = std::min(part.size(), sizeof(state->method) - 1 - length);
    std::memcpy(state->method + length, part.data(), most);
    length += most;
  }
  state->method[length] = '\0';
  state->host = static_cast<std::int64_t>(activation->actor->id().host);
}

extern "C" void on_stop(int) {
  write_down_where_it_is();
  _exit(kCheckFailed);
}

extern "C" void on_fatal_signal(int signal) {
  write_down_where_it_is();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void on_out_of_memory() {
  write_down_where_it_is();
  if (guarded_state != nullptr) guarded_state->out_of_memory = true;
  _exit(kCheckFailed);
}

void watch_fatal_signals() {
  // A stack that has overflowed has no room for the handler.
  static char stack[64 * 1024];
  stack_t alternative = {};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof(stack);
  sigaltstack(&alternative, nullptr);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXFSZ, SIGXCPU}) {
    struct sigaction old = {};
    sigaction(signal, nullptr, &old);
    if (old.sa_handler != SIG_DFL) continue;  // A sanitizer has a use for it.
    struct sigaction action = {};
    action.sa_handler = on_fatal_signal;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigaction(signal, &action, nullptr);
  }
}

// --- In the process that watches ----------------------------------------------------------------

std::string where(const RunState& state) {
  if (!state.has_begun) return ", before its start";
  std::string text =
      absl::StrCat(", at the virtual time ",
                   to_string(Duration(std::chrono::nanoseconds(state.virtual_time.load()))));
  if (state.method[0] != '\0') {
    absl::StrAppend(&text, ", in ", state.method, " on n", state.host);
  }
  return text;
}

// A process that is watched until its end.
class Watched {
 public:
  Watched(pid_t process, int pipe, RunState& state, std::chrono::nanoseconds at_most)
      : process_(process), pipe_(pipe), state_(state) {
    if (at_most > at_most.zero()) deadline_ = Clock::now() + at_most;
  }

  Ending wait() {
    int status = 0;
    while (true) {
      const pid_t ended = waitpid(process_, &status, WNOHANG);
      if (ended == process_ || (ended < 0 && errno != EINTR)) break;
      hand_on_interrupts();
      look_at_clock();
      sleep();
    }
    Ending ending = ending_of(status, state_, timed_out_);
    if (was_stopped_ && !timed_out_) ending = {.kind = Ending::Kind::kUnheard, .code = 0};
    return ending;
  }

 private:
  void hand_on_interrupts() {
    const int count = interrupts_so_far();
    if (count == handed_on_) return;
    handed_on_ = count;
    if (count > 1) {
      was_stopped_ = true;
      kill(process_, SIGKILL);
      return;
    }
    ask_to_end();
  }

  void ask_to_end() {
    kill(process_, SIGINT);
    if (!hear_by_) hear_by_ = Clock::now() + kGrace;
  }

  void look_at_clock() {
    const Clock::time_point now = Clock::now();
    if (deadline_ && now >= *deadline_ && !timed_out_ && !hear_by_) {
      timed_out_ = true;
      ask_to_end();
    }
    if (stop_by_ && now >= *stop_by_) {
      kill(process_, SIGKILL);
      stop_by_.reset();
    } else if (hear_by_ && now >= *hear_by_ && !state_.has_heard && !was_stopped_) {
      was_stopped_ = true;
      kill(process_, kStopSignal);
      stop_by_ = now + kGrace;
    }
  }

  // Until the process ends, or it is time to look at it.
  void sleep() {
    pollfd waiting = {pipe_, POLLIN, 0};
    auto pause = kLookEvery;
    if (deadline_ && !timed_out_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now());
      pause = std::clamp(left, std::chrono::milliseconds(0), pause);
    }
    // Where the pipe is closed, the process ends right now, unless it only has closed the pipe.
    if (pipe_closed_) pause = std::min(pause, std::chrono::milliseconds(5));
    if (poll(&waiting, pipe_closed_ ? 0 : 1, static_cast<int>(pause.count())) > 0) {
      pipe_closed_ = true;
    }
  }

  const pid_t process_;
  const int pipe_;
  RunState& state_;
  std::optional<Clock::time_point> deadline_;
  std::optional<Clock::time_point> hear_by_;
  std::optional<Clock::time_point> stop_by_;
  int handed_on_ = 0;
  bool timed_out_ = false;
  bool was_stopped_ = false;
  bool pipe_closed_ = false;
};

}  // namespace

SharedState::SharedState() {
  void* const memory =
      mmap(nullptr, sizeof(RunState), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) state_ = new (memory) RunState();
}

SharedState::~SharedState() {
  if (state_ != nullptr) munmap(state_, sizeof(RunState));
}

void guard_this_process(RunState& state) {
  guarded_state = &state;
  watch_fatal_signals();
  struct sigaction stop = {};
  stop.sa_handler = on_stop;
  sigaction(kStopSignal, &stop, nullptr);
  std::set_new_handler(on_out_of_memory);
  std::atexit(write_down_where_it_is);
  std::at_quick_exit(write_down_where_it_is);
}

GuardedSimulator::GuardedSimulator(const sim::Simulator& simulator) {
  guarded_simulator = &simulator;
  if (guarded_state != nullptr) guarded_state->has_begun = true;
}

GuardedSimulator::~GuardedSimulator() {
  write_down_where_it_is();
  guarded_simulator = nullptr;
}

void tell_guard(std::chrono::nanoseconds virtual_time, std::uint64_t events) {
  if (guarded_state == nullptr) return;
  guarded_state->virtual_time = virtual_time.count();
  guarded_state->events = events;
}

void tell_guard_that_it_ends() {
  if (guarded_state != nullptr) guarded_state->has_heard = true;
}

Ending ending_of(int status, const RunState& state, bool timed_out) {
  if (timed_out) return {.kind = Ending::Kind::kTimedOut, .code = 0};
  if (state.out_of_memory) return {.kind = Ending::Kind::kOutOfMemory, .code = 0};
  if (WIFSIGNALED(status)) {
    return {.kind = Ending::Kind::kSignalled, .code = WTERMSIG(status)};
  }
  return {.kind = state.has_ended ? Ending::Kind::kReturned : Ending::Kind::kExited,
          .code = WEXITSTATUS(status)};
}

std::string status_of(const Ending& ending) {
  switch (ending.kind) {
    case Ending::Kind::kTimedOut:
      return "timed out";
    case Ending::Kind::kOutOfMemory:
      return "out of memory";
    case Ending::Kind::kUnheard:
      return "killed";
    case Ending::Kind::kReturned:
    case Ending::Kind::kExited:
      return "crashed";
    case Ending::Kind::kSignalled:
      break;
  }
  // What others send: the kernel that needs memory, a scheduler, a person.
  for (const int signal : {SIGKILL, SIGTERM, SIGINT, SIGHUP}) {
    if (ending.code == signal) return "killed";
  }
  return "crashed";
}

std::string describe(const Ending& ending, const RunState& state,
                     std::chrono::nanoseconds at_most) {
  switch (ending.kind) {
    case Ending::Kind::kTimedOut:
      return absl::StrCat("the run took longer than ", to_string(Duration(at_most)),
                          " of real time, and was ended", where(state));
    case Ending::Kind::kUnheard:
      return absl::StrCat("the run did not react to the signal to end, and was ended",
                          where(state));
    case Ending::Kind::kOutOfMemory:
      return absl::StrCat("the process has no memory left", where(state));
    case Ending::Kind::kSignalled:
      return absl::StrCat("the process died: ", strsignal(ending.code),
                          status_of(ending) == "killed" ? "" : where(state));
    case Ending::Kind::kReturned:
    case Ending::Kind::kExited:
      break;
  }
  return absl::StrCat("the process ended itself with exit code ", ending.code,
                      " before the end of the run", where(state));
}

absl::StatusOr<Ending> run_guarded(const std::function<int()>& work, RunState& state,
                                   std::chrono::nanoseconds at_most) {
  int ends[2];
  if (pipe(ends) != 0) return absl::ResourceExhaustedError("no more pipes");
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return absl::ResourceExhaustedError("no more processes");
  }
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kCheckFailed);  // It was gone before.
    close(ends[0]);
    guard_this_process(state);
    leave_second_interrupt_to_parent();
    const int code = work();
    tell_guard_that_it_ends();
    std::fflush(nullptr);
    state.has_ended = true;
    std::exit(code);
  }
  close(ends[1]);
  const Ending ending = Watched(child, ends[0], state, at_most).wait();
  close(ends[0]);
  return ending;
}

bool is_debugged() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("TracerPid:")) return line.find_first_of("123456789") != std::string::npos;
  }
  return false;
}

}  // namespace troupe::cli
