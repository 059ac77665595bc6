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

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "actor/host.h"
#include "actor/names.h"
#include "cli/inform.h"
#include "remote/credential_file.h"
#include "remote/hosted_algorithm.h"
#include "remote/network_faults.h"
#include "remote/remote_host.h"
#include "runtime/directory_storage.h"
#include "runtime/serve.h"
#include "scenario/units.h"
#include "trace/jsonl.h"

namespace troupe::cli {

namespace {

constexpr Duration kJoinWithin = std::chrono::seconds(10);
constexpr Duration kStopWithin = std::chrono::seconds(10);
constexpr std::int64_t kMostThreads = 1024;
// A token travels in a header, for which gRPC has room of 8 kB.
constexpr std::size_t kLongestToken = 1024;
constexpr std::size_t kShortToken = 16;

void warn(const std::string& text) { std::fprintf(stderr, "troupe: warning: %s\n", text.c_str()); }

absl::StatusOr<std::string> read_token(const std::string& path) {
  const absl::StatusOr<std::string> text = read_credential_file("file", path);
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--token-file: ", std::string(text.status().message())));
  }
  std::string token(absl::StripAsciiWhitespace(*text));
  if (token.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("--token-file: ", path, " is empty"));
  }
  if (token.size() > kLongestToken) {
    return absl::InvalidArgumentError(absl::StrCat("--token-file: the token in ", path, " has ",
                                                   token.size(), " bytes: at most ",
                                                   kLongestToken));
  }
  for (const char letter : token) {
    if (absl::ascii_isgraph(static_cast<unsigned char>(letter))) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "--token-file: the token in ", path, " must be one word of letters, digits and signs"));
  }
  if (token.size() < kShortToken) {
    warn(absl::StrCat("the token in ", path, " has ", token.size(),
                      " letters and can be guessed: 'openssl rand -hex 32' makes a good one"));
  }
  return token;
}

// What is meant to be secret is told of where it is not.
void warn_if_everybody_may_read(const Options& options) {
  for (const char* option : {"--token-file", "--key"}) {
    const auto file = options.value(option);
    if (file && everybody_may_read(*file)) {
      warn(absl::StrCat(option, ": everybody on this machine may read ", *file, ": 'chmod o-r ",
                        *file, "'"));
    }
  }
}

// Each connection takes a descriptor: as many as the system allows.
void raise_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) warn("the limit of descriptors cannot be raised");
}

absl::StatusOr<RemoteHostOptions> read_options(const Options& options) {
  RemoteHostOptions host;
  host.listen = *options.value("--listen");
  host.advertise = options.value("--advertise").value_or("");
  host.name = options.value("--name").value_or("");
  host.serving = false;  // Until it is ready.
  host.admission.certificate_file = options.value("--certificate").value_or("");
  host.admission.key_file = options.value("--key").value_or("");
  host.admission.authority_file = options.value("--authority").value_or("");
  host.admission.insecure = options.has("--insecure");
  if (options.has("--name") && host.name.empty()) {
    return absl::InvalidArgumentError("--name must not be empty");
  }
  if (const auto file = options.value("--token-file")) {
    absl::StatusOr<std::string> token = read_token(*file);
    if (!token.ok()) return token.status();
    host.admission.token = *std::move(token);
  }
  if (const auto threads = options.value("--threads")) {
    const std::optional<std::int64_t> number = scenario::parse_integer(*threads).value;
    if (!number || *number < 1 || *number > kMostThreads) {
      return absl::InvalidArgumentError(absl::StrCat("--threads must be a number from 1 to ",
                                                     kMostThreads, ", not '", *threads, "'"));
    }
    host.runtime.threads = static_cast<unsigned>(*number);
  }
  return host;
}

