// Reading and verifying with OpenSSL, as gRPC does it.
#include "remote/internal/certificates.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "remote/credential_file.h"
#include "remote/internal/grpc.h"

namespace troupe::internal {

namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
// Of certificates that it does not own.
void free_stack(STACK_OF(X509) * stack) { sk_X509_free(stack); }
using Stack = std::unique_ptr<STACK_OF(X509), Free<free_stack>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;

Bio reader_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::vector<Certificate> certificates_in(const std::string& text) {
  const Bio reader = reader_of(text);
  std::vector<Certificate> all;
  while (Certificate next{PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)}) {
    all.push_back(std::move(next));
  }
  ERR_clear_error();  // Of the last one, which was none.
  return all;
}

// Null where there is none, or one with a password: nobody is asked for it, but it is noted.
Key key_in(const std::string& text, bool& wants_password) {
  const Bio reader = reader_of(text);
  const auto no_password = [](char*, int, int, void* wanted) {
    *static_cast<bool*>(wanted) = true;
    return 0;
  };
  Key key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_password, &wants_password));
  ERR_clear_error();
  return key;
}

std::string text_of_time(const ASN1_TIME* time) {
  const Bio writer(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(writer.get(), time);
  char* text = nullptr;
  const long size = BIO_get_mem_data(writer.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

absl::Status none_in(const std::string& what, const std::string& path) {
  return absl::InvalidArgumentError(
      absl::StrCat("the ", what, " ", path, " is none: it must be in PEM format"));
}

std::string text_of(grpc::string_ref text) { return {text.data(), text.size()}; }

// Looks at a client's certificate when all of the handshake is over.
class ClientVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  ClientVerifier(std::shared_ptr<const ServerCertificates> certificates,
                 std::shared_ptr<Refusals> refusals)
      : certificates_(std::move(certificates)), refusals_(std::move(refusals)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>, grpc::Status* status) override {
    const std::string certificate = text_of(request->peer_cert());
    const absl::Status verified = verify_client(certificates_->authority(), certificate,
                                                text_of(request->peer_cert_full_chain()));
    if (verified.ok()) {
      *status = grpc::Status::OK;
    } else {
      const std::string why(verified.message());
      refusals_->add(subject_of(certificate), why);
      *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, why);
    }
    return true;
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<const ServerCertificates> certificates_;
  const std::shared_ptr<Refusals> refusals_;
};

// A file without a name that has this text; negative where the system gives none.
int file_in_memory(const std::string& text) {
  const int file = memfd_create("troupe-certificate", MFD_CLOEXEC);
  std::size_t written = 0;
  while (file >= 0 && written < text.size()) {
    const ssize_t size = write(file, text.data() + written, text.size() - written);
    if (size <= 0) {
      close(file);
      return -1;
    }
    written += static_cast<std::size_t>(size);
  }
  return file;
}

}  // namespace

absl::StatusOr<Certificates> read_certificates(const std::string& certificate_file,
                                               const std::string& key_file,
                                               const std::string& authority_file) {
  if (certificate_file.empty() || key_file.empty() || authority_file.empty()) {
    return absl::InvalidArgumentError(
        "certificates need three files: certificate, key and authority");
  }
  auto certificate = read_credential_file("certificate", certificate_file);
  if (!certificate.ok()) return certificate.status();
  auto key = read_credential_file("key", key_file);
  if (!key.ok()) return key.status();
  auto authority = read_credential_file("authority's certificate", authority_file);
  if (!authority.ok()) return authority.status();

  const std::vector<Certificate> shown = certificates_in(*certificate);
  if (shown.empty()) return none_in("certificate", certificate_file);
  bool wants_password = false;
  const Key secret = key_in(*key, wants_password);
  if (wants_password) {
    return absl::InvalidArgumentError(
        absl::StrCat("the key ", key_file,
                     " has a password, which a host cannot ask for: write it without, as with "
                     "'openssl pkey -in FILE -out FILE'"));
  }
  if (secret == nullptr) return none_in("key", key_file);
  if (certificates_in(*authority).empty()) {
    return none_in("authority's certificate", authority_file);
  }
  if (X509_check_private_key(shown.front().get(), secret.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError(
        absl::StrCat("the key ", key_file, " is not that of the certificate ", certificate_file));
  }
  return Certificates{*std::move(certificate), *std::move(key), *std::move(authority)};
}

// gRPC has no other way to replace what a server shows than to read it from files, which it does
// again and again; and the two of a pair must be replaced at once. So there is one file for both,
// and another one takes its descriptor.
absl::StatusOr<std::shared_ptr<ServerCertificates>> ServerCertificates::create(
    const Certificates& certificates, std::shared_ptr<Refusals> refusals) {
  std::shared_ptr<ServerCertificates> shown(new ServerCertificates(std::move(refusals)));
  const absl::Status status = shown->replace(certificates);
  if (!status.ok()) return status;
  return shown;
}

ServerCertificates::~ServerCertificates() {
  if (shown_ >= 0) close(shown_);
}

absl::Status ServerCertificates::replace(const Certificates& certificates) {
  const int next = file_in_memory(absl::StrCat(certificates.key, "\n", certificates.certificate));
  if (next < 0) return absl::ResourceExhaustedError("there is no memory for the certificate");
  const std::lock_guard lock(mutex_);
  authority_ = certificates.authority;
  if (shown_ < 0) {
    shown_ = next;
    return absl::OkStatus();
  }
  const bool replaced = dup3(next, shown_, O_CLOEXEC) >= 0;
  close(next);
  return replaced ? absl::OkStatus()
                  : absl::ResourceExhaustedError("the certificate could not be replaced");
}

std::string ServerCertificates::authority() const {
  const std::lock_guard lock(mutex_);
  return authority_;
}

std::shared_ptr<grpc::ServerCredentials> ServerCertificates::credentials() {
  namespace tls = grpc::experimental;
  constexpr unsigned int kEverySecond = 1;
  const std::string file = absl::StrCat("/proc/self/fd/", shown_);
  tls::TlsServerCredentialsOptions options(
      std::make_shared<tls::FileWatcherCertificateProvider>(file, file, kEverySecond));
  options.watch_identity_key_cert_pairs();
  // That whoever shows a certificate has its key is checked all the same; the rest is ours.
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<ClientVerifier>(shared_from_this(), refusals_));
  options.set_check_call_host(false);
  return tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const Certificates& certificates) {
  return grpc::SslCredentials({.pem_root_certs = certificates.authority,
                               .pem_private_key = certificates.key,
                               .pem_cert_chain = certificates.certificate});
}

std::vector<std::string> doubts_about(const Certificates& certificates, const std::string& host) {
  std::vector<std::string> doubts;
  const std::vector<Certificate> shown = certificates_in(certificates.certificate);
  if (shown.empty()) return doubts;
  X509* const own = shown.front().get();
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0) {
    doubts.push_back(absl::StrCat("has expired on ", text_of_time(X509_get0_notAfter(own))));
  } else if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0) {
    doubts.push_back(absl::StrCat("is not valid before ", text_of_time(X509_get0_notBefore(own))));
  } else if (const absl::Status verified = verify_client(
                 certificates.authority, certificates.certificate, certificates.certificate);
             !verified.ok()) {
    doubts.push_back(
        absl::StrCat("is not good for the authority's own: ", std::string(verified.message())));
  }
  if (X509_check_ip_asc(own, host.c_str(), 0) != 1 &&
      X509_check_host(own, host.data(), host.size(), 0, nullptr) != 1) {
    doubts.push_back(absl::StrCat("is not for ", host, ", as others call this host"));
  }
  ERR_clear_error();
  return doubts;
}

