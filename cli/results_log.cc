// Lines with tabs, and a lock.
#include "cli/results_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>
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
  if (result.cells.empty()) return result.status != "passed" && result.status != "failed";
  return static_cast<std::size_t>(std::count(parts[4].begin(), parts[4].end(), ',')) + 1 ==
         plan.columns.size();
}

constexpr std::string_view kHead = "# troupe results ";

std::string first_line_of(const Fingerprint& fingerprint) {
  return absl::StrCat(std::string(kHead), fingerprint.text(), "\n");
}

// What the lines of a file come to.
struct Lines {
  std::size_t end = 0;      // where the last whole line ends; 0 where the file is about another run
  std::size_t damaged = 0;  // lines that nobody can read
};

// A line that says something, but of a run that the plan does not have.
bool is_of_other_run(const std::string& line) {
  const std::vector<std::string> parts = absl::StrSplit(line, '\t');
  Run run;
  return parts.size() == 6 && absl::SimpleAtoi(parts[0], &run.point) &&
         absl::SimpleAtoi(parts[1], &run.seed) && !parts[2].empty();
}

// Adds the results of whole lines.
Lines read_lines(const std::string& text, const Fingerprint& fingerprint, const Plan& plan,
                 Results& results) {
  Lines lines;
  const std::string first_line = first_line_of(fingerprint);
  if (!text.starts_with(first_line)) return lines;
  lines.end = first_line.size();
  while (true) {
    const std::size_t end = text.find('\n', lines.end);
    if (end == std::string::npos) return lines;
    const std::string line = text.substr(lines.end, end - lines.end);
    Run run;
    RunResult result;
    if (read_line(line, plan, run, result)) {
      results.insert_or_assign(run, std::move(result));
    } else if (!is_of_other_run(line)) {
      ++lines.damaged;
    }
    lines.end = end + 1;
  }
}

// What differs between the fingerprint of a file and this one.
std::string difference(const std::string& first_line, const Fingerprint& now) {
  const std::vector<std::string> before =
      absl::StrSplit(first_line.substr(std::min(kHead.size(), first_line.size())), ' ');
  if (!first_line.starts_with(kHead) || before.size() != 3) return "are of another version";
  std::vector<std::string> changed;
  if (before[0] != now.program) changed.emplace_back("program");
  if (before[1] != now.scenario) changed.emplace_back("scenario");
  if (before[2] != now.changes) changed.emplace_back("options");
  return absl::StrCat("are of another ", absl::StrJoin(changed, " and another "));
}

}  // namespace

std::string to_line(const Run& run, const RunResult& result) {
  return absl::StrJoin({absl::StrCat(run.point), absl::StrCat(run.seed), result.status,
                        result.event_hash, result.cells, result.failure},
                       "\t");
}

ResultsLog::ResultsLog(std::string path, Fingerprint fingerprint)
    : path_(std::move(path)), fingerprint_(std::move(fingerprint)) {}

ResultsLog::~ResultsLog() { close_copy(); }

void ResultsLog::close_copy() {
  if (file_ >= 0) close(file_);
  file_ = -1;
}

absl::Status ResultsLog::set_aside(const std::string& contents, std::string& told) {
  const std::string first_line = contents.substr(0, contents.find('\n'));
  const auto results =
      std::max<std::ptrdiff_t>(std::count(contents.begin(), contents.end(), '\n'), 1);
  if (results == 1) return absl::OkStatus();  // There is no result in it.
  const std::string place = path_ + ".old";
  std::ofstream file(place, std::ios::binary | std::ios::trunc);
  file << contents;
  file.close();
  if (!file) {
    return absl::DataLossError(absl::StrCat(place, " could not be written: is the disk full?"));
  }
  told = absl::StrCat("the ", results - 1, " earlier results in ", path_, " ",
                      difference(first_line, fingerprint_), " and are not used; they are now in ",
                      place);
  return absl::OkStatus();
}

absl::Status ResultsLog::open(const Plan& plan, Results& results, std::string& told) {
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
  const std::string contents = contents_of(path_);
  const Lines lines = read_lines(contents, fingerprint_, plan, results);
  if (lines.end == 0) {
    if (absl::Status status = set_aside(contents, told); !status.ok()) return status;
  } else if (lines.damaged > 0) {
    told = absl::StrCat(path_, " has ", lines.damaged, lines.damaged == 1 ? " line" : " lines",
                        " that cannot be read; these runs are made again");
  }
  if (ftruncate(file_, static_cast<off_t>(lines.end)) != 0 ||
      (lines.end == 0 && !write_all(file_, first_line_of(fingerprint_)))) {
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

void ResultsLog::read(const std::string& path, const Fingerprint& fingerprint, const Plan& plan,
                      Results& results) {
  read_lines(contents_of(path), fingerprint, plan, results);
}

}  // namespace troupe::cli
