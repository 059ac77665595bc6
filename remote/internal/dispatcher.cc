// The ways of messages between processes.
#include "remote/internal/dispatcher.h"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "actor/host.h"
#include "actor/internal/mailbox.h"
#include "actor/internal/wire.h"
#include "actor/method.h"
#include "remote/internal/build.h"
#include "remote/internal/grpc.h"
#include "remote/internal/grpc_log.h"
#include "remote/internal/handover.h"
#include "remote/internal/host_port.h"
#include "remote/version.h"

namespace troupe::internal {

namespace {

constexpr Clock::duration kHelloWithin = std::chrono::seconds(5);
// An actor that one of gRPC's threads runs for so long does not keep messages for others waiting.
constexpr Clock::duration kLongVisit = std::chrono::milliseconds(5);
// Whoever connects and may not call this host is looked at this often, at most.
constexpr Clock::duration kSweepEvery = std::chrono::milliseconds(400);
constexpr auto kStopWithin = std::chrono::seconds(2);
constexpr int kMostStreams = 1000;  // of one connection, at once
constexpr int kLargestMetadata = 16 << 10;
constexpr int kHandshakeMilliseconds = 10'000;
// A connection without any call, of a client that makes a new one with its next call.
constexpr int kIdleMilliseconds = 300'000;

// Whether one of gRPC's threads does: they are those of the whole process.
std::atomic<bool> runs_actors = false;

std::uint32_t id_of_method(const std::string& full_name) {
  const std::size_t dot = full_name.find('.');
  if (dot == std::string::npos) return 0;
  return method_id(std::string_view(full_name).substr(0, dot),
                   std::string_view(full_name).substr(dot + 1));
}

// What whoever connects may take of this process before he is let in.
void limit(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreams);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kLargestMetadata);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMilliseconds);
  // Half a megabyte can be compressed from five hundred.
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
}

// Whether a certificate that is for these names and addresses is that of the host.
bool certifies(const std::vector<std::string>& names, const std::string& host) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    if (absl::EqualsIgnoreCase(name, host)) return true;
    const std::size_t dot = host.find('.');
    return name.starts_with("*.") && dot != std::string::npos &&
           absl::EqualsIgnoreCase(name.substr(1), host.substr(dot));
  });
}

std::vector<std::string> certified_names(const grpc::CallbackServerContext& context) {
  std::vector<std::string> names;
  const auto shown = context.auth_context();
  if (shown == nullptr) return names;
  for (const char* property : {GRPC_X509_SAN_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : shown->FindPropertyValues(property)) {
      names.emplace_back(name.data(), name.size());
    }
    if (!names.empty()) break;  // As browsers do: the common name counts where there is no other.
  }
  return names;
}

// "ipv4:127.0.0.1:40312" without its port, which is another each time.
std::string without_port(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

// Whether what waits for the answer of `called` can be answered by the message. That answer goes to
// it as it is, and not through the codec: so it must be of the same type.
absl::Status verify_result(const MethodInfo* called, const Message& message) {
  if (called == nullptr || called->destroy_result == message.method->destroy_result) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "a call of ", called->full_name(), " that was handed on to ", message.method->full_name()));
}

}  // namespace

std::uint64_t another_incarnation() {
  std::uint64_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof(number));
  return number | 1;
}

class Dispatcher::Service final
    : public remote::Dispatcher::WithRawCallbackMethod_Connect<remote::Dispatcher::Service> {
 public:
  explicit Service(Dispatcher& dispatcher) : dispatcher_(dispatcher) {}
  ServerReactor* Connect(grpc::CallbackServerContext* context) override {
    take_over(this);
    return dispatcher_.connect(*context);
  }

 private:
  Dispatcher& dispatcher_;
};

class Dispatcher::Operations final : public remote::Operations::CallbackService {
 public:
  explicit Operations(Dispatcher& dispatcher) : dispatcher_(dispatcher) {}
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context,
                                   const remote::StatusRequest*,
                                   remote::HostStatus* status) override {
    take_over(this);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(to_grpc(dispatcher_.give_status(*context, *status)));
    return reactor;
  }

 private:
  Dispatcher& dispatcher_;
};

Dispatcher::Dispatcher(ThreadRuntime& runtime, Registry& registry, DispatcherOptions options)
    : runtime_(runtime),
      registry_(registry),
      options_(std::move(options)),
      held_(options_.seed, [this](Message* message) { lose(message); }) {}

Dispatcher::~Dispatcher() { stop(); }

