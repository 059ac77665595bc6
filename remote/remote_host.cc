// A runtime and its dispatchers.
#include "remote/remote_host.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "remote/internal/certificates.h"
#include "remote/internal/dispatcher.h"
#include "remote/internal/gate.h"
#include "remote/internal/grpc.h"
#include "remote/internal/host_port.h"
#include "remote/internal/refusals.h"

namespace troupe {

using internal::check_host_port;
using internal::Dispatcher;
using internal::HostPort;

namespace {

struct Credentials {
  std::shared_ptr<grpc::ChannelCredentials> channel;
  std::vector<std::string> doubts;  // that others will have
};

bool wants_certificates(const Admission& admission) {
  return !admission.certificate_file.empty() || !admission.key_file.empty() ||
         !admission.authority_file.empty();
}

absl::Status check_tokens(const Admission& admission) {
  if (!admission.clients.empty() && admission.token.empty()) {
    return absl::InvalidArgumentError(
        "tokens of clients need one of hosts, too: without, everybody is let in as a host");
  }
  for (const ClientToken& client : admission.clients) {
    if (client.token.empty()) return absl::InvalidArgumentError("a client's token is empty");
    const auto is_same = [&](const std::string& token) { return token == client.token; };
    if (is_same(admission.token) || std::ranges::any_of(admission.other_tokens, is_same)) {
      return absl::InvalidArgumentError("a client's token is that of hosts: give it another one");
    }
  }
  return absl::OkStatus();
}

// What goes wrong, for programs that do not say where else it shall go.
void write_to_standard_error(const LogLine& line) {
  if (line.level == LogLevel::kInfo) return;
  std::fprintf(stderr, "%s\n", as_text(line, std::chrono::system_clock::now()).c_str());
}

// Actors of a host that is started anew are none of those that it had before, also where only their
// place is known: troupe://10.0.0.1:7000/Office/17.3.
ThreadRuntimeOptions with_own_incarnations(ThreadRuntimeOptions options) {
  constexpr std::uint32_t kMost = 1 << 20;  // Three bytes on the wire.
  options.first_incarnation = static_cast<std::uint32_t>(internal::another_incarnation() % kMost);
  return options;
}

constexpr std::size_t kLongestLogText = 1000;
constexpr std::size_t kLongestLogField = 200;

// Whether others can reach a host that is told to listen there.
absl::Status check_addresses(const RemoteHostOptions& options) {
  absl::Status status = check_host_port("the address to listen on", options.listen);
  if (status.ok() && !options.advertise.empty()) {
    status = check_host_port("the advertised address", options.advertise);
  }
  if (!status.ok()) return status;
  if (options.advertise.empty() && HostPort::parse(options.listen)->is_any()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no other host can call this one at ", options.listen,
                     ", which is every address of a machine: advertise the one that others use"));
  }
  if (!options.advertise.empty() && HostPort::parse(options.advertise)->is_any()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the advertised address must be one that others can call, and not ",
                     options.advertise, ", which is every address of a machine"));
  }
  if (!options.name.empty() && !internal::is_good_name(options.name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the name of a host must be printable UTF-8 of at most ", internal::kLongestName,
        " bytes, and not '", internal::printable(options.name, internal::kLongestName), "'"));
  }
  if (HostPort::parse(options.name) && options.name != options.listen &&
      options.name != options.advertise) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the name of a host must not be the address of another one: '", options.name, "'"));
  }
  return absl::OkStatus();
}

}  // namespace

class RemoteHost::Beyond final : public Transport {
 public:
  explicit Beyond(RemoteHostOptions options) : options_(std::move(options)) {
    log_ = options_.log ? options_.log : write_to_standard_error;
    registry_.open_calls = [this](ActorId caller, std::uint32_t slot, std::uint32_t generation) {
      const std::shared_lock lock(mutex_);
      if (caller.host < dispatchers_.size()) {
        return dispatchers_[caller.host]->open_call(caller, slot, generation);
      }
      // A call from outside leaves by any host of this process: by that of who has handed it on.
      for (const auto& dispatcher : dispatchers_) {
        const MethodInfo* const method = dispatcher->open_call(caller, slot, generation);
        if (method != nullptr) return method;
      }
      return static_cast<const MethodInfo*>(nullptr);
    };
  }
  ~Beyond() override { refusals_->stop_logging(); }

