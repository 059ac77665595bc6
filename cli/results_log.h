// The memory of a sweep that may be interrupted: a file that gets each result at once.
//
// One line a run, added by one write(): after a kill at any moment, all lines but perhaps the last
// are whole. Results of another program, scenario or sweep are not taken up, but set aside.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "cli/runs.h"

namespace troupe::cli {

// Of all that results depend on, besides the seed.
struct Fingerprint {
  std::string program;   // its bytes
  std::string scenario;  // the bytes of its files
  std::string changes;   // --set and other options

  std::string text() const { return program + " " + scenario + " " + changes; }
};

class ResultsLog {
 public:
  ResultsLog(std::string path, Fingerprint fingerprint);
  ~ResultsLog();
  ResultsLog(const ResultsLog&) = delete;
  ResultsLog& operator=(const ResultsLog&) = delete;

  // Opens the file, adds what is in it and fits the plan to `results`, and locks it against others.
  // What cannot be used is kept in another file, and `told` says so to the user; else it is empty.
  absl::Status open(const Plan& plan, Results& results, std::string& told);
  absl::Status append(const Run& run, const RunResult& result);
  // The sweep is complete, and needs no memory any more.
  void remove();
  // Of a process that has been forked off: it has no business here.
  void close_copy();

  // Adds the whole lines of a file that another process writes.
  static void read(const std::string& path, const Fingerprint& fingerprint, const Plan& plan,
                   Results& results);

  const std::string& path() const { return path_; }

 private:
  // Moves what is in the file out of the way.
  absl::Status set_aside(const std::string& contents, std::string& told);

  std::string path_;
  Fingerprint fingerprint_;
  int file_ = -1;
};

// One result as a line, without its end.
std::string to_line(const Run& run, const RunResult& result);

}  // namespace troupe::cli