absl::Status verify_client(const std::string& authority, const std::string& certificate,
                           const std::string& chain) {
  const std::vector<Certificate> shown = certificates_in(certificate);
  if (shown.empty()) return absl::UnauthenticatedError("no certificate");
  const Store trusted(X509_STORE_new());
  for (const Certificate& one : certificates_in(authority)) {
    X509_STORE_add_cert(trusted.get(), one.get());
  }
  const std::vector<Certificate> sent = certificates_in(chain);
  const Stack between(sk_X509_new_null());
  for (const Certificate& one : sent) sk_X509_push(between.get(), one.get());
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), trusted.get(), shown.front().get(), between.get());
  X509_STORE_CTX_set_default(context.get(), "ssl_client");
  const bool good = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (good) return absl::OkStatus();
  return absl::UnauthenticatedError(
      absl::StrCat("its certificate is not accepted: ", X509_verify_cert_error_string(error)));
}

std::string subject_of(const std::string& certificate) {
  const std::vector<Certificate> shown = certificates_in(certificate);
  if (shown.empty()) return "somebody";
  const Bio writer(BIO_new(BIO_s_mem()));
  // One line, whatever is in it.
  X509_NAME_print_ex(writer.get(), X509_get_subject_name(shown.front().get()), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(writer.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace troupe::internal
