// Whose connections are closed, and whose are not: with sockets alone, and no gRPC.
#include "remote/internal/strangers.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace troupe::internal {
namespace {

using std::chrono::seconds;

class StrangersTest : public testing::Test {
 protected:
  StrangersTest() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at = {};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(listen(listener_, 100), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size), 0);
    address_ = at;
    strangers_.listen_on(ntohs(at.sin_port));
  }
  ~StrangersTest() override {
    for (const int descriptor : descriptors_) close(descriptor);
    close(listener_);
  }

  // A connection to the listener: the end of whoever has connected.
  int open_connection() {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)), 0);
    descriptors_.push_back(client);
    descriptors_.push_back(accept(listener_, nullptr, nullptr));
    return client;
  }
  // As gRPC calls it.
  static std::string name_of(int client) {
    sockaddr_in at = {};
    socklen_t size = sizeof(at);
    EXPECT_EQ(getsockname(client, reinterpret_cast<sockaddr*>(&at), &size), 0);
    return absl::StrCat("ipv4:127.0.0.1:", ntohs(at.sin_port));
  }
  static void send_bytes(int client, std::size_t count) {
    const std::string bytes(count, 'x');
    EXPECT_EQ(send(client, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(count));
  }
  static bool is_closed(int client) {
    pollfd wait = {client, POLLRDHUP, 0};
    return poll(&wait, 1, 0) == 1;
  }

  const Strangers::Clock::time_point now_ = Strangers::Clock::now();
  Strangers strangers_;
  int listener_ = -1;
  sockaddr_in address_ = {};
  std::vector<int> descriptors_;
};

TEST_F(StrangersTest, AConnectionIsClosedAfterAWhileUnlessACallIsLetIn) {
  const int stranger = open_connection();
  const int client = open_connection();
  strangers_.admitted(name_of(client));
  strangers_.sweep(now_);
  strangers_.sweep(now_ + Strangers::kLongest);
  EXPECT_FALSE(is_closed(stranger));
  strangers_.sweep(now_ + Strangers::kLongest + seconds(1));
  EXPECT_TRUE(is_closed(stranger));
  EXPECT_FALSE(is_closed(client));
}

TEST_F(StrangersTest, AConnectionOnWhichTooMuchComesIsClosedUnlessACallIsLetIn) {
  const int stranger = open_connection();
  const int client = open_connection();
  const int quiet = open_connection();
  strangers_.admitted(name_of(client));
  send_bytes(stranger, Strangers::kMostBytes + 1);
  send_bytes(client, Strangers::kMostBytes + 1);
  strangers_.sweep(now_);
  EXPECT_TRUE(is_closed(stranger));
  EXPECT_FALSE(is_closed(client));
  EXPECT_FALSE(is_closed(quiet));
}

TEST_F(StrangersTest, OfManyThoseAreClosedThatHaveSentMost) {
  const int quiet = open_connection();
  std::vector<int> loud;
  for (int i = 0; i < 20; ++i) {
    loud.push_back(open_connection());
    send_bytes(loud.back(), Strangers::kMostBytes - 100);
  }
  strangers_.sweep(now_);
  int closed = 0;
  for (const int client : loud) closed += is_closed(client) ? 1 : 0;
  EXPECT_EQ(closed, 4) << "sixteen have sent what all may";
  EXPECT_FALSE(is_closed(quiet));
}

TEST_F(StrangersTest, TheOldestAreClosedWhereDescriptorsRunOut) {
  std::vector<int> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(open_connection());
    strangers_.sweep(now_ + seconds(i));
  }
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 24;  // Fewer than there are now: none is left.
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  strangers_.sweep(now_ + seconds(20));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  for (std::size_t i = 0; i < clients.size(); ++i) EXPECT_EQ(is_closed(clients[i]), i < 8) << i;
}

TEST_F(StrangersTest, AConnectionOfManyRefusedCallsIsClosedAtOnce) {
  const int stranger = open_connection();
  const int other = open_connection();
  for (std::size_t i = 1; i < Strangers::kMostRefusals; ++i) strangers_.refused(name_of(stranger));
  EXPECT_FALSE(is_closed(stranger));
  strangers_.refused(name_of(stranger));
  EXPECT_TRUE(is_closed(stranger));
  EXPECT_FALSE(is_closed(other));
  strangers_.refused("ipv6:%5B::1%5D:1");
  strangers_.refused("unix:");
  strangers_.refused("");
}

}  // namespace
}  // namespace troupe::internal
