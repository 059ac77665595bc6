// Options to a RemoteHost, and its life.
#include "cli/host_command.h"

#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "actor/host.h"
#include "actor/names.h"
#include "cli/host_log.h"
#include "cli/host_options.h"
#include "cli/host_signals.h"
#include "cli/inform.h"
#include "cli/notify.h"
#include "cli/settings.h"
#include "remote/hosted_algorithm.h"
#include "remote/network_faults.h"
#include "remote/remote_host.h"
#include "remote/version.h"
#include "runtime/directory_storage.h"
#include "trace/jsonl.h"

namespace troupe::cli {

namespace {

constexpr char kVariables[] = "TROUPE_HOST_";

// Each connection takes a descriptor: as many as the system allows.
void raise_descriptors(HostLog& log) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    log.warn("descriptors", "the limit of descriptors cannot be raised");
  }
}

// Gets to know another host, which may be starting just now. CANCELLED: a signal has come.
absl::Status join(RemoteHost& host, const std::string& address, Duration within,
                  const std::string& place, HostSignals& signals) {
  const absl::StatusOr<Ref<Host>> other = host_named(host, address);
  if (!other.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(place, " must be host:port, as in 127.0.0.1:7000, and not '", address, "'"));
  }
  const auto end = std::chrono::steady_clock::now() + within;
  while (true) {
    const auto names = host.ask(other->names_here());
    if (names.ok()) return absl::OkStatus();
    if (signals.have_come()) return absl::CancelledError("stopped while joining");
    const bool may_come =
        absl::IsUnavailable(names.status()) || absl::IsDeadlineExceeded(names.status());
    if (!may_come || std::chrono::steady_clock::now() >= end) {
      return absl::Status(
          names.status().code(),
          absl::StrCat("cannot join ", address, ": ", std::string(names.status().message())));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

// Says when actors start and end.
class Lives final : public Observer {
 public:
  Lives(const Runtime& runtime, HostLog& log) : runtime_(runtime), log_(log) {}
  void on_event(const Event& event) override {
    if (event.kind != EventKind::kSpawn && event.kind != EventKind::kStop &&
        event.kind != EventKind::kFailure) {
      return;
    }
    const std::string actor = runtime_.name_of(event.actor);
    const std::string kind(to_string(event.kind));
    log_.write({.level = event.kind == EventKind::kFailure ? LogLevel::kWarning : LogLevel::kInfo,
                .event = absl::StrCat("actor_", kind),
                .text = absl::StrCat(actor, ": ", kind, event.status.ok() ? "" : ": ",
                                     event.status.ok() ? "" : to_string(event.status)),
                .fields = {{"actor", actor}}});
  }

 private:
  const Runtime& runtime_;
  HostLog& log_;
};

// One host, from its options to its end.
class HostRun {
 public:
  HostRun(const Options& options, HostLog& log, HostSignals& signals)
      : options_(options), log_(log), signals_(signals) {}

  int run(const std::vector<Algorithm>& algorithms) {
    raise_descriptors(log_);
    absl::Status status = start(algorithms);
    if (status.ok()) status = observe();
    if (!status.ok()) return log_.fail(std::string(status.message()));
    signals_.on_hangup([this] { read_files_again(); });
    for (const std::string& address : options_.values("--join")) {
      status = join(*host_, address, join_within_, options_.place_of("--join"), signals_);
      if (signals_.have_come()) break;
      if (status.ok()) continue;
      host_->stop();
      return log_.fail(std::string(status.message()));
    }
    if (!signals_.have_come()) say_that_it_is_ready();
    signals_.wait();
    return stop();
  }

 private:
  absl::Status start(const std::vector<Algorithm>& algorithms) {
    absl::StatusOr<HostSettings> settings = read_host_settings(options_);
    if (!settings.ok()) return settings.status();
    RemoteHostOptions& wanted = settings->remote;
    std::vector<std::string> warnings;
    absl::StatusOr<Admission> admission = read_admission(options_, warnings);
    if (!admission.ok()) return admission.status();
    wanted.admission = *std::move(admission);
    for (const std::string& warning : warnings) log_.warn("secret", warning);
    if (const auto directory = options_.value("--data")) {
      absl::StatusOr<std::unique_ptr<DirectoryStorage>> opened = DirectoryStorage::open(*directory);
      if (!opened.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(options_.place_of("--data"), ": ",
                                                       std::string(opened.status().message())));
      }
      data_ = *std::move(opened);
      wanted.runtime.storage = data_.get();
    }
    name_ = wanted.name;
    join_within_ = settings->join_within;
    stop_within_ = settings->stop_within;
    wanted.log = [this](const LogLine& line) { log_.write(line); };
    absl::StatusOr<std::unique_ptr<RemoteHost>> started = RemoteHost::start(std::move(wanted));
    if (!started.ok()) return started.status();
    host_ = *std::move(started);
    for (const Algorithm& algorithm : algorithms) allow_spawning(*host_, algorithm);
    if (!options_.has("--faults")) return absl::OkStatus();
    return spawn_with<NetworkFaults>(*host_, 0, {.name = "faults"}, *host_).status();
  }

  absl::Status observe() {
    lives_.emplace(*host_, log_);
    if (const auto file = options_.value("--trace")) {
      absl::StatusOr<std::unique_ptr<trace::JsonlWriter>> writer = trace::JsonlWriter::open(
          *file, *host_, {.on_failure = [this](const absl::Status& status) {
            log_.fail(std::string(status.message()));
          }});
      if (!writer.ok()) return writer.status();
      trace_ = *std::move(writer);
      host_->observe_with(trace_.get());
    } else if (options_.has("--verbose")) {
      host_->observe_with(&*lives_);
    }
    return absl::OkStatus();
  }

  void notify(const std::string& state) {
    if (const absl::Status sent = notify_service_manager(state); !sent.ok()) {
      log_.warn("notify", std::string(sent.message()));
    }
  }

  void say_that_it_is_ready() {
    host_->set_serving(true);
    const std::string address = host_->address();
    const std::string name = name_.empty() ? address : name_;
    log_.write({.level = LogLevel::kInfo,
                .event = "ready",
                .text = absl::StrCat("host ", name, " can be reached at ", address),
                .fields = {{"name", name}, {"address", address}, {"version", kVersion}}});
    std::printf("ready %s %s\n", name.c_str(), address.c_str());
    std::fflush(stdout);
    notify(absl::StrCat("READY=1\nSTATUS=", name, " can be reached at ", address));
  }

  // For SIGHUP: tokens and certificates may be others by now.
  void read_files_again() {
    std::vector<std::string> warnings;
    const absl::StatusOr<Admission> admission = read_admission(options_, warnings);
    const absl::Status status =
        admission.ok() ? host_->replace_admission(*admission) : admission.status();
    for (const std::string& warning : warnings) log_.warn("secret", warning);
    if (status.ok()) {
      log_.info("reloaded", "tokens and certificates have been read again");
    } else {
      log_.write({.level = LogLevel::kError,
                  .event = "not_reloaded",
                  .text = absl::StrCat("tokens and certificates are those of before: ",
                                       std::string(status.message()))});
    }
  }

  int stop() {
    host_->drain();
    log_.info("stopping", "the host stops its actors");
    notify("STOPPING=1");
    const std::vector<std::string> killed = host_->shutdown(stop_within_);
    for (const std::string& actor : killed) {
      log_.write({.level = LogLevel::kError,
                  .event = "actor_killed",
                  .text = absl::StrCat(actor, " did not end within ", to_string(stop_within_),
                                       ", and was killed"),
                  .fields = {{"actor", actor}}});
    }
    host_->stop();
    host_->observe_with(nullptr);
    if (trace_ != nullptr) {
      if (const absl::Status written = trace_->close(); !written.ok()) {
        return log_.fail(std::string(written.message()));
      }
    }
    log_.info("stopped", "the host has stopped");
    return killed.empty() ? kAllHolds : kCheckFailed;
  }

  const Options& options_;
  HostLog& log_;
  HostSignals& signals_;
  std::string name_;
  Duration join_within_{};
  Duration stop_within_{};
  std::unique_ptr<DirectoryStorage> data_;
  std::unique_ptr<RemoteHost> host_;
  std::optional<Lives> lives_;
  std::unique_ptr<trace::JsonlWriter> trace_;
};

}  // namespace

