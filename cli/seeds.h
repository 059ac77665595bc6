// `troupe sim FILE --seeds A..B --jobs N`: one scenario with many seeds, in several processes.
//
// Every seed is a run of its own, in a process of its own: one that crashes takes no other along.
// The results are in the order of the seeds and the same to the byte, however many processes there
// are, and also where a run was interrupted and taken up again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "scenario/scenario.h"
#include "sim/experiment.h"

namespace troupe::cli {

struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;  // inclusive

  // "1..1000"; at most a million seeds.
  static absl::StatusOr<SeedRange> parse(const std::string& text);
  std::uint64_t count() const { return last - first + 1; }
};

struct SeedsOptions {
  SeedRange seeds;
  int jobs = 1;
  std::string folder;       // for results.csv; empty: none
  std::string fingerprint;  // of what is run: results of something else are not taken up
  bool encode = false;      // every message, as --encode
  bool quiet = false;
  // The command that repeats one seed.
  std::function<std::string(std::uint64_t seed)> repeat_command;
};

// Runs all seeds, prints what came out, and gives the exit code.
int run_seeds(const scenario::Scenario& scenario, const SeedsOptions& options);

}  // namespace troupe::cli
