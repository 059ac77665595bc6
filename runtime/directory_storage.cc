// Files that are replaced as a whole.
#include "runtime/directory_storage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace troupe {

namespace {

absl::Status error(std::string_view what, const std::string& path) {
  const int number = errno;
  return absl::DataLossError(
      absl::StrCat("cannot ", std::string(what), " ", path, ": ", std::strerror(number)));
}

// Closes itself.
class File {
 public:
  File(const std::string& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

// Letters, digits, and what else is harmless; a name of dots alone is not.
std::string file_name(std::string_view name) {
  constexpr std::string_view kPlain = "-_.@#";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9');
    if (letter || (kPlain.find(name[i]) != std::string_view::npos && (name[i] != '.' || i > 0))) {
      result += name[i];
    } else {
      result += '%';
      result += kDigits[byte >> 4];
      result += kDigits[byte & 15];
    }
  }
  return result;
}

absl::Status sync_directory(const std::string& path) {
  const File directory(path, O_RDONLY | O_DIRECTORY);
  if (!directory.is_open() || ::fsync(directory.number()) != 0) return error("sync", path);
  return absl::OkStatus();
}

// 0700: what actors save is nobody else's.
absl::Status make_directory(const std::string& path, const std::string& parent) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(parent);
  if (errno == EEXIST) return absl::OkStatus();
  return error("make the directory", path);
}

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryStorage>> DirectoryStorage::open(
    const std::string& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot make the directory ", directory, ": ", failure.message()));
  }
  const std::string lock_path = directory + "/lock";
  File lock(lock_path, O_RDWR | O_CREAT);
  if (!lock.is_open()) return error("open", lock_path);
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(directory, " is in use by another process; each host needs its own"));
  }
  return std::unique_ptr<DirectoryStorage>(new DirectoryStorage(directory, lock.release()));
}

DirectoryStorage::~DirectoryStorage() { ::close(lock_); }

absl::StatusOr<std::optional<std::string>> DirectoryStorage::read(HostId host,
                                                                  std::string_view name) {
  const std::string path = absl::StrCat(directory_, "/", host, "/", file_name(name));
  const File file(path, O_RDONLY);
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return error("read", path);
  }
  std::string bytes;
  char block[4096];
  for (;;) {
    const ssize_t got = ::read(file.number(), block, sizeof block);
    if (got == 0) return std::optional<std::string>(std::move(bytes));
    if (got > 0) {
      bytes.append(block, static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      return error("read", path);
    }
  }
}

absl::Status DirectoryStorage::write(HostId host, std::string_view name, std::string_view bytes) {
  const std::string of_host = absl::StrCat(directory_, "/", host);
  const std::string path = absl::StrCat(of_host, "/", file_name(name));
  const std::string beside = path + "~";
  File file(beside, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.is_open() && errno == ENOENT) {
    if (absl::Status status = make_directory(of_host, directory_); !status.ok()) return status;
    return write(host, name, bytes);
  }
  if (!file.is_open()) return error("write", beside);
  while (!bytes.empty()) {
    const ssize_t put = ::write(file.number(), bytes.data(), bytes.size());
    if (put >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno != EINTR) {
      return error("write", beside);
    }
  }
  if (::fsync(file.number()) != 0) return error("sync", beside);
  if (::rename(beside.c_str(), path.c_str()) != 0) return error("replace", path);
  return sync_directory(of_host);
}

absl::Status DirectoryStorage::erase(HostId host) {
  const std::string of_host = absl::StrCat(directory_, "/", host);
  std::error_code failure;
  std::filesystem::remove_all(of_host, failure);
  if (failure) {
    return absl::DataLossError(absl::StrCat("cannot erase ", of_host, ": ", failure.message()));
  }
  return sync_directory(directory_);
}

}  // namespace troupe
