// Other programs, run to their end: gnuplot, sbatch.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace troupe::cli {

struct Finished {
  int exit_code = 0;
  std::string output;
  std::string errors;  // on standard error
};

// Whether a program of this name is on PATH.
bool is_installed(const std::string& program);

// Runs a program in `folder` (empty: here). NOT_FOUND where there is no such program,
// DEADLINE_EXCEEDED where it took longer and was killed, CANCELLED where it was killed since this
// program was interrupted, ABORTED where a signal ended it. One that is `needed` to clean up is not
// killed for an interrupt.
absl::StatusOr<Finished> run_program(const std::vector<std::string>& words,
                                     const std::string& folder, std::chrono::milliseconds deadline,
                                     bool needed = false);

// A word as a shell takes it.
std::string shell_quoted(const std::string& word);

// A folder of one's own that goes with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  bool ok() const { return status_.ok(); }
  // Why there is none.
  const absl::Status& status() const { return status_; }
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  absl::Status status_;
};

}  // namespace troupe::cli
