// Process: a program that a test starts, stops, kills and starts again. Nothing that it does takes
// for ever, and nothing is left behind, however the test ends.
//
//   Process host({host_program, "--listen=127.0.0.1:0"});
//   absl::StatusOr<std::string> address = host.line();   // the first line that it prints
//   host.kill();                                         // as the machine's end would be
//   host.start();                                        // the same command again
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/time.h"

namespace troupe::remote_test {

// Far beyond what anything takes here.
inline constexpr Duration kPatience = std::chrono::seconds(60);

class Process {
 public:
  // Starts it. The first word is the program, looked for on PATH where it has no slash.
  explicit Process(std::vector<std::string> command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Starts it again, after its end.
  void start();
  void start(std::vector<std::string> command);

  // The next line of what it prints, or has printed before its end. DEADLINE_EXCEEDED, or
  // UNAVAILABLE where it has ended; both with what it wrote to standard error.
  absl::StatusOr<std::string> line(Duration within = kPatience);

  // Sends it a line.
  void tell(const std::string& text);

  // SIGKILL. When this returns, it has ended.
  void kill();
  // SIGSTOP and SIGCONT. When pause() returns, it stands still.
  void pause();
  void resume();
  // SIGTERM, and its exit code; -1 where it did not end in time (and is killed), or by a signal.
  int terminate(Duration within = kPatience);

  bool is_running() const { return process_ != 0; }
  pid_t pid() const { return process_; }
  // All that it has written to standard error, since the first start.
  std::string errors() const;

 private:
  void note_end();
  // False where nothing has come in time, or nothing will come.
  bool read_some(int milliseconds);

  std::vector<std::string> command_;
  pid_t process_ = 0;
  int output_ = -1;  // that it writes and this reads
  int input_ = -1;
  int errors_ = -1;      // a file without a name
  std::string printed_;  // and not yet asked for
};

}  // namespace troupe::remote_test
