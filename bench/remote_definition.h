// Benchmarks between two processes on loopback: the work itself, whoever does it. The C++ programs
// include this header; remote.erl does the same work, takes the same arguments and prints the same
// line. remote_table knows what must come out, and gives no table otherwise.
//
//   const RemoteOptions options = parse_remote_options(argc, argv);
//   ServerProcess server([](auto tell_port) { ...serve...; tell_port(port); });   // forks
//   ...connect to 127.0.0.1 and server.port(), make one request...
//   RemoteMeasurement measurement(options);        // starts the clock
//   ...do the work...
//   measurement.print(result);                     // stops it
//
// The work. A message has a payload of 64 bytes, and a number.
//
//   ask    --messages requests, numbered from 0, of which --outstanding are under way at a time:
//   the
//          next is made when an answer comes. The server answers with the number plus 1, and the
//          same payload. A request's latency is from the moment it is made until its answer is
//          there. Result: the sum of all answers.
//   tell   --messages one-way messages, numbered from 0, --batch of them handed over at a time.
//          The clock stops when the client knows the server's sum of all numbers, the result.

#ifndef TROUPE_BENCH_REMOTE_DEFINITION_H_
#define TROUPE_BENCH_REMOTE_DEFINITION_H_

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::bench {

constexpr std::size_t kPayload = 64;

struct RemoteOptions {
  std::string_view benchmark;
  std::uint64_t messages = 0;
  std::uint64_t outstanding = 1;
  std::uint64_t batch = 1;
  std::string_view way = {};  // A program's own way to do it; empty: the usual one.
};

[[noreturn]] inline void end_with_remote_usage(const char* program) {
  std::fprintf(stderr,
               "usage: %s ask|tell --messages=N [--outstanding=N] [--batch=N] [--way=WAY]\n",
               program);
  std::exit(2);
}

inline RemoteOptions parse_remote_options(int argc, char** argv) {
  RemoteOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    auto number = [&](std::string_view name, std::uint64_t& value) {
      if (!argument.starts_with(name)) return false;
      const char* const end = argument.data() + argument.size();
      auto [stop, error] = std::from_chars(argument.data() + name.size(), end, value);
      return error == std::errc() && stop == end && value > 0;
    };
    if (argument == "ask" || argument == "tell") {
      options.benchmark = argument;
    } else if (argument.starts_with("--way=")) {
      options.way = argument.substr(6);
    } else if (!number("--messages=", options.messages) &&
               !number("--outstanding=", options.outstanding) &&
               !number("--batch=", options.batch)) {
      end_with_remote_usage(argv[0]);
    }
  }
  if (options.benchmark.empty() || options.messages == 0) end_with_remote_usage(argv[0]);
  return options;
}

// The other process: a fork of this one, which has no threads yet. It ends with this one.
class ServerProcess {
 public:
  // In the new process: `serve` begins to serve on a port of 127.0.0.1, hands it to its argument,
  // a function that comes back when it is time to end, and ends.
  template <class Serve>
  explicit ServerProcess(Serve serve) {
    int told[2];
    int alive[2];
    if (pipe(told) != 0 || pipe(alive) != 0) fail("there is no pipe");
    child_ = fork();
    if (child_ < 0) fail("there is no process");
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(told[0]);
      close(alive[1]);
      serve([&](int port) {
        if (write(told[1], &port, sizeof port) != sizeof port) fail("the client is gone");
        char nothing;
        while (read(alive[0], &nothing, 1) > 0) {
        }
      });
      std::_Exit(0);
    }
    close(told[1]);
    close(alive[0]);
    alive_ = alive[1];
    pollfd ready = {told[0], POLLIN, 0};
    if (poll(&ready, 1, 10'000) != 1 || read(told[0], &port_, sizeof port_) != sizeof port_) {
      kill(child_, SIGKILL);
      fail("the server did not come up within 10 s");
    }
    close(told[0]);
  }
  ~ServerProcess() { end(); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Once.
  void end() {
    if (child_ == 0) return;
    close(alive_);
    waitpid(child_, nullptr, 0);
    child_ = 0;
  }

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  [[noreturn]] static void fail(const char* what) {
    std::fprintf(stderr, "%s\n", what);
    std::_Exit(1);
  }

  pid_t child_ = 0;
  int alive_ = 0;
  int port_ = 0;
};

// Time of the work, from here on, and the latencies of requests.
class RemoteMeasurement {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RemoteMeasurement(const RemoteOptions& options) {
    if (options.benchmark == "ask") latencies_.reserve(options.messages);
    started_ = Clock::now();
  }

  // One thread at a time.
  void answered(Clock::time_point asked) { latencies_.push_back((Clock::now() - asked).count()); }
  std::uint64_t answers() const { return latencies_.size(); }

  void print(std::uint64_t result) {
    const std::chrono::duration<double> wall = Clock::now() - started_;
    std::sort(latencies_.begin(), latencies_.end());
    std::printf("{\"result\": %llu, \"wall_seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
                static_cast<unsigned long long>(result), wall.count(), percentile(50),
                percentile(99));
    std::fflush(stdout);
  }

 private:
  double percentile(std::size_t percent) const {
    if (latencies_.empty()) return 0;
    return static_cast<double>(latencies_[(latencies_.size() - 1) * percent / 100]) / 1e3;
  }

  Clock::time_point started_;
  std::vector<std::int64_t> latencies_;  // in nanoseconds
};

}  // namespace troupe::bench

#endif  // TROUPE_BENCH_REMOTE_DEFINITION_H_