absl::Status Dispatcher::listen() {
  service_ = std::make_unique<Service>(*this);
  operations_ = std::make_unique<Operations>(*this);
  clients_ = std::make_unique<ClientCalls>(
      runtime_, registry_.hosts,
      ClientLimits{.most_calls = options_.most_client_calls,
                   .largest_message = options_.limits.largest_message},
      [this](grpc::CallbackServerContext& context) { return admit(context); });
  limit_grpc_log();
  // For all servers of the process: gRPC knows no other way.
  grpc::EnableDefaultHealthCheckService(true);
  int port = 0;
  grpc::ServerBuilder builder;
  // Two servers on one port would share the callers between them.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options_.limits.largest_frame()));
  limit(builder);
  builder.AddListeningPort(options_.listen, options_.server_credentials, &port);
  builder.RegisterService(service_.get());
  builder.RegisterService(operations_.get());
  builder.RegisterCallbackGenericService(clients_.get());
  hand_over(service_.get());
  hand_over(operations_.get());
  hand_over(clients_.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    server_.reset();
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", options_.listen,
        ": the address is not this machine's, or another program has the port; port 0 takes any"));
  }
  strangers_.listen_on(static_cast<std::uint16_t>(port));
  set_serving(false);  // Until start().
  const std::string& asked = options_.advertise.empty() ? options_.listen : options_.advertise;
  const std::string host = asked.substr(0, asked.rfind(':'));
  const std::string asked_port = asked.substr(asked.rfind(':') + 1);
  identity_ = {asked_port == "0" ? absl::StrCat(host, ":", port) : asked, another_incarnation()};
  return absl::OkStatus();
}

void Dispatcher::start(HostId self) {
  self_ = self;
  registry_.hosts.add_local(identity_, self);
  registry_.hosts.set_name(options_.name.empty() ? identity_.address : options_.name, self);
  started_.store(true, std::memory_order_release);
  clients_->start(self);
  set_serving(options_.serving);
  pulse_ = std::thread([this] { pulse(); });
}

void Dispatcher::stop_spawning() {
  spawns_.store(false, std::memory_order_release);
  clients_->stop_spawning();
}

void Dispatcher::set_serving(bool serving) {
  if (server_ == nullptr) return;
  serving_.store(serving, std::memory_order_release);
  if (auto* const health = server_->GetHealthCheckService(); health != nullptr) {
    health->SetServingStatus(serving);
  }
}

void Dispatcher::stop() {
  if (closed_.exchange(true)) return;
  set_serving(false);
  if (pulse_.joinable()) {
    {
      const std::lock_guard lock(pulse_mutex_);
      pulse_wanted_ = true;
    }
    pulse_wake_.notify_one();
    pulse_.join();
  }
  const absl::Status why = absl::UnavailableError("this host has stopped");
  const std::vector<Peer*> peers = all_peers();
  held_.take_all([&](Message* message) { bounce(message, DropReason::kHostDown, why); });
  for (Peer* peer : peers) peer->stop(why);
  if (clients_ != nullptr) clients_->close();
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + kStopWithin);
    server_->Wait();
    server_.reset();
  }
  for (Peer* peer : peers) peer->close_streams();
  streams_.wait_for_none();
  streams_.bury();
  if (clients_ != nullptr) clients_->wait_for_none();
}

// --- Connections --------------------------------------------------------------------------------

absl::StatusOr<Rights> Dispatcher::admit(const grpc::CallbackServerContext& context) {
  absl::StatusOr<Rights> rights = options_.gate.admit(context);
  if (rights.ok()) {
    strangers_.admitted(context.peer());
  } else {
    refuse_call(context, rights.status());
  }
  return rights;
}

absl::Status Dispatcher::admit_host(grpc::CallbackServerContext& context) const {
  const absl::StatusOr<Rights> rights = options_.gate.admit(context);
  if (!rights.ok()) return rights.status();
  if (rights->is_host) return absl::OkStatus();
  return absl::PermissionDeniedError("the token is a client's, and no host may have it");
}

// To whoever may look.
absl::Status Dispatcher::give_status(const grpc::CallbackServerContext& context,
                                     remote::HostStatus& given) {
  const absl::StatusOr<Rights> rights = admit(context);
  if (!rights.ok()) return rights.status();
  absl::Status allowed = verify_right(*rights, Right::kLook);
  if (!allowed.ok()) return allowed;
  if (!started_.load(std::memory_order_acquire) || closed_.load(std::memory_order_acquire)) {
    return absl::UnavailableError("this host is not ready");
  }
  given = status();
  return absl::OkStatus();
}

void Dispatcher::refuse(const std::string& who, const absl::Status& why) {
  options_.refusals.add(without_port(who), std::string(why.message()));
}

void Dispatcher::refuse_call(const grpc::CallbackServerContext& context, const absl::Status& why) {
  const std::string peer = context.peer();
  strangers_.refused(peer);
  refuse(peer, why);
}

