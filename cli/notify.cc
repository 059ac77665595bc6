// A datagram to a socket, as in sd_notify(3).
#include "cli/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace troupe::cli {

absl::Status notify_service_manager(const std::string& state) {
  const char* const named = std::getenv("NOTIFY_SOCKET");
  if (named == nullptr || *named == '\0') return absl::OkStatus();
  std::string path = named;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if ((path[0] != '/' && path[0] != '@') || path.size() >= sizeof(address.sun_path)) {
    return absl::UnavailableError(absl::StrCat("NOTIFY_SOCKET is no socket: '", path, "'"));
  }
  if (path[0] == '@') path[0] = '\0';  // It has a name, and no file.
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const bool sent = socket >= 0 && sendto(socket, state.data(), state.size(), MSG_NOSIGNAL,
                                          reinterpret_cast<const sockaddr*>(&address),
                                          size) == static_cast<ssize_t>(state.size());
  const int error = errno;
  if (socket >= 0) close(socket);
  if (sent) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("NOTIFY_SOCKET ", named, " cannot be written to: ", std::strerror(error)));
}

}  // namespace troupe::cli
