// With the system's own calls: streams of the standard library throw where they read a folder.
#include "remote/credential_file.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"

namespace troupe {

namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

absl::StatusOr<std::string> read_credential_file(std::string_view what, const std::string& path) {
  const auto fails = [&](const std::string& why) {
    return absl::InvalidArgumentError(
        absl::StrCat("the ", std::string(what), " ", path, " cannot be read: ", why));
  };
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return fails(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return fails("it is a folder");
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return fails(std::strerror(errno));
  std::string text;
  std::array<char, 4096> part{};
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), file.get())) {
    text.append(part.data(), size);
    if (text.size() > kLargest) return fails("it has more than a megabyte");
  }
  if (std::ferror(file.get()) != 0) return fails(std::strerror(errno));
  return text;
}

bool everybody_may_read(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

}  // namespace troupe
