// `--verify`: the same run once more, in another process, compared event by event.
//
// Another process has other addresses and other hash seeds, so what depends on them shows. The run
// itself and the other one write the rolling hash every few events; where these differ, both are
// run again and write down what happens there, and the first event that differs is shown.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "actor/observe.h"
#include "cli/program.h"
#include "sim/experiment.h"

namespace troupe::cli {

// Events between two hashes that are written down; the last one always is.
inline constexpr std::uint64_t kHashEvery = 64;

// What a run writes down for a comparison: hidden options of `sim`.
struct EventLog {
  std::string hashes = {};  // a file for the hashes, 8 bytes each; empty: none
  std::string events = {};  // a file for the events from `from` to `to`; empty: none
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

// Writes an event log while a run goes on.
class EventLogWriter : public Observer {
 public:
  static absl::Status attach(const EventLog& log, sim::ExperimentOptions& options,
                             EventLogWriter& writer);
  ~EventLogWriter() override;

  void watch(const sim::Simulator& simulator) { simulator_ = &simulator; }
  void on_event(const Event& event) override;

  // Writes the last hash, that of the whole run. DATA_LOSS where something could not be written.
  absl::Status close(std::uint64_t event_hash);

 private:
  absl::Status failure(const std::string& file);
  EventLog log_;
  std::FILE* hashes_ = nullptr;
  std::FILE* events_ = nullptr;
  const sim::Simulator* simulator_ = nullptr;
};

// Runs this program with `words` (a `sim` command line without --verify) and compares with a run of
// the same that has written its hashes to `file`. OK where the runs are the same; DATA_LOSS, with
// where they part, where they are not; another error where they cannot be compared.
absl::Status verify_against(const std::string& file, const std::vector<std::string>& words,
                            const TemporaryFolder& folder);

}  // namespace troupe::cli
