// The ways of messages between processes.
#include "remote/internal/dispatcher.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "actor/host.h"
#include "actor/internal/mailbox.h"
#include "actor/internal/wire.h"
#include "actor/method.h"
#include "remote/internal/grpc.h"
#include "remote/internal/handover.h"

namespace troupe::internal {

namespace {

constexpr Clock::duration kHelloWithin = std::chrono::seconds(5);
// An actor that one of gRPC's threads runs for so long does not keep messages for others waiting.
constexpr Clock::duration kLongVisit = std::chrono::milliseconds(5);
constexpr auto kStopWithin = std::chrono::seconds(2);

// Whether one of gRPC's threads does: they are those of the whole process.
std::atomic<bool> runs_actors = false;

std::uint64_t another_incarnation() {
  std::uint64_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof(number));
  return number | 1;
}

bool same_secret(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::uint32_t id_of_method(const std::string& full_name) {
  const std::size_t dot = full_name.find('.');
  if (dot == std::string::npos) return 0;
  return method_id(std::string_view(full_name).substr(0, dot),
                   std::string_view(full_name).substr(dot + 1));
}

// "ipv4:127.0.0.1:40312" without its port, which is another each time.
std::string without_port(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

}  // namespace

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

Dispatcher::Dispatcher(ThreadRuntime& runtime, Registry& registry, DispatcherOptions options)
    : runtime_(runtime),
      registry_(registry),
      options_(std::move(options)),
      held_(options_.seed, [this](Message* message) { lose(message); }) {}

Dispatcher::~Dispatcher() { stop(); }

absl::Status Dispatcher::listen() {
  service_ = std::make_unique<Service>(*this);
  clients_ = std::make_unique<ClientCalls>(
      runtime_, registry_.hosts,
      ClientLimits{.most_calls = options_.most_client_calls,
                   .largest_message = options_.limits.largest_message},
      [this](grpc::CallbackServerContext& context) {
        absl::Status admitted = admit(context);
        if (!admitted.ok()) refuse(context.peer(), admitted);
        return admitted;
      });
  // For all servers of the process: gRPC knows no other way.
  grpc::EnableDefaultHealthCheckService(true);
  int port = 0;
  grpc::ServerBuilder builder;
  // Two servers on one port would share the callers between them.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(
      static_cast<int>(options_.limits.window_bytes + 2 * options_.limits.largest_message));
  builder.AddListeningPort(options_.listen, options_.server_credentials, &port);
  builder.RegisterService(service_.get());
  builder.RegisterCallbackGenericService(clients_.get());
  hand_over(service_.get());
  hand_over(clients_.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    server_.reset();
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", options_.listen,
        ": the address is not this machine's, or another program has the port; port 0 takes any"));
  }
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
  pulse_ = std::thread([this] { pulse(); });
}

