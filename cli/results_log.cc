// Lines with tabs, and a lock.
#include "cli/results_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace troupe::cli {
namespace {

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

bool write_all(int file, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = write(file, text.data() + written, text.size() - written);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) written += static_cast<std::size_t>(n);
  }
  return true;
}

// A line to a result; false where it is none of this plan.
bool read_line(const std::string& line, const Plan& plan, Run& run, RunResult& result) {
  const std::vector<std::string> parts = absl::StrSplit(line, '\t');
  if (parts.size() != 6 || !absl::SimpleAtoi(parts[0], &run.point) ||
      !absl::SimpleAtoi(parts[1], &run.seed)) {
    return false;
  }
  if (run.point >= plan.points.size() || run.seed < plan.seeds.first ||
      run.seed > plan.seeds.last) {
    return false;
  }
  result = {.status = parts[2], .event_hash = parts[3], .cells = parts[4], .failure = parts[5]};
  if (result.status == "crashed") return true;
  return static_cast<std::size_t>(std::count(parts[4].begin(), parts[4].end(), ',')) + 1 ==
         plan.columns.size();
}

// Adds the results of whole lines, and gives where the last of them ends; 0 where the file is about
// something else.
std::size_t read_lines(const std::string& text, const std::string& first_line, const Plan& plan,
                       Results& results) {
  if (!text.starts_with(first_line)) return 0;
  std::size_t at = first_line.size();
  while (true) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) return at;
    Run run;
    RunResult result;
    if (read_line(text.substr(at, end - at), plan, run, result)) {
      results.insert_or_assign(run, std::move(result));
    }
    at = end + 1;
  }
}

std::string first_line_of(const std::string& fingerprint) {
  return absl::StrCat("# troupe results ", fingerprint, "\n");
}

}  // namespace

std::string to_line(const Run& run, const RunResult& result) {
  return absl::StrJoin({absl::StrCat(run.point), absl::StrCat(run.seed), result.status,
                        result.event_hash, result.cells, result.failure},
                       "\t");
}

ResultsLog::ResultsLog(std::string path, const std::string& fingerprint)
    : path_(std::move(path)), first_line_(first_line_of(fingerprint)) {}

ResultsLog::~ResultsLog() { close_copy(); }

void ResultsLog::close_copy() {
  if (file_ >= 0) close(file_);
  file_ = -1;
}

absl::Status ResultsLog::open(const Plan& plan, Results& results) {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(path_, " cannot be written: ", std::generic_category().message(errno)));
  }
  if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    return absl::UnavailableError(
        absl::StrCat(path_,
                     " is being written by another run; wait for its end, or give another "
                     "folder"));
  }
  const std::size_t whole = read_lines(contents_of(path_), first_line_, plan, results);
  if (ftruncate(file_, static_cast<off_t>(whole)) != 0 ||
      (whole == 0 && !write_all(file_, first_line_))) {
    return absl::DataLossError(absl::StrCat(path_, " could not be written: is the disk full?"));
  }
  return absl::OkStatus();
}

absl::Status ResultsLog::append(const Run& run, const RunResult& result) {
  if (file_ < 0 || write_all(file_, to_line(run, result) + "\n")) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path_, " could not be written: is the disk full?"));
}

void ResultsLog::remove() {
  if (file_ >= 0) unlink(path_.c_str());
  close_copy();
}

void ResultsLog::read(const std::string& path, const std::string& fingerprint, const Plan& plan,
                      Results& results) {
  read_lines(contents_of(path), first_line_of(fingerprint), plan, results);
}

}  // namespace troupe::cli
