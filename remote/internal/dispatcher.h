// Dispatcher: the gRPC end of one host. Takes messages to other hosts, and brings theirs.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "remote/internal/client_calls.h"
#include "remote/internal/gate.h"
#include "remote/internal/grpc.h"
#include "remote/internal/held_messages.h"
#include "remote/internal/hosts.h"
#include "remote/internal/methods.h"
#include "remote/internal/peer.h"
#include "remote/internal/refusals.h"
#include "remote/internal/strangers.h"
#include "remote/log.h"
#include "runtime/thread_runtime.h"

namespace troupe::internal {

// A number that no other host has, and this one never had before.
std::uint64_t another_incarnation();

struct DispatcherOptions {
  std::string listen;
  std::string advertise;
  std::string name;
  std::shared_ptr<grpc::ServerCredentials> server_credentials;
  bool has_certificates = false;
  bool insecure = false;
  PeerLimits limits;
  std::size_t inbox_bytes = 0;
  std::size_t most_peers = 0;
  std::size_t most_client_calls = 0;
  std::uint64_t seed = 0;
  bool serving = true;  // what the health service says from the beginning
  const Gate& gate;
  Refusals& refusals;
  std::function<void(LogLine)> log;
};

// What the dispatchers of one process have in common.
struct Registry {
  // The method of an open call that an actor of this process, or somebody outside, has made to
  // another host; null where there is none.
  using OpenCalls = std::function<const MethodInfo*(ActorId caller, std::uint32_t slot,
                                                    std::uint32_t generation)>;

  Hosts hosts;
  Methods methods;
  OpenCalls open_calls;
};

class Dispatcher final : private PeerOwner, private StreamUser {
 public:
  Dispatcher(ThreadRuntime& runtime, Registry& registry, DispatcherOptions options);
  ~Dispatcher() override;

  // Listens; the address is known from now on. start() lets others in, when `self` is the host.
  absl::Status listen();
  void start(HostId self);
  const std::string& address() const { return identity_.address; }

  void carry(Message* message);
  void handled(const Message& message);
  bool may_wait(const Message& message);
  void waits_no_more(const Message& message);

  // As in Registry, of this host's actors.
  const MethodInfo* open_call(ActorId caller, std::uint32_t slot, std::uint32_t generation) const;

  // What the health service says.
  void set_serving(bool serving);
  // From now on nothing is spawned for others.
  void stop_spawning();

  // Says goodbye, closes everything. Nothing comes in any more when this returns.
  void stop();

  absl::Status set_fault(const std::string& address, const LinkFault& fault);

  struct Statistics {
    Peer::Statistics all;
    std::uint64_t peers_up = 0;
  };
  Statistics statistics() const;
  remote::HostStatus status() const;

 private:
  class Service;
  class Operations;

  // Messages of one peer; peers may share one.
  struct Inbox {
    std::atomic<std::int64_t> bytes = 0;    // of those that no actor has looked at
    std::atomic<bool> full = false;         // with them
    std::atomic<std::int64_t> waiting = 0;  // of those that wait for actors that keep their turns
  };

  // --- PeerOwner ---
  const HostIdentity& identity() const override { return identity_; }
  HostId self() const override { return self_; }
  const std::string& name() const override { return options_.name; }
  Hosts& hosts() override { return registry_.hosts; }
  std::int64_t now() const override { return runtime_.now().time_since_epoch().count(); }
  absl::Status may_dial(const std::string& address) const override;
  StreamPtr dial(Peer& peer) override;
  std::uint64_t next_hello() override { return ++hellos_; }
  void learn_name(const std::string& name, HostId host) override;
  void bring(Peer& peer, absl::FunctionRef<void(bool)> deliver) override;
  void receive(Peer& peer, HostId from, const Envelope& envelope, std::size_t bytes) override;
  bool has_room(const Peer& peer) override;
  void fail(ActorId caller, ActorId callee, std::uint32_t slot, std::uint32_t generation,
            const MethodInfo* method, absl::Status why) override;
  void bounce(Message* message, DropReason reason, absl::Status why) override;
  void count_lost(std::uint64_t messages) override;
  void pace(ActorId sender, HostId peer) override;
  void unpace(ActorId sender, HostId peer) override;
  void sent(const Message& message) override;
  void wake() override;
  void log(const std::string& text) override {
    options_.log({.level = LogLevel::kWarning, .event = "malformed", .text = text});
  }
  void report(const LogLine& line) override { options_.log(line); }