  // Before open(), and again at any time. INVALID_ARGUMENT: what is wrong; nothing has changed.
  absl::Status take_admission(const Admission& admission) {
    absl::Status status = check_tokens(admission);
    if (!status.ok()) return status;
    auto read = read_credentials(admission);
    if (!read.ok()) return read.status();
    gate_.replace({.tokens = tokens_of(admission),
                   .clients = admission.clients,
                   .channel_credentials = read->channel});
    for (const std::string& doubt : read->doubts) {
      report({.level = LogLevel::kWarning,
              .event = "certificate",
              .text = absl::StrCat("the certificate ", admission.certificate_file, " ", doubt,
                                   ": other hosts will refuse this one")});
    }
    return absl::OkStatus();
  }

  // Opens the next host.
  absl::Status open(ThreadRuntime& runtime, const std::string& listen, const std::string& advertise,
                    const std::string& name) {
    const Reach& reach = options_.reach;
    auto dispatcher = std::make_unique<Dispatcher>(
        runtime, registry_,
        internal::DispatcherOptions{
            .listen = listen,
            .advertise = advertise,
            .name = name,
            .server_credentials = server_credentials_,
            .has_certificates = !options_.admission.certificate_file.empty(),
            .insecure = options_.admission.insecure,
            .limits = {.queue_bytes = reach.queue,
                       .window_bytes = std::min(reach.queue, std::size_t{8} << 20),
                       .largest_message = reach.largest_message,
                       .heartbeat = reach.heartbeat,
                       .silence = reach.silence,
                       .connect = reach.connect,
                       .reconnect = reach.reconnect},
            .inbox_bytes = reach.inbox,
            .most_peers = reach.most_peers,
            .most_client_calls = reach.most_client_calls,
            .seed = options_.runtime.seed,
            .serving = options_.serving,
            .gate = gate_,
            .refusals = *refusals_,
            .log = [this](LogLine line) { report(std::move(line)); }});
    absl::Status listening = dispatcher->listen();
    if (!listening.ok()) return listening;
    const std::unique_lock lock(mutex_);
    dispatchers_.push_back(std::move(dispatcher));
    return listening;
  }

  Dispatcher& at(HostId host) const {
    const std::shared_lock lock(mutex_);
    return *dispatchers_.at(host);
  }

  void stop() {
    std::vector<Dispatcher*> all;
    {
      const std::shared_lock lock(mutex_);
      for (const auto& dispatcher : dispatchers_) all.push_back(dispatcher.get());
    }
    for (Dispatcher* dispatcher : all) dispatcher->stop();
  }

  // Others have a say in what is logged: so a line is one, is short, and there are not too many. Of
  // those about strangers there are fewer, so that they do not hide the rest.
  void report(LogLine line) {
    line.text = internal::printable(line.text, kLongestLogText);
    for (auto& [key, value] : line.fields) value = internal::printable(value, kLongestLogField);
    const std::lock_guard lock(log_mutex_);
    if (!log_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - log_second_ >= std::chrono::seconds(1)) {
      if (log_left_out_ > 0) {
        log_({.level = LogLevel::kWarning,
              .event = "lines_left_out",
              .text = absl::StrCat(log_left_out_, " more lines have been left out"),
              .fields = {{"lines", absl::StrCat(log_left_out_)}}});
      }
      log_second_ = now;
      log_lines_ = log_left_out_ = log_refusals_ = 0;
    }
    const bool of_stranger = line.event == kRefused;
    if (log_lines_ >= options_.most_log_lines ||
        (of_stranger && log_refusals_ >= options_.most_log_lines / 2)) {
      ++log_left_out_;
      return;
    }
    ++log_lines_;
    if (of_stranger) ++log_refusals_;
    log_(line);
  }
  void on_log(std::function<void(const std::string&)> log) {
    const std::lock_guard lock(log_mutex_);
    log_ = [log = std::move(log)](const LogLine& line) {
      if (log && line.level != LogLevel::kInfo) log(line.text);
    };
  }

  void set_serving(bool serving) {
    const std::shared_lock lock(mutex_);
    for (const auto& dispatcher : dispatchers_) dispatcher->set_serving(serving);
  }
  void drain() {
    const std::shared_lock lock(mutex_);
    for (const auto& dispatcher : dispatchers_) {
      dispatcher->set_serving(false);
      dispatcher->stop_spawning();
    }
  }

