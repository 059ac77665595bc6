// Starting, watching and ending processes.
#include "tests/remote/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace troupe::remote_test {
namespace {

using Clock = std::chrono::steady_clock;

int must(int result, const char* what) {
  if (result < 0) {
    std::perror(what);
    std::abort();
  }
  return result;
}

}  // namespace

Process::Process(std::vector<std::string> command)
    : command_(std::move(command)), errors_(must(memfd_create("errors", MFD_CLOEXEC), "memfd")) {
  start();
}

Process::~Process() {
  kill();
  close(errors_);
}

void Process::start(std::vector<std::string> command) {
  command_ = std::move(command);
  start();
}

void Process::start() {
  if (is_running()) std::abort();
  std::array<int, 2> output{};
  std::array<int, 2> input{};
  must(pipe2(output.data(), O_CLOEXEC), "pipe");
  must(pipe2(input.data(), O_CLOEXEC), "pipe");
  std::vector<char*> words;
  for (std::string& word : command_) words.push_back(word.data());
  words.push_back(nullptr);
  const pid_t parent = getpid();
  process_ = must(fork(), "fork");
  if (process_ == 0) {
    // Other threads may hold any lock: nothing but system calls from here on.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    dup2(errors_, STDERR_FILENO);
    execvp(words[0], words.data());
    _exit(127);
  }
  close(output[1]);
  close(input[0]);
  output_ = output[0];
  input_ = input[1];
  printed_.clear();
}

absl::StatusOr<std::string> Process::line(Duration within) {
  const Clock::time_point end = Clock::now() + within;
  for (;;) {
    if (const std::size_t length = printed_.find('\n'); length != std::string::npos) {
      std::string first = printed_.substr(0, length);
      printed_.erase(0, length + 1);
      return first;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (output_ >= 0 && left > 0 && read_some(static_cast<int>(left))) continue;
    const std::string command = absl::StrJoin(command_, " ");
    if (output_ >= 0 && Clock::now() >= end) {
      return absl::DeadlineExceededError(
          absl::StrCat(command, " printed no line in time\n", errors()));
    }
    return absl::UnavailableError(absl::StrCat(command, " has ended\n", errors()));
  }
}

void Process::tell(const std::string& text) {
  const std::string line = text + "\n";
  // It may have ended: then nobody reads.
  const auto before = signal(SIGPIPE, SIG_IGN);
  [[maybe_unused]] const ssize_t written = write(input_, line.data(), line.size());
  signal(SIGPIPE, before);
}

void Process::kill() {
  if (!is_running()) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  note_end();
}

void Process::note_end() {
  process_ = 0;
  while (read_some(/*milliseconds=*/0)) {
  }
  close(std::exchange(output_, -1));
  close(std::exchange(input_, -1));
}

bool Process::read_some(int milliseconds) {
  pollfd ready = {output_, POLLIN, 0};
  if (poll(&ready, 1, milliseconds) != 1) return false;
  std::array<char, 4096> bytes{};
  const ssize_t count = read(output_, bytes.data(), bytes.size());
  if (count <= 0) return false;
  printed_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

void Process::pause() {
  ::kill(process_, SIGSTOP);
  waitpid(process_, nullptr, WUNTRACED);
}

void Process::resume() { ::kill(process_, SIGCONT); }

int Process::terminate(Duration within) {
  if (!is_running()) return -1;
  ::kill(process_, SIGTERM);
  const Clock::time_point end = Clock::now() + within;
  while (Clock::now() < end) {
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) == process_) {
      note_end();
      return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  kill();
  return -1;
}

std::string Process::errors() const {
  std::string text;
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t count =
        pread(errors_, bytes.data(), bytes.size(), static_cast<off_t>(text.size()));
    if (count <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace troupe::remote_test
