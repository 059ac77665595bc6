// DirectoryStorage: what actors save, in files, so that a program that is started anew has it
// again.
//
//   absl::StatusOr<std::unique_ptr<DirectoryStorage>> storage =
//   DirectoryStorage::open("/var/lib/kv"); ThreadRuntime runtime({.storage = storage->get()});
//
// Each actor has one file, DIR/<number of its host>/<its name>, where what a file's name cannot
// have is written as % and two hexadecimal digits. A change is written beside it, brought to the
// disk (fsync), renamed, and the directory is brought to the disk, before any message leaves the
// actor that could tell of the change. So a file always has the whole of the last change or of the
// one before, whenever the process or the machine stops. One process has a directory at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "actor/storage.h"

namespace troupe {

class DirectoryStorage final : public Storage {
 public:
  // Makes the directory where there is none. An error where it cannot be written to, and where
  // another process has it.
  static absl::StatusOr<std::unique_ptr<DirectoryStorage>> open(const std::string& directory);
  ~DirectoryStorage() override;

  absl::StatusOr<std::optional<std::string>> read(HostId host, std::string_view name) override;
  absl::Status write(HostId host, std::string_view name, std::string_view bytes) override;
  absl::Status erase(HostId host) override;
  bool wants_every_change() const override { return true; }

 private:
  DirectoryStorage(std::string directory, int lock)
      : directory_(std::move(directory)), lock_(lock) {}

  const std::string directory_;
  const int lock_;  // a file descriptor
};

}  // namespace troupe
