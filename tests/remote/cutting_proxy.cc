// One thread that passes bytes on, and cuts.
#include "tests/remote/cutting_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

namespace troupe::remote_test {
namespace {

constexpr std::size_t kMostWaiting = 64 * 1024;

// "127.0.0.1:7000"
sockaddr_in socket_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(text.substr(colon + 1).c_str())));
  inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr);
  return address;
}

int must(int result, const char* what) {
  if (result < 0) {
    std::perror(what);
    std::abort();
  }
  return result;
}

void make_quick(int socket) {
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fcntl(socket, F_SETFL, O_NONBLOCK);
}

}  // namespace

CuttingProxy::CuttingProxy(std::string target, CuttingProxyOptions options)
    : options_(options), random_(options.seed), target_(std::move(target)) {
  listener_ = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  sockaddr_in here = socket_address("127.0.0.1:0");
  socklen_t size = sizeof here;
  must(bind(listener_, reinterpret_cast<sockaddr*>(&here), size), "bind");
  must(listen(listener_, 64), "listen");
  must(getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size), "getsockname");
  address_ = "127.0.0.1:" + std::to_string(ntohs(here.sin_port));
  thread_ = std::thread([this] { run(); });
}

CuttingProxy::~CuttingProxy() {
  stopping_.store(true);
  thread_.join();
  close(listener_);
}

void CuttingProxy::run() {
  while (!stopping_.load()) {
    const bool silent = silent_.load();
    if (away_.load()) {
      for (Connection& connection : open_) end(connection);
      open_.clear();
    }
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}};
    for (const Connection& connection : open_) {
      for (const Way* way : {&connection.there, &connection.back}) {
        const bool reads = !silent && !way->ended && way->waiting.size() < kMostWaiting;
        const bool writes = !silent && !way->waiting.empty();
        // A negative one is not looked at, or a socket that has ended would be ready all the time.
        polled.push_back({reads ? way->from : -1, POLLIN, 0});
        polled.push_back({writes ? way->to : -1, POLLOUT, 0});
      }
    }
    if (poll(polled.data(), polled.size(), /*milliseconds=*/20) <= 0) continue;
    std::size_t place = 1;
    for (Connection& connection : open_) {
      for (Way* way : {&connection.there, &connection.back}) {
        const bool readable = polled[place].revents != 0;
        const bool writable = polled[place + 1].revents != 0;
        place += 2;
        if (connection.open) move(connection, *way, readable, writable);
      }
    }
    open_.remove_if([](const Connection& connection) { return !connection.open; });
    if (polled[0].revents != 0) accept_one();
  }
  for (Connection& connection : open_) end(connection);
}

void CuttingProxy::accept_one() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  if (away_.load()) {
    close(client);
    return;
  }
  const int server = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_in target = socket_address(target_);
  if (connect(server, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) {
    close(server);
    close(client);
    return;
  }
  make_quick(client);
  make_quick(server);
  const bool will_be_cut = cuts_.load() < options_.cuts;
  open_.push_back({.there = {client, server, {}, false},
                   .back = {server, client, {}, false},
                   .left = will_be_cut ? 1 + random_.below(2 * options_.bytes_between)
                                       : std::numeric_limits<std::uint64_t>::max()});
  connections_.fetch_add(1);
}

void CuttingProxy::move(Connection& connection, Way& way, bool readable, bool writable) {
  if (readable) {
    std::array<char, 16 * 1024> bytes;
    const ssize_t count = read(way.from, bytes.data(), bytes.size());
    if (count > 0) {
      way.waiting.append(bytes.data(), static_cast<std::size_t>(count));
      writable = true;
    } else if (count == 0) {
      way.ended = true;
    } else if (errno != EAGAIN) {
      end(connection);
      return;
    }
  }
  if (writable && !way.waiting.empty()) {
    const std::size_t most =
        static_cast<std::size_t>(std::min<std::uint64_t>(way.waiting.size(), connection.left));
    const ssize_t count = send(way.to, way.waiting.data(), most, MSG_NOSIGNAL);
    if (count > 0) {
      way.waiting.erase(0, static_cast<std::size_t>(count));
      connection.left -= static_cast<std::uint64_t>(count);
      if (connection.left == 0) {
        cut(connection);
        return;
      }
    } else if (count < 0 && errno != EAGAIN) {
      end(connection);
      return;
    }
  }
  if (way.ended && way.waiting.empty()) end(connection);
}

void CuttingProxy::cut(Connection& connection) {
  if (cuts_.load() >= options_.cuts) {
    // Another was cut meanwhile, as the last.
    connection.left = std::numeric_limits<std::uint64_t>::max();
    return;
  }
  if (random_.below(2) == 0) {
    const linger reset = {.l_onoff = 1, .l_linger = 0};
    for (const int side : {connection.there.from, connection.there.to}) {
      setsockopt(side, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
  }
  cuts_.fetch_add(1);  // before anybody can notice
  end(connection);
}

void CuttingProxy::end(Connection& connection) {
  close(connection.there.from);
  close(connection.there.to);
  connection.open = false;
}

}  // namespace troupe::remote_test