ServerReactor* Dispatcher::connect(grpc::CallbackServerContext& context) {
  if (!started_.load(std::memory_order_acquire) || closed_.load(std::memory_order_acquire)) {
    return refuse_stream({grpc::StatusCode::UNAVAILABLE, "this host is not ready"});
  }
  if (const absl::Status admitted = admit_host(context); !admitted.ok()) {
    refuse_call(context, admitted);
    return refuse_stream(to_grpc(admitted));
  }
  {
    const std::lock_guard lock(streams_mutex_);
    if (unknown_.size() >= options_.most_peers) {
      return refuse_stream({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many connections"});
    }
  }
  strangers_.admitted(context.peer());
  const Accepted accepted = accept_stream(context, *this, streams_);
  const std::lock_guard lock(streams_mutex_);
  Unknown unknown = {.since = Clock::now(), .certified = {}};
  if (options_.has_certificates) unknown.certified = certified_names(context);
  unknown_.emplace(accepted.stream, std::move(unknown));
  return accepted.reactor;
}

void Dispatcher::on_closed(const StreamPtr& stream, const absl::Status&) {
  const std::lock_guard lock(streams_mutex_);
  unknown_.erase(stream);
}

// The first frame of a stream that has come.
void Dispatcher::on_frame(const StreamPtr& stream, std::string_view bytes) {
  std::vector<std::string> certified;
  {
    const std::lock_guard lock(streams_mutex_);
    if (const auto found = unknown_.find(stream); found != unknown_.end()) {
      certified = std::move(found->second.certified);
      unknown_.erase(found);
    }
  }
  stream->use(nullptr);
  Frame frame;
  absl::Status why = read_frame(bytes, frame) && frame.has_hello
                         ? verify_hello(frame.hello, certified)
                         : absl::InvalidArgumentError("the first frame must be a hello");
  Peer* const peer = why.ok() ? peer_at(frame.hello.host.address) : nullptr;
  if (why.ok() && peer == nullptr) why = absl::ResourceExhaustedError("too many hosts");
  if (!why.ok()) {
    refuse(stream->peer(), why);
    stream->close(why);
    return;
  }
  peer->accept(stream, frame.hello);
}

// Whether whoever has connected may be the host that it says it is.
absl::Status Dispatcher::verify_hello(const Hello& hello,
                                      const std::vector<std::string>& certified) const {
  const std::optional<HostPort> address = HostPort::parse(hello.host.address);
  if (!address || address->is_any() || hello.host.incarnation == 0) {
    return absl::InvalidArgumentError("the first frame must be a hello, with an address");
  }
  if (hello.version != Hello::kVersion) {
    return absl::FailedPreconditionError(absl::StrCat("this host speaks version ", Hello::kVersion,
                                                      ", and not ", hello.version,
                                                      ": run the same Troupe on all hosts"));
  }
  if (!hello.dialled.empty() && hello.dialled != identity_.address) {
    return absl::FailedPreconditionError(
        absl::StrCat("it is ", identity_.address, ", and was called ",
                     printable(hello.dialled, kLongestName), ": call it by its own address"));
  }
  const auto is_local = [&] {
    const std::optional<HostId> number = registry_.hosts.number_of(hello.host);
    return number && registry_.hosts.is_local(*number);
  };
  if (hello.host.address == identity_.address ||
      (registry_.hosts.is_local_address(hello.host.address) && !is_local())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "both hosts say that they are ", hello.host.address, ": give each an address of its own"));
  }
  if (options_.has_certificates && !certifies(certified, address->host)) {
    return absl::PermissionDeniedError(absl::StrCat(
        "its certificate is for ",
        certified.empty() ? "nobody" : printable(absl::StrJoin(certified, ", "), kLongestName),
        ", and it says that it is ", hello.host.address));
  }
  return absl::OkStatus();
}

absl::Status Dispatcher::may_dial(const std::string& address) const {
  const std::optional<HostPort> parsed = HostPort::parse(address);
  if (!parsed) {
    return absl::InvalidArgumentError(
        absl::StrCat(printable(address, kLongestName), " is no address of a host"));
  }
  if (options_.has_certificates || options_.insecure || parsed->is_loopback()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      address, " is another machine, and everything",
      options_.gate.has_tokens() ? ", the token too," : "",
      " would go there in plain text: give certificates, or say that it may be insecure"));
}

StreamPtr Dispatcher::dial(Peer& peer) {
  const std::optional<HostPort> parsed = HostPort::parse(peer.address());
  return open_stream(parsed ? parsed->grpc_target() : peer.address(),
                     options_.gate.channel_credentials(), options_.gate.token(),
                     options_.limits.largest_frame(), peer, streams_);
}

// A name belongs to one address for as long as its host is there.
void Dispatcher::learn_name(const std::string& name, HostId host) {
  const std::optional<HostIdentity> identity = registry_.hosts.identity_of(host);
  if (!identity) return;
  const auto warn = [&](const std::string& text) {
    report({.level = LogLevel::kWarning,
            .event = "name_refused",
            .text = text,
            .fields = {{"peer", identity->address}}});
  };
  const std::string said = absl::StrCat("host ", identity->address, " says that its name is '",
                                        printable(name, kLongestName), "', ");
  if (!is_good_name(name) || (HostPort::parse(name) && name != identity->address)) {
    warn(absl::StrCat(said, "which cannot be a name; it is known by its address"));
    return;
  }
  if (const std::optional<HostId> other = registry_.hosts.find_name(name); other) {
    const std::optional<HostIdentity> earlier = registry_.hosts.identity_of(*other);
    const bool is_another = earlier && earlier->address != identity->address;
    if (is_another && (registry_.hosts.is_local(*other) || is_up(earlier->address))) {
      warn(absl::StrCat(said, "which is that of host ", earlier->address,
                        "; it is known by its address"));
      return;
    }
  }
  registry_.hosts.set_name(name, host);
}