  Connections connections() const {
    Connections sum;
    sum.refused = refusals_->count();
    const std::shared_lock lock(mutex_);
    for (const auto& dispatcher : dispatchers_) {
      const Dispatcher::Statistics one = dispatcher->statistics();
      sum.up += one.peers_up;
      sum.sent += one.all.sent;
      sum.received += one.all.received;
      sum.writes += one.all.writes;
      sum.reconnects += one.all.reconnects;
    }
    return sum;
  }

  const RemoteHostOptions& options() const { return options_; }
  internal::Registry& registry() { return registry_; }

  // --- Transport ---
  void carry(HostId from, Message* message) override { at(from).carry(message); }
  void handled(const Message& message) override { at(message.target.host).handled(message); }
  bool may_wait(const Message& message) override {
    return at(message.target.host).may_wait(message);
  }
  void waits_no_more(const Message& message) override {
    at(message.target.host).waits_no_more(message);
  }
  internal::ReferenceCodec& references() override { return references_; }
  std::string host_name(HostId host) const override {
    const auto identity = registry_.hosts.identity_of(host);
    return identity ? identity->address : absl::StrCat("host ", host);
  }
  std::optional<HostId> find_host(std::string_view name) override {
    if (const auto host = registry_.hosts.find_name(name)) return host;
    const auto identity = internal::HostIdentity::parse(name);
    if (!identity) return std::nullopt;
    return registry_.hosts.number_of(*identity);
  }

 private:
  static constexpr char kRefused[] = "refused";

  static std::vector<std::string> tokens_of(const Admission& admission) {
    std::vector<std::string> tokens;
    if (!admission.token.empty()) tokens.push_back(admission.token);
    tokens.insert(tokens.end(), admission.other_tokens.begin(), admission.other_tokens.end());
    return tokens;
  }

  absl::StatusOr<Credentials> read_credentials(const Admission& admission) {
    const bool is_first = server_credentials_ == nullptr;
    if (!is_first && wants_certificates(admission) != (certificates_ != nullptr)) {
      return absl::InvalidArgumentError(
          "a host that runs with certificates goes on with some, and one without has none until "
          "it is started anew");
    }
    if (!wants_certificates(admission)) {
      if (!HostPort::parse(options_.listen)->is_loopback() && !options_.admission.insecure) {
        return absl::InvalidArgumentError(absl::StrCat(
            options_.listen,
            " can be reached by other machines, and everything would be plain text: give "
            "certificates, or say that it may be insecure"));
      }
      if (is_first) server_credentials_ = grpc::InsecureServerCredentials();
      return Credentials{.channel = grpc::InsecureChannelCredentials(), .doubts = {}};
    }
    const auto read = internal::read_certificates(admission.certificate_file, admission.key_file,
                                                  admission.authority_file);
    if (!read.ok()) return read.status();
    if (is_first) {
      auto shown = internal::ServerCertificates::create(*read, refusals_);
      if (!shown.ok()) return shown.status();
      certificates_ = *std::move(shown);
      server_credentials_ = certificates_->credentials();
    } else if (absl::Status replaced = certificates_->replace(*read); !replaced.ok()) {
      return replaced;
    }
    const std::string& address = options_.advertise.empty() ? options_.listen : options_.advertise;
    return Credentials{.channel = internal::channel_credentials(*read),
                       .doubts = internal::doubts_about(*read, HostPort::parse(address)->host)};
  }

  const RemoteHostOptions options_;
  // gRPC may still have it when all else is gone.
  const std::shared_ptr<internal::Refusals> refusals_ = std::make_shared<internal::Refusals>(
      options_.reach.most_peers, [this](const std::string& who, const std::string& why) {
        report({.level = LogLevel::kWarning,
                .event = kRefused,
                .text = absl::StrCat("refused ", who, ": ", why),
                .fields = {{"from", who}}});
      });
  internal::Gate gate_;
  std::shared_ptr<internal::ServerCertificates> certificates_;
  std::shared_ptr<grpc::ServerCredentials> server_credentials_;
  internal::Registry registry_;
  internal::TextReferences references_{registry_.hosts};
  mutable std::shared_mutex mutex_;
  std::vector<std::unique_ptr<Dispatcher>> dispatchers_;  // by host
  std::mutex log_mutex_;
  std::function<void(const LogLine&)> log_;
  std::chrono::steady_clock::time_point log_second_{};
  std::size_t log_lines_ = 0;
  std::size_t log_refusals_ = 0;  // of these
  std::size_t log_left_out_ = 0;
};

