// fork() and exec(), with both outputs read until they end.
#include "cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/inform.h"

namespace troupe::cli {
namespace {

constexpr int kNotFound = 127;

// Reads what comes until both ends are closed; false where that takes too long, or where this
// program is interrupted and nobody needs the rest.
bool read_both(const int (&pipes)[2], Finished& finished, std::chrono::milliseconds deadline,
               bool needed) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  std::string* const texts[2] = {&finished.output, &finished.errors};
  bool open[2] = {true, true};
  while (open[0] || open[1]) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || (interrupted() && !needed)) return false;
    pollfd waiting[2] = {{open[0] ? pipes[0] : -1, POLLIN, 0},
                         {open[1] ? pipes[1] : -1, POLLIN, 0}};
    poll(waiting, 2, static_cast<int>(std::min<std::int64_t>(left.count(), 200)));
    for (int i = 0; i < 2; ++i) {
      if (waiting[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t n = read(pipes[i], buffer, sizeof(buffer));
      if (n > 0) texts[i]->append(buffer, static_cast<std::size_t>(n));
      if (n == 0 || (n < 0 && errno != EINTR)) open[i] = false;
    }
  }
  return true;
}

}  // namespace

bool is_installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::stringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

absl::StatusOr<Finished> run_program(const std::vector<std::string>& words,
                                     const std::string& folder, std::chrono::milliseconds deadline,
                                     bool needed) {
  int output[2];
  int errors[2];
  if (pipe2(output, O_CLOEXEC) != 0) return absl::ResourceExhaustedError("no more pipes");
  if (pipe2(errors, O_CLOEXEC) != 0) {
    close(output[0]);
    close(output[1]);
    return absl::ResourceExhaustedError("no more pipes");
  }
  std::vector<std::string> owned = words;
  std::vector<char*> arguments;
  for (std::string& word : owned) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    // Ctrl-C on a terminal goes to all of its processes; what becomes of this one is decided here.
    std::signal(SIGINT, SIG_IGN);
    if (!needed) prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    dup2(errors[1], STDERR_FILENO);
    if (folder.empty() || chdir(folder.c_str()) == 0) execvp(arguments[0], arguments.data());
    _exit(kNotFound);
  }
  close(output[1]);
  close(errors[1]);
  Finished finished;
  bool in_time = true;
  if (child > 0) in_time = read_both({output[0], errors[0]}, finished, deadline, needed);
  close(output[0]);
  close(errors[0]);
  if (child < 0) return absl::ResourceExhaustedError("no more processes");
  if (!in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time && interrupted() && !needed) {
    return absl::CancelledError(absl::StrCat(words[0], " was interrupted"));
  }
  if (!in_time) {
    return absl::DeadlineExceededError(absl::StrCat(words[0], " does not come to an end"));
  }
  if (WIFSIGNALED(status)) {
    return absl::AbortedError(
        absl::StrCat(words[0], " was ended by a signal: ", strsignal(WTERMSIG(status))));
  }
  finished.exit_code = WEXITSTATUS(status);
  if (finished.exit_code == kNotFound && !is_installed(words[0])) {
    return absl::NotFoundError(absl::StrCat(words[0], " is not installed"));
  }
  return finished;
}

std::string shell_quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789_-+=./:,%@") == std::string::npos;
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

TemporaryFolder::TemporaryFolder() {
  // Not temp_directory_path(), which does not say where it has looked.
  const char* const wanted = std::getenv("TMPDIR");
  const std::string parent = wanted == nullptr || *wanted == '\0' ? "/tmp" : wanted;
  std::string name = (std::filesystem::path(parent) / "troupe-XXXXXX").string();
  if (mkdtemp(name.data()) != nullptr) {
    path_ = std::filesystem::absolute(name).string();
  } else {
    status_ = absl::PermissionDeniedError(absl::StrCat(
        "no temporary folder can be made in ", parent, ": ", std::generic_category().message(errno),
        "; the environment variable TMPDIR may name another place"));
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace troupe::cli
