// From words to options, limits and tokens.
#include "cli/host_options.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "remote/credential_file.h"
#include "scenario/diagnostic.h"
#include "scenario/units.h"

namespace troupe::cli {

namespace {

constexpr std::int64_t kMostThreads = 1024;
// A token travels in a header, for which gRPC has room of 8 kB.
constexpr std::size_t kLongestToken = 1024;
constexpr std::size_t kShortToken = 16;
constexpr std::size_t kMostTokens = 16;
constexpr Duration kLeastTime = std::chrono::milliseconds(10);
constexpr Duration kMostTime = std::chrono::hours(24);
// gRPC counts a message in 32 bits.
constexpr std::int64_t kMostMessage = std::int64_t{1} << 30;
constexpr std::int64_t kMostQueue = std::int64_t{1} << 40;
constexpr std::int64_t kLeastSize = 65'536;

absl::Status wrong(const Options& options, const std::string& option, const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat(options.place_of(option), why));
}

// Each sets one value where its option was given.
absl::Status read_time(const Options& options, const std::string& option, Duration& time) {
  const auto text = options.value(option);
  if (!text) return absl::OkStatus();
  const std::optional<Duration> value = scenario::parse_duration(*text).value;
  if (!value || *value < kLeastTime || *value > kMostTime) {
    return wrong(options, option,
                 absl::StrCat(" must be a time from ", to_string(kLeastTime), " to ",
                              to_string(kMostTime), ", such as 1500ms, not '", *text, "'"));
  }
  time = *value;
  return absl::OkStatus();
}

absl::Status read_size(const Options& options, const std::string& option, std::int64_t most,
                       std::size_t& size) {
  const auto text = options.value(option);
  if (!text) return absl::OkStatus();
  const std::optional<std::int64_t> value = scenario::parse_size(*text).value;
  if (!value || *value < kLeastSize || *value > most) {
    return wrong(options, option,
                 absl::StrCat(" must be a size from ", kLeastSize, "B to ", most,
                              "B, such as 64MiB, not '", *text, "'"));
  }
  size = static_cast<std::size_t>(*value);
  return absl::OkStatus();
}

template <class Number>
absl::Status read_number(const Options& options, const std::string& option, std::int64_t most,
                         Number& number) {
  const auto text = options.value(option);
  if (!text) return absl::OkStatus();
  const std::optional<std::int64_t> value = scenario::parse_integer(*text).value;
  if (!value || *value < 1 || *value > most) {
    return wrong(options, option,
                 absl::StrCat(" must be a number from 1 to ", most, ", not '", *text, "'"));
  }
  number = static_cast<Number>(*value);
  return absl::OkStatus();
}

absl::Status read_limits(const Options& options, RemoteHostOptions& host) {
  constexpr std::int64_t kMost = 1'000'000;
  Reach& reach = host.reach;
  for (const absl::Status& status :
       {read_time(options, "--connect", reach.connect),
        read_time(options, "--reconnect", reach.reconnect),
        read_time(options, "--silence", reach.silence),
        read_time(options, "--heartbeat", reach.heartbeat),
        read_size(options, "--queue", kMostQueue, reach.queue),
        read_size(options, "--inbox", kMostQueue, reach.inbox),
        read_size(options, "--largest-message", kMostMessage, reach.largest_message),
        read_number(options, "--most-peers", kMost, reach.most_peers),
        read_number(options, "--most-calls", kMost, reach.most_client_calls),
        read_number(options, "--log-lines", kMost, host.most_log_lines),
        read_number(options, "--threads", kMostThreads, host.runtime.threads)}) {
    if (!status.ok()) return status;
  }
  if (reach.silence < 2 * reach.heartbeat) {
    return wrong(options, options.has("--silence") ? "--silence" : "--heartbeat",
                 absl::StrCat(": ", to_string(reach.silence),
                              " of silence are too short for a "
                              "heartbeat of ",
                              to_string(reach.heartbeat), ": it must be at least twice as long"));
  }
  return absl::OkStatus();
}

// A warning where everybody may read a file that is meant to be secret.
void warn_of_readers(const std::string& place, const std::string& path,
                     std::vector<std::string>& warnings) {
  if (!everybody_may_read(path)) return;
  warnings.push_back(absl::StrCat(place, ": everybody on this machine may read ", path,
                                  ": 'chmod o-r ", path, "'"));
}

class TokenReader {
 public:
  TokenReader(const Options& options, std::string option, std::vector<std::string>& warnings)
      : place_(options.place_of(option)), warnings_(warnings) {}

