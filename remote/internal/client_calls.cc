// From a path and bytes to a message for an actor, and its answer back.
#include "remote/internal/client_calls.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "actor/address.h"
#include "actor/host.h"
#include "actor/internal/directory.h"
#include "actor/internal/wire.h"
#include "actor/spelling.h"
#include "remote/describe.h"
#include "remote/internal/handover.h"
#include "remote/internal/methods.h"
#include "remote/internal/reflection.h"
#include "remote/internal/stream.h"

namespace troupe::internal {

namespace {

constexpr char kActorKey[] = "troupe-actor";
// A reference with this number is to an actor of the host that is called; with 0, its text says.
constexpr std::uint32_t kCalledHost = 2;
// A failure travels in HTTP headers, of which gRPC takes 8 kB in all, with each byte in up to
// three.
constexpr std::size_t kLongestFailure = 2000;
// So many calls of the host itself may be open beyond the limit.
constexpr std::size_t kReserve = 64;
constexpr std::string_view kHostPath = "/troupe.actors.Host/";

// How long the client waits; none: it does not say.
std::optional<Duration> time_left(const grpc::ServerContextBase& context) {
  const auto deadline = context.deadline();
  const auto now = std::chrono::system_clock::now();
  if (deadline - now > std::chrono::hours(24 * 365)) return std::nullopt;
  return std::max(std::chrono::duration_cast<Duration>(deadline - now), Duration(1));
}

class Refused final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refused(const absl::Status& why) {
    hand_over(this);
    Finish(to_grpc(why));
  }
  void OnDone() override {
    take_over(this);
    delete this;
  }
};

}  // namespace

// References of whoever is no host: always with the address of their host.
class ClientCalls::References final : public ReferenceCodec {
 public:
  References(Hosts& hosts, HostId self) : hosts_(hosts), self_(self) {}

  void write(Encoder& out, int field, const ActorId& id) override {
    const std::optional<HostIdentity> identity =
        id ? hosts_.identity_of(id.host) : std::optional<HostIdentity>();
    if (!identity) return write_message(out, field, std::tuple<>());
    const std::uint32_t by_text = 0;
    write_message(out, field, std::tuple(by_text, id.index, id.incarnation, identity->text()));
  }

  bool read(Decoder& in, ActorId& id) override {
    std::uint32_t host = 0;
    std::uint32_t index = 0;
    std::uint32_t incarnation = 0;
    std::string text;
    if (!read_message(in, std::tie(host, index, incarnation, text))) return false;
    id = {};
    if (incarnation == 0) return true;
    std::optional<HostId> found = self_;
    if (host != kCalledHost) {
      if (host != 0) return in.fail();
      const std::optional<HostIdentity> identity = HostIdentity::parse(text);
      found = identity ? hosts_.number_of(*identity, kOutsideHost) : std::nullopt;
    }
    if (!found) return in.fail();
    id = {*found, index, incarnation};
    return true;
  }

 private:
  Hosts& hosts_;
  const HostId self_;
};

// One call: reads one message, makes a call of it, and answers with what comes back.
class ClientCalls::Call final : public grpc::ServerGenericBidiReactor {
 public:
  Call(ClientCalls& calls, std::string client, const Method& method,
       std::optional<Duration> timeout)
      : calls_(calls), client_(std::move(client)), method_(method), timeout_(timeout) {
    pending_.owner = this;
    pending_.completed = [](PendingCall& pending) {
      static_cast<Pending&>(pending).owner->answer();
    };
    hand_over(this);
    StartRead(&in_);
  }

 private:
  struct Pending : PendingCall {
    Call* owner = nullptr;
  };

  void OnReadDone(bool ok) override {
    take_over(this);
    if (!ok) return end(absl::InvalidArgumentError("the call has no message"));
    if (in_.Length() > calls_.limits_.largest_message) {
      return end(absl::ResourceExhaustedError(absl::StrCat("a message of ", in_.Length(),
                                                           " bytes is too large: at most ",
                                                           calls_.limits_.largest_message)));
    }
    grpc::Slice slice;
    if (!in_.TrySingleSlice(&slice).ok() && !in_.DumpToSingleSlice(&slice).ok()) {
      return end(absl::InvalidArgumentError("the message cannot be read"));
    }
    absl::StatusOr<MessagePtr> message = [&] {
      References references(calls_.hosts_, calls_.self_);
      const ReferenceScope scope(references);
      return decode_call(*method_.type, method_.info->id,
                         {reinterpret_cast<const char*>(slice.begin()), slice.size()});
    }();
    if (!message.ok()) return end(message.status());
    (*message)->target = method_.target;
    if (method_.info->one_way) {
      calls_.runtime_.tell_outside(*std::move(message));
      return give({});
    }
    calls_.runtime_.begin_call(pending_, *std::move(message), timeout_.value_or(Duration::zero()));
    if (!calls_.open_.load(std::memory_order_acquire)) {
      // It may have come too late to be answered.
      calls_.runtime_.forget_call(pending_);
      end(absl::UnavailableError("this host has stopped"));
    }
  }

