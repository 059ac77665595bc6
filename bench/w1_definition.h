// Benchmark W1, steady Chord in a simulator: the work itself, whoever simulates it. Every program
// of W1 includes this header, so that all of them start from the same ring, start the same
// operations at the same dates, and report the same counts in the same form.
//
//   Options options = parse_options(argc, argv);
//   Measurement measurement("w1_mine", options);        // before anything is built
//   Ring ring(options.nodes);
//   ...build the nodes, each with its Agenda...
//   measurement.start();
//   Counts counts = ...simulate...
//   measurement.stop(counts);
//   measurement.print();
//
// The work. There are N nodes on a ring of 32-bit identifiers. Successor, predecessor and the 32
// fingers of every node are exact before the clock starts. Every message takes 50 ms one way. Four
// operations return on every node, each with its own period, one at a time: when an operation has
// its answer, the one that is due earliest goes next, late if need be. None starts that is due at T
// or later; what is in flight then is still delivered.
//
//   stabilize          GET_PREDECESSOR to the successor, its answer, NOTIFY to the successor
//                      (3 messages; the node goes on as soon as NOTIFY is sent)
//   fix_finger         next = (next + 1) mod 32; find(id + 2^next)
//   check_predecessor  ALIVE to the predecessor, its answer (2 messages)
//   lookup             find(a random key)
//
//   find(key)          key in (id, successor]: the node knows the answer, no message.
//                      Otherwise FIND to the closest preceding finger: the highest one in the open
//                      interval (id, key), the successor when there is none. Whoever has the key in
//                      (its id, its successor] answers straight to the node that asked; whoever has
//                      not, forwards. The hops of a lookup are its FIND messages.
//
// Every answer to a lookup is compared with the true successor of its key. Nothing is lost and no
// node leaves, so the counts depend on N and T only: two programs that count differently did
// different work.

#ifndef TROUPE_BENCH_W1_DEFINITION_H_
#define TROUPE_BENCH_W1_DEFINITION_H_

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/process_memory.h"

namespace troupe::bench {

using Id = std::uint32_t;    // A place on the ring; arithmetic wraps around, as the ring does.
using Node = std::uint32_t;  // A node's place in the order of the identifiers, from 0.

// Simulated time since the start. Whole nanoseconds, so that no program rounds a date differently.
using Date = std::chrono::nanoseconds;

inline constexpr Date kLatency = std::chrono::milliseconds(50);
inline constexpr int kFingers = 32;

// SplitMix64: one step of its counter, then its finaliser.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Whether `id` lies in (from, to]; the whole ring when the two are the same.
constexpr bool in_half_open(Id id, Id from, Id to) {
  return Id(id - from - 1) <= Id(to - from - 1);
}

// Whether `id` lies in (from, to); everything but `from` when the two are the same.
constexpr bool in_open(Id id, Id from, Id to) { return Id(id - from - 1) < Id(to - from - 1); }

// The identifiers, and who owns which key. It keeps no fingers: how a node stores those is its
// program's affair, and so is the memory they take.
class Ring {
 public:
  explicit Ring(Node nodes) : ids_(nodes), numbers_(nodes), shift_(32 - std::bit_width(nodes)) {
    std::iota(numbers_.begin(), numbers_.end(), std::uint32_t{0});
    auto drawn = [](std::uint32_t number) { return Id(mix(number + std::uint64_t{1}) >> 32); };
    std::sort(numbers_.begin(), numbers_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(drawn(a), a) < std::pair(drawn(b), b);
    });
    for (Node i = 0; i < nodes; ++i) {
      ids_[i] = drawn(numbers_[i]);  // Of two equal ones, the later moves up by one.
      if (i > 0 && ids_[i] <= ids_[i - 1]) ids_[i] = ids_[i - 1] + 1;
    }
    first_.resize((Id(~Id{0}) >> shift_) + std::size_t{1});
    Node node = 0;
    for (std::size_t slice = 0; slice < first_.size(); ++slice) {
      while (node < nodes && (ids_[node] >> shift_) < slice) ++node;
      first_[slice] = node;
    }
  }

  Node size() const { return Node(ids_.size()); }
  Id id(Node node) const { return ids_[node]; }

  // The number a node had before the nodes were put in order; its identifier and its random numbers
  // come from it.
  std::uint32_t number(Node node) const { return numbers_[node]; }

  Node successor_of(Node node) const { return node + 1 == size() ? 0 : node + 1; }
  Node predecessor_of(Node node) const { return node == 0 ? size() - 1 : node - 1; }

  // The first node at `key` or after it. Constant time: the table of slices leaves a step or two.
  Node successor(Id key) const {
    Node node = first_[key >> shift_];
    while (node < size() && ids_[node] < key) ++node;
    return node == size() ? 0 : node;
  }

  // Finger `k` of `node`; finger 0 is the successor.
  Node finger(Node node, int k) const { return successor(ids_[node] + (Id{1} << k)); }

 private:
  std::vector<Id> ids_;  // Ascending, all different.
  std::vector<std::uint32_t> numbers_;
  int shift_;                // A key's slice is key >> shift_; there are one to two slices a node.
  std::vector<Node> first_;  // The first node of a slice or of a later one; size() if none.
};

// In this order they go when they are due at the same date.
enum class Operation : std::uint8_t { kStabilize, kFixFinger, kCheckPredecessor, kLookup };
inline constexpr int kOperations = 4;