  // The tokens in a file, one in each line.
  absl::StatusOr<std::vector<std::string>> read(const std::string& path) {
    const absl::StatusOr<std::string> text = read_credential_file("file", path);
    if (!text.ok()) return wrong(std::string(text.status().message()));
    std::vector<std::string> tokens;
    const std::vector<std::string> lines = absl::StrSplit(*text, '\n');
    for (const std::string& line : lines) {
      std::string token(absl::StripAsciiWhitespace(line));
      if (token.empty()) continue;
      if (absl::Status status = check(token, path); !status.ok()) return status;
      tokens.push_back(std::move(token));
    }
    if (tokens.empty()) return wrong(absl::StrCat(path, " is empty"));
    if (tokens.size() > kMostTokens) {
      return wrong(absl::StrCat(path, " has ", tokens.size(), " tokens: at most ", kMostTokens));
    }
    warn_of_readers(place_, path, warnings_);
    return tokens;
  }

  absl::Status wrong(const std::string& why) const {
    return absl::InvalidArgumentError(absl::StrCat(place_, ": ", why));
  }

 private:
  absl::Status check(const std::string& token, const std::string& path) {
    if (token.size() > kLongestToken) {
      return wrong(absl::StrCat("the token in ", path, " has ", token.size(), " bytes: at most ",
                                kLongestToken));
    }
    for (const char letter : token) {
      if (absl::ascii_isgraph(static_cast<unsigned char>(letter))) continue;
      return wrong(
          absl::StrCat("the token in ", path, " must be one word of letters, digits and signs"));
    }
    if (token.size() < kShortToken) {
      warnings_.push_back(
          absl::StrCat("the token in ", path, " has ", token.size(),
                       " letters and can be guessed: 'openssl rand -hex 32' makes a good one"));
    }
    return absl::OkStatus();
  }