  // --- StreamUser: of streams that have not said who they are ---
  void on_frame(const StreamPtr& stream, std::string_view bytes) override;
  void on_written(const StreamPtr&) override {}
  void on_closed(const StreamPtr& stream, const absl::Status& why) override;

  ServerReactor* connect(grpc::CallbackServerContext& context);
  // Lets a client's call in, or counts it as refused.
  absl::StatusOr<Rights> admit(const grpc::CallbackServerContext& context);
  absl::Status give_status(const grpc::CallbackServerContext& context, remote::HostStatus& given);
  absl::Status admit_host(grpc::CallbackServerContext& context) const;
  absl::Status verify_hello(const Hello& hello, const std::vector<std::string>& certified) const;
  void refuse(const std::string& who, const absl::Status& why);
  // A call was refused before anything else was looked at.
  void refuse_call(const grpc::CallbackServerContext& context, const absl::Status& why);

  // Null where there are too many that are in use.
  Peer* peer_at(const std::string& address);
  Peer* reuse_peer_locked(const std::string& address);
  Peer* peer_of(HostId host);
  bool is_up(const std::string& address) const;
  std::vector<Peer*> all_peers() const;

  absl::StatusOr<MessagePtr> decode(const Envelope& envelope, HostId peer, ActorId& target);
  absl::Status verify_description(const Envelope& envelope, HostId peer, const ActorType& type);
  absl::Status verify_sender(const Envelope& envelope, HostId peer,
                             const MethodInfo*& called) const;
  void receive_call(Peer& peer, HostId from, const Envelope& envelope, std::size_t bytes);
  Message* accept_call(const Envelope& envelope, ActorId target, MessagePtr decoded);
  void answer_failure(const Envelope& envelope, const absl::Status& why);
  void receive_answer(Peer& peer, const Envelope& envelope);
  Peer::Answered close_call(Peer& first, const Envelope& envelope);
  void pulse();
  void watch();
  void lose(Message* message);
  void close_silent_streams(Clock::time_point now);

  ThreadRuntime& runtime_;
  Registry& registry_;
  const DispatcherOptions options_;
  HostIdentity identity_;
  HostId self_ = 0;
  HeldMessages held_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Operations> operations_;
  std::unique_ptr<ClientCalls> clients_;
  std::unique_ptr<grpc::Server> server_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> closed_ = false;
  std::atomic<bool> spawns_ = true;
  std::atomic<bool> serving_ = false;
  const Clock::time_point began_ = Clock::now();
  std::atomic<std::uint64_t> hellos_ = 0;

  Strangers strangers_;
  Clock::time_point swept_{};  // by the thread of pulse()
  StreamCount streams_;
  mutable std::shared_mutex peers_mutex_;
  std::map<std::string, std::unique_ptr<Peer>> peers_;
  std::map<HostId, Peer*> peers_by_host_;
  std::array<Inbox, 256> inboxes_;

  mutable std::mutex streams_mutex_;
  struct Unknown {
    Clock::time_point since;
    std::vector<std::string> certified;  // whose certificate it has shown
  };
  std::map<StreamPtr, Unknown> unknown_;  // streams that have not said hello

  // Methods that another host describes otherwise than this one.
  std::mutex differing_mutex_;
  std::set<std::pair<HostId, std::uint32_t>> differing_;
  std::atomic<bool> some_differ_ = false;

  std::mutex pulse_mutex_;
  std::condition_variable pulse_wake_;
  bool pulse_wanted_ = false;
  // Visits of gRPC's threads, which run actors in them.
  bool watch_wanted_ = false;
  std::atomic<std::uint64_t> visits_ = 0;
  std::atomic<Peer*> visited_ = nullptr;  // whose messages the one brings that goes on
  std::atomic<bool> watches_ = false;     // the next pulse is soon enough for a long one
  std::thread pulse_;
};

}  // namespace troupe::internal