// Gets to know another host, which may be starting just now. CANCELLED: a signal has come.
absl::Status join(RemoteHost& host, const std::string& address, StopSignals& signals) {
  const absl::StatusOr<Ref<Host>> other = host_named(host, address);
  if (!other.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--join must be host:port, as in 127.0.0.1:7000, and not '", address, "'"));
  }
  const auto end = std::chrono::steady_clock::now() + kJoinWithin;
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

// Says when actors start and end, a line each on standard error.
class Lives final : public Observer {
 public:
  explicit Lives(const Runtime& runtime) : runtime_(runtime) {}
  void on_event(const Event& event) override {
    if (event.kind != EventKind::kSpawn && event.kind != EventKind::kStop &&
        event.kind != EventKind::kFailure) {
      return;
    }
    std::fprintf(stderr, "troupe: %s: %s%s%s\n", runtime_.name_of(event.actor).c_str(),
                 std::string(to_string(event.kind)).c_str(), event.status.ok() ? "" : ": ",
                 event.status.ok() ? "" : to_string(event.status).c_str());
  }

 private:
  const Runtime& runtime_;
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
          "It gives 0 when all of them have ended by themselves, and 1 when one had to be killed.",
      .options = {{"--listen", "HOST:PORT", "where it listens; port 0 takes any that is free"},
                  {"--advertise", "HOST:PORT", "how others reach it, if not as in --listen"},
                  {"--name", "NAME", "what others may call it; else its address"},
                  {"--join", "HOST:PORT", "another host to get to know; may be given again", true},
                  {"--token-file", "FILE", "all hosts have the same token, and others none"},
                  {"--certificate", "FILE", "of this host, in PEM format"},
                  {"--key", "FILE", "the certificate's key"},
                  {"--authority", "FILE", "the certificate of whoever signs all hosts'"},
                  {"--insecure", "", "plain text also where other machines can listen"},
                  {"--faults", "",
                   "with an actor 'faults', which makes the network bad: for tests"},
                  {"--data", "DIR", "keep there what actors that have a name save, over restarts"},
                  {"--threads", "N", "that run actors; by default one for each core"},
                  {"--trace", "FILE", "write all events there, as JSON Lines"},
                  {"--verbose", "", "say when actors start, fail and end"}},
      .least_arguments = 0,
      .most_arguments = 0};
}

int run_host(const Options& options, const std::vector<Algorithm>& algorithms) {
  if (!options.has("--listen")) {
    return wrong_input("'host' needs --listen HOST:PORT, as in --listen 127.0.0.1:7000");
  }
  if (options.has("--trace") && options.has("--verbose")) {
    return wrong_input("--trace has all that --verbose says: give one of them");
  }
  // Whoever reads what this writes may go away.
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptors();
  absl::StatusOr<RemoteHostOptions> wanted = read_options(options);
  if (!wanted.ok()) return wrong_input(std::string(wanted.status().message()));
  warn_if_everybody_may_read(options);
  const std::string name = wanted->name;
  std::unique_ptr<DirectoryStorage> data;
  if (const auto directory = options.value("--data")) {
    absl::StatusOr<std::unique_ptr<DirectoryStorage>> opened = DirectoryStorage::open(*directory);
    if (!opened.ok()) {
      return wrong_input(absl::StrCat("--data: ", std::string(opened.status().message())));
    }
    data = *std::move(opened);
    wanted->runtime.storage = data.get();
  }
  StopSignals signals;
  absl::StatusOr<std::unique_ptr<RemoteHost>> started = RemoteHost::start(*std::move(wanted));
  if (!started.ok()) return wrong_input(std::string(started.status().message()));
  RemoteHost& host = **started;
  for (const Algorithm& algorithm : algorithms) allow_spawning(host, algorithm);

  if (options.has("--faults")) {
    const auto faults = spawn_with<NetworkFaults>(host, 0, {.name = "faults"}, host);
    if (!faults.ok()) return wrong_input(std::string(faults.status().message()));
  }

  Lives lives(host);
  std::unique_ptr<trace::JsonlWriter> trace;
  if (const auto file = options.value("--trace")) {
    absl::StatusOr<std::unique_ptr<trace::JsonlWriter>> writer =
        trace::JsonlWriter::open(*file, host, {.on_failure = [](const absl::Status& status) {
          wrong_input(std::string(status.message()));
        }});
    if (!writer.ok()) return wrong_input(std::string(writer.status().message()));
    trace = *std::move(writer);
    host.observe_with(trace.get());
  } else if (options.has("--verbose")) {
    host.observe_with(&lives);
  }

  for (const std::string& address : options.values("--join")) {
    const absl::Status joined = join(host, address, signals);
    if (joined.ok() || signals.have_come()) continue;
    host.stop();
    return wrong_input(std::string(joined.message()));
  }
  if (!signals.have_come()) {
    host.set_serving(true);
    std::printf("ready %s %s\n", name.empty() ? host.address().c_str() : name.c_str(),
                host.address().c_str());
    std::fflush(stdout);
  }
  signals.wait();
  host.drain();
  const std::vector<std::string> killed = host.shutdown(kStopWithin);
  for (const std::string& actor : killed) {
    std::fprintf(stderr, "troupe: %s did not end within %s, and was killed\n", actor.c_str(),
                 to_string(kStopWithin).c_str());
  }
  host.stop();
  host.observe_with(nullptr);
  if (trace != nullptr) {
    if (const absl::Status written = trace->close(); !written.ok()) {
      return wrong_input(std::string(written.message()));
    }
  }
  return killed.empty() ? kAllHolds : kCheckFailed;
}

}  // namespace troupe::cli