  const std::string place_;
  std::vector<std::string>& warnings_;
};

// "FILE=call,look"
absl::Status read_client_token(const std::string& value, TokenReader& reader,
                               Admission& admission) {
  const std::size_t equals = value.rfind('=');
  const std::string file = value.substr(0, equals);
  if (equals == std::string::npos || file.empty()) {
    return reader.wrong(absl::StrCat("'", value, "' does not say what its owner may do: write ",
                                     value, "=call,look"));
  }
  ClientToken client;
  constexpr std::array kRights = {Right::kLook, Right::kCall, Right::kSpawn, Right::kStop};
  const std::vector<std::string> words = absl::StrSplit(value.substr(equals + 1), ',');
  for (const std::string& word : words) {
    const auto* const right =
        std::ranges::find(kRights, word, [](Right one) { return to_string(one); });
    if (right == kRights.end()) {
      std::vector<std::string> known;
      for (const Right one : kRights) known.emplace_back(to_string(one));
      return reader.wrong(absl::StrCat("'", word, "' is nothing that a client may do; ",
                                       scenario::did_you_mean(word, known)));
    }
    client.rights.push_back(*right);
  }
  const absl::StatusOr<std::vector<std::string>> tokens = reader.read(file);
  if (!tokens.ok()) return tokens.status();
  for (const std::string& token : *tokens) {
    client.token = token;
    admission.clients.push_back(client);
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<OptionSpec> host_options() {
  return {{"--listen", "HOST:PORT", "where it listens; port 0 takes any that is free"},
          {"--advertise", "HOST:PORT", "how others reach it, if not as in --listen"},
          {"--name", "NAME", "what others may call it; else its address"},
          {"--join", "HOST:PORT", "another host to get to know; may be given again", true},
          {"--token-file", "FILE",
           "all hosts have the same token, and others none; two lines: both are good", true},
          {"--client-token", "FILE=MAY",
           "clients with the token in FILE may do this: look,call,spawn,stop", true},
          {"--certificate", "FILE", "of this host, in PEM format"},
          {"--key", "FILE", "the certificate's key"},
          {"--authority", "FILE", "the certificate of whoever signs all hosts'"},
          {"--insecure", "", "plain text also where other machines can listen"},
          {"--faults", "", "with an actor 'faults', which makes the network bad: for tests"},
          {"--data", "DIR", "keep there what actors that have a name save, over restarts"},
          {"--threads", "N", "that run actors; by default one for each core"},
          {"--config", "FILE", "options as YAML; 'name: one' is --name one"},
          {"--log", "text|json", "the form of the lines on standard error"},
          {"--log-lines", "N", "at most so many a second about other hosts (50)"},
          {"--trace", "FILE", "write all events there, as JSON Lines"},
          {"--verbose", "", "say when actors start, fail and end"},
          {"--connect", "TIME", "how long to try to reach a host (1s)"},
          {"--reconnect", "TIME", "the same where a connection has broken (2s)"},
          {"--silence", "TIME", "a host that is not heard for so long has gone (3s)"},
          {"--heartbeat", "TIME", "how often hosts hear of each other (500ms)"},
          {"--join-within", "TIME", "how long to wait for each --join (10s)"},
          {"--stop-within", "TIME", "how long actors have to end (10s)"},
          {"--queue", "SIZE", "what may wait for one host (64MiB)"},
          {"--inbox", "SIZE", "what may have come from one host and wait for actors (64MiB)"},
          {"--largest-message", "SIZE", "of one message (16MiB)"},
          {"--most-peers", "N", "other hosts at once (10000)"},
          {"--most-calls", "N", "calls of clients at once; one client has three quarters (10000)"}};
}

absl::StatusOr<HostLog::Form> read_log_form(const Options& options) {
  const std::string form = options.value("--log").value_or("text");
  if (form == "text") return HostLog::Form::kText;
  if (form == "json") return HostLog::Form::kJson;
  return wrong(options, "--log", absl::StrCat(" must be text or json, not '", form, "'"));
}

absl::StatusOr<Admission> read_admission(const Options& options,
                                         std::vector<std::string>& warnings) {
  Admission admission;
  admission.certificate_file = options.value("--certificate").value_or("");
  admission.key_file = options.value("--key").value_or("");
  admission.authority_file = options.value("--authority").value_or("");
  admission.insecure = options.has("--insecure");
  if (!admission.key_file.empty()) warn_of_readers("--key", admission.key_file, warnings);
  TokenReader of_hosts(options, "--token-file", warnings);
  for (const std::string& file : options.values("--token-file")) {
    const absl::StatusOr<std::vector<std::string>> tokens = of_hosts.read(file);
    if (!tokens.ok()) return tokens.status();
    for (const std::string& token : *tokens) {
      if (admission.token.empty()) {
        admission.token = token;
      } else {
        admission.other_tokens.push_back(token);
      }
    }
  }
  TokenReader of_clients(options, "--client-token", warnings);
  for (const std::string& value : options.values("--client-token")) {
    absl::Status status = read_client_token(value, of_clients, admission);
    if (!status.ok()) return status;
  }
  if (!admission.clients.empty() && admission.token.empty()) {
    return of_clients.wrong(
        "it needs --token-file, too: without a token of hosts, everybody may do everything");
  }
  return admission;
}

absl::StatusOr<HostSettings> read_host_settings(const Options& options) {
  HostSettings settings = {.remote = {},
                           .join_within = std::chrono::seconds(10),
                           .stop_within = std::chrono::seconds(10)};
  RemoteHostOptions& host = settings.remote;
  host.listen = *options.value("--listen");
  host.advertise = options.value("--advertise").value_or("");
  host.name = options.value("--name").value_or("");
  host.serving = false;  // Until it is ready.
  if (options.has("--name") && host.name.empty()) {
    return wrong(options, "--name", " must not be empty");
  }
  for (const absl::Status& status :
       {read_limits(options, host), read_time(options, "--join-within", settings.join_within),
        read_time(options, "--stop-within", settings.stop_within)}) {
    if (!status.ok()) return status;
  }
  return settings;
}

}  // namespace troupe::cli