inline constexpr std::array<Date, kOperations> kPeriods = {
    std::chrono::seconds(20), std::chrono::seconds(120), std::chrono::seconds(120),
    std::chrono::seconds(10)};

// What one node does and when: its random numbers, its four dates, its next finger.
class Agenda {
 public:
  // `number` is Ring::number(), not the node's place.
  explicit Agenda(std::uint32_t number) : stream_(mix(number) * 2 + 1) {
    for (int i = 0; i < kOperations; ++i) {
      dates_[i] = Date(std::int64_t(unit() * double(kPeriods[i].count())));
    }
    choose();
  }

  // The operation that goes next, and the date from which it may.
  Operation next() const { return next_; }
  Date due() const { return dates_[std::size_t(next_)]; }

  // Takes the next operation: to be called when it starts. Its own next date is one period after
  // the date it was due at, however late it started.
  Operation take() {
    const Operation taken = next_;
    dates_[std::size_t(taken)] += kPeriods[std::size_t(taken)];
    choose();
    return taken;
  }

  // The key of a lookup that starts now.
  Id lookup_key() { return Id(random() >> 32); }

  // The finger of a fix_finger that starts now.
  int next_finger() { return finger_ = (finger_ + 1) % kFingers; }

 private:
  std::uint64_t random() { return mix(stream_++); }
  double unit() { return double(random() >> 11) * 0x1p-53; }
  void choose() {
    next_ = Operation(std::min_element(dates_.begin(), dates_.end()) - dates_.begin());
  }

  std::uint64_t stream_;
  std::array<Date, kOperations> dates_;
  std::int32_t finger_ = 0;
  Operation next_ = Operation::kStabilize;
};

// What the programs must agree on.
struct Counts {
  std::uint64_t messages = 0;          // Delivered: every hop, answer and notification is one.
  std::uint64_t timer_operations = 0;  // Started operations of all four kinds.
  std::uint64_t lookups = 0;           // Answered, with or without a message.
  std::uint64_t wrong = 0;             // Lookups whose answer was not the true successor.
  std::uint64_t hops = 0;              // FIND messages of all lookups together.
};

struct Options {
  Node nodes = 1'000;
  std::int64_t seconds = 200;
  bool json = false;

  Date end() const { return std::chrono::seconds(seconds); }
};

// Reads --nodes=N --seconds=T --json; anything else ends the program with the usage.
inline Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    auto number = [&](std::string_view name, auto& value) {
      if (!argument.starts_with(name)) return false;
      const char* const end = argument.data() + argument.size();
      auto [stop, error] = std::from_chars(argument.data() + name.size(), end, value);
      return error == std::errc() && stop == end && value > 0;
    };
    const bool known = number("--nodes=", options.nodes) || number("--seconds=", options.seconds);
    options.json = options.json || argument == "--json";
    if (!known && argument != "--json") {
      std::fprintf(stderr, "usage: %s [--nodes=N] [--seconds=T] [--json]\n", argv[0]);
      std::exit(2);
    }
  }
  return options;
}

// Time and memory of one run. Only the simulation is timed, not the building of the ring and the
// nodes; memory is what the whole run needed at its peak, less what the process had at the start.
class Measurement {
 public:
  // To be made first of all: what the process holds by now does not count as the nodes' memory.
  Measurement(std::string program, const Options& options)
      : program_(std::move(program)), options_(options), bytes_before_(process_memory("VmRSS:")) {}

  void start() { started_ = std::chrono::steady_clock::now(); }

  void stop(const Counts& counts) {
    wall_ = std::chrono::steady_clock::now() - started_;
    bytes_peak_ = process_memory("VmHWM:");
    counts_ = counts;
  }

  void print() const {
    const double mean_hops = double(counts_.hops) / double(std::max(counts_.lookups, Lookups{1}));
    const double rate = double(counts_.messages) / wall_.count();
    const std::size_t bytes_a_node = (bytes_peak_ - bytes_before_) / options_.nodes;
    const char* const format =
        options_.json
            ? "{\"program\": \"%s\", \"nodes\": %u, \"seconds\": %lld, \"messages\": %llu, "
              "\"timer_operations\": %llu, \"lookups\": %llu, \"wrong\": %llu, "
              "\"mean_hops\": %.6f, \"wall_seconds\": %.6f, \"messages_per_second\": %.0f, "
              "\"peak_memory_bytes\": %zu, \"bytes_per_node\": %zu}\n"
            : "%s: %u nodes, %lld simulated seconds\n"
              "%llu messages, %llu timer operations, %llu lookups, %llu wrong, %.2f hops a lookup\n"
              "%.3f s, %.0f messages/s; peak %zu bytes, %zu bytes a node\n";
    using Long = unsigned long long;
    std::printf(format, program_.c_str(), options_.nodes, static_cast<long long>(options_.seconds),
                Long{counts_.messages}, Long{counts_.timer_operations}, Long{counts_.lookups},
                Long{counts_.wrong}, mean_hops, wall_.count(), rate, bytes_peak_, bytes_a_node);
  }

 private:
  using Lookups = decltype(Counts::lookups);

  std::string program_;
  Options options_;
  std::size_t bytes_before_;
  std::size_t bytes_peak_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::chrono::duration<double> wall_{};
  Counts counts_;
};

}  // namespace troupe::bench

#endif  // TROUPE_BENCH_W1_DEFINITION_H_