bool Dispatcher::is_up(const std::string& address) const {
  const std::shared_lock lock(peers_mutex_);
  const auto found = peers_.find(address);
  return found != peers_.end() && found->second->is_up();
}

Peer* Dispatcher::peer_at(const std::string& address) {
  {
    const std::shared_lock lock(peers_mutex_);
    if (const auto found = peers_.find(address); found != peers_.end()) return found->second.get();
  }
  const std::unique_lock lock(peers_mutex_);
  if (const auto found = peers_.find(address); found != peers_.end()) return found->second.get();
  if (peers_.size() >= options_.most_peers) return reuse_peer_locked(address);
  auto& peer = peers_[address];
  if (peer == nullptr) {
    peer = std::make_unique<Peer>(static_cast<PeerOwner&>(*this),
                                  static_cast<std::uint32_t>(peers_.size() - 1), address,
                                  options_.limits, options_.seed);
  }
  return peer.get();
}

// Of hosts that have gone, the place of any is taken. Nobody else may have a reference to it: what
// was on its way to it goes to nobody, since its numbers are others'.
Peer* Dispatcher::reuse_peer_locked(const std::string& address) {
  if (held_.any()) return nullptr;  // It knows peers, too.
  for (auto entry = peers_.begin(); entry != peers_.end(); ++entry) {
    Peer* const peer = entry->second.get();
    if (!peer->try_to_become(address)) continue;
    auto node = peers_.extract(entry);
    node.key() = address;
    peers_.insert(std::move(node));
    std::erase_if(peers_by_host_, [&](const auto& known) { return known.second == peer; });
    return peer;
  }
  return nullptr;
}

Peer* Dispatcher::peer_of(HostId host) {
  {
    const std::shared_lock lock(peers_mutex_);
    if (const auto found = peers_by_host_.find(host); found != peers_by_host_.end()) {
      return found->second;
    }
  }
  const std::optional<HostIdentity> identity = registry_.hosts.identity_of(host);
  // What a host of this process was before it was started anew is nobody any more.
  if (identity && !registry_.hosts.is_local(host) &&
      registry_.hosts.is_local_address(identity->address)) {
    return nullptr;
  }
  Peer* const peer = identity ? peer_at(identity->address) : nullptr;
  if (peer != nullptr) {
    const std::unique_lock lock(peers_mutex_);
    peers_by_host_.emplace(host, peer);
  }
  return peer;
}

// They live as long as this does.
std::vector<Peer*> Dispatcher::all_peers() const {
  const std::shared_lock lock(peers_mutex_);
  std::vector<Peer*> peers;
  peers.reserve(peers_.size());
  for (const auto& [address, peer] : peers_) peers.push_back(peer.get());
  return peers;
}

void Dispatcher::wake() {
  {
    const std::lock_guard lock(pulse_mutex_);
    pulse_wanted_ = true;
  }
  pulse_wake_.notify_one();
}

void Dispatcher::watch() {
  {
    const std::lock_guard lock(pulse_mutex_);
    watch_wanted_ = true;
  }
  pulse_wake_.notify_one();
}

// Wakes up where something is due, and while gRPC's threads run actors, every now and then.
void Dispatcher::pulse() {
  Clock::time_point next = Clock::now() + options_.limits.heartbeat;
  std::uint64_t visits = 0;
  while (!closed_.load(std::memory_order_acquire)) {
    bool wanted = false;
    {
      std::unique_lock lock(pulse_mutex_);
      const auto until = watches_ ? std::min(next, Clock::now() + kLongVisit) : next;
      pulse_wake_.wait_until(lock, until, [&] { return pulse_wanted_ || watch_wanted_; });
      wanted = std::exchange(pulse_wanted_, false);
      watch_wanted_ = false;
    }
    if (closed_.load(std::memory_order_acquire)) return;
    if (Peer* const peer = visited_.load(); peer != nullptr) peer->read_on();
    // Whoever visits adds one, and then looks whether that is watched.
    watches_.store(false);
    const std::uint64_t before = std::exchange(visits, visits_.load());
    if (visits != before) watches_.store(true);
    if (!wanted && Clock::now() < next) continue;
    const std::vector<Peer*> peers = all_peers();
    streams_.bury();
    const Clock::time_point now = Clock::now();
    next = now + options_.limits.heartbeat;
    for (Peer* peer : peers) next = std::min(next, peer->tick(now));
    next = std::min(next, held_.release(now));
    close_silent_streams(now);
    if (now - swept_ >= kSweepEvery) {
      swept_ = now;
      strangers_.sweep(now);
    }
  }
}

