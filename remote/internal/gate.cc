// Tokens, compared in constant time, and what they are good for.
#include "remote/internal/gate.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "actor/host.h"

namespace troupe::internal {

namespace {

bool same_secret(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool shows(const std::string& shown, const std::string& token) {
  return same_secret(shown, absl::StrCat("Bearer ", token));
}

}  // namespace

bool Rights::may(Right right) const {
  return is_host || std::ranges::find(client, right) != client.end();
}

void Gate::replace(Keys keys) {
  const std::lock_guard lock(mutex_);
  keys_ = std::move(keys);
}

absl::StatusOr<Rights> Gate::admit(const grpc::CallbackServerContext& context) const {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return admit(nullptr);
  const std::string shown(found->second.data(), found->second.size());
  return admit(&shown);
}

absl::StatusOr<Rights> Gate::admit(const std::string* shown) const {
  const std::lock_guard lock(mutex_);
  if (keys_.tokens.empty()) return Rights{.is_host = true, .client = {}};
  if (shown == nullptr) {
    return absl::UnauthenticatedError("no token; give this host the token of the others");
  }
  const auto matches = [&](const std::string& token) { return shows(*shown, token); };
  if (std::ranges::any_of(keys_.tokens, matches)) return Rights{.is_host = true, .client = {}};
  const auto client = std::ranges::find_if(keys_.clients, matches, &ClientToken::token);
  if (client != keys_.clients.end()) return Rights{.is_host = false, .client = client->rights};
  return absl::UnauthenticatedError("the token is another one");
}

bool Gate::has_tokens() const {
  const std::lock_guard lock(mutex_);
  return !keys_.tokens.empty();
}

std::string Gate::token() const {
  const std::lock_guard lock(mutex_);
  return keys_.tokens.empty() ? std::string() : keys_.tokens.front();
}

std::shared_ptr<grpc::ChannelCredentials> Gate::channel_credentials() const {
  const std::lock_guard lock(mutex_);
  return keys_.channel_credentials;
}

Right right_for(const MethodInfo& method) {
  if (method.system) return Right::kStop;
  if (method.actor != InterfaceOf<Host>::kName) return Right::kCall;
  for (const std::string_view spawning : {"spawn", "bind", "unbind"}) {
    if (method.name == spawning) return Right::kSpawn;
  }
  for (const std::string_view looking :
       {"lookup", "names_here", "actors", "statistics", "status"}) {
    if (method.name == looking) return Right::kLook;
  }
  return Right::kStop;
}

absl::Status verify_right(const Rights& rights, Right right) {
  if (rights.may(right)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("this token is good for: ",
                   absl::StrJoin(rights.client, ", ",
                                 [](std::string* out, Right one) { out->append(to_string(one)); }),
                   "; this takes: ", std::string(to_string(right))));
}

}  // namespace troupe::internal
