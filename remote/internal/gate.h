// Gate: who is let in by which token, and what he may do; and what this process shows to others.
// All of it can be replaced at any time.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "actor/internal/method_info.h"
#include "remote/internal/grpc.h"
#include "remote/remote_host.h"

namespace troupe::internal {

// What somebody who was let in may do.
struct Rights {
  bool is_host = false;       // everything, and to be another host
  std::vector<Right> client;  // of a client: these

  bool may(Right right) const;
};

class Gate {
 public:
  struct Keys {
    std::vector<std::string> tokens;  // of hosts; the first is shown; none: all are let in
    std::vector<ClientToken> clients;
    std::shared_ptr<grpc::ChannelCredentials> channel_credentials;
  };

  void replace(Keys keys);

  // UNAUTHENTICATED: why not.
  absl::StatusOr<Rights> admit(const grpc::CallbackServerContext& context) const;
  // The same for who shows this: "Bearer WORD"; null: nothing.
  absl::StatusOr<Rights> admit(const std::string* shown) const;

  bool has_tokens() const;
  // What this process shows to others; empty: no token.
  std::string token() const;
  std::shared_ptr<grpc::ChannelCredentials> channel_credentials() const;

 private:
  mutable std::mutex mutex_;
  Keys keys_;
};

// What a client needs to call this method of a class.
Right right_for(const MethodInfo& method);
// PERMISSION_DENIED where the right is not among them.
absl::Status verify_right(const Rights& rights, Right right);

}  // namespace troupe::internal
