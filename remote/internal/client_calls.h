// ClientCalls: calls of gRPC clients that are no hosts, in whatever language. A method's path is
// /troupe.actors.Class/method, as the .proto of remote/describe.h has it; the metadata
// `troupe-actor` says which actor. docs/reference/grpc.md is about it.
//
// Such a call comes from outside every actor, and has the deadline that its client gave it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "remote/internal/gate.h"
#include "remote/internal/grpc.h"
#include "remote/internal/hosts.h"
#include "runtime/thread_runtime.h"

namespace troupe::internal {

struct ClientLimits {
  // At once. One client, which is an IP address, has at most three quarters of them; and beyond
  // them there is a reserve for calls of the host itself, so that an operator gets through.
  std::size_t most_calls = 0;
  std::size_t largest_message = 0;
};

class ClientCalls final : public grpc::CallbackGenericService {
 public:
  // Says whether the caller may come in, and what he may do.
  using Admit = std::function<absl::StatusOr<Rights>(grpc::CallbackServerContext&)>;

  ClientCalls(ThreadRuntime& runtime, Hosts& hosts, ClientLimits limits, Admit admit);

  // From now on calls are taken, by the actors of this host.
  void start(HostId self);
  // No more are taken. Those that are open end with the server.
  void close();
  // From now on calls that would spawn an actor are refused.
  void stop_spawning() { spawns_.store(false, std::memory_order_release); }
  // For the end, after the server: every call has gone.
  void wait_for_none();

  std::size_t open_calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  class Call;
  class References;

  struct Method {
    ActorId target;
    const ActorType* type;
    const MethodInfo* info;
  };
  // Whether one more may come in, from this client, of this path. Then it is counted.
  absl::Status enter(const std::string& client, const std::string& path);
  void leave(const std::string& client);

  // What the path and the metadata mean.
  absl::StatusOr<Method> find(const grpc::GenericCallbackServerContext& context);
  absl::StatusOr<ActorId> find_actor(const std::string& class_name, const std::string& text);
  ThreadRuntime& runtime_;
  Hosts& hosts_;
  const ClientLimits limits_;
  const Admit admit_;
  HostId self_ = 0;
  std::atomic<bool> open_ = false;
  std::atomic<bool> spawns_ = true;

  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::size_t calls_ = 0;
  std::map<std::string, std::size_t> calls_of_;  // by client
};

}  // namespace troupe::internal