VerbSpec host_verb() {
  return {
      .name = "host",
      .arguments = "",
      .help = "Runs a host for actors, which other hosts and gRPC clients reach, until Ctrl-C.",
      .details =
          "It spawns the actors of this program's algorithms when it is asked to. When it can be\n"
          "reached, it prints one line: 'ready NAME HOST:PORT', and its health service says "
          "SERVING\n"
          "until Ctrl-C or kill stops its actors, one after the other; a second one ends it at "
          "once.\n"
          "It gives 0 when all of them have ended by themselves, and 1 when one had to be killed. "
          "On\n"
          "SIGHUP it reads tokens and certificates again.\n"
          "\n"
          "Each option can also stand in the environment (TROUPE_HOST_TOKEN_FILE for --token-file)"
          "\n"
          "or in the file of --config; the command line goes before the environment, and that "
          "before\n"
          "the file.",
      .options = host_options(),
      .least_arguments = 0,
      .most_arguments = 0};
}

int run_host(const Options& given, const std::vector<Algorithm>& algorithms) {
  // Whoever reads what this writes may go away.
  std::signal(SIGPIPE, SIG_IGN);
  HostSignals signals;
  Options options = given;
  const absl::Status added =
      add_settings(host_verb(), kVariables, variables_with(kVariables), options);
  if (!added.ok()) return wrong_input(std::string(added.message()));
  const absl::StatusOr<HostLog::Form> form = read_log_form(options);
  if (!form.ok()) return wrong_input(std::string(form.status().message()));
  HostLog log(*form);
  if (!options.has("--listen")) {
    return log.fail("'host' needs --listen HOST:PORT, as in --listen 127.0.0.1:7000");
  }
  if (options.has("--trace") && options.has("--verbose")) {
    return log.fail(absl::StrCat(options.place_of("--trace"), " has all that ",
                                 options.place_of("--verbose"), " says: give one of them"));
  }
  return HostRun(options, log, signals).run(algorithms);
}

}  // namespace troupe::cli
