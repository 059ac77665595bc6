// Files that a run writes into a folder. Each has another name ("summary.json.new") until all of
// them are whole: whatever happens to the run, earlier files of these names stay as they are.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace troupe::cli {

class OutputFiles {
 public:
  explicit OutputFiles(std::string folder) : folder_(std::move(folder)) {}
  // Removes what is not whole.
  ~OutputFiles();
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;

  // Makes the folder, and finds out whether files of these names can be written there.
  absl::Status prepare(const std::vector<std::string>& names);
  // DATA_LOSS where the disk is full.
  absl::Status write(const std::string& name, const std::string& contents);
  // A file that somebody else has written under its unfinished name.
  void add(const std::string& name) { whole_.push_back(name); }
  // Gives all files their names.
  absl::Status publish();
  // An unfinished file stays where it is.
  void keep_unfinished(const std::string& name) { unfinished_.erase(name); }

  // "DIR/summary.json"
  std::string path(const std::string& name) const;
  std::string unfinished_path(const std::string& name) const { return path(name) + ".new"; }
  // The paths of those that are whole.
  std::vector<std::string> written() const;

 private:
  std::string folder_;
  std::set<std::string> unfinished_;
  std::vector<std::string> whole_;
};

}  // namespace troupe::cli