  // The actor has answered, or the runtime in its place.
  void answer() {
    if (pending_.failed()) return end(pending_.failure());
    std::string bytes;
    {
      References references(calls_.hosts_, calls_.self_);
      const ReferenceScope scope(references);
      method_.info->encode_result(pending_.reply->payload(), &bytes);
    }
    if (bytes.size() > calls_.limits_.largest_message) {
      return end(absl::ResourceExhaustedError(absl::StrCat("the result has ", bytes.size(),
                                                           " bytes, which is too large: at most ",
                                                           calls_.limits_.largest_message)));
    }
    give(std::move(bytes));
  }

  void give(std::string bytes) {
    if (finished_.exchange(true)) return;
    const grpc::Slice slice{bytes};
    out_ = grpc::ByteBuffer(&slice, 1);
    hand_over(this);
    StartWriteAndFinish(&out_, grpc::WriteOptions(), grpc::Status::OK);
  }

  void end(const absl::Status& why) {
    if (finished_.exchange(true)) return;
    hand_over(this);
    if (why.message().size() <= kLongestFailure) {
      Finish(to_grpc(why));
      return;
    }
    Finish(to_grpc(absl::Status(
        why.code(),
        absl::StrCat(std::string(why.message().substr(0, kLongestFailure)), "... (",
                     why.message().size(), " bytes; the first ", kLongestFailure, " are shown)"))));
  }

  void OnCancel() override {
    take_over(this);
    calls_.runtime_.forget_call(pending_);
    end(absl::CancelledError("the client does not wait any more"));
  }

  void OnDone() override {
    take_over(this);
    ClientCalls& calls = calls_;
    const std::string client = client_;
    delete this;
    calls.leave(client);
  }

  ClientCalls& calls_;
  const std::string client_;
  const Method method_;
  const std::optional<Duration> timeout_;
  grpc::ByteBuffer in_;
  grpc::ByteBuffer out_;
  Pending pending_;
  std::atomic<bool> finished_ = false;
};

ClientCalls::ClientCalls(ThreadRuntime& runtime, Hosts& hosts, ClientLimits limits, Admit admit)
    : runtime_(runtime), hosts_(hosts), limits_(limits), admit_(std::move(admit)) {}

void ClientCalls::start(HostId self) {
  self_ = self;
  open_.store(true, std::memory_order_release);
}

void ClientCalls::close() { open_.store(false, std::memory_order_release); }

void ClientCalls::wait_for_none() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [&] { return calls_ == 0; });
}

absl::Status ClientCalls::enter(const std::string& client, const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto of_client = calls_of_.try_emplace(client, 0).first;
  const std::size_t most_of_one = std::max<std::size_t>(1, limits_.most_calls / 4 * 3);
  const bool is_of_host = path.starts_with(kHostPath);
  std::string why;
  if (calls_ >= limits_.most_calls + (is_of_host ? kReserve : 0)) {
    why = absl::StrCat("too many calls at once: at most ", limits_.most_calls);
  } else if (of_client->second >= most_of_one && !is_of_host) {
    why = absl::StrCat("too many calls of one client at once: at most ", most_of_one);
  }
  if (!why.empty()) {
    if (of_client->second == 0) calls_of_.erase(of_client);
    return absl::ResourceExhaustedError(why);
  }
  ++calls_;
  ++of_client->second;
  return absl::OkStatus();
}

void ClientCalls::leave(const std::string& client) {
  const std::lock_guard lock(mutex_);
  const auto of_client = calls_of_.find(client);
  if (--of_client->second == 0) calls_of_.erase(of_client);
  if (--calls_ == 0) none_.notify_all();
}