// Whoever connects and does not say who it is.
void Dispatcher::close_silent_streams(Clock::time_point now) {
  std::vector<StreamPtr> silent;
  {
    const std::lock_guard lock(streams_mutex_);
    for (const auto& [stream, unknown] : unknown_) {
      if (now - unknown.since > kHelloWithin) silent.push_back(stream);
    }
  }
  for (const StreamPtr& stream : silent) {
    stream->close(absl::DeadlineExceededError("no hello has come"));
  }
}

// --- Messages out -------------------------------------------------------------------------------

void Dispatcher::carry(Message* message) {
  if (closed_.load(std::memory_order_acquire)) {
    runtime_.bounce(message, DropReason::kHostDown,
                    absl::UnavailableError("this host has stopped"));
    return;
  }
  const HostId to = message->target.host;
  Peer* const peer = peer_of(to);
  if (peer == nullptr) {
    const std::optional<HostIdentity> earlier = registry_.hosts.identity_of(to);
    if (earlier && registry_.hosts.is_local_address(earlier->address)) {
      bounce(message, DropReason::kHostDown,
             absl::UnavailableError(
                 absl::StrCat("host ", earlier->address,
                              " has been started anew: a reference is to what was there before")));
      return;
    }
    runtime_.bounce(message, DropReason::kHostDown,
                    absl::UnavailableError(absl::StrCat("host ", to, " is unknown")));
    return;
  }
  if (registry_.hosts.is_local(to)) runtime_.begin_job();
  if (held_.any()) [[unlikely]] {
    if (held_.send(*peer, message) != Clock::time_point::max()) wake();
  } else {
    peer->send(message);
  }
}

// Of a fault: nobody hears of it but whoever counts.
void Dispatcher::lose(Message* message) {
  if (registry_.hosts.is_local(message->target.host)) runtime_.end_job();
  runtime_.note_drop(*message, DropReason::kLost);
  Message::destroy(message);
}

void Dispatcher::sent(const Message& message) {
  if (message.kind == MessageKind::kCall) registry_.methods.add(*message.method);
}

// A failure that no other host has made.
void Dispatcher::fail(ActorId caller, ActorId callee, std::uint32_t slot, std::uint32_t generation,
                      const MethodInfo* method, absl::Status why) {
  Message* message = Message::create(MessageKind::kFailure, method, sizeof(absl::Status));
  new (message->payload())
      absl::Status(why.code(), absl::StrCat(method->full_name(), ": ", std::string(why.message())));
  message->target = caller;
  message->sender = callee;
  message->slot = slot;
  message->generation = generation;
  runtime_.arrive(message);
}

void Dispatcher::bounce(Message* message, DropReason reason, absl::Status why) {
  if (message->method != nullptr) {
    why = absl::Status(
        why.code(), absl::StrCat(message->method->full_name(), ": ", std::string(why.message())));
  }
  if (registry_.hosts.is_local(message->target.host)) runtime_.end_job();
  runtime_.bounce(message, reason, std::move(why));
}

void Dispatcher::count_lost(std::uint64_t messages) {
  for (std::uint64_t i = 0; i < messages; ++i) runtime_.count_drop(DropReason::kHostDown);
}

void Dispatcher::pace(ActorId sender, HostId peer) {
  runtime_.arrive(Mailboxes::mute_message(sender, host_object_id(peer)));
}

void Dispatcher::unpace(ActorId sender, HostId peer) {
  runtime_.arrive(Mailboxes::unmute_message(sender, host_object_id(peer)));
}

// --- Messages in --------------------------------------------------------------------------------

// gRPC has few threads: at most one of them runs actors, and the others are there for what comes
// meanwhile.
void Dispatcher::bring(Peer& peer, absl::FunctionRef<void(bool)> deliver) {
  if (runs_actors.exchange(true, std::memory_order_acq_rel)) {
    deliver(/*at_once=*/false);
    return;
  }
  {
    const ThreadRuntime::Visit visit(runtime_);
    if (visit.has_place()) {
      visited_.store(&peer);
      visits_.fetch_add(1);
      if (!watches_.load()) watch();
    }
    deliver(visit.has_place());
  }
  visited_.store(nullptr);
  runs_actors.store(false, std::memory_order_release);
}

void Dispatcher::receive(Peer& peer, HostId from, const Envelope& envelope, std::size_t bytes) {
  if (envelope.kind == MessageKind::kReply || envelope.kind == MessageKind::kFailure) {
    receive_answer(peer, envelope);
  } else {
    receive_call(peer, from, envelope, bytes);
  }
  if (registry_.hosts.is_local(from)) runtime_.end_job();
}