absl::StatusOr<std::unique_ptr<RemoteHost>> RemoteHost::start(RemoteHostOptions options) {
  if (absl::Status status = check_addresses(options); !status.ok()) return status;
  auto beyond = std::make_unique<Beyond>(options);
  if (absl::Status status = beyond->take_admission(options.admission); !status.ok()) return status;
  std::unique_ptr<RemoteHost> host(new RemoteHost(options, std::move(beyond)));
  absl::Status opened = host->beyond_->open(*host, options.listen, options.advertise, options.name);
  if (!opened.ok()) return opened;
  Dispatcher& dispatcher = host->beyond_->at(0);
  dispatcher.start(host->add_named(dispatcher.address()));
  return host;
}

RemoteHost::RemoteHost(RemoteHostOptions options, std::unique_ptr<Beyond> beyond)
    : ThreadRuntime(with_own_incarnations(std::move(options.runtime))), beyond_(std::move(beyond)) {
  use(beyond_.get());
}

RemoteHost::~RemoteHost() {
  for (const std::string& line : stop()) {
    std::fprintf(stderr, "troupe: the host has stopped, but %s\n", line.c_str());
  }
}

std::vector<std::string> RemoteHost::stop() {
  if (std::exchange(stopped_, true)) return {};
  // Those who wait for others are told that this host ends, and may go on.
  std::vector<std::string> waiting = who_waits();
  beyond_->stop();
  ThreadRuntime::stop();
  return waiting;
}

std::string RemoteHost::address(HostId host) const { return beyond_->at(host).address(); }

HostId RemoteHost::add_named(const std::string& address) {
  const bool by_address = beyond_->options().host_names == HostNames::kByAddress;
  return ThreadRuntime::add_host(by_address ? address : std::string());
}

HostId RemoteHost::add_host(std::string name) {
  if (!std::exchange(gave_first_, true)) return 0;
  const RemoteHostOptions& options = beyond_->options();
  const std::string& first = options.advertise.empty() ? options.listen : options.advertise;
  const auto next = static_cast<HostId>(host_count());
  const absl::Status opened =
      beyond_->open(*this, absl::StrCat(options.listen.substr(0, options.listen.rfind(':')), ":0"),
                    absl::StrCat(first.substr(0, first.rfind(':')), ":0"), name);
  if (!opened.ok()) {
    std::fprintf(stderr, "troupe: add_host(): %s\n", std::string(opened.message()).c_str());
    std::abort();
  }
  Dispatcher& dispatcher = beyond_->at(next);
  const HostId host = add_named(dispatcher.address());
  dispatcher.start(host);
  return host;
}

void RemoteHost::on_log(std::function<void(const std::string& line)> log) {
  beyond_->on_log(std::move(log));
}

absl::Status RemoteHost::replace_admission(const Admission& admission) {
  return beyond_->take_admission(admission);
}

std::string_view to_string(Right right) {
  switch (right) {
    case Right::kLook:
      return "look";
    case Right::kCall:
      return "call";
    case Right::kSpawn:
      return "spawn";
    case Right::kStop:
      return "stop";
  }
  return "";
}

void RemoteHost::set_serving(bool serving) { beyond_->set_serving(serving); }

void RemoteHost::drain() { beyond_->drain(); }

RemoteHost::Connections RemoteHost::connections() const { return beyond_->connections(); }

absl::Status RemoteHost::set_fault(std::string_view other, const LinkFault& fault) {
  if (fault.latency < Duration::zero() || fault.jitter < Duration::zero()) {
    return absl::InvalidArgumentError("latency and jitter must not be negative");
  }
  if (!(fault.loss >= 0 && fault.loss <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("loss must be from 0 to 1, and not ", fault.loss));
  }
  const std::optional<HostId> host = find_host(other);
  const auto identity =
      host ? beyond_->registry().hosts.identity_of(*host) : std::optional<internal::HostIdentity>();
  if (!identity) {
    return absl::NotFoundError(absl::StrCat("there is no host '", std::string(other), "'"));
  }
  if (identity->address == address()) {
    return absl::InvalidArgumentError("no network is between a host and itself");
  }
  return beyond_->at(0).set_fault(identity->address, fault);
}

}  // namespace troupe
