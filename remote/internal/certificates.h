// Certificates: what a host shows to others, and what it wants to see.
//
// The certificates of those who connect are looked at here, and not by gRPC, which would refuse
// them unseen: so it can be told who was refused, and why.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "remote/internal/grpc.h"
#include "remote/internal/refusals.h"

namespace troupe::internal {

// In PEM format.
struct Certificates {
  std::string certificate;  // of this host, and those between it and the authority
  std::string key;
  std::string authority;
};

// INVALID_ARGUMENT: which file is none, or that the key is another certificate's.
absl::StatusOr<Certificates> read_certificates(const std::string& certificate_file,
                                               const std::string& key_file,
                                               const std::string& authority_file);

// What a server shows and wants to see, which can be replaced while it runs: handshakes that begin
// a second later go by it.
class ServerCertificates : public std::enable_shared_from_this<ServerCertificates> {
 public:
  // RESOURCE_EXHAUSTED: the system gives no memory for it.
  static absl::StatusOr<std::shared_ptr<ServerCertificates>> create(
      const Certificates& certificates, std::shared_ptr<Refusals> refusals);
  ~ServerCertificates();
  ServerCertificates(const ServerCertificates&) = delete;
  ServerCertificates& operator=(const ServerCertificates&) = delete;

  // RESOURCE_EXHAUSTED: likewise, and nothing has changed.
  absl::Status replace(const Certificates& certificates);
  std::shared_ptr<grpc::ServerCredentials> credentials();

  std::string authority() const;

 private:
  explicit ServerCertificates(std::shared_ptr<Refusals> refusals)
      : refusals_(std::move(refusals)) {}

  const std::shared_ptr<Refusals> refusals_;
  mutable std::mutex mutex_;
  std::string authority_;
  // A file in memory with the certificate and the key, from which gRPC reads them every second.
  int shown_ = -1;
};

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const Certificates& certificates);

// Why others will not accept this host's certificate, where the host is what they call it: "has
// expired on ...". Empty: they will.
std::vector<std::string> doubts_about(const Certificates& certificates, const std::string& host);

// Whether a client's certificate, with those that it sent along, is of the authority, and valid
// now. UNAUTHENTICATED: what is wrong with it. All of them in PEM format.
absl::Status verify_client(const std::string& authority, const std::string& certificate,
                           const std::string& chain);

// Who says that he is it: "CN=one". "somebody" where there is no certificate.
std::string subject_of(const std::string& certificate);

}  // namespace troupe::internal
