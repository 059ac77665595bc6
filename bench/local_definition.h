// Benchmarks of local actors, those of one process: the work itself, whoever does it. The C++
// programs include this header; the others (local.erl, local_pykka) do the same work, take the same
// arguments and print the same line. local_table knows what must come out, and gives no table
// otherwise.
//
//   const Options options = parse_options(argc, argv);
//   ...build what the benchmark needs before the clock starts...
//   Measurement measurement;             // starts the clock
//   ...do the work...
//   measurement.print(result);           // stops it
//
// The work. Only one of the benchmarks runs in a process, on the given number of threads.
//
//   ping_pong     One actor asks another --messages times, each time when it has the last answer.
//                 Requests are numbered from 0, and answered by their number plus 1.
//                 Result: the sum of all answers.
//   ring          --actors in a ring, numbered from 0. A token goes from one to the next,
//   --messages
//                 times, beginning at actor 0. It holds how often it still has to go on, and a
//                 check, 0 at first: whoever gets it makes it next_check(check, its own number).
//                 Result: the check in the end. The actors are there before the clock starts.
//   many_to_one   Each of --actors sends --messages to one and the same, as fast as it can. Each
//                 message holds a number of its own, from 0 up to all there are.
//                 Result: the sum of all numbers. The actors are there before the clock starts.
//   create        One actor makes --actors, numbered from 0. Each sends its number to its maker as
//                 soon as it lives. Result: the sum of all numbers. The memory is what it takes
//                 until all have told theirs; they live on till then.
//   skynet        A tree of actors with --actors leaves, a power of ten, numbered from 0. An actor
//                 that is no leaf makes ten; a leaf tells its number to its maker and ends; so do
//                 the others with the sum of what they have been told. Result: the root's sum.
//   independent   --actors that know nothing of each other tell themselves --messages times to go
//                 on, each time working for a while: next_state(state) kRounds times. An actor's
//                 state is its number at first, from 0. Result: the sum of all states in the end.

#ifndef TROUPE_BENCH_LOCAL_DEFINITION_H_
#define TROUPE_BENCH_LOCAL_DEFINITION_H_

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "bench/process_memory.h"

namespace troupe::bench {

using Number = std::uint64_t;

// Numbers of 32 bits: every language has arithmetic for them that needs no memory.
constexpr Number kMask = 0xffff'ffff;

constexpr Number next_check(Number check, Number actor) { return (check * 31 + actor) & kMask; }

constexpr Number next_state(Number state) { return ((state ^ (state >> 15)) * 69069 + 1) & kMask; }
constexpr int kRounds = 10'000;

inline Number work(Number state) {
  for (int i = 0; i < kRounds; ++i) state = next_state(state);
  return state;
}

struct Options {
  std::string_view benchmark;
  Number actors = 0;
  Number messages = 0;
  unsigned threads = 1;
  std::string_view on = {};  // A program's own way to run actors; empty: the usual one.
};

[[noreturn]] inline void end_with_usage(const char* program) {
  std::fprintf(stderr,
               "usage: %s ping_pong|ring|many_to_one|create|skynet|independent\n"
               "       [--actors=N] [--messages=N] [--threads=N] [--on=WAY]\n",
               program);
  std::exit(2);
}

inline Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    auto number = [&](std::string_view name, auto& value) {
      if (!argument.starts_with(name)) return false;
      const char* const end = argument.data() + argument.size();
      auto [stop, error] = std::from_chars(argument.data() + name.size(), end, value);
      return error == std::errc() && stop == end;
    };
    if (!argument.starts_with("--")) {
      options.benchmark = argument;
    } else if (argument.starts_with("--on=")) {
      options.on = argument.substr(5);
    } else if (!number("--actors=", options.actors) && !number("--messages=", options.messages) &&
               !number("--threads=", options.threads)) {
      end_with_usage(argv[0]);
    }
  }
  const bool needs_actors = options.benchmark != "ping_pong";
  const bool needs_messages = options.benchmark != "create" && options.benchmark != "skynet";
  if ((needs_actors && options.actors == 0) || (needs_messages && options.messages == 0)) {
    std::fprintf(stderr, "%s: this benchmark needs%s%s\n", argv[0],
                 needs_actors ? " --actors=N" : "", needs_messages ? " --messages=N" : "");
    end_with_usage(argv[0]);
  }
  return options;
}

// Time, processor time and memory of the work, from here on.
class Measurement {
 public:
  Measurement()
      : memory_(process_memory("VmRSS:")),
        processor_(std::clock()),
        started_(std::chrono::steady_clock::now()) {}

  void print(Number result) const {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started_;
    const std::size_t memory = process_memory("VmRSS:");
    const double processor = double(std::clock() - processor_) / CLOCKS_PER_SEC;
    std::printf(
        "{\"result\": %llu, \"wall_seconds\": %.6f, \"processor_seconds\": %.6f, "
        "\"memory_bytes\": %zu}\n",
        static_cast<unsigned long long>(result), wall.count(), processor,
        memory > memory_ ? memory - memory_ : 0);
    std::fflush(stdout);
  }

 private:
  std::size_t memory_;
  std::clock_t processor_;  // of all threads
  std::chrono::steady_clock::time_point started_;
};

}  // namespace troupe::bench

#endif  // TROUPE_BENCH_LOCAL_DEFINITION_H_
