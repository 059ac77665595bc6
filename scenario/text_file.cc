// Reads through the C library, which says why it cannot.
#include "scenario/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace troupe::scenario {
namespace {

// What a file is that is no regular one; empty for a regular one.
std::string_view unusual_kind(mode_t mode) {
  if (S_ISREG(mode)) return {};
  if (S_ISFIFO(mode)) return "it is a pipe; write what comes out of it into a file";
  if (S_ISSOCK(mode)) return "it is a socket";
  return "it is a device";
}

}  // namespace

std::optional<std::string> read_text_file(const std::string& path, std::size_t most,
                                          std::string& problem) {
  const auto because = [&](int error) {
    problem = "cannot be read: " + std::generic_category().message(error);
    return std::nullopt;
  };
  // To open a pipe would wait for somebody who writes into it.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return because(errno);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(::fdopen(descriptor, "rb"),
                                                             std::fclose);
  if (file == nullptr) {
    const int error = errno;
    ::close(descriptor);
    return because(error);
  }
  struct stat about = {};
  if (::fstat(descriptor, &about) != 0) return because(errno);
  if (S_ISDIR(about.st_mode)) return because(EISDIR);
  if (const std::string_view kind = unusual_kind(about.st_mode); !kind.empty()) {
    problem = "cannot be read: " + std::string(kind);
    return std::nullopt;
  }
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::string bytes;
  for (;;) {
    const std::size_t before = bytes.size();
    const std::size_t wanted = std::min(kPiece, most + 1 - before);
    bytes.resize(before + wanted);
    const std::size_t got = std::fread(bytes.data() + before, 1, wanted, file.get());
    bytes.resize(before + got);
    if (std::ferror(file.get()) != 0) return because(errno);
    if (got < wanted || bytes.size() > most) return bytes;
  }
}

std::string with_newlines(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) text[i] = '\n';
  }
  return text;
}

std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Too long a form, a surrogate, beyond the last character.
  if ((byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F) ||
      (byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F)) {
    return 0;
  }
  return length;
}

}  // namespace troupe::scenario