grpc::ServerGenericBidiReactor* ClientCalls::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  take_over(this);
  if (!open_.load(std::memory_order_acquire)) {
    return new Refused(absl::UnavailableError("this host is not ready"));
  }
  const absl::StatusOr<Rights> rights = admit_(*context);
  if (!rights.ok()) return new Refused(rights.status());
  const std::string peer = context->peer();
  const std::string client = peer.substr(0, peer.rfind(':'));  // Its port is another each time.
  if (const absl::Status entered = enter(client, context->method()); !entered.ok()) {
    return new Refused(entered);
  }
  if (is_reflection(context->method())) {
    if (const absl::Status allowed = verify_right(*rights, Right::kLook); !allowed.ok()) {
      leave(client);
      return new Refused(allowed);
    }
    return new_reflection(runtime_, self_, [this, client] { leave(client); });
  }
  absl::StatusOr<Method> method = find(*context);
  if (method.ok()) {
    const absl::Status allowed = verify_right(*rights, right_for(*method->info));
    if (!allowed.ok()) method = allowed;
  }
  if (method.ok() && method->info->id == kSpawnMethod && !spawns_.load(std::memory_order_acquire)) {
    method = absl::UnavailableError("this host is stopping");
  }
  if (!method.ok()) {
    leave(client);
    return new Refused(method.status());
  }
  return new Call(*this, client, *method, time_left(*context));
}

// --- Names --------------------------------------------------------------------------------------

absl::StatusOr<ClientCalls::Method> ClientCalls::find(
    const grpc::GenericCallbackServerContext& context) {
  const std::string prefix = absl::StrCat("/", std::string(kActorsPackage), ".");
  const std::string& path = context.method();
  const std::size_t slash = path.find('/', 1);
  if (path.substr(0, prefix.size()) != prefix || slash == std::string::npos) {
    return absl::UnimplementedError(absl::StrCat("there is no method ", in_quotes(path),
                                                 "; an actor's is ", prefix,
                                                 "Class/method: see 'troupe describe'"));
  }
  const std::string class_name = path.substr(prefix.size(), slash - prefix.size());
  const std::string name = path.substr(slash + 1);
  std::string text;
  if (const auto found = context.client_metadata().find(kActorKey);
      found != context.client_metadata().end()) {
    text.assign(found->second.data(), found->second.size());
  }
  absl::StatusOr<ActorId> target = find_actor(class_name, text);
  if (!target.ok()) return target.status();
  const ActorType* type = living_type(runtime_, *target);
  if (type == nullptr) {
    return absl::NotFoundError(absl::StrCat("the actor ", in_quotes(text), " has ended"));
  }
  const std::vector<std::string> classes = class_names(*type);
  if (std::find(classes.begin(), classes.end(), class_name) == classes.end()) {
    return absl::InvalidArgumentError(absl::StrCat(in_quotes(text), " is a ", classes.front(),
                                                   ", not a ", in_quotes(class_name)));
  }
  std::vector<std::string> known;
  for (const MethodInfo* info : type->methods) {
    if (info->name == name) return Method{*target, type, info};
    known.emplace_back(info->name);
  }
  const std::string meant = nearest(name, known);
  return absl::UnimplementedError(
      absl::StrCat("a ", class_name, " has no method ", in_quotes(name), "; ",
                   meant.empty() ? "" : absl::StrCat("did you mean ", in_quotes(meant), "? "),
                   "it has ", absl::StrJoin(known, ", ")));
}

absl::StatusOr<ActorId> ClientCalls::find_actor(const std::string& class_name,
                                                const std::string& text) {
  if (text.empty()) {
    if (class_name == InterfaceOf<Host>::kName) return host_object_id(self_);
    return absl::InvalidArgumentError(
        absl::StrCat("the metadata ", kActorKey, " must say which ", class_name,
                     " is meant: a name on this host, or troupe://host:port/name"));
  }
  if (text.find("://") == std::string::npos) {
    const absl::StatusOr<DynamicRef> found = runtime_.directory().lookup(self_, text);
    if (!found.ok()) return found.status();
    return found->id;
  }
  const absl::StatusOr<Address> address = Address::parse(text);
  if (!address.ok()) return address.status();
  const std::optional<HostId> host = runtime_.find_host(address->host);
  if (!host || *host != self_) {
    return absl::InvalidArgumentError(
        absl::StrCat(in_quotes(text), " is not on this host, which is ", runtime_.host_name(self_),
                     ": call the other one, or give the name alone"));
  }
  if (address->name.empty()) return ActorId{self_, address->index, address->incarnation};
  const absl::StatusOr<DynamicRef> found = runtime_.directory().lookup(self_, address->name);
  if (!found.ok()) return found.status();
  return found->id;
}

}  // namespace troupe::internal
