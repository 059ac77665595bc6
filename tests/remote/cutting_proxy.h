// CuttingProxy: stands between two processes, passes on what they send each other by TCP, and cuts
// their connections at random: in the middle of a message as well as between two.
//
//   CuttingProxy proxy("127.0.0.1:5001", {.seed = 7, .cuts = 200, .bytes_between = 20'000});
//   ...connect to proxy.address()...
//   proxy.cuts();         // how many connections it has cut so far
//   proxy.go_silent();    // nothing is passed on any more, and nobody is told: half-open
//   proxy.go_away();      // all connections are cut, and new ones at once, until come_back()
//
// Where it cuts is drawn from the seed, in bytes: half of the cuts are resets (RST), half are ends
// (FIN).
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>

#include "actor/random.h"

namespace troupe::remote_test {

struct CuttingProxyOptions {
  std::uint64_t seed = 1;
  std::uint64_t cuts = 0;           // at most so many; then it cuts no more
  std::uint64_t bytes_between = 1;  // a connection lives for up to twice as many, both ways counted
};

class CuttingProxy {
 public:
  CuttingProxy(std::string target, CuttingProxyOptions options);
  explicit CuttingProxy(std::string target) : CuttingProxy(std::move(target), {}) {}
  ~CuttingProxy();

  const std::string& address() const { return address_; }  // 127.0.0.1 and a port
  std::uint64_t cuts() const { return cuts_.load(); }
  std::uint64_t connections() const { return connections_.load(); }

  void go_silent() { silent_.store(true); }
  void speak() { silent_.store(false); }
  void go_away() { away_.store(true); }
  void come_back() { away_.store(false); }

 private:
  struct Way {
    int from = -1;
    int to = -1;
    std::string waiting;  // read and not yet written
    bool ended = false;   // nothing more comes
  };
  struct Connection {
    Way there;
    Way back;
    std::uint64_t left = 0;  // bytes until it is cut
    bool open = true;
  };

  void run();
  void accept_one();
  void move(Connection& connection, Way& way, bool readable, bool writable);
  void cut(Connection& connection);
  void end(Connection& connection);

  CuttingProxyOptions options_;
  Random random_;
  const std::string target_;
  int listener_ = -1;
  std::string address_;
  std::list<Connection> open_;
  std::atomic<std::uint64_t> cuts_ = 0;
  std::atomic<std::uint64_t> connections_ = 0;
  std::atomic<bool> silent_ = false;
  std::atomic<bool> away_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // does all of it; the last, so that the rest is there
};

}  // namespace troupe::remote_test
