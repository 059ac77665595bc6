// A runtime and its dispatchers.
#include "remote/remote_host.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "remote/internal/certificates.h"
#include "remote/internal/dispatcher.h"
#include "remote/internal/grpc.h"
#include "remote/internal/refusals.h"

namespace troupe {

using internal::Dispatcher;

namespace {

bool is_loopback(std::string_view listen) {
  const std::string_view host = listen.substr(0, listen.rfind(':'));
  return host == "localhost" || host == "[::1]" || host.substr(0, 4) == "127.";
}

struct Credentials {
  std::shared_ptr<grpc::ServerCredentials> server;
  std::shared_ptr<grpc::ChannelCredentials> channel;
};

absl::StatusOr<Credentials> credentials_of(const Admission& admission, const std::string& listen,
                                           std::shared_ptr<internal::Refusals> refusals) {
  const bool some = !admission.certificate_file.empty() || !admission.key_file.empty() ||
                    !admission.authority_file.empty();
  if (some) {
    const auto certificates = internal::read_certificates(
        admission.certificate_file, admission.key_file, admission.authority_file);
    if (!certificates.ok()) return certificates.status();
    return Credentials{internal::server_credentials(*certificates, std::move(refusals)),
                       internal::channel_credentials(*certificates)};
  }
  if (!is_loopback(listen) && !admission.insecure) {
    return absl::InvalidArgumentError(
        absl::StrCat(listen,
                     " can be reached by other machines, and everything would be plain "
                     "text: give certificates, or say that it may be insecure"));
  }
  return Credentials{grpc::InsecureServerCredentials(), grpc::InsecureChannelCredentials()};
}

absl::Status check_listen(const std::string& listen, const char* what) {
  const std::size_t colon = listen.rfind(':');
  bool digits = colon != std::string::npos && colon > 0 && colon + 1 < listen.size();
  int port = 0;
  for (std::size_t i = colon + 1; digits && i < listen.size(); ++i) {
    digits = listen[i] >= '0' && listen[i] <= '9';
    port = std::min(10 * port + (listen[i] - '0'), 1 << 20);
  }
  if (digits && port <= 65535) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what,
                                                 " must be host:port, as in 127.0.0.1:7000, "
                                                 "and not '",
                                                 listen, "'"));
}

}  // namespace

class RemoteHost::Beyond final : public Transport {
 public:
  explicit Beyond(RemoteHostOptions options) : options_(std::move(options)) {
    log_ = [](const std::string& line) { std::fprintf(stderr, "troupe: %s\n", line.c_str()); };
  }
  ~Beyond() override { refusals_->stop_logging(); }

  // Before open(). INVALID_ARGUMENT: what is wrong.
  absl::Status take_credentials() {
    auto credentials = credentials_of(options_.admission, options_.listen, refusals_);
    if (credentials.ok()) credentials_ = *std::move(credentials);
    return credentials.status();
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
            .token = options_.admission.token,
            .server_credentials = credentials_.server,
            .channel_credentials = credentials_.channel,
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
            .refusals = *refusals_,
            .log = [this](const std::string& line) { log(line); }});
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

  void log(const std::string& line) {
    const std::lock_guard lock(log_mutex_);
    if (log_) log_(line);
  }
  void on_log(std::function<void(const std::string&)> log) {
    const std::lock_guard lock(log_mutex_);
    log_ = std::move(log);
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
    if (!identity || !check_listen(identity->address, "").ok()) return std::nullopt;
    return registry_.hosts.number_of(*identity);
  }

 private:
  const RemoteHostOptions options_;
  // gRPC may still have it when all else is gone.
  const std::shared_ptr<internal::Refusals> refusals_ = std::make_shared<internal::Refusals>(
      options_.reach.most_peers, [this](const std::string& line) { log(line); });
  Credentials credentials_;
  internal::Registry registry_;
  internal::TextReferences references_{registry_.hosts};
  mutable std::shared_mutex mutex_;
  std::vector<std::unique_ptr<Dispatcher>> dispatchers_;  // by host
  std::mutex log_mutex_;
  std::function<void(const std::string&)> log_;
};

absl::StatusOr<std::unique_ptr<RemoteHost>> RemoteHost::start(RemoteHostOptions options) {
  if (absl::Status status = check_listen(options.listen, "the address to listen on");
      !status.ok()) {
    return status;
  }
  if (!options.advertise.empty()) {
    if (absl::Status status = check_listen(options.advertise, "the advertised address");
        !status.ok()) {
      return status;
    }
  }
  auto beyond = std::make_unique<Beyond>(options);
  if (absl::Status status = beyond->take_credentials(); !status.ok()) return status;
  std::unique_ptr<RemoteHost> host(new RemoteHost(options, std::move(beyond)));
  absl::Status opened = host->beyond_->open(*host, options.listen, options.advertise, options.name);
  if (!opened.ok()) return opened;
  Dispatcher& dispatcher = host->beyond_->at(0);
  dispatcher.start(host->add_named(dispatcher.address()));
  return host;
}

RemoteHost::RemoteHost(RemoteHostOptions options, std::unique_ptr<Beyond> beyond)
    : ThreadRuntime(std::move(options.runtime)), beyond_(std::move(beyond)) {
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
