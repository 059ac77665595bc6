// The program's own file, read once.
#include "remote/internal/build.h"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <memory>
#include <vector>

#include "absl/strings/str_format.h"

namespace troupe::internal {

namespace {

struct Free {
  void operator()(std::FILE* file) const { std::fclose(file); }
  void operator()(EVP_MD_CTX* hash) const { EVP_MD_CTX_free(hash); }
};

std::string read_build() {
  const std::unique_ptr<std::FILE, Free> file(std::fopen("/proc/self/exe", "rbe"));
  const std::unique_ptr<EVP_MD_CTX, Free> hash(EVP_MD_CTX_new());
  if (file == nullptr || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1) return {};
  std::vector<char> part(std::size_t{1} << 16);
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), file.get())) {
    EVP_DigestUpdate(hash.get(), part.data(), size);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) absl::StrAppendFormat(&text, "%02x", digest[i]);
  return text;
}

}  // namespace

const std::string& build_of_this_program() {
  static const std::string kBuild = read_build();
  return kBuild;
}

}  // namespace troupe::internal
