// What the options of 'host' mean for a RemoteHost.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/host_log.h"
#include "cli/options.h"
#include "remote/remote_host.h"

namespace troupe::cli {

// The options themselves, for --help.
std::vector<OptionSpec> host_options();

struct HostSettings {
  RemoteHostOptions remote;
  Duration join_within;
  Duration stop_within;
};

// INVALID_ARGUMENT: what is wrong, with where it was given.
absl::StatusOr<HostLog::Form> read_log_form(const Options& options);
absl::StatusOr<HostSettings> read_host_settings(const Options& options);

// Who is let in, from the files that the options name: also later, when these are others. What is
// good enough, and could be better, is added to `warnings`.
absl::StatusOr<Admission> read_admission(const Options& options,
                                         std::vector<std::string>& warnings);

}  // namespace troupe::cli