// Whether the other host has the method as this one has it. It says how it describes the method
// with the first call in each session, and cannot change its mind: another program is another host.
absl::Status Dispatcher::verify_description(const Envelope& envelope, HostId peer,
                                            const ActorType& type) {
  constexpr std::size_t kMostDiffering = 100'000;
  if (envelope.description == 0 && !some_differ_.load(std::memory_order_acquire)) {
    return absl::OkStatus();
  }
  const auto method = std::ranges::find(type.methods, envelope.method, &MethodInfo::id);
  if (method == type.methods.end()) return absl::OkStatus();  // Which is told by name, later.
  const std::pair<HostId, std::uint32_t> key(peer, envelope.method);
  bool is_new = false;
  {
    const std::lock_guard lock(differing_mutex_);
    if (envelope.description == 0 && !differing_.contains(key)) return absl::OkStatus();
    if (envelope.description != 0) {
      if (envelope.description == digest_of(**method)) return absl::OkStatus();
      if (differing_.size() >= kMostDiffering) differing_.clear();
      is_new = differing_.insert(key).second;
      some_differ_.store(true, std::memory_order_release);
    }
  }
  const std::optional<HostIdentity> other = registry_.hosts.identity_of(peer);
  const std::string name = other ? other->address : "another host";
  const absl::Status why = absl::FailedPreconditionError(absl::StrCat(
      "host ", name, " and host ", identity_.address, " have different descriptions of ",
      (*method)->full_name(),
      ": their programs differ in its parameters, its result, or the FIELDS "
      "of a type in them; run the same program on both, or compare what 'describe' prints"));
  if (is_new) {
    report({.level = LogLevel::kWarning,
            .event = "method_differs",
            .text = std::string(why.message()),
            .fields = {{"peer", name}, {"method", (*method)->full_name()}}});
  }
  return why;
}

absl::StatusOr<MessagePtr> Dispatcher::decode(const Envelope& envelope, HostId peer,
                                              ActorId& target) {
  target = envelope.target;
  if (target.host != self_) {
    return absl::InvalidArgumentError("a message for another host has come here");
  }
  if (envelope.kind != MessageKind::kCall) {
    return MessagePtr(Message::create(envelope.kind, nullptr, 0));
  }
  const ActorType* const type = living_type(runtime_, target);
  if (type != nullptr) {
    absl::Status same = verify_description(envelope, peer, *type);
    if (!same.ok()) return same;
    absl::StatusOr<MessagePtr> message = decode_call(*type, envelope.method, envelope.payload);
    if (message.ok()) registry_.methods.add(*(*message)->method);
    return message;
  }
  // Nobody is there; but what was meant can be told, to whoever reads dead letters.
  if (const MethodInfo* method = registry_.methods.find(envelope.method); method != nullptr) {
    const MethodInfo* only = method;
    const ActorType no_longer = {.name = method->actor, .methods = {&only, 1}};
    return decode_call(no_longer, envelope.method, envelope.payload);
  }
  return absl::NotFoundError(
      absl::StrCat("the actor on ", runtime_.host_name(self_), " has ended"));
}

const MethodInfo* Dispatcher::open_call(ActorId caller, std::uint32_t slot,
                                        std::uint32_t generation) const {
  const std::shared_lock lock(peers_mutex_);
  for (const auto& [address, peer] : peers_) {
    if (const MethodInfo* method = peer->open_call(caller, slot, generation); method != nullptr) {
      return method;
    }
  }
  return nullptr;
}

// Whether the message may come from whom it says. Only a call that wants an answer is ever handed
// on, in the name of its first caller. Where that one is of this process, the call has gone out
// from here and comes home: then it must be open, and `called` is its method.
absl::Status Dispatcher::verify_sender(const Envelope& envelope, HostId peer,
                                       const MethodInfo*& called) const {
  const ActorId sender = envelope.sender;
  const bool is_awaited = envelope.kind == MessageKind::kCall && envelope.generation != 0;
  if (!is_awaited) {
    return !sender || sender.host == peer
               ? absl::OkStatus()
               : absl::InvalidArgumentError("a message in the name of another host");
  }
  if (!sender) return absl::InvalidArgumentError("a call that nobody makes wants an answer");
  if (!registry_.hosts.is_local(sender.host) && sender.host != kOutsideHost) {
    return absl::OkStatus();
  }
  called = registry_.open_calls(sender, envelope.slot, envelope.generation);
  return called != nullptr ? absl::OkStatus()
                           : absl::InvalidArgumentError(
                                 "a call that no actor of this host has made, or waits for");
}

void Dispatcher::answer_failure(const Envelope& envelope, const absl::Status& why) {
  if (envelope.kind != MessageKind::kCall || envelope.generation == 0) return;
  Message* answer = Message::create(MessageKind::kFailure, nullptr, sizeof(absl::Status));
  new (answer->payload()) absl::Status(why);
  answer->target = envelope.sender;
  answer->sender = {self_, envelope.target.index, envelope.target.incarnation};
  answer->slot = envelope.slot;
  answer->generation = envelope.generation;
  runtime_.send_from(self_, answer);
}

