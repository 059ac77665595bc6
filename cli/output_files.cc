// Writing under another name, and renaming.
#include "cli/output_files.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace troupe::cli {

namespace fs = std::filesystem;

OutputFiles::~OutputFiles() {
  std::error_code ignored;
  for (const std::string& name : unfinished_) fs::remove(unfinished_path(name), ignored);
}

std::string OutputFiles::path(const std::string& name) const {
  return (fs::path(folder_) / name).string();
}

absl::Status OutputFiles::prepare(const std::vector<std::string>& names) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    return absl::PermissionDeniedError(
        absl::StrCat("--out ", folder_, ": the folder cannot be made: ", error.message()));
  }
  for (const std::string& name : names) {
    const bool taken = fs::is_directory(path(name), error);
    if (taken || !std::ofstream(unfinished_path(name), std::ios::binary)) {
      return absl::PermissionDeniedError(
          absl::StrCat("--out ", folder_, ": ", name, " cannot be written there"));
    }
    unfinished_.insert(name);
  }
  return absl::OkStatus();
}

absl::Status OutputFiles::write(const std::string& name, const std::string& contents) {
  unfinished_.insert(name);
  std::ofstream out(unfinished_path(name), std::ios::binary | std::ios::trunc);
  out << contents;
  out.close();
  if (!out) {
    return absl::DataLossError(
        absl::StrCat(path(name), " could not be written: is the disk full?"));
  }
  add(name);
  return absl::OkStatus();
}

absl::Status OutputFiles::publish() {
  for (const std::string& name : whole_) {
    std::error_code error;
    fs::rename(unfinished_path(name), path(name), error);
    if (error) {
      return absl::DataLossError(
          absl::StrCat(path(name), " could not be written: ", error.message()));
    }
    unfinished_.erase(name);
  }
  return absl::OkStatus();
}

std::vector<std::string> OutputFiles::written() const {
  std::vector<std::string> paths;
  for (const std::string& name : whole_) paths.push_back(path(name));
  return paths;
}

}  // namespace troupe::cli