void Dispatcher::stop() {
  if (closed_.exchange(true)) return;
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

absl::Status Dispatcher::admit(grpc::CallbackServerContext& context) const {
  if (options_.token.empty()) return absl::OkStatus();
  const auto& metadata = context.client_metadata();
  const auto shown = metadata.find("authorization");
  if (shown == metadata.end()) {
    return absl::UnauthenticatedError("no token; give this host the token of the others");
  }
  if (!same_secret(std::string(shown->second.data(), shown->second.size()),
                   "Bearer " + options_.token)) {
    return absl::UnauthenticatedError("the token is another one");
  }
  return absl::OkStatus();
}

void Dispatcher::refuse(const std::string& who, const absl::Status& why) {
  options_.refusals.add(without_port(who), std::string(why.message()));
}

ServerReactor* Dispatcher::connect(grpc::CallbackServerContext& context) {
  if (!started_.load(std::memory_order_acquire) || closed_.load(std::memory_order_acquire)) {
    return refuse_stream({grpc::StatusCode::UNAVAILABLE, "this host is not ready"});
  }
  if (const absl::Status admitted = admit(context); !admitted.ok()) {
    refuse(context.peer(), admitted);
    return refuse_stream(to_grpc(admitted));
  }
  {
    const std::lock_guard lock(streams_mutex_);
    if (unknown_.size() >= options_.most_peers) {
      return refuse_stream({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many connections"});
    }
  }
  const Accepted accepted = accept_stream(context, *this, streams_);
  const std::lock_guard lock(streams_mutex_);
  unknown_.emplace(accepted.stream, Clock::now());
  return accepted.reactor;
}

void Dispatcher::on_closed(const StreamPtr& stream, const absl::Status&) {
  const std::lock_guard lock(streams_mutex_);
  unknown_.erase(stream);
}

// The first frame of a stream that has come.
void Dispatcher::on_frame(const StreamPtr& stream, std::string_view bytes) {
  {
    const std::lock_guard lock(streams_mutex_);
    unknown_.erase(stream);
  }
  stream->use(nullptr);
  Frame frame;
  absl::Status why;
  if (!read_frame(bytes, frame) || !frame.has_hello || frame.hello.host.address.empty() ||
      frame.hello.host.incarnation == 0) {
    why = absl::InvalidArgumentError("the first frame must be a hello");
  } else if (frame.hello.version != Hello::kVersion) {
    why = absl::FailedPreconditionError(absl::StrCat("this host speaks version ", Hello::kVersion,
                                                     ", and not ", frame.hello.version,
                                                     ": run the same Troupe on all hosts"));
  } else if (frame.hello.host.address == identity_.address) {
    why = absl::FailedPreconditionError(absl::StrCat(
        "both hosts say that they are ", identity_.address, ": give each an address of its own"));
  }
  Peer* const peer = why.ok() ? peer_at(frame.hello.host.address) : nullptr;
  if (why.ok() && peer == nullptr) why = absl::ResourceExhaustedError("too many hosts");
  if (!why.ok()) {
    refuse(stream->peer(), why);
    stream->close(why);
    return;
  }
  peer->accept(stream, frame.hello);
}

StreamPtr Dispatcher::dial(Peer& peer) {
  return open_stream(peer.address(), options_.channel_credentials, options_.token,
                     options_.limits.window_bytes + 2 * options_.limits.largest_message, peer,
                     streams_);
}

Peer* Dispatcher::peer_at(const std::string& address) {
  {
    const std::shared_lock lock(peers_mutex_);
    if (const auto found = peers_.find(address); found != peers_.end()) return found->second.get();
  }
  const std::unique_lock lock(peers_mutex_);
  if (peers_.size() >= options_.most_peers) return nullptr;
  auto& peer = peers_[address];
  if (peer == nullptr) {
    peer = std::make_unique<Peer>(static_cast<PeerOwner&>(*this),
                                  static_cast<std::uint32_t>(peers_.size() - 1), address,
                                  options_.limits, options_.seed);
  }
  return peer.get();
}

Peer* Dispatcher::peer_of(HostId host) {
  {
    const std::shared_lock lock(peers_mutex_);
    if (const auto found = peers_by_host_.find(host); found != peers_by_host_.end()) {
      return found->second;
    }
  }
  const std::optional<HostIdentity> identity = registry_.hosts.identity_of(host);
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
  }
}

// Whoever connects and does not say who it is.
void Dispatcher::close_silent_streams(Clock::time_point now) {
  std::vector<StreamPtr> silent;
  {
    const std::lock_guard lock(streams_mutex_);
    for (const auto& [stream, since] : unknown_) {
      if (now - since > kHelloWithin) silent.push_back(stream);
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

void Dispatcher::receive(Peer& peer, const Envelope& envelope, std::size_t bytes) {
  if (envelope.kind == MessageKind::kReply || envelope.kind == MessageKind::kFailure) {
    receive_answer(peer, envelope);
  } else {
    receive_call(peer, envelope, bytes);
  }
  if (registry_.hosts.is_local(peer.number())) runtime_.end_job();
}

absl::StatusOr<MessagePtr> Dispatcher::decode(const Envelope& envelope, ActorId& target) {
  target = envelope.target;
  if (target.host != self_) {
    return absl::InvalidArgumentError("a message for another host has come here");
  }
  if (envelope.kind != MessageKind::kCall) {
    return MessagePtr(Message::create(envelope.kind, nullptr, 0));
  }
  const ActorType* const type = living_type(runtime_, target);
  if (type != nullptr) {
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

void Dispatcher::receive_call(Peer& peer, const Envelope& envelope, std::size_t bytes) {
  ActorId target;
  absl::StatusOr<MessagePtr> decoded = decode(envelope, target);
  if (!decoded.ok()) {
    runtime_.count_drop(absl::IsNotFound(decoded.status()) ? DropReason::kNoActor
                                                           : DropReason::kMalformed);
    if (envelope.kind != MessageKind::kCall || envelope.generation == 0) return;
    Message* answer = Message::create(MessageKind::kFailure, nullptr, sizeof(absl::Status));
    new (answer->payload()) absl::Status(decoded.status());
    answer->target = envelope.sender;
    answer->sender = {self_, envelope.target.index, envelope.target.incarnation};
    answer->slot = envelope.slot;
    answer->generation = envelope.generation;
    runtime_.send_from(self_, answer);
    return;
  }
  Message* message = decoded->release();
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
  if (!message->of_system() && message->kind == MessageKind::kCall && !runtime_.delays_arrivals()) {
    Inbox& inbox = inboxes_[peer.place() % inboxes_.size()];
    inbox.bytes.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    message->counted = message->from_afar = true;
    message->time = static_cast<std::int64_t>(bytes << 8 | peer.place() % inboxes_.size());
  }
  runtime_.arrive(message);
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

}  // namespace troupe::internal