void Dispatcher::receive_call(Peer& peer, HostId from, const Envelope& envelope,
                              std::size_t bytes) {
  const MethodInfo* called = nullptr;
  if (const absl::Status wrong = verify_sender(envelope, from, called); !wrong.ok()) {
    runtime_.count_drop(DropReason::kMalformed);
    log(absl::StrCat("host ", peer.address(), " has sent ", std::string(wrong.message())));
    return;
  }
  ActorId target;
  absl::StatusOr<MessagePtr> decoded = decode(envelope, from, target);
  if (envelope.kind == MessageKind::kCall && envelope.method == kSpawnMethod &&
      !spawns_.load(std::memory_order_acquire)) {
    decoded = absl::UnavailableError("this host is stopping");
  }
  if (!decoded.ok()) {
    runtime_.count_drop(absl::IsNotFound(decoded.status()) ? DropReason::kNoActor
                                                           : DropReason::kMalformed);
    answer_failure(envelope, decoded.status());
    return;
  }
  if (const absl::Status wrong = verify_result(called, **decoded); !wrong.ok()) {
    runtime_.count_drop(DropReason::kMalformed);
    log(absl::StrCat("host ", peer.address(), " has sent ", std::string(wrong.message())));
    return;
  }
  Message* const message = accept_call(envelope, target, *std::move(decoded));
  if (!message->of_system() && message->kind == MessageKind::kCall && !runtime_.delays_arrivals()) {
    Inbox& inbox = inboxes_[peer.place() % inboxes_.size()];
    inbox.bytes.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    message->counted = message->from_afar = true;
    message->time = static_cast<std::int64_t>(bytes << 8 | peer.place() % inboxes_.size());
  }
  runtime_.arrive(message);
}

Message* Dispatcher::accept_call(const Envelope& envelope, ActorId target, MessagePtr decoded) {
  Message* message = decoded.release();
  message->target = target;
  message->sender = envelope.sender;
  message->slot = envelope.slot;
  message->generation = envelope.generation;
  message->id = envelope.id;
  message->cancel_if_abandoned = (envelope.flags & Envelope::kCancelIfAbandoned) != 0;
  message->is_notice = (envelope.flags & Envelope::kIsNotice) != 0;
  if (envelope.time_left != 0) {
    const Time deadline = saturated_sum(
        runtime_.now(), Duration(static_cast<std::int64_t>(std::min<std::uint64_t>(
                            envelope.time_left, std::numeric_limits<std::int64_t>::max()))));
    message->deadline = deadline.time_since_epoch().count();
  }
  for (auto caller = envelope.chain.rbegin(); caller != envelope.chain.rend(); ++caller) {
    const MethodInfo* method = registry_.methods.find(id_of_method(caller->method));
    message->chain = new CallChain{
        .above = message->chain,
        .actor = caller->actor,
        .slot = caller->slot,
        .generation = caller->generation,
        .method = method != nullptr ? method : &registry_.methods.named(caller->method)};
  }
  return message;
}

void Dispatcher::handled(const Message& message) {
  Inbox& inbox = inboxes_[static_cast<std::size_t>(message.time & 0xff)];
  const std::int64_t left =
      inbox.bytes.fetch_sub(message.time >> 8, std::memory_order_acq_rel) - (message.time >> 8);
  if (!inbox.full.load(std::memory_order_acquire) ||
      left > static_cast<std::int64_t>(options_.inbox_bytes / 2)) {
    return;
  }
  inbox.full.store(false, std::memory_order_release);
  const auto place = static_cast<std::uint32_t>(message.time & 0xff);
  for (Peer* peer : all_peers()) {
    if (peer->place() % inboxes_.size() == place) peer->resume();
  }
}

bool Dispatcher::may_wait(const Message& message) {
  Inbox& inbox = inboxes_[static_cast<std::size_t>(message.time & 0xff)];
  const std::int64_t bytes = message.time >> 8;
  const std::int64_t before = inbox.waiting.fetch_add(bytes, std::memory_order_relaxed);
  if (before + bytes <= static_cast<std::int64_t>(options_.inbox_bytes)) return true;
  inbox.waiting.fetch_sub(bytes, std::memory_order_relaxed);
  return false;
}

void Dispatcher::waits_no_more(const Message& message) {
  Inbox& inbox = inboxes_[static_cast<std::size_t>(message.time & 0xff)];
  inbox.waiting.fetch_sub(message.time >> 8, std::memory_order_relaxed);
}

bool Dispatcher::has_room(const Peer& peer) {
  Inbox& inbox = inboxes_[peer.place() % inboxes_.size()];
  const auto most = static_cast<std::int64_t>(options_.inbox_bytes);
  if (inbox.bytes.load(std::memory_order_acquire) <= most) return true;
  inbox.full.store(true, std::memory_order_release);
  // It may have been emptied meanwhile, by somebody who did not see that it was full.
  return inbox.bytes.load(std::memory_order_acquire) <= most / 2;
}

