// What the tests of remote hosts stand on: processes and the proxy do what they say.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "tests/remote/cutting_proxy.h"
#include "tests/remote/process.h"

namespace troupe::remote_test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Process, GivesTheLinesOfItsProgram) {
  Process process({"/bin/sh", "-c", "echo one; read word; echo two $word; exit 3"});
  EXPECT_EQ(*process.line(), "one");
  process.tell("and more");
  EXPECT_EQ(*process.line(), "two and more");
  EXPECT_EQ(process.line().status().code(), absl::StatusCode::kUnavailable);
}

TEST(Process, SaysWhatItsProgramComplainedAboutWhenNoLineComes) {
  Process process({"/bin/sh", "-c", "echo alas >&2; exit 1"});
  EXPECT_THAT(process.line().status().message(), HasSubstr("alas"));
  Process silent({"/bin/sleep", "1000"});
  EXPECT_EQ(silent.line(1ms).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(Process, StandsStillWhilePausedAndGoesOn) {
  Process process({"/bin/sh", "-c", "echo up; while read word; do echo $word; done"});
  ASSERT_EQ(*process.line(), "up");
  process.pause();
  process.tell("hello");
  std::ifstream file("/proc/" + std::to_string(process.pid()) + "/stat");
  std::string pid;
  std::string name;
  std::string state;
  file >> pid >> name >> state;
  EXPECT_EQ(state, "T");
  process.resume();
  EXPECT_EQ(*process.line(), "hello");
}

TEST(Process, EndsWhenKilledOrToldToAndStartsAgain) {
  Process process({"/bin/sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done"});
  ASSERT_EQ(*process.line(), "up");
  process.kill();
  EXPECT_FALSE(process.is_running());
  process.start();
  ASSERT_EQ(*process.line(), "up");
  EXPECT_EQ(process.terminate(), 7);
}

// A connection to an address of this machine; -1 where there is none.
int connect_to(const std::string& address) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port =
      htons(static_cast<std::uint16_t>(std::atoi(address.substr(address.rfind(':') + 1).c_str())));
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(client, reinterpret_cast<sockaddr*>(&target), sizeof target) == 0) return client;
  close(client);
  return -1;
}

// What it is sent, it sends back: by a thread, one connection at a time.
class EchoServer {
 public:
  EchoServer() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    bind(listener_, reinterpret_cast<sockaddr*>(&here), size);
    listen(listener_, 8);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(here.sin_port));
    thread_ = std::thread([this] { run(); });
  }
  ~EchoServer() {
    stop_ = true;
    close(connect_to(address_));
    thread_.join();
    close(listener_);
  }
  const std::string& address() const { return address_; }

 private:
  void run() {
    for (;;) {
      const int client = accept(listener_, nullptr, nullptr);
      if (stop_) {
        close(client);
        return;
      }
      char bytes[4096];
      for (ssize_t count; (count = read(client, bytes, sizeof bytes)) > 0;) {
        if (send(client, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) < 0) break;
      }
      close(client);
    }
  }

  int listener_;
  std::string address_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Sends and reads back one byte after the other; gives how many came back before the end.
int bytes_until_cut(const std::string& address, int most) {
  const int client = connect_to(address);
  EXPECT_GE(client, 0);
  int count = 0;
  for (char byte = 'x'; count < most; ++count) {
    if (send(client, &byte, 1, MSG_NOSIGNAL) != 1 || read(client, &byte, 1) != 1) break;
  }
  close(client);
  return count;
}

TEST(CuttingProxy, CutsWhereItsSeedSaysAsOftenAsItIsTold) {
  EchoServer server;
  std::vector<int> lengths[2];
  for (std::vector<int>& some : lengths) {
    CuttingProxy proxy(server.address(), {.seed = 5, .cuts = 20, .bytes_between = 40});
    for (int i = 0; i < 20; ++i) some.push_back(bytes_until_cut(proxy.address(), 1000));
    EXPECT_EQ(proxy.cuts(), 20U);
    EXPECT_EQ(bytes_until_cut(proxy.address(), 1000), 1000) << "it has cut enough";
  }
  EXPECT_EQ(lengths[0], lengths[1]);
  EXPECT_LT(*std::max_element(lengths[0].begin(), lengths[0].end()), 41);
  EXPECT_NE(lengths[0], std::vector<int>(20, lengths[0][0]));
}

TEST(CuttingProxy, TellsNobodyWhenItGoesSilent) {
  EchoServer server;
  CuttingProxy proxy(server.address());
  const int client = connect_to(proxy.address());
  char byte = 'x';
  ASSERT_EQ(send(client, &byte, 1, 0), 1);
  ASSERT_EQ(read(client, &byte, 1), 1);
  proxy.go_silent();
  std::this_thread::sleep_for(50ms);  // It looks every 20 ms; more than that proves nothing more.
  ASSERT_EQ(send(client, &byte, 1, 0), 1);
  EXPECT_EQ(recv(client, &byte, 1, MSG_DONTWAIT), -1);
  proxy.speak();
  EXPECT_EQ(read(client, &byte, 1), 1) << "what waited is passed on";
  close(client);
}

}  // namespace
}  // namespace troupe::remote_test