Peer::Answered Dispatcher::close_call(Peer& first, const Envelope& envelope) {
  const ActorId caller = envelope.target;
  Peer::Answered answered = first.close_call(caller, envelope.slot, envelope.generation);
  if (answered.method != nullptr) return answered;
  // The call was sent to another host, and delegated.
  for (Peer* peer : all_peers()) {
    answered = peer->close_call(caller, envelope.slot, envelope.generation);
    if (answered.method != nullptr) return answered;
  }
  return {};
}

void Dispatcher::receive_answer(Peer& peer, const Envelope& envelope) {
  const Peer::Answered call = close_call(peer, envelope);
  if (call.method == nullptr) {
    runtime_.count_drop(DropReason::kLateReply);
    return;
  }
  const std::size_t room = std::max<std::size_t>(call.method->payload_size, sizeof(absl::Status));
  Message* message = Message::create(MessageKind::kWake, call.method, room);
  absl::Status failure;
  if (envelope.kind == MessageKind::kReply) {
    if (call.method->decode_result(envelope.payload, message->payload())) {
      message->kind = MessageKind::kReply;
    } else {
      failure = absl::DataLossError(
          absl::StrCat("the result of ", call.method->full_name(), " cannot be decoded"));
    }
  } else {
    if (!decode_fields(envelope.payload, std::tie(failure)) || failure.ok()) {
      failure = absl::DataLossError("a failure could not be decoded");
    }
  }
  if (message->kind != MessageKind::kReply) {
    message->kind = MessageKind::kFailure;
    new (message->payload()) absl::Status(std::move(failure));
  }
  message->target = envelope.target;
  message->sender = envelope.sender;
  message->slot = envelope.slot;
  message->generation = envelope.generation;
  message->id = envelope.id;
  runtime_.arrive(message);
}

// --- Faults, and what happened ------------------------------------------------------------------

absl::Status Dispatcher::set_fault(const std::string& address, const LinkFault& fault) {
  Peer* const peer = peer_at(address);
  if (peer == nullptr) return absl::ResourceExhaustedError("too many hosts");
  held_.set(*peer, fault);
  wake();
  peer->block(fault.no_way_out, fault.no_way_in);
  return absl::OkStatus();
}

Dispatcher::Statistics Dispatcher::statistics() const {
  Statistics sum;
  const std::shared_lock lock(peers_mutex_);
  for (const auto& [address, peer] : peers_) {
    const Peer::Statistics one = peer->statistics();
    sum.peers_up += one.up ? 1 : 0;
    sum.all.sent += one.sent;
    sum.all.received += one.received;
    sum.all.writes += one.writes;
    sum.all.reconnects += one.reconnects;
  }
  return sum;
}

remote::HostStatus Dispatcher::status() const {
  const auto milliseconds = [](auto duration) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
  };
  remote::HostStatus status;
  status.set_name(options_.name.empty() ? identity_.address : options_.name);
  status.set_address(identity_.address);
  status.set_version(kVersion);
  status.set_wire_version(Hello::kVersion);
  status.set_build(build_of_this_program());
  status.set_incarnation(identity_.incarnation);
  status.set_uptime_ms(milliseconds(Clock::now() - began_));
  status.set_serving(serving_.load(std::memory_order_acquire));
  std::uint64_t actors = 0;
  runtime_.visit_actors(self_, [&](const ActorBase& actor) {
    if (actor.type().name != InterfaceOf<Host>::kName) ++actors;
  });
  status.set_actors(actors);
  status.set_client_calls(clients_->open_calls());
  status.set_refused(options_.refusals.count());
  std::uint64_t waiting = 0;
  for (const Inbox& inbox : inboxes_) {
    waiting += static_cast<std::uint64_t>(std::max<std::int64_t>(0, inbox.bytes.load()));
  }
  status.set_waiting_bytes(waiting);
  {
    const std::lock_guard lock(streams_mutex_);
    status.set_unknown_streams(unknown_.size());
  }
  const std::shared_lock lock(peers_mutex_);
  for (const auto& [address, peer] : peers_) {
    const Peer::Statistics known = peer->statistics();
    remote::PeerStatus& one = *status.add_peers();
    one.set_address(address);
    one.set_name(is_good_name(known.name) ? known.name : "");
    one.set_state(known.up ? "up" : known.broken ? "broken" : "down");
    one.set_incarnation(known.last_heard.incarnation);
    one.set_silent_ms(milliseconds(known.silent));
    one.set_queued_bytes(known.queued_bytes);
    one.set_open_calls(known.open_calls);
    one.set_sent(known.sent);
    one.set_received(known.received);
    one.set_reconnects(known.reconnects);
  }
  return status;
}

}  // namespace troupe::internal
